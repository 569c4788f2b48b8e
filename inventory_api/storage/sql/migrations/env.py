"""Run by Alembic, on the connection and inside the transaction that ``schema`` opened."""

from __future__ import annotations

from alembic import context

from inventory_api.storage.sql.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
