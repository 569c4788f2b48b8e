"""Rows of a full feed and what was known before: the next version of a retailer's stock."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ingest import reconcile
from ingest.notices import NoticeBook, Severity
from ingest.publish.stock import FoldedSegment
from ingest.reconcile import FullFeed
from ingest.spill import Spill
from inventory_api.domain.feed import ChangeCounts
from inventory_api.domain.stock import StockTable
from inventory_api.storage.index.keys import BUCKETS


def next_version(
    base: FoldedSegment,
    before: NDArray[np.uint32],
    spill: Spill,
    feed: FullFeed,
    *,
    notices: NoticeBook,
    counts: ChangeCounts,
    on_progress: Callable[[int], None],
) -> Iterator[StockTable]:
    """Yield the new truth bucket by bucket.

    Args:
        base: What the index shows.
        before: Store snapshots that ``base`` was known under.
        spill: The feed's rows.
        feed: Its scope, times and doubts.
        notices: Gets the duplicates.
        counts: Added to as buckets go by.
        on_progress: Told how many buckets are done.
    """
    for number in range(BUCKETS):
        rows, lines = spill.bucket(number)
        rows = _last_of_each(_timed(rows, feed), lines, notices)
        truth, changes = reconcile.apply_full(base.bucket(number), before, rows, feed)
        counts.inserted += changes.inserted
        counts.updated += changes.updated
        counts.removed += changes.removed
        counts.unchanged += changes.unchanged
        yield truth
        on_progress(number + 1)


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
