"""Many commands over one connection: packed in batches, one batch ahead of the replies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import hiredis
import redis

BATCH = 400
"""Commands sent before their replies are read; with one batch in flight while the next is built."""


def send(client: redis.Redis, commands: Iterable[Sequence[bytes]]) -> list[Any]:
    """Send commands, return their replies; raise the first error reply."""
    replies: list[Any] = []
    pool = client.connection_pool
    # redis-py types none of this; its pipelines would cost ten times the packing.
    connection: Any = pool.get_connection()
    pack: Any = hiredis.pack_command
    waiting = 0
    try:
        packed: list[bytes] = []
        for command in commands:
            packed.append(pack(tuple(command)))
            if len(packed) == BATCH:
                connection.send_packed_command(packed)
                replies += [connection.read_response() for _ in range(waiting)]
                waiting, packed = len(packed), []
        if packed:
            connection.send_packed_command(packed)
        replies += [connection.read_response() for _ in range(waiting + len(packed))]
    except BaseException:
        # Replies may still be on their way: this connection can no longer be trusted to match them.
        connection.disconnect()
        raise
    finally:
        pool.release(connection)
    return replies
