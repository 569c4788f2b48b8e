"""Sets of phrases that know their members however they are spelt.

Urdu and Telugu in Latin letters have no spelling: their words are known by ear.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from inventory_api.domain.text import fold, reading

_SHORTEST_HEARD = 4
"""Letters of a word that may be known by ear alone; shorter ones are too much alike."""

_VOWELS = ((re.compile("aa+"), "a"), (re.compile("ee+|ii+|y"), "i"), (re.compile("oo+|uu+"), "u"))
_AGAIN = re.compile(r"(.)\1+")


def by_ear(phrase: str) -> str:
    """A folded phrase as it sounds, so that spellings of one word are one: ``undha``, ``undaa`` and ``unda``."""
    return " ".join(map(_heard, phrase.split()))


def _heard(word: str) -> str:
    if not word.isascii() or len(word) < _SHORTEST_HEARD:
        return word
    sound = reading(word)
    for spellings, vowel in _VOWELS:
        sound = spellings.sub(vowel, sound)
    sound = _AGAIN.sub(r"\1", sound).rstrip("h")
    return sound if len(sound) >= _SHORTEST_HEARD else word


class WordSet:
    """Phrases that are known when they are read.

    Args:
        written: Known as they are written, but for what ``fold`` evens out: English, and other scripts.
        heard: Urdu and Telugu in Latin letters.
    """

    def __init__(self, written: Iterable[str] = (), heard: Iterable[str] = ()) -> None:
        spoken = list(map(fold, heard))
        self.heard = frozenset(map(by_ear, spoken))
        self._written = frozenset([*map(fold, written), *spoken])
        self.longest = max((len(phrase.split()) for phrase in (*self._written, *self.heard)), default=0)

    def __contains__(self, phrase: str) -> bool:
        return phrase in self._written or by_ear(phrase) in self.heard

    def __or__(self, other: WordSet) -> WordSet:
        return WordSet([*self._written, *other._written], [*self.heard, *other.heard])
