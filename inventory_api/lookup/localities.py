"""The places that our stores name in their addresses: what no gazetteer has, and where stores are for certain."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.store import Store
from inventory_api.domain.text import fold
from inventory_api.lookup.directory import Directory, Map


class Localities:
    """Cities of stores, each at the middle of its stores; made anew when a store came, went or moved."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._made_of: object = None
        self._by_name: dict[str, list[Place]] = {}

    def named(self, folded: str) -> list[Place]:
        """The cities of exactly this folded name."""
        return self._current().get(folded, [])

    def starting(self, folded: str) -> list[Place]:
        """The cities whose names begin so."""
        return [place for name, places in self._current().items() if name.startswith(folded) for place in places]

    def _current(self) -> dict[str, list[Place]]:
        now = self._directory.map
        # A change that moves no store keeps the array of their positions.
        if self._made_of is not now.space:
            self._by_name, self._made_of = _gather(now), now.space
        return self._by_name


def _gather(now: Map) -> dict[str, list[Place]]:
    grouped: dict[tuple[str, str, str], list[Store]] = defaultdict(list)
    for store in now.stores:
        if store.city and store.latitude is not None:
            grouped[fold(store.city), store.country or "", fold(store.region or "")].append(store)
    found: dict[str, list[Place]] = defaultdict(list)
    for (name, country, _), stores in grouped.items():
        # The median: one store with a wrong position must not move its city.
        latitude = float(np.median([store.latitude for store in stores]))
        longitude = float(np.median([store.longitude for store in stores]))
        first = stores[0]
        found[name].append(
            Place(str(first.city), PlaceKind.CITY, country, latitude, longitude, region=first.region, source="stores")
        )
    return dict(found)
