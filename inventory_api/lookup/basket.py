"""A shopping list: the one store that has it all, the two stores that have it together, or the nearest with any.

A store serves an item where it is in stock now in the quantity wanted; an unknown quantity serves one unit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inventory_api.domain import availability as av
from inventory_api.domain.arrays import Ints, Mask
from inventory_api.domain.errors import UnknownProduct
from inventory_api.domain.identifiers import format_product_id
from inventory_api.lookup.answer import Hit, Question
from inventory_api.lookup.pages import Sighting
from inventory_api.lookup.selection import OPEN, disclosed, hits_of, openness
from inventory_api.lookup.several import Several

Served = NDArray[np.uint64]
"""For each store one bit an item that it serves."""


@dataclass(frozen=True, slots=True)
class Item:
    """A product wanted, and how many of it."""

    product_id: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Visit:
    """One store to go to: what it has of the list, by the item's position. At least one."""

    hits: dict[int, Hit]

    @property
    def store_id(self) -> int:
        """The store."""
        return next(iter(self.hits.values())).store.id

    @property
    def distance_m(self) -> float:
        """How far it is."""
        return next(iter(self.hits.values())).distance_m or 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Stores to go to, the nearest first, and the positions of the items that none of them has."""

    visits: list[Visit]
    missing: list[int]

    @property
    def is_complete(self) -> bool:
        """Whether every item is served."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Basket:
    """The answer. ``single`` and ``two`` serve as many items as one store or two can, then lie nearest.

    ``two`` is None where one store does as well, ``single`` where no store has any item.
    """

    as_of: dt.datetime
    single: Plan | None
    two: Plan | None
    checked: int


class Baskets:
    """Answers shopping lists."""

    def __init__(self, several: Several) -> None:
        self._several = several

    async def all_of(self, items: Sequence[Item], question: Question, now: dt.datetime) -> Basket:
        """The best store, and the best two, for all of the items.

        Of two plans with as many items the one with the shorter sum of distances is better, then the one
        with the smaller store ids.

        Raises:
            UnknownProduct: No feed ever named one of them.
            IndexUnavailable: Redis is away, or the index is being filled.
        """
        table = _Table(await self._look(items, question, now), items, question)
        single = table.best_single()
        return Basket(now, table.plan(single), table.plan(table.best_two(single)), len(table.at))

    async def any_of(self, items: Sequence[Item], question: Question, now: dt.datetime) -> Basket:
        """The nearest store with any of the items."""
        table = _Table(await self._look(items, question, now), items, question)
        return Basket(now, table.plan(table.nearest()), None, len(table.at))

    async def _look(self, items: Sequence[Item], question: Question, now: dt.datetime) -> Sighting:
        sighting = await self._several.look([item.product_id for item in items], question, now)
        for position in sorted(sighting.unnamed):
            raise UnknownProduct(format_product_id(items[position].product_id))
        return sighting


class _Table:
    """Stores against items. Columns have one element a store that has a record of any item, by store id."""

    def __init__(self, sighting: Sighting, items: Sequence[Item], question: Question) -> None:
        self._sighting = sighting
        self._items = items
        self._question = question
        found = sighting.found
        self._serves = serves = _serves(sighting, items, question)
        self.at, row = np.unique(found.at, return_inverse=True)
        self.distance = np.zeros(len(self.at))
        self.distance[row] = found.distance
        self.served: Served = np.zeros(len(self.at), np.uint64)
        bit = np.uint64(1) << sighting.product.astype(np.uint64)
        np.bitwise_or.at(self.served, row[serves], bit[serves])

    def nearest(self) -> list[int]:
        """The nearest store that serves any item."""
        serving = np.flatnonzero(self.served)
        return [int(i) for i in serving[np.lexsort((serving, self.distance[serving]))][:1]]

    def best_single(self) -> list[int]:
        """The store with the most items, then the nearest."""
        serving = np.flatnonzero(self.served)
        count = np.bitwise_count(self.served[serving]).astype(np.int64)
        return [int(i) for i in serving[np.lexsort((serving, self.distance[serving], -count))][:1]]

    def best_two(self, single: list[int]) -> list[int]:
        """The two stores with the most items together, then the shortest sum of ways; none where one does as well.

        Of the stores that serve the same items only the nearest can be in the best pair.
        """
        serving = np.flatnonzero(self.served)
        order = serving[np.lexsort((serving, self.distance[serving]))]
        _, first = np.unique(self.served[order], return_index=True)
        few = np.sort(order[first])
        best: tuple[int, float, int, int] | None = None
        for position, i in enumerate(few.tolist()):
            others = few[position + 1 :]
            if len(others) == 0:
                break
            count = np.bitwise_count(self.served[i] | self.served[others]).astype(np.int64)
            way = self.distance[i] + self.distance[others]
            j = int(np.lexsort((others, way, -count))[0])
            pair = (-int(count[j]), float(way[j]), i, int(others[j]))
            best = pair if best is None or pair < best else best
        alone = int(np.bitwise_count(self.served[single[0]])) if single else 0
        if best is None or -best[0] <= alone:
            return []
        return sorted(best[2:], key=lambda i: (float(self.distance[i]), i))

    def plan(self, stores: Sequence[int]) -> Plan | None:
        """Render a choice of stores; None for none."""
        if not stores:
            return None
        sighting = self._sighting
        visits, served = [], np.uint64(0)
        for i in stores:
            which = np.flatnonzero((sighting.found.at == self.at[i]) & self._serves)
            hits = hits_of(sighting.version, self._question, sighting.found, which)
            visits.append(Visit(dict(zip(sighting.product[which].tolist(), hits, strict=True))))
            served |= self.served[i]
        missing = [n for n in range(len(self._items)) if not int(served) >> n & 1]
        return Plan(visits, missing)


def _serves(sighting: Sighting, items: Sequence[Item], question: Question) -> Mask:
    """Which candidates serve their item: in stock, as many as are wanted as far as may be told, and open if asked."""
    found = sighting.found
    wanted: Ints = np.array([item.quantity for item in items], np.int64)[sighting.product]
    units = disclosed(sighting.version, found, np.arange(len(found)))
    usable = found.status <= av.LOW_STOCK
    result: Mask = usable & ((wanted == 1) | (units >= wanted))
    if question.open_at is not None:
        result &= openness(sighting.version, found.at, question.open_at) == OPEN
    return result
