"""schema.org JSON-LD: products whose offers say at which store they hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ingest.formats.json.dialects.dialect import Dialect, Located, Record, pass_over
from ingest.formats.json.text import Object, money, objects_in, plain
from ingest.notices import NoticeBook
from ingest.rows import FeedContext

_URL = re.compile(r"https?://(?:www\.)?schema\.org/|schema:", re.IGNORECASE)
_TYPES = frozenset({"Product", "ProductGroup", "IndividualProduct", "ProductModel", "Offer", "ItemList"})
_WORDS = {
    "InStock": "in_stock",
    "InStoreOnly": "in_stock",
    "LimitedAvailability": "limited_availability",
    "MadeToOrder": "on_display_to_order",
    "OutOfStock": "out_of_stock",
    "SoldOut": "out_of_stock",
    "OnlineOnly": "out_of_stock",
    "BackOrder": "out_of_stock",
    "PreOrder": "out_of_stock",
    "PreSale": "out_of_stock",
    "Discontinued": "out_of_stock",
}
"""What each ItemAvailability means on a shelf today."""

_GTINS = ("gtin", "gtin14", "gtin13", "gtin12", "gtin8")
_LISTS = ("@graph", "itemListElement")


def _fits(head: Object) -> bool:
    context = str(head.get("@context") or "")
    return "schema.org" in context or bool(_types(head) & _TYPES)


def _path(head: Object) -> tuple[str, ...]:
    return tuple(name for name in _LISTS if name in head)[:1]


def _read(objects: Iterable[Located], context: FeedContext, notices: NoticeBook) -> Iterator[Record]:
    for line, found in objects:
        for product in _products(found):
            records = list(_offered(product, is_one_store=context.store_code is not None))
            if not records:
                # An offer without a store holds everywhere, which is nowhere in particular.
                pass_over(notices, line, plain(product.get("sku")) or plain(product.get("name")))
            for record in records:
                yield line, [pair for pair in record if pair[1] is not None]


def _products(found: Object) -> Iterator[Object]:
    """The products of an object that may be one, an offer of one, a list's element, or a group of variants."""
    item = found.get("item")
    if isinstance(item, dict):
        found = item
    if "Offer" in _types(found):
        for product in objects_in(found.get("itemOffered")):
            yield {**product, "offers": found}
        return
    variants = list(objects_in(found.get("hasVariant")))
    yield from variants or [found]


def _offered(product: Object, *, is_one_store: bool) -> Iterator[list[tuple[str, str | None]]]:
    gtin = next((plain(product[name]) for name in _GTINS if name in product), None)
    for offer in objects_in(product.get("offers")):
        for single in list(objects_in(offer.get("offers"))) or [offer]:
            stores = list(objects_in(single.get("availableAtOrFrom"))) or ([{}] if is_one_store else [])
            for store in stores:
                yield [
                    ("store_code", plain(store.get("branchCode")) or plain(store.get("@id"))),
                    ("id", plain(single.get("sku")) or plain(product.get("sku"))),
                    ("gtin", gtin),
                    ("availability", _availability(single.get("availability"))),
                    ("quantity", _level(single.get("inventoryLevel"))),
                    ("price", _price(single)),
                ]


def _availability(value: object) -> str | None:
    first = value[0] if isinstance(value, list) and value else value
    text = plain(first.get("@id") if isinstance(first, dict) else first)
    return None if text is None else _WORDS.get(_URL.sub("", text), text)


def _level(value: object) -> str | None:
    return next((plain(one.get("value")) for one in objects_in(value)), plain(value))


def _price(offer: Object) -> str | None:
    specified = next(iter(objects_in(offer.get("priceSpecification"))), {})
    source = offer if "price" in offer else specified
    return money(source.get("price"), source.get("priceCurrency") or offer.get("priceCurrency"))


def _types(found: Object) -> set[str]:
    given = found.get("@type")
    names = given if isinstance(given, list) else [given]
    return {_URL.sub("", name) for name in names if isinstance(name, str)}


DIALECT = Dialect("schema.org", _fits, _read, _path)
