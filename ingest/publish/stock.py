"""Stock into the index: deltas at once, segments bucket by bucket.

Two publishers of one retailer never cross: every publication of deltas, and the last step of a
segment's, holds the retailer's row in SQL. Everything here may be killed anywhere and done again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import redis
from redis.exceptions import LockError
from redis.lock import Lock

from ingest import reconcile
from ingest.ahead import ahead
from ingest.publish.roster import Roster, StoreColumns
from ingest.publish.settle import Settlement
from ingest.publish.touched import Bucketed, FoldedSegment, Touched
from ingest.publish.watched import Watched
from inventory_api.domain.errors import IndexUnavailable
from inventory_api.domain.stock import StockTable
from inventory_api.storage.index.audit import IndexAudit
from inventory_api.storage.index.keys import BUCKETS
from inventory_api.storage.index.writer import IndexWriter, MergeMode, Wins
from inventory_api.storage.segments import Segment, SegmentStore
from inventory_api.storage.sql.engine import Database, Transaction

GROUP_BUCKETS, GROUP_S = 32, 1.0
"""What is sent between two saves of the cursor: a save is an fsync, a bucket sent twice changes nothing."""

TURN_ROWS = 2_000
"""Rows of the log that are published while the retailer's lock is held once, on SQLite everybody's: about 30 ms."""

PAUSE_S = 0.005
"""Between two turns: whoever waits for SQLite's lock asks now and then, and shall find it free."""

KEEP_S = 0.1
"""Between two looks at the lock: what is sent after a flush until the next look has to be sent again anyway."""

LOCK_S = 10.0
"""A worker that was killed holds the next one up for this long; the lock is renewed every bucket."""


