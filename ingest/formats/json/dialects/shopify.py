"""Shopify's bulk operations: inventory items and, as lines of their own, their level at each location."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ingest.formats.json.dialects.dialect import Dialect, Located, Record, pass_over
from ingest.formats.json.text import Object, objects_in, plain
from ingest.notices import NoticeBook
from ingest.rows import FeedContext

_GID = "gid://shopify/"
_Article = tuple[str | None, str | None, bool]
"""The SKU and the barcode of an item, and whether Shopify counts it."""


def _fits(head: Object) -> bool:
    return str(head.get("id") or "").startswith(_GID)


def _read(objects: Iterable[Located], context: FeedContext, notices: NoticeBook) -> Iterator[Record]:
    """Levels may come before the item that they belong to: then they wait for it."""
    articles: dict[str, _Article] = {}
    waiting: dict[str, list[Located]] = {}
    for line, found in objects:
        own = _number(found.get("id"))
        if not _is_level(found):
            articles[own] = _article(found, context)
            for early_line, level in waiting.pop(own, ()):
                yield from _level(early_line, level, articles[own], context, notices)
            continue
        parent = _number(found.get("__parentId"))
        if parent in articles:
            yield from _level(line, found, articles[parent], context, notices)
        else:
            waiting.setdefault(parent, []).append((line, found))
    for parent, levels in waiting.items():
        for line, level in levels:
            yield from _level(line, level, (context.profile.items.get(parent), None, True), context, notices)


def _level(line: int, level: Object, article: _Article, context: FeedContext, notices: NoticeBook) -> Iterator[Record]:
    sku, barcode, is_tracked = article
    counts = {plain(one.get("name")): one for one in objects_in(level.get("quantities"))}
    available = counts.get("available", {"quantity": level.get("available"), "updatedAt": level.get("updatedAt")})
    units = available.get("quantity")
    if not is_tracked or units is None:
        pass_over(notices, line, level.get("id"))
        return
    # Oversold is everyday life there: nothing is on the shelf, and nothing is wrong with the feed.
    oversold = isinstance(units, int) and units < 0
    pairs = [
        ("store_code", _store(level.get("location"), context)),
        ("id", sku),
        ("gtin", barcode),
        ("quantity", "0" if oversold else plain(units)),
        ("timestamp", plain(available.get("updatedAt"))),
    ]
    yield line, [pair for pair in pairs if pair[1]]


def _is_level(found: Object) -> bool:
    return "quantities" in found or "available" in found


def _article(found: Object, context: FeedContext) -> _Article:
    variant = found.get("variant")
    item = found.get("inventoryItem")
    sources = [one for one in (found, variant, item) if isinstance(one, dict)]
    sku = next((text for one in sources if (text := plain(one.get("sku")))), None)
    barcode = next((text for one in sources if (text := plain(one.get("barcode")))), None)
    is_tracked = not any(one.get("tracked") is False for one in sources)
    return sku or context.profile.items.get(_number(found.get("id"))), barcode, is_tracked


def _store(location: object, context: FeedContext) -> str | None:
    gid = plain(location.get("id")) if isinstance(location, dict) else plain(location)
    return None if gid is None else context.profile.locations.get(gid, _number(gid))


def _number(gid: object) -> str:
    """The number at the end of ``gid://shopify/Location/655441491?...``: what webhooks call the same thing."""
    return (plain(gid) or "").split("?")[0].rsplit("/", 1)[-1]


DIALECT = Dialect("Shopify bulk operation", _fits, _read)
