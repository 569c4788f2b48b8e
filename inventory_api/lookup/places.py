"""Where is that? What a shopper calls a place -> a point, with an honest word on how exact it is.

In this order: coordinates, a Plus Code (a short one with its town), a postal code (or as much of it as is known), the
places that our stores name, cities and neighborhoods by name, names that sound alike; last, where the operator chose
one, a geocoder. Where several places have a name, one that has stores counts more than one that has none; of what is
left the caller is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from rapidfuzz import fuzz

from inventory_api.domain import geo, plus_code
from inventory_api.domain.errors import AmbiguousPlace, PlaceNotFound
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.ports import Gazetteer, RemotePlaces
from inventory_api.domain.text import fold, reading, run_together, sound_of
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.kinds import KINDS
from inventory_api.lookup.localities import Localities
from inventory_api.lookup.positions import cell_of, check_position, is_position, point_of

NEARBY_M = 16_000.0
"""Candidates this close to each other are one place, and a store this close makes a candidate likely."""

TOWN_M = 30_000.0
"""How far from the middle of a town its parts are, at most."""

_TOWN_DEGREES = TOWN_M / 110_000
"""The same from north to south."""

MAX_CANDIDATES = 5
MAX_CHARS = 120
SHORTEST_PREFIX = 3
LONG_TOGETHER = 6
"""Letters of a name that its words may be parted in otherwise: "kukat pally", but no "c or"."""

LONGEST_CODE = 9
"""Digits of a postal code: a ZIP+4. Phone numbers, which nobody else shall see, have more."""

ALIKE = 75.0
"""Of 100: how alike a name must be written to be taken for a misspelt one."""

_SHORTEST_SOUND = 3
"""Consonants of a name in another script: of fewer there are too many."""

DOMINANT = 10
"""Where no store is near any of them, a city this many times larger than the next is the one that is meant."""

_COUNTRY_WORDS = {"usa": "US", "united states": "US", "america": "US", "india": "IN", "bharat": "IN",
                  "pakistan": "PK", "uk": "GB", "united kingdom": "GB", "england": "GB", "canada": "CA"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate: the place, and whether a store is near it."""

    place: Place
    has_stores: bool


