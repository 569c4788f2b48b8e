"""The life of a feed run, in order; readable as the specification.

    received -> parsed -> checked -> segmented -> publishing -> published

Every stage may be killed and done again. Nothing is visible before ``segmented`` has committed, and
what is visible is at any moment the old or the new statement about a product, never neither.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ingest import checks, parked
from ingest.ahead import ahead
from ingest.append import DeltaAppender
from ingest.catalog import publish_products, publish_stores
from ingest.geocode.addresses import AddressBook
from ingest.geocode.remote import Geocoder
from ingest.normalize.identity import Catalogue, StoreBook
from ingest.notice_log import NoticeLog
from ingest.notices import NoticeBook, Severity
from ingest.parse import ParsedStock, parse_stock
from ingest.publish.roster import Roster
from ingest.publish.stock import FoldedSegment, StockPublisher
from ingest.rows import FeedContext
from ingest.segment import next_version
from ingest.spill import Spill
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind, FeedMode, FeedRun, RunStage, RunStatus
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.stock import to_observed
from inventory_api.domain.store import Store
from inventory_api.storage.segments import SegmentStore
from inventory_api.storage.sql.engine import Database, Transaction
from inventory_api.storage.sql.pointers import SegmentVersion

Progress = Callable[[str, int, int], None]
"""Told (stage, done, all): bytes while parsing, buckets afterwards."""


class Pipeline:
    """Takes claimed runs to their end."""

    def __init__(
        self,
        db: Database,
        segments: SegmentStore,
        publisher: StockPublisher,
        roster: Roster,
        work_dir: Path,
        book: AddressBook | None = None,
        geocoder: Geocoder | None = None,
    ) -> None:
        self._db = db
        self._segments = segments
        self._publisher = publisher
        self._roster = roster
        self._appender = DeltaAppender(db, segments, publisher)
        self._work_dir = work_dir
        self._book = book
        self._geocoder = geocoder

    def run(self, run: FeedRun, progress: Progress) -> None:
        """Take one claimed run to its end; its record then says how it ended.

        Raises:
            LeaseLost: Another worker has it now.
            Unavailable: Redis or SQL is away: the run stays ours to try again.
        """
        with self._db.read() as tx:
            retailer = tx.retailers.get(run.retailer_id)
            stores = tx.stores.of_retailer(run.retailer_id)
        log = NoticeLog(self._work_dir.parent / "reports" / f"{run.id}-{run.fence}.csv.gz")
        notices = NoticeBook(log)
        try:
            if run.stage is RunStage.SEGMENTED:
                self._publish(run, progress)
            elif run.kind is not FeedKind.INVENTORY:
                self._describe(run, retailer, notices, progress)
            elif self._is_outdated(run, notices):
                self._end(run, RunStatus.OUTDATED, notices)
            else:
                self._stock(run, retailer, stores, notices, progress)
        except FeedRejected as refusal:
            notices.add(refusal.code, Severity.ERROR, line=refusal.line, message=refusal.reason)
            self._end(run, RunStatus.REJECTED, notices)
        finally:
            log.discard()

    def _stock(
        self, run: FeedRun, retailer: Retailer, stores: list[Store], notices: NoticeBook, progress: Progress
    ) -> None:
        book, catalogue = StoreBook(stores), self._catalogue(retailer)
        name = f"{run.id}-{run.fence}"
        with Spill(self._work_dir) as spill:
            parsed = parse_stock(
                Path(run.path),
                context=context_of(run, retailer),
                stores=book,
                catalogue=catalogue,
                notices=notices,
                spill=spill,
                parked_path=self._work_dir / "parked" / f"{name}.parquet",
                on_progress=lambda done: progress("parsing", done, run.bytes),
            )
            run.rows = parsed.counts
            checks.refuse_hopeless(parsed.counts)
            if run.dry_run:
                self._end(run, RunStatus.UNCHANGED, notices)
                return

            def learn(tx: Transaction) -> None:
                """What the file taught us besides stock: committed with it, or not at all."""
                tx.products.link_skus(retailer.id, list(catalogue.learned.items()))
                ids = {store.number: store.id for store in stores}
                tx.stores.learn({ids[number]: said for number, said in book.learned.items()})
                tx.stores.mark_stocked([ids[number] for number in np.flatnonzero(parsed.seen).tolist()])
                if parsed.parked_codes:
                    path = str(self._work_dir / "parked" / f"{name}.parquet")
                    tx.runs.add_parked(retailer.id, path, parsed.parked_codes, run.id)

            if run.mode is FeedMode.DELTA:
                profile = context_of(run, retailer).profile
                self._appender.append(run, spill, parsed.numbered, profile, notices, learn)
                self._save_end(run, RunStatus.PUBLISHED)
            else:
                self._segment(run, stores, parsed, learn, notices, progress)
                self._publish(run, progress)

    def _segment(
        self,
        run: FeedRun,
        stores: list[Store],
        parsed: ParsedStock,
        learn: Callable[[Transaction], None],
        notices: NoticeBook,
        progress: Progress,
    ) -> None:
        """Write the next version of the retailer's stock and commit it as the pending one."""
        self._publisher.publish_deltas(run.retailer_id)
        with self._db.read() as tx:
            old = tx.runs.published_segment(run.retailer_id)
            up_to = tx.deltas.published_seq(run.retailer_id)
            deltas, _ = tx.deltas.after(run.retailer_id, old.folded_seq if old else 0, up_to=up_to)
        only = next((s.number for s in stores if s.store_code == run.store_code), None) if run.store_code else None
        size = max((store.number for store in stores), default=-1) + 1
        feed = parsed.as_full(run.as_of, only=only, size=size)
        segment = self._segments.open(old.name) if old else None
        before = np.zeros(size, np.uint32)
        if segment is not None:
            before[: len(segment.snapshots)] = segment.snapshots
        _tell_missing_stores(run, stores, before, feed.snapshots, notices)
        run.changes = type(run.changes)()
        truths = next_version(
            FoldedSegment(segment, deltas),
            before,
            parsed.spill,
            feed,
            notices=notices,
            counts=run.changes,
            on_progress=lambda done: progress("comparing", done, 256),
        )
        name = f"{run.retailer_id}/{run.id}-{run.fence}"
        snapshots = np.maximum(before, feed.snapshots)
        rows = parsed.spill.rows + (segment.records if segment else 0)
        records = self._segments.write(name, ahead(truths, rows=rows), snapshots)
        run.stage, run.segment, run.cursor = RunStage.SEGMENTED, name, 0
        notices.keep(run)
        version = SegmentVersion(name, records, up_to, to_observed(run.as_of), dt.datetime.now(dt.UTC))
        with self._db.write() as tx:
            learn(tx)
            tx.runs.set_pending(run.retailer_id, version)
            tx.runs.save(run)

    def _publish(self, run: FeedRun, progress: Progress) -> None:
        """Make the pending segment the one that shoppers see, resuming at the cursor."""

        def resume() -> int:
            with self._db.read() as tx:
                run.cursor = tx.runs.get(run.retailer_id, run.id).cursor
            return run.cursor

        def save(cursor: int) -> None:
            run.cursor = cursor
            with self._db.write() as tx:
                tx.runs.save(run)
            progress("publishing", cursor, 256)

        def finish(tx: Transaction) -> None:
            before = tx.runs.last_published(run.retailer_id, run.kind, run.store_code)
            changes = run.changes
            quiet = not (changes.inserted or changes.updated or changes.removed)
            same = before is not None and before.sha256 == run.sha256 and quiet
            self._mark(run, RunStatus.UNCHANGED if same else RunStatus.PUBLISHED)
            tx.runs.save(run)

        self._publisher.publish_pending(run.retailer_id, resume=resume, save=save, finish=finish)

    def _describe(self, run: FeedRun, retailer: Retailer, notices: NoticeBook, progress: Progress) -> None:
        """Stores and products: into SQL, then cards, places and parked rows into the index."""
        context = context_of(run, retailer)

        def on_progress(done: int) -> None:
            progress("parsing", done, run.bytes)

        if run.kind is FeedKind.PRODUCTS:
            publish_products(run, context, self._db, self._publisher, notices, on_progress)
        else:
            ask = self._geocoder.begin() if self._geocoder else None
            publish_stores(run, context, self._db, notices, on_progress, self._book, ask)
            if not run.dry_run:
                self._publisher.writer.ring()
                self._replay_parked(retailer)
        self._end(run, RunStatus.UNCHANGED if run.dry_run else RunStatus.PUBLISHED, notices)

    def _replay_parked(self, retailer: Retailer) -> None:
        """Rows that waited for these stores: into the log, with the time they spoke of."""
        with self._db.read() as tx:
            stores = {store.store_code: store for store in tx.stores.of_retailer(retailer.id)}
            files = tx.runs.parked_with(retailer.id, list(stores))
            waiting = [(parked_id, path, tx.runs.waiting_for(parked_id)) for parked_id, path in files]
        for parked_id, path, codes in waiting:
            found = [stores[code] for code in sorted(codes & stores.keys())]
            rows = parked.read_parked(Path(path), {store.store_code: store.number for store in found})
            with self._db.write() as tx:
                tx.stores.mark_stocked([store.id for store in found])
                tx.deltas.append(retailer.id, rows)
                is_done = tx.runs.unpark(parked_id, [store.store_code for store in found])
            self._publisher.publish_deltas(retailer.id)
            if is_done:
                Path(path).unlink(missing_ok=True)

    def _catalogue(self, retailer: Retailer) -> Catalogue:
        def reserve(count: int) -> int:
            with self._db.write() as tx:
                return tx.products.reserve_own_numbers(count)

        with self._db.read() as tx:
            return Catalogue(tx.products.catalogue(retailer.id), reserve)

    def _is_outdated(self, run: FeedRun, notices: NoticeBook) -> bool:
        if run.mode is not FeedMode.FULL:
            return False
        with self._db.read() as tx:
            last = tx.runs.last_published(run.retailer_id, run.kind, run.store_code)
        if last is None or last.as_of <= run.as_of:
            return False
        notices.add("outdated_feed", Severity.WARNING, message=f"It speaks of {run.as_of}; {last.id} of {last.as_of}.")
        return True

    def _end(self, run: FeedRun, status: RunStatus, notices: NoticeBook) -> None:
        notices.keep(run)
        self._save_end(run, status)

    def _save_end(self, run: FeedRun, status: RunStatus) -> None:
        self._mark(run, status)
        with self._db.write() as tx:
            tx.runs.save(run)

    @staticmethod
    def _mark(run: FeedRun, status: RunStatus) -> None:
        run.status = status
        if status is RunStatus.PUBLISHED:
            run.stage, run.published_at = RunStage.PUBLISHED, dt.datetime.now(dt.UTC)


def context_of(run: FeedRun, retailer: Retailer) -> FeedContext:
    """What the normalizers must know beyond the rows."""
    return FeedContext.of(
        retailer,
        received_at=run.received_at,
        as_of=run.as_of,
        is_full=run.mode is FeedMode.FULL,
        store_code=run.store_code,
    )


def _tell_missing_stores(
    run: FeedRun, stores: list[Store], before: np.ndarray, now: np.ndarray, notices: NoticeBook
) -> None:
    """A store that earlier full feeds had and this one has not is an alarm, never an empty shop."""
    if run.store_code is not None:
        return
    for store in stores:
        if before[store.number] and not now[store.number]:
            notices.add("store_missing", Severity.WARNING, column="store_code", value=store.store_code)
