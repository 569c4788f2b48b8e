"""A country of chains: 52,000 stores in clustered towns, 66,667 products each sold in about 300 of them.

Ten retailers' accounts hold the 100 chains, so that a product's records come from several feeds.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loadtests.bench import cells

STORES_PER_PRODUCT = 300
CARRIED = 0.9
"""A chain has a product in this share of its stores at most."""

_STORES_AT_ONCE = 200
_QUESTIONS_PER_RETAILER = 2_000
_NEAR_KM = 4.0
_KM_PER_DEGREE = 111.2
_SEED = 52_000

_BRANDS = [b"Aldgate", b"Benbow", b"Corvina", b"Dorset Mills", b"Elmhurst", b"Fairlane", b"Glenrock", b"Hollis"]
_KINDS = [b"Oat Biscuits", b"Wool Socks", b"Hand Drill", b"Dish Soap", b"Garden Hose", b"Lentil Soup", b"Desk Lamp"]
_SIZES = [b"Small 250 g", b"Large 1 kg", b"Pack of 2", b"Pack of 12", b"Blue", b"Forest Green"]


@dataclass(frozen=True, slots=True)
class Scale:
    """Of the world."""

    stores: int = 52_000
    products: int = 66_667
    chains: int = 100
    retailers: int = 10


class World:
    """Where the stores are, which chain has which products, and the files that say so."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        rng = np.random.default_rng(_SEED)
        weight = rng.lognormal(0, 0.5, scale.chains)
        self._chain = np.sort(rng.choice(scale.chains, scale.stores, p=weight / weight.sum()))
        self.latitude, self.longitude = _places(rng, scale.stores)
        sizes = np.bincount(self._chain, minlength=scale.chains)
        self._listings = _listings(rng, sizes, scale)
        self.records = 0

    @cached_property
    def gtins(self) -> NDArray[np.int64]:
        """Of each product."""
        return cells.gtins(np.arange(self.scale.products) + 1_000_000)

    def write_stores(self, path: Path, retailer: int) -> None:
        """Write the stores feed of one retailer."""
        stores = np.flatnonzero(self._retailer_of_store == retailer)
        rows = len(stores)
        columns = [
            _store_codes(stores),
            np.hstack([cells.constant(b"Chain ", rows), cells.integers(self._chain[stores], 4),
                       cells.constant(b" store ", rows), cells.integers(stores, 6)]),
            np.hstack([cells.integers(stores * 7 % 9000 + 1, 4), cells.constant(b" Main Street", rows)]),
            cells.constant(b"US", rows),
            cells.coordinates(self.latitude[stores]),
            cells.coordinates(self.longitude[stores]),
            cells.constant(b"America/Chicago", rows),
        ]  # fmt: skip
        path.write_bytes(b"store_code\tname\tstreet\tcountry\tlat\tlon\ttimezone\n" + cells.join(columns))

    def write_products(self, path: Path) -> None:
        """Write the products feed: titles of about 30 letters, image addresses of about 60."""
        number = np.arange(self.scale.products)
        brand, kind, size = number % len(_BRANDS), number // 8 % len(_KINDS), number // 56 % len(_SIZES)
        blank = cells.constant(b" ", len(number))
        columns = [
            cells.integers(self.gtins, 14),
            np.hstack([cells.chosen(_BRANDS, brand), blank, cells.chosen(_KINDS, kind), blank,
                       cells.chosen(_SIZES, size), blank, cells.integers(number, 5)]),
            cells.chosen(_BRANDS, brand),
            np.hstack([cells.constant(b"https://images.example.com/products/", len(number)),
                       cells.integers(self.gtins, 14), cells.constant(b"/main.jpg", len(number))]),
        ]  # fmt: skip
        path.write_bytes(b"gtin\ttitle\tbrand\timage_link\n" + cells.join(columns))

    def write_inventory(self, path: Path, retailer: int, now: dt.datetime) -> Iterator[tuple[int, float, float]]:
        """Write the stock feed of one retailer, gzipped; yields questions that it can answer.

        Each question is (gtin, latitude, longitude): a shopper a few kilometers from a store that has the product.
        """
        stamp = (now - dt.timedelta(minutes=10)).isoformat(timespec="seconds").encode()
        rng = np.random.default_rng((_SEED, retailer))
        stores = np.flatnonzero(self._retailer_of_store == retailer)
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.write(b"store_code\tgtin\tquantity\tprice\ttimestamp\n")
            for chain in np.unique(self._chain[stores]).tolist():
                products, share = self._listings[chain]
                mine = stores[self._chain[stores] == chain]
                for some in (mine[at : at + _STORES_AT_ONCE] for at in range(0, len(mine), _STORES_AT_ONCE)):
                    row, column = np.nonzero(rng.random((len(some), len(products)), np.float32) < share)
                    store, product = some[row], products[column]
                    file.write(_inventory_rows(rng, store, self.gtins[product], stamp))
                    self.records += len(store)
                    yield from self._ask_near(
                        rng, store, product, 1 + len(some) * _QUESTIONS_PER_RETAILER // len(stores)
                    )

    def _ask_near(
        self, rng: np.random.Generator, store: NDArray[np.intp], product: NDArray[np.intp], count: int
    ) -> Iterator[tuple[int, float, float]]:
        rows = rng.integers(0, len(store), count if len(store) else 0)
        away = rng.normal(0, _NEAR_KM / _KM_PER_DEGREE, (2, len(rows)))
        latitude, longitude = self.latitude[store[rows]] + away[0], self.longitude[store[rows]] + away[1]
        yield from zip(self.gtins[product[rows]].tolist(), latitude.tolist(), longitude.tolist(), strict=True)

    @cached_property
    def _retailer_of_store(self) -> NDArray[np.intp]:
        return self._chain % self.scale.retailers


