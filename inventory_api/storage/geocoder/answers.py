"""What a geocoder answered, as places; each service has its own words for how fine a thing it found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geopy.location import Location

from inventory_api.domain.place import Place, PlaceKind

# Where services say what they found: Nominatim; Photon; Pelias; HERE; OpenCage; ArcGIS; Google; Mapbox.
_SPOTS = (
    ("addresstype",), ("properties", "type"), ("properties", "layer"), ("resultType",), ("components", "_type"),
    ("attributes", "Addr_type"), ("types",), ("place_type",),
)  # fmt: skip
_WORDS = {
    PlaceKind.ADDRESS: "house building houseNumber street_address premise subpremise address venue poi PointAddress",
    PlaceKind.STREET: "street road route intersection StreetName",
    PlaceKind.POSTAL_CODE: "postcode postalcode postal_code postalCode Postal",
    PlaceKind.AREA: "neighbourhood neighborhood suburb quarter district city_district borough sublocality",
    PlaceKind.CITY: "city town village hamlet municipality locality localadmin",
    PlaceKind.REGION: "county state_district state province region macroregion country country_region continent "
    "administrativeArea administrative_area_level_1 administrative_area_level_2",
}
_KINDS = {word: kind for kind, words in _WORDS.items() for word in words.split()}

# Nominatim's rank of a place; its word for a shop or a station does not tell how fine a thing that is.
_RANKS = ((30, PlaceKind.ADDRESS), (26, PlaceKind.STREET), (17, PlaceKind.AREA), (13, PlaceKind.CITY))

_COUNTRY_CODE_CHARS = 2


def place_of(location: Location, service: str) -> Place | None:
    """The place that an answer means, None where it is coarser than a city: nowhere to send a shopper.

    Args:
        location: geopy's, with what the service said in ``raw``.
        service: Becomes the place's source.

    Raises:
        LookupError, TypeError, ValueError: The answer is not of the service's shape.
    """
    raw: Mapping[str, Any] = location.raw
    kind = _kind_of(raw)
    if kind is PlaceKind.REGION:
        return None
    said = {**raw, **_part(raw, "properties"), **_part(raw, "address")}
    country = str(said.get("country_code") or said.get("countrycode") or "").upper()
    city = _first(said, "city", "town", "village", "municipality")
    return Place(
        name=_name_of(said, kind, location.address),
        kind=kind,
        country=country if len(country) == _COUNTRY_CODE_CHARS else "",
        latitude=float(location.latitude),
        longitude=float(location.longitude),
        region=_region_of(said),
        parent=None if kind is PlaceKind.CITY else city,
        source=service,
    )


def _kind_of(raw: Mapping[str, Any]) -> PlaceKind:
    """How fine a thing was found; a service that does not say so is believed to name the right city."""
    for spot in _SPOTS:
        word: Any = raw
        for name in spot:
            word = word.get(name) if isinstance(word, Mapping) else None
        if isinstance(word, list) and word:
            word = word[0]
        if isinstance(word, str) and word in _KINDS:
            return _KINDS[word]
    rank = raw.get("place_rank")
    if rank is None:
        return PlaceKind.CITY
    return next((kind for least, kind in _RANKS if int(rank) >= least), PlaceKind.REGION)


def _name_of(said: Mapping[str, Any], kind: PlaceKind, address: str) -> str:
    if kind is PlaceKind.POSTAL_CODE and (code := _first(said, "postcode")):
        return code
    named = _first(said, "name")
    if named and kind is not PlaceKind.POSTAL_CODE:
        return named
    door = _first(said, "house_number", "housenumber"), _first(said, "road", "street")
    if kind is PlaceKind.ADDRESS and door[1]:
        return " ".join(filter(None, door))
    return address.partition(",")[0].strip()


def _region_of(said: Mapping[str, Any]) -> str | None:
    """The state: of the United States its two letters, as the gazetteer has it."""
    country, _, letters = str(said.get("ISO3166-2-lvl4") or "").partition("-")
    return letters if country == "US" and letters else _first(said, "state")


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = raw.get(name)
    return part if isinstance(part, Mapping) else {}


def _first(said: Mapping[str, Any], *names: str) -> str | None:
    return next((value for name in names if isinstance(value := said.get(name), str) and value), None)
