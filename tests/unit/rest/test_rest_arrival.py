"""Bodies that come slowly: a slow line is waited for, who drips to hold a connection is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message

from inventory_api.channels.arrival import arriving
from inventory_api.channels.ports import Limits
from inventory_api.channels.rest.api import rest_app
from tests.unit.rest.test_rest_feeds import URL, send
from tests.unit.rest.world import World

PATIENCE_S = 0.05


@pytest.mark.parametrize("path", [URL, "/v1/availability/batch"])
def test_who_drips_a_body_is_refused_with_a_code(world: World, path: str) -> None:
    dripped = 0

    async def drip() -> AsyncIterator[Message]:
        nonlocal dripped
        while True:
            dripped += 1
            yield {"type": "http.request", "body": b" ", "more_body": True}
            await asyncio.sleep(PATIENCE_S / 4)

    headers = {} if path == URL else {"content-type": "application/json"}
    app = rest_app(replace(world.ports(), limits=Limits(receive_s=PATIENCE_S)))
    start, body = asyncio.run(asyncio.wait_for(send(app, path, drip, headers), 5))
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]
    assert b'"code":"body_too_slow"' in body["body"]
    assert 1 < dripped < 20
    assert [reception.state for reception in world.desk.receptions] == (["abandoned"] if path == URL else [])


def test_bytes_earn_time() -> None:
    """A quarter of a MiB in pieces takes longer than the patience, and is within its rate."""

    async def receive() -> Message:
        await asyncio.sleep(PATIENCE_S / 2)
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

    async def take() -> int:
        body = arriving(receive, limit=1 << 20, patience_s=PATIENCE_S)
        return sum([len((await body())["body"]) for _ in range(4)])

    assert asyncio.run(take()) == 1 << 18


def test_the_time_that_we_need_ourselves_is_not_the_senders() -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def take() -> None:
        body = arriving(receive, limit=10, patience_s=PATIENCE_S)
        for _ in range(3):
            await body()
            await asyncio.sleep(PATIENCE_S)

    asyncio.run(take())


def test_who_waits_behind_a_whole_body_waits_for_no_sender() -> None:
    whole = [{"type": "http.request", "body": b"x", "more_body": False}]

    async def receive() -> Message:
        if not whole:
            await asyncio.sleep(2 * PATIENCE_S)
            return {"type": "http.disconnect"}
        return whole.pop()

    async def take() -> str:
        body = arriving(receive, limit=10, patience_s=PATIENCE_S)
        await body()
        return str((await body())["type"])

    assert asyncio.run(take()) == "http.disconnect"


def test_a_body_above_its_limit_is_refused() -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"xx", "more_body": True}

    async def take() -> None:
        body = arriving(receive, limit=3, patience_s=0)
        await body()
        await body()

    with pytest.raises(HTTPException) as refused:
        asyncio.run(take())
    assert refused.value.status_code == 413
