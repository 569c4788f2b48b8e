"""Google's Merchant API: localInventories of v1 (nested, enum names) and v1beta (flat), lfpInventories, products.

A file is the body of a call, the answer to one, or the answer to a list call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ingest.formats.json.dialects.dialect import Dialect, Located, Record
from ingest.formats.json.text import Object, micros, plain
from ingest.notices import NoticeBook
from ingest.rows import FeedContext
from inventory_api.domain.feed import FeedKind

_NESTED = ("localInventory", "lfpInventory", "localInventoryAttributes")
"""What a call wraps around an entry, and an entry around its attributes."""
_LISTS = ("localInventories", "lfpInventories")
_TYPICAL = ("targetAccount", "localInventoryAttributes", "localInventory", "lfpInventory", "instoreProductLocation")
_TEXTS = ("storeCode", "offerId", "gtin", "quantity", "instoreProductLocation", "collectionTime")
_WORDS = ("availability", "pickupMethod", "pickupSla")
_RESOURCES = ("products", "productInputs")
_ATTRIBUTES = ("productAttributes", "attributes")
"""Of v1 and of v1beta."""
_FACTS = {
    "title": "title",
    "brand": "brand",
    "description": "description",
    "link": "link",
    "imageLink": "image_link",
    "gtins": "gtin",
    "gtin": "gtin",
    "productTypes": "category",
    "googleProductCategory": "category",
}
"""What we use of a product's attributes."""


def _fits(head: Object) -> bool:
    if any(name in head for name in (*_TYPICAL, *_LISTS)):
        return True
    price, name = head.get("price"), plain(head.get("name")) or ""
    return "storeCode" in head and (
        "/localInventories/" in name or (isinstance(price, dict) and "amountMicros" in price)
    )


def _path(head: Object) -> tuple[str, ...]:
    return tuple(name for name in _LISTS if name in head)[:1]


def _read(objects: Iterable[Located], context: FeedContext, notices: NoticeBook) -> Iterator[Record]:
    for line, given in objects:
        entry: Object = dict(given)
        for name in _NESTED:
            inner = entry.pop(name, None)
            if isinstance(inner, dict):
                entry |= inner
        # The body of an insert call names no article, its address did: a row without one, or with the profile's.
        yield line, [pair for pair in _pairs(entry) if pair[1] is not None or pair[0] == "id"]


def _pairs(entry: Object) -> Iterator[tuple[str, str | None]]:
    for name in _TEXTS:
        yield name, plain(entry.get(name))
    for name in _WORDS:
        word = plain(entry.get(name))
        yield name, None if word is None else word.lower().replace(" ", "_")
    if "offerId" not in entry:
        yield "id", _offer_id(entry)
    yield "price", micros(entry.get("price"))
    yield "salePrice", micros(entry.get("salePrice"))
    period = entry.get("salePriceEffectiveDate")
    if isinstance(period, dict):
        ends = (plain(period.get("startTime")) or "null", plain(period.get("endTime")) or "null")
        yield "salePriceEffectiveDate", "/".join(ends)
    else:
        yield "salePriceEffectiveDate", plain(period)


def _offer_id(entry: Object) -> str | None:
    """The article out of a resource name: ``accounts/1/products/en~US~SKU-1/localInventories/...``.

    v1 writes ``language~label~id``, with ``local~`` before it for local products; v1beta has colons.
    """
    for name in ("parent", "name"):
        parts = (plain(entry.get(name)) or "").split("/")
        at = next((parts.index(one) for one in _RESOURCES if one in parts[:-1]), None)
        if at is not None:
            product = parts[at + 1]
            mark = "~" if "~" in product else ":"
            head, *rest = product.split(mark)
            skipped = 3 if head in ("local", "online") else 2
            return mark.join([head, *rest][skipped:]) or product
    return None


def _is_product(head: Object) -> bool:
    return "offerId" in head and ("feedLabel" in head or any(name in head for name in _ATTRIBUTES))


def _read_products(objects: Iterable[Located], context: FeedContext, notices: NoticeBook) -> Iterator[Record]:
    for line, given in objects:
        pairs = [("id", plain(given.get("offerId")) or _offer_id(given))]
        for name in _ATTRIBUTES:
            inner = given.get(name)
            if isinstance(inner, dict):
                pairs += [(ours, _first(inner.get(theirs))) for theirs, ours in _FACTS.items()]
        yield line, [pair for pair in pairs if pair[1] is not None or pair[0] == "id"]


def _first(value: object) -> str | None:
    """A scalar, or the first of a list of some: a product with several GTINs is sold under the first."""
    return plain(value[0] if isinstance(value, list) and value else value)


DIALECT = Dialect("Google Merchant API", _fits, _read, _path)
PRODUCTS = Dialect("Google Merchant API", _is_product, _read_products, kinds=frozenset({FeedKind.PRODUCTS}))
