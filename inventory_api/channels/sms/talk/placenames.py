"""Whether words are the name of a place, and how well it must be written: as little as the words around it tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz import fuzz

from inventory_api.channels.sms.talk.surroundings import (
    AFTER_PLACE,
    DATIVES,
    FILLERS,
    NUMBERED_PARTS,
    OF_PURPOSE,
    STREETS,
)
from inventory_api.channels.sms.talk.wanted import Words
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.text import fold, reading, skeletons, with_letters
from inventory_api.lookup.kinds import KINDS
from inventory_api.lookup.places import Places, Ranked

_CITY = 100_000
"""People of a town that is meant by its name though no store of ours is there."""

_METROPOLIS = 500_000
"""The same of one that is called by its initials, at home: LA."""

LONG_NAME = 4
LONG_SOUND = 4
"""Consonants of a name in another script that may be recognized by its sound alone; shorter ones collide."""

HEARD_SOUND, SURE_SOUND = 3, 5
"""As many are enough where a postposition says that a place is there, and needed where hardly anything says it."""

_ALIKE = 90.0
"""Of 100, how alike with all its vowels, which makes up for few consonants."""

_RATHER_ALIKE = 75.0
_MISSPELT, _LONG_ENOUGH = 85.0, 5
"""How alike a misspelt name of a town is, and how many letters it has at least."""

_POSTCODES = {
    "US": r"\d{5}(?: \d{4})?", "PK": r"\d{5}", "IN": r"\d{6}|\d{3} \d{3}", "GB": r"[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}",
    "CA": r"[a-z]\d[a-z] ?\d[a-z]\d", "BR": r"\d{8}|\d{5} \d{3}",
}  # fmt: skip
ANY_POSTCODE = r"\d{5,6}"


class PlaceNames:
    """Tells the places among folded words of a message, for a country: that of the sender's number."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def is_place(self, words: Words, country: str | None) -> bool:
        """Whether words that stand where a place is expected are one, misspelt perhaps."""
        text = " ".join(words)
        return is_postcode(text, country) or bool(text and self._places.find(text, country=country))

    def is_heard(self, words: Words, country: str | None) -> bool:
        """Whether words before a postposition are a place, misspelt perhaps; by sound alone with stores, at home."""
        text = " ".join(words)
        found = [] if text in KINDS else self._places.find(text, country=country)
        return any(text.isascii() or (c.has_stores and c.place.country == (country or c.place.country)) for c in found)

    def is_known(self, words: Words, country: str | None, shortest: int = LONG_SOUND) -> bool:
        """Whether words that others call a place are a postal code or, by exactly its name, a city or have stores.

        Args:
            words: Folded.
            country: ISO 3166 code.
            shortest: Consonants of a name in another script.
        """
        name = " ".join(words)
        if is_postcode(name, country):
            return True
        if len(name) >= LONG_NAME:
            return self.is_named(name, country, smallest=_CITY, shortest=shortest)
        # Cities far away are called by two or three letters that are words elsewhere.
        return self.is_named(name, country, smallest=None, shortest=shortest) or any(
            _is_large(candidate.place, _METROPOLIS, country)
            for candidate in self._places.find(name, country=country, is_guessing=False)
        )

    def is_said(self, words: Words, country: str | None) -> bool:
        """As ``is_known``, for words that a postposition follows: a shorter sound will do, and a town misspelt."""
        return self.is_known(words, country, HEARD_SOUND) or self.is_misspelt(" ".join(words), country)

    def is_sure(self, words: Words, country: str | None) -> bool:
        """As ``is_known``, for words that something follows that hardly ever tells of a place."""
        return self.is_known(words, country, SURE_SOUND) or self.is_misspelt(" ".join(words), country)

    def is_ours(self, words: Words, country: str | None) -> bool:
        """Whether words are exactly the name of a city with stores, or of a part of one that stores name."""
        return any(
            candidate.has_stores and (candidate.place.kind is PlaceKind.CITY or candidate.place.source == "stores")
            for candidate in self._exactly(words, country)
        )

    def is_town(self, words: Words, country: str | None) -> bool:
        """Whether words are exactly the name of a city with stores."""
        found = self._exactly(words, country)
        return any(candidate.has_stores and candidate.place.kind is PlaceKind.CITY for candidate in found)

    def _exactly(self, words: Words, country: str | None) -> list[Ranked]:
        """The places of exactly this name, as far as another script has it."""
        name = " ".join(words)
        found = [] if name in FILLERS else self._places.find(name, country=country, is_guessing=False)
        if found or name.isascii() or name in FILLERS:
            return found
        return [c for c in self._places.find(name, country=country) if _sounds(name, c, SURE_SOUND, country)]

    def is_alone(self, words: Words, country: str | None) -> bool:
        """Whether words of which nothing tells are a place all the same."""
        return self.is_named(" ".join(words), country, smallest=_CITY if len(words) > 1 else None)

    def is_misspelt(self, name: str, country: str | None) -> bool:
        """Whether a name in Latin letters is nearly that of a town with stores, at home."""
        return (
            name.isascii()
            and len(name) >= _LONG_ENOUGH
            and name not in FILLERS
            and not any(char.isdigit() for char in name)
            and any(
                candidate.has_stores
                and candidate.place.country == (country or candidate.place.country)
                and (candidate.place.population >= _CITY or candidate.place.source == "stores")
                and not _is_of(name, fold(candidate.place.name))
                and fuzz.ratio(name, fold(candidate.place.name)) >= _MISSPELT
                for candidate in self._places.find(name, country=country)
            )
        )

    def is_named(self, name: str, country: str | None, *, smallest: int | None, shortest: int = LONG_SOUND) -> bool:
        """Whether a place has exactly this name, and stores, or as many people, at home; None: it must have stores."""
        if name in FILLERS:
            return False
        found = self._places.find(name, country=country, is_guessing=False)
        # Sizes and numbers of products have digits, and few names of places: "f 10", "dha phase 5".
        if any(char.isdigit() for char in name):
            return not name[0].isdigit() and any(c.has_stores and c.place.kind is PlaceKind.AREA for c in found)
        may_sound = not (name.isascii() or any(word in AFTER_PLACE for word in name.split()))
        if not found and may_sound:
            found = [
                candidate
                for candidate in self._places.find(name, country=country)
                if _sounds(name, candidate, shortest, country)
            ]
        return any(
            candidate.has_stores or (smallest is not None and _is_large(candidate.place, smallest, country))
            for candidate in found
        )

    def is_known_postcode(self, code: str, country: str | None, *, is_guessing: bool) -> bool:
        """Whether somebody has this postal code, or, where guessing, one that begins so."""
        return bool(self._places.find(code, country=country, is_guessing=is_guessing))


