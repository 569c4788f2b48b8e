"""Pull: whatever source is due is visited, and every visit leaves a run that says what came of it.

Nothing is published here. A file is kept first, durable under its run's name; then one transaction writes the run
and what the visit leaves behind, and only where the lease still holds. Killed in between, nothing has happened:
the lease runs out, the source is visited again, and the file that no run names is swept away.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from ingest.notices import NoticeBook, Severity
from ingest.outbound import Outbound
from ingest.sources import folder, https, s3, sftp
from ingest.sources.folder import Folders
from ingest.sources.incoming import IncomingFile
from ingest.sources.moment import RECEIVED, moment_of
from ingest.sources.visit import Arrival, FetchFailed, Limits, Visit
from inventory_api.domain.errors import Unavailable
from inventory_api.domain.feed import FeedRun, RunStage, RunStatus
from inventory_api.domain.source import FeedSource, Protocol
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.sources import PROFILE
from inventory_api.storage.vault import Vault

logger = logging.getLogger(__name__)

FETCHERS = 4
LOOK_S = 1.0
LEASE_SLACK_S = 60.0
"""Beyond the longest fetch: what fsync and a busy database may take."""

FIRST_RETRY_S = 60.0
LONGEST_RETRY_S = 3600.0
LONGEST_PAUSE_S = 86_400.0
JITTER = 0.05
GIVE_UP_AFTER = dt.timedelta(days=7)

_FETCHERS: dict[Protocol, Callable[[Visit], Arrival]] = {
    Protocol.HTTPS: https.fetch,
    Protocol.SFTP: sftp.fetch,
    Protocol.S3: s3.fetch,
}


class _Stopped(Exception):
    """The worker ends; the source is given back."""


class Puller:
    """Visits sources that are due.

    Args:
        db: Where sources and runs are.
        incoming: The folder of incoming files; on the disk that workers share.
        vault: Opens credentials.
        outbound: The one way out.
        folders: Which folders are watched.
        limits: What one fetch may take.
    """

    def __init__(
        self,
        db: Database,
        incoming: Path,
        vault: Vault,
        outbound: Outbound,
        folders: Folders,
        limits: Limits = Limits(),  # noqa: B008
    ) -> None:
        self._db = db
        self._incoming = incoming
        self._vault = vault
        self._outbound = outbound
        self._folders = folders
        self._limits = limits
        self._stop = threading.Event()
        incoming.mkdir(parents=True, exist_ok=True)

    def run(self, stop: threading.Event) -> None:
        """Visit whatever is due, a few at a time, until told to stop; visits in hand are given back."""
        self._stop = stop
        free = threading.Semaphore(FETCHERS)

        def visit(source: FeedSource) -> None:
            try:
                self.visit(source)
            except Exception:
                logger.exception("a visit to %s of %s left no run", source.id, source.retailer_id)
            finally:
                free.release()

        with ThreadPoolExecutor(FETCHERS, thread_name_prefix="fetch") as pool:
            while not stop.is_set():
                if free.acquire(timeout=LOOK_S):
                    try:
                        source = self._claim()
                    except Exception:
                        logger.exception("sources cannot be claimed, by a fault of ours")
                        source = None
                    if source is None:
                        free.release()
                        stop.wait(LOOK_S)
                    else:
                        pool.submit(visit, source)

    def step(self) -> FeedRun | None:
        """Visit the source that is due longest; None where none is."""
        source = self._claim()
        return None if source is None else self.visit(source)

    def visit(self, source: FeedSource) -> FeedRun | None:
        """Visit a source that is claimed.

        Returns:
            The run; None where the source is no longer ours, or the worker stops.
        """
        started, until = _now(), time.monotonic() + self._limits.total_s
        file = IncomingFile(self._incoming)

        def beat() -> None:
            if self._stop.is_set():
                raise _Stopped
            if time.monotonic() > until:
                raise FetchFailed("fetch_too_slow", f"It took longer than {self._limits.total_s:.0f} s.")

        try:
            try:
                arrival = self._fetch(source, file, beat)
                run = self._arrived(source, file, arrival, started)
            except FetchFailed as failure:
                run = self._failed(source, file, failure, started)
            except (_Stopped, Unavailable):
                raise
            except Exception as fault:
                logger.exception("source %s of %s met a fault of ours", source.id, source.retailer_id)
                run = self._faulty(source, file, fault, started)
            return self._keep(source, file, run)
        except (_Stopped, Unavailable):
            self._give_back(source)
            return None
        finally:
            file.abandon()

    def _claim(self) -> FeedSource | None:
        now = _now()
        try:
            with self._db.read() as tx:
                if not tx.sources.is_any_due(now):
                    return None
            with self._db.write() as tx:
                return tx.sources.claim_due(now, self._limits.total_s + LEASE_SLACK_S)
        except Unavailable as error:
            logger.warning("sources wait for sql: %s", error)
            return None

    def _fetch(self, source: FeedSource, file: IncomingFile, beat: Callable[[], None]) -> Arrival:
        try:
            credentials = self._vault.open(source.credentials) if source.credentials else {}
        except ValueError as error:
            raise FetchFailed("fetch_denied", f"The credentials are lost: {error}.") from error
        remembered = source.state.get("visit", {})
        if source.protocol is Protocol.HTTPS and source.profile.as_of == RECEIVED:
            # Each visit is a statement of its own, be it the same: no 304 is wanted.
            remembered = {}
        visit = Visit(source.settings, credentials, source.mode, remembered, file, self._outbound, self._limits, beat)
        if source.protocol is Protocol.FOLDER:
            return folder.fetch(visit, self._folders.resolve(source.retailer_id, source.settings.get("folder", "")))
        return _FETCHERS[source.protocol](visit)

    def _arrived(self, source: FeedSource, file: IncomingFile, arrival: Arrival, started: dt.datetime) -> FeedRun:
        """The run of a visit that found its source in order; ``source`` is told what to remember."""
        state = source.state | {"visit": arrival.remember}
        state.pop("failing_since", None)
        run = self._run(source, file, started)
        if arrival.is_new:
            with self._db.read() as tx:
                retailer = tx.retailers.get(source.retailer_id)
            run.as_of = moment_of(source.profile, retailer, arrival, started)
            run.content_type = arrival.content_type
            run.sha256, run.bytes = file.digest.hex(), file.bytes
            said = {"sha256": run.sha256, "as_of": run.as_of.isoformat()}
            is_same = all(state.get(name) == value for name, value in said.items())
            state |= said
        if not arrival.is_new or is_same:
            run.status = RunStatus.UNCHANGED
            run.notices = _one_notice("unchanged", Severity.INFO, None)
            run.path, run.sha256 = "", state.get("sha256", "")
            run.as_of = dt.datetime.fromisoformat(state["as_of"]) if "as_of" in state else started
        source.state = state | {"attempted_at": started.isoformat(), "run_id": run.id}
        source.failures, source.heard_at = 0, started
        pause = source.settings["every_s"] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
        if arrival.look_again_s is not None:
            pause = min(pause, arrival.look_again_s)
        source.due_at = _now() + dt.timedelta(seconds=pause)
        return run

    def _failed(self, source: FeedSource, file: IncomingFile, failure: FetchFailed, started: dt.datetime) -> FeedRun:
        """The run of a visit that failed; ``source`` is told when to be visited again, if ever."""
        run = self._in_vain(source, file, started, failure.retry_after_s)
        run.status = RunStatus.FETCH_FAILED
        run.notices = _one_notice(failure.code, Severity.ERROR, failure.reason)
        since = source.state.setdefault("failing_since", started.isoformat())
        if started - dt.datetime.fromisoformat(since) >= GIVE_UP_AFTER:
            source.disabled = f"it failed for {GIVE_UP_AFTER.days} days, at last: {failure.reason}"
            run.notices += _one_notice("source_disabled", Severity.ERROR, None)
        return run

    def _faulty(self, source: FeedSource, file: IncomingFile, fault: Exception, started: dt.datetime) -> FeedRun:
        """The run of a visit that failed by a fault of ours, which nobody is given up for."""
        run = self._in_vain(source, file, started, 0)
        run.status, run.fault = RunStatus.FAILED, f"{type(fault).__name__}: {fault}"
        return run

    def _in_vain(self, source: FeedSource, file: IncomingFile, started: dt.datetime, asked_s: float) -> FeedRun:
        run = self._run(source, file, started)
        run.path = ""
        source.state = source.state | {"attempted_at": started.isoformat(), "run_id": run.id}
        source.failures += 1
        pause = retry_pause(source.failures, source.settings["every_s"], asked_s)
        source.due_at = _now() + dt.timedelta(seconds=pause)
        return run

    def _keep(self, source: FeedSource, file: IncomingFile, run: FeedRun) -> FeedRun | None:
        """File first, then run and source in one transaction; nothing where the lease was lost."""
        held_until, source.fetching_until = source.fetching_until, None
        if run.status is RunStatus.QUEUED:
            file.settle()
        with self._db.write() as tx:
            is_ours = tx.sources.save(source, held_until=held_until)
            if is_ours:
                tx.runs.create(run)
        if not is_ours:
            logger.warning("source %s of %s was changed while it was fetched", source.id, source.retailer_id)
            file.path.unlink(missing_ok=True)
            return None
        return run

    def _run(self, source: FeedSource, file: IncomingFile, started: dt.datetime) -> FeedRun:
        return FeedRun(
            id=file.run_id,
            retailer_id=source.retailer_id,
            kind=source.kind,
            mode=source.mode,
            status=RunStatus.QUEUED,
            stage=RunStage.RECEIVED,
            received_at=started,
            as_of=started,
            path=str(file.path),
            sha256="",
            bytes=0,
            store_code=source.store_code,
            source_id=source.id,
            profile=PROFILE.dump_python(source.profile, mode="json", exclude_defaults=True),
        )

    def _give_back(self, source: FeedSource) -> None:
        held_until = source.fetching_until
        try:
            with self._db.write() as tx:
                tx.sources.save(replace(source, fetching_until=None), held_until=held_until)
        except Unavailable as error:
            logger.warning("source %s could not be given back, its lease will run out: %s", source.id, error)


def retry_pause(failures: int, every_s: float, asked_s: float = 0) -> float:
    """Seconds until a failing source is visited again: doubling from a minute, never sooner than its server asks.

    The count is in SQL, so that a restart of the worker forgets nothing; a library that retries within a process
    has no place for it.
    """
    doubled = FIRST_RETRY_S * 2.0 ** min(failures - 1, 20)
    pause = min(doubled, max(every_s, LONGEST_RETRY_S)) * random.uniform(1, 1 + JITTER)  # noqa: S311
    return max(pause, min(asked_s, LONGEST_PAUSE_S))


def _one_notice(code: str, severity: Severity, message: str | None) -> list[dict[str, object]]:
    book = NoticeBook()
    book.add(code, severity, message=message)
    return book.report()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
