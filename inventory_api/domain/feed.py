"""Feed runs: one attempt to make a retailer's file visible, recorded whatever happens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class FeedKind(StrEnum):
    """What the rows of a feed are about."""

    STORES = "stores"
    PRODUCTS = "products"
    INVENTORY = "inventory"


class FeedMode(StrEnum):
    """``FULL``: the whole truth of its scope, absence says something. ``DELTA``: changes only."""

    FULL = "full"
    DELTA = "delta"


class RunStatus(StrEnum):
    """Where a run stands, in the words of the API. ``FAILED`` is a fault of ours and is retried."""

    QUEUED = "queued"
    RUNNING = "running"
    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    OUTDATED = "outdated"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    FETCH_FAILED = "fetch_failed"
    FAILED = "failed"


FINAL = frozenset(RunStatus) - {RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.QUARANTINED}


class RunStage(StrEnum):
    """The last durable step of a run (design: how a run becomes visible)."""

    RECEIVED = "received"
    SEGMENTED = "segmented"
    PUBLISHED = "published"


@dataclass(slots=True)
class RowCounts:
    """``accepted`` includes ``repaired``; read = accepted + rejected + parked."""

    read: int = 0
    accepted: int = 0
    repaired: int = 0
    rejected: int = 0
    parked: int = 0


@dataclass(slots=True)
class ChangeCounts:
    """Against what was published before."""

    inserted: int = 0
    updated: int = 0
    removed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class FeedSequence:
    """How far the rows of a source that count themselves were heard.

    ``last`` is the highest number, None before the first. ``gap_at`` is the observed time (seconds of
    the index) before which rows are missing, 0 where none are: a store whose full feed is as new as that
    has made good for them.
    """

    last: int | None = None
    gap_at: int = 0


@dataclass(frozen=True, slots=True)
class Awaited:
    """Names that parked rows wait for: store codes and article ids."""

    store_codes: set[str] = field(default_factory=set)
    skus: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.store_codes or self.skus)


@dataclass(slots=True)
class FeedRun:
    """One attempt. Times are aware UTC; ``as_of`` is the instant the feed as a whole speaks of.

    ``cursor`` is the next bucket to publish, or batch to commit; ``fence`` grows with every claim, so
    that a worker that lost its lease cannot commit. ``notices`` is the finished list for the report.

    ``source_id`` names the feed source that it came by and ``profile`` how that was read; ``stats`` is what
    later runs are compared with; ``held_stores`` are the codes of stores whose old rows stay; ``approved``
    says that the retailer vouched for it; ``replay_of`` names the run whose file this one applies again;
    ``notice_log`` is the file that holds every notice.
    """

    id: str
    retailer_id: str
    kind: FeedKind
    mode: FeedMode
    status: RunStatus
    stage: RunStage
    received_at: dt.datetime
    as_of: dt.datetime
    path: str
    sha256: str
    bytes: int
    store_code: str | None = None
    content_type: str | None = None
    dry_run: bool = False
    published_at: dt.datetime | None = None
    segment: str | None = None
    cursor: int = 0
    fence: int = 0
    attempts: int = 0
    rows: RowCounts = field(default_factory=RowCounts)
    changes: ChangeCounts = field(default_factory=ChangeCounts)
    notices: list[dict[str, Any]] = field(default_factory=list)
    fault: str | None = None
    source_id: str | None = None
    profile: dict[str, Any] | None = None
    sequence: int | None = None
    stats: dict[str, Any] | None = None
    held_stores: list[str] | None = None
    approved: bool = False
    replay_of: str | None = None
    notice_log: str | None = None
