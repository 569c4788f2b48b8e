"""No phone number, precise position or message body is in clear in logs, metrics, SQL, Redis or a file of ours.

One installation as it is served; shoppers say what only they know to every channel of it, in ways that are answered,
that are refused, and that fail. Then everything that was written is searched for it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import logging
import sqlite3
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from inventory_api.domain.freshness import FreshnessPolicy
from inventory_api.domain.ports import StockChange
from inventory_api.storage.index.reader import open_reader
from inventory_api.storage.sql.keys import KeyRing
from tests.integration.canaries import Canaries, files_of, values_of
from tests.integration.receiver import receiving
from tests.integration.served import PATIENT, TOKEN, Clock, Served, notifier_of, serving
from tests.integration.shops import TIDE, shops
from tests.integration.world import World

PHONES = ("+14155550134", "+14155558675", "+14155552309")
POSITION = (37.774929, -122.419416)
LATITUDE, LONGITUDE = POSITION
NEAR = f"{LATITUDE},{LONGITUDE}"
WORD, PLACE = "zanthorberry", "xanaduville"
STOPPED = "+14155557642"
NATIONAL = "(415) 555-0134"
SOLD_OUT = "04006381333931"
UPLOADED = ("incoming", "segments")
"""What retailers sent us: no shopper's word gets there, and their numbers are theirs."""


