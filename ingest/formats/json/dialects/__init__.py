"""JSON in somebody else's shape: one module a dialect, told by the first object of the file."""

from __future__ import annotations

from ingest.formats.json.dialects import commercetools, epcis, google, marketplaces, schema_org, shopify
from ingest.formats.json.dialects.dialect import Dialect
from ingest.formats.json.text import Object
from inventory_api.domain.feed import FeedKind

__all__ = ["DIALECTS", "Dialect", "dialect_of"]

DIALECTS: tuple[Dialect, ...] = (
    google.DIALECT,
    google.PRODUCTS,
    epcis.DIALECT,
    schema_org.DIALECT,
    shopify.DIALECT,
    commercetools.DIALECT,
    *marketplaces.DIALECTS,
)


def dialect_of(head: Object, kind: FeedKind) -> Dialect | None:
    """The dialect of a file whose first object, or the object around all, is this; None: our own columns."""
    return next((one for one in DIALECTS if kind in one.kinds and one.fits(head)), None)
