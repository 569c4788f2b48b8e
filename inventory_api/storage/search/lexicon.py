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

from inventory_api.domain.text import fold
from inventory_api.storage.search.vocabulary import Vocabulary

SURE = 80.0
"""Of 100: how alike a word must sound to be taken for a staple."""

_PLURAL = re.compile(
    "(?<=[\u0c00-\u0c7f]{3})(?:\u0c41|\u0c4d)?(?:\u0c32\u0c41|\u0c33\u0c4d\u0c33\u0c41|\u0c33\u0c4d\u0c32\u0c41)$|(?<=[a-z]{4})u?lu$"
)
_CHANGED = re.compile("[\u0c02\u0c3e-\u0c4d]$|(?<=[a-z]{3})(?:am|[aeiou])$")

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
            form = tuple(fold(written).split())
            if form and concept not in self._concepts[form]:
                self._concepts[form].append(concept)
                self._forms[concept].append(form)
        self._letters: dict[str, list[str]] = defaultdict(list)
        self._stems: dict[str, list[str]] = defaultdict(list)
        for form, concepts in self._concepts.items():
            self._letters["".join(form)] += concepts
            self._stems["".join(map(_stem, form))] += concepts
        self._longest = max(map(len, self._concepts), default=0)
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

    def forms(self, concepts: Iterable[str]) -> list[Form]:
        """Everything that these concepts are called."""
        return list(dict.fromkeys(form for concept in concepts for form in self._forms[concept]))

    def every_form(self) -> list[Form]:
        """Everything that anything is called."""
        return self._sorted

    def misspelt(self, word: str) -> tuple[str, ...]:
        """The concepts of the forms that are a letter away, or else sound like this."""
        near = self._words.one_edit(word, 2) or self._words.sounding(word, 2, SURE)
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
                concepts = self._letters.get("".join(form))
                if not concepts and any(map(_PLURAL.search, form)):
                    concepts = self._stems.get("".join(map(_stem, form)))
            if concepts:
                yield Slot(form, tuple(dict.fromkeys(concepts)))


def _stem(word: str) -> str:
    """A word without the ending of Telugu's plural and what it changes before it: a vowel, or -am to -a."""
    return _CHANGED.sub("", _PLURAL.sub("", word))


@cache
def lexicon() -> Lexicon:
    """The lexicon that we ship."""
    with (files(__package__) / "lexicon.csv").open(encoding="utf-8") as file:
        lines = (line for line in file if not line.startswith("#"))
        return Lexicon((row["concept"], row["form"]) for row in csv.DictReader(lines))