class Places:
    """Finds places by what people call them.

    Args:
        gazetteer: The places that come with the program.
        directory: Our stores.
        remote: Who is asked for what neither knows; None: nobody.
    """

    def __init__(self, gazetteer: Gazetteer, directory: Directory, remote: RemotePlaces | None = None) -> None:
        self._gazetteer = gazetteer
        self._directory = directory
        self._remote = remote
        self._localities = Localities(directory)

    def find(self, text: str, *, country: str | None = None, is_guessing: bool = True) -> list[Ranked]:
        """The places known here that a text may mean, the likeliest first; candidates near each other are one.

        Args:
            text: As the shopper wrote it.
            country: ISO 3166 alpha-2: places there count more, and alone where there are any.
            is_guessing: Whether a name that nobody knows may be a misspelt one, or the begin of a postal code.
        """
        found = self._candidates(text.strip()[:MAX_CHARS], is_guessing=is_guessing)
        at_home = [place for place in found if place.country == country]
        # Another country's codes begin like ours, too: that says nothing.
        abroad = [place for place in found if country is None or place.kind is not PlaceKind.POSTAL_PREFIX]
        return self._ranked(at_home or abroad, fold(text))

    async def search(self, text: str, *, country: str | None = None) -> list[Ranked]:
        """As ``find``; and where nothing is known here, what the geocoder knows, after about a second at most."""
        found = self.find(text, country=country)
        if found or self._remote is None or not _is_name(text):
            return found
        return self._ranked(await self._remote.find(text.strip()[:MAX_CHARS], country=country))

    async def locate(self, text: str, *, country: str | None = None, parameter: str = "place") -> Place:
        """The one place that a text means, as ``search`` knows it.

        Raises:
            PlaceNotFound: None.
            AmbiguousPlace: Several, with the likeliest as candidates.
        """
        likely = _likely(await self.search(text, country=country))
        if not likely:
            check_position(text, parameter)
            raise PlaceNotFound(
                f"no place is known as {text[:40]!r}: try a postal code, a city, or lat,lon", parameter=parameter
            )
        if len(likely) > 1:
            names = "; ".join(f"{place.label} ({place.country})" for place in likely)
            raise AmbiguousPlace(f"{text[:40]!r} may be {names}", likely, parameter=parameter)
        return likely[0]

    def called(self, place: Place) -> Place:
        """A place as people speak of it: a point by the town of the store nearest to it, "" where there is none."""
        if place.kind is not PlaceKind.POINT:
            return place
        near = self._directory.near(latitude=place.latitude, longitude=place.longitude, radius_m=NEARBY_M)
        if not near:
            return replace(place, name="")
        store = near[0][0]
        return replace(place, name=store.city or "", country=store.country or "", region=store.region)

    @property
    def attribution(self) -> str:
        """Whom to credit for what the geocoder knows; "" where there is none."""
        return "" if self._remote is None else self._remote.attribution

    def credit(self, places: Iterable[Place]) -> str:
        """Whom to credit beside these places; "" where they are known here."""
        is_remote = self._remote is not None and any(place.source == self._remote.source for place in places)
        return self.attribution if is_remote else ""

    def suggest(self, text: str, *, limit: int, country: str | None = None) -> list[Ranked]:
        """Places whose names begin like this, those with stores first."""
        folded = fold(text[:MAX_CHARS])
        places = self._localities.starting(folded) + self._gazetteer.starting(folded, 50) if folded else []
        places.sort(key=lambda place: place.country != country)
        return self._ranked(places)[:limit]

    def _candidates(self, text: str, *, is_guessing: bool) -> list[Place]:
        point = point_of(text)
        if point is not None:
            return [point]
        if is_position(text) and "." in text:
            # Off the earth. No postal code has decimals.
            return []
        code, _, town = text.replace(",", " ").partition(" ")
        if plus_code.is_plus_code(code):
            return self._coded(code.upper(), town)
        folded = fold(text)
        if not folded:
            return []
        words = folded.split()
        # The whole text first; then a name with its state, city or country behind it.
        for cut in range(len(words), 0, -1):
            name, tail = " ".join(words[:cut]), words[cut:]
            likely = self._named(name) or (self._heard(name, is_whole=not tail) if is_guessing else [])
            found = self._qualified(likely, tail)
            # Or a town with its part behind it.
            parts = self._parts(" ".join(tail), words[:cut], likely) if likely and tail else []
            if parts or found:
                return [*(parts or found)]
        return (self._prefix(folded) or self._alike(folded)) if is_guessing else []

    def _parts(self, name: str, town: Sequence[str], towns: Sequence[Place]) -> Sequence[Place]:
        """Smaller places of a name that the words before it place."""
        largest = max(place.population for place in towns)
        return self._qualified([place for place in self._named(name) if place.population < largest], town)

    def _coded(self, code: str, town: str) -> list[Place]:
        """The cell of a Plus Code; of a short one the nearest to its town, wherever that may be."""
        try:
            if plus_code.is_full(code):
                return cell_of(code, plus_code.decode(code), None)
            near = self._candidates(town.strip(), is_guessing=True) if town.strip() else []
            cells = [
                cell_of(code, plus_code.recover(code, latitude=one.latitude, longitude=one.longitude), one)
                for one in near
            ]
        except ValueError:
            return []
        return [place for places in cells for place in places]

    def _qualified(self, places: Sequence[Place], tail: Sequence[str]) -> Sequence[Place]:
        """Those of places of a name of which the words behind it say where they are; each stretch of them must."""
        if not tail or not places:
            return places
        for length in range(len(tail), 0, -1):
            words = " ".join(tail[:length])
            regions = self._gazetteer.regions(words)
            towns = [town for town in self._named(words) or self._heard(words) if town.kind is PlaceKind.CITY]
            there = [
                place
                for place in places
                if words in KINDS
                or words in {fold(part) for part in (place.region, place.parent, place.country) if part}
                or _COUNTRY_WORDS.get(words) == place.country
                or (place.country, place.region) in regions
                or any(_is_near(place, town) for town in towns)
            ]
            found = self._qualified(there, tail[length:])
            if found:
                return found
        return ()

    def _named(self, name: str) -> list[Place]:
        found: list[Place] = []
        code = name.replace(" ", "")
        is_numbered = any(char.isdigit() for char in code)
        if is_numbered:
            found = self._gazetteer.postal_codes(code)
        found = found or [*self._localities.named(name), *self._gazetteer.named(name)]
        may_be_parted = is_numbered or " " not in name or len(code) >= LONG_TOGETHER
        return found if may_be_parted else [place for place in found if fold(place.name) == name]

    def _prefix(self, folded: str) -> list[Place]:
        """A postal code that nobody listed lies near those that begin like it."""
        code = folded.replace(" ", "")
        if not any(char.isdigit() for char in code):
            return []
        for length in range(len(code) - 1, SHORTEST_PREFIX - 1, -1):
            found = self._gazetteer.postal_prefix(code[:length], len(code))
            if found:
                return found
        return []

    def _heard(self, folded: str, *, is_whole: bool = False) -> list[Place]:
        """The places of a name in another script by its sound alone, as it shares no letter with theirs.

        Several words must sound alike with their vowels, where no town behind them says which place is meant.
        """
        heard = [] if folded.isascii() else self._sounding(folded)
        if not is_whole:
            return heard
        said = ["".join(map(reading, way.split())) for way in _ways(folded)]
        return [p for p in heard if max(fuzz.ratio(way, reading(fold(p.name))) for way in said) >= ALIKE]

    def _sounding(self, folded: str) -> list[Place]:
        sounds = set(map(sound_of, _ways(folded)))
        if not folded.isascii():
            sounds = {sound for sound in sounds if len(sound) >= _SHORTEST_SOUND}
        return [
            place for sound in sounds for place in (*self._localities.sounding(sound), *self._gazetteer.sounding(sound))
        ]

    def _alike(self, folded: str) -> list[Place]:
        heard = self._sounding(folded)
        scored = [(fuzz.ratio(folded, fold(place.name)), place) for place in heard]
        same_script = [place for score, place in scored if score >= ALIKE]
        return same_script or ([] if folded.isascii() else heard)

    def _ranked(self, places: Iterable[Place], called: str = "") -> list[Ranked]:
        ranked = [Ranked(place, self._has_stores(place)) for place in places]
        ranked.sort(key=lambda r: (not r.has_stores, -r.place.population))
        return _apart(ranked, called)

    def _has_stores(self, place: Place) -> bool:
        point = geo.point_to_space(latitude=place.latitude, longitude=place.longitude)
        now = self._directory.map
        rows = now.tiles_near(point, NEARBY_M)
        at = now.occupant[rows].ravel()
        return bool((geo.chords_m(point, now.space.take(at[at >= 0], axis=1)) <= NEARBY_M).any())


