"""Uploads in pieces: no byte is acknowledged before it is durable, and a whole file is a run like any other."""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import os
import time
from io import BufferedRandom
from pathlib import Path

from ulid import ULID

from ingest.sources.upload import check_upload, queued_run
from inventory_api.domain.errors import Conflict, PayloadTooLarge, UnknownUpload
from inventory_api.domain.ports import FeedUpload, PartialUpload
from inventory_api.storage.durable import fsync
from inventory_api.storage.sql.engine import Database

KEPT = dt.timedelta(hours=24)
"""After its last byte an upload waits this long to be continued."""

SAVE_BYTES = 64 << 20
"""Between two bytes that are made durable within one call: what a kill in a long call costs at most."""


class ResumableUploads:
    """``domain.ports.ResumableDesk`` on a folder and SQL.

    Args:
        db: The database.
        folder: Where parts wait; on the file system of ``incoming``.
        incoming: Where whole files go.
    """

    def __init__(self, db: Database, folder: Path, incoming: Path) -> None:
        self._db = db
        self._folder = folder
        self._incoming = incoming
        folder.mkdir(parents=True, exist_ok=True)
        incoming.mkdir(parents=True, exist_ok=True)

    def create(self, upload: FeedUpload, length: int) -> PartialUpload:
        """Announce a file of so many bytes. Raises UnknownStore, UnknownSource."""
        check_upload(self._db, upload)
        new = PartialUpload(f"upl_{ULID()}", length, 0, _expiry())
        (self._folder / new.id).touch()
        fsync(self._folder)
        with self._db.write() as tx:
            tx.uploads.create(new, upload)
        return new

    def get(self, retailer_id: str, upload_id: str) -> PartialUpload:
        """How far it is. Raises UnknownUpload."""
        return self._find(retailer_id, upload_id)[0]

    def resume(self, retailer_id: str, upload_id: str, offset: int, *, checked: bool = False) -> UploadContinuation:
        """Go on at ``offset``; ``checked``: nothing counts before ``keep``.

        Raises:
            UnknownUpload: None such, or it expired.
            Conflict: Another offset is next, or another call is at it.
        """
        known, _ = self._find(retailer_id, upload_id)
        if known.run_id is not None:
            raise Conflict(f"it is whole: {known.length} bytes")
        file = self._open(upload_id)
        try:
            # Read again: whoever held the file until now has moved the offset, or finished.
            known, upload = self._find(retailer_id, upload_id)
            if known.run_id is not None or offset != known.received:
                raise Conflict(f"the next byte is {known.received}, not {offset}")
            # What a crash left behind the last durable byte was never acknowledged.
            file.truncate(known.received)
            file.seek(known.received)
        except BaseException:
            file.close()
            raise
        return UploadContinuation(self._db, file, self._incoming, known, upload, checked=checked)

    def remove(self, retailer_id: str, upload_id: str) -> None:
        """Forget it; a run that it became stays. Raises UnknownUpload."""
        self._find(retailer_id, upload_id)
        with self._db.write() as tx:
            tx.uploads.delete(upload_id)
        (self._folder / upload_id).unlink(missing_ok=True)

    def sweep(self, *, older_than_s: float) -> None:
        """Forget expired uploads, and files of this age that no upload has."""
        with self._db.write() as tx:
            tx.uploads.delete_expired(dt.datetime.now(dt.UTC))
            known = tx.uploads.all_ids()
        horizon = time.time() - older_than_s
        for path in self._folder.iterdir():
            if path.name not in known and path.stat().st_mtime < horizon:
                path.unlink(missing_ok=True)

    def _find(self, retailer_id: str, upload_id: str) -> tuple[PartialUpload, FeedUpload]:
        with self._db.read() as tx:
            return tx.uploads.get(retailer_id, upload_id, dt.datetime.now(dt.UTC))

    def _open(self, upload_id: str) -> BufferedRandom:
        """Open its part for this call alone; the lock goes with the file, however this process ends."""
        try:
            file = (self._folder / upload_id).open("r+b")
        except FileNotFoundError as error:
            raise UnknownUpload(upload_id) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise Conflict("another call is sending bytes of this upload") from error
        return file


class UploadContinuation:
    """More bytes of one upload; holds its file until ``keep`` or ``discard``."""

    def __init__(
        self,
        db: Database,
        file: BufferedRandom,
        incoming: Path,
        known: PartialUpload,
        upload: FeedUpload,
        *,
        checked: bool,
    ) -> None:
        self._db = db
        self._file = file
        self._incoming = incoming
        self._known = known
        self._upload = upload
        self._checked = checked
        self._at = known.received

    def write(self, chunk: bytes) -> None:
        """Append; now and then what arrived is made durable. Raises PayloadTooLarge."""
        if self._at + len(chunk) > self._known.length:
            raise PayloadTooLarge(f"{self._known.length} bytes were announced, more are sent")
        self._file.write(chunk)
        self._at += len(chunk)
        # The last byte counts in the transaction that makes the run: a client that hears of it sends nothing more.
        if not self._checked and self._at - self._known.received >= SAVE_BYTES and self._at < self._known.length:
            self._save()

    def keep(self) -> PartialUpload:
        """Make durable what arrived; the whole file becomes a run. Raises UnknownUpload where it was removed."""
        with self._file:
            if self._at < self._known.length:
                self._save()
            else:
                self._finish()
        return self._known

    def discard(self) -> None:
        """Forget what arrived since the last durable byte."""
        with self._file:
            self._file.truncate(self._known.received)

    def _save(self) -> None:
        self._sync()
        with self._db.write() as tx:
            self._known = tx.uploads.advance(self._known, self._at, _expiry())

    def _finish(self) -> None:
        """A second name for the file, then its row: killed between them, the part is still there to finish."""
        self._sync()
        profile = check_upload(self._db, self._upload)
        self._file.seek(0)
        digest = hashlib.file_digest(self._file, "sha256").hexdigest()
        part = Path(self._file.name)
        path = self._incoming / f"run_{ULID()}"
        os.link(part, path)
        fsync(self._incoming)
        run = queued_run(self._upload, path, profile=profile, sha256=digest, size=self._known.length)
        with self._db.write() as tx:
            tx.runs.create(run)
            self._known = tx.uploads.finish(self._known, run.id)
        part.unlink(missing_ok=True)

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())


def _expiry() -> dt.datetime:
    return dt.datetime.now(dt.UTC) + KEPT
