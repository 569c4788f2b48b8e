"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Spelled out here, not imported from the tables: a released revision never changes again.
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REAL: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
_FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
_ORDERED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_WAITING = sa.text("status IN ('queued', 'running')")
_RUNNING = sa.text("status = 'running'")

_TABLES = (
    "parked_store",
    "store",
    "sku",
    "segment_pointer",
    "product",
    "parked_file",
    "feed_run",
    "api_key",
    "retailer",
    "delta",
    "counter",
)


def upgrade() -> None:
    """Create all tables."""
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name="counter_pk"),
        sqlite_strict=True,
    )
    op.create_table(
        "delta",
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("seq", _BIG, nullable=False),
        sa.Column("product_id", _BIG, nullable=False),
        sa.Column("store_number", sa.Integer(), nullable=False),
        sa.Column("value", _BIG, nullable=False),
        sa.Column("observed", _BIG, nullable=False),
        sa.Column("extra", sa.Text()),
        sa.PrimaryKeyConstraint("retailer_id", "seq", name="delta_pk"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "retailer",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text()),
        sa.Column("timezone", sa.Text()),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("low_stock_at", sa.Integer(), nullable=False),
        sa.Column("disclosure", sa.Text(), nullable=False),
        sa.Column("live_s", sa.Integer(), nullable=False),
        sa.Column("recent_s", sa.Integer(), nullable=False),
        sa.Column("expires_s", sa.Integer(), nullable=False),
        sa.Column("last_seq", _BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("published_seq", _BIG, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="retailer_pk"),
        sqlite_strict=True,
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("secret", _FLAG, nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.Column("revoked_at", _BIG),
        sa.ForeignKeyConstraint(["retailer_id"], ["retailer.id"], name="api_key_retailer_id_fk"),
        sa.PrimaryKeyConstraint("id", name="api_key_pk"),
        sqlite_strict=True,
    )
    op.create_index("api_key_retailer_id_index", "api_key", ["retailer_id"])
    op.create_table(
        "feed_run",
        sa.Column("id", _ORDERED, nullable=False),
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("received_at", _BIG, nullable=False),
        sa.Column("as_of", _BIG, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", _BIG, nullable=False),
        sa.Column("store_code", sa.Text()),
        sa.Column("content_type", sa.Text()),
        sa.Column("dry_run", _FLAG, nullable=False),
        sa.Column("published_at", _BIG),
        sa.Column("segment", sa.Text()),
        sa.Column("cursor", _BIG, nullable=False),
        sa.Column("fence", _BIG, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("notices", sa.Text(), nullable=False),
        sa.Column("fault", sa.Text()),
        sa.Column("worker", sa.Text()),
        sa.Column("lease_until", _BIG),
        sa.ForeignKeyConstraint(["retailer_id"], ["retailer.id"], name="feed_run_retailer_id_fk"),
        sa.PrimaryKeyConstraint("id", name="feed_run_pk"),
        sqlite_strict=True,
    )
    op.create_index("feed_run_retailer_id_id_index", "feed_run", ["retailer_id", "id"])
    op.create_index("feed_run_retailer_id_kind_as_of_index", "feed_run", ["retailer_id", "kind", "as_of"])
    op.create_index(
        "feed_run_running_key",
        "feed_run",
        ["retailer_id"],
        unique=True,
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    )
    op.create_index("feed_run_waiting_index", "feed_run", ["id"], sqlite_where=_WAITING, postgresql_where=_WAITING)
    op.create_table(
        "parked_file",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["retailer_id"], ["retailer.id"], name="parked_file_retailer_id_fk"),
        sa.PrimaryKeyConstraint("id", name="parked_file_pk"),
        sqlite_strict=True,
    )
    op.create_index("parked_file_retailer_id_index", "parked_file", ["retailer_id"])
    op.create_table(
        "product",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("owner_retailer_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("brand", sa.Text()),
        sa.Column("category", sa.Text()),
        sa.Column("description", sa.Text()),
        sa.Column("link", sa.Text()),
        sa.Column("image_url", sa.Text()),
        sa.ForeignKeyConstraint(["owner_retailer_id"], ["retailer.id"], name="product_owner_retailer_id_fk"),
        sa.PrimaryKeyConstraint("id", name="product_pk"),
        sqlite_strict=True,
    )
    op.create_table(
        "segment_pointer",
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("records", _BIG, nullable=False),
        sa.Column("folded_seq", _BIG, nullable=False),
        sa.Column("as_of", _BIG, nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["retailer_id"], ["retailer.id"], name="segment_pointer_retailer_id_fk"),
        sa.PrimaryKeyConstraint("retailer_id", "role", name="segment_pointer_pk"),
        sqlite_strict=True,
    )
    op.create_table(
        "sku",
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("product_id", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["retailer_id"], ["retailer.id"], name="sku_retailer_id_fk"),
        sa.PrimaryKeyConstraint("retailer_id", "sku", name="sku_pk"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "store",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("retailer_id", sa.Text(), nullable=False),
        sa.Column("store_code", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("street", sa.Text()),
        sa.Column("city", sa.Text()),
        sa.Column("region", sa.Text()),
        sa.Column("postal_code", sa.Text()),
        sa.Column("country", sa.Text()),
        sa.Column("latitude", _REAL),
        sa.Column("longitude", _REAL),
        sa.Column("phone", sa.Text()),
        sa.Column("timezone", sa.Text()),
        sa.Column("opening_hours", sa.Text()),
        sa.Column("services", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text()),
        sa.Column("pickup_method", sa.Text()),
        sa.Column("pickup_sla", sa.Text()),
        sa.Column("place", _BIG, nullable=False),
        sa.Column("snapshot_at", _BIG, nullable=False),
        sa.Column("stocked", _FLAG, nullable=False),
        sa.Column("revision", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["retailer_id"], ["retailer.id"], name="store_retailer_id_fk"),
        sa.PrimaryKeyConstraint("id", name="store_pk"),
        sa.UniqueConstraint("retailer_id", "number", name="store_retailer_id_number_key"),
        sa.UniqueConstraint("retailer_id", "store_code", name="store_retailer_id_store_code_key"),
        sqlite_strict=True,
    )
    op.create_index("store_revision_index", "store", ["revision"])
    op.create_table(
        "parked_store",
        sa.Column("parked_id", _BIG, nullable=False),
        sa.Column("store_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parked_id"], ["parked_file.id"], name="parked_store_parked_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("parked_id", "store_code", name="parked_store_pk"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    counters = sa.table("counter", sa.column("name"), sa.column("value"))
    names = ("store", "store_revision", "tile", "own_product", "parked_file")
    op.bulk_insert(counters, [{"name": name, "value": 0} for name in names])


def downgrade() -> None:
    """Drop all tables."""
    for name in _TABLES:
        op.drop_table(name)
