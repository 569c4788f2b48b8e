"""Feed runs and the lease by which exactly one worker owns a running one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from inventory_api.domain.errors import UnknownRun
from inventory_api.domain.feed import (
    ChangeCounts,
    FeedKind,
    FeedMode,
    FeedRun,
    RowCounts,
    RunStage,
    RunStatus,
)
from inventory_api.storage.sql import bulk
from inventory_api.storage.sql.parked import ParkedFiles
from inventory_api.storage.sql.pointers import SegmentPointers, SegmentVersion
from inventory_api.storage.sql.tables import feed_run
from inventory_api.storage.sql.webhooks import Webhooks

__all__ = ["LeaseLost", "Runs", "SegmentVersion"]

_FIELDS = tuple(field.name for field in fields(FeedRun))
_COLUMNS = tuple(feed_run.c[name] for name in _FIELDS)
_FIXED = frozenset({"id", "retailer_id", "fence"})
_WAITING = (RunStatus.QUEUED.value, RunStatus.RUNNING.value)

RunList = list[FeedRun]


class LeaseLost(Exception):
    """Another worker has claimed the run since; nothing was written, and nothing more may be."""

    def __init__(self, run_id: str, fence: int) -> None:
        super().__init__(f"run {run_id} is no longer held under fence {fence}")
        self.run_id = run_id
        self.fence = fence


class Runs(SegmentPointers, ParkedFiles):
    """Feed runs, with what they leave behind: pointers to segments, and parked files.

    Run ids are ULIDs: their order is the order of arrival.
    """

    def create(self, run: FeedRun) -> None:
        """Insert a run; one that has ended already (it could not be fetched) is announced."""
        self._connection.execute(insert(feed_run).values(_values(run)))
        Webhooks(self._connection).announce(run, dt.datetime.now(dt.UTC))

    def get(self, retailer_id: str, run_id: str) -> FeedRun:
        """One run of this retailer.

        Raises:
            UnknownRun: No such run, or another retailer's.
        """
        statement = select(*_COLUMNS).where(feed_run.c.id == run_id, feed_run.c.retailer_id == retailer_id)
        row = self._connection.execute(statement).mappings().first()
        if row is None:
            raise UnknownRun(run_id)
        return _run(row)

    def list(self, retailer_id: str, limit: int, before_id: str | None = None) -> RunList:
        """Runs of this retailer, newest first; ``before_id`` is the last one already seen."""
        statement = select(*_COLUMNS).where(feed_run.c.retailer_id == retailer_id)
        if before_id is not None:
            statement = statement.where(feed_run.c.id < before_id)
        statement = statement.order_by(feed_run.c.id.desc()).limit(limit)
        return [_run(row) for row in self._connection.execute(statement).mappings()]

    def claim(self, worker: str, now: dt.datetime, lease_s: float) -> FeedRun | None:
        """Take the oldest run that may run now: queued, or running with a lease that ran out.

        A retailer has one running run at a time, and its runs of all kinds go in the order of arrival.

        Args:
            worker: Who asks, for people who look.
            now: Aware UTC; decides whether leases ran out.
            lease_s: How long the run is ours unless renewed.

        Returns:
            The run, running, under a new fence; None where nothing can be claimed.
        """
        statement = select(feed_run.c.id).where(_claimable(now)).order_by(feed_run.c.id).limit(1)
        run_id = self._connection.execute(statement.with_for_update(skip_locked=True)).scalar()
        if run_id is None:
            return None
        claimed = (
            update(feed_run)
            .where(feed_run.c.id == run_id)
            .values(
                status=RunStatus.RUNNING.value,
                worker=worker,
                lease_until=now + dt.timedelta(seconds=lease_s),
                fence=feed_run.c.fence + 1,
                attempts=feed_run.c.attempts + 1,
            )
            .returning(*_COLUMNS)
        )
        try:
            with self._connection.begin_nested():
                return _run(self._connection.execute(claimed).mappings().one())
        except IntegrityError:
            # An older run arrived while we looked, and its claimer was quicker: the retailer is busy.
            return None

    def renew(self, run_id: str, fence: int, now: dt.datetime, lease_s: float) -> bool:
        """Lengthen a lease; False where the run is no longer ours."""
        statement = update(feed_run).where(_held(run_id, fence))
        renewed = self._connection.execute(statement.values(lease_until=now + dt.timedelta(seconds=lease_s)))
        return renewed.rowcount == 1

    def save(self, run: FeedRun) -> None:
        """Write everything about a run but its id, retailer and fence. Leaving RUNNING ends the lease.

        How it ends is announced to the retailer's webhook endpoints with the same commit.

        Raises:
            LeaseLost: Claimed by another since, ended, or no such run.
        """
        values = {name: value for name, value in _values(run).items() if name not in _FIXED}
        if run.status is not RunStatus.RUNNING:
            values |= {"worker": None, "lease_until": None}
        self._write(run, values)
        Webhooks(self._connection).announce(run, dt.datetime.now(dt.UTC))

    def restart_publishing(self) -> None:
        """Forget how far pending segments had come: the index was put back to what was published before them."""
        statement = update(feed_run).where(
            feed_run.c.stage == RunStage.SEGMENTED.value, feed_run.c.status.in_(_WAITING)
        )
        self._connection.execute(statement.values(cursor=0))

    def release(self, run: FeedRun, *, is_attempt: bool = True) -> None:
        """Give the lease back: the run is queued again, as last saved.

        Args:
            run: The run.
            is_attempt: Whether it counts as one; not where something else than the run was at fault.

        Raises:
            LeaseLost: Claimed by another since, ended, or no such run.
        """
        attempts = run.attempts if is_attempt else max(0, run.attempts - 1)
        values = {"status": RunStatus.QUEUED.value, "worker": None, "lease_until": None, "attempts": attempts}
        self._write(run, values)

    def is_any_published_since(self, at: dt.datetime) -> bool:
        """Whether a feed of anybody was published then or later."""
        statement = select(exists().where(feed_run.c.published_at >= at))
        return bool(self._connection.execute(statement).scalar())

    def known_ids(self, ids: Sequence[str]) -> set[str]:
        """Which of these runs exist, whoever's they are."""
        statement = select(feed_run.c.id).where(bulk.one_of(self._connection, feed_run.c.id, ids))
        return set(self._connection.execute(statement).scalars())

    def known_logs(self, paths: Sequence[str]) -> set[str]:
        """Which of these notice logs a run names, whoever's it is."""
        statement = select(feed_run.c.notice_log).where(bulk.one_of(self._connection, feed_run.c.notice_log, paths))
        return set(self._connection.execute(statement).scalars())

    def last_published(self, retailer_id: str, kind: FeedKind, store_code: str | None) -> FeedRun | None:
        """The newest full feed, by ``as_of``, that was published or found unchanged for just this scope.

        ``store_code`` None is the scope of all stores. Dry runs, and visits that brought nothing, do not count.
        """
        statement = (
            select(*_COLUMNS)
            .where(
                feed_run.c.retailer_id == retailer_id,
                feed_run.c.kind == kind.value,
                feed_run.c.mode == FeedMode.FULL.value,
                feed_run.c.status.in_((RunStatus.PUBLISHED.value, RunStatus.UNCHANGED.value)),
                feed_run.c.store_code.is_not_distinct_from(store_code),
                feed_run.c.dry_run.is_(False),
                feed_run.c.path != "",
            )
            .order_by(feed_run.c.as_of.desc(), feed_run.c.id.desc())
            .limit(1)
        )
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else _run(row)

    def published_before(self, run: FeedRun, limit: int) -> RunList:
        """Full feeds of the run's scope that were published, or found unchanged, before it came; newest first."""
        statement = (
            select(*_COLUMNS)
            .where(
                feed_run.c.retailer_id == run.retailer_id,
                feed_run.c.kind == run.kind.value,
                feed_run.c.mode == run.mode.value,
                feed_run.c.status.in_((RunStatus.PUBLISHED.value, RunStatus.UNCHANGED.value)),
                feed_run.c.store_code.is_not_distinct_from(run.store_code),
                feed_run.c.dry_run.is_(False),
                feed_run.c.id < run.id,
            )
            .order_by(feed_run.c.id.desc())
            .limit(limit)
        )
        return [_run(row) for row in self._connection.execute(statement).mappings()]

    def _write(self, run: FeedRun, values: Mapping[str, Any]) -> None:
        statement = update(feed_run).where(_held(run.id, run.fence)).values(values)
        if self._connection.execute(statement).rowcount == 0:
            raise LeaseLost(run.id, run.fence)


