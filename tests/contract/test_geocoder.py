"""The geocoder, asked over HTTP, with its memory and its turns in SQL."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from geopy.location import Location

from inventory_api.domain.errors import AmbiguousPlace, PlaceNotFound
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.places import Places
from inventory_api.storage.geocoder.answers import place_of
from inventory_api.storage.geocoder.geocoder import LEFT_ALONE, MAX_FAILURES, Geocoder, Query
from inventory_api.storage.geocoder.shoppers import MAX_FLIGHTS, GeocodedPlaces
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.vault import Vault
from tests.fakes import FakeGazetteer
from tests.nominatim import DOOR, Clock, Nominatim

TARIQ = Query("Tariq Street 5, Lahore")
DOOR_PLACE = Place(
    "5 Tariq Street", PlaceKind.ADDRESS, "PK", 31.5101, 74.3401, "Punjab", "Lahore", source="nominatim"
)  # fmt: skip
PATIENCE_S = 1.5

Maker = Callable[..., Geocoder]


@pytest.fixture(scope="module")
def server() -> Iterator[Nominatim]:
    server = Nominatim()
    yield server
    server.close()


@pytest.fixture
def nominatim(server: Nominatim) -> Nominatim:
    server.asked.clear()
    server.answer, server.slow_s = [DOOR], 0.0
    return server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def geocoder_of(sqlite_template: Path, tmp_path: Path, nominatim: Nominatim, clock: Clock) -> Iterator[Maker]:
    """Makes geocoders, each with a connection of its own to one database, as processes have."""
    path = tmp_path / "test.db"
    shutil.copy(sqlite_template, path)
    opened: list[Database] = []

    def make(sleep: Callable[[float], None] = clock.sleep, **more: Any) -> Geocoder:
        opened.append(Database(f"sqlite:///{path}"))
        return Geocoder(opened[-1], "nominatim", nominatim.options | more, Vault(bytes(32)), now=clock, sleep=sleep)

    yield make
    for database in opened:
        database.close()


def find(geocoder: Geocoder, query: Query, patience_s: float = PATIENCE_S) -> list[Place] | None:
    return geocoder.find(query, patience_s=patience_s)


def test_a_question_is_asked_once_under_our_name_and_remembered_for_ninety_days(
    geocoder_of: Maker, nominatim: Nominatim, clock: Clock
) -> None:
    geocoder = geocoder_of()
    assert [find(geocoder, TARIQ), find(geocoder, Query("tariq street 5 LAHORE"))] == [[DOOR_PLACE], [DOOR_PLACE]]
    assert nominatim.words == ["Tariq Street 5, Lahore"]
    assert nominatim.agents == {"inventory-api tests"}
    clock.now += dt.timedelta(days=89, hours=23)
    assert geocoder.recall(TARIQ) == [DOOR_PLACE]
    clock.now += dt.timedelta(hours=2)
    assert geocoder.recall(TARIQ) is None
    find(geocoder, TARIQ)
    assert len(nominatim.asked) == 2


def test_a_miss_is_remembered_for_a_day_and_what_is_coarser_than_a_city_is_one(
    geocoder_of: Maker, nominatim: Nominatim, clock: Clock
) -> None:
    geocoder = geocoder_of()
    nominatim.answer = [DOOR | {"addresstype": "state", "place_rank": 8}]
    assert [find(geocoder, TARIQ), find(geocoder, TARIQ)] == [[], []]
    clock.now += dt.timedelta(hours=23)
    assert find(geocoder, TARIQ) == []
    assert len(nominatim.asked) == 1
    clock.now += dt.timedelta(hours=2)
    nominatim.answer = [DOOR]
    assert find(geocoder, TARIQ) == [DOOR_PLACE]


def test_all_processes_together_ask_once_a_second(geocoder_of: Maker, clock: Clock) -> None:
    asking = [geocoder_of(), geocoder_of()]
    for number in range(4):
        assert find(asking[number % 2], Query(f"{number} Street"))
    assert clock.slept == [0, 1, 1, 1]


def test_whoever_is_not_patient_enough_for_the_next_turn_does_not_take_it(
    geocoder_of: Maker, nominatim: Nominatim, clock: Clock
) -> None:
    feed, shopper = geocoder_of(), geocoder_of()
    find(feed, Query("1 Street"))
    assert find(shopper, Query("2 Street"), 0.9) is None
    clock.now += dt.timedelta(seconds=0.2)
    assert find(shopper, Query("2 Street"), 0.9)
    assert [round(slept, 3) for slept in clock.slept] == [0, 0.8]


def test_what_another_process_learnt_while_we_waited_is_not_asked_again(
    geocoder_of: Maker, nominatim: Nominatim, clock: Clock
) -> None:
    first = geocoder_of()

    def ask_meanwhile(seconds: float) -> None:
        clock.sleep(seconds)
        find(first, TARIQ)

    other = geocoder_of(sleep=ask_meanwhile)
    find(first, Query("1 Street"))
    assert find(other, TARIQ) == [DOOR_PLACE]
    assert nominatim.words == ["1 Street", TARIQ.text]


@pytest.mark.parametrize("broken", [500, {"error": "no list"}, [{"lat": "31.5"}]])
def test_after_three_failures_nobody_asks_for_a_minute(
    geocoder_of: Maker, nominatim: Nominatim, clock: Clock, broken: Any, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = geocoder_of(), geocoder_of()
    nominatim.answer = broken
    assert [find(one, Query(f"{number} Street")) for number in range(5)] == [None] * 5
    assert len(nominatim.asked) == MAX_FAILURES
    nominatim.answer = [DOOR]
    assert find(other, TARIQ) is None
    clock.now += LEFT_ALONE
    assert find(other, TARIQ) == [DOOR_PLACE]
    assert len(nominatim.asked) == MAX_FAILURES + 1
    assert "Street" not in caplog.text
    assert "left alone for 60 s" in caplog.text


def test_who_says_that_it_is_asked_too_often_is_left_alone_at_once(geocoder_of: Maker, nominatim: Nominatim) -> None:
    geocoder = geocoder_of()
    nominatim.answer = 429
    assert [find(geocoder, TARIQ), find(geocoder, TARIQ)] == [None, None]
    assert len(nominatim.asked) == 1


def test_a_country_is_told_and_its_places_alone_are_taken(geocoder_of: Maker, nominatim: Nominatim) -> None:
    geocoder = geocoder_of()
    assert find(geocoder, Query("Tariq Street", "PK")) == [DOOR_PLACE]
    assert nominatim.asked[0]["countrycodes"] == "PK"
    # A service that takes no country answers with any.
    assert find(geocoder, Query("Tariq Street", "US")) == []
    assert find(geocoder, Query("Tariq Street")) == [DOOR_PLACE]
    assert "countrycodes" not in nominatim.asked[2]


@pytest.mark.parametrize(
    ("raw", "kind", "name"),
    [
        (DOOR, "address", "5 Tariq Street"),
        (DOOR | {"addresstype": "shop", "name": "Imtiaz"}, "address", "Imtiaz"),
        (DOOR | {"addresstype": "road", "place_rank": 26, "name": "Tariq Street"}, "street", "Tariq Street"),
        (DOOR | {"addresstype": "leisure", "place_rank": 24, "name": "Race Course"}, "area", "Race Course"),
        (DOOR | {"addresstype": "suburb", "place_rank": 19, "name": "Gulberg"}, "area", "Gulberg"),
        (DOOR | {"addresstype": "village", "place_rank": 19, "name": "Manga"}, "city", "Manga"),
        (DOOR | {"addresstype": "postcode", "place_rank": 21, "name": "54000"}, "postal_code", "54000"),
        (DOOR | {"addresstype": "mountain_range", "place_rank": 8}, None, ""),
        ({"properties": {"type": "street", "name": "Tariq Street", "countrycode": "PK"}}, "street", "Tariq Street"),
        ({"properties": {"type": "house", "street": "Tariq Street", "housenumber": "5"}}, "address", "5 Tariq Street"),
        ({"properties": {"type": "state", "name": "Punjab"}}, None, ""),
        ({"types": ["postal_code", "political"]}, "postal_code", "Somewhere"),
        ({"resultType": "houseNumber"}, "address", "Somewhere"),
        ({}, "city", "Somewhere"),
    ],
)
def test_how_fine_a_thing_was_found_is_said_honestly(raw: dict[str, Any], kind: str | None, name: str) -> None:
    place = place_of(Location("Somewhere, Lahore", (31.5, 74.3), raw), "anybody")
    assert (place and place.kind) == kind
    assert place is None or place.name == name


def test_american_states_are_two_letters_as_the_gazetteer_has_them() -> None:
    address = {"state": "California", "ISO3166-2-lvl4": "US-CA", "country_code": "us", "city": "Oakland"}
    place = place_of(Location("1, A, Oakland", (37.8, -122.3), DOOR | {"address": address}), "nominatim")
    assert place is not None
    assert (place.region, place.country, place.label) == ("CA", "US", "1, Oakland")


def places_of(geocoder: Geocoder | None, patience_s: float = PATIENCE_S) -> Places:
    gazetteer = FakeGazetteer(lahore=[Place("Lahore", PlaceKind.CITY, "PK", 31.55, 74.34, "Punjab")])
    remote = None if geocoder is None else GeocodedPlaces(geocoder, patience_s=patience_s)
    return Places(gazetteer, Directory(), remote)


def test_twenty_who_ask_at_once_are_one_flight(geocoder_of: Maker, nominatim: Nominatim) -> None:
    nominatim.slow_s = 0.05

    async def ask_all() -> list[Place]:
        places = places_of(geocoder_of())
        names = ["Tariq Street 5", "tariq  street, 5"] * 10
        return await asyncio.gather(*(places.locate(name) for name in names))

    assert asyncio.run(ask_all()) == [DOOR_PLACE] * 20
    assert len(nominatim.asked) == 1


def test_what_is_known_here_is_not_asked_and_neither_is_what_is_no_name(
    geocoder_of: Maker, nominatim: Nominatim
) -> None:
    places = places_of(geocoder_of())
    assert asyncio.run(places.locate("Lahore")).source == ""
    assert places.suggest("Tariq", limit=5) == []
    assert places.find("Tariq Street") == []
    for text in ("95.0, 200.0", "7CGX+QV Nowhere", "+1 415 555 0100", "xy", "", " "):
        with pytest.raises(PlaceNotFound):
            asyncio.run(places.locate(text))
    assert nominatim.asked == []


def test_without_a_geocoder_nobody_is_asked(nominatim: Nominatim) -> None:
    with pytest.raises(PlaceNotFound):
        asyncio.run(places_of(None).locate("Tariq Street 5"))
    assert nominatim.asked == []


def test_several_far_apart_are_candidates(geocoder_of: Maker, nominatim: Nominatim) -> None:
    nominatim.answer = [DOOR, DOOR | {"lat": "24.86", "lon": "67.0"}]
    with pytest.raises(AmbiguousPlace) as caught:
        asyncio.run(places_of(geocoder_of()).locate("Tariq Street"))
    assert [place.label for place in caught.value.candidates] == ["5 Tariq Street, Lahore"] * 2


def test_a_slow_geocoder_is_not_waited_for_and_its_answer_serves_the_next(
    geocoder_of: Maker, nominatim: Nominatim, caplog: pytest.LogCaptureFixture
) -> None:
    nominatim.slow_s = 0.3

    async def ask_twice() -> Place:
        places = places_of(geocoder_of(), patience_s=0.1)
        begun = time.perf_counter()
        with pytest.raises(PlaceNotFound):
            await places.locate("Tariq Street 5")
        assert time.perf_counter() - begun < 0.25
        await asyncio.sleep(0.4)
        return await places.locate("Tariq Street 5")

    assert asyncio.run(ask_twice()) == DOOR_PLACE
    assert len(nominatim.asked) == 1
    assert "nominatim is slow" in caplog.text


def test_an_answer_that_does_not_come_in_time_is_a_failure(geocoder_of: Maker, nominatim: Nominatim) -> None:
    nominatim.slow_s = 0.3
    geocoder = geocoder_of(timeout=0.1)
    begun = time.perf_counter()
    assert find(geocoder, TARIQ) is None
    assert time.perf_counter() - begun < 0.28
    assert geocoder.recall(TARIQ) is None


def test_a_geocoder_that_is_down_and_a_database_that_is_away_are_places_not_found(
    geocoder_of: Maker, sqlite_template: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    down = places_of(geocoder_of(domain="127.0.0.1:1"))
    away = Database(f"sqlite:///{tmp_path / 'nowhere' / 'test.db'}")
    for places in (
        down,
        places_of(Geocoder(away, "nominatim", {"user_agent": "inventory-api tests"}, Vault(bytes(32)))),
    ):
        with pytest.raises(PlaceNotFound):
            asyncio.run(places.locate("Tariq Street 5"))
    assert "does not answer" in caplog.text
    assert "cannot be asked" in caplog.text
    assert "Tariq" not in caplog.text


def test_a_crowd_of_questions_is_cut_off(
    geocoder_of: Maker, nominatim: Nominatim, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)

    async def crowd() -> list[list[Place]]:
        remote = GeocodedPlaces(geocoder_of(), patience_s=0.1)
        return await asyncio.gather(*(remote.find(f"Road {n}", country=None) for n in range(MAX_FLIGHTS + 5)))

    answers = asyncio.run(crowd())
    assert [answer for answer in answers if answer] == [[DOOR_PLACE]]
    assert caplog.text.count("questions are under way") == 5


def test_what_shoppers_asked_is_read_by_nobody(geocoder_of: Maker, tmp_path: Path) -> None:
    assert find(geocoder_of(), TARIQ) == [DOOR_PLACE]
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()).lower()
    assert b"tariq" not in kept
    assert DOOR_PLACE.name.lower().encode() not in kept
