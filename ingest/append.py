"""A delta feed into the log: committed portion by portion, each published at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ingest import operations, reconcile
from ingest.notices import NoticeBook
from ingest.operations import Rows
from ingest.publish.stock import StockPublisher
from ingest.publish.touched import FoldedSegment
from ingest.reconcile import Snapshots
from ingest.rows import Numbered
from ingest.spill import Spill
from inventory_api.domain.feed import FeedRun
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.stock import StockTable, to_observed
from inventory_api.storage.index.keys import BUCKETS
from inventory_api.storage.segments import SegmentStore
from inventory_api.storage.sql.engine import Database, Transaction

PORTION_ROWS = 5_000
"""Rows that are committed at once: whoever changes something meanwhile waits for them, and then publishes them too."""


Learn = Callable[[Transaction], None]
_Bucket = tuple[Rows, StockTable]
"""Rows, and what is known of them, sorted by key."""


class DeltaAppender:
    """Appends delta feeds. ``FeedRun.cursor`` counts the portions, or buckets, that are in the log already."""

    def __init__(self, db: Database, segments: SegmentStore, publisher: StockPublisher) -> None:
        self._db = db
        self._segments = segments
        self._publisher = publisher

    def append(
        self,
        run: FeedRun,
        spill: Spill,
        numbered: Sequence[Numbered],
        profile: FeedProfile,
        notices: NoticeBook,
        learn: Learn,
    ) -> None:
        """Append a whole file and publish it.

        Args:
            run: Its cursor and its notices are kept up to date in SQL.
            spill: The rows.
            numbered: What the rows say of their order; empty where each speaks for itself.
            profile: Of its source.
            notices: Of the feed so far.
            learn: Writes what the file taught besides stock; called once.
        """
        is_first = run.cursor == 0
        if is_first:
            # Read again after a kill its articles are known, and the report would have less to tell.
            notices.keep(run)
        run.changes.updated = spill.rows
        if numbered:
            self._append_settled(run, spill, numbered, profile, notices, learn)
        else:
            self._append_plain(run, spill, learn)
        self._publisher.publish_deltas(run.retailer_id)

    def _append_plain(self, run: FeedRun, spill: Spill, learn: Learn) -> None:
        as_of = np.uint32(to_observed(run.as_of))
        for number, rows in enumerate(_cut(spill)):
            if number < run.cursor:
                continue
            rows.observed = np.where(rows.observed == 0, as_of, rows.observed)
            run.cursor = number + 1
            with self._db.write() as tx:
                if number == 0:
                    learn(tx)
                tx.deltas.append(run.retailer_id, rows)
                tx.runs.save(run)
            self._publisher.publish_deltas(run.retailer_id)

    def _append_settled(
        self,
        run: FeedRun,
        spill: Spill,
        numbered: Sequence[Numbered],
        profile: FeedProfile,
        notices: NoticeBook,
        learn: Learn,
    ) -> None:
        """Make every row a whole record on its way into the log.

        The retailer's row is locked from the last look at the log to the commit, so that no change of the
        same record can come between. Where the source stands is committed with the last portion: until
        then a repeated attempt decides as the first did.
        """
        with self._db.read() as tx:
            version = tx.runs.published_segment(run.retailer_id)
            log, seen = tx.deltas.after(run.retailer_id, version.folded_seq if version else 0)
            before = tx.sequences.get(run.retailer_id, run.source_id)
        segment = None if version is None else self._segments.open(version.name)
        snapshots = np.zeros(0, np.uint32) if segment is None else segment.snapshots
        is_first = run.cursor == 0
        heard = operations.hear(numbered, before, to_observed(run.as_of), notices)
        for portion, end in _portions(FoldedSegment(segment, log), spill, run):
            with self._db.write() as tx:
                tx.retailers.lock(run.retailer_id)
                newer, seen = tx.deltas.after(run.retailer_id, seen)
                records = []
                for rows, base in portion:
                    known = _with_newer(base, rows, newer, snapshots)
                    settled, refused = operations.settle(rows, known, snapshots, heard, profile, notices)
                    records.append(settled)
                    run.rows.rejected += refused
                    run.rows.accepted -= refused
                    run.changes.updated -= refused
                if run.cursor == 0:
                    learn(tx)
                seen = tx.deltas.append(run.retailer_id, StockTable.join(records))
                run.cursor = end
                if is_first:
                    notices.keep(run)
                if end == BUCKETS:
                    tx.sequences.put(run.retailer_id, run.source_id, heard.after)
                tx.runs.save(run)
            self._publisher.publish_deltas(run.retailer_id)


def _cut(spill: Spill) -> Iterator[StockTable]:
    """The rows in portions; an empty batch is one, too, for its rows may all be parked."""
    for batch in spill.batches():
        for start in range(0, max(1, len(batch)), PORTION_ROWS):
            yield batch.take(slice(start, start + PORTION_ROWS))


def _portions(stock: FoldedSegment, spill: Spill, run: FeedRun) -> Iterator[tuple[list[_Bucket], int]]:
    """Buckets from the cursor on, some at a time, each time with the number of the next."""
    as_of = np.uint32(to_observed(run.as_of))
    portion: list[_Bucket] = []
    size = 0
    for number in range(run.cursor, BUCKETS):
        table, line = spill.bucket(number)
        if len(table):
            table.observed = np.where(table.observed == 0, as_of, table.observed)
            base = stock.bucket(number)
            portion.append((Rows(table, line, spill.seqs(number)), base.take(np.isin(base.key, table.key))))
            size += len(table)
        if size >= PORTION_ROWS or number == BUCKETS - 1:
            yield portion, number + 1
            portion, size = [], 0


def _with_newer(base: StockTable, rows: Rows, newer: StockTable, snapshots: Snapshots) -> StockTable:
    """What is known, with what other writers have said since it was read."""
    return reconcile.fold(base, snapshots, newer.take(np.isin(newer.key, rows.table.key)))
