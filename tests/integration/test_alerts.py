"""Alerts: told once, of news alone, by whoever lives."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from standardwebhooks import Webhook

from ingest.outbound import Outbound
from ingest.webhooks.courier import LEASE_S
from inventory_api.channels.rest.events import SENT
from inventory_api.cli.directory import DirectoryLoader
from inventory_api.domain.errors import (
    AlreadyAvailable,
    InvalidInput,
    OptedOut,
    Refused,
    TooManyWatches,
    Unavailable,
    UnknownProduct,
    UnknownWatch,
)
from inventory_api.domain.ports import StockChange, WatchWish
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.watch import LIFE, MAX_ACTIVE, WatchStatus
from inventory_api.domain.webhook import Event
from inventory_api.lookup.directory import Directory
from inventory_api.notify.notifier import KEPT, LEASE, ROUND, SENDING, Notifier
from inventory_api.notify.subscribers import Subscribers
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.vault import Vault
from tests.integration.alerting import GTIN, PHONE, PLACE, SECRET, Rig, sell_out, settle
from tests.integration.receiver import receiving
from tests.integration.world import LATITUDE, World


class Killed(BaseException):
    """Nobody catches it: whoever was at work is no more."""


@pytest.fixture(scope="module")
def settled(redis_url: str, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all tests that leave its stores where they are."""
    folder = tmp_path_factory.mktemp("alerts")
    shutil.copy(empty_database, folder / "inventory.sqlite")
    db = Database(f"sqlite:///{folder / 'inventory.sqlite'}")
    world = World(db, redis_url, folder)
    settle(world)
    yield world
    world.close()
    db.close()


@pytest.fixture
def rig(settled: World) -> Iterator[Rig]:
    """Nobody has the product, nobody watches, and it is noon."""
    yield from _rig(settled)


@pytest.fixture
def own_rig(world: World) -> Iterator[Rig]:
    """In a world whose stores may be moved."""
    settle(world)
    yield from _rig(world)


def _rig(world: World) -> Iterator[Rig]:
    sell_out(world)
    with receiving() as receiver:
        rig = Rig(world, receiver)
        yield rig
        rig.forget_all()


# -- once, of news alone ------------------------------------------------------------------------------


