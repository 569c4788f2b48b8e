"""Where is that? What a shopper calls a place -> a point, with an honest word on how exact it is.

What ``namesakes`` knows; and where it knows nothing, what a geocoder does, if the operator chose one. Where several
places have a name, one that has stores counts more than one that has none; of what is left the caller is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from inventory_api.domain import geo, plus_code
from inventory_api.domain.errors import AmbiguousPlace, PlaceNotFound
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.ports import Gazetteer, RemotePlaces
from inventory_api.domain.text import fold, run_together, sound_of
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.localities import Localities
from inventory_api.lookup.namesakes import SHORTEST_PREFIX, Namesakes
from inventory_api.lookup.positions import check_position, is_position

NEARBY_M = 16_000.0
"""Candidates this close to each other are one place, and a store this close makes a candidate likely."""

MAX_CANDIDATES = 5
MAX_CHARS = 120
LONGEST_CODE = 9
"""Digits of a postal code: a ZIP+4. Phone numbers, which nobody else shall see, have more."""

DOMINANT = 10
"""Where no store is near any of them, a city this many times larger than the next is the one that is meant."""


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
        self._namesakes = Namesakes(gazetteer, self._localities)

    def find(self, text: str, *, country: str | None = None, is_guessing: bool = True) -> list[Ranked]:
        """The places known here that a text may mean, the likeliest first; candidates near each other are one.

        Args:
            text: As the shopper wrote it.
            country: ISO 3166 alpha-2: places there count more, and alone where there are any.
            is_guessing: Whether a name that nobody knows may be a misspelt one, or the begin of a postal code.
        """
        found = self._namesakes.of(text.strip()[:MAX_CHARS], is_guessing=is_guessing)
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
