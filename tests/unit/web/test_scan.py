"""Photos of barcodes on their way through the page."""

from __future__ import annotations

import asyncio
from io import BytesIO

import httpx
from PIL import Image

from inventory_api.channels.app import create_app
from tests.unit.rest.world import World


def test_others_are_answered_while_a_photo_is_read() -> None:
    photo = BytesIO()
    Image.new("RGB", (4000, 3900), "white").save(photo, "PNG")
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async def send() -> httpx.Response:
        others = asyncio.create_task(turn())
        transport = httpx.ASGITransport(create_app(World().ports()))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            response = await client.post("/scan", files={"photo": ("b.png", photo.getvalue(), "image/png")})
        others.cancel()
        return response

    assert asyncio.run(send()).headers["location"] == "/?unread=1"
    # Reading takes tenths of a second, in which the loop turns thousands of times; all else takes some dozens.
    assert turns > 1000
