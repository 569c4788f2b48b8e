"""Which words of a message are the place. English puts a word before it, Urdu and Telugu put one behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz

from inventory_api.channels.sms.talk.surroundings import (
    AFTER_PLACE,
    BARE,
    BEFORE_PLACE,
    DATIVES,
    FILLERS,
    HERE,
    HERE_ALONE,
    IN_PLACE,
    IN_PLACE_AT_HOME,
    MEASURES,
    NUMBERED_PARTS,
    PLACE_ENDINGS,
    SPEAKING,
    STREETS,
    WEAK,
    YOURS,
)
from inventory_api.channels.sms.talk.vocabulary import LANGUAGE_NAMES
from inventory_api.channels.sms.talk.wanted import Words, without_fillers
from inventory_api.channels.sms.talk.wordset import WordSet
from inventory_api.domain.place import PlaceKind
from inventory_api.domain.text import fold, reading, skeletons
from inventory_api.lookup.places import Places, Ranked

MAX_PLACE_WORDS = 4
_CITY = 100_000
"""People of a town that is meant by its name though no store of ours is there."""

_LONG_NAME = 4
LONG_SOUND = 4
"""Consonants of a name in another script that may be recognized by its sound alone; shorter ones collide."""

_OF_PLACE = ("i", "y")
_ALIKE = 90.0
"""Of 100, how alike with all its vowels, which makes up for few consonants."""

HEARD_SOUND, SURE_SOUND = 3, 5
"""As many are enough where a postposition says that a place is there, and needed where hardly anything says it."""

POINT = re.compile(r"(?<![\d.])(?:geo:)?([+-]?[0-8]?\d\.\d+)\s*[,;]\s*([+-]?(?:1[0-7]\d|\d{1,2})\.\d+)(?:;\S*)?")
"""Degrees north and east, as there are on Earth."""

_POSTCODES = {
    "US": r"\d{5}(?: \d{4})?", "PK": r"\d{5}", "IN": r"\d{6}|\d{3} \d{3}", "GB": r"[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}",
    "CA": r"[a-z]\d[a-z] ?\d[a-z]\d", "BR": r"\d{8}|\d{5} \d{3}",
}  # fmt: skip
_ANY_POSTCODE = r"\d{5,6}"
_MAX_CONNECTOR = 3


@dataclass(frozen=True, slots=True)
class Split:
    """A message in two: what is wanted, and where; ``place`` is empty where the shopper wrote "near me"."""

    product: tuple[str, ...]
    place: str


class PlaceReader:
    """Finds the place among folded words."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def split(self, words: Words, country: str | None) -> Split | None:
        """The message in two, None where no place is told; a few lookups in the gazetteer, under 5 ms.

        Args:
            words: Folded.
            country: ISO 3166 code of the sender's number: whose postal codes and places are meant.
        """
        words = _without_yours(words)
        shorter = _without_address(words)
        return (
            self._split(words, country)
            or (self._split(shorter, country) if len(shorter) < len(words) else None)
            or self._name_within(shorter, country)
            or _unknown(shorter, country)
        )

    def _split(self, words: Words, country: str | None) -> Split | None:
        return (
            self._behind_preposition(words, country)
            or self._before_postposition(words, country)
            or self._postcode(words, country)
            or self._name(words, country)
            or self._postcode_within(words, country)
        )

    def is_place(self, words: Words, country: str | None) -> bool:
        """Whether words that stand where a place is expected are one, misspelt perhaps."""
        text = " ".join(words)
        return _is_postcode(text, country) or bool(text and self._places.find(text, country=country))

    def _is_heard(self, words: Words, country: str | None) -> bool:
        """Whether words before a postposition are a place, misspelt perhaps; by sound alone only one with stores."""
        text = " ".join(words)
        found = self._places.find(text, country=country)
        return any(text.isascii() or candidate.has_stores for candidate in found)

    def _behind_preposition(self, words: Words, country: str | None) -> Split | None:
        for begin, end in reversed(list(_connectors(words, BEFORE_PLACE))):
            before, after = words[:begin], words[end:]
            is_weak = " ".join(words[begin:end]) in WEAK
            for length in range(min(len(after), MAX_PLACE_WORDS), 0, -1):
                place, rest = after[:length], after[length:]
                if " ".join(place) in HERE:
                    return Split((*before, *rest), "")
                if self._is_known(place, country):
                    return Split((*before, *rest), " ".join(place))
            if after and not is_weak:
                # Of an area that nobody knows, the town behind it; else all of it, misspelt or not.
                known = (after[-n:] for n in range(len(after) - 1, 0, -1) if self._is_known(after[-n:], country))
                return Split(tuple(before), " ".join(next(known, after)))
        return None

    def _before_postposition(self, words: Words, country: str | None) -> Split | None:
        apart = list(_endings_apart(words))
        for parted in (words, *apart):
            for begin, end in _connectors(parted, AFTER_PLACE):
                before, after = parted[:begin], parted[end:]
                for length in range(min(len(before), HERE.longest), 0, -1):
                    if " ".join(before[-length:]) in HERE:
                        return Split((*before[:-length], *after), "")
                postposition = " ".join(parted[begin:end])
                is_weak = postposition in WEAK
                said = self._is_sure if postposition in BARE else self._is_said
                for is_place in (said,) if is_weak else (said, self._is_heard):
                    for length in range(min(len(before), MAX_PLACE_WORDS), 0, -1):
                        place = _without_dative(before[-length:])
                        if is_place(place, country):
                            return Split((*before[:-length], *after), " ".join(place))
                if before and not is_weak and before[-1] not in FILLERS:
                    return Split((*before[:-1], *after), before[-1])
        return None

    def _postcode(self, words: Words, country: str | None) -> Split | None:
        for place, rest in _ends(words, 2):
            code = " ".join(place)
            if _is_postcode(code, country) or (re.fullmatch(_ANY_POSTCODE, code) and self._places.find(code)):
                return Split(rest, _written_whole(code, country))
        return None

    def _postcode_within(self, words: Words, country: str | None) -> Split | None:
        """A postal code among other words; one that nobody knows is rather the number of a thing."""
        for at, word in enumerate(words):
            if _is_postcode(word, country) and self._places.find(word, country=country, is_guessing=False):
                return Split((*words[:at], *words[at + 1 :]), word)
        return None

    def _name(self, words: Words, country: str | None) -> Split | None:
        for place, rest in _ends(words, MAX_PLACE_WORDS):
            name = " ".join(place)
            if name in HERE_ALONE:
                return Split(rest, "")
            if self._is_name(name, country, smallest=_CITY if len(place) > 1 else None):
                return Split(rest, name)
        return None

    def _name_within(self, words: Words, country: str | None) -> Split | None:
        """A place with stores among other words: "siripuram vizag milk"; its own words say no more than it."""
        for length in (2, 1):
            for begin in range(1, len(words) - length):
                name = " ".join(words[begin : begin + length])
                if len(name) >= _LONG_NAME and self._is_name(name, country, smallest=None):
                    return Split((*words[:begin], *words[begin + length :]), name)
        return None

    def _is_said(self, words: Words, country: str | None) -> bool:
        """As ``_is_known``, for words that a postposition follows."""
        return self._is_known(words, country, HEARD_SOUND)

    def _is_sure(self, words: Words, country: str | None) -> bool:
        return self._is_known(words, country, SURE_SOUND)

    def _is_known(self, words: Words, country: str | None, shortest: int = LONG_SOUND) -> bool:
        """Whether words are a postal code or, by exactly its name, a city or a place with stores."""
        name = " ".join(words)
        # Cities far away are called by two or three letters that are words elsewhere.
        smallest = _CITY if len(name) >= _LONG_NAME else None
        return _is_postcode(name, country) or self._is_name(name, country, smallest=smallest, shortest=shortest)

    def _is_name(self, name: str, country: str | None, *, smallest: int | None, shortest: int = LONG_SOUND) -> bool:
        """Whether a place has exactly this name, and stores, or as many people; None: it must have stores."""
        if name in FILLERS:
            return False
        found = self._places.find(name, country=country, is_guessing=False)
        # Sizes and numbers of products have digits, and few names of places: "f 10", "dha phase 5".
        if any(char.isdigit() for char in name):
            return not name[0].isdigit() and any(c.has_stores and c.place.kind is PlaceKind.AREA for c in found)
        may_sound = not (name.isascii() or any(word in AFTER_PLACE for word in name.split()))
        if not found and may_sound:
            found = [c for c in self._places.find(name, country=country) if c.has_stores and _sounds(name, c, shortest)]
        return any(
            candidate.has_stores or (smallest is not None and candidate.place.population >= smallest)
            for candidate in found
        )


