"""Query strings: hostile ones are refused, and every refusal says what to mend."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest

from inventory_api.channels.rest.origin import OriginParams, find_origin, resolve_radius_m
from inventory_api.channels.rest.query import parse_query
from inventory_api.domain.errors import InvalidInput
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.places import Places
from tests.fakes import FakeGazetteer
from tests.unit.rest.world import Client, problem_of

HERE = "lat=37.77&lon=-122.42"
HOSTILE = [
    "1_0", "+1", " 1 ", "1e1", "1e400", "nan", "NaN", "inf", "-inf", "Infinity", "0x10", "1,5", "\uff11", "\u00b2", "",
    "1.", ".5", "--1", "1" * 5000, "1.0.0", "null", "\u0661", "1\n",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_coordinates(client: Client, text: str) -> None:
    code = "invalid_request" if text == "1\n" else "invalid_coordinates"
    problem = problem_of(client.get(f"/v1/stores?lat={quote(text)}&lon=1"), 422, code)
    assert problem["errors"][0]["parameter"] == "lat"
    if not text.isascii():
        return  # Digits of any script make a point where people write, as in a place.
    # What is no number before the comma may be a town.
    is_name = any(char.isalpha() for char in text) or len(text) > 120
    expected = ("place_not_found", "invalid_request") if is_name else (code, "place_not_found")
    answer = client.get(f"/v1/stores?near={quote(text)},1")
    assert answer.status_code == 422
    assert answer.json()["code"] in expected
    assert answer.json()["errors"][0]["parameter"] == "near"


@pytest.mark.parametrize("text", [*HOSTILE, "0", "-1", "-0"])
def test_hostile_radii(client: Client, text: str) -> None:
    problem = problem_of(client.get(f"/v1/stores?{HERE}&radius={quote(text)}"), 422, "invalid_request")
    assert problem["errors"][0]["parameter"] == "radius"


@pytest.mark.parametrize("text", [*HOSTILE, "0", "-1", "51", "1.0", "999999999"])
def test_hostile_limits(client: Client, text: str) -> None:
    problem = problem_of(client.get(f"/v1/stores?{HERE}&limit={quote(text)}"), 422, "invalid_request")
    assert problem["errors"][0]["parameter"] == "limit"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("lat=90.1&lon=0", "lat"), ("lat=-90.0001&lon=0", "lat"), ("lat=0&lon=180.5", "lon"), ("near=0,181", "near"),
     ("near=1,2,3", "near"), ("place=91,0", "place")],
)  # fmt: skip
def test_off_the_earth(client: Client, query: str, parameter: str) -> None:
    problem = problem_of(client.get(f"/v1/stores?{query}"), 422, "invalid_coordinates")
    assert problem["errors"][0]["parameter"] == parameter


@pytest.mark.parametrize("query", ["", "lat=1", "lon=1", "lat=1&lon=1&near=1,1", "radius=5"])
def test_exactly_one_origin(client: Client, query: str) -> None:
    problem_of(client.get(f"/v1/stores?{query}"), 422, "origin_required")


@pytest.mark.parametrize(
    "query",
    ["lat=37.77&lon=-122.42", "latitude=37.77&longitude=-122.42", "latitude=37.77&lng=-122.42", "near=37.77,-122.42",
     "near=37.77,%20-122.42", "near=37.77%2C-122.42"],
)  # fmt: skip
def test_aliases_mean_the_same(client: Client, query: str) -> None:
    answer = client.get(f"/v1/stores?{query}").json()
    assert answer["query"] == {"origin": {"lat": 37.77, "lon": -122.42, "precision": "point"}, "radius_m": 16000}
    assert len(answer["stores"]) == 10


@pytest.mark.parametrize(
    ("query", "radius_m"),
    [("radius=160", 160_000), ("radius=0.6", 600), ("radius=1&unit=mi", 1609.344), ("radius=160000&unit=m", 160_000),
     ("unit=mi", 16_000)],
)  # fmt: skip
def test_the_effective_radius_is_echoed(client: Client, query: str, radius_m: float) -> None:
    assert client.get(f"/v1/stores?{HERE}&{query}").json()["query"]["radius_m"] == radius_m


@pytest.mark.parametrize("query", ["radius=160.001", "radius=100&unit=mi", "radius=160001&unit=m", "radius=999999999"])
def test_a_radius_above_the_maximum_is_never_clamped(client: Client, query: str) -> None:
    problem_of(client.get(f"/v1/stores?{HERE}&{query}"), 422, "radius_too_large")


@pytest.mark.parametrize(
    ("query", "parameter", "hint"),
    [("raduis=5", "raduis", "did you mean radius?"), ("Lat=1", "Lat", "did you mean lat?"), ("foo=1", "foo", "known: "),
     ("lat%5B%5D=1", "lat[]", "lat"), ("foo", "foo", "unknown")],
)  # fmt: skip
def test_unknown_parameters_are_named_with_the_nearest(client: Client, query: str, parameter: str, hint: str) -> None:
    problem = problem_of(client.get(f"/v1/stores?{HERE}&{query}"), 422, "invalid_request")
    assert problem["errors"][0]["parameter"] == parameter
    assert hint in problem["detail"]


@pytest.mark.parametrize("path", ["/v1/stores/s1", "/v1/products/00037000185062", "/v1/feed-runs/run_1"])
def test_endpoints_without_parameters_take_none(client: Client, path: str) -> None:
    problem_of(client.get(f"{path}?a=1"), 422, "invalid_request")


@pytest.mark.parametrize("query", ["lat=1&lat=2&lon=1", "lat=1&latitude=1&lon=1", "lon=1&lng=1&lat=1"])
def test_a_parameter_given_twice_is_refused(client: Client, query: str) -> None:
    problem = problem_of(client.get(f"/v1/stores?{query}"), 422, "invalid_request")
    assert "more than once" in problem["detail"]


def test_every_mistake_is_listed(client: Client) -> None:
    problem = problem_of(client.get(f"/v1/stores?{HERE}&limit=x&unit=ft&radius=-2"), 422, "invalid_request")
    assert {mistake["parameter"] for mistake in problem["errors"]} == {"limit", "unit", "radius"}
    assert "'km'" in str(problem["errors"])


@pytest.mark.parametrize("query", [b"lat=%ff", b"\xff=1", b"&".join(b"a=1" for _ in range(300))])
def test_what_is_no_query_string(query: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_query(OriginParams, query)


def test_control_characters_are_refused(client: Client) -> None:
    problem = problem_of(client.get(f"/v1/stores?{HERE}&retailer=a%00b"), 422, "invalid_request")
    assert problem["errors"][0]["parameter"] == "retailer"


def test_no_origin_is_an_answer_where_stores_are_named() -> None:
    params = parse_query(OriginParams, b"")
    assert asyncio.run(find_origin(params, Places(FakeGazetteer(), Directory()))) is None
    assert resolve_radius_m(params) == 16_000


@pytest.mark.parametrize("query", ["place=94103", "near=94103", "zip=94103", "postal_code=94103", "postalCode=94103"])
def test_a_place_is_an_origin_and_is_echoed_with_its_precision(client: Client, query: str) -> None:
    answer = client.get(f"/v1/stores?{query}").json()
    label = "94103 San Francisco, CA"
    assert answer["query"]["origin"] == {
        "lat": 37.7725, "lon": -122.4147, "precision": "postal_code", "label": label,
    }  # fmt: skip
    assert answer["stores"]


def test_a_country_tells_which_place_is_meant(client: Client) -> None:
    assert client.get("/v1/stores?place=54000&country=pk").json()["query"]["origin"]["label"] == "54000 Lahore, Punjab"
    problem = problem_of(client.get("/v1/stores?place=54000&country=PAK"), 422, "invalid_request")
    assert problem["errors"][0]["parameter"] == "country"


def test_an_ambiguous_place_is_answered_with_candidates(client: Client) -> None:
    problem = problem_of(client.get("/v1/stores?place=springfield"), 422, "ambiguous_place")
    assert [candidate["label"] for candidate in problem["candidates"]] == ["Springfield, MO", "Springfield, IL"]
    assert problem["errors"][0]["parameter"] == "place"
    problem_of(client.get("/v1/stores?place=nowhere"), 422, "place_not_found")


def test_places_are_listed_and_suggested(client: Client) -> None:
    found = client.get("/v1/places?q=springfield").json()["places"]
    assert [(place["label"], place["kind"], place["has_stores"]) for place in found] == [
        ("Springfield, MO", "city", False), ("Springfield, IL", "city", False),
    ]  # fmt: skip
    assert client.get("/v1/places?q=spr&prefix=true&limit=1").json()["places"][0]["label"] == "Springfield, MO"
    assert client.get("/v1/places?q=94103").json()["places"][0]["has_stores"]
    assert client.get("/v1/places?q=nowhere").json() == {"places": [], "attribution": None, "next_cursor": None}
    problem_of(client.get("/v1/places"), 422, "invalid_request")


def test_minus_zero_is_zero(client: Client) -> None:
    assert "-0" not in client.get("/v1/stores?lat=-0&lon=-0.0").text
