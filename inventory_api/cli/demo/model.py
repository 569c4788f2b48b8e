"""What a demo world consists of: values, no rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class DemoRetailer:
    """A chain. ``timezone`` is the one most of its stores are in."""

    id: str
    name: str
    currency: str
    timezone: str
    country: str
    locale: str


@dataclass(frozen=True, slots=True)
class DemoStore:
    """A store of a chain, at a real place."""

    store_code: str
    name: str
    street: str
    city: str
    region: str
    postal_code: str
    country: str
    latitude: float
    longitude: float
    phone: str
    timezone: str
    opening_hours: str
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product. ``countries`` holds where it is sold, ``language`` is the title's, ``aliases`` is for search."""

    gtin: str
    title: str
    description: str
    brand: str
    department: str
    category: str
    countries: frozenset[str]
    language: str
    price_usd: float
    popularity: float
    aliases: str = ""


@dataclass(frozen=True, slots=True)
class DemoOffer:
    """A product as one chain sells it; prices in minor units of the chain's currency."""

    sku: str
    product: DemoProduct
    price_minor: int
    sale_minor: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Shelves:
    """All stock records of one chain: three parallel arrays, ordered by store, then offer.

    ``store`` and ``offer`` are positions in ``stores`` and ``offers``.
    """

    retailer: DemoRetailer
    stores: list[DemoStore]
    offers: list[DemoOffer]
    store: NDArray[np.int32]
    offer: NDArray[np.int32]
    quantity: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class DemoWorld:
    """Everything, a few MB: records are arrays, not objects."""

    seed: int
    retailers: list[DemoRetailer]
    products: list[DemoProduct]
    shelves: dict[str, Shelves]

    @property
    def store_count(self) -> int:
        """How many stores all chains have."""
        return sum(len(shelf.stores) for shelf in self.shelves.values())

    @property
    def record_count(self) -> int:
        """How many stock records all stores have, zeros included."""
        return sum(len(shelf.quantity) for shelf in self.shelves.values())

    def stores(self) -> Iterator[tuple[DemoRetailer, DemoStore]]:
        """Every store with the chain it belongs to."""
        for shelf in self.shelves.values():
            for store in shelf.stores:
                yield shelf.retailer, store

    def records(self, retailer_id: str) -> Iterator[dict[str, Any]]:
        """The stock records of one chain, ordered by store."""
        shelf = self.shelves[retailer_id]
        for store, offer, quantity in zip(
            shelf.store.tolist(), shelf.offer.tolist(), shelf.quantity.tolist(), strict=True
        ):
            sold = shelf.offers[offer]
            yield {
                "store_code": shelf.stores[store].store_code,
                "id": sold.sku,
                "gtin": sold.product.gtin,
                "quantity": quantity,
                "price_minor": sold.price_minor,
            }
