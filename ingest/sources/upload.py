"""Uploaded files: on disk and in SQL before anybody is told that we have them."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ulid import ULID

from ingest.notice_log import empty_log, read_log
from ingest.sources.incoming import IncomingFile
from inventory_api.domain.errors import Conflict, FeedRejected, InvalidInput, NotFound, UnknownStore
from inventory_api.domain.feed import FINAL, FeedRun, RunStage, RunStatus
from inventory_api.domain.ports import FeedUpload
from inventory_api.storage.durable import fsync
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.sources import PROFILE

BEYOND_REPAIR = frozenset({"empty_feed", "truncated", "archive_bomb", "archive_unreadable", "xml_dtd_forbidden"})
"""What is wrong with the file's own bytes: no profile, feed or release that came since can mend it."""


class UploadDesk:
    """``domain.ports.FeedDesk`` on a directory and SQL."""

    def __init__(self, db: Database, incoming: Path) -> None:
        self._db = db
        self._incoming = incoming
        incoming.mkdir(parents=True, exist_ok=True)

    def receive(self) -> UploadReception:
        """Begin an upload."""
        return UploadReception(self._db, self._incoming)

    def get_run(self, retailer_id: str, run_id: str) -> FeedRun:
        """One run of this retailer. Raises UnknownRun."""
        with self._db.read() as tx:
            return tx.runs.get(retailer_id, run_id)

    def list_runs(self, retailer_id: str, *, limit: int, before: str | None = None) -> list[FeedRun]:
        """Runs of this retailer, newest first."""
        with self._db.read() as tx:
            return tx.runs.list(retailer_id, limit, before)

    def history(self, run: FeedRun, *, limit: int) -> list[FeedRun]:
        """This run and the published ones of its scope before it, newest first."""
        with self._db.read() as tx:
            return [run, *tx.runs.published_before(run, limit - 1)]

    def read_notices(self, run: FeedRun) -> Iterator[bytes]:
        """Every notice of the run as CSV. Raises NotFound."""
        if run.notice_log is None:
            if run.notices:
                raise NotFound(f"all notices of {run.id}: none were kept, only samples")
            return iter((empty_log(),))
        if not Path(run.notice_log).exists():
            raise NotFound(f"all notices of {run.id}: they were deleted after 90 days")
        return read_log(Path(run.notice_log))

    def approve(self, retailer_id: str, run_id: str) -> FeedRun:
        """Queue a run again that waits for it. Raises UnknownRun, Conflict."""
        with self._db.write() as tx:
            run = tx.runs.get(retailer_id, run_id)
            is_held = run.status in (RunStatus.PUBLISHED, RunStatus.UNCHANGED) and bool(run.held_stores)
            if is_held:
                last = tx.runs.last_published(retailer_id, run.kind, run.store_code)
                is_held = last is not None and last.id == run.id
            if not (is_held or run.status is RunStatus.QUARANTINED) or not tx.runs.requeue(run):
                raise Conflict(f"run {run_id} is {run.status}: nothing of it waits for approval")
            return tx.runs.get(retailer_id, run_id)

    def reject(self, retailer_id: str, run_id: str) -> FeedRun:
        """End a quarantined run. Raises UnknownRun, Conflict."""
        with self._db.write() as tx:
            run = tx.runs.get(retailer_id, run_id)
            if run.status is not RunStatus.QUARANTINED or not tx.runs.close(run, RunStatus.REJECTED, run.notices):
                raise Conflict(f"run {run_id} is {run.status}, not quarantined")
            return tx.runs.get(retailer_id, run_id)

    def replay(self, retailer_id: str, run_id: str) -> FeedRun:
        """Queue a new run over the kept file of an old one. Raises UnknownRun, Conflict, FeedRejected."""
        old = self.get_run(retailer_id, run_id)
        for notice in old.notices if old.status is RunStatus.REJECTED else ():
            if notice["code"] in BEYOND_REPAIR:
                raise FeedRejected(notice["code"], f"the file of run {run_id} was refused. {notice['hint']}")
        if old.status not in FINAL or old.dry_run or not old.path:
            what = "a dry run" if old.dry_run else old.status
            raise Conflict(f"run {run_id} is {what}: only one that brought a file and has ended is replayed")
        new_id = f"run_{ULID()}"
        path = self._incoming / new_id
        try:
            # A name of its own, so that the old one's end is not this one's; touched first, lest it look abandoned.
            os.utime(old.path)
            os.link(old.path, path)
        except FileNotFoundError:
            raise Conflict(f"the file of run {run_id} is no longer kept") from None
        fsync(self._incoming)
        run = FeedRun(
            id=new_id,
            retailer_id=retailer_id,
            kind=old.kind,
            mode=old.mode,
            status=RunStatus.QUEUED,
            stage=RunStage.RECEIVED,
            received_at=dt.datetime.now(dt.UTC),
            as_of=old.as_of,
            path=str(path.absolute()),
            sha256=old.sha256,
            bytes=old.bytes,
            store_code=old.store_code,
            content_type=old.content_type,
            source_id=old.source_id,
            profile=old.profile,
            sequence=old.sequence,
            replay_of=old.id,
        )
        with self._db.write() as tx:
            tx.runs.create(run)
        return run

    def sweep(self, *, older_than_s: float, versions: int) -> None:
        """Delete files that nobody may ask for any more.

        Args:
            older_than_s: A file that no run names is deleted after this long: it is no upload in progress.
            versions: Of each scope the files of so many of the newest versions are kept for a replay.
        """
        horizon = time.time() - older_than_s
        # Listed first: whatever is named in SQL afterwards was needed when it was listed, or came after.
        files = {path.name: path for path in self._incoming.iterdir()}
        with self._db.read() as tx:
            needed, known = tx.runs.needed_ids(versions), tx.runs.known_ids(list(files))
        for name in files.keys() - needed:
            if name in known or _changed_at(files[name]) < horizon:
                files[name].unlink(missing_ok=True)


