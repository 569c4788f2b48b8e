"""How stock arrives: runs, segments, the log of changes, sources and their events, uploads in pieces."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text, text

from inventory_api.storage.sql.tables.columns import Big, Flag, Instant, Json, Ordered, metadata, retailer_id

feed_run = Table(
    "feed_run",
    metadata,
    Column("id", Ordered, primary_key=True),
    retailer_id(),
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
    retailer_id(),
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
    retailer_id(),
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
    retailer_id(),
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
    retailer_id(),
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
    retailer_id(),
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
    retailer_id(),
    Column("request", Json, nullable=False),
    Column("length", Big, nullable=False),
    Column("received", Big, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("run_id", Text),
    Index(None, "expires_at"),
    sqlite_strict=True,
)
