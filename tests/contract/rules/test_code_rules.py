"""Every problem code: met through the whole app under its real condition, and documented with what to do about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient, Response

from inventory_api.channels.app import create_app
from inventory_api.channels.codes import BY_CODE
from inventory_api.channels.ports import AppPorts, Limits
from inventory_api.channels.problem import ERRORS_PATH
from inventory_api.domain.ports import IndexEntry
from inventory_api.storage.index.connection import Multiplexed
from inventory_api.storage.index.reader import RedisIndexReader
from inventory_api.storage.sql.keys import KeyRing
from tests.contract.rules.shelf import HERE, NEVER_NAMED, NOBODY_HAS_IT, TIDE, TIDE_HERE
from tests.fakes import FakeIndex
from tests.integration.asking import PUBLIC_URL, Api
from tests.integration.world import World
from tests.unit.rest import world as small
from tests.unit.rest.world import Client

LOOKUP = f"/v1/availability?{TIDE_HERE}"
STORES = f"/v1/stores?{HERE}"
CSV = {"Content-Type": "text/csv"}
JSON = {"Content-Type": "application/json"}
CHUNK = {"Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0"}
MANY = [{"gtin": TIDE}] * 51

# Method, path, and what else is sent; with a retailer's key where `key` says so.
REQUESTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "invalid_request": ("GET", f"{LOOKUP}&raduis=5", {}),
    "invalid_gtin": ("GET", f"/v1/availability?gtin=00037000185063&{HERE}", {}),
    "invalid_coordinates": ("GET", f"/v1/availability?gtin={TIDE}&lat=-122.42&lon=37.77", {}),
    "origin_required": ("GET", f"/v1/availability?gtin={TIDE}", {}),
    "place_not_found": ("GET", f"/v1/availability?gtin={TIDE}&place=nowhere", {}),
    "ambiguous_place": ("GET", f"/v1/availability?gtin={TIDE}&place=springfield", {}),
    "radius_too_large": ("GET", f"{LOOKUP}&radius=161", {}),
    "batch_too_large": ("POST", "/v1/availability/batch", {"json": {"lat": 1, "lon": 1, "items": MANY}}),
    "unknown_product": ("GET", f"/v1/availability?gtin={NEVER_NAMED}&{HERE}", {}),
    "unknown_store": ("GET", "/v1/stores/s999999", {}),
    "unknown_run": ("GET", "/v1/feed-runs/run_1", {"key": True}),
    "not_found": ("GET", "/v1/store", {}),
    "method_not_allowed": ("DELETE", "/v1/stores", {}),
    "not_acceptable": ("GET", LOOKUP, {"headers": {"Accept": "text/csv"}}),
    "precondition_failed": ("DELETE", "/v1/uploads/upl_1", {"key": True}),
    "payload_too_large": ("PATCH", "/v1/inventory", {"key": True, "headers": JSON, "content": b"x" * ((1 << 20) + 1)}),
    "unsupported_media_type": ("POST", "/v1/reports", {"content": b"{}"}),
    "unauthorized": ("POST", "/v1/feeds/stores", {"headers": CSV, "content": b"store_code\n1\n"}),
}


@pytest.fixture(scope="module")
def key(filled: World) -> str:
    return KeyRing(filled.db).issue("acme")


@pytest.mark.parametrize("code", REQUESTS)
def test_a_request_that_meets(code: str, api: Api, key: str) -> None:
    method, path, sent = REQUESTS[code]
    headers = sent.get("headers", {}) | ({"X-API-Key": key} if "key" in sent else {})
    body = {name: value for name, value in sent.items() if name not in ("headers", "key")}
    response = api.send(method, path, headers=headers, **body)
    assert response.status_code == BY_CODE[code].status
    assert response.json()["code"] == code, response.text
    assert response.json()["type"] == f"{PUBLIC_URL}{ERRORS_PATH}#{code}"


def conflict(api: Api, world: World, key: str) -> Response:
    """A run that waits for nobody's approval."""
    run = world.desk.list_runs("acme", limit=1)[0]
    return api.send("POST", f"/v1/feed-runs/{run.id}/approve", headers={"X-API-Key": key})


def feed_rejected(api: Api, world: World, key: str) -> Response:
    """A file without a row, once more."""
    run = world.push("inventory", "")
    return api.send("POST", f"/v1/feed-runs/{run.id}/replay", headers={"X-API-Key": key})


def _watch(api: Api, key: str, gtin: str, place: str, **means: str) -> Response:
    body = {"gtin": gtin, "near": place, **means}
    return api.send("POST", "/v1/watches", headers={"X-API-Key": key}, json=body)


def already_available(api: Api, world: World, key: str) -> Response:
    """A shop here has it."""
    return _watch(api, key, TIDE, "37.77,-122.42", sms="+14155550123")


def too_many_watches(api: Api, world: World, key: str) -> Response:
    """A sixth thing to wait for."""
    for n in range(5):
        assert _watch(api, key, NOBODY_HAS_IT, f"{n},{n}", sms="+14155550124").status_code == 201
    return _watch(api, key, NOBODY_HAS_IT, "6,6", sms="+14155550124")


