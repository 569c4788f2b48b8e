"""The types of query parameters, and what the ones that every search shares mean.

Patterns come first: pydantic alone takes ``1_0`` for 10, ``+1`` for 1 and ``inf`` for a number.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from inventory_api.channels.rest.query import QueryModel
from inventory_api.domain import geo
from inventory_api.domain.errors import InvalidCoordinates, OriginRequired, RadiusTooLarge, UnknownRetailer
from inventory_api.domain.identifiers import MAX_SKU_BYTES
from inventory_api.lookup.directory import Directory

MAX_RADIUS_M = 160_000
DEFAULT_RADIUS_M = 16_000

_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,20})?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


class Unit(StrEnum):
    """Of ``radius``."""

    KM = "km"
    MI = "mi"
    M = "m"


_METERS = {Unit.KM: 1000.0, Unit.MI: 1609.344, Unit.M: 1.0}


def _decimal(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not _DECIMAL.fullmatch(value):
        raise PydanticCustomError("decimal", "write a plain decimal number, for example 12.5")
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
        if not isinstance(value, str):
            return value
        if not _DECIMAL.fullmatch(value):
            raise InvalidCoordinates(f"{name} takes plain decimal degrees, for example 37.77", parameter=name)
        degrees = float(value) + 0.0
        geo.check_coordinates(latitude=degrees if name == "lat" else 0, longitude=degrees if name == "lon" else 0)
        return degrees

    return read


def _near(value: object) -> object:
    if not isinstance(value, str):
        return value
    first, comma, second = value.partition(",")
    if not comma:
        raise InvalidCoordinates("near takes lat,lon, for example near=37.77,-122.42", parameter="near")
    try:
        return _degrees("lat")(first), _degrees("lon")(second.removeprefix(" "))
    except InvalidCoordinates as error:
        raise InvalidCoordinates(error.reason, parameter="near") from None


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
Near = Annotated[
    tuple[float, float],
    BeforeValidator(_near),
    WithJsonSchema(
        {
            "type": "string",
            "description": "The origin as `lat,lon`, instead of `lat` and `lon`.",
            "examples": ["37.77,-122.42"],
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


class OriginParams(QueryModel):
    """Where, and how far around: shared by every search near a place."""

    aliases: ClassVar[Mapping[str, str]] = {"latitude": "lat", "longitude": "lon", "lng": "lon"}

    lat: Latitude | None = None
    lon: Longitude | None = None
    near: Near | None = None
    radius: Radius | None = None
    unit: Unit = Field(Unit.KM, description="Of `radius`.")


@dataclass(frozen=True, slots=True)
class Origin:
    """The point a search begins from, and how exactly it was told."""

    latitude: float
    longitude: float
    precision: str = "point"


def find_origin(params: OriginParams) -> Origin | None:
    """The origin that the parameters tell, None where they tell none.

    Raises:
        OriginRequired: Half an origin, or more than one.
    """
    if (params.lat is None) != (params.lon is None):
        missing = "lon" if params.lon is None else "lat"
        raise OriginRequired(f"{missing} is missing: lat and lon go together", parameter=missing)
    if params.near is not None:
        if params.lat is not None:
            raise OriginRequired("give either lat and lon or near, not both", parameter="near")
        return Origin(*params.near)
    if params.lat is None or params.lon is None:
        return None
    return Origin(params.lat, params.lon)


def resolve_origin(params: OriginParams) -> Origin:
    """The one origin that the parameters tell.

    Raises:
        OriginRequired: None, half of one, or more than one.
    """
    origin = find_origin(params)
    if origin is None:
        raise OriginRequired("say where: lat=37.77&lon=-122.42, or near=37.77,-122.42", parameter="lat")
    return origin


def resolve_radius_m(params: OriginParams) -> float:
    """The search radius in metres, as asked or the default.

    Raises:
        RadiusTooLarge: Above the maximum; never clamped, else an empty answer would claim too much.
    """
    if params.radius is None:
        return float(DEFAULT_RADIUS_M)
    radius_m = params.radius * _METERS[params.unit]
    if radius_m > MAX_RADIUS_M:
        raise RadiusTooLarge(f"{radius_m:.0f} m is above the maximum of {MAX_RADIUS_M:,} m", parameter="radius")
    return radius_m


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
