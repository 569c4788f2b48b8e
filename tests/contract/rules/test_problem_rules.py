"""Every error is a problem of RFC 9457, and every code of the contract can be met."""

from __future__ import annotations

import inspect
import logging

import pytest
from fastapi import APIRouter, Body
from starlette.exceptions import HTTPException

from inventory_api.channels.codes import BY_CODE, KINDS
from inventory_api.channels.rest.api import rest_app
from inventory_api.domain import errors
from inventory_api.domain.place import Place, PlaceKind
from tests.unit.rest.world import Client, World, problem_of

CODES = {
    "invalid_request",
    "invalid_gtin",
    "invalid_coordinates",
    "origin_required",
    "place_not_found",
    "ambiguous_place",
    "radius_too_large",
    "batch_too_large",
    "unknown_product",
    "unknown_store",
    "unknown_run",
    "not_found",
    "method_not_allowed",
    "body_too_slow",
    "conflict",
    "already_available",
    "too_many_watches",
    "opted_out",
    "precondition_failed",
    "checksum_mismatch",
    "payload_too_large",
    "unsupported_media_type",
    "feed_rejected",
    "unauthorized",
    "forbidden",
    "not_acceptable",
    "rate_limited",
    "index_unavailable",
    "overloaded",
    "deadline_exceeded",
    "internal_error",
}
ERRORS = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, errors.InventoryError)]


def an_error(cls: type[errors.InventoryError]) -> errors.InventoryError:
    if cls is errors.FeedRejected:
        return cls("empty_feed", "the file has no rows", line=1)
    if cls is errors.RateLimited:
        return cls("this one", limit=600, window_s=60, retry_after_s=17)
    if cls is errors.AmbiguousPlace:
        return cls("this one or that", [Place("Springfield", PlaceKind.CITY, "US", 39.8, -89.6, "IL")])
    return cls("this one")


def raising(world: World, error: Exception) -> Client:
    router = APIRouter()

    @router.get("/raise")
    async def fail() -> None:
        raise error

    @router.post("/typed")
    async def typed(count: int, name: str = Body(embed=True)) -> None:
        """Reads its body and query the way FastAPI does."""

    return Client(rest_app(world.ports(), more=[router]))


def test_the_table_has_the_codes_of_the_contract() -> None:
    assert set(BY_CODE) == CODES


@pytest.mark.parametrize("cls", ERRORS)
def test_every_error_of_ours_is_answered_by_its_own_code(world: World, cls: type[errors.InventoryError]) -> None:
    kind = next(KINDS[base] for base in cls.__mro__ if base in KINDS)
    response = raising(world, an_error(cls)).get("/raise")
    problem = problem_of(response, kind.status, kind.code)
    assert problem["instance"] == "/raise"
    if kind.code != "internal_error":
        assert "this one" in problem["detail"] or problem["errors"][0]["code"] == "empty_feed"


@pytest.mark.parametrize(
    ("status", "shown", "code"),
    [
        (400, 400, "invalid_request"),
        (401, 401, "unauthorized"),
        (403, 403, "forbidden"),
        (404, 404, "not_found"),
        (406, 406, "not_acceptable"),
        (409, 409, "conflict"),
        (413, 413, "payload_too_large"),
        (415, 415, "unsupported_media_type"),
        (418, 418, "invalid_request"),
        (429, 429, "rate_limited"),
        (500, 500, "internal_error"),
        (502, 502, "internal_error"),
        (503, 503, "overloaded"),
    ],
)
def test_bare_statuses_are_problems_too(world: World, status: int, shown: int, code: str) -> None:
    problem_of(raising(world, HTTPException(status)).get("/raise"), shown, code)


def test_what_can_be_retried_says_when(world: World) -> None:
    error = errors.Overloaded("too many", retry_after_s=9)
    assert raising(world, error).get("/raise").headers["retry-after"] == "9"
    assert raising(world, HTTPException(429)).get("/raise").headers["retry-after"] == "2"


def test_a_missing_key_is_asked_for(world: World) -> None:
    response = raising(world, errors.Unauthorized("no")).get("/raise")
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_fault_tells_the_client_only_its_id_and_the_log_no_position(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        response = raising(world, RuntimeError("secret internals")).get("/raise?lat=37.123456&lon=-122.654321")
    problem = problem_of(response, 500, "internal_error")
    assert "secret" not in response.text
    ours = [record for record in caplog.records if record.name.startswith("inventory_api")]
    assert [record.levelname for record in ours] == ["ERROR"]
    told = ours[0].getMessage()
    assert problem["request_id"] in told
    # Where it happened and what kind it is; its own words may be a shopper's.
    assert "test_problem_rules.py" in told
    assert "RuntimeError" in told
    assert "secret" not in told
    assert "37.123456" not in told


def test_unknown_paths_and_methods(client: Client) -> None:
    problem_of(client.get("/v1/nothing"), 404, "not_found")
    problem_of(client.get("/v1/stores/"), 404, "not_found")
    response = client.post("/v1/stores")
    problem_of(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "GET, HEAD"
    response = client.post("/v1/feed-sources/nightly")
    problem_of(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "DELETE, GET, HEAD, PUT"
    problem_of(client.get("/v1/feeds/inventory"), 405, "method_not_allowed")


def test_an_unknown_path_costs_no_document(world: World) -> None:
    """Making it takes a second, in which nobody else is answered; and whoever scans for holes asks for many paths."""
    app = rest_app(world.ports())
    problem_of(Client(app).get("/wp-login.php"), 404, "not_found")
    problem_of(Client(app).post("/v1/stores"), 405, "method_not_allowed")
    assert app.openapi_schema is None


def test_fastapis_own_validation_speaks_the_same_language(world: World) -> None:
    client = raising(world, RuntimeError())
    problem = problem_of(client.post("/typed", json={"name": 1}), 422, "invalid_request")
    assert {mistake.get("parameter", mistake.get("pointer")) for mistake in problem["errors"]} == {"count", "/name"}
    headers = {"Content-Type": "application/json"}
    problem = problem_of(client.post("/typed?count=1", content="{", headers=headers), 422, "invalid_request")
    assert problem["errors"][0]["pointer"] == ""
    problem_of(
        client.post("/typed?count=1", content=b"x" * (1 << 20) + b"y", headers=headers), 413, "payload_too_large"
    )
