"""An opt-out holds from the moment it is said, also where SQL is away; and nothing untrue is said of it."""

from __future__ import annotations

import contextlib
import datetime as dt
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis as redis_py

from ingest.outbound import Outbound
from ingest.webhooks.endpoints import OneTimeEndpoints
from ingest.webhooks.secrets import Secrets
from inventory_api.channels.sms.gateway import Gateway
from inventory_api.channels.sms.message import Inbound
from inventory_api.channels.sms.pacing import NoLimits
from inventory_api.channels.sms.providers import provider_of
from inventory_api.domain.errors import Unavailable
from inventory_api.domain.ports import SmsChannel
from inventory_api.domain.stock import Claim
from inventory_api.lookup.availability import Availability
from inventory_api.notify.desk import WatchDesk
from inventory_api.notify.opt_outs import OptOutRegister
from inventory_api.notify.subscribers import Subscribers
from inventory_api.storage.index.connection import client_of
from inventory_api.storage.index.opt_outs import KEY, RedisOptOutJournal
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.vault import Vault
from tests.integration.alerting import PHONE, Rig, settle
from tests.integration.receiver import receiving
from tests.integration.texting import OURS, SHOPPER, Texting
from tests.integration.world import World
from tests.unit.sms.shelf import Shelf, postcode

NOON = dt.datetime(2026, 11, 22, 20, 0, tzinfo=dt.UTC)
SQL_AWAY = Database("sqlite:////nowhere/inventory.sqlite")
REDIS_AWAY = RedisOptOutJournal(client_of("unix:///nowhere/redis.sock", timeout_s=0.5))
CHANNEL = SmsChannel("t", "twilio", OURS, "US", ("US",), {"account_sid": "AC", "auth_tokens": ["t"]})


@pytest.fixture
def rig(world: World) -> Iterator[Rig]:
    settle(world)
    with receiving() as receiver:
        yield Rig(world, receiver)


def test_what_was_said_while_sql_was_away_holds_before_any_alert(rig: Rig) -> None:
    away = OptOutRegister(SQL_AWAY, RedisOptOutJournal(rig.world.redis))
    who, other = rig.subscribers.of_phone(PHONE), rig.subscribers.of_phone("+14155550199")
    watch = rig.watch()
    rig.say("001", 3)

    assert away.opt_out(who)
    assert not away.opt_out(who)
    assert away.is_opted_out(who)
    assert rig.desk().is_opted_out(PHONE)
    with pytest.raises(Unavailable):
        away.is_opted_out(other)
    rig.look()

    assert rig.texted == []
    assert not rig.world.redis.exists(KEY)
    with rig.world.db.read() as tx:
        assert tx.watches.is_opted_out(who)
        assert tx.watches.get(watch.id) is None
    away.opt_in(who)
    assert not rig.desk().is_opted_out(PHONE)
    rig.look()
    with rig.world.db.read() as tx:
        assert not tx.watches.is_opted_out(who)


def test_each_alone_takes_an_opt_out_and_says_whether_it_is_new(rig: Rig) -> None:
    who = rig.subscribers.of_phone(PHONE)
    for register in (rig.opt_outs, OptOutRegister(rig.world.db, REDIS_AWAY)):
        assert [register.opt_out(who), register.opt_out(who), register.is_opted_out(who)] == [True, False, True]
        register.opt_in(who)
        assert not register.is_opted_out(who)
    assert not rig.world.redis.exists(KEY)
    with pytest.raises(Unavailable):
        OptOutRegister(SQL_AWAY, REDIS_AWAY).opt_out(who)


def test_a_word_that_a_worker_has_settled_meanwhile_is_new_all_the_same(rig: Rig) -> None:
    who, journal = rig.subscribers.of_phone(PHONE), RedisOptOutJournal(rig.world.redis)

    class Hasty(RedisOptOutJournal):
        def put(self, subscriber: bytes, *, is_out: bool) -> bool:
            is_change = super().put(subscriber, is_out=is_out)
            rig.opt_outs.settle()
            return is_change

    assert OptOutRegister(rig.world.db, Hasty(rig.world.redis), rig.clock).opt_out(who)
    assert journal.get(who) is None


