"""The places that our stores name in their addresses: what no gazetteer has, and where stores are for certain."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict

import numpy as np

from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.store import Store
from inventory_api.domain.text import fold, run_together, sound_of
from inventory_api.lookup.directory import Directory, Map

_STREET_PARTS = re.compile("[,\u060c]")
_MAX_AREA_CHARS = 40
_PART_OF_HOUSE = re.compile(r"\b(suite|ste|unit|apt|apartment|shop|floor|room|bldg|building|level|box|دکان|منزل)\b")
"""A street may end with them, in folded words; they are no neighborhood."""


class Localities:
    """Cities of stores, and the areas at the end of their streets, each at the middle of its stores.

    Made anew when a store came, went or moved.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._made_of: object = None
        self._by_name: dict[str, list[Place]] = {}
        self._by_sound: dict[str, list[Place]] = {}

    def named(self, folded: str) -> list[Place]:
        """The cities and areas of exactly this folded name, however its words are parted."""
        return self._current().get(run_together(folded), [])

    def sounding(self, sound: str) -> list[Place]:
        """The cities and areas whose names have these consonants, in whatever script they are asked for."""
        self._current()
        return self._by_sound.get(sound, [])

    def starting(self, folded: str) -> list[Place]:
        """The cities and areas whose names begin so."""
        begin = run_together(folded)
        return [place for name, places in self._current().items() if name.startswith(begin) for place in places]

    def _current(self) -> dict[str, list[Place]]:
        now = self._directory.map
        # A change that moves no store keeps the array of their positions.
        if self._made_of is not now.space:
            self._by_name, self._made_of = _gather(now), now.space
            self._by_sound = defaultdict(list)
            for place in itertools.chain(*self._by_name.values()):
                self._by_sound[sound_of(fold(place.name))].append(place)
        return self._by_name


def _gather(now: Map) -> dict[str, list[Place]]:
    grouped: dict[tuple[str, str, str], list[Store]] = defaultdict(list)
    areas: dict[tuple[str, str, str], list[tuple[str, Store]]] = defaultdict(list)
    for store in now.stores:
        if store.city and store.latitude is not None:
            grouped[fold(store.city), store.country or "", fold(store.region or "")].append(store)
            area = _area(store)
            if area:
                areas[fold(area), store.country or "", fold(store.city)].append((area, store))
    found: dict[str, list[Place]] = defaultdict(list)
    for (name, country, _), stores in grouped.items():
        first = stores[0]
        found[run_together(name)].append(
            Place(str(first.city), PlaceKind.CITY, country, *_middle(stores), region=first.region, source="stores")
        )
    for (name, country, _), named in areas.items():
        area, first = named[0]
        middle = _middle([store for _, store in named])
        found[run_together(name)].append(
            Place(area, PlaceKind.AREA, country, *middle, region=first.region, parent=first.city, source="stores")
        )
    return dict(found)


def _area(store: Store) -> str | None:
    """The neighborhood at the end of a street of several parts: "Shop 2, Saman Abad"; None where it is none."""
    parts = _STREET_PARTS.split(store.street or "")
    area = parts[-1].strip()
    if len(parts) < 2 or not area or len(area) > _MAX_AREA_CHARS or area[0].isdigit():
        return None
    folded = fold(area)
    return None if folded in ("", fold(store.city or "")) or _PART_OF_HOUSE.search(folded) else area


def _middle(stores: list[Store]) -> tuple[float, float]:
    """Latitude and longitude; the median, as one store with a wrong position must not move its city."""
    latitude = float(np.median([store.latitude for store in stores]))
    return latitude, float(np.median([store.longitude for store in stores]))
