"""What shoppers leave: watches, opt-outs, reports and the trust they make, places asked of a geocoder."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text

from inventory_api.storage.sql.tables.columns import Big, Flag, Instant, Json, Real, metadata, retailer_id

# Who is told is a keyed hash; the number itself is sealed, and gone with the place when the watch has ended.
watch = Table(
    "watch",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, ForeignKey("retailer.id")),
    Column("product_id", Big, nullable=False),
    Column("means", Text, nullable=False),
    Column("subscriber", LargeBinary, nullable=False),
    Column("sealed", LargeBinary),
    Column("latitude", Real),
    Column("longitude", Real),
    Column("radius_m", Real, nullable=False),
    Column("label", Text),
    Column("locale", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("news_from", Json, nullable=False),
    Column("store_id", Big),
    Column("look_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(None, "owner"),
    Index(None, "product_id"),
    Index(None, "subscriber"),
    Index(None, "look_at"),
    Index(None, "ended_at"),
    sqlite_strict=True,
)

opt_out = Table(
    "opt_out",
    metadata,
    Column("phone", LargeBinary, primary_key=True),
    Column("since", Instant, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# What a shopper found, and what was stated when they were told; whose voice it is stands as keyed hashes.
report = Table(
    "report",
    metadata,
    Column("voice", LargeBinary, nullable=False),
    Column("store_id", Big, nullable=False),
    Column("product_id", Big, nullable=False),
    Column("day", Integer, nullable=False),
    Column("reporter", LargeBinary, nullable=False),
    retailer_id(),
    Column("outcome", Text, nullable=False),
    Column("cell", Integer),
    Column("kept", Flag, nullable=False),
    Column("stated", Real, nullable=False),
    PrimaryKeyConstraint("voice", "store_id", "product_id", "day"),
    Index(None, "day"),
    Index(None, "reporter", "day"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

trust = Table(
    "trust",
    metadata,
    retailer_id(),
    Column("cell", Integer, nullable=False),
    Column("told", Real, nullable=False),
    Column("kept", Real, nullable=False),
    PrimaryKeyConstraint("retailer_id", "cell"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# What a geocoder said, hits and misses alike, so that nobody is asked twice: sealed, under a pseudonym of the question.
geocode = Table(
    "geocode",
    metadata,
    Column("query", LargeBinary, primary_key=True),
    Column("places", LargeBinary, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index(None, "expires_at"),
    sqlite_strict=True,
)
