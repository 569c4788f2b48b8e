"""Addresses to places by the gazetteer: postcode, neighborhood, city, the finest that is known."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.normalize.countries import find_country
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.ports import Gazetteer
from inventory_api.domain.store import Position, Precision
from inventory_api.domain.text import fold

MIN_POPULATION = 100_000
"""Of a city that its name alone may mean: of 1,500 real Australian addresses, 51 named a suburb whose namesake
elsewhere is the one in GeoNames, 690 km away."""

_BOX_MARGIN_DEGREES = 3.0
_PLACES = 5
_ROUGH = frozenset({"india post"})
"""Whose neighborhoods are known no finer than the postal codes of the same source, which an address has beside."""

_AREA_WORDS = 4
_US_END = re.compile(r"\b([A-Z]{2})[ ,]+(\d{5})(?:-\d{4})?$")
_CODE_END = re.compile(r"\b(\d{3} ?\d{3}|\d{5})$")


@dataclass(frozen=True, slots=True)
class Address:
    """What a store's feed says of where it is; ``street`` may hold all of it in one line."""

    street: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.street, self.city, self.region, self.postal_code, self.country)))


class AddressBook:
    """Finds addresses in a gazetteer; below a millisecond each."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def find(self, address: Address) -> Position | None:
        """The finest place known of an address; None where not even its city is, or could be anywhere."""
        address = self.understood(address)
        if address.country is None:
            return None
        return self._area(address) or self._postal_code(address) or self._city(address)

    def understood(self, address: Address) -> Address:
        """The address with what its one line says put in its place: country, ZIP and state, other codes, city."""
        if address.street is None or "," not in address.street or (address.postal_code and address.country):
            return address
        parts = [part.strip() for part in address.street.split(",") if part.strip()]
        country = address.country
        named = "US" if parts[-1] == "US" else find_country(parts[-1]) if len(parts[-1]) > 2 else None
        if len(parts) > 1 and named:
            country = country or named
            parts.pop()
        line = ", ".join(parts)
        american = _US_END.search(line) if country in (None, "US") else None
        if american and any(place.region == american[1] for place in self._coded(american[2], "US")):
            town = line[: american.start()].rstrip(" ,").rpartition(",")[2].strip()
            said = Address(address.street, town or None, american[1], american[2], "US")
        else:
            last = _CODE_END.search(parts[-1])
            town = parts[-1][: last.start()].strip(" -") if last else parts[-1] if named else ""
            if last and not town and len(parts) > 1:
                town = parts[-2]
            said = Address(address.street, town or None, None, last[1] if last else None, country)
        given = {name: getattr(address, name) for name in ("city", "region", "postal_code", "country")}
        return replace(said, **{name: value for name, value in given.items() if value})

    def is_in_country(self, country: str, latitude: float, longitude: float) -> bool:
        """Whether the point lies in the rectangle of a country's towns, with a margin; True where none is known."""
        box = self._gazetteer.bounds(country)
        if box is None:
            return True
        south, north, west, east = box
        margin = _BOX_MARGIN_DEGREES
        return south - margin <= latitude <= north + margin and west - margin <= longitude <= east + margin

    def _postal_code(self, address: Address) -> Position | None:
        assert address.country is not None
        found = self._coded(address.postal_code, address.country)
        state = _state(address)
        # A mistyped code of another state, or city, is worse than the city.
        if state and any(place.region != state for place in found) and self._city(address):
            return None
        if address.country == "PK" and address.city:
            here = [place for place in found if fold(place.parent or "") == fold(address.city)]
            found = here or ([] if self._city(address) else found)
        return _at(found, Precision.POSTAL_CODE)

    def _coded(self, code: str | None, country: str) -> list[Place]:
        folded = fold(code or "").replace(" ", "")
        if country == "US":
            # ZIP+4 is cut; a leading zero that a spreadsheet lost is put back.
            folded = folded[:5].zfill(5) if folded.isdigit() and len(folded) in (4, 5, 9) else folded
        places = self._gazetteer.postal_codes(folded) if folded else []
        return [place for place in places if place.country == country]

    def _area(self, address: Address) -> Position | None:
        """A neighborhood that the street names, of the city that the address names; Gulberg III before Gulberg."""
        if not address.city or not address.street:
            return None
        words, city = fold(address.street).split(), fold(address.city)
        for length in range(min(_AREA_WORDS, len(words)), 0, -1):
            for start in range(len(words) - length + 1):
                places = self._gazetteer.named(" ".join(words[start : start + length]))
                here = [
                    place
                    for place in places
                    if place.kind is PlaceKind.AREA
                    and place.source not in _ROUGH
                    and place.country == address.country
                    and fold(place.parent or "") == city
                ]
                if here:
                    return _at(here[:1], Precision.NEIGHBORHOOD)
        return None

    def _city(self, address: Address) -> Position | None:
        if not address.city:
            return None
        state = _state(address)
        known = [
            place
            for place in self._gazetteer.named(fold(address.city))
            if place.kind is PlaceKind.CITY and place.country == address.country
        ]
        if state:
            known = [place for place in known if place.region == state]
        else:
            known = [place for place in known if place.population >= MIN_POPULATION or place.source == "pak-geodata"]
        return _at(known[:1], Precision.CITY)


def _state(address: Address) -> str | None:
    """The state of an American address as its two letters, None where it is not written so."""
    text = (address.region or "").strip().upper()
    return text if address.country == "US" and len(text) == 2 and text.isalpha() else None


def _at(places: Sequence[Place], precision: Precision) -> Position | None:
    if not places:
        return None
    latitude = statistics.median(place.latitude for place in places)
    longitude = statistics.median(place.longitude for place in places)
    return Position(round(latitude, _PLACES), round(longitude, _PLACES), precision, places[0].source)
