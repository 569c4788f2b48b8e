"""New entries of a Redis stream, for as long as the caller wants them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any

import redis

from inventory_api.domain.errors import IndexUnavailable
from inventory_api.storage.index.multiplexed import Multiplexed

logger = logging.getLogger(__name__)

# Beyond the block time, before the connection is given up.
_MARGIN_S = 1.0
_PAUSE_S = 0.2
_MAX_ENTRIES = 1000


async def follow(
    url: str, stream: str, last_id: str, *, block_ms: int = 1000
) -> AsyncGenerator[tuple[str, dict[bytes, bytes]] | None, None]:
    """Each new entry of a stream as (id, fields), in order; survives the server, ends with the caller.

    None says: nothing new for ``block_ms``, or the connection was lost or made again. The stream may
    have been trimmed, flushed or replaced meanwhile, so the caller should check what it knows. Holds a
    connection of its own, because a blocking read would hold up everybody's replies; close the
    generator (``contextlib.aclosing``) to close it.

    Args:
        url: As for ``Multiplexed``.
        stream: The stream's key; it need not exist yet.
        last_id: The last entry already known; ``0`` for the beginning, ``$`` for only what comes.
        block_ms: The longest silence.
    """
    client = Multiplexed(url, timeout_s=block_ms / 1000 + _MARGIN_S)
    known_connections = 1
    is_away = False
    read = ("XREAD", "COUNT", _MAX_ENTRIES, "BLOCK", block_ms, "STREAMS", stream)
    try:
        while True:
            entries: list[Any] = []
            try:
                if last_id == "$":
                    # Once, by name: between two blocking reads "$" would skip what comes.
                    newest = await client.call("XREVRANGE", stream, "+", "-", "COUNT", 1)
                    last_id = newest[0][0].decode() if newest else "0"
                if is_away or client.connections > known_connections:
                    # Not a blocking read: the caller shall hear of the new connection at once.
                    await client.call("PING")
                    known_connections = client.connections
                elif reply := await client.call(*read, last_id):
                    entries = reply[0][1]
            except (IndexUnavailable, redis.ResponseError) as error:
                logger.warning("following the stream %s is interrupted: %s", stream, error)
                is_away = True
                yield None
                await asyncio.sleep(_PAUSE_S)
                continue
            is_away = False
            if not entries:
                yield None
            for entry_id, words in entries:
                last_id = entry_id.decode()
                yield last_id, dict(zip(words[::2], words[1::2], strict=True))
    finally:
        await client.aclose()
