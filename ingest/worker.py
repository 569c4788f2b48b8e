"""Claims waiting runs, takes them to their end, and publishes what a crash left between.

A worker may be killed at any point: its lease runs out, another takes the run under a higher fence and
goes on from the last durable step.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from ingest.geocode.addresses import AddressBook
from ingest.housekeeping import Housekeeper
from ingest.pipeline import Pipeline, Progress
from ingest.publish.rebuild import Rebuilder
from ingest.publish.roster import Roster
from ingest.publish.search import SearchPublisher
from ingest.publish.stock import StockPublisher
from inventory_api.domain.errors import Unavailable
from inventory_api.domain.feed import FeedRun, RunStage, RunStatus
from inventory_api.storage.geocoder.geocoder import Geocoder
from inventory_api.storage.index.pulse import Pulse
from inventory_api.storage.segments import SegmentStore
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.runs import LeaseLost

logger = logging.getLogger(__name__)

IDLE_S = 0.1
SWEEP_S = 0.5
OUTAGE_S = 1.0
BEAT_S = LOOK_S = 1.0
CLOCKS_APART_S = 5
"""How far the clocks of two processes may differ, and a publication may take to be recorded."""

MAX_FAULTS = 3
MAX_CRASHES = 10
"""A run that was claimed this often and never got past its first stage takes workers down with it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a worker works on."""

    db: Database
    segments: SegmentStore
    connect: Callable[[], redis.Redis]
    data_dir: Path
    lease_s: float = 10.0
    fold_rows: int = 200_000
    kept_versions: int = 10
    kept_visits: int = 50
    book: AddressBook | None = None
    geocoder: Geocoder | None = None
    beside: Sequence[Callable[[threading.Event], None]] = ()
    """Loops of other work, each in a thread of its own until it is told to stop."""


class _Stopped(Exception):
    """We were told to stop while a run, or a rebuild, was in hand."""


class Worker:
    """One worker: the runs in the calling thread; sweeper, product search and fetching from sources beside it."""

    def __init__(self, around: Surroundings, progress: Progress) -> None:
        self._around = around
        self._progress = progress
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._db = around.db
        roster = Roster()
        self._publisher = StockPublisher(around.db, around.segments, around.connect(), roster)
        self._rebuilder = Rebuilder(around.db, around.segments, self._publisher, roster)
        self._search = SearchPublisher(around.db, around.data_dir / "search")
        work_dir = around.data_dir / "work"
        self._pipeline = Pipeline(
            around.db, around.segments, self._publisher, roster, self._search, work_dir, around.book, around.geocoder
        )
        self._pulse = Pulse(self._publisher.client)
        self._looked_at = -LOOK_S
        self._housekeeper = Housekeeper(
            around.db,
            around.segments,
            around.data_dir,
            lambda: self._publisher,
            fold_rows=around.fold_rows,
            kept_versions=around.kept_versions,
            kept_visits=around.kept_visits,
        )
        self._stop: threading.Event | None = None

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; a run in hand is given back at its next block or bucket."""
        self._stop = stop
        with self._beside(stop):
            while not stop.is_set():
                try:
                    busy = self.step()
                except _Stopped:
                    break
                except (redis.RedisError, Unavailable) as error:
                    logger.warning("waiting for redis or sql: %s", error)
                    busy = False
                    self._wait_for_redis(stop)
                if not busy:
                    stop.wait(IDLE_S)

    def step(self) -> bool:
        """Do the next thing there is to do; False where there was nothing."""
        if self._look_after_index():
            return True
        with self._db.write() as tx:
            run = tx.runs.claim(self._name, _now(), self._around.lease_s)
        if run is not None:
            self._take(run)
            return True
        self._housekeeper.tidy()
        return False

    def _look_after_index(self) -> bool:
        """Rebuild an index that is gone; make good what a server that came back may have lost."""
        if self._rebuilder.ensure_complete(lambda done, all_: self._tell("rebuilding", done, all_)):
            self._pulse.remember()
            return True
        if time.monotonic() - self._looked_at < LOOK_S:
            return False
        self._looked_at = time.monotonic()
        if self._pulse.is_known():
            return False
        since = dt.datetime.fromtimestamp(max(0, self._pulse.last_beat() - CLOCKS_APART_S), dt.UTC)
        logger.warning("the server was started again; what was published since %s is sent again", since)
        self._rebuilder.recover(since, lambda done, all_: self._tell("recovering", done, all_))
        self._pulse.remember()
        return True

    def _take(self, run: FeedRun) -> None:
        logger.info("run %s: %s %s of %s, attempt %d", run.id, run.mode, run.kind, run.retailer_id, run.attempts)
        try:
            with self._leased(run):
                self._work_on(run)
        except LeaseLost:
            logger.warning("run %s is another worker's now", run.id)

    def _work_on(self, run: FeedRun) -> None:
        if run.attempts > MAX_CRASHES and run.stage is RunStage.RECEIVED:
            self._give_up(run, "the worker was lost again and again while reading it")
            return
        try:
            self._pipeline.run(run, self._tell)
        except LeaseLost:
            raise
        except _Stopped:
            self._release(run, is_attempt=False)
            raise
        except Exception as error:
            if _is_outage(error):
                logger.warning("run %s waits for redis or sql: %s", run.id, error)
                self._release(run, is_attempt=False)
                raise
            logger.exception("run %s met a fault of ours", run.id)
            if run.attempts >= MAX_FAULTS:
                self._give_up(run, f"{type(error).__name__}: {error}")
            else:
                self._release(run, is_attempt=True)

    def _tell(self, stage: str, done: int, all_: int) -> None:
        """Pass progress on. Every stage may end here: what is durable stays, the rest is done again."""
        if self._stop is not None and self._stop.is_set():
            raise _Stopped
        self._progress(stage, done, all_)

    def _wait_for_redis(self, stop: threading.Event) -> None:
        stop.wait(OUTAGE_S)
        # A server that came back from elsewhere may lack our functions, and every call would fail for ever.
        with contextlib.suppress(redis.RedisError):
            self._publisher.writer.load_functions()

    def _release(self, run: FeedRun, *, is_attempt: bool) -> None:
        try:
            with self._db.write() as tx:
                tx.runs.release(run, is_attempt=is_attempt)
        except (LeaseLost, Unavailable) as error:
            logger.warning("run %s could not be given back, its lease will run out: %s", run.id, error)

    def _give_up(self, run: FeedRun, fault: str) -> None:
        if run.stage is RunStage.SEGMENTED:
            # Part of it is in the index already, and the next feed is compared with what was published before.
            self._rebuilder.rebuild(lambda done, all_: self._tell("rebuilding", done, all_))
        run.status, run.fault = RunStatus.FAILED, fault
        with self._db.write() as tx:
            tx.runs.save(run)
            tx.runs.forget_pending(run.retailer_id)

    @contextmanager
    def _leased(self, run: FeedRun) -> Iterator[None]:
        """Renew the lease until the block ends."""
        done = threading.Event()

        def renew() -> None:
            while not done.wait(self._around.lease_s / 3):
                try:
                    with self._db.write() as tx:
                        if not tx.runs.renew(run.id, run.fence, _now(), self._around.lease_s):
                            return
                except Unavailable as error:
                    logger.warning("lease of %s not renewed: %s", run.id, error)

        thread = threading.Thread(target=renew, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    @contextmanager
    def _beside(self, stop: threading.Event) -> Iterator[None]:
        """All that goes on beside the runs, each loop in a thread of its own."""
        loops = (self._sweep, self._search.follow, *self._around.beside)
        threads = [threading.Thread(target=loop, args=(stop,), name=loop.__qualname__) for loop in loops]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _sweep(self, stop: threading.Event) -> None:
        """Publish what was committed and not published, over a connection of its own."""
        publisher: StockPublisher | None = None
        beat_at = 0.0
        while not stop.wait(SWEEP_S):
            try:
                if publisher is None:
                    around = self._around
                    publisher = StockPublisher(around.db, around.segments, around.connect(), Roster())
                if time.monotonic() - beat_at >= BEAT_S:
                    beat_at = time.monotonic()
                    Pulse(publisher.client).beat(int(time.time()))
                with self._db.read() as tx:
                    lagging = tx.deltas.lagging()
                for retailer_id in lagging:
                    publisher.publish_deltas(retailer_id)
            except (redis.RedisError, Unavailable) as error:
                logger.warning("sweeper waits: %s", error)
                publisher = None
            except Exception:
                logger.exception("sweeper met a fault of ours")
                publisher = None


_PASSING = ("OOM", "BUSY", "MISCONF", "TRYAGAIN", "NOREPLICAS", "Function not found")


def _is_outage(error: Exception) -> bool:
    """Whether to wait and try again. Other error replies of Redis are faults of ours: the run would fail for ever."""
    if isinstance(error, redis.ResponseError):
        passing = (redis.exceptions.OutOfMemoryError, redis.exceptions.ReadOnlyError)
        return isinstance(error, passing) or str(error).startswith(_PASSING)
    return isinstance(error, (redis.RedisError, Unavailable))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
