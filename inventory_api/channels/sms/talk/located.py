"""Where a shopper is, as a point to ask from and a name to answer with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inventory_api.channels.sms.session import Whereabouts
from inventory_api.domain.errors import AmbiguousPlace, PlaceNotFound
from inventory_api.domain.place import EXACT, Place, PlaceKind
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.places import NEARBY_M, Places

_INITIALS = 3


@dataclass(frozen=True, slots=True)
class Located:
    """A place found.

    Attributes:
        name: What to call it, in the shopper's own words; "": it has no name.
        is_exact: Whether that name is an address, which is not to be kept.
    """

    name: str
    country: str | None
    latitude: float
    longitude: float
    is_exact: bool = False


class Locator:
    """Turns what is remembered or written into a point."""

    def __init__(self, places: Places, directory: Directory) -> None:
        self._places = places
        self._directory = directory

    async def locate(self, where: Whereabouts, country: str | None) -> Located | Sequence[Place]:
        """The place, or those that may be meant; none: nobody knows it. ``country``: of the sender's number."""
        if where.position is not None:
            return self._at(*where.position, country)
        name = where.name or ""
        try:
            place = await self._places.locate(name, country=country)
        except AmbiguousPlace as error:
            return error.candidates
        except PlaceNotFound:
            return ()
        if place.kind is PlaceKind.POINT:
            return self._at(place.latitude, place.longitude, country)
        return Located(_written(name), place.country or country, place.latitude, place.longitude, place.kind in EXACT)

    def _at(self, latitude: float, longitude: float, country: str | None) -> Located:
        """A position by the town of the store nearest to it: nobody wants to read coordinates."""
        near = self._directory.near(latitude=latitude, longitude=longitude, radius_m=NEARBY_M)
        if not near:
            return Located("", country, latitude, longitude)
        store = near[0][0]
        return Located(store.city or "", store.country or country, latitude, longitude)


def _written(name: str) -> str:
    """A name as it was texted, with capitals where the script has them."""
    if not name.isascii() or name != name.lower():
        return name
    return " ".join(word.upper() if len(word) <= _INITIALS or any(map(str.isdigit, word)) else word.title()
                    for word in name.split())  # fmt: skip
