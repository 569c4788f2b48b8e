"""Counts that all API processes share. Nothing of the index: losing them loses a minute of counting."""

from __future__ import annotations

from inventory_api.storage.index.connection import Multiplexed


class RedisCounts:
    """``domain.ports.SharedCounts`` on the connection that lookups use."""

    def __init__(self, connection: Multiplexed) -> None:
        self._connection = connection

    async def add(self, name: str, count: int, *, keep_s: int) -> int:
        """Two commands in one write."""
        key = f"quota:{name}"
        total, _ = await self._connection.call_all([("INCRBY", key, count), ("EXPIRE", key, keep_s)])
        return int(total)