class Shopper:
    """Says all of it to every channel.

    Args:
        served: Who is asked.
        key: A secret key.
        android: The path of a phone that delivers texts.
    """

    def __init__(self, served: Served, key: str, android: str) -> None:
        self._served, self._http = served, served.http
        self._key, self._android = {"Authorization": f"Bearer {key}"}, android
        self.statuses: set[int] = set()
        self._round = 0

    def say_everything(self) -> None:
        """Once more; what was said before may have been remembered."""
        self._round += 1
        self._rest()
        self._web()
        self._agents()
        self._texts()

    def get(self, path: str, **params: str) -> httpx.Response:
        return self._send("GET", path, params=params)

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        response = self._http.request(method, path, **request)
        self.statuses.add(response.status_code)
        return response

    def _rest(self) -> None:
        here = {"lat": f"{LATITUDE}", "lon": f"{LONGITUDE}"}
        self.get("/v1/availability", gtin=TIDE, **here)
        self.get("/v1/availability", gtin=TIDE, near=NEAR, explain="true", view="compact")
        self.get("/v1/availability", gtin=TIDE, place=f"{LATITUDE} {LONGITUDE}")
        self.get("/v1/availability", gtin=TIDE, place=PLACE)
        self.get("/v1/availability", gtin=WORD, near=NEAR)
        self.get("/v1/availability", sku=WORD, retailer="acme", near=NEAR)
        self.get("/v1/availability", **here, latitude=f"{LATITUDE}", radius=WORD)
        self.get("/v1/availability", gtin=TIDE, **here, phone=PHONES[0])
        self.get("/v1/products", q=f"{WORD} detergent", near=NEAR)
        self.get("/v1/places", q=PLACE)
        self.get("/v1/places", q=NEAR)
        self.get("/v1/stores", near=NEAR)
        self.get("/v1/stores/s1/availability", gtin=WORD)
        self.get(f"/v1/{WORD}", near=NEAR)
        self._send("HEAD", "/v1/availability", params=here)
        self._send("TRACE", "/v1/availability", params=here)
        items = [{"gtin": TIDE}, {"retailer": "acme", "sku": WORD}]
        for path, body in (
            ("/v1/availability/batch", {"items": items, "near": NEAR}),
            ("/v1/availability/batch", {"items": items, "lat": LATITUDE, "lon": LONGITUDE}),
            ("/v1/basket", {"all_of": items[:1], "near": NEAR}),
            ("/v1/basket", {"any_of": items, "place": PLACE}),
            ("/v1/reports", {"store_id": "s1", "gtin": TIDE, "outcome": "found", "device": PHONES[0]}),
            ("/v1/reports", {"store_id": "s1", "sku": WORD, "outcome": "found", "device": NATIONAL}),
            ("/v1/watches", {"gtin": SOLD_OUT, "near": NEAR, "sms": PHONES[0]}),
            ("/v1/watches", {"gtin": SOLD_OUT, "lat": LATITUDE, "lon": LONGITUDE, "sms": NATIONAL}),
            ("/v1/watches", {"gtin": SOLD_OUT, "place": f"{LATITUDE} {LONGITUDE}", "sms": PHONES[1]}),
            ("/v1/watches", {"gtin": SOLD_OUT, "place": PLACE, "sms": PHONES[1]}),
            ("/v1/watches", {"gtin": TIDE, "near": NEAR, "sms": PHONES[2]}),
            ("/v1/watches", {"gtin": WORD, "near": NEAR, "sms": PHONES[2]}),
            ("/v1/watches", {"sku": WORD, "retailer": "acme", "near": NEAR, "sms": PHONES[2]}),
            ("/v1/watches", {"gtin": SOLD_OUT, "near": NEAR, PHONES[2]: WORD}),
            ("/v1/watches", {"gtin": SOLD_OUT, "near": NEAR, "webhook": "https://example.com/in",
                             "subscriber": PHONES[0]}),
        ):  # fmt: skip
            named = {"Idempotency-Key": f"{self._round}-{hashlib.sha256(json.dumps(body).encode()).hexdigest()}"}
            for headers in (self._key, self._key | named, self._key | named):
                self._send("POST", path, json=body, headers=headers)
        self._send("POST", "/v1/watches", content=f'{{"sms": "{PHONES[0]}", {WORD}'.encode(), headers=self._key | named)
        self._send("POST", "/v1/watches", json={}, headers={"Authorization": f"Bearer {PHONES[0]}"})

    def _web(self) -> None:
        for path in ("/s", f"/p/{TIDE}", "/p/" + WORD, "/stores/s1", f"/stores/{WORD}", "/", f"/01/{WORD}", "/about"):
            self.get(path, q=f"{WORD} {PHONES[0]}", near=NEAR)
            self.get(path, q=TIDE, near=f"{PLACE} {LATITUDE} {LONGITUDE}", gtin=WORD)
        self._send("POST", "/scan", files={"photo": ("b.png", WORD.encode(), "image/png")}, data={"near": NEAR})

    def _agents(self) -> None:
        center = {"latitude": LATITUDE, "longitude": LONGITUDE}
        agent = {"UCP-Agent": f'profile="https://agent.example/{WORD}"'}
        for body in (
            {"query": WORD, "distance": {"center": center, "max": 5000}, "filters": {"items": [TIDE, WORD]}},
            {"query": PLACE, "distance": {"center": center, "max": 5000}, "filters": {"items": [TIDE]}},
            {"serves": {"point": center}, "signals": {"dev.ucp.phone": PHONES[0]}},
            {"distance": {"center": {"latitude": WORD}}},
        ):
            self._send("POST", "/ucp/locations/search", json=body, headers=agent)
        self._send("POST", "/ucp/locations/lookup", json={"ids": [WORD, "s1", PHONES[0]]})
        for tool, arguments in (
            ("check_stock", {"product": TIDE, "place": NEAR}),
            ("check_stock", {"product": WORD, "place": NEAR}),
            ("check_stock", {"product": TIDE, "place": PLACE, WORD: PHONES[0]}),
            ("check_stock", {"product": TIDE, "place": NEAR, "limit": WORD}),
            ("find_product", {"text": f"{WORD} {PHONES[0]} detergent", "place": NEAR}),
            ("list_stores", {"place": NEAR, "name": WORD}),
            (WORD, {"place": NEAR}),
        ):
            params = {"name": tool, "arguments": arguments}
            request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
            self._send("POST", "/mcp", json=request, headers={"Accept": "application/json"})
        self._send("POST", "/mcp", content=f'{{"{WORD}": "{NEAR}"'.encode(), headers={"Accept": "application/json"})

    def _texts(self) -> None:
        shared = {"Latitude": f"{LATITUDE}", "Longitude": f"{LONGITUDE}"}
        conversations: tuple[tuple[str | tuple[str, dict[str, str]], ...], ...] = (
            (f"{TIDE} near {NEAR}", "1", f"{WORD} in {PLACE}", f"call {NATIONAL} or {PHONES[1]}"),
            ((f"detergent {WORD}", shared), f"{SOLD_OUT} {NEAR}", "ALERT", f"{WORD} please"),
            (f"{SOLD_OUT} San Francisco", "ALERT", PLACE, "LANG"),
        )
        for phone, texts in zip(PHONES, conversations, strict=True):
            for said in texts:
                words, more = (said, {}) if isinstance(said, str) else said
                self.statuses.add(self._served.deliver(words, phone, **more).status_code)
        self._served.deliver("STOP", STOPPED)
        forged = self._served.http.post("/v1/sms/twilio/nobody", content=f"From={PHONES[0]}&Body={WORD}".encode())
        self.statuses.add(forged.status_code)
        for words in (f"{WORD} {NEAR}", f"{PLACE} {self._round}"):
            payload = {"messageId": "abc", "message": words, "sender": PHONES[1], "receivedAt": "2026-10-30T11:00:00Z"}
            self._from_android({"event": "sms:received", "payload": payload})
        self._from_android({"event": "sms:received", "payload": {"message": WORD, "phoneNumber": None}})
        self._from_android({"event": "sms:failed", "payload": {"messageId": WORD, "reason": f"{PHONES[0]} is off"}})

    def _from_android(self, event: dict[str, Any]) -> None:
        body, now = json.dumps(event).encode(), str(int(time.time()))
        signed = hmac.digest(b"k", body + now.encode(), "sha256").hex()
        self._send("POST", self._android, content=body, headers={"X-Signature": signed, "X-Timestamp": now})