def test_a_later_word_is_not_dropped_with_an_earlier_one(redis: redis_py.Redis) -> None:
    journal = RedisOptOutJournal(redis)
    journal.put(b"a", is_out=True)
    journal.put(b"a", is_out=False)
    journal.drop(b"a", is_out=True)
    assert journal.get(b"a") is False
    assert journal.subscribers() == [b"a"]
    journal.drop(b"a", is_out=False)
    assert journal.get(b"a") is None


# -- what is said ---------------------------------------------------------------------------------------


@pytest.fixture
def texting(redis: redis_py.Redis, redis_url: str, empty_database: Path, tmp_path: Path) -> Iterator[Texting]:
    shutil.copy(empty_database, tmp_path / "inventory.sqlite")
    made = Texting(redis_url, tmp_path)
    yield made
    made.close()


def test_without_sql_stop_is_confirmed_once_and_nothing_said_after_it(
    texting: Texting, redis: redis_py.Redis, shelf: Shelf
) -> None:
    gateway = _gateway(texting, shelf, RedisOptOutJournal(redis))

    def said(text: str, sender: str = SHOPPER) -> str:
        return _answer(texting, gateway, text, sender)

    assert said("milk 94103").startswith("Milk 2L near 94103:")
    assert said("STOP").startswith("ShelfCheck: you are opted out")
    assert [said(text) for text in ("STOP", "milk 94103", "1", "ALERT", "help")] == [""] * 5
    assert said("milk 94103", "+14155550135").startswith("Milk 2L near 94103:")
    assert said("START").startswith("ShelfCheck: welcome back")
    assert said("milk 94103").startswith("Milk 2L near 94103:")


def test_where_nobody_can_keep_it_stop_is_refused_so_that_it_comes_again(texting: Texting, shelf: Shelf) -> None:
    gateway = _gateway(texting, shelf, REDIS_AWAY)
    with pytest.raises(Unavailable):
        _answer(texting, gateway, "please stop texting me")


def test_a_stop_that_is_not_answered_in_time_is_refused(texting: Texting) -> None:
    texting.words.pause_s = 60
    with pytest.raises(Unavailable):
        _answer(texting, Gateway(texting.ports, deadline_s=0.1), "STOP")


def test_an_opt_out_holds_where_sql_hangs(
    texting: Texting, shelf: Shelf, redis: redis_py.Redis, tmp_path: Path
) -> None:
    gateway = _gateway(texting, shelf, RedisOptOutJournal(redis), texting.db, deadline_s=0.3)
    with contextlib.closing(sqlite3.connect(tmp_path / "inventory.sqlite")) as other:
        other.execute("begin immediate")
        with pytest.raises(Unavailable):
            _answer(texting, gateway, "STOP")
        assert _answer(texting, gateway, "milk 94103") == ""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    made = Shelf(tmp_path_factory.mktemp("shelf"), {"94103": postcode("94103", "US", 37.7725, -122.4147)}, NOON)
    store = made.store("Mart", "94103", 500)
    made.say(store, made.product("Milk 2L"), Claim.IN_STOCK, NOON - dt.timedelta(minutes=1))
    return made


def _gateway(
    texting: Texting, shelf: Shelf, journal: RedisOptOutJournal, db: Database = SQL_AWAY, **how: float
) -> Gateway:
    """A gateway before a desk; its SQL is away where none is given."""
    vault = Vault(bytes(32))
    opt_outs, endpoints = OptOutRegister(db, journal), OneTimeEndpoints(Secrets(vault), Outbound())
    talk = shelf.open()
    lookup = Availability(shelf.index, talk.directory)
    desk = WatchDesk(db, lookup, Subscribers(bytes(32), vault), opt_outs, endpoints, texts=True)
    talk = shelf.open(desk)
    return Gateway(replace(texting.ports, conversation=talk.dialogue, opt_outs=desk), limits=NoLimits(), **how)


def _answer(texting: Texting, gateway: Gateway, text: str, sender: str = SHOPPER) -> str:
    """What is said; "" for nothing."""
    inbound = Inbound("twilio", secrets.token_hex(8), sender, OURS, text, NOON)
    reply = texting.run(gateway.answer(provider_of(CHANNEL, texting.ports.client), inbound))
    return "" if reply is None else reply.text