class UploadReception:
    """One uploaded file on its way in."""

    def __init__(self, db: Database, incoming: Path) -> None:
        self._db = db
        self._file = IncomingFile(incoming)

    def write(self, chunk: bytes) -> None:
        """Append to the temporary file."""
        self._file.write(chunk)

    def accept(self, upload: FeedUpload) -> FeedRun:
        """File first (fsync, rename, fsync of the folder), then the row: a run never names bytes we lack.

        Raises:
            UnknownRetailer: No such retailer.
            UnknownStore: ``store_code`` names none of its stores.
            UnknownSource: ``source_id`` names none of its sources.
            InvalidInput: The source is of another kind of feed, or of another store.
        """
        is_created = False
        try:
            profile = check_upload(self._db, upload)
            digest, size = self._file.digest.hex(), self._file.bytes
            run = queued_run(upload, self._file.path, profile=profile, sha256=digest, size=size)
            self._file.settle()
            with self._db.write() as tx:
                tx.runs.create(run)
                is_created = True
        except BaseException:
            self.abandon()
            # A commit whose answer was lost may have happened: then the run needs its bytes.
            if not is_created:
                self._file.path.unlink(missing_ok=True)
            raise
        return run

    def abandon(self) -> None:
        """Forget the file."""
        self._file.abandon()


def queued_run(upload: FeedUpload, path: Path, *, profile: dict[str, Any] | None, sha256: str, size: int) -> FeedRun:
    """The run of a file that is whole, and durable under the run's id as its name."""
    now = dt.datetime.now(dt.UTC)
    return FeedRun(
        id=path.name,
        retailer_id=upload.retailer_id,
        kind=upload.kind,
        mode=upload.mode,
        status=RunStatus.QUEUED,
        stage=RunStage.RECEIVED,
        received_at=now,
        as_of=upload.as_of or now,
        path=str(path.absolute()),
        sha256=sha256,
        bytes=size,
        store_code=upload.store_code,
        content_type=upload.content_type,
        dry_run=upload.dry_run,
        source_id=upload.source_id,
        sequence=upload.sequence,
        profile=profile,
    )


def check_upload(db: Database, upload: FeedUpload) -> dict[str, Any] | None:
    """Make sure that what an upload names is there.

    Returns:
        The profile of its source as JSON, None where it names no source.

    Raises:
        UnknownRetailer: No such retailer.
        UnknownStore: ``store_code`` names none of its stores.
        UnknownSource: ``source_id`` names none of its sources.
        InvalidInput: The source is of another kind of feed, or of another store.
    """
    with db.read() as tx:
        tx.retailers.get(upload.retailer_id)
        if upload.store_code is not None and not tx.stores.by_codes(upload.retailer_id, [upload.store_code]):
            raise UnknownStore(upload.store_code, parameter="store_code")
        if upload.source_id is None:
            return None
        source = tx.sources.get(upload.retailer_id, upload.source_id)
    if (source.kind, source.store_code) != (upload.kind, upload.store_code):
        scope = f"{source.kind} feeds" + (f" with store_code={source.store_code}" if source.store_code else "")
        raise InvalidInput(f"source {source.id!r} is of {scope}", parameter="source")
    return PROFILE.dump_python(source.profile, mode="json", exclude_defaults=True)  # type: ignore[no-any-return]


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()
