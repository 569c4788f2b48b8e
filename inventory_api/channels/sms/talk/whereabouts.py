"""Which words of a message are the place. English puts a word before it, Urdu and Telugu put one behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from inventory_api.channels.sms.talk.origins import ORIGINS
from inventory_api.channels.sms.talk.placenames import (
    ANY_POSTCODE,
    LONG_NAME,
    SURE_SOUND,
    PlaceNames,
    is_postcode,
    stems,
    without_address,
    without_kind,
    without_of,
    written_whole,
)
from inventory_api.channels.sms.talk.surroundings import (
    AFTER_PLACE,
    BARE,
    BEFORE_PLACE,
    DONE_IN,
    FILLERS,
    HERE,
    HERE_ALONE,
    IN_PLACE,
    IN_PLACE_AT_HOME,
    MEASURES,
    OF_PURPOSE,
    PLACE_ENDINGS,
    SPEAKING,
    WEAK,
    YOURS,
)
from inventory_api.channels.sms.talk.vocabulary import LANGUAGE_NAMES
from inventory_api.channels.sms.talk.wanted import Words, without_fillers
from inventory_api.channels.sms.talk.wordset import WordSet
from inventory_api.lookup.kinds import KINDS
from inventory_api.lookup.places import Places

MAX_PLACE_WORDS = 5
IsPlace = Callable[[Words, str | None], bool]


@dataclass(frozen=True, slots=True)
class Split:
    """A message in two: what is wanted, and where; ``place`` is empty where the shopper wrote "near me"."""

    product: tuple[str, ...]
    place: str


class PlaceReader:
    """Finds the place among folded words."""

    def __init__(self, places: Places) -> None:
        self._names = PlaceNames(places)

    def is_place(self, words: Words, country: str | None) -> bool:
        """Whether words that stand where a place is expected are one, misspelt perhaps."""
        return self._names.is_place(words, country)

    def split(self, words: Words, country: str | None) -> Split | None:
        """The message in two, None where no place is told; a few lookups in the gazetteer, under 5 ms.

        Args:
            words: Folded.
            country: ISO 3166 code of the sender's number: whose postal codes and places are meant.
        """
        words = _without_yours(words)
        shorter = without_address(words)
        return (
            self._split(words, country)
            or (self._split(shorter, country) if len(shorter) < len(words) else None)
            or self._name_within(shorter, country)
            or self._misspelt(shorter, country)
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

    def _behind_preposition(self, words: Words, country: str | None) -> Split | None:
        for begin, end in reversed(list(_connectors(words, BEFORE_PLACE))):
            before, after = words[:begin], words[end:]
            after = after[1:] if after[:1] in (["the"], ("the",)) else after
            is_weak = " ".join(words[begin:end]) in WEAK
            for length in range(min(len(after), MAX_PLACE_WORDS), 0, -1):
                place, rest = after[:length], after[length:]
                if " ".join(place) in HERE:
                    return Split((*before, *rest), "")
                if self._names.is_known(place, country):
                    return Split((*before, *rest), " ".join(place))
            if after and not is_weak:
                # Of an area that nobody knows, the town behind it; else all of it, misspelt or not.
                known = (after[-n:] for n in range(len(after) - 1, 0, -1) if self._names.is_known(after[-n:], country))
                return Split(tuple(before), " ".join(next(known, after)))
            if after and self._names.is_misspelt(" ".join(after), country):
                return Split(tuple(before), " ".join(after))
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
                said = self._names.is_sure if postposition in BARE else self._names.is_said
                found = self._known_last(before, said, country)
                if found:
                    return Split((*found.product, *after), found.place)
                # Of a part that nobody knows, or would have to guess, the town or the part before it.
                wholes = (_last(without_of(before[:-n]), self._names.is_ours, country) for n in (1, 2))
                whole = next(filter(None, wholes), None)
                if whole and not (is_weak and (whole.product or parted is not words or _is_no_place(before, after))):
                    return Split((*whole.product, *after), whole.place)
                found = None if is_weak else self._known_last(before, self._names.is_heard, country)
                if found:
                    return Split((*found.product, *after), found.place)
                if before and not (is_weak or before[-1] in FILLERS or before[-1] in KINDS):
                    return Split((*before[:-1], *after), before[-1])
        return None

    def _known_last(self, words: Words, is_place: IsPlace, country: str | None) -> Split | None:
        """The place at the end of words, with or without what it is and its address, and the town before it."""
        ways = (words, without_kind(words), without_address(words))
        found = next(filter(None, (_last(way, is_place, country) for way in ways)), None)
        return None if found is None else self._of_town(found, country)

    def _of_town(self, found: Split, country: str | None) -> Split:
        """A place with the town named before it, "lahore ke gulberg mein"; the town alone where it has none such."""
        town = _last(without_of(found.product), self._names.is_town, country)
        if town is None or self._names.is_town(found.place.split(), country):
            return found
        whole = f"{found.place} {town.place}"
        return Split(town.product, whole if self._names.is_heard(whole.split(), country) else town.place)

    def _postcode(self, words: Words, country: str | None) -> Split | None:
        for place, rest in _ends(words, 2):
            code = " ".join(place)
            if is_postcode(code, country) or (
                re.fullmatch(ANY_POSTCODE, code) and self._names.is_known_postcode(code, None, is_guessing=True)
            ):
                return Split(rest, written_whole(code, country))
        return None

    def _postcode_within(self, words: Words, country: str | None) -> Split | None:
        """A postal code among other words; one that nobody knows is rather the number of a thing."""
        for at, word in enumerate(words):
            if is_postcode(word, country) and self._names.is_known_postcode(word, country, is_guessing=False):
                return Split((*words[:at], *words[at + 1 :]), word)
        return None

    def _name(self, words: Words, country: str | None) -> Split | None:
        for place, rest in _ends(words, MAX_PLACE_WORDS):
            name = " ".join(place)
            if name in HERE_ALONE:
                return Split(rest, "")
            if self._names.is_alone(place, country) and not _is_origin(words, name):
                is_last = tuple(words[: len(rest)]) == rest
                return self._of_town(Split(rest, name), country) if is_last else Split(rest, name)
        return None

    def _misspelt(self, words: Words, country: str | None) -> Split | None:
        """A town with stores at either end, nearly as it is written."""
        for place, rest in _ends(words, 2):
            name = " ".join(place)
            if rest and self._names.is_misspelt(name, country) and not _is_origin(words, name):
                return Split(rest, name)
        return None

    def _name_within(self, words: Words, country: str | None) -> Split | None:
        """A place with stores among other words: "siripuram vizag milk"; its own words say no more than it."""
        for length in (3, 2, 1):
            for begin in range(1, len(words) - length):
                name = " ".join(words[begin : begin + length])
                is_told = len(name) >= LONG_NAME and self._names.is_named(
                    name, country, smallest=None, shortest=SURE_SOUND
                )
                if is_told and not _is_origin(words, name):
                    return Split((*words[:begin], *words[begin + length :]), name)
        return None


def _last(words: Words, is_place: IsPlace, country: str | None) -> Split | None:
    """The longest place at the end of words, and what stands before it."""
    for length in range(min(len(words), MAX_PLACE_WORDS), 0, -1):
        for place in stems(words[-length:]):
            if is_place(place, country):
                return Split(tuple(words[:-length]), " ".join(place))
    return None


def _is_origin(words: Words, name: str) -> bool:
    """Whether a name among words is rather a part of a thing's: Boston cream."""
    return any(" ".join(words[begin:end]).startswith(name) for begin, end in _connectors(words, ORIGINS))


