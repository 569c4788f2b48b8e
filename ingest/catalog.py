"""Stores and products feeds: what is sold where, beside the stock itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ingest import checks
from ingest.formats.compression import open_feed
from ingest.formats.delimited import read_delimited
from ingest.normalize.products import ProductInput, normalize_products
from ingest.normalize.stores import normalize_stores
from ingest.notices import NoticeBook
from ingest.publish.rebuild import card_of
from ingest.publish.stock import StockPublisher
from ingest.rows import FeedContext
from inventory_api.domain.feed import ChangeCounts, FeedRun, RowCounts
from inventory_api.domain.identifiers import OWN_BASE
from inventory_api.domain.product import Product
from inventory_api.storage.index.tiles import place_stores
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.stores import StoreRow

Progress = Callable[[int], None]


def publish_stores(
    run: FeedRun,
    context: FeedContext,
    db: Database,
    notices: NoticeBook,
    on_progress: Progress,
) -> None:
    """Read a stores feed, give new stores a number and a place, commit all of it at once.

    Raises:
        FeedRejected: The file cannot be used.
    """
    counts, rows = RowCounts(), []
    raws = read_delimited(
        lambda: open_feed(Path(run.path)), kind=run.kind, context=context, notices=notices, on_progress=on_progress
    )
    for raw in raws:
        batch = normalize_stores(raw, context, notices)
        _count(counts, batch.read, batch.rejected + raw.rejected, batch.repaired, raw.rejected)
        rows += batch.rows
    run.rows = counts
    checks.refuse_hopeless(counts)
    if run.dry_run:
        return
    names = StoreRow.__dataclass_fields__
    said = {row.store_code: StoreRow(**{n: getattr(row, n) for n in names if hasattr(row, n)}) for row in rows}
    with db.write() as tx:
        upserted = tx.stores.upsert(run.retailer_id, list(said.values()))
        places = place_stores(tx.stores.list(), tx.stores.stocked_ids(), tx.stores.reserve_tiles)
        tx.stores.set_places(places)
    run.changes = ChangeCounts(upserted.inserted, upserted.updated, 0, upserted.unchanged)


def publish_products(
    run: FeedRun,
    context: FeedContext,
    db: Database,
    publisher: StockPublisher,
    notices: NoticeBook,
    on_progress: Progress,
) -> None:
    """Read a products feed into SQL, then put the cards that changed into the index.

    Raises:
        FeedRejected: The file cannot be used.
    """
    counts, inputs = RowCounts(), []
    raws = read_delimited(
        lambda: open_feed(Path(run.path)), kind=run.kind, context=context, notices=notices, on_progress=on_progress
    )
    for raw in raws:
        batch = normalize_products(raw, context, notices)
        _count(counts, batch.read, batch.rejected + raw.rejected, batch.repaired, raw.rejected)
        inputs += batch.rows
    run.rows = counts
    checks.refuse_hopeless(counts)
    if run.dry_run:
        return
    with db.read() as tx:
        known = dict(tx.products.catalogue(run.retailer_id))
    with db.write() as tx:
        products, skus = _identify(inputs, known, tx.products.reserve_own_numbers)
        tx.products.link_skus(run.retailer_id, list(skus.items()))
        upserted, changed = tx.products.upsert(run.retailer_id, products)
    # A run that was killed after its commit finds nothing changed, yet its cards may not be out.
    wanted = changed if run.attempts <= 1 else [product.id for product in products]
    with db.read() as tx:
        cards = {number: card_of(product) for number, product in tx.products.get_many(wanted).items()}
    publisher.writer.put_cards(cards)
    run.changes = ChangeCounts(upserted.inserted, upserted.updated, 0, upserted.unchanged)


def _identify(
    inputs: list[ProductInput], known: dict[str, int], reserve: Callable[[int], int]
) -> tuple[list[Product], dict[str, int]]:
    """Give every row its product id: its GTIN, else what its id is known by, else a new number of ours."""
    skus: dict[str, int] = {}
    nameless = [row.sku for row in inputs if row.product_id is None and row.sku not in known]
    fresh = iter(range(0))
    if nameless:
        unique = dict.fromkeys(nameless)
        first = OWN_BASE + reserve(len(unique))
        fresh = iter(range(first, first + len(unique)))
        skus = {sku: next(fresh) for sku in unique if sku is not None}
    products = []
    for row in inputs:
        product_id = row.product_id
        if product_id is None:
            assert row.sku is not None
            product_id = skus.get(row.sku) or known[row.sku]
        if row.sku is not None:
            skus[row.sku] = product_id
        product = Product(product_id, row.title, row.brand, row.category, row.description, row.link, row.image_url)
        products.append(product)
    return products, skus


def _count(counts: RowCounts, read: int, rejected: int, repaired: int, lost: int) -> None:
    counts.read += read + lost
    counts.rejected += rejected
    counts.repaired += repaired
    counts.accepted = counts.read - counts.rejected
