r"""The life of a feed run, in order; readable as the specification.

    received -> parsed -> checked -> segmented -> publishing -> published
                           \-> quarantined -> received, approved

Every stage may be killed and done again. Nothing is visible before ``segmented`` has committed, and
what is visible is at any moment the old or the new statement about a product, never neither.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ingest import versions
from ingest.append import DeltaAppender
from ingest.catalog import publish_parked, publish_products, publish_stores
from ingest.checks import rails
from ingest.checks.statistics import PriceMoves
from ingest.geocode.addresses import AddressBook
from ingest.geocode.remote import asking
from ingest.normalize.identity import Catalogue, StoreBook
from ingest.notice_log import NoticeLog
from ingest.notices import NoticeBook, Severity
from ingest.parse import ParsedStock, parse_stock
from ingest.publish.roster import Roster
from ingest.publish.search import SearchPublisher
from ingest.publish.stock import StockPublisher
from ingest.segment import Comparison, write_renewed, write_version
from ingest.spill import Spill
from ingest.trial import Trial, needs_approval
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind, FeedMode, FeedRun, RunStage, RunStatus
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.store import Store
from inventory_api.storage.geocoder.geocoder import Geocoder
from inventory_api.storage.index.keys import BUCKETS
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
        search: SearchPublisher,
        work_dir: Path,
        book: AddressBook | None = None,
        geocoder: Geocoder | None = None,
    ) -> None:
        self._db = db
        self._segments = segments
        self._publisher = publisher
        self._roster = roster
        self._appender = DeltaAppender(db, segments, publisher)
        self._search = search
        self._work_dir = work_dir
        self._book = book
        self._geocoder = geocoder

    def run(self, run: FeedRun, progress: Progress) -> None:
        """Take one claimed run to its end; its record then says how it ended.

        Raises:
            LeaseLost: Another worker has it now.
            Unavailable: Redis or SQL is away: the run stays ours to try again.
            DamagedFile: A file that was kept is no longer what arrived.
        """
        with self._db.read() as tx:
            retailer = tx.retailers.get(run.retailer_id)
            stores = tx.stores.of_retailer(run.retailer_id)
        log = NoticeLog(self._work_dir.parent / "reports" / f"{run.id}-{run.fence}.csv.gz")
        notices = NoticeBook(log)
        try:
            if run.stage is RunStage.SEGMENTED:
                self._publish(run, progress)
                return
            if run.approved or run.replay_of is not None:
                versions.verify_content(run)
            versions.cut_time(run, notices)
            if run.kind is not FeedKind.INVENTORY:
                self._describe(run, retailer, notices, progress)
            elif self._is_outdated(run, notices):
                self._end(run, RunStatus.OUTDATED, notices)
            else:
                self._stock(run, retailer, stores, notices, progress)
        except FeedRejected as refused:
            notices.add(refused.code, Severity.ERROR, line=refused.line, message=refused.reason)
            self._end(run, RunStatus.REJECTED, notices)
        finally:
            log.discard()

    def _stock(
        self, run: FeedRun, retailer: Retailer, stores: list[Store], notices: NoticeBook, progress: Progress
    ) -> None:
        context = versions.context_of(run, retailer)
        reading = versions.reading_of(run, context)
        with self._db.read() as tx:
            last = versions.repeated(tx, run, reading) if run.mode is FeedMode.FULL else None
        if last is not None:
            self._repeat(run, last, notices, progress)
            return
        book, catalogue = StoreBook(stores), self._catalogue(retailer)
        limits = rails.Limits.of(context.profile.thresholds)
        name = f"{run.id}-{run.fence}"
        with Spill(self._work_dir) as spill:
            parsed = parse_stock(
                Path(run.path),
                context=context,
                stores=book,
                catalogue=catalogue,
                notices=notices,
                spill=spill,
                parked_path=self._work_dir / "parked" / f"{name}.parquet",
                on_progress=lambda done: progress("parsing", done, run.bytes),
            )
            run.rows = parsed.counts
            rails.refuse_hopeless(parsed.counts, limits)
            size = max((store.number for store in stores), default=-1) + 1
            statistics = parsed.statistics(notices, size, reading)
            if run.mode is FeedMode.FULL:
                # As counted: a run that waits for approval shows what its file says.
                run.stats = asdict(statistics)
            with self._db.read() as tx:
                trial = Trial.of(tx, run, parsed.counts, statistics, limits)

            def learn(tx: Transaction) -> None:
                """What the file taught us besides stock: committed with it, or not at all."""
                tx.products.link_skus(retailer.id, list(catalogue.learned.items()))
                ids = {store.number: store.id for store in stores}
                tx.stores.learn({ids[number]: said for number, said in book.learned.items()})
                tx.stores.mark_stocked([ids[number] for number in np.flatnonzero(parsed.seen).tolist()])
                if parsed.awaited:
                    path = str(self._work_dir / "parked" / f"{name}.parquet")
                    tx.runs.add_parked(retailer.id, path, parsed.awaited, run.id)

            if run.dry_run:
                trial.tell(notices, stores)
                self._end(run, RunStatus.UNCHANGED, notices)
            elif run.mode is FeedMode.FULL:
                self._segment(run, stores, parsed, trial, learn, notices, progress)
            elif trial.is_quarantined:
                trial.tell(notices, stores)
                self._end(run, RunStatus.QUARANTINED, notices)
            else:
                self._appender.append(run, spill, parsed.numbered, context.profile, notices, learn)
                self._save_end(run, RunStatus.PUBLISHED)
            if catalogue.learned and not run.dry_run:
                publish_parked(retailer.id, self._db, self._publisher)

    def _segment(
        self,
        run: FeedRun,
        stores: list[Store],
        parsed: ParsedStock,
        trial: Trial,
        learn: Callable[[Transaction], None],
        notices: NoticeBook,
        progress: Progress,
    ) -> None:
        """Write the next version of the retailer's stock, commit it as the pending one, and publish it."""
        self._publisher.publish_deltas(run.retailer_id)
        with self._db.read() as tx:
            replace_up_to = versions.withdrawn_up_to(tx, run)
        feed = parsed.as_full(
            run.as_of,
            only=next((s.number for s in stores if s.store_code == run.store_code), None) if run.store_code else None,
            size=max((store.number for store in stores), default=-1) + 1,
            held=trial.held,
            given_up=trial.given_up,
            replace_up_to=replace_up_to,
        )
        outcome = Comparison(moves=PriceMoves(trial.limits.price_factor), statistics=trial.statistics)
        outcome.statistics.spoken = int(feed.snapshots.max(initial=0))
        version = write_version(
            self._db,
            self._segments,
            run,
            feed,
            parsed.spill,
            outcome,
            notices,
            lambda done: progress("comparing", done, BUCKETS),
        )
        trial.compare_prices(outcome.moves)
        trial.tell(notices, stores)
        if trial.is_quarantined:
            # The file is kept and nothing else: once approved it is read again, against what is true then.
            self._segments.remove(version.name)
            self._end(run, RunStatus.QUARANTINED, notices)
            return
        run.changes, run.stats = outcome.counts, asdict(trial.statistics)
        notices.keep(run)
        run.held_stores = [store.store_code for store in stores if store.number in trial.held] or None
        self._commit(run, version, learn)
        self._publish(run, progress)

    def _repeat(self, run: FeedRun, last: FeedRun, notices: NoticeBook, progress: Progress) -> None:
        """Publish what is published already, as of a later time, without reading the file."""
        version = write_renewed(self._db, self._segments, run, versions.stores_of(last))
        versions.take_over(run, last, notices)
        # No bucket differs: there is nothing to send but the snapshots.
        self._commit(run, version, lambda tx: None, cursor=BUCKETS)
        self._publish(run, progress)

    def _commit(
        self, run: FeedRun, version: SegmentVersion, learn: Callable[[Transaction], None], cursor: int = 0
    ) -> None:
        run.stage, run.segment, run.cursor = RunStage.SEGMENTED, version.name, cursor
        with self._db.write() as tx:
            learn(tx)
            tx.runs.set_pending(run.retailer_id, version)
            tx.runs.save(run)

    def _publish(self, run: FeedRun, progress: Progress) -> None:
        """Make the pending segment the one that shoppers see, resuming at the cursor."""
        with self._db.read() as tx:
            replace_up_to = versions.withdrawn_up_to(tx, run)

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
            versions.supersede(tx, run)

        self._publisher.publish_pending(
            run.retailer_id, resume=resume, save=save, finish=finish, replace_up_to=replace_up_to
        )

    def _describe(self, run: FeedRun, retailer: Retailer, notices: NoticeBook, progress: Progress) -> None:
        """Stores and products: into SQL, then cards, places and parked rows into the index."""
        with self._db.read() as tx:
            waits = needs_approval(tx, run)
        context, is_only_read = versions.context_of(run, retailer), run.dry_run or bool(waits)

        def on_progress(done: int) -> None:
            progress("parsing", done, run.bytes)

        if run.kind is FeedKind.PRODUCTS:
            publish_products(run, context, self._db, self._publisher, notices, on_progress, is_only_read=is_only_read)
            if not is_only_read:
                publish_parked(retailer.id, self._db, self._publisher)
                self._search.catch_up(progress)
        else:
            ask = asking(self._geocoder) if self._geocoder else None
            publish_stores(run, context, self._db, notices, on_progress, self._book, ask, is_only_read=is_only_read)
            if not is_only_read:
                self._publisher.writer.ring()
                publish_parked(retailer.id, self._db, self._publisher)
        for verdict in waits:
            notices.add(verdict.code, Severity.WARNING, message=verdict.message)
        ends = RunStatus.UNCHANGED if run.dry_run else RunStatus.PUBLISHED
        self._end(run, RunStatus.QUARANTINED if waits and not run.dry_run else ends, notices)

    def _catalogue(self, retailer: Retailer) -> Catalogue:
        def reserve(count: int) -> int:
            with self._db.write() as tx:
                return tx.products.reserve_own_numbers(count)

        with self._db.read() as tx:
            return Catalogue(tx.products.catalogue(retailer.id), reserve)

    def _is_outdated(self, run: FeedRun, notices: NoticeBook) -> bool:
        with self._db.read() as tx:
            return versions.is_outdated(tx, run, notices)

    def _end(self, run: FeedRun, status: RunStatus, notices: NoticeBook) -> None:
        notices.keep(run)
        self._save_end(run, status)

    def _save_end(self, run: FeedRun, status: RunStatus) -> None:
        self._mark(run, status)
        with self._db.write() as tx:
            tx.runs.save(run)
            if status is RunStatus.PUBLISHED:
                versions.supersede(tx, run)

    @staticmethod
    def _mark(run: FeedRun, status: RunStatus) -> None:
        run.status = status
        if status is RunStatus.PUBLISHED:
            run.stage, run.published_at = RunStage.PUBLISHED, dt.datetime.now(dt.UTC)
