"""What staples are called: words that mean one thing in several languages and scripts.

No spelling rule turns دودھ into milk; a list does. ``lexicon.csv`` has one form a line.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from inventory_api.storage.search.hearing import words_of
from inventory_api.storage.search.vocabulary import Vocabulary

SURE = 80.0
"""Of 100: how alike a word must sound to be taken for a staple."""

_ENDINGS = re.compile(
    "(?<=[\u0c00-\u0c7f]{2})(?:కి|కు|ని|ను|తో)$"
    "|(?<=[\u0c00-\u0c7f]{3})(?:\u0c41|\u0c4d)?(?:లు|ల|లకు|లకి|ళ్ళు|ళ్లు|ళ్లకు)$"
    "|(?<=[\u0c00-\u0c7f]{3}\u0c4d)స్$"
    "|(?<=[\u0600-\u06ff]{3})(?:یاں|یوں|ئیں|یں|وں|ے|ز)$"
    "|(?<=[a-z]{4})(?:u?lu|iyan|iyon|ein|ain|en|on|oon)$"
)
"""Of Telugu plurals and cases, and Urdu plurals."""

_CHANGED = re.compile("[\u0c02\u0c3e-\u0c4d]$|(?<=[a-z]{3})(?:am|[aeiou])$|(?<=[\u0600-\u06ff]{2})[اہی]$")
"""What they change before them: a vowel, or -am to -a."""

_LINKS = frozenset(
    ["ka", "ki", "ke", "k", "kay", "ko", "wala", "wali", "wale", "walay", "liye", "of", "کا", "کی", "کے", "کو", "والا",
     "والی", "والے", "لیے", "لئے"]
)  # fmt: skip
"""Words between those of a name that people put, change and leave out: "machar ki coil", "machar wali coil"."""

Form = tuple[str, ...]
"""Folded words in their order."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A word of a query, or several that mean one thing; ``concepts`` are empty where the lexicon has none."""

    words: Form
    concepts: tuple[str, ...] = ()


class Lexicon:
    """Forms by concept and concepts by form.

    Args:
        rows: (concept, form) as written.
    """

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        self._forms: dict[str, list[Form]] = defaultdict(list)
        self._concepts: dict[Form, list[str]] = defaultdict(list)
        for concept, written in rows:
            form = tuple(words_of(written))
            if form and concept not in self._concepts[form]:
                self._concepts[form].append(concept)
                self._forms[concept].append(form)
        self._letters: dict[str, list[str]] = defaultdict(list)
        self._stems: dict[str, list[str]] = defaultdict(list)
        for form, concepts in self._concepts.items():
            self._letters[_joined(form)] += concepts
            self._stems["".join(map(_stem, form))] += concepts
        self._longest = max(map(len, self._concepts), default=0)
        self._lasts = frozenset(form[-1] for form in self._concepts)
        self._sorted = sorted(self._concepts)
        self._words = Vocabulary.build((form[0], 1) for form in self._concepts if len(form) == 1)

    def __len__(self) -> int:
        return len(self._forms)

    def cut(self, words: Sequence[str]) -> list[Slot]:
        """A query as slots: at each word the longest form that begins there, with whatever spaces."""
        slots, at = [], 0
        while at < len(words):
            slots.append(next(self._forms_at(words, at), Slot((words[at],))))
            at += len(slots[-1].words)
        return slots

    def last(self, words: Sequence[str]) -> Form:
        """The last thing among words, by its shortest name: of "usb c charger" charger, but of "ice cream" no cream.

        Empty where the words name none. Two microseconds.
        """
        for end in range(len(words), 0, -1):
            if words[end - 1] in self._lasts:
                forms = [tuple(words[begin:end]) for begin in range(max(0, end - self._longest), end)]
                known = [form for form in forms if form in self._concepts]
                if known:
                    meant = set(self._concepts[known[0]])
                    return next(form for form in reversed(known) if not meant.isdisjoint(self._concepts[form]))
        return ()

    def forms(self, concepts: Iterable[str]) -> list[Form]:
        """Everything that these concepts are called."""
        return list(dict.fromkeys(form for concept in concepts for form in self._forms[concept]))

    def every_form(self) -> list[Form]:
        """Everything that anything is called."""
        return self._sorted

    def misspelt(self, word: str, least: float = SURE) -> tuple[str, ...]:
        """The concepts of the forms that are a letter away, or else sound like this, ``least`` of 100."""
        near = self._words.one_edit(word, 2) or self._words.sounding(word, 2, least)
        return tuple(dict.fromkeys(concept for form in near for concept in self._concepts[form,]))

    def starting(self, words: Sequence[str], limit: int) -> tuple[str, ...]:
        """The concepts with a form that begins so; the last word may go on."""
        prefix = tuple(words)
        found: dict[str, None] = {}
        for at in range(bisect_left(self._sorted, prefix), len(self._sorted)):
            form = self._sorted[at]
            if form[: len(prefix) - 1] != prefix[:-1] or not form[len(prefix) - 1].startswith(prefix[-1]):
                break
            found.update(dict.fromkeys(self._concepts[form]))
            if len(found) >= limit:
                break
        return tuple(found)

    def _forms_at(self, words: Sequence[str], at: int) -> Iterator[Slot]:
        for length in range(min(self._longest, len(words) - at), 0, -1):
            form = tuple(words[at : at + length])
            concepts = self._concepts.get(form)
            # A letter alone is a word of its own, or a size: "and a" is no anda.
            if not concepts and min(map(len, form)) > 1:
                concepts = None if {form[0], form[-1]} & _LINKS else self._letters.get(_joined(form))
                if not concepts and any(map(_is_inflected, form)):
                    concepts = self._stems.get("".join(map(_stem, form)))
            if concepts:
                yield Slot(form, tuple(dict.fromkeys(concepts)))


def _joined(form: Form) -> str:
    """A form without its spaces, and without what links its words."""
    return "".join(word for word in form if word not in _LINKS) or "".join(form)


def _is_inflected(word: str) -> bool:
    """Whether it may be. Telugu ends a word of another language in a vowel, or does not: బ్యాగు, బ్యాగ్."""
    return "\u0c00" <= word[0] <= "\u0c7f" or _ENDINGS.search(word) is not None


def _stem(word: str) -> str:
    return _CHANGED.sub("", _ENDINGS.sub("", word))


@cache
def lexicon() -> Lexicon:
    """The lexicon that we ship."""
    with (files(__package__) / "lexicon.csv").open(encoding="utf-8") as file:
        lines = (line for line in file if not line.startswith("#"))
        return Lexicon((row["concept"], row["form"]) for row in csv.DictReader(lines))
