"""One retailer's stock feed: 11 columns as Google has them, sorted by store, about 1 % of the rows dirty.

Everything follows from a seed. The next version of the feed repeats all rows with new times and the
faults of the first, and changes the stock or the price of 2 % of them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loadtests.bench import cells
from loadtests.bench.cells import Bytes, Rows

COLUMNS = [
    "store_code",
    "id",
    "gtin",
    "availability",
    "quantity",
    "price",
    "sale_price",
    "sale_price_effective_date",
    "pickup_method",
    "pickup_sla",
    "timestamp",
]
CHANGED = 0.02
DIRTY = 0.01
ON_SALE = 0.02
"""Of the products, in all stores: a sale is a rare attribute, kept apart from the record."""

_WORDS = (b"in_stock", b"limited_availability", b"out_of_stock")
_SEED = 20111


@dataclass(frozen=True, slots=True)
class Size:
    """Of the feed."""

    stores: int = 500
    products: int = 10_000

    @property
    def rows(self) -> int:
        """Data rows of each version, duplicates and defective ones included."""
        return self.stores * self.products


def write_stores(path: Path, size: Size) -> None:
    """Write the retailer's stores, around one city."""
    rng = np.random.default_rng(_SEED)
    numbers = np.arange(size.stores)
    columns = [
        _store_codes(numbers),
        np.hstack([cells.constant(b"Shop ", size.stores), cells.integers(numbers, 6)]),
        cells.constant(b"Chicago", size.stores),
        cells.constant(b"IL", size.stores),
        cells.constant(b"US", size.stores),
        cells.coordinates(41.85 + rng.normal(0, 0.6, size.stores)),
        cells.coordinates(-87.65 + rng.normal(0, 0.8, size.stores)),
        cells.constant(b"America/Chicago", size.stores),
    ]
    path.write_bytes(b"store_code\tname\tcity\tregion\tcountry\tlat\tlon\ttimezone\n" + cells.join(columns))


def write_feed(path: Path, size: Size, *, version: int, now: dt.datetime) -> int:
    """Write a version of the feed: 0 is the first, 1 the one with 2 % changed.

    Returns:
        How many rows differ from the first version in more than their time.
    """
    catalogue = _Catalogue.of(size)
    changed = 0
    with path.open("wb") as file:
        file.write("\t".join(COLUMNS).encode() + b"\n")
        for store in range(size.stores):
            text, count = _store_rows(store, catalogue, version, now)
            file.write(text)
            changed += count
    return changed


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """What all stores of the retailer share."""

    ids: Bytes
    gtins: Bytes
    price: NDArray[np.int64]
    sale: Bytes
    period: Bytes

    @classmethod
    def of(cls, size: Size) -> _Catalogue:
        rng = np.random.default_rng(_SEED + 1)
        numbers = np.arange(size.products)
        codes = cells.gtins(numbers)
        padded = numbers % 10 == 0
        gtins = np.where(padded[:, None], cells.integers(codes, 14, padded=True), cells.integers(codes, 14))
        price = np.minimum(rng.lognormal(6.7, 0.9, size.products).astype(np.int64), 99_999) // 10 * 10 + 9
        full_price = rng.random(size.products) >= ON_SALE
        sale = np.hstack([cells.decimals(price * 4 // 5, 4), cells.constant(b" USD", size.products)])
        period = cells.constant(b"2026-01-01T00:00:00-06:00/2036-12-31T23:59:59-06:00", size.products)
        return cls(
            ids=np.hstack([cells.constant(b"SKU-", size.products), cells.integers(numbers * 7 + 100_000, 7)]),
            gtins=gtins.astype(np.uint8),
            price=price,
            sale=cells.blank_where(sale, full_price),
            period=cells.blank_where(period, full_price),
        )


def _store_rows(store: int, catalogue: _Catalogue, version: int, now: dt.datetime) -> tuple[bytes, int]:
    """The rows of one store, and how many of them are changed."""
    rows = len(catalogue.price)
    rng = np.random.default_rng((_SEED, store))
    quantity = rng.geometric(0.12, rows) - 1
    price = catalogue.price + 10 * (rng.random(rows) < 0.1)
    dirt = rng.random(rows)
    kinds = rng.integers(0, len(_FAULTS), rows)
    change = np.flatnonzero(rng.random(rows) < CHANGED) if version else np.empty(0, np.intp)
    sold = rng.random(len(change)) < 0.7
    quantity[change[sold]] = (quantity[change[sold]] + 1 + rng.integers(0, 5, int(sold.sum()))) % 40
    price[change[~sold]] += 50
    columns = {
        "store_code": cells.constant(_store_codes(np.array([store])).tobytes().replace(b"\0", b""), rows),
        "id": catalogue.ids.copy(),
        "gtin": catalogue.gtins.copy(),
        "availability": cells.chosen(_WORDS, np.where(quantity == 0, 2, np.where(quantity < 3, 1, 0))),
        "quantity": cells.integers(quantity, 4),
        "price": np.hstack([cells.decimals(price, 4), cells.constant(b" USD", rows)]),
        "sale_price": catalogue.sale,
        "sale_price_effective_date": catalogue.period,
        "pickup_method": cells.constant(b"buy", rows),
        "pickup_sla": cells.constant(b"same day", rows),
        "timestamp": cells.constant(_time_of(store, version, now), rows),
    }
    between = [cells.constant(b"\t", rows) for _ in COLUMNS[1:]]
    dirty = dirt < DIRTY
    for kind, (column, text) in enumerate(_FAULTS):
        where: Rows = np.flatnonzero(dirty & (kinds == kind))
        if column == "row":
            between[3][where] = 0
        else:
            cells.put(columns[column], where, text)
    return cells.join([columns[name] for name in COLUMNS], between=between), len(change)


_FAULTS = (
    ("row", b""),  # a delimiter missing: too few fields
    ("gtin", b"4006381333932"),  # its check digit is wrong, the id still tells the product
    ("id", b""),  # the gtin still tells the product
    ("quantity", b"12.0"),
    ("quantity", b"-3"),
    ("quantity", b"N/A"),  # the availability still tells something
    ("availability", b"In Stock"),
    ("price", b"$5.49"),
    ("price", b"0.00 USD"),
    ("timestamp", b"05.11.26 noon"),
    ("store_code", b"ST9"),  # an unknown store: the row waits for it
)


def _store_codes(numbers: NDArray[np.int64]) -> Bytes:
    return np.hstack([cells.constant(b"ST", len(numbers)), cells.integers(numbers + 1000, 4)])


def _time_of(store: int, version: int, now: dt.datetime) -> bytes:
    """When the store's stock was counted: each store at its own minute, the next version a day later."""
    counted = now - dt.timedelta(days=1 - version, minutes=10 + store % 60)
    return counted.astimezone(dt.timezone(dt.timedelta(hours=-6))).isoformat(timespec="seconds").encode()
