"""commercetools messages: what is available in a supply channel after each change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ingest.formats.json.dialects.dialect import Dialect, Located, Record, pass_over
from ingest.formats.json.text import Object, plain
from ingest.notices import NoticeBook
from ingest.rows import FeedContext


def _fits(head: Object) -> bool:
    return str(head.get("type") or "").startswith("InventoryEntry") and "resource" in head


def _read(objects: Iterable[Located], context: FeedContext, notices: NoticeBook) -> Iterator[Record]:
    for line, message in objects:
        channel = message.get("supplyChannel")
        if message.get("type") != "InventoryEntryQuantitySet" or not isinstance(channel, dict):
            pass_over(notices, line, message.get("type"))
            continue
        pairs = [
            ("store_code", plain(channel.get("id"))),
            ("id", plain(message.get("sku"))),
            # What is on stock may be promised to somebody already.
            ("quantity", plain(message.get("newAvailableQuantity"))),
            ("timestamp", plain(message.get("lastModifiedAt") or message.get("createdAt"))),
        ]
        yield line, [pair for pair in pairs if pair[1] is not None]


DIALECT = Dialect("commercetools", _fits, _read)