def opted_out(api: Api, world: World, key: str) -> Response:
    """The owner of the number has texted STOP."""
    ports_of_app(api).watches.opt_out("+14155550125")
    return _watch(api, key, NOBODY_HAS_IT, "1,1", sms="+14155550125")


def ports_of_app(api: Api) -> AppPorts:
    ports: AppPorts = api.app.state.ports
    return ports


def checksum_mismatch(api: Api, world: World, key: str) -> Response:
    """Bytes that changed on the way."""
    checksum = {"Upload-Checksum": "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "Upload-Length": "3"}
    kind = {"Upload-Metadata": "kind c3RvcmVz", "X-API-Key": key}
    return api.send("POST", "/v1/uploads", headers=CHUNK | checksum | kind, content=b"abc")


def forbidden(api: Api, world: World, key: str) -> Response:
    """A key that only reads."""
    reading = KeyRing(world.db).issue("acme", secret=False)
    return api.send("POST", "/v1/feeds/stores", headers=CSV | {"X-API-Key": reading}, content=b"store_code\n1\n")


def rate_limited(api: Api, world: World, key: str) -> Response:
    """One call more than an address may make."""
    client = Client(create_app(small.World(limits=Limits(anonymous=1)).ports()))
    client.get(STORES)
    return client.get(STORES)


def index_unavailable(api: Api, world: World, key: str) -> Response:
    """Nobody listens where Redis was."""

    async def ask() -> Response:
        gone = Multiplexed("redis://127.0.0.1:1/0", timeout_s=0.2)
        ports = replace(small.World().ports(), index=RedisIndexReader(gone))
        try:
            return await _get(create_app(ports), LOOKUP)
        finally:
            await gone.aclose()

    return asyncio.run(ask())


class Slow(FakeIndex):
    """An index that answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def fetch(self, product_id: int, tiles: Sequence[int]) -> IndexEntry:
        await self.gate.wait()
        return await super().fetch(product_id, tiles)


def overloaded(api: Api, world: World, key: str) -> Response:
    """One call waits, and there is room for one."""

    async def ask() -> Response:
        index = Slow()
        app = create_app(small.World(index=index, limits=Limits(in_flight=1)).ports())
        waiting = asyncio.create_task(_get(app, LOOKUP))
        await asyncio.sleep(0.02)
        refused = await _get(app, LOOKUP)
        index.gate.set()
        await waiting
        return refused

    return asyncio.run(ask())


def body_too_slow(api: Api, world: World, key: str) -> Response:
    """The rest of a body stays away."""

    async def drip() -> AsyncIterator[bytes]:
        yield b'{"items": ['
        await asyncio.sleep(60)

    async def ask() -> Response:
        app = create_app(small.World(limits=Limits(receive_s=0.02)).ports())
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post("/v1/availability/batch", content=drip(), headers=JSON)

    return asyncio.run(ask())


def deadline_exceeded(api: Api, world: World, key: str) -> Response:
    """The index takes longer than a lookup may."""

    async def ask() -> Response:
        app = create_app(small.World(index=Slow(), limits=Limits(lookup_s=0.02)).ports())
        async with app.router.lifespan_context(app):
            return await _get(app, LOOKUP)

    return asyncio.run(ask())


def internal_error(api: Api, world: World, key: str) -> Response:
    """The disk is full."""
    fakes = small.World()
    fakes.desk.full = True
    return Client(create_app(fakes.ports()), {"X-API-Key": "sk_acme"}).post(
        "/v1/feeds/stores", content=b"store_code\n1\n", headers=CSV
    )


async def _get(app: Any, path: str) -> Response:
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path)


CONDITIONS: list[Callable[[Api, World, str], Response]] = [
    conflict, feed_rejected, already_available, too_many_watches, opted_out, checksum_mismatch, forbidden, rate_limited,
    index_unavailable, overloaded, body_too_slow, deadline_exceeded, internal_error,
]  # fmt: skip


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.__name__)
def test_a_condition_that_meets(
    condition: Callable[[Api, World, str], Response], api: Api, filled: World, key: str
) -> None:
    response = condition(api, filled, key)
    code = condition.__name__
    assert (response.status_code, response.json()["code"]) == (BY_CODE[code].status, code), response.text
    assert ("retry-after" in response.headers) == (response.status_code in (429, 503))


def test_no_code_is_left_that_nothing_meets() -> None:
    assert {*REQUESTS, *(condition.__name__ for condition in CONDITIONS)} == set(BY_CODE)


@pytest.mark.parametrize("code", BY_CODE)
def test_what_to_do_about_a_code_stands_where_its_type_leads(code: str, anonymous: Client) -> None:
    page = anonymous.get(ERRORS_PATH).text
    row = page.partition(f'<tr id="{code}">')[2].partition("</tr>")[0]
    assert BY_CODE[code].mend.endswith(".")
    assert escape(BY_CODE[code].mend) in row
