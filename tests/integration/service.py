"""A real server over a real world, in a thread of the test."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.keys import KeyRing
from tests.integration.asking import Api
from tests.integration.world import World

STARTED_S = 20.0


class Service:
    """A server over a world, and a key of its retailer."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.key = KeyRing(world.db).issue("acme")
        self._server: uvicorn.Server | None = None
        self._thread = threading.Thread(target=self._serve)

    def start(self) -> None:
        """Serve in a thread, whose event loop the connection to Redis is of."""
        self._thread.start()
        until = time.monotonic() + STARTED_S
        while self._server is None or not self._server.started:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.01)

    def stop(self) -> None:
        """Serve no more."""
        assert self._server is not None
        self._server.should_exit = True
        self._thread.join()

    def _serve(self) -> None:
        with asyncio.Runner() as runner:
            api = Api(self._world, runner)
            self._server = uvicorn.Server(uvicorn.Config(api.app, log_level="error"))
            runner.run(self._server.serve([self._listener]))
            api.close()


@pytest.fixture(scope="module")
def service(redis_url: str, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One for all routes: what one has written, the next may meet."""
    folder = tmp_path_factory.mktemp("service")
    shutil.copy(empty_database, folder / "inventory.sqlite")
    world = World(Database(f"sqlite:///{folder / 'inventory.sqlite'}"), redis_url, folder)
    world.add_retailer("acme", ["1", "2"])
    # The feed also builds product search, which answers 503 before there is any.
    world.push("products", "gtin,title,brand\n00037000185062,Laundry detergent,Tide\n")
    world.push("inventory", "store_code,gtin,quantity\n1,00037000185062,5\n2,00037000185062,1\n")
    made = Service(world)
    made.start()
    yield made
    made.stop()
    world.close()
    world.db.close()
