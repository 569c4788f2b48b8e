"""How feeds and changes arrive, and what comes of them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace

from inventory_api.domain.errors import (
    Conflict,
    NotFound,
    UnknownRun,
    UnknownSource,
    UnknownUpload,
    VersionMismatch,
)
from inventory_api.domain.feed import FeedKind, FeedMode, FeedRun, RunStage, RunStatus
from inventory_api.domain.ports import (
    VERSIONS,
    ChangeOutcome,
    ChangeResult,
    Continuation,
    FeedUpload,
    HookDelivery,
    HookOutcome,
    PartialUpload,
    SourceDraft,
    StockChange,
)
from inventory_api.domain.quality import Quality, assess
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.source import FeedSource
from inventory_api.domain.store import Store
from inventory_api.domain.trust import Outcomes

NOON = dt.datetime(2026, 10, 30, 12, tzinfo=dt.UTC)


class FakeReception:
    """Hashes and counts what it is given, and keeps the first 10 kB."""

    def __init__(self, desk: FakeDesk) -> None:
        self.desk = desk
        self.state = "open"
        self.size = 0
        self.head = b""
        self.writes: list[int] = []
        self.upload: FeedUpload | None = None
        self._digest = hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        assert self.state == "open"
        if self.desk.full:
            raise OSError("no space left on device")
        self.size += len(chunk)
        self.writes.append(len(chunk))
        self.head = (self.head + chunk)[:10_000]
        self._digest.update(chunk)

    def accept(self, upload: FeedUpload) -> FeedRun:
        assert self.state == "open"
        self.state, self.upload = "accepted", upload
        run = a_run(
            f"run_{len(self.desk.runs):026d}",
            retailer_id=upload.retailer_id,
            status=RunStatus.QUEUED,
            sha256=self._digest.hexdigest(),
            size=self.size,
            upload=upload,
        )
        self.desk.runs.append(run)
        return run

    def abandon(self) -> None:
        assert self.state == "open"
        self.state = "abandoned"


class FakeDesk:
    """Keeps receptions and runs in lists; ``full``: the disk has no space."""

    def __init__(self, *runs: FeedRun) -> None:
        self.runs = list(runs)
        self.receptions: list[FakeReception] = []
        self.full = False

    def receive(self) -> FakeReception:
        self.receptions.append(FakeReception(self))
        return self.receptions[-1]

    def get_run(self, retailer_id: str, run_id: str) -> FeedRun:
        for run in self.runs:
            if (run.retailer_id, run.id) == (retailer_id, run_id):
                return run
        raise UnknownRun(run_id)

    def list_runs(self, retailer_id: str, *, limit: int, before: str | None = None) -> list[FeedRun]:
        mine = sorted(
            (run for run in self.runs if run.retailer_id == retailer_id), key=lambda run: run.id, reverse=True
        )
        return [run for run in mine if before is None or run.id < before][:limit]

    def history(self, run: FeedRun, *, limit: int) -> list[FeedRun]:
        return [run, *self.list_runs(run.retailer_id, limit=limit - 1, before=run.id)]

    def read_notices(self, run: FeedRun) -> Iterator[bytes]:
        if run.notices and run.notice_log is None:
            raise NotFound(f"all notices of {run.id}")
        return iter(((run.notice_log or "").encode(),))

    def approve(self, retailer_id: str, run_id: str) -> FeedRun:
        return self._decide(retailer_id, run_id, RunStatus.QUEUED)

    def reject(self, retailer_id: str, run_id: str) -> FeedRun:
        return self._decide(retailer_id, run_id, RunStatus.REJECTED)

    def replay(self, retailer_id: str, run_id: str) -> FeedRun:
        old = self.get_run(retailer_id, run_id)
        self.runs.append(replace(old, id=f"{run_id}X", status=RunStatus.QUEUED, replay_of=run_id))
        return self.runs[-1]

    def _decide(self, retailer_id: str, run_id: str, status: RunStatus) -> FeedRun:
        run = self.get_run(retailer_id, run_id)
        if run.status is not RunStatus.QUARANTINED:
            raise Conflict(f"run {run_id} is {run.status}")
        run.status = status
        return run


class FakeStock:
    """Remembers every change; ``judge`` says what becomes of one."""

    def __init__(self) -> None:
        self.applied: list[tuple[str, StockChange]] = []
        self.calls = 0
        self.pending = False
        self.judge: Callable[[StockChange], ChangeResult] = lambda change: ChangeResult("applied")

    def apply(self, retailer_id: str, changes: Sequence[StockChange]) -> ChangeOutcome:
        self.calls += 1
        self.applied += [(retailer_id, change) for change in changes]
        return ChangeOutcome([self.judge(change) for change in changes], self.pending)


class FakeSources:
    """Sources in memory, versioned; ``drafts`` is what was put, credentials and all."""

    def __init__(self) -> None:
        self.drafts: dict[tuple[str, str], SourceDraft] = {}
        self._sources: dict[tuple[str, str], FeedSource] = {}

    def list(self, retailer_id: str) -> list[FeedSource]:
        return [source for (owner, _), source in sorted(self._sources.items()) if owner == retailer_id]

    def get(self, retailer_id: str, source_id: str) -> FeedSource:
        if (retailer_id, source_id) not in self._sources:
            raise UnknownSource(source_id)
        return self._sources[retailer_id, source_id]

    def put(
        self, retailer_id: str, source_id: str, draft: SourceDraft, *, if_version: Container[int] = VERSIONS
    ) -> tuple[FeedSource, bool]:
        key = retailer_id, source_id
        old = self._sources.get(key)
        version = old.version if old else 0
        self._check(version, if_version)
        self.drafts[key] = draft
        self._sources[key] = FeedSource(
            retailer_id, source_id, draft.kind, draft.mode, draft.protocol, NOON, NOON, store_code=draft.store_code,
            settings=draft.settings, profile=draft.profile, version=version + 1,
            credentials=b"sealed" if draft.credentials else None, due_at=NOON,
        )  # fmt: skip
        return self._sources[key], old is None

    def delete(self, retailer_id: str, source_id: str, *, if_version: Container[int] = VERSIONS) -> None:
        self._check(self.get(retailer_id, source_id).version, if_version)
        del self._sources[retailer_id, source_id]

    @staticmethod
    def _check(found: int, wanted: Container[int]) -> None:
        if found not in wanted:
            raise VersionMismatch(f"it has version {found}")


class FakeHooks:
    """Remembers every delivery."""

    def __init__(self) -> None:
        self.received: list[HookDelivery] = []

    def receive(self, delivery: HookDelivery) -> HookOutcome:
        self.received.append(delivery)
        return HookOutcome(applied=1)


class FakeUploads:
    """Nobody has begun one."""

    def create(self, upload: FeedUpload, length: int) -> PartialUpload:
        return PartialUpload("upl_1", length, 0, NOON)

    def get(self, retailer_id: str, upload_id: str) -> PartialUpload:
        raise UnknownUpload(upload_id)

    def resume(self, retailer_id: str, upload_id: str, offset: int, *, checked: bool = False) -> Continuation:
        raise UnknownUpload(upload_id)

    def remove(self, retailer_id: str, upload_id: str) -> None:
        raise UnknownUpload(upload_id)


class FakeQuality:
    """Sums up stores and runs that are handed in."""

    def __init__(self) -> None:
        self.stores: list[Store] = []
        self.stocked: set[int] = set()
        self.runs: list[FeedRun] = []
        self.outcomes: Outcomes | None = None

    def assess(self, retailer_id: str, now: dt.datetime) -> Quality:
        return assess(Retailer(retailer_id, retailer_id), self.stores, self.stocked, self.runs, now, self.outcomes)


def a_run(
    run_id: str = "run_01J9ZQ6H3V0000000000000000",
    *,
    retailer_id: str = "acme",
    status: RunStatus = RunStatus.PUBLISHED,
    sha256: str = "0" * 64,
    size: int = 10,
    upload: FeedUpload | None = None,
) -> FeedRun:
    """A feed run with full defaults."""
    return FeedRun(
        id=run_id,
        retailer_id=retailer_id,
        kind=upload.kind if upload else FeedKind.INVENTORY,
        mode=upload.mode if upload else FeedMode.FULL,
        status=status,
        stage=RunStage.RECEIVED,
        received_at=NOON,
        as_of=(upload.as_of if upload else None) or NOON,
        path="/nowhere",
        sha256=sha256,
        bytes=size,
        published_at=NOON if status is RunStatus.PUBLISHED else None,
    )