def _sounds(name: str, candidate: Ranked, shortest: int) -> bool:
    """Whether a name in another script may be this place's by its sound.

    Each word needs two consonants: milk, a "d", is no part of "DHA Lahore". What comes from a place has an "i" behind
    it in Urdu and Telugu: Multani is no Multan.
    """
    ours, theirs = reading(name), reading(fold(candidate.place.name))
    if ours.endswith(_OF_PLACE) and not theirs.endswith(_OF_PLACE):
        return False
    if fuzz.ratio(ours, theirs) >= _ALIKE:
        return True
    sounds = skeletons(name).split()
    return len("".join(sounds)) >= shortest and min(map(len, sounds)) > 1


def _unknown(words: Words, country: str | None) -> Split | None:
    """Where a place that nobody knows begins or ends a message, and a postposition says that it is one."""
    postpositions = IN_PLACE_AT_HOME if country in SPEAKING else IN_PLACE
    parteds = (parted for parted in _endings_apart(words) if not all(map(str.isascii, parted)))
    for parted in (words, *parteds):
        for at in range(1, len(parted)):
            before, after = parted[:at], parted[at + 1 :]
            is_told = parted[at] in postpositions and not (after and after[0] in AFTER_PLACE)
            if not is_told or len(before[-1]) < _LONG_NAME or before[-1] in _NO_PLACE:
                continue
            if len(before) == 1 and without_fillers(after):
                return Split(tuple(after), before[0])
            if not without_fillers(after) and without_fillers(before[:-1]):
                return Split((*before[:-1], *after), before[-1])
    return None


