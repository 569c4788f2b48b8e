"""Sources, decisions on runs, resumable uploads, webhooks, watches, geocoded stores, products by revision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Spelled out here, not imported from the tables: a released revision never changes again.
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REAL: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
_FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")

_COUNTER = sa.table("counter", sa.column("name"), sa.column("value"))
_COUNTERS = ("geocoder", "trust_revision")
_RUN = ("source_id", "profile", "sequence", "stats", "held_stores", "approved", "replay_of", "notice_log")
_COUNTER = sa.table("counter", sa.column("name", sa.Text()), sa.column("value", _BIG))
_STORE = ("hours", "position_source", "position_precision")
_TABLES = (
    "webhook_delivery", "webhook_endpoint", "upload", "stock_event", "feed_source", "feed_sequence", "geocode",
    "report", "trust", "reply", "sms_channel", "watch", "opt_out",
)  # fmt: skip


def upgrade() -> None:
    """Add the tables, and what a run and a store newly remember."""
    for name in _RUN:
        if name == "approved":
            column: sa.Column[object] = sa.Column(name, _FLAG, nullable=False, server_default=sa.text("false"))
        else:
            column = sa.Column(name, _BIG if name == "sequence" else sa.Text())
        op.add_column("feed_run", column)
    for name in _STORE:
        op.add_column("store", sa.Column(name, sa.Text()))
    op.add_column("product", sa.Column("aliases", sa.Text()))
    op.add_column("product", sa.Column("revision", _BIG, nullable=False, server_default=sa.text("0")))
    op.create_index("product_revision_index", "product", ["revision"])
    op.bulk_insert(_COUNTER, [{"name": "product_revision", "value": 0}])
    op.create_table(
        "feed_source",
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("store_code", sa.Text()),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("host", sa.Text()),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("credentials", sa.LargeBinary()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", _BIG),
        sa.Column("fetching_until", _BIG),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("disabled", sa.Text()),
        sa.Column("heard_at", _BIG),
        sa.Column("created_at", _BIG, nullable=False),
        sa.Column("updated_at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["retailer_id"], ["retailer.id"], name="feed_source_retailer_id_fk"),
        sa.PrimaryKeyConstraint("retailer_id", "id", name="feed_source_pk"),
        sqlite_strict=True,
    )
    op.create_index("feed_source_due_at_index", "feed_source", ["due_at"])
    op.create_table(
        "feed_sequence",
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("last", _BIG, nullable=False),
        sa.Column("gap_at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["retailer_id"], ["retailer.id"], name="feed_sequence_retailer_id_fk"),
        sa.PrimaryKeyConstraint("retailer_id", "source_id", name="feed_sequence_pk"),
        sqlite_strict=True,
    )
    op.create_table(
        "stock_event",
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("position", _BIG, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("waiting", sa.Text()),
        sa.Column("heard_at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["retailer_id"], ["retailer.id"], name="stock_event_retailer_id_fk"),
        sa.PrimaryKeyConstraint("retailer_id", "source_id", "location", "item", name="stock_event_pk"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("stock_event_heard_at_index", "stock_event", ["heard_at"])
    op.create_index(
        "stock_event_waiting_index",
        "stock_event",
        ["heard_at"],
        sqlite_where=sa.text("waiting IS NOT NULL"),
        postgresql_where=sa.text("waiting IS NOT NULL"),
    )
    op.create_table(
        "upload",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("length", _BIG, nullable=False),
        sa.Column("received", _BIG, nullable=False),
        sa.Column("expires_at", _BIG, nullable=False),
        sa.Column("run_id", sa.Text()),
        sa.ForeignKeyConstraint(["retailer_id"], ["retailer.id"], name="upload_retailer_id_fk"),
        sa.PrimaryKeyConstraint("id", name="upload_pk"),
        sqlite_strict=True,
    )
    op.create_index("upload_expires_at_index", "upload", ["expires_at"])
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.Column("disabled", sa.Text()),
        sa.Column("once", _FLAG, nullable=False),
        sa.ForeignKeyConstraint(["retailer_id"], ["retailer.id"], name="webhook_endpoint_retailer_id_fk"),
        sa.PrimaryKeyConstraint("retailer_id", "id", name="webhook_endpoint_pk"),
        sqlite_strict=True,
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("endpoint_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", _BIG),
        sa.Column("delivered_at", _BIG),
        sa.Column("answer", sa.Text()),
        sa.Column("created_at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["retailer_id", "endpoint_id"],
            ["webhook_endpoint.retailer_id", "webhook_endpoint.id"],
            name="webhook_delivery_retailer_id_fk",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="webhook_delivery_pk"),
        sqlite_strict=True,
    )
    op.create_index("webhook_delivery_due_at_index", "webhook_delivery", ["due_at"])
    op.create_index(
        "webhook_delivery_retailer_id_endpoint_id_index", "webhook_delivery", ["retailer_id", "endpoint_id"]
    )
    op.create_table(
        "watch",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("product_id", _BIG, nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("subscriber", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("latitude", _REAL),
        sa.Column("longitude", _REAL),
        sa.Column("radius_m", _REAL, nullable=False),
        sa.Column("label", sa.Text()),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("news_from", sa.Text(), nullable=False),
        sa.Column("store_id", _BIG),
        sa.Column("look_at", _BIG),
        sa.Column("created_at", _BIG, nullable=False),
        sa.Column("expires_at", _BIG, nullable=False),
        sa.Column("ended_at", _BIG),
        sa.ForeignKeyConstraint(["owner"], ["retailer.id"], name="watch_owner_fk"),
        sa.PrimaryKeyConstraint("id", name="watch_pk"),
        sqlite_strict=True,
    )
    for name in ("owner", "product_id", "subscriber", "look_at", "ended_at"):
        op.create_index(f"watch_{name}_index", "watch", [name])
    op.create_table(
        "opt_out",
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("since", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("phone", name="opt_out_pk"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reply",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("headers", sa.Text()),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("expires_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name="reply_pk"),
        sqlite_strict=True,
    )
    op.create_index("reply_expires_at_index", "reply", ["expires_at"])
    op.create_table(
        "geocode",
        sa.Column("query", sa.LargeBinary(), nullable=False),
        sa.Column("places", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("query", name="geocode_pk"),
        sqlite_strict=True,
    )
    op.create_index("geocode_expires_at_index", "geocode", ["expires_at"])
    op.create_table(
        "report",
        sa.Column("voice", sa.LargeBinary(), nullable=False),
        sa.Column("store_id", _BIG, nullable=False),
        sa.Column("product_id", _BIG, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("reporter", sa.LargeBinary(), nullable=False),
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("cell", sa.Integer()),
        sa.Column("kept", _FLAG, nullable=False),
        sa.Column("stated", _REAL, nullable=False),
        sa.ForeignKeyConstraint(["retailer_id"], ["retailer.id"], name="report_retailer_id_fk"),
        sa.PrimaryKeyConstraint("voice", "store_id", "product_id", "day", name="report_pk"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("report_day_index", "report", ["day"])
    op.create_index("report_reporter_day_index", "report", ["reporter", "day"])
    op.create_table(
        "trust",
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("told", _REAL, nullable=False),
        sa.Column("kept", _REAL, nullable=False),
        sa.ForeignKeyConstraint(["retailer_id"], ["retailer.id"], name="trust_retailer_id_fk"),
        sa.PrimaryKeyConstraint("retailer_id", "cell", name="trust_pk"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sms_channel",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("countries", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("options", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="sms_channel_pk"),
        sa.UniqueConstraint("secret", name="sms_channel_secret_key"),
        sqlite_strict=True,
    )
    op.bulk_insert(_COUNTER, [{"name": name, "value": 0} for name in _COUNTERS])
    _create_parked("parked_name", "kind", "name")
    op.execute(
        "INSERT INTO parked_name (parked_id, kind, name) SELECT parked_id, 'store', store_code FROM parked_store"
    )
    op.drop_table("parked_store")


def downgrade() -> None:
    """Drop what was added."""
    _create_parked("parked_store", "store_code")
    op.execute(
        "INSERT INTO parked_store (parked_id, store_code) SELECT parked_id, name FROM parked_name WHERE kind = 'store'"
    )
    op.drop_table("parked_name")
    op.execute(_COUNTER.delete().where(_COUNTER.c.name.in_(_COUNTERS)))
    for name in _TABLES:
        op.drop_table(name)
    op.execute(_COUNTER.delete().where(_COUNTER.c.name == "product_revision"))
    op.drop_index("product_revision_index", "product")
    op.drop_column("product", "revision")
    op.drop_column("product", "aliases")
    for name in _STORE:
        op.drop_column("store", name)
    for name in _RUN:
        op.drop_column("feed_run", name)


def _create_parked(name: str, *columns: str) -> None:
    """Make the table of what parked rows wait for."""
    op.create_table(
        name,
        sa.Column("parked_id", _BIG, nullable=False),
        *(sa.Column(column, sa.Text(), nullable=False) for column in columns),
        sa.ForeignKeyConstraint(["parked_id"], ["parked_file.id"], name=f"{name}_parked_id_fk", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("parked_id", *columns, name=f"{name}_pk"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
