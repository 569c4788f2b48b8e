"""A text with its slots filled, made to fit a text message by shortening names, never what is said of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import permutations

import regex

from inventory_api.channels.sms.message import Reply
from inventory_api.channels.sms.segments import cut, is_gsm7, measure, plain
from inventory_api.channels.sms.talk.roman import SCRIPTED, romanized
from inventory_api.locales.catalog import Language

SLOT_CHARS = 30
"""Of a name: India's operators allow 40 in a variable, less what they count otherwise."""

SHORTEST = 6
"""A name of fewer letters is none."""

_WORD_SHARE = 0.6
_GRAPHEME = regex.compile(r"\X")
_STRAY_NUMBER = re.compile(r"[,\u060c] *[\d./]+$")
"""What is left of a size without its unit, which would be read as part of the price."""

_DANGLING = " ,-.(&\u060c\u06d4\u061b"
_SLOT = re.compile(r"\{(\w+)\}")
_UNSEEN = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to be: ``pattern`` has ``{slots}``; ``names`` are those that may be shortened, of ``ends`` the front."""

    key: str
    pattern: str
    slots: Mapping[str, str]
    names: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()

    def fill(self) -> str:
        """The text as long as it is."""
        return _SLOT.sub(lambda slot: self.slots[slot[1]], self.pattern)

    @property
    def used(self) -> list[str]:
        """The slots of the pattern, in their order."""
        return list(dict.fromkeys(_SLOT.findall(self.pattern)))


def budget(language: Language) -> int:
    """Segments of a reply: one of 160 letters, or two of 67 in a script that takes two bytes a letter."""
    return 2 if language in SCRIPTED else 1


def clean(text: str, language: Language) -> str:
    """A value as it may be sent: on one line, and in languages of Latin letters in the small alphabet alone."""
    text = " ".join(_CONTROL.sub(" ", _UNSEEN.sub("", text)).replace("₹", "Rs ").split())
    if language in SCRIPTED:
        return text
    text = plain(text)
    return text if is_gsm7(text) else " ".join(map(_in_small_letters, text.split()))


def fits(draft: Draft, language: Language, shortest: int = SLOT_CHARS) -> bool:
    """Whether a text fits with no name cut below so many letters; as they come: with none cut that may be sent."""
    return measure(_shrunk(draft, language, shortest).fill()).segments <= budget(language)


def fit(draft: Draft, language: Language) -> Reply:
    """The reply of a draft: names are shortened, the longest first, until it fits. Its key names the language, too."""
    shrunk = _shrunk(draft, language, SHORTEST)
    # Where even that does not do, which no text of ours does, half a text is better than a dear one.
    text = cut(shrunk.fill(), budget(language))
    return Reply(f"{draft.key}.{language.value}", {name: shrunk.slots[name] for name in shrunk.used}, text)


def distinct(draft: Draft, language: Language, among: Collection[str]) -> Draft:
    """The draft where of names that would be cut until nothing tells them apart the ends are kept."""
    cut = _shrunk(draft, language, SHORTEST).slots
    alike = [
        {short, long}
        for short, long in permutations(among, 2)
        if cut[long].startswith(cut[short]) and cut[short] != clean(draft.slots[short], language)
    ]
    return replace(draft, ends=frozenset().union(*alike))


def shorter(name: str) -> str:
    """A name without its last word, or where that is much of it, its last letter."""
    words = name.rpartition(" ")[0]
    kept = words if len(words) >= _WORD_SHARE * len(name) else "".join(_GRAPHEME.findall(name)[:-1])
    return _STRAY_NUMBER.sub("", kept).rstrip(_DANGLING)


def _from_front(name: str) -> str:
    """A name without its first word, or where that is much of it, its first letter."""
    words = name.partition(" ")[2]
    kept = words if len(words) >= _WORD_SHARE * len(name) else "".join(_GRAPHEME.findall(name)[1:])
    return kept.lstrip(_DANGLING)


def _in_small_letters(word: str) -> str:
    """A word in the small alphabet; one of another script is a name then."""
    word = plain(word)
    return word if is_gsm7(word) else romanized(word).capitalize()


def _shrunk(draft: Draft, language: Language, shortest: int) -> Draft:
    """The draft with clean values, and names shortened until it fits or they are as short as they may be."""
    slots = {name: clean(value, language) for name, value in draft.slots.items()}
    for name in draft.names:
        while len(slots[name]) > SLOT_CHARS:
            slots[name] = _from_front(slots[name]) if name in draft.ends else shorter(slots[name])
    shrunk = replace(draft, slots=slots)
    cuttable = [name for name in draft.used if name in draft.names]
    while measure(shrunk.fill()).segments > budget(language):
        longest = max(cuttable, key=lambda name: len(slots[name]), default=None)
        if longest is None or len(slots[longest]) <= shortest:
            break
        slots[longest] = _from_front(slots[longest]) if longest in draft.ends else shorter(slots[longest])
    return shrunk
