"""Feed runs and the lease by which exactly one worker owns a running one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from inventory_api.domain.errors import UnknownRun
from inventory_api.domain.feed import (
    FeedRun,
    RunStage,
    RunStatus,
)
from inventory_api.storage.sql import bulk
from inventory_api.storage.sql.parked import ParkedFiles
from inventory_api.storage.sql.pointers import SegmentPointers, SegmentVersion
from inventory_api.storage.sql.run_rows import COLUMNS, run_of, values_of
from inventory_api.storage.sql.tables import feed_run
from inventory_api.storage.sql.versions import FeedVersions
from inventory_api.storage.sql.webhooks import Webhooks

__all__ = ["LeaseLost", "Runs", "SegmentVersion"]

_FIXED = frozenset({"id", "retailer_id", "fence"})
_WAITING = (RunStatus.QUEUED.value, RunStatus.RUNNING.value)


RunList = list[FeedRun]
RunNotices = list[dict[str, Any]]


class LeaseLost(Exception):
    """Another worker has claimed the run since; nothing was written, and nothing more may be."""

    def __init__(self, run_id: str, fence: int) -> None:
        super().__init__(f"run {run_id} is no longer held under fence {fence}")
        self.run_id = run_id
        self.fence = fence


class Runs(SegmentPointers, ParkedFiles, FeedVersions):
    """Feed runs, with what they leave behind: pointers to segments, parked files, versions of feeds.

    Run ids are ULIDs: their order is the order of arrival.
    """

    def create(self, run: FeedRun) -> None:
        """Insert a run; one that has ended already (it could not be fetched) is announced."""
        self._connection.execute(insert(feed_run).values(values_of(run)))
        Webhooks(self._connection).announce(run, dt.datetime.now(dt.UTC))

    def get(self, retailer_id: str, run_id: str) -> FeedRun:
        """One run of this retailer.

        Raises:
            UnknownRun: No such run, or another retailer's.
        """
        statement = select(*COLUMNS).where(feed_run.c.id == run_id, feed_run.c.retailer_id == retailer_id)
        row = self._connection.execute(statement).mappings().first()
        if row is None:
            raise UnknownRun(run_id)
        return run_of(row)

    def list(self, retailer_id: str, limit: int, before_id: str | None = None) -> RunList:
        """Runs of this retailer, newest first; ``before_id`` is the last one already seen."""
        statement = select(*COLUMNS).where(feed_run.c.retailer_id == retailer_id)
        if before_id is not None:
            statement = statement.where(feed_run.c.id < before_id)
        statement = statement.order_by(feed_run.c.id.desc()).limit(limit)
        return [run_of(row) for row in self._connection.execute(statement).mappings()]

    def claim(self, worker: str, now: dt.datetime, lease_s: float) -> FeedRun | None:
        """Take the oldest run that may run now: queued, or running with a lease that ran out.

        A retailer has one running run at a time, and its runs of all kinds go in the order of arrival;
        one whose segment is on its way is finished first, whatever was approved meanwhile.

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
            .returning(*COLUMNS)
        )
        try:
            with self._connection.begin_nested():
                return run_of(self._connection.execute(claimed).mappings().one())
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
        values = {name: value for name, value in values_of(run).items() if name not in _FIXED}
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

    def requeue(self, run: FeedRun) -> bool:
        """Queue a run again from its start, approved; False where its status has changed since it was read."""
        values = {
            "status": RunStatus.QUEUED.value,
            "stage": RunStage.RECEIVED.value,
            "cursor": 0,
            "attempts": 0,
            "approved": True,
        }
        return self._change(run, values)

    def close(self, run: FeedRun, status: RunStatus, notices: RunNotices) -> bool:
        """End a run that no worker holds, and announce it; False where its status has changed since it was read."""
        is_as_read = self._change(run, {"status": status.value, "notices": notices})
        if is_as_read:
            ended = replace(run, status=status, notices=notices)
            Webhooks(self._connection).announce(ended, dt.datetime.now(dt.UTC))
        return is_as_read

    def known_ids(self, ids: Sequence[str]) -> set[str]:
        """Which of these runs exist, whoever's they are."""
        statement = select(feed_run.c.id).where(bulk.one_of(self._connection, feed_run.c.id, ids))
        return set(self._connection.execute(statement).scalars())

    def known_logs(self, paths: Sequence[str]) -> set[str]:
        """Which of these notice logs a run names, whoever's it is."""
        statement = select(feed_run.c.notice_log).where(bulk.one_of(self._connection, feed_run.c.notice_log, paths))
        return set(self._connection.execute(statement).scalars())

    def _change(self, run: FeedRun, values: Mapping[str, Any]) -> bool:
        as_read = and_(feed_run.c.id == run.id, feed_run.c.status == run.status.value)
        return self._connection.execute(update(feed_run).where(as_read).values(values)).rowcount == 1

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
    is_on_its_way = feed_run.c.stage == RunStage.SEGMENTED.value
    is_earlier = or_(
        other.c.stage == RunStage.SEGMENTED.value,
        and_(~is_on_its_way, other.c.id < feed_run.c.id),
    )
    before = or_(
        other.c.status == RunStatus.RUNNING.value,
        and_(queued, other.c.status == RunStatus.QUEUED.value, is_earlier),
    )
    return and_(
        feed_run.c.status.in_(_WAITING),
        or_(queued, and_(running, feed_run.c.lease_until <= now)),
        ~exists().where(other.c.retailer_id == feed_run.c.retailer_id, other.c.id != feed_run.c.id, before),
    )
