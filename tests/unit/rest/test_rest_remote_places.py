"""Places that a geocoder alone knows, in every question that may name one."""

from __future__ import annotations

import pytest

from inventory_api.channels.app import create_app
from inventory_api.domain.place import Place, PlaceKind
from tests.fakes import FakeRemotePlaces
from tests.unit.rest.world import TIDE, Client, World, problem_of

MISSION = Place(
    "2000 Mission Street", PlaceKind.ADDRESS, "US", 37.7649, -122.4194, "CA", "San Francisco", source="nominatim"
)
NAME = "2000 Mission St"
ORIGIN = {"lat": 37.7649, "lon": -122.4194, "precision": "address", "label": "2000 Mission Street, San Francisco"}
CREDIT = "© OpenStreetMap contributors"


@pytest.fixture
def remote() -> FakeRemotePlaces:
    return FakeRemotePlaces(**{NAME: MISSION})


@pytest.fixture
def asking(world: World, remote: FakeRemotePlaces) -> Client:
    world.remote = remote
    world.index.stocked = frozenset([TIDE.id])
    return Client(create_app(world.ports()))


def test_a_place_says_who_knew_it_and_whom_to_credit(asking: Client, remote: FakeRemotePlaces) -> None:
    answer = asking.get(f"/v1/places?q={NAME}&country=us").json()
    [place] = answer["places"]
    assert (place["label"], place["precision"], place["source"]) == (ORIGIN["label"], "address", "nominatim")
    assert (place["has_stores"], answer["attribution"]) == (True, CREDIT)
    assert remote.asked == [(NAME, "US")]
    assert asking.get("/v1/places?q=94103").json()["attribution"] is None
    assert asking.get(f"/v1/places?q={NAME}&prefix=true").json()["places"] == []
    assert len(remote.asked) == 1


@pytest.mark.parametrize(
    "question", ["/v1/stores?", "/v1/products?q=detergent&", f"/v1/availability?gtin={TIDE.id:014d}&"]
)
def test_a_question_begins_there(asking: Client, question: str) -> None:
    for parameter in ("place", "near"):
        assert asking.get(f"{question}{parameter}={NAME}").json()["query"]["origin"] == ORIGIN
    problem_of(asking.get(f"{question}place=Nowhere+Lane"), 422, "place_not_found")


def test_several_products_too(asking: Client) -> None:
    asked = {"items": [{"gtin": "037000185062"}], "place": NAME}
    assert asking.post("/v1/availability/batch", json=asked).json()["query"]["origin"] == ORIGIN


def test_a_point_asks_nobody(asking: Client, remote: FakeRemotePlaces) -> None:
    assert asking.get("/v1/stores?lat=37.77&lon=-122.42").status_code == 200
    assert asking.get("/v1/stores?near=37.77,-122.42").status_code == 200
    assert remote.asked == []


def test_the_page_goes_there_and_tells_whose_places_they_are(asking: Client, world: World) -> None:
    page = asking.get(f"/s?q=detergent&near={NAME}")
    assert "2000 Mission Street, San Francisco" in page.text
    assert CREDIT in asking.get("/about").text
    world.remote = None
    assert CREDIT not in Client(create_app(world.ports())).get("/about").text
