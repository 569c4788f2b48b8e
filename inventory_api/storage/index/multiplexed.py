"""The connection of the hot path: one socket a process, shared by every coroutine.

redis-py's async client costs about 40 us of CPU a call, most of it in its pool and its streams. Here a
call is one packed command, one future, and its share of a write and a read that all calls of one turn of
the event loop have in common. Replies come in order, so a queue of futures is the whole protocol.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from redis.connection import SSLConnection, parse_url

from inventory_api.domain.errors import IndexUnavailable
from inventory_api.storage.index.wire import Argument, Wire, pack

logger = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.01
_LONGEST_PAUSE_S = 0.5
# As long as an outage is younger, a call waits for the reconnect; later it fails at once, or calls would pile up.
_PATIENCE_S = 1.0
T = TypeVar("T")


class Multiplexed:
    """A client of one server over one socket. Of one event loop; connects at the first call, and again when cut.

    Not for commands that block: they would hold up everybody's replies.

    Args:
        url: ``unix://``, ``redis://`` or ``rediss://``.
        timeout_s: For a reply, a reconnect included. The oldest unanswered call decides: when it is
            this old the connection is closed, and everyone behind it fails with it.
    """

    def __init__(self, url: str, *, timeout_s: float = 0.25) -> None:
        self._address: Mapping[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]  # redis-py lacks it
        self._timeout_s = timeout_s
        self._wire: Wire | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._lost_at: float | None = None
        self._last_failure = "not connected yet"
        self._closed = False
        # Grows with each connection: whoever remembers it sees that there was a new one.
        self.connections = 0

    async def call(self, *command: Argument) -> Any:  # noqa: ANN401  what comes back depends on the command
        """The reply to one command, in one round trip; bytes, integers, lists, None.

        Args:
            command: Name and arguments.

        Raises:
            IndexUnavailable: No reply in time, the connection was lost, or the server cannot answer now
                (loading, out of memory). The command may have been executed.
            redis.ResponseError: The server refused the command.
        """
        wire = self._wire
        if wire is None:
            return await self._once_connected(lambda wire: wire.send(command))
        return await wire.send(command)

    async def call_all(self, commands: Sequence[tuple[Argument, ...]]) -> list[Any]:
        """The replies to several commands, in order, in one round trip; raises as ``call`` does."""
        return await self._call_packed(b"".join(map(pack, commands)), len(commands))

    async def call_each(self, command: tuple[bytes, ...], keys: Sequence[bytes], last: tuple[bytes, ...]) -> list[Any]:
        """The replies to one command for each of several keys, and to one more; raises as ``call`` does.

        Args:
            command: Name and arguments, without the key, which goes in behind the name.
            keys: A command each.
            last: A whole command.
        """
        # Packed once, and each key set in: a third of the cost of packing each.
        head, _, tail = pack((command[0], b"", *command[1:])).partition(b"$0\r\n\r\n")
        packed = (tail + head).join([b"$%d\r\n%b\r\n" % (len(key), key) for key in keys])
        return await self._call_packed(b"".join((head, packed, tail, pack(last))), len(keys) + 1)

    async def aclose(self) -> None:
        """Close the socket; calls that wait, and later ones, get IndexUnavailable."""
        self._closed = True
        self._last_failure = "the client is closed"
        self._connected.set()
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._wire is not None:
            self._wire.close(self._last_failure)
            # One turn for the transport to close its socket.
            await asyncio.sleep(0)

    async def _call_packed(self, packed: bytes, count: int) -> list[Any]:
        wire = self._wire
        if wire is None:
            return await self._once_connected(lambda wire: wire.send_all(packed, count))
        return await wire.send_all(packed, count)

    async def _once_connected(self, send: Callable[[Wire], asyncio.Future[T]]) -> T:
        """Wait for the connection if it has not been away for long; one deadline over both."""
        loop = asyncio.get_running_loop()
        if self._lost_at is None:
            self._lost_at = loop.time()
        if self._connecting is None and not self._closed:
            self._connecting = loop.create_task(self._connect())
        try:
            async with asyncio.timeout(self._timeout_s):
                if loop.time() - self._lost_at < _PATIENCE_S:
                    await self._connected.wait()
                if self._wire is not None:
                    return await send(self._wire)
        except TimeoutError:
            pass
        raise IndexUnavailable(f"Redis cannot be reached: {self._last_failure}")

    async def _connect(self) -> None:
        """Try until it works, with growing pauses."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                async with asyncio.timeout(self._timeout_s):
                    wire = await self._open()
            except Exception as error:
                # Whatever it is, a task that died of it would leave this process without Redis for ever.
                self._last_failure = str(error) or type(error).__name__
            else:
                if not wire.is_lost:
                    self._wire, self._connecting, self._lost_at = wire, None, None
                    self.connections += 1
                    self._connected.set()
                    logger.info("connected to Redis, connection %d", self.connections)
                    return
            # Jitter: the workers of a machine lose their server together.
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311  nobody gains by guessing it
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _open(self) -> Wire:
        loop, address = asyncio.get_running_loop(), self._address

        def make() -> Wire:
            return Wire(loop, self._timeout_s, self._on_lost)

        wire: Wire
        if "path" in address:
            _, wire = await loop.create_unix_connection(make, address["path"])
        else:
            host, port = address.get("host", "localhost"), address.get("port", 6379)
            _, wire = await loop.create_connection(make, host, port, ssl=_tls(address))
        try:
            if "password" in address:
                user = [address["username"]] if "username" in address else []
                await wire.send(("AUTH", *user, address["password"]))
            if address.get("db"):
                await wire.send(("SELECT", address["db"]))
            # The kernel accepts connections for a hung server too.
            await wire.send(("PING",))
        except BaseException:
            wire.close("Redis refused the greeting")
            raise
        return wire

    def _on_lost(self, wire: Wire) -> None:
        if wire is not self._wire:
            return
        self._wire = None
        if not self._closed:
            logger.warning("connection to Redis lost: %s", wire.reason)
            self._connected.clear()
            loop = asyncio.get_running_loop()
            self._lost_at = loop.time()
            self._connecting = loop.create_task(self._connect())


def _tls(address: Mapping[str, Any]) -> ssl.SSLContext | None:
    """The context for ``rediss://``; ``ssl_ca_certs`` and ``ssl_cert_reqs`` in the URL are heeded."""
    if address.get("connection_class") is not SSLConnection:
        return None
    context = ssl.create_default_context(cafile=address.get("ssl_ca_certs"))
    if address.get("ssl_cert_reqs") == "none":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
