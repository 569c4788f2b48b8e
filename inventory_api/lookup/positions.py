"""Places that are told by where they are: degrees, cells of Plus Codes."""

from __future__ import annotations

from inventory_api.domain import geo, plus_code
from inventory_api.domain.errors import InvalidCoordinates, PlaceNotFound
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.lookup.coordinates import read_point


def is_position(text: str) -> bool:
    """Whether a text is written as degrees are, wherever that be."""
    return read_point(text) is not None


def point_of(text: str) -> Place | None:
    """The place of degrees north and east; None: the text is none, or they are nowhere on Earth."""
    point = read_point(text)
    if point is None or not point.is_on_earth:
        return None
    return Place(f"{point.latitude:g}, {point.longitude:g}", PlaceKind.POINT, "", point.latitude, point.longitude)


def check_position(text: str, parameter: str) -> None:
    """Say what is wrong with degrees that are nowhere on Earth. Raises PlaceNotFound."""
    point = read_point(text)
    if point is None:
        return
    try:
        geo.check_coordinates(latitude=point.latitude, longitude=point.longitude)
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
