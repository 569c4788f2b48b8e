"""The schema's history, run from the installed package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from inventory_api.storage.sql.bulk import is_sqlite
from inventory_api.storage.sql.engine import open_engine, write_engine

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

_UPGRADE_LOCK = 0x1A7E_2701


def upgrade(url: str) -> None:
    """Bring a database, empty or older, to this release's schema. Several processes may call it at once."""
    # Here, because most processes find the schema in place: its import costs a fifth of a second.
    from alembic import command

    engine = open_engine(url)
    try:
        with write_engine(engine).connect() as connection, connection.begin():
            if not is_sqlite(connection):
                connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _UPGRADE_LOCK})
                # A queued ALTER blocks every later query of its table: better to give up and be run again.
                connection.execute(text("SET LOCAL lock_timeout = '2s'"))
            command.upgrade(alembic_config(connection), "head")
    finally:
        engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for a connection, inside whose transaction it then works."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