def is_postcode(text: str, country: str | None) -> bool:
    """Whether a folded text is written as postal codes of the country are."""
    return re.fullmatch(_POSTCODES.get(country or "", ANY_POSTCODE), text) is not None


def written_whole(code: str, country: str | None) -> str:
    """A postal code as gazetteers have it: digits in one, and of a ZIP+4 the ZIP."""
    digits = code.split()[0] if country == "US" else code.replace(" ", "")
    return digits if digits.isdigit() else code


def _is_large(place: Place, smallest: int, country: str | None) -> bool:
    """Whether a place is large enough to be meant though no store of ours is there: only one at home is."""
    return place.population >= smallest and place.country == (country or place.country)


def _sounds(name: str, candidate: Ranked, shortest: int, country: str | None) -> bool:
    """Whether a name in another script may be this place's by its sound; a place without stores must be at home.

    Each word needs two consonants: milk, a "d", is no part of "DHA Lahore".
    """
    ours, theirs = reading(name), reading(fold(candidate.place.name))
    alike = fuzz.ratio(ours, theirs)
    sounds = skeletons(with_letters(name)).split()
    is_long = len("".join(sounds)) >= shortest and min(map(len, sounds)) > 1
    if _is_of(ours, theirs):
        return False
    if not candidate.has_stores:
        return is_long and alike >= _RATHER_ALIKE and candidate.place.country == country
    return is_long or alike >= _ALIKE


def _is_of(said: str, place: str) -> bool:
    """Whether a word says where a thing comes from, with an "i" behind it: Multani, of Multan."""
    return said.endswith(_OF_PLACE) and not place.endswith(_OF_PLACE)


_OF_PLACE = ("i", "y")


def without_address(words: Words) -> Words:
    """The words without a number or a street at their end: "nazimabad block 4", "jubilee hills road no 36"."""
    if len(words) < 3:
        return words
    *before, name, last = words
    if name in NUMBERED_PARTS and last.isdigit():
        return before[:-1] if before[-1] in STREETS else before
    return before if last in STREETS else words


def without_kind(words: Words) -> Words:
    """The words without what a place is, at their end: "secundrabad railway station", "clifton ke ilaqe"."""
    for length in (2, 1):
        if len(words) > length and " ".join(words[-length:]) in KINDS:
            return without_of(words[:-length])
    return words


def without_of(words: Words) -> Words:
    """The words without an "of" at their end, as in "lahore ke"."""
    return words[:-1] if words and words[-1] in OF_PURPOSE else words


def stems(place: Words) -> Iterator[Words]:
    """A place, and without the ending that "near" asks for in Telugu; names may end like that by themselves."""
    *before, last = place
    stems = [[*before, last.removesuffix(ending)] for ending in DATIVES if last.endswith(ending)]
    # Postal codes do not.
    yield from (*stems, place) if last[0].isdigit() else (place, *stems)
