"""Where a shopper is, as a point to ask from and a name to answer with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inventory_api.channels.sms.session import Whereabouts
from inventory_api.domain.errors import AmbiguousPlace, PlaceNotFound
from inventory_api.domain.place import EXACT, Place, PlaceKind
from inventory_api.lookup.places import Places

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

    def __init__(self, places: Places) -> None:
        self._places = places

    async def locate(self, where: Whereabouts, country: str | None) -> Located | Sequence[Place]:
        """The place, or those that may be meant; none: nobody knows it. ``country``: of the sender's number."""
        told = where.name or ""
        if where.position is not None:
            told = "{:f},{:f}".format(*where.position)
        try:
            place = self._places.called(await self._places.locate(told, country=country))
        except AmbiguousPlace as error:
            return error.candidates
        except PlaceNotFound:
            return ()
        at = place.country or country, place.latitude, place.longitude
        if place.kind is PlaceKind.POINT:
            return Located(place.name, *at)
        return Located(_capitalized(told), *at, is_exact=place.kind in EXACT)


def _capitalized(name: str) -> str:
    """A name as it was texted, with capitals where the script has them."""
    if not name.isascii() or name != name.lower():
        return name
    return " ".join(word.upper() if len(word) <= _INITIALS or any(map(str.isdigit, word)) else word.title()
                    for word in name.split())  # fmt: skip
