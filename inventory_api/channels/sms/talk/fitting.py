"""A text with its slots filled, made to fit a text message by shortening names, never what is said of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import regex
from anyascii import anyascii

from inventory_api.channels.sms.message import Reply
from inventory_api.channels.sms.segments import cut, is_gsm7, measure, plain
from inventory_api.locales.catalog import Language

SLOT_CHARS = 30
"""Of a name: India's operators allow 40 in a variable, less what they count otherwise."""

SHORTEST = 6
"""A name of fewer letters is none."""

_WORD_SHARE = 0.6
_GRAPHEME = regex.compile(r"\X")
_SLOT = re.compile(r"\{(\w+)\}")
_UNSEEN = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_IN_SCRIPT = frozenset({Language.URDU, Language.TELUGU})


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to be: ``pattern`` has ``{slots}``; ``names`` are those that may be shortened."""

    key: str
    pattern: str
    slots: Mapping[str, str]
    names: frozenset[str] = frozenset()

    def fill(self) -> str:
        """The text as long as it is."""
        return _SLOT.sub(lambda slot: self.slots[slot[1]], self.pattern)

    @property
    def used(self) -> list[str]:
        """The slots of the pattern, in their order."""
        return list(dict.fromkeys(_SLOT.findall(self.pattern)))


def budget(language: Language) -> int:
    """Segments of a reply: one of 160 letters, or two of 67 in a script that takes two bytes a letter."""
    return 2 if language in _IN_SCRIPT else 1


def clean(text: str, language: Language) -> str:
    """A value as it may be sent: on one line, and in languages of Latin letters in the small alphabet alone."""
    text = " ".join(_UNSEEN.sub("", text).replace("₹", "Rs ").split())
    if language in _IN_SCRIPT:
        return text
    text = plain(text)
    return text if is_gsm7(text) else anyascii(text)


def fits(draft: Draft, language: Language) -> bool:
    """Whether a text fits with nothing shortened."""
    return measure(_cleaned(draft, language).fill()).segments <= budget(language)


def fit(draft: Draft, language: Language) -> Reply:
    """The reply of a draft: names are shortened, the longest first, until it fits."""
    whole = _cleaned(draft, language)
    slots = dict(whole.slots)
    text = whole.fill()
    while measure(text).segments > budget(language):
        longest = max(
            (name for name in whole.used if name in draft.names and len(slots[name]) > SHORTEST),
            key=lambda name: len(slots[name]),
            default=None,
        )
        if longest is None:
            text = cut(text, budget(language))
            break
        slots[longest] = shorter(slots[longest])
        text = Draft(draft.key, draft.pattern, slots).fill()
    return Reply(draft.key, {name: slots[name] for name in whole.used}, text)


def shorter(name: str) -> str:
    """A name without its last word, or where that is much of it, its last letter."""
    words = name.rpartition(" ")[0]
    kept = words if len(words) >= _WORD_SHARE * len(name) else "".join(_GRAPHEME.findall(name)[:-1])
    return kept.rstrip(" ,-.(&")


def _cleaned(draft: Draft, language: Language) -> Draft:
    slots = {name: clean(value, language) for name, value in draft.slots.items()}
    for name in draft.names:
        while len(slots[name]) > SLOT_CHARS:
            slots[name] = shorter(slots[name])
    return Draft(draft.key, draft.pattern, slots, draft.names)
