"""The column names we understand: canonical ones, their aliases, and which a feed cannot do without.

Names are compared folded: letter case, blanks and punctuation do not count, so that ``Store #``,
``store code`` and ``STORE_CODE`` are one.
"""

from __future__ import annotations

from collections.abc import Mapping

from inventory_api.domain.feed import FeedKind

_STORE_CODE = "storecode storeid store storenumber location locationid loc branch filiale outletid site shopcode"
_ID = "itemid sku itemnumber itemcode offerid article artikelnummer productid productcode"
_GTIN = "upc ean barcode jan isbn13 isbn isbn10 gtin8 gtin12 gtin13 gtin14"
_PRICE = "retail retailprice sellingprice preis unitprice"

_ALIASES: dict[FeedKind, dict[str, str]] = {
    FeedKind.INVENTORY: {
        "store_code": _STORE_CODE,
        "id": _ID,
        "gtin": _GTIN,
        "availability": "",
        "quantity": "qty available availablenoteditable onhand onhandcurrent soh stock bestand qoh inventory count",
        "price": _PRICE,
        "sale_price": "",
        "sale_price_effective_date": "",
        "pickup_method": "",
        "pickup_sla": "",
        "instore_product_location": "",
        "basis": "",
        "timestamp": "updatedat updated lastupdated lastmodified observedat asof collectiontime calculatedat",
        "op": "operation",
        "delta": "adjustment",
        "seq": "sequence",
    },
    FeedKind.STORES: {
        "store_code": _STORE_CODE,
        "name": "storename businessname",
        "street": "storeaddress address addressline1",
        "city": "town locality",
        "region": "state province administrativearea",
        "postal_code": "postcode zip zipcode plz",
        "country": "countrycode countryregion",
        "lat": "latitude",
        "lon": "longitude lng",
        "phone": "phonenumber primaryphone",
        "opening_hours": "hours openinghours",
        "timezone": "tz",
        "services": "",
    },
    FeedKind.PRODUCTS: {
        "id": _ID,
        "gtin": _GTIN,
        "title": "name productname",
        "brand": "",
        "category": "googleproductcategory producttype",
        "description": "",
        "link": "url",
        "image_link": "imageurl image",
        "aliases": "alias alternatenames synonyms keywords",
        "price": _PRICE,
    },
}
_NOT_USED = """
    targetcustomerid localshippinglabel loyaltyprogram websiteurl placeid gcidcategory mpn condition itemgroupid
    handle option1name option1value option2name option2value option3name option3value hscode coo binname incoming
    incomingnoteditable unavailable unavailablenoteditable committed committednoteditable onhandnew
"""
"""Columns of Google's feeds and of Shopify's inventory that we do not use: no spelling mistake, so no notice."""

_PREFIXES = ("override ", "g:")
"""Meta's country feeds and flattened Google XML put these before a name."""

_FEW_VALUES = """
    store_code id availability quantity price sale_price sale_price_effective_date pickup_method pickup_sla
    instore_product_location basis timestamp op delta city region country timezone services brand category
"""
LOW_CARDINALITY = frozenset(_FEW_VALUES.split())
"""Columns whose values repeat within a block: read as dictionaries, so that each is looked at once.

``id`` is here because a feed sorted by store repeats its ids store by store.
"""

SECOND_BEST = frozenset({"googleproductcategory", "producttype", "isbn", "isbn10", "onhand", "onhandcurrent"})
"""Names beside which another may stand by design and say it better; the first of the alias list counts."""


def fold(name: str) -> str:
    """Reduce a header cell to what is compared."""
    text = name.strip().casefold()
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix)
    return "".join(char for char in text if char.isalnum())


def _names(kind: FeedKind) -> dict[str, tuple[str, int]]:
    named: dict[str, tuple[str, int]] = {}
    for canonical, aliases in _ALIASES[kind].items():
        for rank, name in enumerate([fold(canonical), *aliases.split()]):
            named.setdefault(name, (canonical, rank))
    return named


_NAMES = {kind: _names(kind) for kind in FeedKind}
_KNOWN = frozenset(_NOT_USED.split()).union(*_NAMES.values())


def find_column(kind: FeedKind, name: str, aliases: Mapping[str, str]) -> tuple[str, int] | None:
    """The canonical column that a name means, and how directly: 0 is its own name, then its aliases.

    Args:
        kind: Of the feed.
        name: As the sender wrote it.
        aliases: The sender's own names -> ours, before our list.
    """
    folded = fold(name)
    for theirs, ours in aliases.items():
        if fold(theirs) == folded:
            return ours, 0
    return _NAMES[kind].get(folded)


def is_known(name: str) -> bool:
    """Say whether a header cell is a documented name of any feed, even one that this kind does not use."""
    return fold(name) in _KNOWN


def canonical_columns(kind: FeedKind) -> tuple[str, ...]:
    """The columns of a feed of this kind by their own names."""
    return tuple(_ALIASES[kind])


def spellings(kind: FeedKind) -> Mapping[str, str]:
    """Every folded name that we understand -> the column that it means."""
    return {name: canonical for name, (canonical, _) in _NAMES[kind].items()}


def missing_columns(kind: FeedKind, present: set[str], *, store_given: bool) -> list[str]:
    """Name what a feed of this kind lacks, each as a choice of columns; empty when nothing is."""
    needed: list[tuple[str, ...]] = []
    if kind is not FeedKind.PRODUCTS and not (kind is FeedKind.INVENTORY and store_given):
        needed.append(("store_code",))
    if kind is not FeedKind.STORES:
        needed.append(("id", "gtin"))
    if kind is FeedKind.INVENTORY and "op" not in present:
        needed.append(("quantity", "availability"))
    return [" or ".join(choice) for choice in needed if not present.intersection(choice)]
