"""Batches, baskets and one store's list over HTTP: shapes, errors, bodies."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest

from tests.unit.rest.world import Client, World, problem_of

TIDE = {"gtin": "037000185062"}
STOCKED = {"product_id": "00036000291452"}
HERE = {"lat": 37.77, "lon": -122.42}


def post(client: Client, path: str, body: object, kind: str = "application/json") -> Any:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return client.request("POST", path, content=raw, headers={"Content-Type": kind})


def test_each_item_has_its_answer_or_its_error(client: Client) -> None:
    items = [TIDE, {"gtin": "037000185061"}, {"product_id": "00036000291452"}, {"sku": "7"}, {}, TIDE]
    answer = post(client, "/v1/availability/batch", HERE | {"items": items}).json()
    assert answer["query"] == {"origin": HERE | {"precision": "point"}, "radius_m": 16000}
    assert [item.get("error", {}).get("code") for item in answer["items"]] == [
        "unknown_product", "invalid_gtin", "unknown_product", "invalid_request", "invalid_request", "unknown_product",
    ]  # fmt: skip
    assert answer["items"][1]["error"]["pointer"] == "/items/1"


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "pointer"),
    [
        ("/v1/availability/batch", {"items": [TIDE]}, 422, "origin_required", "/lat"),
        ("/v1/availability/batch", HERE | {"items": []}, 422, "invalid_request", "/items"),
        ("/v1/availability/batch", HERE | {"items": [TIDE] * 51}, 422, "batch_too_large", "/items"),
        ("/v1/availability/batch", HERE | {"items": [TIDE], "limit": 51}, 422, "invalid_request", "/limit"),
        ("/v1/availability/batch", HERE | {"items": [TIDE], "limit": "5"}, 422, "invalid_request", "/limit"),
        ("/v1/availability/batch", HERE | {"items": [TIDE], "colour": 1}, 422, "invalid_request", "/colour"),
        ("/v1/availability/batch", HERE | {"items": [TIDE], "store_ids": ["s1"]}, 422, "origin_required", "/store_ids"),
        ("/v1/availability/batch", {"items": [TIDE], "store_ids": ["12"]}, 404, "unknown_store", "/store_ids/0"),
        ("/v1/availability/batch", {"items": [TIDE], "store_ids": ["s1", "s99"]}, 404, "unknown_store", "/store_ids/1"),
        ("/v1/availability/batch", HERE | {"items": [TIDE], "retailer": ["nobody"]}, 404, "not_found", "/retailer"),
        ("/v1/availability/batch", {"items": [TIDE], "lat": 91, "lon": 0}, 422, "invalid_coordinates", "/lat"),
        ("/v1/availability/batch", {"items": [TIDE], "place": "springfield"}, 422, "ambiguous_place", "/place"),
        ("/v1/availability/batch", HERE | {"items": [TIDE], "availability": ["x"]}, 422, "invalid_request",
         "/availability"),
        ("/v1/basket", HERE, 422, "invalid_request", "/all_of"),
        ("/v1/basket", HERE | {"all_of": [TIDE], "any_of": [TIDE]}, 422, "invalid_request", "/all_of"),
        ("/v1/basket", HERE | {"all_of": [TIDE | {"quantity": 0}]}, 422, "invalid_request", "/all_of/0/quantity"),
        ("/v1/basket", HERE | {"all_of": [{"gtin": "1"}]}, 422, "invalid_gtin", "/all_of/0"),
        ("/v1/basket", {"any_of": [TIDE]}, 422, "origin_required", "/lat"),
        ("/v1/basket", HERE | {"any_of": [TIDE], "radius": 161}, 422, "radius_too_large", "/radius"),
        ("/v1/basket", HERE | {"any_of": [TIDE], "open_now": "true"}, 422, "invalid_request", "/open_now"),
        ("/v1/basket", HERE | {"any_of": [TIDE], "open_at": "today"}, 422, "invalid_request", "/open_at"),
        ("/v1/availability/batch", HERE | {"items": [TIDE], "open_now": True, "open_at": "2026-11-05T18:00:00Z"}, 422,
         "invalid_request", "/open_at"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(client: Client, path: str, body: object, status: int, code: str, pointer: str) -> None:
    problem = problem_of(post(client, path, body), status, code)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("path", "body", "pointer", "words"),
    [
        ("/v1/basket", {"any_of": [TIDE], "zip": "springfield"}, "/zip", "Springfield"),
        ("/v1/basket", {"any_of": [TIDE], "latitude": 91, "longitude": 0}, "/latitude", "-90..90"),
        ("/v1/basket", {"any_of": [TIDE], "latitude": "x", "longitude": 0}, "/latitude", "degrees"),
        ("/v1/basket", {"any_of": [TIDE], "lat": 1, "lng": [2]}, "/lng", "degrees"),
        ("/v1/basket", {"any_of": [TIDE], "lat": True, "lon": 1}, "/lat", "degrees"),
        ("/v1/basket", {"any_of": [TIDE], "zip": "94103", "radius": True}, "/radius", "number"),
        ("/v1/basket", {"any_of": [TIDE], "zip": "94103", "retailer": "acme"}, "/retailer", "send a list"),
        ("/v1/basket", {"any_of": [TIDE], "zip": "94103", "radius": 160.0001}, "/radius", "160.0001 km"),
        ("/v1/basket", {"all_of": [], "zip": "94103"}, "/all_of", "at least 1 item, not 0"),
        ("/v1/basket", {"any_of": [TIDE], "latitude": 1}, "/lon", "latitude alone"),
        ("/v1/basket", {"any_of": [TIDE], "latitude": 1, "lng": 2, "zip": "94103"}, "/zip", "latitude and lng and zip"),
        ("/v1/basket", {"any_of": [TIDE], "lat": 1, "latitude": 1, "lon": 2}, "/latitude", "lat and latitude"),
        ("/v1/basket", {"any_of": [TIDE], "city": "Oakland"}, "/city", "did you mean place?"),
        ("/v1/basket", {"any_of": [{"upc": "4006381333931"}], "zip": "94103"}, "/any_of/0/upc", "did you mean gtin?"),
        ("/v1/availability/batch", {"items": [{"ean": "4006381333931"}], "zip": "94103"}, "/items/0/ean", "gtin?"),
        ("/v1/basket", HERE | {"all_of": [STOCKED, STOCKED, TIDE]}, "/all_of/2", "00037000185062"),
        ("/v1/basket", HERE | {"any_of": [{"retailer": "acme", "sku": "7"}]}, "/any_of/0", "7"),
        ("/v1/reports", {"store_id": "s99", "gtin": "4006381333931", "outcome": "found"}, "/store_id", "s99"),
        ("/v1/reports", {"store_id": "s1", "product_id": "4006381333931", "outcome": "found"}, "/product_id", "13339"),
        ("/v1/reports", {"store_id": "s1", "sku": "7", "outcome": "found"}, "/sku", "7"),
        ("/v1/reports", {"store_id": "s1", "upc": "4006381333931", "outcome": "found"}, "/upc", "did you mean gtin?"),
        ("/v1/reports", {"store_id": "s1", "gtin": "4006381333932", "outcome": "found"}, "/gtin", "check digit"),
        ("/v1/reports", {"store_id": "12", "gtin": "4006381333931", "outcome": "found"}, "/store_id", "s12"),
    ],
)
def test_a_problem_of_a_body_speaks_of_what_was_sent(
    client: Client, world: World, path: str, body: object, pointer: str, words: str
) -> None:
    world.index.stocked = frozenset([36000291452])
    problem = post(client, path, body).json()
    assert [error["pointer"] for error in problem["errors"]] == [pointer], problem
    assert words in problem["detail"]


@pytest.mark.parametrize("path", ["/v1/basket", "/v1/availability/batch", "/v1/reports"])
def test_a_question_in_a_body_takes_none_in_the_query(client: Client, path: str) -> None:
    problem = problem_of(post(client, f"{path}?lat=1", HERE | {"any_of": [TIDE]}), 422, "invalid_request")
    assert [error["parameter"] for error in problem["errors"]] == ["lat"]


def test_a_packed_body_is_refused_by_name(client: Client) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    response = client.post("/v1/basket", content=gzip.compress(b"{}"), headers=headers)
    problem = problem_of(response, 415, "unsupported_media_type")
    assert [error["parameter"] for error in problem["errors"]] == ["Content-Encoding"]


def test_a_body_of_nothing_but_mistakes_gets_a_short_answer(client: Client) -> None:
    body = {"any_of": [TIDE]} | {f"raduis{n}": 5 for n in range(20_000)}
    assert len(post(client, "/v1/basket", body).json()["errors"]) == 50


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"items": NaN}', b"\xff"])
def test_what_is_no_json_object(client: Client, body: bytes) -> None:
    problem_of(post(client, "/v1/availability/batch", body), 422, "invalid_request")
    problem_of(post(client, "/v1/basket", body, kind="text/plain"), 415, "unsupported_media_type")


def test_aliases_of_a_place_are_taken_in_a_body_too(client: Client) -> None:
    answer = post(client, "/v1/availability/batch", {"zip": "94103", "items": [{}]}).json()
    assert answer["query"]["origin"]["label"] == "94103 San Francisco, CA"


def test_one_store_answers_a_list(client: Client) -> None:
    answer = client.get("/v1/stores/s1/availability?gtin=037000185062&product_id=00036000291452").json()
    assert answer["query"] == {"store_ids": ["s1"]}
    assert len(answer["items"]) == 2
    problem_of(client.get("/v1/stores/s1/availability"), 422, "invalid_request")
    problem_of(client.get("/v1/stores/s999/availability?gtin=037000185062"), 404, "unknown_store")
    problem_of(client.get("/v1/stores/12/availability?gtin=037000185062"), 404, "unknown_store")
    problem_of(client.get("/v1/stores/s1/availability?gtin=1"), 422, "invalid_gtin")
