"""The tables. Both databases hold the same values: times are microseconds since 1970, JSON is text.

SQLite tables are STRICT; the narrow bulk tables are WITHOUT ROWID, which halves them.
"""

from inventory_api.storage.sql.tables.catalog import api_key, counter, product, retailer, sku, store
from inventory_api.storage.sql.tables.columns import metadata
from inventory_api.storage.sql.tables.feeds import (
    delta,
    feed_run,
    feed_sequence,
    feed_source,
    parked_file,
    parked_name,
    segment_pointer,
    stock_event,
    upload,
)
from inventory_api.storage.sql.tables.outbox import reply, sms_channel, webhook_delivery, webhook_endpoint
from inventory_api.storage.sql.tables.shoppers import geocode, opt_out, report, trust, watch

__all__ = [
    "api_key",
    "counter",
    "delta",
    "feed_run",
    "feed_sequence",
    "feed_source",
    "geocode",
    "metadata",
    "opt_out",
    "parked_file",
    "parked_name",
    "product",
    "reply",
    "report",
    "retailer",
    "segment_pointer",
    "sku",
    "sms_channel",
    "stock_event",
    "store",
    "trust",
    "upload",
    "watch",
    "webhook_delivery",
    "webhook_endpoint",
]
