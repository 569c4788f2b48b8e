"""What one retailer said of one product at one store, packed so that a billion fit.

A ``StockTable`` holds many records as four columns:

    key       u64   product id << 17 | store number       (which record)
    value     u64   price u32 << 24 | quantity u16 << 8 | state u8   (what was said)
    observed  u32   seconds since 2020-01-01 UTC          (when it was seen true)
    extra     u64   0, or the hash of rare attributes as JSON, found in ``extras``

so that *same record* and *same statement* are integer comparisons. The store number is the
retailer's own count of its stores, 0 to 131,071.

state = claim (3 bits) << 4 | basis (2 bits) << 2 | dated << 1 | has extra
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from inventory_api.domain.arrays import Mask

U64 = NDArray[np.uint64]
U32 = NDArray[np.uint32]

STORE_BITS = 17
MAX_STORES = 1 << STORE_BITS
NO_QUANTITY = 0xFFFF
MAX_QUANTITY = NO_QUANTITY - 1
NO_PRICE = 0xFFFFFFFF
MAX_PRICE = NO_PRICE - 1
_START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
EPOCH = int(_START.timestamp())
"""Observed times count from here, so that u32 lasts until 2156."""

HAS_EXTRA = 1
DATED = 2


class Claim(IntEnum):
    """What the retailer claims, after quantity and availability were reconciled (the lower wins).

    The two ``BANDED`` claims carry a quantity that stands for a band ("10+"), never an exact count.
    """

    UNKNOWN = 0
    OUT_OF_STOCK = 1
    LOW_STOCK = 2
    IN_STOCK = 3
    ON_DISPLAY = 4
    LOW_STOCK_BANDED = 5
    IN_STOCK_BANDED = 6


class Basis(IntEnum):
    """Where the statement came from; the names are the words of the API, in lower case."""

    FEED = 0
    POS_EVENT = 1
    COUNT = 2
    SHOPPER_REPORT = 3


BASES = tuple(Basis)


def pack_state(claim: int, basis: int, *, dated: bool = False, has_extra: bool = False) -> int:
    """Build the state byte. ``dated``: the record's age is its own; no snapshot of its store renews it."""
    return claim << 4 | basis << 2 | dated << 1 | has_extra


def pack_value(state: int, quantity: int | None, price: int | None) -> int:
    """Build the value word; quantity and price (minor units) saturate, never wrap."""
    q = NO_QUANTITY if quantity is None else min(quantity, MAX_QUANTITY)
    p = NO_PRICE if price is None else min(price, MAX_PRICE)
    return p << 24 | q << 8 | state


def to_observed(instant: dt.datetime) -> int:
    """Whole seconds since the epoch of the index, never negative."""
    return max(0, int(instant.timestamp()) - EPOCH)


def from_observed(observed: int) -> dt.datetime:
    """The aware UTC instant of an observed time."""
    return _START + dt.timedelta(seconds=observed)


@dataclass(slots=True)
class StockTable:
    """Columns of stock records, all of one length; ``extras`` maps a hash to its JSON bytes."""

    key: U64
    value: U64
    observed: U32
    extra: U64
    extras: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def empty(cls) -> StockTable:
        """A table of no records."""
        u64 = np.empty(0, np.uint64)
        return cls(u64, u64, np.empty(0, np.uint32), u64)

    @classmethod
    def join(cls, tables: Sequence[StockTable]) -> StockTable:
        """All records of several tables, in order."""
        if not tables:
            return cls.empty()
        extras: dict[int, bytes] = {}
        for table in tables:
            extras |= table.extras
        return cls(
            np.concatenate([t.key for t in tables]),
            np.concatenate([t.value for t in tables]),
            np.concatenate([t.observed for t in tables]),
            np.concatenate([t.extra for t in tables]),
            extras,
        )

    def __len__(self) -> int:
        return len(self.key)

    def take(self, which: NDArray[np.intp] | Mask | slice) -> StockTable:
        """The records at these positions (indices, a mask or a slice)."""
        return StockTable(self.key[which], self.value[which], self.observed[which], self.extra[which], self.extras)

    @property
    def product(self) -> U64:
        """Product id of each record."""
        return self.key >> np.uint64(STORE_BITS)

    @property
    def store(self) -> NDArray[np.intp]:
        """Store number of each record, fit to index an array of stores."""
        return (self.key & np.uint64(MAX_STORES - 1)).astype(np.intp)

    @property
    def dated(self) -> Mask:
        """True where no snapshot of the store may renew the record's age."""
        dated: Mask = (self.value & np.uint64(DATED)) != 0
        return dated


def pack_keys(product: U64, store: NDArray[np.integer]) -> U64:
    """Sort key of each record: product first, then store number."""
    return (product << np.uint64(STORE_BITS)) | store.astype(np.uint64)
