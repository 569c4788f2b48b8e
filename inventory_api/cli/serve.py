"""The API process: ports wired, the directory kept current, uvicorn in front."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import socket
import sys
from importlib.metadata import version
from tempfile import TemporaryDirectory

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from inventory_api.channels.app import AppPorts, create_app
from inventory_api.channels.ports import Limits, Site
from inventory_api.cli.compose import Installation
from inventory_api.cli.directory import DirectoryLoader
from inventory_api.cli.lifeline import end_with_supervisor
from inventory_api.cli.texting import sms_ports
from inventory_api.cli.wire import ProblemProtocol
from inventory_api.lookup.availability import Availability
from inventory_api.lookup.directory import Directory
from inventory_api.settings import Settings
from inventory_api.storage.geocoder.shoppers import PATIENCE_S
from inventory_api.storage.index.counts import RedisCounts
from inventory_api.storage.index.keys import DIRECTORY_STREAM, FORMAT
from inventory_api.storage.index.multiplexed import Multiplexed
from inventory_api.storage.index.reader import RedisIndexReader
from inventory_api.storage.index.stream import follow
from inventory_api.storage.search.reader import TantivySearch
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.products import SqlProducts
from inventory_api.storage.sql.quality import SqlQuality
from inventory_api.storage.sql.replies import SqlReplies

logger = logging.getLogger(__name__)

POLL_MS = 1_000
"""The doorbell is a hint: SQL is asked at least this often, whatever the stream says."""

SQL_ANSWERS_WITHIN_S = 5.0
"""As long as SQLite is waited for. Threads that wait for a hung database are threads that no opt-out finds free."""

YOUNG_OBJECTS = 50_000
"""New objects alive at once before the collector looks for cycles: at Python's 700 it would walk over what a few
batches at work hold, again and again, and they leave no cycles."""


class DirectoryKeeper:
    """Keeps a process's directory current from SQL, woken by the stream."""

    def __init__(self, db: Database, directory: Directory, redis_url: str) -> None:
        self._loader = DirectoryLoader(db, directory)
        self._redis_url = redis_url
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load everything, then follow."""
        await asyncio.to_thread(self._loader.refresh)
        # Tens of thousands of stores stay for ever: the collector need not walk them again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG_OBJECTS)
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Follow no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        async for _ in follow(self._redis_url, DIRECTORY_STREAM, last_id="$", block_ms=POLL_MS):
            try:
                await asyncio.to_thread(self._loader.refresh)
            except Exception:
                # Yesterday's directory still answers; a process without its keeper would never recover.
                logger.exception("the directory could not be refreshed")


class Closing:
    """Closes the shared connection when the app stops."""

    def __init__(self, connection: Multiplexed) -> None:
        self._connection = connection

    async def start(self) -> None:
        """Nothing: it connects at the first call."""

    async def stop(self) -> None:
        """Close."""
        await self._connection.aclose()


def create_api() -> FastAPI:
    """The app of one worker process; everything it needs is in the environment."""
    end_with_supervisor()
    settings = Settings()
    if not settings.redis_url:
        raise RuntimeError("INVENTORY_REDIS_URL is missing: start the API with `inventory-api serve` or `up`")
    here = Installation(settings, settings.redis_url, Database(settings.sql_url, answers_within_s=SQL_ANSWERS_WITHIN_S))
    directory = Directory()
    connection = Multiplexed(here.redis_url, timeout_s=settings.deadline_ms / 1000)
    index = RedisIndexReader(connection)
    places, watches = here.places(directory), here.watches(Availability(index, directory))
    # A place that only the geocoder may know takes its time; Redis has its own deadline.
    outside_s = PATIENCE_S if settings.geocoder else 0.0
    ports = AppPorts(
        directory=directory,
        index=index,
        products=SqlProducts(here.db),
        search=TantivySearch(here.search_folder),
        places=places,
        keys=here.keys,
        desk=here.desk,
        stock=here.changes,
        webhooks=here.webhooks,
        reports=here.reports,
        watches=watches,
        quality=SqlQuality(here.db),
        sources=here.sources,
        events=here.events,
        uploads=here.uploads,
        replies=SqlReplies(here.db, here.vault),
        cursor_secret=here.secret("cursor"),
        version=version("inventory-api"),
        index_format=int(FORMAT),
        public_base_url=settings.public_base_url,
        limits=Limits(
            anonymous=settings.anonymous_rate_limit,
            keyed=settings.key_rate_limit,
            in_flight=settings.max_in_flight,
            # Longer than Redis is waited for, which has more to say of what is wrong.
            lookup_s=1.2 * settings.deadline_ms / 1000 + outside_s,
            read_s=settings.read_deadline_ms / 1000 + outside_s,
            receive_s=settings.receive_deadline_ms / 1000,
        ),
        site=Site(sms_number=settings.sms_number, contact=settings.help_contact),
        counts=RedisCounts(connection),
        metrics_folder=settings.metrics_folder,
        documents=here.outbound if settings.ucp_verify_agents else None,
        hooks=(Closing(connection), DirectoryKeeper(here.db, directory, here.redis_url)),
    )
    return create_app(ports, sms_ports(here, connection, index, places, directory, watches))


def run_api(settings: Settings, redis_url: str, listener: socket.socket) -> None:
    """Serve until told to stop.

    Raises:
        SystemExit: The app did not start; why is in the log.
    """
    os.environ["INVENTORY_REDIS_URL"] = redis_url
    if settings.metrics_folder is not None:
        _run(settings, listener)
        return
    with TemporaryDirectory(prefix="inventory-metrics-") as folder:
        os.environ["INVENTORY_METRICS_FOLDER"] = folder
        _run(settings, listener)


def server_config(settings: Settings) -> uvicorn.Config:
    """How uvicorn serves. It logs no calls: their queries tell where shoppers are."""
    return uvicorn.Config(
        "inventory_api.cli.serve:create_api",
        factory=True,
        workers=settings.workers,
        http=ProblemProtocol,
        ws="none",
        # Whoever may say whose address a call comes from decides who is counted.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=10,
    )


def _run(settings: Settings, listener: socket.socket) -> None:
    config = server_config(settings)
    if settings.workers > 1:
        Multiprocess(config, sockets=[listener]).run()
        return
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(STARTUP_FAILURE)
