"""A program whose children work on an installation and kill themselves at a chosen moment.

Started once: it imports everything, then forks a child a request (a fork costs milliseconds, an import of
all this a second). Requests and answers are a line of JSON each. The product has no hooks for it: what a
child counts are the statements and commits that SQLAlchemy tells of, the commands that redis-py sends, the
replies it reads, and the calls by which files become durable or get their name.

Every request names ``act``, ``data_dir``, ``redis_url`` and ``kill_at`` (0: never). The answer is
``{"killed": true}``, or ``{"ticks": [label, ...]}`` with what was counted.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import redis
from redis.connection import AbstractConnection
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from ingest.publish.rebuild import fold_log
from ingest.publish.roster import Roster
from ingest.publish.stock import StockPublisher
from ingest.sources.changes import ChangeDesk
from ingest.sources.upload import UploadDesk
from ingest.worker import Surroundings, Worker
from inventory_api.cli.directory import DirectoryLoader
from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.ports import Alert, FeedUpload, StockChange
from inventory_api.lookup.directory import Directory
from inventory_api.notify.notifier import Notifier
from inventory_api.notify.opt_outs import OptOutRegister
from inventory_api.notify.subscribers import Subscribers
from inventory_api.storage.index.connection import Multiplexed, client_of, connect
from inventory_api.storage.index.opt_outs import RedisOptOutJournal
from inventory_api.storage.index.reader import RedisIndexReader
from inventory_api.storage.segments import SegmentStore
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.vault import Vault

LEASE_S = 1.0
Request = dict[str, Any]


class Clockwork:
    """Counts what the main thread does, and kills this process at one tick of it."""

    def __init__(self, kill_at: int) -> None:
        self.labels: list[str] = []
        self._kill_at = kill_at

    def tick(self, label: str) -> None:
        """Count; the process may end here."""
        if threading.current_thread() is not threading.main_thread():
            return
        self.labels.append(label)
        if len(self.labels) == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def wire(self) -> None:
        """Listen to everything that leaves this process."""
        event.listen(
            Engine, "before_cursor_execute", lambda _c, _r, statement, *_: self.tick(f"sql {_head(statement)}")
        )
        event.listen(Engine, "commit", lambda _: self.tick("commit"))
        event.listen(Pool, "checkin", lambda *_: self.tick("committed"))
        for module, name in ((os, "fsync"), (os, "replace"), (os, "rename"), (os, "unlink")):
            self._surround(module, name, name)
        self._surround(pq.ParquetWriter, "write_table", "parquet")
        self._surround(AbstractConnection, "send_packed_command", "redis", after=True)
        for kind in (redis.Connection, redis.UnixDomainSocketConnection):
            self._surround(kind, "read_response", "reply")

    def _surround(self, owner: Any, name: str, label: str, *, after: bool = False) -> None:
        """Tick before a call, and behind it where what was sent is then no longer ours to hold back."""
        original = getattr(owner, name)

        def ticking(*args: Any, **kwargs: Any) -> Any:
            self.tick(f"{label} {_command(args)}" if after else label)
            result = original(*args, **kwargs)
            if after:
                self.tick(f"{label} sent")
            return result

        setattr(owner, name, ticking)


def _head(statement: str) -> str:
    return " ".join(statement.split()[:3])


def _command(args: tuple[Any, ...]) -> str:
    packed = args[1] if isinstance(args[1], bytes) else b"".join(args[1][:1])
    words = packed.split(b"\r\n", 5)
    return " ".join(word.decode(errors="replace") for word in words[2:5:2] if len(word) < 20)


class Here:
    """The installation of a request, as a process that just started sees it."""

    def __init__(self, request: Request) -> None:
        self.data_dir = Path(request["data_dir"])
        self.redis_url = request["redis_url"]
        self.db = Database(f"sqlite:///{self.data_dir / 'inventory.sqlite'}")
        self.segments = SegmentStore(self.data_dir / "segments")

    def connect(self) -> redis.Redis:
        return connect(self.redis_url, timeout_s=5)

    def publisher(self) -> StockPublisher:
        return StockPublisher(self.db, self.segments, self.connect(), Roster())

    def sweep(self) -> None:
        """As the worker's second thread does, but in the first, so that it is counted."""
        with self.db.read() as tx:
            lagging = tx.deltas.lagging()
        for retailer_id in lagging:
            self.publisher().publish_deltas(retailer_id)

    def work(self) -> None:
        """What a worker does until nothing waits."""
        around = Surroundings(self.db, self.segments, self.connect, self.data_dir, LEASE_S)
        worker = Worker(around, lambda *_: None)
        for _ in range(100):
            if not worker.step():
                break
        else:
            raise AssertionError("the worker never came to rest")
        self.sweep()