def _ways(folded: str) -> set[str]:
    """How a name in another script may be meant: Telugu has no z."""
    return {folded, folded.replace("జ", "z")}


def _is_name(text: str) -> bool:
    """Whether a geocoder may know it: no point, no Plus Code, no number too long for a postal code (whose is it?)."""
    folded = fold(text)
    if len(folded) < SHORTEST_PREFIX or is_position(text) or plus_code.is_plus_code(text.split()[0]):
        return False
    code = folded.replace(" ", "")
    return not code.isdigit() or len(code) <= LONGEST_CODE


def _apart(ranked: list[Ranked], called: str) -> list[Ranked]:
    """Of candidates near each other one stays: Gulberg I to V are one place to a shopper.

    The first, but for one that has the very name it was called by: Secunderabad rather than a larger part of it.
    """
    kept: list[Ranked] = []
    for one in ranked:
        here = geo.point_to_space(latitude=one.place.latitude, longitude=one.place.longitude)
        others = np.array(
            [geo.point_to_space(latitude=k.place.latitude, longitude=k.place.longitude) for k in kept]
        ).reshape(-1, 3)
        near = np.flatnonzero(geo.chords_m(here, others.T) <= NEARBY_M)
        if not len(near):
            kept.append(one)
        elif _is_called(one.place, called) and not _is_called(kept[near[0]].place, called):
            kept[near[0]] = one
    return kept


def _is_near(part: Place, town: Place) -> bool:
    """Whether a place may be a part of a town."""
    # Most are in another latitude, which is told in a hundredth of the time.
    if abs(part.latitude - town.latitude) > _TOWN_DEGREES or part == town:
        return False
    return geo.geodesic_m(part.latitude, part.longitude, town.latitude, town.longitude) <= TOWN_M


def _is_called(place: Place, called: str) -> bool:
    """Whether this very name was said, as far as another script can say it."""
    name = fold(place.name)
    return run_together(name) == run_together(called) or (not called.isascii() and sound_of(name) == sound_of(called))


def _likely(ranked: list[Ranked]) -> list[Place]:
    """Those with stores where there are any; one that is far larger than the next stands alone."""
    with_stores = [one.place for one in ranked if one.has_stores]
    likely = with_stores or [one.place for one in ranked]
    is_clear = len(likely) > 1 and not with_stores and _dominates(likely)
    return likely[: 1 if is_clear else MAX_CANDIDATES]


def _dominates(places: list[Place]) -> bool:
    return places[0].population > 0 and places[0].population >= DOMINANT * places[1].population
