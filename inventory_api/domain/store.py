"""A physical shop, as the directory knows it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from inventory_api.domain.geo import geodesic_m

TILE_SLOTS = 512
"""Stores in a tile at most: 9 bits of a record. Twice the tiles of 256 saved 0.9 bytes a record [measured]."""

NO_PLACE = -1

MAX_CODE_CHARS = 64
"""Of a store code, as Google's business profiles allow."""


FROM_FEED = "feed"
"""The source of a position that the retailer gave."""


class Precision(StrEnum):
    """How exactly a position is known, finest first."""

    POINT = "point"
    ADDRESS = "address"
    STREET = "street"
    NEIGHBORHOOD = "neighborhood"
    POSTAL_CODE = "postal_code"
    CITY = "city"

    def is_finer_than(self, other: Precision) -> bool:
        """Whether it tells more."""
        order = list(Precision)
        return order.index(self) < order.index(other)


@dataclass(frozen=True, slots=True)
class Position:
    """A point found for an address, how exactly, and by whom."""

    latitude: float
    longitude: float
    precision: Precision
    source: str


@dataclass(frozen=True, slots=True)
class Store:
    """A store, keyed by retailer and the retailer's own, case-sensitive code.

    ``number`` counts the retailer's stores from 0; ``place`` is tile * 512 + slot in the index, or
    ``NO_PLACE`` while the store has no coordinates. ``snapshot_at`` is the observed time (seconds
    since the index epoch) of its last published full feed, 0 before the first. ``position_source`` is
    ``FROM_FEED`` or the table or geocoder that knew, ``position_precision`` a ``Precision``.
    ``opening_hours`` is what its retailer wrote, ``hours`` what that means (``domain.hours``); empty or None: unknown.
    """

    id: int
    retailer_id: str
    store_code: str
    number: int
    name: str
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    phone: str | None = None
    timezone: str | None = None
    opening_hours: str | None = None
    hours: str | None = None
    services: tuple[str, ...] = ()
    currency: str | None = None
    pickup_method: str | None = None
    pickup_sla: str | None = None
    place: int = NO_PLACE
    snapshot_at: int = 0
    position_source: str | None = None
    position_precision: str | None = None

    def geodesic_m(self, *, latitude: float, longitude: float) -> float:
        """Exact distance from a point, in metres (45 us); NaN without coordinates."""
        if self.latitude is None or self.longitude is None:
            return math.nan
        return geodesic_m(latitude, longitude, self.latitude, self.longitude)

    @property
    def precision(self) -> str | None:
        """How exactly its position is known; a position of unknown origin is the retailer's own."""
        return None if self.latitude is None else self.position_precision or str(Precision.POINT)

    @property
    def public_id(self) -> str:
        """The id that the API shows."""
        return f"s{self.id}"


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What a stores feed may say of a store; None where it says nothing, which changes nothing.

    ``country`` is ISO 3166 alpha-2, ``timezone`` an IANA name; latitude and longitude come both or not
    at all. A street may hold a whole address in one line. ``hours`` is said with ``opening_hours``: an
    expression of ``domain.hours``, empty where the text was not understood.
    """

    store_code: str
    name: str | None = None
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    phone: str | None = None
    timezone: str | None = None
    opening_hours: str | None = None
    hours: str | None = None
    services: tuple[str, ...] | None = None
    currency: str | None = None
    position_source: str | None = None
    position_precision: str | None = None


def parse_store_id(text: str) -> int | None:
    """The number in ``s12``, or None where the text is no store id."""
    digits = text[1:]
    if text[:1] != "s" or not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        return None
    return int(digits)
