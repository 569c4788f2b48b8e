"""A day in the shops, without end: sales, deliveries and new prices as inventory changes."""

from __future__ import annotations

import datetime as dt
import random
from bisect import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inventory_api.cli.demo.goods import DEPARTMENTS
from inventory_api.cli.demo.model import DemoWorld, Shelves
from inventory_api.cli.demo.shelves import charm_price

MAX_BATCH = 12
PRICE_CHANGE_SHARE = 0.03
LOW = 2
RESTOCK_SHARE_WHEN_LOW = 0.3


def changes(
    world: DemoWorld, rng: random.Random, clock: Callable[[], dt.datetime] | None = None
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield batches of changes for ever, each of one chain, popular products most often.

    Args:
        world: Left as it is; the stream keeps counts of its own.
        rng: Decides everything but the times.
        clock: Gives the aware instant of a batch. The clock by default.

    Yields:
        The chain's id and 1 to ``MAX_BATCH`` items in the shape of ``PATCH /v1/inventory``, no
        record twice. Absolute quantities, so that sending a batch again changes nothing.
    """
    now = clock or _utc_now
    desks = [_Desk.of(shelves) for shelves in world.shelves.values()]
    until = np.cumsum([desk.until[-1] for desk in desks]).tolist()
    while True:
        desk = desks[min(bisect(until, rng.random() * until[-1]), len(desks) - 1)]
        records = {desk.pick(rng) for _ in range(rng.randint(1, MAX_BATCH))}
        observed_at = now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        yield desk.shelves.retailer.id, [desk.change(record, observed_at, rng) for record in sorted(records)]


@dataclass(slots=True)
class _Desk:
    """One chain's counts while the stream runs. ``until`` holds summed weights, to pick by bisection."""

    shelves: Shelves
    quantity: NDArray[np.int32]
    until: NDArray[np.float64]

    @classmethod
    def of(cls, shelves: Shelves) -> _Desk:
        popularity = np.array([offer.product.popularity for offer in shelves.offers])
        return cls(shelves, shelves.quantity.copy(), np.cumsum(popularity[shelves.offer]))

    def pick(self, rng: random.Random) -> int:
        place = int(np.searchsorted(self.until, rng.random() * self.until[-1], side="right"))
        return min(place, len(self.until) - 1)

    def change(self, record: int, observed_at: str, rng: random.Random) -> dict[str, Any]:
        offer = self.shelves.offers[self.shelves.offer[record]]
        item: dict[str, Any] = {
            "store_code": self.shelves.stores[self.shelves.store[record]].store_code,
            "id": offer.sku,
            "observed_at": observed_at,
        }
        if rng.random() < PRICE_CHANGE_SHARE:
            currency = self.shelves.retailer.currency
            minor = charm_price(offer.price_minor / 100 * rng.uniform(0.9, 1.1), currency)
            item["price"] = f"{minor // 100}.{minor % 100:02d} {currency}"
        else:
            left = int(self.quantity[record])
            self.quantity[record] = self._next_quantity(left, DEPARTMENTS[offer.product.department].stock, rng)
        item["quantity"] = int(self.quantity[record])
        return item

    @staticmethod
    def _next_quantity(left: int, usual: int, rng: random.Random) -> int:
        """A delivery if the shelf is low and one is due, else a sale; an empty shelf is counted again."""
        if left <= LOW and rng.random() < RESTOCK_SHARE_WHEN_LOW:
            return left + max(1, round(usual * rng.uniform(0.8, 2.0)))
        return left - min(left, rng.choices((1, 2, 3), weights=(85, 11, 4))[0])


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
