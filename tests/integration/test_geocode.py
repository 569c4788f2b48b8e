"""Stores without coordinates in a whole installation, and a geocoder that is asked over HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from ingest.geocode.addresses import Address, AddressBook
from ingest.geocode.remote import asking
from inventory_api.domain.store import Position, Precision
from inventory_api.storage.geocoder.geocoder import MAX_FAILURES, Geocoder
from inventory_api.storage.vault import Vault
from tests.gazetteer import the_gazetteer
from tests.integration.world import World
from tests.nominatim import DOOR, Clock, Nominatim

BOOK = AddressBook(the_gazetteer())

STORES = "store_code,name,street,city,region,postal_code,country\n"
MISSION = "281,Mission,2000 Mission St,San Francisco,CA,94110,US\n"


@pytest.fixture
def nominatim() -> Iterator[Nominatim]:
    server = Nominatim()
    yield server
    server.close()


def test_a_store_is_placed_by_its_postcode_found_by_shoppers_and_moved_when_its_place_is_given(world: World) -> None:
    world.add_retailer()
    world.new_worker(book=BOOK)
    run = world.push("stores", STORES + MISSION)
    assert {notice["code"] for notice in run.notices} == {"coordinates_missing", "coordinates_from_address"}
    store = world.store("281")
    assert (store.latitude, store.longitude, store.precision) == (37.7509, -122.4153, "postal_code")
    world.push("inventory", "store_code,gtin,quantity\n281,00037000185062,5\n")
    assert world.on_shelf("00037000185062") == {"281": ("in_stock", 5)}
    again = world.push("stores", STORES + MISSION)
    assert again.changes.updated == 0
    world.push("stores", "store_code,lat,lon\n281,37.764,-122.419\n")
    store = world.store("281")
    assert (store.latitude, store.precision, store.position_source) == (37.764, "point", "feed")
    world.push("stores", STORES + MISSION)
    assert world.store("281").latitude == 37.764
    assert world.on_shelf("00037000185062") == {"281": ("in_stock", 5)}


def test_a_dry_run_tells_and_moves_nothing(world: World) -> None:
    world.add_retailer()
    world.new_worker(book=BOOK)
    run = world.push("stores", STORES + MISSION, dry_run=True)
    assert "coordinates_from_address" in {notice["code"] for notice in run.notices}
    assert world.stores() == []


def test_a_geocoder_that_fails_is_left_alone_for_a_minute(world: World, nominatim: Nominatim) -> None:
    clock = Clock()
    geocoder = Geocoder(world.db, "nominatim", nominatim.options, Vault(bytes(32)), now=clock, sleep=clock.sleep)
    nominatim.answer = 500
    ask = asking(geocoder)
    for number in range(MAX_FAILURES + 3):
        assert ask(Address(f"{number} Street", "Lahore")) is None
    assert len(nominatim.asked) == MAX_FAILURES
    nominatim.answer = [DOOR]
    assert asking(geocoder)(Address("0 Street", "Lahore")) is None
    clock.now += dt.timedelta(minutes=1)
    assert asking(geocoder)(Address("0 Street", "Lahore")) == Position(31.5101, 74.3401, Precision.ADDRESS, "nominatim")


def test_a_feed_asks_so_many_questions_and_the_next_one_goes_on(world: World, nominatim: Nominatim) -> None:
    clock = Clock()
    geocoder = Geocoder(world.db, "nominatim", nominatim.options, Vault(bytes(32)), now=clock, sleep=clock.sleep)
    addresses = [Address(f"{number} Street", "Lahore", country="PK") for number in range(3)]
    ask = asking(geocoder, most=2)
    assert [ask(address) is None for address in (*addresses, *addresses)] == [False, False, True] * 2
    assert asking(geocoder)(addresses[2]) is not None
    assert nominatim.words == [str(address) for address in addresses]


def test_a_stores_feed_asks_where_the_gazetteer_knows_the_city_alone(world: World, nominatim: Nominatim) -> None:
    clock = Clock()
    world.add_retailer(currency="PKR")
    world.new_worker(
        book=BOOK,
        geocoder=Geocoder(world.db, "nominatim", nominatim.options, Vault(bytes(32)), now=clock, sleep=clock.sleep),
    )
    world.push("stores", f"{STORES}9,Door,Tariq Street 5,Lahore,,,PK\n{MISSION}")
    assert (world.store("9").precision, world.store("9").position_source) == ("address", "nominatim")
    assert world.store("281").position_source == "zipcodes"
    assert nominatim.words == ["Tariq Street 5, Lahore, PK"]
