"""Too much to do: said at once, while there is still time to say it, and to those who have waited too long.

A process answers everything in one event loop. What it has begun and not ended is its queue, and how late a timer
comes is how long everybody waits. When the queue is full, or not short and slow, a new call is refused before anything
was done for it. A late timer alone is no overload: the machine may have been busy with something else.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from time import perf_counter

from inventory_api.domain.errors import Overloaded

TICK_S = 0.025
MAX_LAG_S = 0.1
"""Of the event loop: a lookup's own deadline is little more."""


class Admission:
    """Who may come in, and until when. A hook: it keeps time while the app runs.

    Args:
        limit: Calls at once; 0 for any number.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._due: dict[asyncio.Task[object], float] = {}
        self._expired: set[asyncio.Task[object]] = set()
        self._ticking: asyncio.Task[None] | None = None
        self.lag_s = 0.0

    @property
    def in_flight(self) -> int:
        """Calls that have no answer yet."""
        return len(self._due)

    def enter(self, due: float) -> asyncio.Task[object]:
        """Begin a call.

        Args:
            due: ``perf_counter`` time at which its task is cancelled.

        Returns:
            What to ``leave`` with.

        Raises:
            Overloaded: There is too much to do already.
        """
        waiting = len(self._due)
        if self._limit and (waiting >= self._limit or (self.lag_s > MAX_LAG_S and waiting >= self._limit // 8)):
            # Jitter: who was refused together shall not come back together.
            retry_after_s = random.randint(1, 3)  # noqa: S311  nobody gains by guessing it
            raise Overloaded("more calls at once than are answered well", retry_after_s=retry_after_s)
        task = asyncio.current_task()
        assert task is not None
        self._due[task] = due
        return task

    def leave(self, task: asyncio.Task[object]) -> bool:
        """End a call, as soon as its answer begins: how long that takes to send is the client's affair.

        Returns:
            Whether it was cancelled for its deadline; then it may go on to say so.
        """
        del self._due[task]
        if task not in self._expired:
            return False
        self._expired.remove(task)
        task.uncancel()
        return True

    async def start(self) -> None:
        """Begin to keep time."""
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Stop keeping time."""
        if self._ticking is not None:
            self._ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticking

    async def _tick(self) -> None:
        expected = perf_counter()
        while True:
            expected += TICK_S
            await asyncio.sleep(expected - perf_counter())
            now = perf_counter()
            self.lag_s = now - expected
            expected = now
            for task, due in self._due.items():
                if due < now and task not in self._expired:
                    self._expired.add(task)
                    task.cancel()