class Heard:
    """Every line that was logged, as it would be written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._form = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear our packages and uvicorn whole, and of others what is written when nobody sets anything up."""
        levels = dict.fromkeys(("inventory_api", "ingest", "uvicorn", "uvicorn.error"), logging.DEBUG)
        loggers = {logging.getLogger(name): level for name, level in levels.items()}
        loggers[logging.getLogger()] = logging.WARNING
        before = {logger: logger.level for logger in loggers}
        handler = logging.Handler()
        handler.emit = lambda record: self.lines.append(self._form.format(record))  # type: ignore[method-assign]
        # What uvicorn says goes to handlers of its own.
        heard = [logging.getLogger(), logging.getLogger("uvicorn")]
        for logger in heard:
            logger.addHandler(handler)
        for logger, level in loggers.items():
            logger.setLevel(level)
        # A handler there would let it log every call with its query: it looks for one.
        assert not logging.getLogger("uvicorn.access").hasHandlers()
        try:
            yield
        finally:
            for logger in heard:
                logger.removeHandler(handler)
            for logger, level in before.items():
                logger.setLevel(level)

    def __str__(self) -> str:
        return "\n".join(self.lines)


Leaks = dict[str, set[str]]


@pytest.fixture(scope="module")
def leaks(redis_url: str, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Leaks]:
    """What was found in all that an installation has written, by where and under which name."""
    heard = Heard()
    with (
        shops(redis_url, empty_database, tmp_path_factory.mktemp("canaries")) as world,
        receiving(status=400, said=f"{PHONES[0]} is blocked, {WORD}".encode()) as provider,
        serving(world.data_dir, redis_url, metrics_folder=world.data_dir / "metrics", **PATIENT) as served,
        heard.listening(),
    ):
        _keep_believing(world)
        _sell_out(world)
        key, android = KeyRing(world.db).issue("acme"), served.add_android(provider.url)
        canaries = Canaries([*PHONES, STOPPED], [POSITION], [WORD, PLACE, TOKEN, key, served.sms_path, android])
        shopper = Shopper(served, key, android)
        shopper.say_everything()
        assert {200, 201, 202, 303, 403, 404, 405, 409, 422} <= shopper.statuses
        assert max(shopper.statuses) < 500, shopper.statuses
        world.patch(StockChange("001", gtin=SOLD_OUT, quantity=3))
        provider.received.clear()
        asyncio.run(_look(served))
        _sell_out(world)
        assert len(provider.received) >= len(PHONES)
        for table in ("product", "sku", "watch", "reply"):
            with _away(world, table):
                shopper.say_everything()
        assert 500 in shopper.statuses
        metrics = shopper.get("/metrics").content
        assert b"inventory_http_answer_seconds" in metrics
        assert str(heard).count("Traceback") >= 3
        in_redis = values_of(world.redis)
        assert any("sms:known" in key for key in in_redis)
        assert _run(world, "select sealed from watch where sealed is not null")
        files = files_of(world.data_dir, but=UPLOADED)
        assert {"inventory.sqlite", "inventory.sqlite-wal"} <= files.keys()
        lines = {line[:60]: line.encode() for line in heard.lines}
    written = {"logs": lines, "metrics": {"": metrics}, "redis": in_redis, "files": files}
    return {
        where: {name: found for name, content in named.items() if (found := canaries.found(content))}
        for where, named in written.items()
    }


