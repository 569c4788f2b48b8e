"""Uploaded files: on disk and in SQL before anybody is told that we have them."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.notice_log import empty_log, read_log
from ingest.sources.incoming import IncomingFile
from inventory_api.domain.errors import NotFound, UnknownStore
from inventory_api.domain.feed import FeedRun, RunStage, RunStatus
from inventory_api.domain.ports import FeedUpload
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.sources import PROFILE


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

    def sweep(self, *, older_than_s: float) -> None:
        """Delete files that no run names and that are old enough to be no upload in progress."""
        horizon = time.time() - older_than_s
        old = []
        for path in self._incoming.iterdir():
            # Files are renamed and taken away while we look.
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < horizon:
                    old.append(path)
        with self._db.read() as tx:
            known = tx.runs.known_ids([path.name for path in old])
        for path in old:
            if path.name not in known:
                path.unlink(missing_ok=True)


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
        as_of=min(upload.as_of, now) if upload.as_of else now,
        path=str(path.absolute()),
        sha256=sha256,
        bytes=size,
        store_code=upload.store_code,
        content_type=upload.content_type,
        dry_run=upload.dry_run,
        source_id=upload.source_id,
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
    """
    with db.read() as tx:
        tx.retailers.get(upload.retailer_id)
        if upload.store_code is not None and not tx.stores.by_codes(upload.retailer_id, [upload.store_code]):
            raise UnknownStore(upload.store_code, parameter="store_code")
        if upload.source_id is None:
            return None
        source = tx.sources.get(upload.retailer_id, upload.source_id)
    return PROFILE.dump_python(source.profile, mode="json", exclude_defaults=True)  # type: ignore[no-any-return]
