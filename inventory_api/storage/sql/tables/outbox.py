"""What is told to others: webhooks, answers kept for repeated writes, numbers that take texts."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text

from inventory_api.storage.sql.tables.columns import Flag, Instant, Json, metadata, retailer_id

webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    retailer_id(),
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