def write_questions(path: Path, questions: list[tuple[int, float, float]]) -> None:
    """Write questions as a CSV file, in random order."""
    order = np.random.default_rng(_SEED).permutation(len(questions))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("gtin", "lat", "lon"))
        for at in order.tolist():
            gtin, latitude, longitude = questions[at]
            writer.writerow((f"{gtin:014d}", f"{latitude:.5f}", f"{longitude:.5f}"))


def _places(rng: np.random.Generator, stores: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Stores scattered around 900 towns; the n-th largest has 1/n^0.8 of the first's stores, and is smaller."""
    towns = 900
    latitude, longitude = rng.uniform(28, 47, towns), rng.uniform(-122, -72, towns)
    weight = 1 / np.arange(1, towns + 1) ** 0.8
    town = rng.choice(towns, stores, p=weight / weight.sum())
    spread_km = 4 + 25 * np.sqrt(weight[town])
    north = rng.normal(0, 1, stores) * spread_km / _KM_PER_DEGREE
    east = rng.normal(0, 1, stores) * spread_km / _KM_PER_DEGREE / np.cos(np.radians(latitude[town]))
    return latitude[town] + north, longitude[town] + east


def _listings(
    rng: np.random.Generator, sizes: NDArray[np.intp], scale: Scale
) -> list[tuple[NDArray[np.intp], NDArray[np.float32]]]:
    """For each chain its products, and the share of its stores that have each.

    A product goes to one chain, and to others until it has its stores; large chains list more.
    """
    wanted = np.full(scale.products, min(STORES_PER_PRODUCT, scale.stores // 4), np.float64)
    products: list[list[NDArray[np.intp]]] = [[] for _ in sizes]
    shares: list[list[NDArray[np.float64]]] = [[] for _ in sizes]
    waiting = np.arange(scale.products)
    listed = np.zeros((scale.products, len(sizes)), bool)
    while len(waiting):
        chain = rng.choice(len(sizes), len(waiting), p=sizes / sizes.sum())
        fresh = ~listed[waiting, chain]
        listed[waiting, chain] = True
        share = np.minimum(CARRIED, wanted[waiting] / sizes[chain]) * fresh
        wanted[waiting] -= share * sizes[chain]
        for number in range(len(sizes)):
            mine = fresh & (chain == number)
            products[number].append(waiting[mine])
            shares[number].append(share[mine])
        waiting = waiting[wanted[waiting] >= 1]
    joined = zip(products, shares, strict=True)
    return [(np.concatenate(some), np.concatenate(share).astype(np.float32)) for some, share in joined]


def _inventory_rows(rng: np.random.Generator, store: NDArray[np.intp], gtin: NDArray[np.int64], stamp: bytes) -> bytes:
    rows = len(store)
    price = gtin % 4_900 + 99
    columns = [
        _store_codes(store),
        cells.integers(gtin, 14),
        cells.integers(rng.geometric(0.1, rows) - 1, 4),
        np.hstack([cells.decimals(price, 3), cells.constant(b" USD", rows)]),
        cells.constant(stamp, rows),
    ]
    return cells.join(columns)


def _store_codes(numbers: NDArray[np.intp]) -> cells.Bytes:
    return np.hstack([cells.constant(b"L", len(numbers)), cells.integers(numbers, 5, padded=True)])
