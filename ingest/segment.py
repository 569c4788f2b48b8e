"""Rows of a full feed and what was known before: the next version of a retailer's stock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ingest import reconcile
from ingest.ahead import ahead
from ingest.checks.statistics import FeedStatistics, PriceMoves
from ingest.notices import NoticeBook, Severity
from ingest.publish.touched import FoldedSegment
from ingest.reconcile import FullFeed
from ingest.spill import Spill
from inventory_api.domain.feed import ChangeCounts, FeedRun
from inventory_api.domain.stock import StockTable, to_observed
from inventory_api.storage.index.keys import BUCKETS
from inventory_api.storage.segments import SegmentStore
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.pointers import SegmentVersion


@dataclass(slots=True)
class Comparison:
    """What a feed turned out to change: added to while ``next_version`` is taken."""

    counts: ChangeCounts = field(default_factory=ChangeCounts)
    moves: PriceMoves = field(default_factory=PriceMoves)
    statistics: FeedStatistics = field(default_factory=FeedStatistics)


def write_version(
    db: Database,
    segments: SegmentStore,
    run: FeedRun,
    feed: FullFeed,
    spill: Spill,
    outcome: Comparison,
    notices: NoticeBook,
    on_progress: Callable[[int], None],
) -> SegmentVersion:
    """Write what the retailer's stock is once this feed is applied; nothing points to it yet."""
    with db.read() as tx:
        old = tx.runs.published_segment(run.retailer_id)
        up_to = tx.deltas.published_seq(run.retailer_id)
        deltas, _ = tx.deltas.after(run.retailer_id, old.folded_seq if old else 0, up_to=up_to)
    segment = segments.open(old.name) if old else None
    before = np.zeros(len(feed.snapshots), np.uint32)
    if segment is not None:
        before[: len(segment.snapshots)] = segment.snapshots
    base = FoldedSegment(segment, deltas)
    truths = next_version(base, before, spill, feed, notices=notices, outcome=outcome, on_progress=on_progress)
    rows = spill.rows + (segment.records if segment else 0)
    name = _name(run)
    records = segments.write(name, ahead(truths, rows=rows), feed.after(before))
    return SegmentVersion(name, records, up_to, to_observed(run.as_of), dt.datetime.now(dt.UTC))


def write_renewed(db: Database, segments: SegmentStore, run: FeedRun, stores: list[int]) -> SegmentVersion:
    """Write the published segment again, with the stores of these numbers as of this run's time."""
    with db.read() as tx:
        old = tx.runs.published_segment(run.retailer_id)
    assert old is not None
    segment = segments.open(old.name)
    snapshots = segment.snapshots.copy()
    snapshots[stores] = np.maximum(snapshots[stores], np.uint32(to_observed(run.as_of)))
    buckets = (segment.bucket(number) for number in range(BUCKETS))
    name = _name(run)
    segments.write(name, ahead(buckets, rows=segment.records), snapshots)
    return replace(old, name=name, as_of=to_observed(run.as_of), created_at=dt.datetime.now(dt.UTC))


def _name(run: FeedRun) -> str:
    """Unique for ever: the fence tells a worker that lost its lease from the one that has it."""
    return f"{run.retailer_id}/{run.id}-{run.fence}"


def next_version(
    base: FoldedSegment,
    before: NDArray[np.uint32],
    spill: Spill,
    feed: FullFeed,
    *,
    notices: NoticeBook,
    outcome: Comparison,
    on_progress: Callable[[int], None],
) -> Iterator[StockTable]:
    """Yield the new truth bucket by bucket.

    Args:
        base: What the index shows.
        before: Store snapshots that ``base`` was known under.
        spill: The feed's rows.
        feed: Its scope, times and doubts.
        notices: Gets the duplicates.
        outcome: Added to as buckets go by.
        on_progress: Told how many buckets are done.
    """
    counts, statistics = outcome.counts, outcome.statistics
    statistics.newest = int(feed.after(before).max(initial=0))
    for number in range(BUCKETS):
        rows, lines = spill.bucket(number)
        rows = _in_scope(_last_of_each(_timed(rows, feed), lines, notices), feed)
        known = base.bucket(number)
        outcome.moves.add(known, rows)
        truth, changes = reconcile.apply_full(known, before, rows, feed)
        statistics.newest = max(statistics.newest, int(truth.observed.max(initial=0)))
        statistics.absent_since = _earlier(statistics.absent_since, reconcile.oldest_absence(truth, rows, feed))
        counts.inserted += changes.inserted
        counts.updated += changes.updated
        counts.removed += changes.removed
        counts.unchanged += changes.unchanged
        yield truth
        on_progress(number + 1)


def _in_scope(rows: StockTable, feed: FullFeed) -> StockTable:
    """The rows without those of stores that are held."""
    is_told = feed.snapshots[rows.store] > 0
    return rows if is_told.all() else rows.take(is_told)


def _earlier(first: int, second: int) -> int:
    """The earlier of two times, of which 0 is none."""
    return min(first, second) if first and second else first or second


def _timed(rows: StockTable, feed: FullFeed) -> StockTable:
    """Rows without a time of their own speak at their store's; those with another one are dated."""
    snapshot = feed.snapshots[rows.store]
    own = (rows.observed > 0) & (rows.observed != snapshot)
    dated = reconcile.as_dated(rows, own)
    return StockTable(rows.key, dated.value, np.where(own, rows.observed, snapshot), rows.extra, rows.extras)


def duplicates(spill: Spill, notices: NoticeBook) -> None:
    """Tell the duplicates of a feed that is only checked."""
    for number in range(BUCKETS):
        _last_of_each(*spill.bucket(number), notices)


def _last_of_each(rows: StockTable, lines: NDArray[np.int64], notices: NoticeBook) -> StockTable:
    """Sort by key; of rows with one key the last in the file counts."""
    order = np.argsort(rows.key, kind="stable")
    rows, lines = rows.take(order), lines[order]
    again = rows.key[1:] == rows.key[:-1]
    if not again.any():
        return rows
    same = (rows.value[1:] == rows.value[:-1]) & (rows.observed[1:] == rows.observed[:-1])
    same &= rows.extra[1:] == rows.extra[:-1]
    notices.add_rows("duplicate_key", Severity.WARNING, lines[1:][again & same])
    notices.add_rows("duplicate_conflict", Severity.WARNING, lines[1:][again & ~same])
    return rows.take(np.append(~again, True))
