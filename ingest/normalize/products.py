"""The rules of a row of a products feed."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import numpy as np

from ingest.normalize import gtin
from ingest.normalize.cells import Cells
from ingest.normalize.gtin import GtinReader, unwrap
from ingest.normalize.texts import NormalizedBatch, RowNotes, column_texts, last_wins, shortened
from ingest.notices import NoticeBook
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.identifiers import MAX_SKU_BYTES

COLUMNS = ("id", "gtin", "title", "brand", "category", "description", "link", "image_link", "aliases")
MAX_TITLE = 1000
MAX_DESCRIPTION = 5000
MAX_ALIASES = 1000
MAX_LINK = 2048


@dataclass(frozen=True, slots=True)
class ProductInput:
    """What a row says of a product; None where it says nothing.

    ``product_id`` is its GTIN; ``sku`` the retailer's own id, or the code that means something only
    inside the retailer's shops. One of the two is always there.
    """

    sku: str | None
    product_id: int | None
    title: str | None = None
    brand: str | None = None
    category: str | None = None
    description: str | None = None
    link: str | None = None
    image_url: str | None = None
    aliases: str | None = None
    line: int = field(default=0, compare=False)


def normalize_products(batch: RawBatch, context: FeedContext, notices: NoticeBook) -> NormalizedBatch[ProductInput]:
    """Read the rows of a products feed; those that name no product are rejected."""
    rows: list[ProductInput] = []
    repaired = 0
    product_ids, outcomes = _gtins(batch, context)
    texts = [column_texts(batch, name) for name in COLUMNS]
    for line, product_id, outcome, *cells in zip(batch.line.tolist(), product_ids, outcomes, *texts, strict=True):
        notes = RowNotes(notices, line)
        product = _read_product(dict(zip(COLUMNS, cells, strict=True)), product_id or None, outcome, notes)
        if product is not None:
            rows.append(product)
            repaired += notes.repaired
    return NormalizedBatch(latest_products(rows, notices), len(batch), len(batch) - len(rows), repaired)


def latest_products(rows: list[ProductInput], notices: NoticeBook) -> list[ProductInput]:
    """The last row of each id, or of each GTIN where a row has no id; what it replaces gets a notice."""

    def key(row: ProductInput) -> Hashable:
        return row.sku or row.product_id

    return last_wins(rows, key, notices, column="id")


def _gtins(batch: RawBatch, context: FeedContext) -> tuple[list[int], list[int]]:
    """Product id of each row, 0 for none, and what its code is, as an index into ``gtin.CODES``."""
    cells = Cells.of(batch.columns.get("gtin"), len(batch))
    column = GtinReader(upce=context.upce).parse_gtins(cells.texts)
    product_ids = cells.spread(column.product.astype(np.int64))
    return product_ids.tolist(), cells.spread(column.notice).tolist()


def _read_product(
    cells: dict[str, str | None], product_id: int | None, outcome: int, notes: RowNotes
) -> ProductInput | None:
    sku, code = cells["id"], cells["gtin"]
    says_nothing = code is None or (outcome == 0 and product_id is None)
    if sku is None and says_nothing:
        notes.reject("id_missing", "id", code)
        return None
    if sku is not None and len(sku.encode()) > MAX_SKU_BYTES:
        notes.reject("column_value_too_long", "id", sku, f"An id has at most {MAX_SKU_BYTES} bytes.")
        return None
    if outcome >= gtin.SCIENTIFIC and sku is None:
        notes.reject(gtin.CODES[outcome], "gtin", code)
        return None
    if outcome in (gtin.UPCE, gtin.ISBN):
        notes.remark(gtin.CODES[outcome], "gtin", code)
    elif outcome == gtin.RESTRICTED:
        notes.doubt("gtin_restricted", "gtin", code)
        sku = sku or unwrap(code or "")
    elif outcome:
        notes.warn(gtin.CODES[outcome], "gtin", code)
    return ProductInput(
        sku=sku,
        product_id=product_id,
        title=shortened(cells["title"], "title", MAX_TITLE, notes),
        brand=shortened(cells["brand"], "brand", MAX_TITLE, notes),
        category=shortened(cells["category"], "category", MAX_TITLE, notes),
        description=shortened(cells["description"], "description", MAX_DESCRIPTION, notes),
        link=_web_address(cells["link"], "link", notes),
        image_url=_web_address(cells["image_link"], "image_link", notes),
        aliases=shortened(cells["aliases"], "aliases", MAX_ALIASES, notes),
        line=notes.line,
    )


def _web_address(text: str | None, column: str, notes: RowNotes) -> str | None:
    if text is None or _is_web_address(text):
        return text
    notes.warn("link_invalid", column, text)
    return None


def _is_web_address(text: str) -> bool:
    # Of all blanks only the plain one is called printable.
    if len(text) > MAX_LINK or " " in text or not text.isprintable():
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
