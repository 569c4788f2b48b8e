"""Contract 3, who may call how often, and what a write is safe from."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256

import pytest
from fastapi import APIRouter
from httpx import ASGITransport, AsyncClient, Response

from inventory_api.channels.app import create_app
from inventory_api.channels.ports import Limits
from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.ports import SourceDraft
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.source import Protocol
from tests.fakes import a_run
from tests.unit.rest.world import TIDE, Client, World, problem_of

HERE = "lat=37.77&lon=-122.42"
STORES = f"/v1/stores?{HERE}&radius=160&limit=50"
LOOKUP = f"/v1/availability?gtin=00037000185062&{HERE}"
GTIN = "00037000185062"
KEYED = {"X-API-Key": "sk_acme"}
FEED = "/v1/feeds/stores"
CSV = {"Content-Type": "text/csv"}


# -- keys ---------------------------------------------------------------------------------------------------


def test_a_publishable_key_reads_and_does_not_write(anonymous: Client) -> None:
    headers = {"X-API-Key": "pk_acme"}
    assert anonymous.get(LOOKUP, headers=headers).status_code == 200
    problem_of(anonymous.post(FEED, headers=headers | CSV, content=b"a"), 403, "forbidden")


def test_a_bad_key_is_refused_on_reads_too(anonymous: Client) -> None:
    problem_of(anonymous.get(LOOKUP, headers={"X-API-Key": "nonsense"}), 401, "unauthorized")


def test_failed_attempts_are_throttled(anonymous: Client) -> None:
    codes = [anonymous.get(LOOKUP, headers={"X-API-Key": f"bad{n}"}).json()["code"] for n in range(32)]
    assert codes == ["unauthorized"] * 30 + ["rate_limited"] * 2
    assert anonymous.get(LOOKUP).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/v1/feed-runs/run_of_bolt", "unknown_run"),
        ("POST", "/v1/feed-runs/run_of_bolt/replay", "unknown_run"),
        ("GET", "/v1/feed-sources/of_bolt", "not_found"),
        ("DELETE", "/v1/feed-sources/of_bolt", "not_found"),
        ("GET", "/v1/webhook-endpoints/of_bolt", "not_found"),
        ("DELETE", "/v1/webhook-endpoints/of_bolt", "not_found"),
        ("GET", "/v1/retailers/bolt/quality", "not_found"),
    ],
)
def test_another_retailers_objects_are_404(world: World, client: Client, method: str, path: str, code: str) -> None:
    world.desk.runs.append(a_run("run_of_bolt", retailer_id="bolt"))
    world.sources.put(
        "bolt", "of_bolt", SourceDraft(FeedKind.INVENTORY, FeedMode.FULL, Protocol.UPLOAD, {}, FeedProfile())
    )
    world.webhooks.put("bolt", "of_bolt", url="https://bolt.example", events=[])
    problem_of(client.request(method, path), 404, code)


# -- limits -------------------------------------------------------------------------------------------------


def test_too_many_calls_are_429_with_the_time_to_wait(world: World) -> None:
    world.limits = Limits(anonymous=3)
    client = Client(create_app(world.ports()))
    left = [client.get(LOOKUP).headers["ratelimit"] for _ in range(3)]
    assert [re.match(r'"anonymous";r=(\d+);t=\d+$', one)[1] for one in left] == ["2", "1", "0"]  # type: ignore[index]

    response = client.get(LOOKUP)
    problem_of(response, 429, "rate_limited")
    assert 1 <= int(response.headers["retry-after"]) <= 60
    assert response.headers["ratelimit"] == f'"anonymous";r=0;t={response.headers["retry-after"]}'
    assert response.headers["ratelimit-policy"] == '"anonymous";q=3;w=60'
    assert client.get("/livez").status_code == 200
    assert client.get(LOOKUP, headers=KEYED).headers["ratelimit"].startswith('"retailer";r=5999')


def test_zero_is_no_limit(world: World) -> None:
    world.limits = Limits(anonymous=0)
    client = Client(create_app(world.ports()))
    assert "ratelimit" not in client.get(LOOKUP).headers


def test_overload_is_503_early(world: World) -> None:
    world.limits = Limits(in_flight=2)
    world.index.stocked = frozenset({TIDE.id})
    gate = asyncio.Event()
    router = APIRouter()

    @router.get("/slow", responses={200: {}})
    async def slow() -> None:
        await gate.wait()

    async def crowd() -> list[Response]:
        app = create_app(world.ports())
        app.include_router(router)
        async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
            waiting = [asyncio.create_task(client.get("/slow")) for _ in range(2)]
            await asyncio.sleep(0.05)
            refused, alive = await client.get(LOOKUP), await client.get("/livez")
            gate.set()
            return [refused, alive, *await asyncio.gather(*waiting), await client.get(LOOKUP)]

    refused, *others = asyncio.run(crowd())
    problem_of(refused, 503, "overloaded")
    assert 1 <= int(refused.headers["retry-after"]) <= 3
    assert [response.status_code for response in others] == [200] * 4


def test_what_does_not_come_in_time_is_503(world: World) -> None:
    world.limits = Limits(read_s=0.05)
    router = APIRouter()

    @router.get("/slow", responses={200: {}})
    async def slow() -> None:
        await asyncio.sleep(10)

    async def ask() -> Response:
        app = create_app(world.ports())
        app.include_router(router)
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/slow")

    problem_of(asyncio.run(ask()), 503, "deadline_exceeded")


# -- Content-Digest -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", FEED),
        ("PATCH", "/v1/inventory"),
        ("PUT", "/v1/feed-sources/till"),
        ("PUT", "/v1/webhook-endpoints/main"),
        ("POST", "/v1/reports"),
        ("POST", "/v1/watches"),
    ],
)
def test_a_body_that_is_not_the_one_promised_is_refused(client: Client, method: str, path: str) -> None:
    promised = f"sha-256=:{b64encode(sha256(b'another').digest()).decode()}:"
    headers = {"Content-Type": "application/json", "Content-Digest": promised}
    problem = problem_of(client.request(method, path, content=b"{}", headers=headers), 422, "invalid_request")
    assert [error["parameter"] for error in problem["errors"]] == ["Content-Digest"]


# -- Idempotency-Key ----------------------------------------------------------------------------------------


def test_a_write_sent_again_is_answered_again_and_done_once(client: Client, world: World) -> None:
    headers = CSV | {"Idempotency-Key": "a-1"}
    first = client.post(FEED, content=b"store_code\n1\n", headers=headers)
    again = client.post(FEED, content=b"store_code\n1\n", headers=headers)

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    assert first.headers["location"] == again.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert [reception.state for reception in world.desk.receptions] == ["accepted", "abandoned"]


def test_a_form_sent_again_may_have_another_boundary(client: Client, world: World) -> None:
    runs = [
        client.post(
            FEED, files={"file": ("s.csv", b"store_code\n" * 999, "text/csv")}, headers={"Idempotency-Key": "f"}
        )
        for _ in range(2)
    ]
    assert [run.headers["location"] for run in runs] == [runs[0].headers["location"]] * 2
    assert len(world.desk.runs) == 1


async def _chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def test_an_upload_in_chunks_is_one_body(client: Client, world: World) -> None:
    headers = CSV | {"Idempotency-Key": "a-1"}
    client.post(FEED, content=_chunks(b"store_", b"code\n1\n"), headers=headers)
    again = client.post(FEED, content=_chunks(b"store_code", b"\n", b"1\n"), headers=headers)
    assert again.headers["idempotent-replayed"] == "true"


def test_the_same_key_for_another_body_is_a_conflict(client: Client, world: World) -> None:
    headers = CSV | {"Idempotency-Key": "a-1"}
    client.post(FEED, content=b"store_code\n1\n", headers=headers)
    problem_of(client.post(FEED, content=b"store_code\n2\n", headers=headers), 409, "conflict")
    assert len(world.desk.runs) == 1
    other = Client(create_app(world.ports()), {"X-API-Key": "sk_bolt"})
    assert other.post(FEED, content=b"store_code\n2\n", headers=headers).status_code == 202


def test_strangers_share_no_keys(world: World) -> None:
    app = create_app(world.ports())
    body = {"store_id": "s1", "gtin": GTIN, "outcome": "found"}
    answers = [
        Client(app, {"Idempotency-Key": "1"}, address=address).post("/v1/reports", json=body)
        for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1")
    ]
    assert [answer.status_code for answer in answers] == [202, 202, 202]
    assert ["idempotent-replayed" in answer.headers for answer in answers] == [False, False, True]
    assert not any("192.0.2" in owner for owner, _ in world.replies.kept)


def test_what_a_secret_key_was_told_is_not_repeated_to_a_publishable_one(client: Client, world: World) -> None:
    client.put("/v1/webhook-endpoints/main", json={"url": "https://hooks.example/in"})
    rotate, headers = "/v1/webhook-endpoints/main/rotate", {"Idempotency-Key": "1"}
    assert "secret" in client.post(rotate, headers=headers).json()
    publishable = Client(create_app(world.ports()), {"X-API-Key": "pk_acme"})
    problem_of(publishable.post(rotate, headers=headers), 403, "forbidden")


def test_a_fault_of_ours_is_not_replayed(client: Client, world: World) -> None:
    headers = CSV | {"Idempotency-Key": "a-1"}
    world.desk.full = True
    assert client.post(FEED, content=b"store_code\n1\n", headers=headers).status_code == 500
    world.desk.full = False
    assert client.post(FEED, content=b"store_code\n1\n", headers=headers).status_code == 202


def test_a_key_that_is_none_is_422(client: Client) -> None:
    for key in ("", "a b", "x" * 256):
        response = client.post(FEED, content=b"a", headers=CSV | {"Idempotency-Key": key})
        problem_of(response, 422, "invalid_request")


# -- privacy ------------------------------------------------------------------------------------------------


def test_metrics_count_by_route_and_hold_nothing_of_anybody(world: World) -> None:
    world.index.stocked = frozenset({TIDE.id})
    client = Client(create_app(world.ports()))
    client.get("/v1/availability?gtin=00037000185062&lat=37.123456&lon=-122.42")
    client.get("/v1/stores/s1", headers={"X-API-Key": "sk_acme"})
    client.get("/v1/made-up/path")
    client.request("BREW", "/v1/stores/s1")
    response = client.get("/metrics")

    assert response.headers["content-type"].startswith("text/plain; version=1.0.0")
    counted = re.findall(r'answer_seconds_count\{method="(\w+)",route="(.*?)",status="(\d+)"\} (\S+)', response.text)
    assert ("GET", "/v1/availability", "200", "1.0") in counted
    assert ("GET", "/v1/stores/{store_id}", "200", "1.0") in counted
    assert ("GET", "other", "404", "1.0") in counted
    assert "BREW" not in response.text
    for secret in ("37.123456", "sk_acme", "acme", "made-up", "127.0.0.1"):
        assert secret not in response.text
