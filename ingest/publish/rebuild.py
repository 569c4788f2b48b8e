"""The whole index from the truth: segments, newer deltas, cards. And proof that it equals the truth.

A rebuild replaces product by product, each in one atomic call, so that lookups go on beside it and two
copies never have to fit. An index without its marker stays closed (503) until the rebuild is through.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from ingest.publish.roster import Roster, StoreColumns
from ingest.publish.stock import StockPublisher
from ingest.publish.touched import FoldedSegment, Touched
from inventory_api.domain.product import Product
from inventory_api.domain.stock import StockTable
from inventory_api.storage.index.keys import BUCKETS
from inventory_api.storage.index.tiles import repack_stores
from inventory_api.storage.segments import Segment, SegmentStore
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.pointers import SegmentVersion

CARDS_AT_ONCE = 5_000

Progress = Callable[[int, int], None]


def card_of(product: Product) -> bytes:
    """The card that the index holds of a product, as JSON."""
    return orjson.dumps({"title": product.title, "brand": product.brand, "image_url": product.image_url})


@dataclass(slots=True)
class _Truth:
    """One retailer as read at the start: later deltas are settled at the end."""

    retailer_id: str
    segment: Segment | None
    folded_seq: int
    seen_seq: int
    stock: FoldedSegment
    columns: StoreColumns


class Rebuilder:
    """Rebuilds and verifies one index."""

    def __init__(self, db: Database, segments: SegmentStore, publisher: StockPublisher, roster: Roster) -> None:
        self._db = db
        self._segments = segments
        self._publisher = publisher
        self._roster = roster

    def ensure_complete(self, progress: Progress) -> bool:
        """Rebuild where the marker is missing (first start, flush). Returns whether it did."""
        if self._publisher.writer.is_complete():
            return False
        self.rebuild(progress)
        return True

    def rebuild(self, progress: Progress, *, repack: bool = False) -> int:
        """Put the whole truth into the index, in place. Returns how many records were written.

        Args:
            progress: Told (done, all) in buckets.
            repack: Place all stores anew first. This empties the index: lookups answer 503 meanwhile.
        """
        writer = self._publisher.writer
        if repack:
            writer.clear()
        with self._publisher.alone() as keep:
            if repack:
                with self._db.write() as tx:
                    tx.stores.set_places(repack_stores(tx.stores.list(), tx.stores.reserve_tiles))
            writer.load_functions()
            truths = self._read()
            written, known = 0, []
            for number in range(BUCKETS):
                keep()
                rows, place = _bucket(truths, number)
                known.append(np.unique(rows.product))
                products = known[-1].tolist()
                written += writer.replace(rows, place, self._cards(products), products)
                progress(number + 1, BUCKETS)
            self._find_strays(known, keep, repair=True)
            self._put_all_cards(keep)
            self._restart_publishing()
            for truth in truths:
                self._catch_up(truth)
            keep()
            self._publisher.mark_complete()
        writer.ring()
        return written

    def recover(self, since: dt.datetime, progress: Progress) -> None:
        """Send again what was published since then, of which the server may have lost any part."""
        with self._db.read() as tx:
            is_more_than_changes = tx.runs.is_any_published_since(since)
        if is_more_than_changes:
            self.verify(progress, repair=True)
        with self._publisher.alone() as keep:
            self._restart_publishing()
            for truth in self._read():
                keep()
                self._catch_up(truth, again=True)
            if is_more_than_changes:
                self._put_all_cards(keep)

    def verify(self, progress: Progress, *, repair: bool = False) -> int:
        """Count records in which the index differs from the truth; ``repair`` mends them.

        Deltas that arrive meanwhile may be counted; run it again before believing a small number.
        """
        wrong, known = 0, []
        with self._publisher.alone() as keep:
            truths = self._read()
            if repair:
                self._restart_publishing()
            for number in range(BUCKETS):
                keep()
                rows, place = _bucket(truths, number)
                known.append(np.unique(rows.product))
                bad = self._publisher.audit.find_differences(rows, place)
                wrong += int(bad.sum())
                if repair and bad.any():
                    products = np.unique(rows.product[bad])
                    which = np.isin(rows.product, products)
                    cards = self._cards(products.tolist())
                    self._publisher.writer.replace(rows.take(which), place[which], cards, products.tolist())
                progress(number + 1, BUCKETS)
            wrong += self._find_strays(known, keep, repair=repair)
            if repair:
                for truth in truths:
                    self._catch_up(truth)
        return wrong

    def _find_strays(self, known: list[NDArray[np.uint64]], keep: Callable[[], None], *, repair: bool) -> int:
        """Count, or remove, the records of products of which the truth has none."""
        count = 0
        for strays in self._publisher.audit.find_strays(np.sort(np.concatenate(known))):
            keep()
            count += sum(strays.values())
            if strays and repair:
                nothing, nowhere = StockTable.empty(), np.empty(0, np.int64)
                self._publisher.writer.replace(nothing, nowhere, self._cards(list(strays)), strays)
        return count

    def _read(self) -> list[_Truth]:
        truths = []
        with self._db.read() as tx:
            pointers = tx.runs.published_segments()
            for retailer in tx.retailers.list():
                pointer = pointers.get(retailer.id)
                segment = self._segments.open(pointer.name) if pointer else None
                folded = pointer.folded_seq if pointer else 0
                deltas, seen = tx.deltas.after(retailer.id, folded)
                stock = FoldedSegment(segment, deltas)
                columns = self._roster.of(tx, retailer.id)
                truths.append(_Truth(retailer.id, segment, folded, seen, stock, columns))
        return truths

    def _restart_publishing(self) -> None:
        """A segment that was on its way is no longer in the index: whoever publishes it has to begin anew."""
        with self._db.write() as tx:
            tx.runs.restart_publishing()

    def _catch_up(self, truth: _Truth, *, again: bool = False) -> None:
        """A delta published between our reading and our replacing was overwritten: send its truth again."""
        with self._db.write() as tx:
            tx.retailers.lock(truth.retailer_id)
            deltas, last = tx.deltas.after(truth.retailer_id, truth.folded_seq)
            if again or last > truth.seen_seq:
                self._publisher.force(Touched(truth.segment, deltas), deltas, self._roster.of(tx, truth.retailer_id))
            tx.deltas.set_published_seq(truth.retailer_id, max(last, tx.deltas.published_seq(truth.retailer_id)))

    def _cards(self, products: list[int]) -> dict[int, bytes]:
        with self._db.read() as tx:
            return {number: card_of(product) for number, product in tx.products.get_many(products).items()}

    def _put_all_cards(self, keep: Callable[[], None]) -> None:
        """Cards of products without stock too: a known product that nobody has is not a 404."""
        cards: dict[int, bytes] = {}
        with self._db.read() as tx:
            for product in tx.products.stream_cards():
                cards[product.id] = card_of(product)
                if len(cards) == CARDS_AT_ONCE:
                    keep()
                    self._publisher.writer.put_cards(cards)
                    cards = {}
        self._publisher.writer.put_cards(cards)


def _bucket(truths: list[_Truth], number: int) -> tuple[StockTable, NDArray[np.int64]]:
    """The records of all retailers in one bucket, products in order, with the place of each."""
    tables = [truth.stock.bucket(number) for truth in truths]
    rows = StockTable.join(tables)
    places = [truth.columns.place[table.store] for truth, table in zip(truths, tables, strict=True)]
    place = np.concatenate(places) if places else np.empty(0, np.int64)
    order = np.argsort(rows.product, kind="stable")
    return rows.take(order), place[order]


def fold_log(db: Database, segments: SegmentStore, retailer_id: str, name: str) -> bool:
    """Fold a long log of published deltas into a new segment; the index already shows them.

    Returns:
        False where another worker was quicker: the new file is then an orphan and is swept.
    """
    with db.read() as tx:
        old = tx.runs.published_segment(retailer_id)
        if tx.runs.pending_segment(retailer_id) is not None:
            return False
        up_to = tx.deltas.published_seq(retailer_id)
        deltas, _ = tx.deltas.after(retailer_id, old.folded_seq if old else 0, up_to=up_to)
    segment = segments.open(old.name) if old else None
    stock = FoldedSegment(segment, deltas)
    snapshots = segment.snapshots if segment else np.zeros(0, np.uint32)
    records = segments.write(name, (stock.bucket(number) for number in range(BUCKETS)), snapshots)
    newest = int(deltas.observed.max()) if len(deltas) else 0
    with db.write() as tx:
        tx.retailers.lock(retailer_id)
        if tx.runs.published_segment(retailer_id) != old or tx.runs.pending_segment(retailer_id) is not None:
            return False
        version = SegmentVersion(name, records, up_to, newest, dt.datetime.now(dt.UTC))
        tx.runs.set_pending(retailer_id, version)
        tx.runs.publish_pending(retailer_id)
        tx.deltas.trim(retailer_id, up_to)
    return True
