"""What the SMS channel remembers for a while. Nothing of the index: losing it loses menus, never a fact."""

from __future__ import annotations

import datetime as dt
import logging
from importlib.resources import files
from typing import Any

from inventory_api.domain.ports import Seals, Step
from inventory_api.storage.index.connection import Multiplexed

logger = logging.getLogger(__name__)

_HOUR_MS = 3_600_000
WINDOWS_MS = ((10_000, 5), (_HOUR_MS, 20), (24 * _HOUR_MS, 60))
"""One message in two seconds, five of them at once; 20 an hour; 60 a day."""

SAME = 3
"""The same words for the third time running come from a machine."""

RUNNING_MS = 15 * 60_000

_END = """if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"""


class RedisMemos:
    """``domain.ports.Memos``: sealed, so that a copy of Redis tells nobody what anybody wrote.

    Args:
        connection: The one that lookups use.
        seals: Under the installation's key.
    """

    def __init__(self, connection: Multiplexed, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals

    async def get(self, key: str) -> dict[str, Any] | None:
        """One command."""
        return self._opened(await self._connection.call("GET", key))

    async def put(self, key: str, memo: dict[str, Any], *, keep_s: int) -> None:
        """One command."""
        await self._connection.call("SET", key, self._seals.seal(memo), "EX", keep_s)

    async def claim(self, key: str, memo: dict[str, Any], *, keep_s: int) -> dict[str, Any] | None:
        """One command."""
        return self._opened(await self._connection.call("SET", key, self._seals.seal(memo), "NX", "GET", "EX", keep_s))

    async def gather(self, key: str, part: str, memo: dict[str, Any], *, keep_s: int) -> dict[str, dict[str, Any]]:
        """Three commands in one write."""
        commands = [("HSET", key, part, self._seals.seal(memo)), ("EXPIRE", key, keep_s), ("HGETALL", key)]
        *_, found = await self._connection.call_all(commands)
        opened = ((name.decode(), self._opened(sealed)) for name, sealed in zip(found[::2], found[1::2], strict=True))
        return {name: memo for name, memo in opened if memo is not None}

    async def forget(self, *keys: str) -> None:
        """A command a key, in one write: on a cluster they are in different slots."""
        await self._connection.call_all([("DEL", key) for key in keys])

    def _opened(self, sealed: bytes | None) -> dict[str, Any] | None:
        """A memo; one that another key sealed is lost, as it would be with Redis."""
        if sealed is None:
            return None
        try:
            return self._seals.open(sealed)
        except ValueError:
            logger.warning("a memo is sealed under another key: was vault.secret replaced?")
            return None


class RedisLeases:
    """``domain.ports.Leases``: a lease that ends by itself where its process has died."""

    def __init__(self, connection: Multiplexed) -> None:
        self._connection = connection

    async def take(self, name: str, token: str, *, keep_s: int) -> bool:
        """One command."""
        return await self._connection.call("SET", f"sms:lease:{name}", token, "NX", "EX", keep_s) is not None

    async def end(self, name: str, token: str) -> None:
        """One script."""
        await self._connection.call("EVAL", _END, 1, f"sms:lease:{name}", token)


class RedisPace:
    """``domain.ports.Pace`` in one script: a message is judged and counted at once."""

    def __init__(self, connection: Multiplexed) -> None:
        self._connection = connection
        self._script = files("inventory_api.storage.index").joinpath("scripts/pace.lua").read_bytes()
        self._count = 0

    async def step(self, who: str, said: str, now: dt.datetime) -> Step:
        """One call. What it keeps is times, for a day at most."""
        self._count += 1
        now_ms = int(now.timestamp() * 1000)
        keys = [f"sms:pace:{{{who}}}:{name}" for name in ("times", "said", "told")]
        limits = [number for window in WINDOWS_MS for number in window]
        # Two messages of one millisecond are two.
        member = f"{now_ms}-{id(self):x}-{self._count}"
        reply = await self._connection.call(
            "EVAL", self._script, len(keys), *keys, now_ms, member, said, SAME, RUNNING_MS, *limits
        )
        return Step(int(reply))
