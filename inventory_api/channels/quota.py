"""How many calls somebody may make in a minute, counted without anybody waiting for the count.

A process knows at once what it has seen itself, and a moment later what the others have: every few calls it adds
its own to a count that all share, and learns their sum. So a lookup never waits for the count, and while the shared
one is away each process still holds its callers to the limit by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from inventory_api.domain.errors import RateLimited, Unavailable
from inventory_api.domain.ports import SharedCounts

WINDOW_S = 60

_STEPS = 40
"""A count is shared this often on its way to the limit: what processes may let through too much is one step each."""


class _Tally:
    """Of one caller in one window: calls seen here, those of them told to the others, those the others told."""

    __slots__ = ("is_telling", "others", "own", "told")

    def __init__(self) -> None:
        self.own = self.told = self.others = 0
        self.is_telling = False


class Meter:
    """Counts the calls of each caller against one limit; of one event loop.

    Args:
        name: Of the policy, as ``RateLimit`` shows it.
        limit: Calls a window; 0 for none.
        shared: The count of all processes; None counts this one alone.
        clock: Unix seconds.
    """

    def __init__(
        self, name: str, limit: int, shared: SharedCounts | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.limit = limit
        self._head = b'"%b";r=' % name.encode()
        self._name = name
        self._shared = shared
        self._clock = clock
        self._step = max(1, limit // _STEPS)
        self._window = self._ends_at = 0
        self._tallies: dict[str, _Tally] = {}
        self._telling: set[asyncio.Task[None]] = set()

    def take(self, who: str) -> bytes | None:
        """Count a call. What ``RateLimit`` says after it, None where there is no limit.

        Raises:
            RateLimited: It is one too many.
        """
        if not self.limit:
            return None
        until = self._until()
        tally = self._tallies.get(who)
        if tally is None:
            tally = self._tallies[who] = _Tally()
        left = self.limit - tally.own - tally.others - 1
        if left < 0:
            raise RateLimited(self._name, self.limit, WINDOW_S, until)
        tally.own += 1
        if tally.own - tally.told >= self._step and self._shared is not None and not tally.is_telling:
            tally.is_telling = True
            task = asyncio.get_running_loop().create_task(self._tell(self._shared, who, tally))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        return b"%b%d;t=%d" % (self._head, left, until)

    def check(self, who: str) -> None:
        """Refuse a caller who has used up the limit, without counting. Raises RateLimited."""
        until = self._until()
        tally = self._tallies.get(who)
        if self.limit and tally is not None and tally.own + tally.others >= self.limit:
            raise RateLimited(self._name, self.limit, WINDOW_S, until)

    def _until(self) -> int:
        """Whole seconds until the window ends; where it has ended, everybody begins anew."""
        now = self._clock()
        if not self._ends_at - WINDOW_S <= now < self._ends_at:
            self._window = int(now) // WINDOW_S
            self._ends_at = (self._window + 1) * WINDOW_S
            # Nobody is remembered who does not call any more.
            self._tallies = {}
        return ceil(self._ends_at - now)

    async def _tell(self, shared: SharedCounts, who: str, tally: _Tally) -> None:
        count = tally.own - tally.told
        try:
            total = await shared.add(f"{self._name}:{self._window}:{who}", count, keep_s=2 * WINDOW_S)
        except Unavailable:
            # The own count goes on; what could not be told is told with the next step.
            return
        finally:
            tally.is_telling = False
        tally.told += count
        tally.others = total - tally.told


@lru_cache(maxsize=4096)
def caller_of(address: str) -> str:
    """Who is counted as one: an IPv4 address, or an IPv6 network of /64, which is what one customer gets."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