class MarksFirst(StockPublisher):
    """The usual mistake, kept to show that the test would find it: SQL says published, then it is sent."""

    def publish_deltas(self, retailer_id: str) -> int:
        with self._db.write() as tx:
            before = tx.deltas.published_seq(retailer_id)
            rows, last = tx.deltas.after(retailer_id, before)
            columns = self._roster.of(tx, retailer_id)
            tx.deltas.set_published_seq(retailer_id, last)
        self.writer.merge(rows.take(rows.key.argsort(kind="stable")), columns.place)
        return len(rows)


def work(here: Here, _: Request) -> None:
    here.work()


def patch(here: Here, request: Request) -> None:
    desk = ChangeDesk(here.db, here.publisher)
    desk.apply("acme", [_change(item) for item in request["items"]])


def patch_marking_first(here: Here, request: Request) -> None:
    def publisher() -> StockPublisher:
        return MarksFirst(here.db, here.segments, here.connect(), Roster())

    ChangeDesk(here.db, publisher).apply("acme", [_change(item) for item in request["items"]])


def upload(here: Here, request: Request) -> None:
    reception = UploadDesk(here.db, here.data_dir / "incoming").receive()
    reception.write(request["text"].encode())
    as_of = dt.datetime.fromisoformat(request["as_of"])
    reception.accept(FeedUpload("acme", FeedKind(request["kind"]), FeedMode(request["mode"]), as_of=as_of))


def fold(here: Here, request: Request) -> None:
    fold_log(here.db, here.segments, "acme", request["name"])


class Paper:
    """A provider that is a file: what stands in it was handed over."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "texts"

    async def send(self, phone: str, alert: Alert) -> None:
        with self._path.open("a") as paper:
            paper.write(f"{phone} {alert.store.store_code}\n")
            paper.flush()
            os.fsync(paper.fileno())


def look(here: Here, request: Request) -> None:
    """Look at all watches that are due at a time, as a worker's notifier does."""
    directory = Directory()
    notifier = Notifier(
        here.db,
        lambda: _index(here),
        directory,
        DirectoryLoader(here.db, directory).refresh,
        Subscribers(b"s" * 32, Vault(bytes(32))),
        OptOutRegister(here.db, RedisOptOutJournal(client_of(here.redis_url, timeout_s=5))),
        Paper(here.data_dir),
        now=lambda: dt.datetime.fromisoformat(request["now"]),
    )

    async def rounds() -> None:
        async with _index(here) as index:
            while await notifier.step(index):
                pass

    asyncio.run(rounds())


@asynccontextmanager
async def _index(here: Here) -> AsyncIterator[RedisIndexReader]:
    connection = Multiplexed(here.redis_url, timeout_s=5)
    try:
        yield RedisIndexReader(connection)
    finally:
        await connection.aclose()


ACTS: dict[str, Callable[[Here, Request], None]] = {
    function.__name__: function for function in (work, patch, patch_marking_first, upload, fold, look)
}


def _change(item: dict[str, Any]) -> StockChange:
    return StockChange(**item | {"observed_at": dt.datetime.fromisoformat(item["observed_at"])})


def _live(request: Request, answer: int) -> None:
    """The life of a child; it never returns."""
    try:
        clockwork = Clockwork(request["kill_at"])
        here = Here(request)
        clockwork.wire()
        ACTS[request["act"]](here, request)
        os.write(answer, json.dumps({"ticks": clockwork.labels}).encode())
        code = 0
    except BaseException:
        os.write(answer, json.dumps({"error": traceback.format_exc()}).encode())
        code = 1
    os._exit(code)


def main() -> None:
    """Serve requests until standard input ends."""
    for line in sys.stdin:
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read_end)
            _live(json.loads(line), write_end)
        os.close(write_end)
        with os.fdopen(read_end, "rb") as pipe:
            said = b"".join(itertools.takewhile(bool, iter(lambda: pipe.read(1 << 16), None)))
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print(json.dumps({"killed": True}) if killed else said.decode(), flush=True)


if __name__ == "__main__":
    main()
