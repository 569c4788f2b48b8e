"""The types of query parameters, and what the ones that every search shares mean.

Patterns come first: pydantic alone takes ``1_0`` for 10, ``+1`` for 1 and ``inf`` for a number.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from inventory_api.domain import geo
from inventory_api.domain.errors import InvalidCoordinates, InvalidInput, UnknownRetailer
from inventory_api.domain.identifiers import MAX_SKU_BYTES
from inventory_api.lookup.directory import Directory

_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,20})?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


class Unit(StrEnum):
    """Of ``radius``."""

    KM = "km"
    MI = "mi"
    M = "m"


def _decimal(value: object) -> object:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise PydanticCustomError("decimal", "write a plain decimal number without its unit, for example 12.5")
    return float(value) + 0.0  # -0 becomes 0


def _whole(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not _WHOLE.fullmatch(value):
        raise PydanticCustomError("whole", "write a whole number in digits, for example 10")
    return int(value)


def _flag(value: object) -> object:
    if isinstance(value, str) and value not in _FLAGS:
        raise PydanticCustomError("flag", "write true or false")
    return _FLAGS[value] if isinstance(value, str) else value


def _instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not _INSTANT.fullmatch(value):
        raise PydanticCustomError(
            "instant", "write an RFC 3339 instant with its offset, for example 2026-10-30T17:00:00Z (a + as %2B)"
        )
    try:
        return dt.datetime.fromisoformat(value.upper()).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("instant", "there is no such date or time") from None


def _degrees(name: str) -> Callable[[object], object]:
    def read(value: object) -> object:
        if isinstance(value, float | int) and not isinstance(value, bool):
            return value
        if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
            raise InvalidCoordinates(f"{name} takes plain decimal degrees, for example 37.77", parameter=name)
        degrees = float(value) + 0.0
        geo.check_coordinates(latitude=degrees if name == "lat" else 0, longitude=degrees if name == "lon" else 0)
        return degrees

    return read


def parse_point(text: str, parameter: str) -> tuple[float, float]:
    """Latitude and longitude out of ``lat,lon``.

    Raises:
        InvalidCoordinates: No point on earth.
    """
    first, _, second = text.partition(",")
    try:
        latitude, longitude = _degrees("lat")(first), _degrees("lon")(second.removeprefix(" "))
    except InvalidCoordinates as error:
        raise InvalidCoordinates(error.reason, parameter=parameter) from None
    assert isinstance(latitude, float)
    assert isinstance(longitude, float)
    return latitude, longitude


DECIMAL = BeforeValidator(_decimal)
WHOLE = BeforeValidator(_whole)
"""Stands after the bounds, ``Annotated[int, Field(ge=1), WHOLE]``, so that the document shows them."""

Latitude = Annotated[
    float,
    BeforeValidator(_degrees("lat")),
    WithJsonSchema(
        {
            "type": "number",
            "minimum": -90,
            "maximum": 90,
            "description": "Latitude of the origin, WGS 84 decimal degrees. Needs `lon`. Alias: `latitude`.",
            "examples": [37.77],
        }
    ),
]
Longitude = Annotated[
    float,
    BeforeValidator(_degrees("lon")),
    WithJsonSchema(
        {
            "type": "number",
            "minimum": -180,
            "maximum": 180,
            "description": "Longitude of the origin, WGS 84 decimal degrees. Needs `lat`. Aliases: `lng`, `longitude`.",
            "examples": [-122.42],
        }
    ),
]
Radius = Annotated[
    float,
    Field(gt=0),
    DECIMAL,
    WithJsonSchema(
        {
            "type": "number",
            "exclusiveMinimum": 0,
            "description": "Inclusive, in `unit`s; 16 km where absent, at most 160 km, never clamped.",
            "examples": [10],
        }
    ),
]
Flag = Annotated[bool, BeforeValidator(_flag)]
Instant = Annotated[dt.datetime, BeforeValidator(_instant)]
Word = Annotated[str, Field(min_length=1, max_length=64)]
Sku = Annotated[str, Field(min_length=1, max_length=MAX_SKU_BYTES)]
Limit = Annotated[int, Field(ge=1, le=50, description="Results on a page."), WHOLE]
Cursor = Annotated[
    str, Field(min_length=1, max_length=512, description="`next_cursor` of the page before, with the same query.")
]


class OpeningParams(Protocol):
    """When stores have to be open."""

    @property
    def open_now(self) -> bool:
        """At the time of the question."""

    @property
    def open_at(self) -> dt.datetime | None:
        """At another."""


def resolve_open_at(params: OpeningParams, now: dt.datetime) -> dt.datetime | None:
    """The instant at which stores have to be open, None for whenever.

    Raises:
        InvalidInput: Two instants.
    """
    if params.open_now and params.open_at is not None:
        raise InvalidInput("give either open_now or open_at, not both", parameter="open_at")
    return now if params.open_now else params.open_at


def known_retailers(directory: Directory, asked: Sequence[str]) -> frozenset[str] | None:
    """The retailers to keep, None for all.

    Raises:
        UnknownRetailer: A misspelled one would look like "no store near you".
    """
    for retailer_id in asked:
        try:
            directory.retailer(retailer_id)
        except UnknownRetailer as error:
            raise UnknownRetailer(error.name, parameter="retailer") from None
    return frozenset(asked) or None