@pytest.mark.parametrize("where", ["logs", "metrics", "redis", "files"])
def test_what_shoppers_say_is_found_nowhere(leaks: dict[str, Leaks], where: str) -> None:
    assert leaks[where] == {}


@pytest.mark.parametrize(
    "leak",
    [
        b"to 14155550134", b"tel%3A%2B14155550134", b"(415) 555-0134", b"415 555 0134", b"55550134",
        base64.b64encode(b"a +14155550134 b"), base64.b64encode(b"+14155550134 b"), b"+14155550134".hex().encode(),
        b"lat=37.7749&", b"near=37.774929%2C-122.419416", b"-122.4194", struct.pack(">d", LATITUDE),
        struct.pack("<d", round(LONGITUDE, 4)), b"ZANTHORBERRY near", base64.urlsafe_b64encode(b"?? zanthorberry"),
    ],
)  # fmt: skip
def test_each_canary_would_be_seen(leak: bytes) -> None:
    canaries = Canaries(PHONES, [POSITION], [WORD])
    assert canaries.found(b"before " + leak + b" after")
    assert not canaries.found(b"37.775,-122.419 +14155550001 zanthor")


@contextmanager
def _away(world: World, table: str) -> Iterator[None]:
    """A fault of ours: a table that is not there."""
    _run(world, f"alter table {table} rename to {table}_away")
    try:
        yield
    finally:
        _run(world, f"alter table {table}_away rename to {table}")


def _run(world: World, statement: str) -> Any:
    with contextlib.closing(sqlite3.connect(world.data_dir / "inventory.sqlite", timeout=5)) as connection:
        return connection.execute(statement).fetchone()


def _keep_believing(world: World) -> None:
    """What was said today counts for as long as the worker's clock is ahead."""
    with world.db.write() as tx:
        retailer = tx.retailers.get("acme")
        tx.retailers.update(replace(retailer, freshness=FreshnessPolicy(expires_s=60 * 86_400)))


def _sell_out(world: World) -> None:
    world.patch(*(StockChange(f"{n:03d}", gtin=SOLD_OUT, quantity=0) for n in range(1, 8)))


async def _look(served: Served) -> None:
    """A worker looks at the watches, at noon."""
    notifier = notifier_of(served.here, Clock(12))
    async with open_reader(served.here.redis_url, timeout_s=2) as index:
        while await notifier.step(index):
            pass
