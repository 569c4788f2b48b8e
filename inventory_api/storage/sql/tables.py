"""The tables. Both databases hold the same values: times are microseconds since 1970, JSON is text.

SQLite tables are STRICT; the narrow bulk tables are WITHOUT ROWID, which halves them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)

# STRICT tables of SQLite know INTEGER, REAL, TEXT and BLOB, and no other names.
Big = BigInteger().with_variant(Integer(), "sqlite")
Real: Double[float] = Double().with_variant(REAL(), "sqlite")
Flag = Boolean().with_variant(Integer(), "sqlite")
# PostgreSQL would order by its locale; ids whose order means something go by bytes, as on SQLite.
Ordered = Text().with_variant(Text(collation="C"), "postgresql")


class Instant(TypeDecorator[dt.datetime]):
    """An aware instant, kept as whole microseconds since 1970; read back in UTC."""

    impl = Big
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> int | None:
        """Turn an aware time into microseconds; a naive one is a bug and raises TypeError."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> dt.datetime | None:
        """Turn microseconds into an aware UTC time."""
        return None if value is None else _EPOCH + value * _MICROSECOND


class Json(TypeDecorator[Any]):
    """A JSON value, kept as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """Print the value."""
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        """Parse the text."""
        return None if value is None else orjson.loads(value)


metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
    }
)


def _retailer_id() -> Column[str]:
    return Column("retailer_id", Text, ForeignKey("retailer.id"), nullable=False)


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
    _retailer_id(),
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
    _retailer_id(),
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
    _retailer_id(),
    Column("sku", Text, nullable=False),
    Column("product_id", Big, nullable=False),
    PrimaryKeyConstraint("retailer_id", "sku"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

feed_run = Table(
    "feed_run",
    metadata,
    Column("id", Ordered, primary_key=True),
    _retailer_id(),
    Column("kind", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("path", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("bytes", Big, nullable=False),
    Column("store_code", Text),
    Column("content_type", Text),
    Column("dry_run", Flag, nullable=False),
    Column("published_at", Instant),
    Column("segment", Text),
    Column("cursor", Big, nullable=False),
    Column("fence", Big, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("rows", Json, nullable=False),
    Column("changes", Json, nullable=False),
    Column("notices", Json, nullable=False),
    Column("fault", Text),
    Column("source_id", Text),
    Column("profile", Json),
    Column("sequence", Big),
    Column("stats", Json),
    Column("held_stores", Json),
    Column("approved", Flag, nullable=False, server_default=text("false")),
    Column("replay_of", Text),
    Column("notice_log", Text),
    Column("worker", Text),
    Column("lease_until", Instant),
    Index(None, "retailer_id", "id"),
    Index(None, "retailer_id", "kind", "as_of"),
    sqlite_strict=True,
)

_WAITING = text("status IN ('queued', 'running')")
_RUNNING = text("status = 'running'")
Index("feed_run_waiting_index", feed_run.c.id, sqlite_where=_WAITING, postgresql_where=_WAITING)
# Two runs of one retailer at once would publish over each other; the claim avoids it, this forbids it.
Index("feed_run_running_key", feed_run.c.retailer_id, unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING)

segment_pointer = Table(
    "segment_pointer",
    metadata,
    _retailer_id(),
    Column("role", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("records", Big, nullable=False),
    Column("folded_seq", Big, nullable=False),
    Column("as_of", Big, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("retailer_id", "role"),
    sqlite_strict=True,
)

parked_file = Table(
    "parked_file",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=False),
    _retailer_id(),
    Column("run_id", Text, nullable=False),
    Column("path", Text, nullable=False),
    Index(None, "retailer_id"),
    sqlite_strict=True,
)

# What its rows wait for: the code of a store ('store') or a retailer's own article id ('sku').
parked_name = Table(
    "parked_name",
    metadata,
    Column("parked_id", Big, ForeignKey("parked_file.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    PrimaryKeyConstraint("parked_id", "kind", "name"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

delta = Table(
    "delta",
    metadata,
    Column("retailer_id", Text, nullable=False),
    Column("seq", Big, nullable=False),
    Column("product_id", Big, nullable=False),
    Column("store_number", Integer, nullable=False),
    Column("value", Big, nullable=False),
    Column("observed", Big, nullable=False),
    Column("extra", Text),
    PrimaryKeyConstraint("retailer_id", "seq"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# What a retailer's files are and where they come from; ``state`` is what the last visit left behind (ETag, ...).
feed_source = Table(
    "feed_source",
    metadata,
    _retailer_id(),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("store_code", Text),
    Column("protocol", Text, nullable=False),
    Column("host", Text),
    Column("settings", Json, nullable=False),
    Column("profile", Json, nullable=False),
    Column("version", Integer, nullable=False),
    Column("credentials", LargeBinary),
    Column("state", Json, nullable=False),
    Column("due_at", Instant),
    Column("fetching_until", Instant),
    Column("failures", Integer, nullable=False),
    Column("disabled", Text),
    Column("heard_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("retailer_id", "id"),
    Index(None, "due_at"),
    sqlite_strict=True,
)

# Of sources whose rows count themselves: how far they were heard. ``source_id`` is empty for uploads without one.
feed_sequence = Table(
    "feed_sequence",
    metadata,
    _retailer_id(),
    Column("source_id", Text, nullable=False),
    Column("last", Big, nullable=False),
    Column("gap_at", Big, nullable=False),
    PrimaryKeyConstraint("retailer_id", "source_id"),
    sqlite_strict=True,
)

# The last word of each source on each item at each location: what is older, or said again, is told by it. An event
# whose store or product nobody has named yet waits here; ``waiting`` is the notice code that says for what.
stock_event = Table(
    "stock_event",
    metadata,
    _retailer_id(),
    Column("source_id", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("position", Big, nullable=False),
    Column("said", Json, nullable=False),
    Column("waiting", Text),
    Column("heard_at", Instant, nullable=False),
    PrimaryKeyConstraint("retailer_id", "source_id", "location", "item"),
    Index(None, "heard_at"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
_PARKED = stock_event.c.waiting.is_not(None)
Index("stock_event_waiting_index", stock_event.c.heard_at, sqlite_where=_PARKED, postgresql_where=_PARKED)

upload = Table(
    "upload",
    metadata,
    Column("id", Text, primary_key=True),
    _retailer_id(),
    Column("request", Json, nullable=False),
    Column("length", Big, nullable=False),
    Column("received", Big, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("run_id", Text),
    Index(None, "expires_at"),
    sqlite_strict=True,
)

webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    _retailer_id(),
    Column("id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("events", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("disabled", Text),
    Column("once", Flag, nullable=False),
    PrimaryKeyConstraint("retailer_id", "id"),
    sqlite_strict=True,
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", Text, primary_key=True),
    Column("retailer_id", Text, nullable=False),
    Column("endpoint_id", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant),
    Column("delivered_at", Instant),
    Column("answer", Text),
    Column("created_at", Instant, nullable=False),
    Index(None, "due_at"),
    ForeignKeyConstraint(
        ["retailer_id", "endpoint_id"], ["webhook_endpoint.retailer_id", "webhook_endpoint.id"], ondelete="CASCADE"
    ),
    Index(None, "retailer_id", "endpoint_id"),
    sqlite_strict=True,
)

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

# Answers to writes with an Idempotency-Key; without a status the request is being answered right now.
reply = Table(
    "reply",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer),
    Column("headers", Json),
    Column("body", LargeBinary),
    Column("expires_at", Instant, nullable=False),
    Index(None, "expires_at"),
    sqlite_strict=True,
)

# What a geocoder said of an address, hits and misses alike, so that nobody is asked twice.
report = Table(
    "report",
    metadata,
    Column("voice", LargeBinary, nullable=False),
    Column("store_id", Big, nullable=False),
    Column("product_id", Big, nullable=False),
    Column("day", Integer, nullable=False),
    Column("reporter", LargeBinary, nullable=False),
    _retailer_id(),
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
    _retailer_id(),
    Column("cell", Integer, nullable=False),
    Column("told", Real, nullable=False),
    Column("kept", Real, nullable=False),
    PrimaryKeyConstraint("retailer_id", "cell"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

geocode = Table(
    "geocode",
    metadata,
    Column("query", Text, primary_key=True),
    Column("latitude", Real),
    Column("longitude", Real),
    Column("precision", Text),
    Column("source", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    sqlite_strict=True,
)

# Numbers that take texts. The secret of the address is random, so a plain hash keeps it; the options are sealed.
sms_channel = Table(
    "sms_channel",
    metadata,
    Column("id", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("countries", Json, nullable=False),
    Column("secret", LargeBinary, nullable=False, unique=True),
    Column("options", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    sqlite_strict=True,
)