_NO_PLACE = FILLERS | AFTER_PLACE | HERE | WordSet(LANGUAGE_NAMES)


def _without_address(words: Words) -> Words:
    """The words without a number or a street at their end: "nazimabad block 4", "quetta jinnah road"."""
    if len(words) < 3:
        return words
    *before, last = words
    is_part = (before[-1] in NUMBERED_PARTS and last.isdigit()) or last in STREETS
    return before[:-1] if is_part else words


def _without_yours(words: Words) -> Words:
    """The words without "you have"."""
    for begin, end in _connectors(words, YOURS):
        return _without_yours([*words[:begin], *words[end:]])
    return words


def _connectors(words: Words, connectors: WordSet) -> Iterator[tuple[int, int]]:
    """Where connectors stand, from left to right, at each word the longest."""
    for begin in range(len(words)):
        for end in range(min(len(words), begin + _MAX_CONNECTOR), begin, -1):
            if " ".join(words[begin:end]) in connectors:
                yield begin, end
                break


def _endings_apart(words: Words) -> Iterator[Words]:
    """The words with an ending such as లో parted from one of them."""
    for at, word in enumerate(words):
        if word in _NO_PLACE or word in MEASURES:
            continue
        for ending in PLACE_ENDINGS:
            if word.endswith(ending) and len(word) > len(ending) + 1:
                yield [*words[:at], word.removesuffix(ending), ending, *words[at + 1 :]]


def _without_dative(place: Words) -> Words:
    """A postal code without the ending that "near" asks for in Telugu; names may end like that by themselves."""
    *before, last = place
    stems = [last.removesuffix(ending) for ending in DATIVES if last.endswith(ending)]
    return [*before, *(stem for stem in stems if stem.isdigit())] if any(map(str.isdigit, stems)) else place


def _written_whole(code: str, country: str | None) -> str:
    """A postal code as gazetteers have it: digits in one, and of a ZIP+4 the ZIP."""
    digits = code.split()[0] if country == "US" else code.replace(" ", "")
    return digits if digits.isdigit() else code


def _ends(words: Words, longest: int) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Stretches at the end and at the begin, the longest first, with the words that are left."""
    for length in range(min(len(words), longest), 0, -1):
        yield tuple(words[-length:]), tuple(words[:-length])
        if length < len(words):
            yield tuple(words[:length]), tuple(words[length:])


def _is_postcode(text: str, country: str | None) -> bool:
    return re.fullmatch(_POSTCODES.get(country or "", _ANY_POSTCODE), text) is not None
