"""What sellers tell Walmart and Amazon, and our own manifest: stock of a shop only where somebody says which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ingest.formats.json.dialects.dialect import Dialect, Located, Record, pass_over
from ingest.formats.json.text import Object, objects_in, plain
from ingest.notices import NoticeBook
from ingest.rows import FeedContext
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind


def _is_walmart(head: Object) -> bool:
    # The key case is what tells the versions apart, and Walmart refuses any other.
    return {"InventoryHeader", "Inventory"} <= head.keys() or {"inventoryHeader", "inventory"} <= head.keys()


def _path(head: Object) -> tuple[str, ...]:
    return ("Inventory",) if "Inventory" in head else ("inventory",)


def _walmart(objects: Iterable[Located], context: FeedContext, notices: NoticeBook) -> Iterator[Record]:
    """Ship nodes are warehouses: only those count that the profile's ``locations`` call a store.

    Version 1.4 knows no nodes: it is the stock of the store that the whole file was sent for.
    """
    for line, entry in objects:
        article = ("id", plain(entry.get("sku")))
        if "shipNodes" not in entry:
            if context.store_code is None:
                raise FeedRejected("not_store_stock", "A Walmart file without ship nodes is a seller's stock.")
            yield line, [article, ("quantity", _amount(entry))]
            continue
        for node in objects_in(entry.get("shipNodes")):
            name = plain(node.get("shipNode")) or ""
            if name in context.profile.locations:
                yield line, [("store_code", name), article, ("quantity", _amount(node))]
            else:
                pass_over(notices, line, name)


def _amount(entry: Object) -> str | None:
    return next((plain(one.get("amount")) for one in objects_in(entry.get("quantity"))), None)


def _is_amazon(head: Object) -> bool:
    header = head.get("header")
    return "messages" in head and isinstance(header, dict) and "sellerId" in header


def _amazon(objects: Iterable[Located], context: FeedContext, notices: NoticeBook) -> Iterator[Record]:
    raise FeedRejected("not_store_stock", "An Amazon listings feed is a seller's stock, not a store's.")


def _is_manifest(head: Object) -> bool:
    return {"feed", "files", "sequence"} <= head.keys()


def _manifest(objects: Iterable[Located], context: FeedContext, notices: NoticeBook) -> Iterator[Record]:
    raise FeedRejected("not_a_feed", "This is the manifest of a feed in several files; send the files that it names.")


DIALECTS = (
    Dialect("Walmart", _is_walmart, _walmart, _path),
    Dialect("Amazon", _is_amazon, _amazon),
    Dialect("manifest", _is_manifest, _manifest, kinds=frozenset(FeedKind)),
)
