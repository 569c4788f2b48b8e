"""Who sends feeds, and what they name: retailers and their keys, stores, products."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from inventory_api.storage.sql.tables.columns import Big, Flag, Instant, Json, Real, metadata, retailer_id

counter = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Big, nullable=False),
    sqlite_strict=True,
)

retailer = Table(
    "retailer",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("currency", Text),
    Column("timezone", Text),
    Column("locale", Text, nullable=False),
    Column("low_stock_at", Integer, nullable=False),
    Column("disclosure", Text, nullable=False),
    Column("live_s", Integer, nullable=False),
    Column("recent_s", Integer, nullable=False),
    Column("expires_s", Integer, nullable=False),
    Column("last_seq", Big, nullable=False, server_default=text("0")),
    Column("published_seq", Big, nullable=False, server_default=text("0")),
    sqlite_strict=True,
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Text, primary_key=True),
    retailer_id(),
    Column("digest", LargeBinary, nullable=False),
    Column("secret", Flag, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Index(None, "retailer_id"),
    sqlite_strict=True,
)

store = Table(
    "store",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=False),
    retailer_id(),
    Column("store_code", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("street", Text),
    Column("city", Text),
    Column("region", Text),
    Column("postal_code", Text),
    Column("country", Text),
    Column("latitude", Real),
    Column("longitude", Real),
    Column("phone", Text),
    Column("timezone", Text),
    Column("opening_hours", Text),
    Column("hours", Text),
    Column("services", Json, nullable=False),
    Column("currency", Text),
    Column("pickup_method", Text),
    Column("pickup_sla", Text),
    Column("place", Big, nullable=False),
    Column("snapshot_at", Big, nullable=False),
    Column("stocked", Flag, nullable=False),
    Column("revision", Big, nullable=False),
    Column("position_source", Text),
    Column("position_precision", Text),
    UniqueConstraint("retailer_id", "store_code"),
    UniqueConstraint("retailer_id", "number"),
    Index(None, "revision"),
    sqlite_strict=True,
)

product = Table(
    "product",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=False),
    Column("owner_retailer_id", Text, ForeignKey("retailer.id"), nullable=False),
    Column("title", Text),
    Column("brand", Text),
    Column("category", Text),
    Column("description", Text),
    Column("link", Text),
    Column("image_url", Text),
    Column("aliases", Text),
    Column("revision", Big, nullable=False, server_default=text("0")),
    Index(None, "revision"),
    sqlite_strict=True,
)

# No foreign key to product: a stock feed may name an article before any product feed describes it.
sku = Table(
    "sku",
    metadata,
    retailer_id(),
    Column("sku", Text, nullable=False),
    Column("product_id", Big, nullable=False),
    PrimaryKeyConstraint("retailer_id", "sku"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
