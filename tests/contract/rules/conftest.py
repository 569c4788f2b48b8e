"""The installation that rules about answers read only; a server of its own, since others flush theirs.

One a module, since it says how many minutes old everything is.

Rules about HTTP itself are asked of the same app over fakes: a fresh small world for each.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory_api.channels.app import create_app
from inventory_api.storage.index.embedded import EmbeddedServer
from inventory_api.storage.sql.engine import Database
from tests.contract.rules import shelf
from tests.integration.asking import Api, asking
from tests.integration.world import World
from tests.unit.rest import world as small


@pytest.fixture(scope="module")
def filled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A whole installation with every kind of record."""
    folder = tmp_path_factory.mktemp("rules")
    shutil.copy(sqlite_template, folder / "inventory.sqlite")
    db = Database(f"sqlite:///{folder / 'inventory.sqlite'}")
    with EmbeddedServer.start_or_attach(folder, max_memory_bytes=64 * 2**20) as server:
        world = World(db, server.url, folder)
        shelf.fill(world)
        yield world
        world.close()
    db.close()


@pytest.fixture(scope="module")
def api(filled: World) -> Iterator[Api]:
    """The app before it."""
    with asking(filled, small.GAZETTEER) as made:
        yield made


@pytest.fixture(scope="module")
def ids(filled: World) -> dict[str, str]:
    """Public store ids by ``retailer:code``."""
    return {f"{store.retailer_id}:{store.store_code}": store.public_id for store in filled.stores()}


@pytest.fixture
def world() -> small.World:
    """Fresh fakes, with a product that is in stock."""
    world = small.World()
    world.index.stocked = frozenset({small.TIDE.id})
    return world


@pytest.fixture
def anonymous(world: small.World) -> small.Client:
    """A shopper's app."""
    return small.Client(create_app(world.ports()))


@pytest.fixture
def client(world: small.World) -> small.Client:
    """A client with a secret key of the retailer ``acme``."""
    return small.Client(create_app(world.ports()), {"Authorization": "Bearer sk_acme"})
