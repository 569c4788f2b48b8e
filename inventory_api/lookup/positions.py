"""Places that are told by where they are: degrees, cells of Plus Codes."""

from __future__ import annotations

import re

from inventory_api.domain import geo, plus_code
from inventory_api.domain.errors import InvalidCoordinates, PlaceNotFound
from inventory_api.domain.place import Place, PlaceKind

_POINT = re.compile(r"(?:geo:)?\s*([+-]?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*(?:[;?].*)?")


def is_position(text: str) -> bool:
    """Whether a text is written as degrees are, wherever that be."""
    return _POINT.fullmatch(text) is not None


def point_of(text: str) -> Place | None:
    """The place of degrees north and east; None: the text is none, or they are nowhere on Earth."""
    match = _POINT.fullmatch(text)
    if match is None:
        return None
    latitude, longitude = float(match[1]), float(match[2])
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return Place(f"{latitude:g}, {longitude:g}", PlaceKind.POINT, "", latitude, longitude)


def check_position(text: str, parameter: str) -> None:
    """Say what is wrong with degrees that are nowhere on Earth. Raises PlaceNotFound."""
    match = _POINT.fullmatch(text.strip())
    if match is None:
        return
    try:
        geo.check_coordinates(latitude=float(match[1]), longitude=float(match[2]))
    except InvalidCoordinates as error:
        raise PlaceNotFound(error.reason, parameter=parameter) from None


_CELLS = ((0.0002, PlaceKind.POINT), (0.003, PlaceKind.AREA), (0.06, PlaceKind.CITY), (1.0, PlaceKind.REGION))
"""How exact a cell is that is so many degrees high at most; a larger one is nowhere to search from."""


def cell_of(code: str, cell: plus_code.Cell, town: Place | None) -> list[Place]:
    """The place of the cell of a Plus Code, in the town that it was told by; none where the cell is too large."""
    kind = next((kind for most, kind in _CELLS if cell.height <= most), None)
    if kind is None:
        return []
    at = round(cell.latitude, 6), round(cell.longitude, 6)
    if town is None:
        return [Place(code, kind, "", *at)]
    return [Place(code, kind, town.country, *at, town.region, town.name, town.population, town.source)]
