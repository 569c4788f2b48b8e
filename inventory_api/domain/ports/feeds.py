"""Where retailers' files arrive, whole or in pieces, and where they are pulled from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from inventory_api.domain.feed import FeedKind, FeedMode, FeedRun
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.source import FeedSource
from inventory_api.domain.source import Protocol as SourceProtocol


@dataclass(frozen=True, slots=True)
class FeedUpload:
    """What came with an uploaded file. ``as_of`` None: the time of receipt.

    ``source_id`` names the feed source whose profile tells how the file is read; ``sequence`` is the sender's
    own count of its versions, which goes before ``as_of``.
    """

    retailer_id: str
    kind: FeedKind
    mode: FeedMode
    store_code: str | None = None
    as_of: dt.datetime | None = None
    content_type: str | None = None
    dry_run: bool = False
    source_id: str | None = None
    sequence: int | None = None


class Reception(Protocol):
    """One file on its way in. Exactly one of ``accept`` and ``abandon`` ends it."""

    def write(self, chunk: bytes) -> None:
        """Append to the temporary file; hashed on the way."""

    def accept(self, upload: FeedUpload) -> FeedRun:
        """Make it durable (fsync, rename, SQL row) and queue it. When this returns, the file is ours to keep."""

    def abandon(self) -> None:
        """Forget it: the caller went away or sent too much."""


class FeedDesk(Protocol):
    """Where uploads arrive and runs are looked up. Synchronous."""

    def receive(self) -> Reception:
        """Begin an upload."""

    def get_run(self, retailer_id: str, run_id: str) -> FeedRun:
        """One run of this retailer.

        Raises:
            UnknownRun: No such run, or another retailer's.
        """

    def list_runs(self, retailer_id: str, *, limit: int, before: str | None = None) -> list[FeedRun]:
        """Runs of this retailer, newest first; ``before`` is the id of the last one already seen."""

    def history(self, run: FeedRun, *, limit: int) -> list[FeedRun]:
        """This run and the ones of its scope that were published before it, newest first."""

    def read_notices(self, run: FeedRun) -> Iterator[bytes]:
        """Every notice of the run as CSV, in pieces, each spreadsheet formula made harmless.

        Raises:
            NotFound: They are no longer kept, or never were.
        """

    def approve(self, retailer_id: str, run_id: str) -> FeedRun:
        """Queue a quarantined run again, past all rails; or a published one of which stores are held.

        Raises:
            UnknownRun: No such run, or another retailer's.
            Conflict: It waits for no approval.
        """

    def reject(self, retailer_id: str, run_id: str) -> FeedRun:
        """End a quarantined run as rejected. Raises UnknownRun, Conflict."""

    def replay(self, retailer_id: str, run_id: str) -> FeedRun:
        """Queue a new run over the file of one that has ended; newer versions of its scope are withdrawn by it.

        Raises:
            UnknownRun: No such run, or another retailer's.
            Conflict: It has not ended, was a dry run, or its file is no longer kept.
        """


@dataclass(frozen=True, slots=True)
class PartialUpload:
    """A resumable upload. Bytes below ``received`` survive a crash; ``run_id`` stands once it is whole."""

    id: str
    length: int
    received: int
    expires_at: dt.datetime
    run_id: str | None = None


class Continuation(Protocol):
    """More bytes of a resumable upload on their way in. ``keep`` or ``discard`` ends it."""

    def write(self, chunk: bytes) -> None:
        """Append; now and then what arrived is made durable.

        Raises:
            PayloadTooLarge: More than was announced.
        """

    def keep(self) -> PartialUpload:
        """Make durable what arrived; the whole file becomes a run."""

    def discard(self) -> None:
        """Forget what arrived since the last durable byte."""


class ResumableDesk(Protocol):
    """Where uploads arrive in pieces. Synchronous; an upload of another retailer is unknown."""

    def create(self, upload: FeedUpload, length: int) -> PartialUpload:
        """Announce a file of so many bytes.

        Raises:
            UnknownStore: ``store_code`` names none of the retailer's stores.
        """

    def get(self, retailer_id: str, upload_id: str) -> PartialUpload:
        """How far it is.

        Raises:
            UnknownUpload: None such, or it expired.
        """

    def resume(self, retailer_id: str, upload_id: str, offset: int, *, checked: bool = False) -> Continuation:
        """Go on at ``offset``; ``checked``: nothing counts before ``keep``, a checksum comes first.

        Raises:
            UnknownUpload: None such, or it expired.
            Conflict: Another offset is next, or another call is at it.
        """

    def remove(self, retailer_id: str, upload_id: str) -> None:
        """Forget it; a run that it became stays.

        Raises:
            UnknownUpload: None such, or it expired.
        """


@dataclass(frozen=True, slots=True)
class SourceDraft:
    """What a retailer says of a source. ``credentials`` None: those that it has stay; empty: it has none."""

    kind: FeedKind
    mode: FeedMode
    protocol: SourceProtocol
    settings: dict[str, Any]
    profile: FeedProfile
    store_code: str | None = None
    credentials: dict[str, str] | None = None


VERSIONS = range(2**31)
"""All versions that a source can have; 0 is that there is none."""


class Sources(Protocol):
    """Where feed sources are declared. Synchronous."""

    def list(self, retailer_id: str) -> list[FeedSource]:
        """All sources of this retailer, by id."""

    def get(self, retailer_id: str, source_id: str) -> FeedSource:
        """One source of this retailer.

        Raises:
            UnknownSource: No such source, or another retailer's.
        """

    def put(
        self, retailer_id: str, source_id: str, draft: SourceDraft, *, if_version: Container[int] = VERSIONS
    ) -> tuple[FeedSource, bool]:
        """Declare a source, or change it; it is fetched at once, and enabled if it was given up.

        Args:
            retailer_id: Whose it is.
            source_id: The retailer's word for it.
            draft: All of it.
            if_version: The versions that it may have; 0: there may be none.

        Returns:
            The source, and whether it is new.

        Raises:
            InvalidInput: An address that we do not connect to; credentials kept for another host.
            UnknownStore: ``store_code`` names none of the retailer's stores.
            VersionMismatch: It has another version.
        """

    def delete(self, retailer_id: str, source_id: str, *, if_version: Container[int] = VERSIONS) -> None:
        """Forget a source; its runs stay.

        Raises:
            UnknownSource: No such source.
            VersionMismatch: It has another version.
        """
