"""The embedded server, one for the whole run, and a flushed client for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as redis_py

from inventory_api.storage.index.connection import connect
from inventory_api.storage.index.embedded import EmbeddedServer


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
