"""A world with watches in it, and the hands to work them with."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from zoneinfo import ZoneInfo

from ingest.outbound import Outbound
from ingest.webhooks.courier import Courier
from ingest.webhooks.endpoints import OneTimeEndpoints
from ingest.webhooks.secrets import Secrets
from inventory_api.cli.directory import DirectoryLoader
from inventory_api.domain.freshness import FreshnessPolicy
from inventory_api.domain.ports import Alert, IndexReader, StockChange, WatchWish
from inventory_api.domain.watch import Watch
from inventory_api.lookup.availability import Availability
from inventory_api.lookup.directory import Directory
from inventory_api.notify.desk import WatchDesk
from inventory_api.notify.notifier import Notifier
from inventory_api.notify.opt_outs import OptOutRegister
from inventory_api.notify.subscribers import Subscribers
from inventory_api.storage.index.connection import Multiplexed
from inventory_api.storage.index.opt_outs import RedisOptOutJournal
from inventory_api.storage.index.reader import RedisIndexReader
from tests.integration.receiver import Receiver
from tests.integration.world import LATITUDE, LONGITUDE, TIMEOUT_S, World

GTIN = "00037000185062"
PHONE = "+14155550123"
PLACE = {"latitude": LATITUDE, "longitude": LONGITUDE, "radius_m": 2500.0}
SECRET = b"s" * 32
STORES = ("001", "002", "003", "004", "005")


class Phones:
    """A provider: keeps what was handed over; raises ``answers`` first, ``sends_anyway`` with the text taken."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, Alert]] = []
        self.answers: list[BaseException | None] = []
        self.sends_anyway = False

    async def send(self, phone: str, alert: Alert) -> None:
        answer = self.answers.pop(0) if self.answers else None
        if answer is None or self.sends_anyway:
            self.texts.append((phone, alert))
        if answer is not None:
            raise answer


def settle(world: World) -> None:
    """Stores 001 to 005, each a kilometre farther than the one before, and none has the product."""
    # What was said today counts for as long as a test puts its clock ahead.
    world.add_retailer("acme", STORES, freshness=FreshnessPolicy(expires_s=60 * 86_400))
    world.push("products", f"id,gtin,title\nA-1,{GTIN},Detergent\n")
    sell_out(world)


def sell_out(world: World) -> None:
    """Nobody has it."""
    world.patch(*(StockChange(code, gtin=GTIN, quantity=0) for code in STORES))


class Rig:
    """A settled world: a desk, workers that look when told, a clock that says noon, a provider and a receiver."""

    def __init__(self, world: World, receiver: Receiver) -> None:
        self.world, self.receiver, self.phones = world, receiver, Phones()
        self.outbound = Outbound(["127.0.0.1"])
        self.secrets = Secrets(world.vault)
        self.subscribers = Subscribers(SECRET, world.vault)
        self.opt_outs = OptOutRegister(world.db, RedisOptOutJournal(world.redis), self.clock)
        self.ahead = dt.timedelta()
        self.go_to(12)

    def clock(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.ahead

    def go_to(self, hour: int, minute: int = 0) -> None:
        """Put the clock ahead to the next such hour in California."""
        zone = ZoneInfo("America/Los_Angeles")
        here = self.clock().astimezone(zone)
        then = here.replace(hour=hour, minute=minute)
        self.ahead += then - here + dt.timedelta(days=then <= here)

    def ask(self, work: Callable[[IndexReader], Any]) -> Any:
        async def asking() -> Any:
            async with self.open_index() as index:
                return await work(index)

        return asyncio.run(asking())

    @asynccontextmanager
    async def open_index(self) -> AsyncIterator[IndexReader]:
        connection = Multiplexed(self.world.redis_url, timeout_s=TIMEOUT_S)
        try:
            yield RedisIndexReader(connection)
        finally:
            await connection.aclose()

    def desk(self, index: IndexReader | None = None) -> WatchDesk:
        with self.world.db.read() as tx:
            directory = Directory(tx.stores.list(), tx.retailers.list())
        endpoints = OneTimeEndpoints(self.secrets, self.outbound)
        lookup = Availability(index, directory)  # type: ignore[arg-type]
        return WatchDesk(self.world.db, lookup, self.subscribers, self.opt_outs, endpoints, texts=True, now=self.clock)

    def watch(self, **wish: Any) -> Watch:
        """Make a watch; by text where nothing else is said."""
        return self.create(**wish)[0]

    def create(self, **wish: Any) -> tuple[Watch, str | None]:
        whom = {} if "phone" in wish or "url" in wish else {"phone": PHONE}
        wanted = WatchWish(**{"product_id": int(GTIN)} | PLACE | whom | wish)
        made: tuple[Watch, str | None] = self.ask(lambda index: self.desk(index).create(wanted))
        self.look()
        return made

    def hook(self, **wish: Any) -> tuple[Watch, str]:
        watch, secret = self.create(url=self.receiver.url, owner="acme", **wish)
        assert secret is not None
        return watch, secret

    def worker(self) -> Notifier:
        directory = Directory()
        refresh = DirectoryLoader(self.world.db, directory).refresh
        return Notifier(
            self.world.db,
            self.open_index,
            directory,
            refresh,
            self.subscribers,
            self.opt_outs,
            self.phones,
            now=self.clock,
        )

    def look(self, notifier: Notifier | None = None) -> None:
        """Look at all that is due, as a worker does."""
        looking = notifier or self.worker()

        async def rounds(index: IndexReader) -> None:
            while await looking.step(index):
                pass

        self.ask(rounds)

    def deliver(self) -> None:
        """Send the events that are due."""
        with self.outbound.client(follow_redirects=False) as client:
            courier = Courier(self.world.db, self.secrets, lambda: client, now=self.clock)
            while courier.step(client):
                pass

    def say(self, store_code: str, quantity: int) -> None:
        self.world.patch(StockChange(store_code, gtin=GTIN, quantity=quantity))

    def of(self, watch: Watch) -> Watch:
        with self.world.db.read() as tx:
            found = tx.watches.get(watch.id)
        assert found is not None
        return found

    @property
    def texted(self) -> list[tuple[str, str]]:
        return [(phone, alert.store.store_code) for phone, alert in self.phones.texts]

    def forget_all(self) -> None:
        """Leave nothing to the next test."""
        with self.world.db.write() as tx:
            tx.watches.remove(tx.watches.claim_due(dt.datetime.max.replace(tzinfo=dt.UTC), self.clock(), 1000))
            tx.watches.forget(dt.datetime.max.replace(tzinfo=dt.UTC))
        for phone in (PHONE, "+14155550199"):
            self.desk().opt_in(phone)
