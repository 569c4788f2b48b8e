"""The end of a process at a chosen effect, without hooks in the product: what a worker is handed trips a wire.

A worker reaches the world in three ways only, its database, its segment files and its Redis connections;
each is handed to it wrapped. A wire counts these effects and fires at the n-th of a kind. Once dead, nothing
of that worker reaches the world any more, whatever its ``finally`` blocks try.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import redis
from numpy.typing import NDArray

from inventory_api.domain.stock import StockTable
from inventory_api.storage.index.connection import connect
from inventory_api.storage.segments import SegmentStore
from inventory_api.storage.sql.engine import Database, Transaction

KINDS = ("begin", "commit", "committed", "bucket", "written", "send", "sent", "part")
"""Before a write transaction; in it, before its end; after it. Before a bucket of a segment; after its last.
Before a packet to Redis; after all of its replies; after half of its commands."""


class Killed(BaseException):
    """``kill -9``, as far as the code under test can see."""


class Wire:
    """Fires once, at the n-th effect of a kind (counted from 0)."""

    def __init__(self) -> None:
        self.seen = dict.fromkeys(KINDS, 0)
        self.is_dead = False
        self.in_transaction = False
        self._armed: tuple[str, int, Callable[[], None]] | None = None

    def kill_at(self, kind: str, number: int) -> None:
        """Die there."""
        self._arm(kind, number, self._die)

    def call_at(self, kind: str, number: int, action: Callable[[], None]) -> None:
        """Let something else happen there, or raise; not where half of an effect is done."""
        assert kind not in ("sent", "part")
        self._arm(kind, number, action)

    def _arm(self, kind: str, number: int, action: Callable[[], None]) -> None:
        assert kind in KINDS
        self.seen = dict.fromkeys(KINDS, 0)
        self._armed = (kind, number, action)

    def disarm(self) -> bool:
        """Fire no more; returns whether it has fired."""
        fired, self._armed = self._armed is None, None
        return fired

    def trip(self, kind: str) -> None:
        """Count an effect of the worker, which ends here if the wire says so."""
        if self.is_dead:
            raise Killed
        number = self.seen[kind]
        self.seen[kind] += 1
        if self._armed is not None and self._armed[:2] == (kind, number):
            action, self._armed = self._armed[2], None
            action()

    def is_next(self, kind: str) -> bool:
        """Whether the next effect of this kind fires."""
        return self._armed is not None and self._armed[:2] == (kind, self.seen[kind])

    def _die(self) -> None:
        self.is_dead = True
        raise Killed


class WiredDatabase(Database):
    """A database whose write transactions trip a wire."""

    def __init__(self, url: str, wire: Wire) -> None:
        super().__init__(url)
        self._wire = wire

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        self._wire.trip("begin")
        with super().write() as transaction:
            self._wire.in_transaction = True
            try:
                yield transaction
                self._wire.trip("commit")
            finally:
                self._wire.in_transaction = False
        self._wire.trip("committed")

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        if self._wire.is_dead:
            raise Killed
        with super().read() as transaction:
            yield transaction


class WiredSegments(SegmentStore):
    """Segments that trip a wire while they are written."""

    def __init__(self, root: Path, wire: Wire) -> None:
        super().__init__(root)
        self._wire = wire

    def write(self, name: str, buckets: Iterable[StockTable], snapshots: NDArray[np.uint32]) -> int:
        def tripping() -> Iterator[StockTable]:
            for table in buckets:
                self._wire.trip("bucket")
                yield table

        records = super().write(name, tripping(), snapshots)
        self._wire.trip("written")
        return records


def wired_client(url: str, wire: Wire, *, timeout_s: float) -> redis.Redis:
    """A client every packet of which trips a wire. The lock's heartbeat does not: there are hundreds of it."""
    client = connect(url, timeout_s=timeout_s)
    pool = client.connection_pool
    pool.disconnect()
    pool.reset()
    original: Any = pool.connection_class

    class WiredConnection(original):  # type: ignore[misc]  # unix or tcp, as the URL says
        def send_packed_command(self, command: Any, check_health: bool = True) -> None:
            packet = [command] if isinstance(command, (str, bytes)) else list(command)
            if wire.is_dead:
                if any(b"UNWATCH" in part for part in packet):
                    # A pipeline that is cleared away asks this, which in a process that was killed none is.
                    raise redis.ConnectionError
                raise Killed
            if any(b"EVALSHA" in part for part in packet):
                super().send_packed_command(packet, check_health)
                return
            wire.trip("send")
            if wire.is_next("part"):
                self._send_and_wait(packet[: len(packet) // 2])
            wire.trip("part")
            if wire.is_next("sent"):
                self._send_and_wait(packet)
                wire.trip("sent")
                return
            wire.trip("sent")
            super().send_packed_command(packet, check_health)

        def _send_and_wait(self, packet: list[bytes]) -> None:
            """What was sent has happened before the sender ends, or a test would not be deterministic."""
            if packet:
                super().send_packed_command(packet, False)
            for _ in packet:
                with contextlib.suppress(redis.ResponseError):
                    self.read_response()

    pool.connection_class = WiredConnection
    return client
