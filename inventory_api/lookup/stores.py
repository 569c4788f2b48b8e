"""Which stores: near a point or anywhere, open at an instant, having all of several products now; page by page.

The order is the same in every call: by how well a text fits, then by distance, or without a point by place in the
index, so that a page's stores lie in few tiles. What is costly (hours, stock) is asked of a portion at a time, and of
no more portions than fill the page.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from inventory_api.domain.arrays import Floats, Ints
from inventory_api.domain.hours import is_open
from inventory_api.domain.ports import IndexReader
from inventory_api.domain.store import TILE_SLOTS, Store
from inventory_api.domain.text import fold
from inventory_api.lookup.answer import DEFAULT_RADIUS_M, Rank
from inventory_api.lookup.directory import Directory, Map, near
from inventory_api.lookup.several import Several

PORTION = 2_048
"""Stores asked at a time: for their hours it takes 8 ms, for their stock a round trip."""


_LAST = 2.0**52
"""The place of stores that have none yet: behind all others."""


@dataclass(frozen=True, slots=True)
class Circle:
    """Within so many metres of a point, inclusive."""

    latitude: float
    longitude: float
    radius_m: float = DEFAULT_RADIUS_M


def any_store(store: Store) -> bool:
    """No condition."""
    return True


@dataclass(frozen=True, slots=True)
class Wanted:
    """Conditions, every one of which must hold.

    ``text`` names stores, retailers or parts of addresses: stores with none of its words are left out where others have
    some. ``is_wanted`` is whatever else a store by itself must be. ``store_ids`` are the only stores to look at; None
    for all. ``product_ids`` are different ones, at most ``several.MAX_PRODUCTS``. ``after`` is the rank of the last
    store of the page before.
    """

    circle: Circle | None = None
    text: str = ""
    is_wanted: Callable[[Store], bool] = any_store
    store_ids: Sequence[int] | None = None
    open_at: dt.datetime | None = None
    product_ids: tuple[int, ...] = ()
    limit: int = 10
    after: Rank | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A store, how far it is (metres, None where no point was given), and where it stands in the list."""

    store: Store
    distance_m: float | None
    rank: Rank


@dataclass(frozen=True, slots=True)
class Page:
    """Stores in order; ``next`` is None on the last page."""

    stores: list[Found]
    next: Rank | None


class StoreSearch:
    """Finds stores."""

    def __init__(self, index: IndexReader, directory: Directory) -> None:
        self._directory = directory
        self._several = Several(index, directory)

    async def find(self, wanted: Wanted, now: dt.datetime) -> Page:
        """A page of stores.

        Raises:
            IndexUnavailable: Redis is away, or the index is being filled, where products are wanted.
        """
        version = self._directory.map
        line = _lined_up(version, wanted)
        if wanted.text:
            # The first time all names are folded, which takes 5 us a store.
            line = await asyncio.to_thread(line.by_text, version, wanted.text)
        line = line.after(version, wanted.after)
        shown: list[Found] = []
        for begin in range(0, len(line.at), PORTION):
            portion = line.keep(slice(begin, begin + PORTION))
            fitting = await self._fitting(version, portion, wanted, now)
            # One more than the page shows: whether there is another one.
            shown += _shown(version, portion.keep(fitting[: wanted.limit + 1 - len(shown)]), wanted)
            if len(shown) > wanted.limit:
                return Page(shown[: wanted.limit], shown[wanted.limit - 1].rank)
            # Whoever looks through everything lets others in between.
            await asyncio.sleep(0)
        return Page(shown, None)

    async def _fitting(self, version: Map, portion: _Line, wanted: Wanted, now: dt.datetime) -> Ints:
        """Positions in the portion."""
        stores = [version.stores[i] for i in portion.at.tolist()]
        fits = np.array([wanted.is_wanted(store) for store in stores], bool)
        if wanted.product_ids and fits.any():
            fits[fits] = await self._several.having_all(wanted.product_ids, version, portion.at[fits], now)
        if wanted.open_at is not None:
            for i in np.flatnonzero(fits).tolist():
                # Unknown hours match no instant.
                fits[i] = is_open(stores[i], wanted.open_at) is True
        return np.flatnonzero(fits)


@dataclass(frozen=True, slots=True)
class _Line:
    """Stores in order: positions in the map, and two keys of their ranks."""

    at: Ints
    first: Floats
    second: Floats

    def keep(self, which: slice | Ints) -> _Line:
        return _Line(self.at[which], self.first[which], self.second[which])

    def by_text(self, version: Map, text: str) -> _Line:
        """Those that a text fits, best first: another shop than the one that was named is no answer."""
        words = [f" {word} " for word in dict.fromkeys(fold(text).split())]
        if not words:
            return self
        names = [_names(version.stores[i], version) for i in self.at.tolist()]
        score = np.array([sum(word in name for word in words) for name in names], np.float64)
        line = _Line(self.at, -score, self.second).keep(np.flatnonzero(score))
        return line.keep(np.lexsort((line.at, line.second, line.first)))

    def after(self, version: Map, rank: Rank | None) -> _Line:
        """What comes behind a rank."""
        if rank is None:
            return self

        def rank_of(i: int) -> Rank:
            return float(self.first[i]), float(self.second[i]), version.stores[int(self.at[i])].id

        return self.keep(slice(bisect_right(range(len(self.at)), rank, key=rank_of), None))


def _shown(version: Map, line: _Line, wanted: Wanted) -> list[Found]:
    is_near = wanted.circle is not None
    columns = zip(line.at.tolist(), line.first.tolist(), line.second.tolist(), strict=True)
    stores = ((version.stores[at], first, second) for at, first, second in columns)
    return [Found(store, second if is_near else None, (first, second, store.id)) for store, first, second in stores]


def _lined_up(version: Map, wanted: Wanted) -> _Line:
    """The stores of the circle by distance, else all by place; ``at`` ascends by store id."""
    if wanted.circle is not None:
        circle = wanted.circle
        at, second = near(version, latitude=circle.latitude, longitude=circle.longitude, radius_m=circle.radius_m)
    else:
        at, second = _by_place(version)
    if wanted.store_ids is not None:
        named = [version.position[store_id] for store_id in wanted.store_ids if store_id in version.position]
        is_named = np.isin(at, named)
        at, second = at[is_named], second[is_named]
    return _Line(at, np.zeros(len(at)), second)


def _by_place(version: Map) -> tuple[Ints, Floats]:
    row, slot = np.nonzero(version.occupant >= 0)
    at = version.occupant[row, slot]
    place = version.tile[row] * TILE_SLOTS + slot
    is_unplaced = np.ones(len(version.stores), bool)
    is_unplaced[at] = False
    unplaced = np.flatnonzero(is_unplaced)
    return np.append(at, unplaced), np.append(place, np.full(len(unplaced), _LAST)).astype(np.float64)


@lru_cache(maxsize=65_536)
def _folded(*names: str | None) -> str:
    return f" {fold(' '.join(filter(None, names)))} "


def _names(store: Store, version: Map) -> str:
    retailer = version.retailers.get(store.retailer_id)
    owner = None if retailer is None else retailer.name
    return _folded(store.name, owner, store.street, store.city, store.region, store.postal_code)
