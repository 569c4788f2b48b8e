"""The embedded server, one for the whole run, a flushed client and a whole world for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as redis_py

from inventory_api.storage.index.connection import connect
from inventory_api.storage.index.embedded import EmbeddedServer
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.schema import upgrade
from tests.integration.world import World


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real server that this run started; every test worker has its own."""
    data_dir: Path = tmp_path_factory.mktemp("kv")
    with EmbeddedServer.start_or_attach(data_dir, max_memory_bytes=256 * 2**20) as server:
        yield server.url


@pytest.fixture
def redis(redis_url: str) -> Iterator[redis_py.Redis]:
    """A synchronous client of an empty server."""
    client = connect(redis_url, timeout_s=5)
    client.flushall()
    yield client
    client.close()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An upgraded, empty SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "upgraded.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def world(redis_url: str, empty_database: Path, tmp_path: Path) -> Iterator[World]:
    """An empty installation; its Redis is flushed."""
    shutil.copy(empty_database, tmp_path / "inventory.sqlite")
    db = Database(f"sqlite:///{tmp_path / 'inventory.sqlite'}")
    built = World(db, redis_url, tmp_path)
    yield built
    built.close()
    db.close()