def _is_no_place(before: Words, after: Words) -> bool:
    """Whether what nobody knows, before "in", is no place all the same."""
    return len(before[-1]) < LONG_NAME or before[-1] in _NO_PLACE or _is_purpose(after)


def _is_purpose(words: Words) -> bool:
    """Whether words behind "in" tell what a thing is for: "to be put into tea"."""
    if not words:
        return False
    is_for = words[0].endswith(_INFINITIVES) and len(words) > 1 and words[1] in OF_PURPOSE
    return is_for or words[0] in DONE_IN or (words[0].endswith(_PARTICIPLE) and words[0] not in FILLERS)


_INFINITIVES, _PARTICIPLE = ("ne", "نے"), "\u0c47"


def _unknown(words: Words, country: str | None) -> Split | None:
    """Where a place that nobody knows begins or ends a message, and a postposition says that it is one."""
    postpositions = IN_PLACE_AT_HOME if country in SPEAKING else IN_PLACE
    parteds = (parted for parted in _endings_apart(words) if not all(map(str.isascii, parted)))
    for parted in (words, *parteds):
        for at in range(1, len(parted)):
            before, after = parted[:at], parted[at + 1 :]
            is_told = parted[at] in postpositions and not (after and after[0] in AFTER_PLACE)
            if not is_told or _is_no_place(before, after):
                continue
            if len(before) == 1 and (without_fillers(after) or not after):
                return Split(tuple(after), before[0])
            if not without_fillers(after) and without_fillers(before[:-1]):
                return Split((*before[:-1], *after), before[-1])
    return None


_NO_PLACE = FILLERS | AFTER_PLACE | HERE | WordSet(LANGUAGE_NAMES)


def _without_yours(words: Words) -> Words:
    """The words without "you have"."""
    for begin, end in _connectors(words, YOURS):
        return _without_yours([*words[:begin], *words[end:]])
    return words


def _connectors(words: Words, connectors: WordSet) -> Iterator[tuple[int, int]]:
    """Where connectors stand, from left to right, at each word the longest."""
    for begin in range(len(words)):
        for end in range(min(len(words), begin + connectors.longest), begin, -1):
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


def _ends(words: Words, longest: int) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Stretches at the end and at the begin, the longest first, with the words that are left."""
    for length in range(min(len(words), longest), 0, -1):
        yield tuple(words[-length:]), tuple(words[:-length])
        if length < len(words):
            yield tuple(words[:length]), tuple(words[length:])
