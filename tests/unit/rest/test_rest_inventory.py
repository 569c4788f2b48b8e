"""``PATCH /v1/inventory``: a result for each item, in order; a bad one costs only itself."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from inventory_api.channels.rest.schema import ChangesOut
from inventory_api.domain.ports import ChangeResult
from tests.unit.rest.world import Client, World, problem_of

GOOD = {"store_code": "281", "gtin": "00037000185062", "quantity": 7}
JSON = {"Content-Type": "application/json"}


def patch(client: Client, *items: object) -> list[dict[str, Any]]:
    response = client.patch("/v1/inventory", json={"items": items})
    assert response.status_code == 200, response.text
    ChangesOut.model_validate_json(response.content)
    results: list[dict[str, Any]] = response.json()["items"]
    return results


def test_changes_reach_the_keys_retailer_with_their_types(client: Client, world: World) -> None:
    item = GOOD | {"price": "12.99", "observed_at": "2026-10-30T10:00:00+02:00", "availability": None}
    assert patch(client, item) == [{"status": "applied", "code": None, "pointer": "/items/0"}]
    [(retailer_id, change)] = world.stock.applied
    assert (retailer_id, change.store_code, change.quantity, change.price) == ("acme", "281", 7, "12.99")
    assert change.observed_at == dt.datetime(2026, 10, 30, 8, tzinfo=dt.UTC)
    assert (change.id, change.availability) == (None, None)


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (GOOD | {"quantity": "7"}, "quantity"),
        (GOOD | {"quantity": 7.0}, "quantity"),
        (GOOD | {"quantity": True}, "quantity"),
        (GOOD | {"quantity": 10**30}, "quantity"),
        (GOOD | {"price": 12.99}, "price"),
        (GOOD | {"observed_at": "2026-10-30T10:00:00"}, "observed_at"),
        (GOOD | {"observed_at": 1793000000}, "observed_at"),
        (GOOD | {"observed_at": "yesterday"}, "observed_at"),
        (GOOD | {"observed_at": "0001-01-01T00:00:00+14:00"}, "observed_at"),
        (GOOD | {"store_code": 281}, "store_code"),
        (GOOD | {"store_code": ""}, "store_code"),
        (GOOD | {"store_code": "a\0"}, "store_code"),
        (GOOD | {"store_code": "  "}, "store_code"),
        ({"store_code": "281", "id": " ", "quantity": 1}, None),
        (GOOD | {"store_code": "x" * 65}, "store_code"),
        (GOOD | {"gtin": 37000185062}, "gtin"),
        (GOOD | {"retailer": "bolt"}, "retailer"),
        ({"store_code": "281", "quantity": 1}, None),
        ({"store_code": "281", "gtin": "1"}, None),
        ({"gtin": "1", "quantity": 1}, "store_code"),
        ({}, "store_code"),
        (GOOD | {"upc": "1"}, "upc"),
        (GOOD | {"a/b~c": "1"}, "a~1b~0c"),
        (7, None),
        (None, None),
        ([], None),
    ],
)
def test_a_malformed_item_costs_only_itself(client: Client, world: World, item: object, field: str | None) -> None:
    results = patch(client, GOOD, item, GOOD)
    assert [result["status"] for result in results] == ["applied", "rejected", "applied"]
    assert results[1]["code"] == "invalid_request"
    assert results[1]["pointer"] == ("/items/1" if field is None else f"/items/1/{field}")
    assert results[1]["message"]
    assert len(world.stock.applied) == 2


def test_outer_blanks_mean_nothing(client: Client, world: World) -> None:
    assert patch(client, {"store_code": " 281", "id": "A 1 ", "gtin": " ", "quantity": 7})[0]["status"] == "applied"
    [(_, change)] = world.stock.applied
    assert (change.store_code, change.id, change.gtin) == ("281", "A 1", None)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ({"id": ""}, "is empty or has a control character"),
        ({"upc": "1"}, "is unknown here; did you mean gtin?"),
        ({"store_code": "1" * 65}, "at most 64 characters"),
        ({"quantity": 10**10}, "at most 1000000000"),
        ({"observed_at": 5}, "send text, not a whole number"),
        ({"observed_at": "2026-10-30"}, "write an RFC 3339 instant with its offset, for example 2026-10-30T17:00:00Z"),
        ({"observed_at": "2026-10-30T17:00:00"}, "write an RFC 3339 instant with its offset, "
         "for example 2026-10-30T17:00:00Z"),
    ],
)  # fmt: skip
def test_refusals_are_worded_for_people(client: Client, field: dict[str, object], message: str) -> None:
    [result] = patch(client, GOOD | field)
    assert result["message"] == message


def test_numbers_that_are_none(client: Client) -> None:
    raw = '{"items":[{"store_code":"1","gtin":"1","quantity":1e400}]}'
    [result] = client.patch("/v1/inventory", content=raw, headers=JSON).json()["items"]
    assert (result["status"], result["pointer"]) == ("rejected", "/items/0/quantity")


def test_results_keep_the_order_sent(client: Client, world: World) -> None:
    verdicts = {
        "1": ChangeResult("applied"),
        "2": ChangeResult("older_ignored"),
        "3": ChangeResult("rejected", code="gtin_check_digit", field="gtin", message="it would be 2"),
    }
    world.stock.judge = lambda change: verdicts[change.store_code]
    results = patch(client, *(GOOD | {"store_code": code} if code else {} for code in ("3", "", "1", "2")))
    assert [(result["status"], result["code"], result["pointer"]) for result in results] == [
        ("rejected", "gtin_check_digit", "/items/0/gtin"),
        ("rejected", "invalid_request", "/items/1/store_code"),
        ("applied", None, "/items/2"),
        ("older_ignored", None, "/items/3"),
    ]


def test_pending_is_told_only_when_it_is_so(client: Client, world: World) -> None:
    assert "pending" not in client.patch("/v1/inventory", json={"items": [GOOD]}).json()
    world.stock.pending = True
    assert client.patch("/v1/inventory", json={"items": [GOOD]}).json()["pending"] is True


def test_nothing_to_apply_asks_nobody(client: Client, world: World) -> None:
    assert patch(client) == []
    assert patch(client, {})[0]["status"] == "rejected"
    assert world.stock.calls == 0


def test_the_number_of_items_is_limited(client: Client, world: World) -> None:
    assert len(patch(client, *[GOOD] * 2000)) == 2000
    problem_of(client.patch("/v1/inventory", json={"items": [GOOD] * 2001}), 422, "batch_too_large")
    assert world.stock.calls == 1


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"7", b"null", b'{"items": {}}', b'{"items": [], "more": 1}', b"{}", b'{"items":[NaN]}',
        b"\xff", b'{"items":[]} x', b'{"items":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"items":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
    ],
)  # fmt: skip
def test_a_malformed_document_is_refused_whole(client: Client, world: World, body: bytes) -> None:
    problem_of(client.patch("/v1/inventory", content=body, headers=JSON), 422, "invalid_request")
    assert world.stock.calls == 0


def test_items_that_are_no_list_are_pointed_at(client: Client) -> None:
    problem = client.patch("/v1/inventory", json={"items": {}}).json()
    assert [error["pointer"] for error in problem["errors"]] == ["/items"]
    assert problem["detail"] == 'send {"items": [...]}: send a list, not an object'


def test_a_body_above_1_mib(client: Client) -> None:
    body = b'{"items":[' + b" " * (1 << 20) + b"]}"
    problem_of(client.patch("/v1/inventory", content=body, headers=JSON), 413, "payload_too_large")

    async def chunks() -> AsyncIterator[bytes]:
        yield body

    problem_of(client.patch("/v1/inventory", content=chunks(), headers=JSON), 413, "payload_too_large")


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/jsonl"}])
def test_json_says_that_it_is(client: Client, headers: dict[str, str]) -> None:
    response = client.patch("/v1/inventory", content=b'{"items":[]}', headers=headers)
    assert "application/json" in problem_of(response, 415, "unsupported_media_type")["detail"]


def test_a_digest_is_checked_when_sent(client: Client) -> None:
    body = b'{"items":[]}'
    right = base64.b64encode(hashlib.sha256(body).digest()).decode()
    headers = JSON | {"Content-Digest": f"sha-512=:x:, sha-256=:{right}:"}
    assert client.patch("/v1/inventory", content=body, headers=headers).status_code == 200
    problem_of(client.patch("/v1/inventory", content=body + b" ", headers=headers), 422, "invalid_request")
