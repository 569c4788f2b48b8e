"""Named places: what a shopper says instead of coordinates, and how exact that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PlaceKind(StrEnum):
    """What kind of place a name means, the most exact first."""

    POINT = "point"
    ADDRESS = "address"
    STREET = "street"
    POSTAL_CODE = "postal_code"
    AREA = "area"
    POSTAL_PREFIX = "postal_prefix"
    CITY = "city"
    REGION = "region"


EXACT = frozenset({PlaceKind.POINT, PlaceKind.ADDRESS})
"""Whoever knows their name knows where somebody is: such a name is kept nowhere."""

_PRECISION = {PlaceKind.AREA: "city"}
"""A neighborhood is a part of a city whose border we do not know: to call it more exact would be a promise."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place by its centre.

    Attributes:
        name: In Latin letters where there is such a name; a postal code's is the code.
        kind: What it is.
        country: ISO 3166 alpha-2, "" where unknown.
        region: State or province, by its usual code or name.
        parent: The city that an area, or a postal code, belongs to.
        latitude, longitude: Decimal degrees, WGS 84.
        population: 0 where unknown.
        source: Who says so.
    """

    name: str
    kind: PlaceKind
    country: str
    latitude: float
    longitude: float
    region: str | None = None
    parent: str | None = None
    population: int = 0
    source: str = ""

    @property
    def precision(self) -> str:
        """The word of the API for how exact the centre is."""
        return _PRECISION.get(self.kind, self.kind.value)

    @property
    def label(self) -> str:
        """How people write it: ``Springfield, IL``, ``94103 San Francisco, CA``, ``Gulberg, Lahore``."""
        if self.kind in (PlaceKind.POSTAL_CODE, PlaceKind.POSTAL_PREFIX):
            town = ", ".join(filter(None, (self.parent, self.region)))
            return f"{self.name} {town}".strip() or self.name
        return ", ".join(filter(None, (self.name, self.parent or self.region or self.country)))
