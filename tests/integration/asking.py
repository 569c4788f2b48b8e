"""Asks a real app over its real index, as a client would, in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from ingest.outbound import Outbound
from ingest.sources.desk import SourceDesk
from ingest.sources.folder import Folders
from ingest.webhooks.desk import WebhookDesk
from ingest.webhooks.endpoints import OneTimeEndpoints
from ingest.webhooks.secrets import Secrets
from inventory_api.channels.app import AppPorts, create_app
from inventory_api.channels.ports import Limits
from inventory_api.lookup.availability import Availability
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.places import Places
from inventory_api.notify.desk import WatchDesk
from inventory_api.notify.opt_outs import OptOutRegister
from inventory_api.notify.subscribers import Subscribers
from inventory_api.storage.index.connection import Multiplexed
from inventory_api.storage.index.counts import RedisCounts
from inventory_api.storage.index.opt_outs import RedisOptOutJournal
from inventory_api.storage.index.reader import RedisIndexReader
from inventory_api.storage.search.reader import TantivySearch
from inventory_api.storage.sql.keys import KeyRing
from inventory_api.storage.sql.products import SqlProducts
from inventory_api.storage.sql.quality import SqlQuality
from inventory_api.storage.sql.replies import SqlReplies
from inventory_api.storage.sql.report_desk import SqlReports
from inventory_api.storage.vault import Vault
from tests.fakes import FakeGazetteer
from tests.integration.world import TIMEOUT_S, World

PUBLIC_URL = "https://inventory.example.com"


class Api:
    """An app before a world; the directory is read when it is made, and by ``refresh``."""

    def __init__(self, world: World, runner: asyncio.Runner, gazetteer: FakeGazetteer | None = None) -> None:
        self._world = world
        self._gazetteer = gazetteer or FakeGazetteer()
        self._runner = runner
        self.later_s = 0.0
        """By how much the clock that keys are remembered by is ahead."""
        self._connection = Multiplexed(world.redis_url, timeout_s=TIMEOUT_S)
        self._directory = Directory()
        self.app = self._create()
        self.refresh()

    def refresh(self) -> None:
        """Read stores and retailers anew, as the keeper of an API process does."""
        with self._world.db.read() as tx:
            self._directory.load(tx.stores.list(), tx.retailers.list(), tx.reports.trust())

    def close(self) -> None:
        """Close the connection."""
        self._runner.run(self._connection.aclose())

    def get(self, path: str) -> httpx.Response:
        """Ask; ``path`` with its query string."""
        return self.send("GET", path)

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request (``request``: ``headers``, ``content``, as for ``httpx``)."""
        return self._runner.run(self._send(method, path, **request))

    def ask(self, query: str) -> dict[str, Any]:
        """Ask for availability and get an answer."""
        response = self.get(f"/v1/availability?{query}")
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def codes(self, query: str) -> list[str]:
        """Ask, and name the stores of the answer in order: ``retailer:store_code``."""
        return codes_of(self.ask(query))

    def refused(self, query: str, status: int, code: str, parameter: str | None = None) -> dict[str, Any]:
        """Ask what cannot be answered and get a problem with this code, and where it lies."""
        response = self.get(f"/v1/availability?{query}")
        problem: dict[str, Any] = response.json()
        assert (response.status_code, problem["code"]) == (status, code), problem
        assert response.headers["content-type"] == "application/problem+json"
        if parameter is not None:
            assert [error["parameter"] for error in problem["errors"]] == [parameter], problem
        return problem | {"headers": response.headers}

    def _create(self) -> FastAPI:
        world = self._world
        vault = Vault(bytes(32))
        index = RedisIndexReader(self._connection)
        endpoints = OneTimeEndpoints(Secrets(vault), Outbound())
        ports = AppPorts(
            directory=self._directory,
            index=index,
            products=SqlProducts(world.db),
            search=TantivySearch(world.data_dir / "search"),
            places=Places(self._gazetteer, self._directory),
            keys=KeyRing(world.db, clock=lambda: time.monotonic() + self.later_s),
            desk=world.desk,
            stock=world.changes,
            sources=SourceDesk(world.db, vault, Outbound(), Folders(world.data_dir)),
            webhooks=WebhookDesk(world.db, Secrets(vault), Outbound()),
            quality=SqlQuality(world.db),
            reports=SqlReports(world.db, bytes(32)),
            watches=WatchDesk(
                world.db,
                Availability(index, self._directory),
                Subscribers(bytes(32), vault),
                OptOutRegister(world.db, RedisOptOutJournal(world.redis)),
                endpoints,
                texts=True,
            ),
            events=world.hooks,
            uploads=world.uploads,
            replies=SqlReplies(world.db, vault),
            counts=RedisCounts(self._connection),
            limits=Limits(anonymous=0, keyed=0),
            cursor_secret=b"the same in every process",
            version="0.0.0",
            public_base_url=PUBLIC_URL,
        )
        return create_app(ports)

    async def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **request)


def codes_of(answer: dict[str, Any]) -> list[str]:
    """The stores of an answer, in order."""
    return [f"{hit['store']['retailer']}:{hit['store']['store_code']}" for hit in answer["stores"]]


@contextmanager
def asking(world: World, gazetteer: FakeGazetteer | None = None) -> Iterator[Api]:
    """An app before this world, for as long as the block; without a gazetteer it knows stores' own towns alone."""
    with asyncio.Runner() as runner:
        api = Api(world, runner, gazetteer)
        try:
            yield api
        finally:
            api.close()