def test_the_nearest_store_that_has_it_again_is_told_of_once(rig: Rig) -> None:
    watch = rig.watch()
    rig.look()
    assert rig.texted == []
    rig.say("002", 3)
    rig.look()
    rig.say("001", 3)
    rig.say("002", 0)
    rig.say("002", 4)
    rig.ahead += ROUND
    rig.look()
    assert rig.texted == [(PHONE, "002")]
    alert = rig.phones.texts[0][1]
    assert (alert.product.title, alert.distance_m // 100, alert.timezone) == ("Detergent", 11, "America/Los_Angeles")
    ended = rig.of(watch)
    assert (ended.status, ended.store_id) == (WatchStatus.TRIGGERED, rig.world.store("002").id)
    assert (ended.sealed, ended.latitude, ended.label, ended.subscriber, ended.look_at) == (None, None, None, b"", None)


def test_an_event_is_signed_and_tells_nothing_of_the_place(rig: Rig) -> None:
    watch, secret = rig.hook()
    rig.say("001", 3)
    rig.look()
    rig.deliver()
    [received] = rig.receiver.received
    at = dt.datetime.fromtimestamp(int(received.headers["webhook-timestamp"]), dt.UTC)
    signed = Webhook(secret).sign(received.headers["webhook-id"], at, received.body.decode())
    assert received.headers["webhook-signature"] == signed
    SENT[Event.WATCH_TRIGGERED].model_validate_json(received.body)
    body = orjson.loads(received.body)
    assert body["type"] == "watch.triggered"
    assert body["data"]["watch"]["id"] == watch.id
    assert body["data"]["watch"]["store"]["store_code"] == "001"
    assert str(LATITUDE).encode() not in received.body
    kept, delivery = rig.desk().get("acme", watch.id)
    assert kept.status is WatchStatus.TRIGGERED
    assert delivery is not None
    assert delivery.delivered_at is not None


def test_a_full_feed_is_a_change_and_so_is_a_delta_feed(rig: Rig) -> None:
    rig.watch()
    rig.hook()
    rows = "".join(f"00{n},{GTIN},{5 if n == 1 else 0}\n" for n in range(1, 6))
    rig.world.push("inventory", f"store_code,gtin,quantity\n{rows}")
    rig.look()
    assert rig.texted == [(PHONE, "001")]
    rig.world.push("inventory", f"store_code,gtin,quantity\n001,{GTIN},0\n", mode="delta")
    rig.watch()
    rig.world.push("inventory", f"store_code,gtin,quantity\n002,{GTIN},9\n", mode="delta")
    rig.look()
    assert rig.texted == [(PHONE, "001"), (PHONE, "002")]
    rig.deliver()
    assert len(rig.receiver.received) == 1


def test_what_is_there_now_is_not_watched_for(rig: Rig) -> None:
    rig.say("002", 3)
    with pytest.raises(AlreadyAvailable) as raised:
        rig.watch()
    assert raised.value.store_id == rig.world.store("002").id
    with pytest.raises(UnknownProduct):
        rig.watch(product_id=4006381333931)


# -- whoever dies -------------------------------------------------------------------------------------


def test_what_changed_between_question_and_commit_is_found(rig: Rig) -> None:
    wish = WatchWish(int(GTIN), **PLACE, phone=PHONE)
    rig.ask(lambda index: rig.desk(index).create(wish))
    with rig.world.db.write() as tx:
        tx.watches.look_again(tx.watches.watched(), rig.clock())
    rig.say("001", 2)
    rig.look()
    assert rig.texted == [(PHONE, "001")]


def test_without_a_mark_the_round_finds_it(rig: Rig) -> None:
    watch = rig.watch()
    rig.say("001", 2)
    with rig.world.db.write() as tx:
        marked = tx.watches.get(watch.id)
        assert marked is not None
        tx.watches.put_off(marked, rig.clock() + ROUND)
    rig.world.flush()
    rig.world.work()
    rig.look()
    assert rig.texted == []
    rig.ahead += ROUND
    rig.look()
    assert rig.texted == [(PHONE, "001")]


def test_a_worker_that_dies_while_it_looks_leaves_the_watch_to_another(rig: Rig) -> None:
    rig.watch()
    rig.say("001", 2)
    with rig.world.db.write() as tx:
        assert tx.watches.claim_due(rig.clock(), rig.clock() + LEASE, 10)
    rig.look()
    assert rig.texted == []
    rig.ahead += LEASE
    rig.look()
    assert rig.texted == [(PHONE, "001")]


@pytest.mark.parametrize("was_sent", [False, True])
def test_a_worker_that_dies_at_the_provider_is_not_followed(rig: Rig, was_sent: bool) -> None:
    watch = rig.watch()
    rig.say("001", 2)
    rig.phones.answers = [Killed()]
    rig.phones.sends_anyway = was_sent
    with pytest.raises(Killed):
        rig.look()
    assert rig.of(watch).status is WatchStatus.SENDING
    rig.phones.answers = []
    rig.look()
    rig.ahead += SENDING
    rig.look()
    assert len(rig.texted) == was_sent
    assert (rig.of(watch).status, rig.of(watch).sealed) == (WatchStatus.UNCERTAIN, None)


def test_two_workers_with_one_watch_in_hand_tell_once(rig: Rig) -> None:
    rig.watch()
    rig.hook()
    rig.say("001", 2)

    class Slow(Notifier):
        """Its lease runs out while it looks: another begins and ends meanwhile."""

        async def _ask(self, *args: Any) -> Any:
            hits = await super()._ask(*args)
            rig.ahead += LEASE / 2
            await asyncio.to_thread(rig.look)
            return hits

    directory = Directory()
    refresh = DirectoryLoader(rig.world.db, directory).refresh
    slow = Slow(
        rig.world.db, rig.open_index, directory, refresh, rig.subscribers, rig.opt_outs, rig.phones, now=rig.clock
    )
    rig.look(slow)
    assert rig.texted == [(PHONE, "001")]
    rig.deliver()
    assert len(set(rig.receiver.ids)) == len(rig.receiver.ids) == 1


def test_a_courier_that_dies_sends_again_under_one_id(rig: Rig) -> None:
    rig.hook()
    rig.say("001", 2)
    rig.look()
    with rig.world.db.write() as tx:
        assert tx.webhooks.claim_due(rig.clock(), LEASE_S)
    rig.deliver()
    assert rig.receiver.ids == []
    rig.ahead += dt.timedelta(seconds=LEASE_S)
    rig.deliver()
    rig.deliver()
    assert len(rig.receiver.ids) == 1


def test_redis_away_is_waited_for(rig: Rig) -> None:
    rig.watch()
    rig.say("001", 2)
    rig.world.flush()
    with pytest.raises(Unavailable):
        rig.look()
    rig.world.work()
    rig.ahead += LEASE
    rig.look()
    assert rig.texted == [(PHONE, "001")]


# -- the provider -------------------------------------------------------------------------------------


def test_what_surely_was_not_handed_over_is_tried_again_while_it_is_true(rig: Rig) -> None:
    rig.watch()
    rig.phones.answers = [Unavailable("down"), Unavailable("down")]
    rig.say("001", 2)
    for _ in range(4):
        rig.look()
        rig.ahead += ROUND
    assert rig.texted == [(PHONE, "001")]


@pytest.mark.parametrize(
    ("answer", "status"), [(Refused("21610"), "undeliverable"), (TimeoutError("who knows"), "uncertain")]
)
def test_another_answer_is_the_last(rig: Rig, answer: Exception, status: str) -> None:
    watch = rig.watch()
    rig.phones.answers = [answer]
    rig.say("001", 2)
    for _ in range(3):
        rig.look()
        rig.ahead += ROUND
    assert rig.texted == []
    assert (rig.of(watch).status, rig.of(watch).sealed) == (status, None)


def test_a_number_that_cannot_be_read_is_not_called_uncertain(rig: Rig) -> None:
    watch = rig.watch()
    rig.subscribers = Subscribers(SECRET, Vault(bytes(31) + b"x"))
    rig.say("001", 2)
    rig.look()
    assert (rig.texted, rig.of(watch).status) == ([], "undeliverable")


# -- the clock ----------------------------------------------------------------------------------------


def test_at_night_texts_wait_for_nine_and_events_do_not(rig: Rig) -> None:
    rig.watch()
    rig.hook()
    rig.go_to(22)
    rig.say("001", 2)
    rig.look()
    rig.deliver()
    assert len(rig.receiver.received) == 1
    rig.go_to(8, 59)
    rig.look()
    assert rig.texted == []
    rig.go_to(9, 0)
    rig.ahead += dt.timedelta(minutes=1)
    rig.look()
    assert rig.texted == [(PHONE, "001")]


def test_what_was_back_at_night_and_is_gone_by_nine_is_not_told(rig: Rig) -> None:
    watch = rig.watch()
    rig.go_to(22)
    rig.say("001", 2)
    rig.look()
    rig.go_to(8)
    rig.say("001", 0)
    rig.go_to(10)
    rig.look()
    assert (rig.texted, rig.of(watch).status) == ([], WatchStatus.ACTIVE)


def test_after_fourteen_days_it_is_over_and_after_thirty_more_forgotten(rig: Rig) -> None:
    text, (event, _) = rig.watch(), rig.hook()
    rig.ahead += LIFE
    rig.say("001", 2)
    rig.look()
    rig.deliver()
    assert (rig.texted, rig.receiver.received) == ([], [])
    for watch in (text, event):
        assert (rig.of(watch).status, rig.of(watch).sealed, rig.of(watch).latitude) == (WatchStatus.EXPIRED, None, None)
    with rig.world.db.write() as tx:
        tx.watches.forget(rig.clock() + KEPT + dt.timedelta(seconds=1))
        assert tx.watches.get(text.id) is tx.watches.get(event.id) is None


# -- who wants nothing, who wants too much -------------------------------------------------------------


def test_after_stop_nothing_is_sent_until_start(rig: Rig) -> None:
    rig.watch()
    rig.desk().opt_out(PHONE)
    rig.desk().opt_out(PHONE)
    rig.say("001", 2)
    rig.look()
    assert rig.texted == []
    rig.say("001", 0)
    with pytest.raises(OptedOut):
        rig.watch()
    assert rig.desk().is_opted_out(PHONE)
    rig.desk().opt_in(PHONE)
    rig.watch()
    rig.say("001", 2)
    rig.look()
    assert len(rig.texted) == 1


def test_a_watch_can_be_undone_and_a_number_forgotten(rig: Rig) -> None:
    first, last = rig.watch(), rig.watch(latitude=LATITUDE + 0.001)
    undone = rig.desk().undo(PHONE)
    assert undone is not None
    assert undone.id == last.id
    rig.desk().opt_out("+14155550199")
    rig.desk().forget(PHONE)
    assert rig.desk().undo(PHONE) is None
    rig.say("001", 2)
    rig.look()
    assert rig.texted == []
    with rig.world.db.read() as tx:
        assert tx.watches.get(first.id) is None
    assert rig.desk().is_opted_out("+14155550199")


def test_five_at_once_and_the_same_again_is_the_same(rig: Rig) -> None:
    for number in range(MAX_ACTIVE):
        rig.watch(latitude=LATITUDE + number / 1000)
        rig.watch(latitude=LATITUDE + number / 1000 + 0.0004)
    with pytest.raises(TooManyWatches):
        rig.watch(latitude=LATITUDE - 0.001)
    rig.watch(latitude=LATITUDE - 0.001, phone="+14155550124")
    for number in range(MAX_ACTIVE + 1):
        rig.hook(subscriber=f"shopper {number}")
    rig.say("001", 2)
    rig.look()
    assert len(rig.texted) == MAX_ACTIVE + 1
    rig.deliver()
    assert len(rig.receiver.received) == MAX_ACTIVE + 1


def test_a_watch_is_its_retailers_alone(rig: Rig) -> None:
    watch, _ = rig.hook()
    for owner in ("zeta", "nobody"):
        with pytest.raises(UnknownWatch):
            rig.desk().get(owner, watch.id)
        with pytest.raises(UnknownWatch):
            rig.desk().delete(owner, watch.id)
    with rig.world.db.read() as tx:
        assert tx.webhooks.list("acme") == []
    rig.desk().delete("acme", watch.id)
    rig.say("001", 2)
    rig.look()
    rig.deliver()
    assert rig.receiver.received == []


@pytest.mark.parametrize(
    "wish",
    [{"phone": "4155550123"}, {"phone": "+0"}, {"url": "https://10.0.0.1/x", "owner": "acme"},
     {"url": "https://u:p@h.example/", "owner": "acme"}, {"url": "ftp://h.example/", "owner": "acme"}],
)  # fmt: skip
def test_nobody_is_told_where_nothing_can_be_sent(rig: Rig, wish: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        rig.watch(**wish)


def test_a_name_that_leads_into_our_network_is_refused_when_it_is_sent(rig: Rig) -> None:
    rig.outbound = Outbound(resolver=lambda host, port: ["10.0.0.1"])
    watch, _ = rig.create(url="https://hooks.example/in", owner="acme")
    rig.say("001", 2)
    rig.look()
    rig.deliver()
    _, delivery = rig.desk().get("acme", watch.id)
    assert delivery is not None
    assert delivery.answer is not None
    assert "not public" in delivery.answer


def test_an_alert_comes_within_seconds_of_a_change(rig: Rig) -> None:
    for number in range(10):
        rig.watch(phone=f"+1415555{number:04d}")
    rig.say("001", 2)
    began = time.perf_counter()
    rig.look()
    assert len(rig.texted) == 10
    assert time.perf_counter() - began < 5


# -- last, for their world takes the index -------------------------------------------------------------


def test_beyond_the_radius_is_nothing_and_a_store_that_comes_over_the_edge_is_no_news(own_rig: Rig) -> None:
    rig = own_rig
    rig.say("003", 3)
    # The third store is 2,220 m away: outside of the radius, within its edge.
    watch = rig.watch(radius_m=2000)
    rig.say("003", 4)
    rig.say("005", 4)
    rig.look()
    store = rig.world.store("003")
    moved = f"store_code,name,lat,lon\n003,Store 003,{LATITUDE + 0.015},{store.longitude}\n"
    rig.world.push("stores", moved, mode="delta")
    rig.ahead += ROUND
    rig.look()
    assert rig.texted == []
    # Sold out and filled again is.
    rig.say("003", 0)
    rig.ahead += ROUND
    rig.look()
    rig.say("003", 5)
    rig.look()
    assert rig.texted == [(PHONE, "003")]
    assert rig.of(watch).status is WatchStatus.TRIGGERED


def test_an_old_statement_said_again_is_no_news(own_rig: Rig) -> None:
    rig = own_rig
    with rig.world.db.write() as tx:
        tx.retailers.add(Retailer("slow", "Slow", currency="USD"))
    rig.world.push("stores", "store_code,name,lat,lon\nS1,Slow,37.771,-122.42\n", retailer_id="slow")
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=40)
    change = StockChange("S1", gtin=GTIN, quantity=9, observed_at=long_ago)
    rig.world.patch(change, retailer_id="slow")
    rig.watch()
    rig.world.patch(change, retailer_id="slow")
    with rig.world.db.write() as tx:
        retailer = tx.retailers.get("slow")
        tx.retailers.update(replace(retailer, freshness=replace(retailer.freshness, expires_s=90 * 86400)))
    rig.ahead += ROUND
    rig.look()
    assert rig.world.on_shelf(int(GTIN), now=rig.clock())["S1"][0] == "in_stock"
    assert rig.texted == []
    rig.world.patch(replace(change, observed_at=None), retailer_id="slow")
    rig.look()
    assert rig.texted == [(PHONE, "S1")]
