"""Stores and products feeds: what is sold where, beside the stock itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from ingest import parked
from ingest.checks import rails
from ingest.formats.feed import read_feed
from ingest.geocode.addresses import Address, AddressBook
from ingest.geocode.locate import Ask, locate
from ingest.normalize.identity import StoreBook
from ingest.normalize.products import ProductInput, normalize_products
from ingest.normalize.stores import StoreInput, latest_stores, normalize_stores
from ingest.normalize.texts import NormalizedBatch
from ingest.notices import NoticeBook
from ingest.parked import ParkedRows
from ingest.publish.rebuild import card_of
from ingest.publish.stock import StockPublisher
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.feed import Awaited, FeedRun, RowCounts
from inventory_api.domain.identifiers import OWN_BASE
from inventory_api.domain.product import Product
from inventory_api.domain.store import Position
from inventory_api.storage.index.tiles import place_stores
from inventory_api.storage.sql.bulk import UpsertCounts
from inventory_api.storage.sql.engine import Database, Transaction

Progress = Callable[[int], None]

COMMIT_PRODUCTS = 10_000
Row = TypeVar("Row", StoreInput, ProductInput)


def publish_stores(
    run: FeedRun,
    context: FeedContext,
    db: Database,
    notices: NoticeBook,
    on_progress: Progress,
    book: AddressBook | None = None,
    ask: Ask | None = None,
    *,
    is_only_read: bool,
) -> None:
    """Read a stores feed, find those without coordinates, give new ones a number and a place, commit all at once.

    Args:
        book: Finds the addresses of stores without coordinates; None leaves them where they are.
        ask: The geocoder, where the operator chose one.

    Raises:
        FeedRejected: The file cannot be used.
    """
    batches = _batches(run, context, notices, normalize_stores, on_progress)
    rows = latest_stores([row for batch in batches for row in batch], notices)
    rails.refuse_hopeless(run.rows)
    with db.read() as tx:
        known = {store.store_code: store for store in tx.stores.of_retailer(run.retailer_id)}

    def ask_meanwhile(address: Address) -> Position | None:
        on_progress(run.bytes)
        return ask(address) if ask else None

    if book is not None:
        ask_now = None if is_only_read else ask_meanwhile
        rows = locate(rows, known, notices, book=book, currency=context.currency, ask=ask_now)
    if is_only_read:
        return
    with db.write() as tx:
        upserted = tx.stores.upsert(run.retailer_id, rows)
        places = place_stores(tx.stores.list(), tx.stores.stocked_ids(), tx.stores.reserve_tiles)
        tx.stores.set_places(places)
        # Counted with the commit: done again after a kill, the same rows change nothing.
        if not run.cursor:
            _count(run, upserted)
            tx.runs.save(run)


def publish_products(
    run: FeedRun,
    context: FeedContext,
    db: Database,
    publisher: StockPublisher,
    notices: NoticeBook,
    on_progress: Progress,
    *,
    is_only_read: bool,
) -> None:
    """Read a products feed twice: once to know that it is whole, once into SQL and the index, batch by batch.

    So neither a truncated file changes anything, nor does one of millions of products need memory.

    Raises:
        FeedRejected: The file cannot be used.
    """
    for _ in _batches(run, context, notices, normalize_products, on_progress):
        pass
    rails.refuse_hopeless(run.rows)
    if is_only_read:
        return
    counts = run.rows
    batches = _batches(run, context, NoticeBook(), normalize_products, on_progress)
    for number, rows in enumerate(part for batch in batches for part in _parts(batch)):
        # Committed before a kill, and the cards of all but the last of these are out.
        if number < run.cursor - 1:
            continue
        _publish_batch(run, rows, db, publisher, is_committed=number < run.cursor)
    run.rows = counts


def _parts(rows: list[ProductInput]) -> Iterator[list[ProductInput]]:
    """What is committed at once: a block of a file is 50,000 products, and a product costs kilobytes on its way."""
    for begin in range(0, len(rows), COMMIT_PRODUCTS):
        yield rows[begin : begin + COMMIT_PRODUCTS]


def publish_parked(retailer_id: str, db: Database, publisher: StockPublisher) -> None:
    """Rows whose store and article are both named now: into the log, with the time they spoke of.

    After a kill between two portions the first goes into the log again, where it changes nothing.
    """
    with db.read() as tx:
        if not tx.runs.has_parked(retailer_id):
            return
        stores = tx.stores.of_retailer(retailer_id)
        book = StoreBook(stores)
        codes = [code for code in tx.runs.awaited_stores(retailer_id) if book.find(code)[0] >= 0]
        files = tx.runs.parked_named(retailer_id, codes)
    ids = {store.number: store.id for store in stores}
    for parked_id, path in files:
        names, is_done = _Names(retailer_id, book, ids), False
        for rows, is_last in parked.read_parked(Path(path)):
            with db.write() as tx:
                names.find(tx, rows)
                awaited = tx.runs.awaited(parked_id, rows.names("store_code"), rows.names("sku"))
                tx.deltas.append(retailer_id, rows.named(names.stores, names.products, awaited))
                if is_last:
                    is_done = tx.runs.unpark(parked_id, Awaited(set(names.stores), set(names.products)))
            publisher.publish_deltas(retailer_id)
        if is_done:
            Path(path).unlink(missing_ok=True)


class _Names:
    """What the names in a parked file stand for: store numbers and product ids, each looked up once.

    What a change over the API names meanwhile waits for the next feed: rows of it may have gone by.
    """

    def __init__(self, retailer_id: str, book: StoreBook, ids: Mapping[int, int]) -> None:
        self._retailer_id = retailer_id
        self._book = book
        self._ids = ids
        self._asked = Awaited()
        self.stores: dict[str, int] = {}
        self.products: dict[str, int] = {}

    def find(self, tx: Transaction, rows: ParkedRows) -> None:
        """Look up the names in these rows, and remember that the stores have stock."""
        codes, skus = set(rows.names("store_code")), set(rows.names("sku"))
        found = {code: self._book.find(code)[0] for code in codes - self._asked.store_codes}
        stores = {code: number for code, number in found.items() if number >= 0}
        tx.stores.mark_stocked([self._ids[number] for number in stores.values()])
        self.stores |= stores
        self.products |= tx.products.find_skus(self._retailer_id, skus - self._asked.skus)
        self._asked.store_codes.update(codes)
        self._asked.skus.update(skus)


def _publish_batch(
    run: FeedRun, rows: list[ProductInput], db: Database, publisher: StockPublisher, *, is_committed: bool
) -> None:
    with db.write() as tx:
        skus = tx.products.find_skus(run.retailer_id, [row.sku for row in rows if row.sku is not None])
        products = _identify(rows, skus, tx.products.reserve_own_numbers)
        changed = [product.id for product in products]
        if not is_committed:
            tx.products.link_skus(run.retailer_id, list(skus.items()))
            upserted, changed = tx.products.upsert(run.retailer_id, products)
            _count(run, upserted)
            tx.runs.save(run)
    with db.read() as tx:
        cards = {number: card_of(product) for number, product in tx.products.get_many(changed).items()}
    publisher.writer.put_cards(cards)


def _count(run: FeedRun, upserted: UpsertCounts) -> None:
    """Add up what a committed batch changed; ``cursor`` counts the batches."""
    run.cursor += 1
    run.changes.inserted += upserted.inserted
    run.changes.updated += upserted.updated
    run.changes.unchanged += upserted.unchanged


def _identify(rows: list[ProductInput], skus: dict[str, int], reserve: Callable[[int], int]) -> list[Product]:
    """Give every row its product id: its GTIN, else what its id is known by, else a new number of ours.

    ``skus`` takes in what was decided.
    """
    nameless = {row.sku for row in rows if row.sku is not None and row.product_id is None and row.sku not in skus}
    first = OWN_BASE + reserve(len(nameless)) if nameless else 0
    skus |= {sku: number for number, sku in enumerate(sorted(nameless), start=first)}
    products = []
    for row in rows:
        product_id = row.product_id or (None if row.sku is None else skus[row.sku])
        assert product_id is not None
        if row.sku is not None:
            skus[row.sku] = product_id
        said = (row.title, row.brand, row.category, row.description, row.link, row.image_url, row.aliases)
        products.append(Product(product_id, *said))
    return products


def _batches(
    run: FeedRun,
    context: FeedContext,
    notices: NoticeBook,
    normalize: Callable[[RawBatch, FeedContext, NoticeBook], NormalizedBatch[Row]],
    on_progress: Progress,
) -> Iterator[list[Row]]:
    """Normalized rows of a file, batch by batch; ``run.rows`` counts them."""
    counts = run.rows = RowCounts()
    raws = read_feed(Path(run.path), kind=run.kind, context=context, notices=notices, on_progress=on_progress)
    for raw in raws:
        batch = normalize(raw, context, notices)
        counts.read += batch.read + raw.rejected
        counts.rejected += batch.rejected + raw.rejected
        counts.repaired += batch.repaired
        counts.accepted = counts.read - counts.rejected
        yield batch.rows
