"""Stores, places and products."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel

from inventory_api.channels.rest.schema.shape import Shape
from inventory_api.domain.ports import Match
from inventory_api.domain.store import Precision as StorePrecision

Precision = Literal["point", "address", "street", "postal_code", "postal_prefix", "city", "region"]


class Address(Shape):
    """A postal address, as far as the retailer told it."""

    street: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None


class StoreOut(Shape):
    """A physical shop; ``open_now`` is null where the hours are unknown.

    ``precision`` other than ``point``: it was placed by its address.
    """

    id: str
    retailer: str
    store_code: str
    name: str
    phone: str | None
    address: Address
    lat: float | None
    lon: float | None
    precision: StorePrecision | None
    timezone: str | None
    open_now: bool | None
    opens_at: dt.datetime | None
    closes_at: dt.datetime | None
    services: list[str]


class LocatedStore(StoreOut):
    """A store in the locator, with its ``hours`` of the week, holidays and dates, in OpenStreetMap's syntax.

    They are null where nobody told them in words that are understood.
    """

    hours: str | None


class OriginOut(Shape):
    """Where the search began."""

    lat: float
    lon: float
    precision: Precision
    label: str | None = None


class NearQuery(Shape):
    """The question as it was understood."""

    origin: OriginOut
    radius_m: float


class NearStore(Shape):
    """A store in range."""

    store: LocatedStore
    distance_m: int


class StorePage(Shape):
    """Stores near a place, nearest first."""

    query: NearQuery
    stores: list[NearStore]
    next_cursor: str | None


class PlaceOut(Shape):
    """A place by its centre.

    ``precision`` says how exact that is, ``source`` who says so, ``has_stores`` whether a store is near it.
    """

    name: str
    label: str
    kind: str
    precision: Precision
    lat: float
    lon: float
    country: str | None
    region: str | None
    source: str | None
    has_stores: bool


class PlacePage(Shape):
    """Places of one name, the likeliest first; ``attribution`` is to be shown beside them."""

    places: list[PlaceOut]
    attribution: str | None
    next_cursor: str | None


class ProductOut(Shape):
    """A product; ``gtin`` is null where the retailer's own number is all there is."""

    id: str
    gtin: str | None
    title: str | None
    brand: str | None
    image_url: str | None


class ProductHit(BaseModel):
    """A product that was found, and how. `distance_m`: of the nearest store in range that has it in stock.

    `carried_nearby` and `distance_m` are there where an origin was given.
    """

    product: ProductOut
    match: Match
    carried_nearby: bool | None = None
    distance_m: int | None = None


class SearchQuery(BaseModel):
    """What was searched; `understood` is how `q` was read where that is not what was written."""

    q: str | None = None
    understood: str | None = None
    gtin: str | None = None
    origin: OriginOut | None = None
    radius_m: float | None = None


class ProductPage(Shape):
    """Products that fit the search, the best first; empty where none does."""

    query: SearchQuery
    products: list[ProductHit]
    next_cursor: str | None
