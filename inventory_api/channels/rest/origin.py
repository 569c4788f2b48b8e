"""Where a search begins: coordinates, or a place by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from inventory_api.channels.rest.parameters import Latitude, Longitude, Radius, Unit, parse_point
from inventory_api.channels.rest.query import QueryModel
from inventory_api.domain.errors import OriginRequired, RadiusTooLarge
from inventory_api.domain.geo import MILE_M, check_coordinates
from inventory_api.locales.catalog import language_of_header
from inventory_api.locales.wording import Wording, wording_of
from inventory_api.lookup.answer import DEFAULT_RADIUS_M, MAX_RADIUS_M
from inventory_api.lookup.places import MAX_CHARS, Places

_METERS = {Unit.KM: 1000.0, Unit.MI: MILE_M, Unit.M: 1.0}
_POINT_LIKE = re.compile(r"\s*[+-]?[\d.]+\s*,\s*\S*\s*", re.ASCII)

PlaceName = Annotated[str, Field(min_length=1, max_length=MAX_CHARS)]


class OriginParams(QueryModel):
    """Where, and how far around: shared by every search near a place."""

    aliases: ClassVar[Mapping[str, str]] = {
        "latitude": "lat", "longitude": "lon", "lng": "lon", "postal_code": "place", "postalCode": "place",
        "zip": "place",
    }  # fmt: skip

    lat: Latitude | None = None
    lon: Longitude | None = None
    near: PlaceName | None = Field(
        None, description="The origin as `lat,lon`, or a place as in `place`.", examples=["37.77,-122.42"]
    )
    place: PlaceName | None = Field(
        None,
        description="A postal code, city, neighborhood, Plus Code (its `+` as `%2B`), or `lat,lon`. "
        "Aliases: `postal_code`, `postalCode`, `zip`.",
        examples=["94103"],
    )
    country: Annotated[str, Field(pattern="^[A-Za-z]{2}$")] | None = Field(
        None, description="ISO 3166 alpha-2: places there are meant, where there are any.", examples=["US"]
    )
    radius: Radius | None = None
    unit: Unit = Field(Unit.KM, description="Of `radius`.")


@dataclass(frozen=True, slots=True)
class Origin:
    """The point a search begins from, how exactly it was told, and what it is called where a name was given."""

    latitude: float
    longitude: float
    precision: str = "point"
    label: str | None = None


async def find_origin(params: OriginParams, places: Places) -> Origin | None:
    """The origin that the parameters tell, None where they tell none; it waits for names that nobody here knows alone.

    Raises:
        OriginRequired: Half an origin, or more than one.
        PlaceNotFound, AmbiguousPlace: A name, and not exactly one place.
        InvalidCoordinates: ``near`` is a point, but none on earth.
    """
    given = [name for name in ("lat", "lon", "near", "place") if getattr(params, name) is not None]
    if not given:
        return None
    if params.lat is not None and params.lon is not None and len(given) == 2:
        # A body's numbers come without the checks of a query string's texts.
        check_coordinates(latitude=params.lat, longitude=params.lon)
        return Origin(params.lat, params.lon)
    said = [params.spelled.get(name, name) for name in given]
    if (params.lat is None) != (params.lon is None):
        missing = "lon" if params.lon is None else "lat"
        raise OriginRequired(f"{missing} is missing: {said[0]} alone is no point", parameter=missing)
    if len(given) > 1:
        raise OriginRequired(f"give one origin, not {' and '.join(said)}", parameter=said[-1])
    [parameter] = said
    name = params.near or params.place or ""
    if _POINT_LIKE.fullmatch(name):
        return Origin(*parse_point(name, parameter))
    place = await places.locate(name, country=params.country and params.country.upper(), parameter=parameter)
    return Origin(place.latitude, place.longitude, place.precision, place.label)


async def resolve_origin(params: OriginParams, places: Places) -> Origin:
    """The one origin that the parameters tell.

    Raises:
        OriginRequired: None, half of one, or more than one.
        PlaceNotFound, AmbiguousPlace: A name, and not exactly one place.
    """
    origin = await find_origin(params, places)
    if origin is None:
        raise OriginRequired("say where: lat=37.77&lon=-122.42, or place=94103", parameter="lat")
    return origin


def wording_for(params: OriginParams, headers: Mapping[bytes, bytes]) -> Wording:
    """The words to answer in: the language that the caller reads, in the unit that they ask in."""
    language = language_of_header(headers.get(b"accept-language"))
    return wording_of(language, None, True if params.unit is Unit.MI else None)


def resolve_radius_m(params: OriginParams) -> float:
    """The search radius in metres, as asked or the default.

    Raises:
        RadiusTooLarge: Above the maximum; never clamped, else an empty answer would claim too much.
    """
    if params.radius is None:
        return DEFAULT_RADIUS_M
    radius_m = params.radius * _METERS[params.unit]
    if radius_m > MAX_RADIUS_M:
        asked = f"{params.radius:.12g} {params.unit} is above the maximum of {MAX_RADIUS_M / 1000:g} km"
        raise RadiusTooLarge(f"{asked}; unit=m counts in meters", parameter="radius")
    return radius_m
