"""Stores without coordinates in a whole installation, and a geocoder that is asked over HTTP."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ingest.geocode.addresses import Address, AddressBook
from ingest.geocode.remote import MAX_FAILURES, Geocoder
from inventory_api.domain.store import Position, Precision
from tests.gazetteer import the_gazetteer
from tests.integration.world import World

BOOK = AddressBook(the_gazetteer())

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
DOOR = {"lat": "31.5101", "lon": "74.3401", "display_name": "5", "place_rank": 30}
ADDRESS = Address("Tariq Street 5", "Lahore", country="PK")
STORES = "store_code,name,street,city,region,postal_code,country\n"
MISSION = "281,Mission,2000 Mission St,San Francisco,CA,94110,US\n"


class Nominatim:
    """A server that answers as Nominatim does, and counts."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answer: list[dict[str, Any]] | int = [DOOR]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)["q"][0]
                outer.asked.append((query, self.headers["User-Agent"]))
                answer = outer.answer
                body = b"" if isinstance(answer, int) else json.dumps(answer).encode()
                self.send_response(answer if isinstance(answer, int) else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def options(self) -> dict[str, Any]:
        return {
            "user_agent": "inventory-api tests",
            "domain": f"127.0.0.1:{self.server.server_address[1]}",
            "scheme": "http",
            "proxies": {},
        }


class Clock:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []

    def __call__(self) -> dt.datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += dt.timedelta(seconds=seconds)


@pytest.fixture
def nominatim() -> Iterator[Nominatim]:
    server = Nominatim()
    yield server
    server.server.shutdown()
    server.server.server_close()
    server.thread.join()


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


def test_a_geocoder_is_asked_once_by_name_and_remembered(world: World, nominatim: Nominatim) -> None:
    clock = Clock()
    geocoder = Geocoder(world.db, "nominatim", nominatim.options, now=clock, sleep=clock.sleep)
    door = Position(31.5101, 74.3401, Precision.ADDRESS, "nominatim")
    assert [geocoder.find(ADDRESS), geocoder.find(ADDRESS)] == [door, door]
    assert nominatim.asked == [("Tariq Street 5, Lahore, PK", "inventory-api tests")]
    clock.now += dt.timedelta(days=91)
    assert geocoder.find(ADDRESS) == door
    assert len(nominatim.asked) == 2


def test_misses_are_remembered_for_a_day_and_coarse_answers_are_misses(world: World, nominatim: Nominatim) -> None:
    clock = Clock()
    geocoder = Geocoder(world.db, "nominatim", nominatim.options, now=clock, sleep=clock.sleep)
    nominatim.answer = [DOOR | {"place_rank": 8}]
    assert [geocoder.find(ADDRESS), geocoder.find(ADDRESS)] == [None, None]
    assert len(nominatim.asked) == 1
    clock.now += dt.timedelta(hours=25)
    nominatim.answer = [DOOR | {"place_rank": 26}]
    found = geocoder.find(ADDRESS)
    assert found is not None
    assert found.precision is Precision.STREET


def test_all_processes_together_ask_once_a_second(world: World, nominatim: Nominatim) -> None:
    clock = Clock()
    asking = [Geocoder(world.db, "nominatim", nominatim.options, now=clock, sleep=clock.sleep) for _ in range(2)]
    for number in range(4):
        asking[number % 2].find(Address(f"{number} Street", "Lahore", country="PK"))
    assert clock.slept == [0, 1, 1, 1]


def test_a_geocoder_that_fails_is_left_alone_until_the_next_feed(world: World, nominatim: Nominatim) -> None:
    clock = Clock()
    geocoder = Geocoder(world.db, "nominatim", nominatim.options, now=clock, sleep=clock.sleep)
    nominatim.answer = 500
    for number in range(MAX_FAILURES + 3):
        assert geocoder.find(Address(f"{number} Street", "Lahore")) is None
    assert len(nominatim.asked) == MAX_FAILURES
    nominatim.answer = [DOOR]
    assert geocoder.begin()(Address("0 Street", "Lahore")) is not None


def test_a_stores_feed_asks_where_the_gazetteer_knows_the_city_alone(world: World, nominatim: Nominatim) -> None:
    clock = Clock()
    world.add_retailer(currency="PKR")
    world.new_worker(
        book=BOOK, geocoder=Geocoder(world.db, "nominatim", nominatim.options, now=clock, sleep=clock.sleep)
    )
    world.push("stores", f"{STORES}9,Door,Tariq Street 5,Lahore,,,PK\n{MISSION}")
    assert (world.store("9").precision, world.store("9").position_source) == ("address", "nominatim")
    assert world.store("281").position_source == "zipcodes"
    assert len(nominatim.asked) == 1
