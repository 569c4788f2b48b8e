"""One socket to Redis as the event loop sees it: commands queued, replies handed out in their order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import hiredis
import redis

from inventory_api.domain.errors import IndexUnavailable

# Error replies that say "not now" or "not me"; everything else is a mistake in the command.
_UNAVAILABLE = {"LOADING", "OOM", "BUSY", "MISCONF", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "READONLY", "NOREPLICAS"}
_UNAVAILABLE |= {"NOAUTH", "WRONGPASS", "NOPERM"}
# A verdict waits this long: the reply may have come while the event loop was busy, and not been read yet.
_SECOND_LOOK_S = 0.01
_NOTHING = object()

Argument = str | bytes | int | float


def pack(command: tuple[Argument, ...]) -> bytes:
    """A command as the protocol has it."""
    packed: bytes = hiredis.pack_command(command)  # type: ignore[arg-type]  # its stub means any length
    return packed


def _error_reply(message: str) -> Exception:
    if message.partition(" ")[0] in _UNAVAILABLE:
        return IndexUnavailable(message)
    return redis.ResponseError(message)


class _Replies:
    """Stands in the queue once for each of several commands, and wakes their caller once, with all replies."""

    __slots__ = ("_awaited", "_found", "future")

    def __init__(self, future: asyncio.Future[Any], awaited: int) -> None:
        self.future = future
        self._awaited = awaited
        self._found: list[Any] = []

    def done(self) -> bool:
        return self.future.done()

    def set_result(self, reply: object) -> None:
        self._found.append(reply)
        if len(self._found) == self._awaited:
            self.future.set_result(self._found)

    def set_exception(self, error: Exception) -> None:
        self.future.set_exception(error)


class Wire(asyncio.Protocol):
    """One connected socket and the futures of the replies that are still to come."""

    def __init__(self, loop: asyncio.AbstractEventLoop, timeout_s: float, lost: Callable[[Wire], None]) -> None:
        self._loop = loop
        self._timeout_s = timeout_s
        self._lost = lost
        self._reader = hiredis.Reader(
            protocolError=hiredis.ProtocolError, replyError=_error_reply, notEnoughData=_NOTHING
        )
        self._waiting: deque[tuple[asyncio.Future[Any] | _Replies, float]] = deque()
        self._unsent: list[bytes] = []
        self._check: asyncio.TimerHandle | None = None
        self._suspect: asyncio.Future[Any] | _Replies | None = None
        self.reason = "the connection to Redis was lost"
        self._transport: asyncio.Transport
        self.is_lost = False

    def send(self, command: tuple[Argument, ...]) -> asyncio.Future[Any]:
        """Queue a command; all that are queued in one turn of the event loop leave in one write."""
        future = self._loop.create_future()
        self._queue(pack(command), future, 1)
        return future

    def send_all(self, packed: bytes, count: int) -> asyncio.Future[list[Any]]:
        """Queue so many commands; one future for the list of their replies."""
        replies = _Replies(self._loop.create_future(), count)
        self._queue(packed, replies, count)
        return replies.future

    def _queue(self, packed: bytes, waiter: asyncio.Future[Any] | _Replies, replies: int) -> None:
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(packed)
        self._waiting.extend([(waiter, self._loop.time())] * replies)
        if self._check is None:
            self._check = self._loop.call_later(self._timeout_s, self._check_head)

    def close(self, reason: str) -> None:
        """Cut the connection; all who wait get IndexUnavailable with this reason, at once."""
        self.reason = reason
        self._transport.abort()
        self.connection_lost(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        # A cast, because uvloop's transports are no subclass of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Hand each complete reply to the one who waits for it, in order."""
        self._reader.feed(data)
        gets, waiting = self._reader.gets, self._waiting
        try:
            while (reply := gets()) is not _NOTHING:
                future = waiting.popleft()[0]
                # Whoever was cancelled has left its place in the queue, so its reply shifts no other.
                if future.done():
                    continue
                if isinstance(reply, Exception):
                    future.set_exception(reply)
                else:
                    future.set_result(reply)
        except (hiredis.ProtocolError, IndexError):
            self.close("Redis sent what is not a reply")

    def connection_lost(self, error: Exception | None) -> None:
        """Tell everyone who waits, and those who came since ``close``."""
        self.is_lost = True
        self._fail_all()
        self._lost(self)

    def _flush(self) -> None:
        self._transport.write(b"".join(self._unsent))
        self._unsent.clear()

    def _check_head(self) -> None:
        """Close if the oldest command is past its deadline: later replies would come after it anyway."""
        self._check = None
        if not self._waiting:
            return
        head, sent_at = self._waiting[0]
        left_s = sent_at + self._timeout_s - self._loop.time()
        if left_s <= 0:
            if self._suspect is head:
                self.close(f"Redis did not answer within {self._timeout_s * 1000:.0f} ms")
                return
            self._suspect = head
            left_s = _SECOND_LOOK_S
        self._check = self._loop.call_later(left_s, self._check_head)

    def _fail_all(self) -> None:
        if self._check is not None:
            self._check.cancel()
            self._check = None
        while self._waiting:
            future = self._waiting.popleft()[0]
            if not future.done():
                future.set_exception(IndexUnavailable(self.reason))