class StockPublisher:
    """Publishes one database's stock into one index. One instance a thread (it owns a connection)."""

    def __init__(self, db: Database, segments: SegmentStore, client: redis.Redis, roster: Roster) -> None:
        self._db = db
        self._segments = segments
        self.client = client
        self._roster = roster
        self.writer = IndexWriter(client)
        self.audit = IndexAudit(client)
        self._lock: Lock | None = None

    @contextmanager
    def alone(self) -> Iterator[Callable[[], None]]:
        """Keep out other writers of whole buckets (segments, rebuilds); deltas go on.

        Yields:
            Call it now and then: it keeps the lock, and raises when the lock was lost (a flush).

        Raises:
            IndexUnavailable: The lock was lost; whatever was being published must be begun anew.
        """
        lock = self.client.lock("publishing", timeout=LOCK_S, sleep=0.01, thread_local=False)
        lock.acquire()
        self._lock = lock

        def keep() -> None:
            try:
                lock.reacquire()
            except LockError as error:
                raise IndexUnavailable("the index was flushed or taken over while publishing") from error

        try:
            yield keep
        finally:
            self._lock = None
            # Lost meanwhile: ``keep`` has said so to whoever still needed it.
            with contextlib.suppress(LockError):
                lock.release()

    def mark_complete(self) -> None:
        """Open the index to lookups, as whoever is alone: not one that was flushed since the last look at the lock.

        Raises:
            IndexUnavailable: The lock was lost.
        """
        assert self._lock is not None
        with self.client.pipeline() as pipe:
            pipe.watch(self._lock.name)  # type: ignore[no-untyped-call]
            if pipe.get(self._lock.name) != self._lock.local.token:
                raise IndexUnavailable("the index was flushed or taken over before it was whole")
            pipe.multi()
            self.writer.mark_complete(pipe)
            try:
                pipe.execute()
            except redis.WatchError as error:
                raise IndexUnavailable("the index was flushed or taken over before it was whole") from error

    def publish_deltas(self, retailer_id: str) -> int:
        """Send what the log has and the index has not, folded to the newest of each record.

        A long log is sent in turns, and others may write between them.

        Returns:
            How many log rows are now published that were not.

        Raises:
            IndexUnavailable: The index waits for its rebuild, which will bring these rows too.
        """
        with self._db.read() as tx:
            if not tx.deltas.is_lagging(retailer_id):
                # Whoever published last took these rows along: changes that come together share a publication.
                return 0
        # Asked before the lock too: while Redis hangs nobody else's writes shall wait for it.
        self._refuse_to_begin()
        count = turn = self._publish_turn(retailer_id)
        while turn == TURN_ROWS:
            time.sleep(PAUSE_S)
            turn = self._publish_turn(retailer_id)
            count += turn
        return count

    def _publish_turn(self, retailer_id: str) -> int:
        with self._db.write() as tx:
            tx.retailers.lock(retailer_id)
            rows, last = tx.deltas.after(retailer_id, tx.deltas.published_seq(retailer_id), limit=TURN_ROWS)
            if len(rows) == 0:
                return 0
            self._refuse_to_begin()
            columns = self._roster.of(tx, retailer_id)
            patch = reconcile.latest(rows)
            late = reconcile.is_late(patch, columns.snapshot)
            self.writer.merge(patch.take(~late), columns.place)
            self.writer.merge(reconcile.as_dated(patch, late).take(late), columns.place, MergeMode.LATE)
            tx.deltas.set_published_seq(retailer_id, last)
            tx.watches.look_again(np.unique(patch.product), dt.datetime.now(dt.UTC))
        return len(rows)

    def publish_pending(
        self,
        retailer_id: str,
        *,
        resume: Callable[[], int],
        save: Callable[[int], None],
        finish: Callable[[Transaction], None],
        replace_up_to: int = 0,
    ) -> None:
        """Make the index show the retailer's pending segment.

        Args:
            resume: Tells the first bucket still to send; asked once nobody else can rebuild the index.
            save: Told the next bucket now and then, to be remembered.
            finish: Called in the transaction that makes the segment the published one.
            replace_up_to: Where the segment goes back behind a newer one: the observed time up to which
                everything is withdrawn. 0: nothing is.
        """
        with self._db.read() as tx:
            old, new = tx.runs.published_segment(retailer_id), tx.runs.pending_segment(retailer_id)
            columns = self._roster.of(tx, retailer_id)
            watched = Watched(tx.watches.watched())
            assert new is not None
            deltas, _ = tx.deltas.after(retailer_id, old.folded_seq if old else 0, up_to=new.folded_seq)
        target = self._segments.open(new.name)
        base = FoldedSegment(self._segments.open(old.name) if old else None, deltas)
        with self.alone() as keep:
            self._refuse_to_begin()
            sent = resume()
            buckets = watched.among(_differences(base, target, sent))
            while sent < BUCKETS:
                group = _Group(buckets, keep, replace_up_to or MergeMode.NEWER)
                self.writer.merge_all(group, columns.place)
                sent += group.taken
                keep()
                if sent < BUCKETS:
                    save(sent)
            settlement = Settlement(
                self._db, retailer_id, target, new.folded_seq, lambda base, deltas: self.force(base, deltas, columns)
            )
            settlement.begin(keep)
            keep()

            def end(tx: Transaction) -> None:
                tx.watches.look_again(watched.changed(tx.watches.watched()), dt.datetime.now(dt.UTC))
                finish(tx)

            self._finish(retailer_id, target, settlement, columns, end, is_back=replace_up_to > 0)
        self.writer.ring()

    def _refuse_to_begin(self) -> None:
        """Changes alone in an empty index would look like a product that only these stores carry."""
        if not self.writer.is_complete():
            raise IndexUnavailable("the index waits for its rebuild")

    def _finish(
        self,
        retailer_id: str,
        target: Segment,
        settlement: Settlement,
        columns: StoreColumns,
        finish: Callable[[Transaction], None],
        *,
        is_back: bool,
    ) -> None:
        """Settle the last changes that came while the segment was on its way, and mark it published."""
        with self._db.write() as tx:
            tx.retailers.lock(retailer_id)
            version = tx.runs.pending_segment(retailer_id)
            assert version is not None
            last = settlement.end(tx)
            tx.deltas.set_published_seq(retailer_id, last)
            told = np.flatnonzero(target.snapshots).tolist()
            snapshots = {int(columns.store_id[n]): int(target.snapshots[n]) for n in told}
            tx.stores.set_snapshots(snapshots, force=is_back)
            tx.runs.publish_pending(retailer_id)
            tx.deltas.trim(retailer_id, version.folded_seq)
            finish(tx)

    def force(self, base: Touched, deltas: StockTable, columns: StoreColumns) -> None:
        """Put the truth of every record that these deltas touch into the index, whatever stands there."""

        def truths() -> Iterator[tuple[StockTable, MergeMode]]:
            parts = Bucketed(deltas)
            for number in parts.numbers():
                touched = reconcile.latest(parts[number])
                truth = reconcile.fold(base.bucket(number), base.snapshots, parts[number])
                at, found = reconcile.find(truth, touched)
                yield truth.take(at[found]), MergeMode.FORCE
                yield touched.take(~found), MergeMode.DROP

        self.writer.merge_all(truths(), columns.place)


class _Group:
    """The next buckets of a segment as patches, so that a small retailer's do not wait for a reply each.

    ``taken`` counts the buckets.
    """

    def __init__(self, buckets: Iterator[tuple[StockTable, StockTable]], keep: Callable[[], None], wins: Wins) -> None:
        self._buckets = buckets
        self._keep = keep
        self._wins = wins
        self.taken = 0

    def __iter__(self) -> Iterator[tuple[StockTable, Wins]]:
        began = looked = time.monotonic()
        for merge, drop in itertools.islice(self._buckets, GROUP_BUCKETS):
            yield merge, self._wins
            yield drop, MergeMode.DROP
            self.taken += 1
            now = time.monotonic()
            if now - began > GROUP_S:
                return
            if now - looked > KEEP_S:
                looked = now
                self._keep()


def _differences(base: FoldedSegment, target: Segment, begin: int) -> Iterator[tuple[StockTable, StockTable]]:
    """What to merge and what to drop in each bucket from ``begin`` on, read while the last one is sent."""
    olds = ahead((base.bucket(number) for number in range(begin, BUCKETS)), rows=target.records)
    news = (target.bucket(number) for number in range(begin, BUCKETS))
    return ahead((reconcile.difference(old, new) for old, new in zip(olds, news, strict=True)), rows=target.records)