def _held(run_id: str, fence: int) -> ColumnElement[bool]:
    # What has ended has no holder: a fault that comes after the end must not begin the run anew.
    is_running = feed_run.c.status == RunStatus.RUNNING.value
    return and_(feed_run.c.id == run_id, feed_run.c.fence == fence, is_running)


def _claimable(now: dt.datetime) -> ColumnElement[bool]:
    other = feed_run.alias()
    queued = feed_run.c.status == RunStatus.QUEUED.value
    running = feed_run.c.status == RunStatus.RUNNING.value
    before = or_(
        other.c.status == RunStatus.RUNNING.value,
        and_(queued, other.c.status == RunStatus.QUEUED.value, other.c.id < feed_run.c.id),
    )
    return and_(
        feed_run.c.status.in_(_WAITING),
        or_(queued, and_(running, feed_run.c.lease_until <= now)),
        ~exists().where(other.c.retailer_id == feed_run.c.retailer_id, other.c.id != feed_run.c.id, before),
    )


def _values(run: FeedRun) -> dict[str, Any]:
    values = {name: getattr(run, name) for name in _FIELDS}
    return values | {
        "kind": run.kind.value,
        "mode": run.mode.value,
        "status": run.status.value,
        "stage": run.stage.value,
        "rows": asdict(run.rows),
        "changes": asdict(run.changes),
    }


def _run(row: RowMapping) -> FeedRun:
    values: dict[str, Any] = {name: row[name] for name in _FIELDS}
    return FeedRun(
        **values
        | {
            "kind": FeedKind(values["kind"]),
            "mode": FeedMode(values["mode"]),
            "status": RunStatus(values["status"]),
            "stage": RunStage(values["stage"]),
            "dry_run": bool(values["dry_run"]),
            "approved": bool(values["approved"]),
            "rows": RowCounts(**values["rows"]),
            "changes": ChangeCounts(**values["changes"]),
        }
    )
