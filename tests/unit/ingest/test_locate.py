"""Where stores come to stand, and which coordinates are doubted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.geocode.addresses import Address, AddressBook
from ingest.geocode.locate import locate
from ingest.normalize.stores import StoreInput
from ingest.notices import NoticeBook
from inventory_api.domain.store import Position, Precision, Store
from tests.gazetteer import the_gazetteer

MISSION = StoreInput(
    "281", street="2000 Mission St", city="San Francisco", region="CA", postal_code="94110", country="US"
)
GIVEN = replace(MISSION, latitude=37.764, longitude=-122.419, position_source="feed", position_precision="point")
LAHORE = StoreInput("9", street="Tariq Street 5", city="Lahore", country="PK")
BOOK = AddressBook(the_gazetteer())
DOOR = Position(31.5101, 74.3401, Precision.ADDRESS, "nominatim")


def stored(row: StoreInput) -> Store:
    names = ("street", "city", "region", "postal_code", "country", "latitude", "longitude")
    said = {name: getattr(row, name) for name in (*names, "position_source", "position_precision")}
    return Store(1, "acme", row.store_code, 0, "a store", **said)


def told(row: StoreInput, known: StoreInput | None = None, ask: Position | None = None) -> tuple[StoreInput, list[str]]:
    notices = NoticeBook()
    stores = {} if known is None else {known.store_code: stored(known)}
    [located] = locate([row], stores, notices, book=BOOK, currency="USD", ask=lambda address: ask)
    return located, [notice["code"] for notice in notices.report()]


def test_a_store_without_coordinates_is_placed_by_its_postcode_and_says_so() -> None:
    located, codes = told(MISSION)
    assert (located.latitude, located.longitude) == (37.7509, -122.4153)
    assert (located.position_source, located.position_precision) == ("zipcodes", "postal_code")
    assert codes == ["coordinates_from_address"]


def test_given_coordinates_are_left_as_they_are_and_replace_what_was_found() -> None:
    found, _ = told(MISSION)
    assert told(GIVEN, found) == (GIVEN, [])


def test_what_the_retailer_once_gave_stays_where_a_later_feed_gives_none() -> None:
    assert told(MISSION, GIVEN) == (MISSION, [])
    assert told(MISSION, replace(GIVEN, position_source=None, position_precision=None)) == (MISSION, [])


def test_a_country_left_out_is_that_of_the_currency_or_of_what_is_known() -> None:
    assert told(replace(MISSION, country=None))[0].position_precision == "postal_code"
    moved, _ = told(StoreInput("9", city="Karachi"), LAHORE)
    assert moved.latitude == pytest.approx(24.86, abs=0.1)


def test_a_geocoder_is_asked_where_only_the_city_is_known_and_a_namesake_far_away_is_no_answer() -> None:
    assert told(LAHORE, ask=DOOR)[0].position_source == "nominatim"
    assert told(LAHORE, ask=replace(DOOR, latitude=24.9))[0].position_precision == "city"
    assert told(MISSION, ask=DOOR)[0].position_source == "zipcodes"
    assert told(replace(LAHORE, street=None), ask=DOOR)[0].position_precision == "city"


def test_a_finer_place_found_before_stays_until_the_address_changes() -> None:
    by_door, _ = told(LAHORE, ask=DOOR)
    assert told(LAHORE, by_door) == (LAHORE, [])
    moved, _ = told(replace(LAHORE, city="Multan"), by_door)
    assert moved.position_precision == "city"
    assert moved.latitude == pytest.approx(30.2, abs=0.2)


@pytest.mark.parametrize(
    ("latitude", "longitude", "word"),
    [
        (37.764, 122.419, "minus sign"),
        (34.05, -118.24, "km from the postcode"),
    ],
)
def test_coordinates_far_from_the_address_are_reported_and_served(latitude: float, longitude: float, word: str) -> None:
    row = replace(GIVEN, latitude=latitude, longitude=longitude)
    notices = NoticeBook()
    assert locate([row], {}, notices, book=BOOK) == [row]
    [notice] = notices.report()
    assert notice["code"] == "coordinates_implausible"
    assert word in notice["samples"][0]["message"]


def test_swapped_coordinates_are_recognized() -> None:
    notices = NoticeBook()
    row = replace(LAHORE, latitude=74.34, longitude=31.52)
    assert locate([row], {}, notices, book=BOOK) == [row]
    assert "swapped" in notices.report()[0]["samples"][0]["message"]
    elsewhere = StoreInput("1", country="PK", latitude=52.5, longitude=13.4)
    locate([elsewhere], {}, notices, book=BOOK)
    assert "outside PK" in notices.report()[0]["samples"][1]["message"]


def test_addresses_are_compared_whole() -> None:
    assert str(Address("a", None, "b")) == "a, b"
