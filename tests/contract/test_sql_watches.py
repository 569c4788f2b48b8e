"""Watches and opt-outs, alike on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from inventory_api.domain.errors import UnknownEndpoint
from inventory_api.domain.watch import LIFE, NEVER, Means, Watch, WatchStatus
from inventory_api.domain.webhook import WebhookEndpoint
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.watches import FEW, endpoint_of

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
LATER = NOON + dt.timedelta(hours=1)
TEXT = Watch(
    id="watch_1",
    product_id=37000185062,
    means=Means.SMS,
    subscriber=b"\x00" * 32,
    radius_m=5000.0,
    created_at=NOON,
    expires_at=NOON + LIFE,
    look_at=LATER,
    sealed=b"sealed",
    latitude=37.77,
    longitude=-122.42,
    label="94103 San Francisco, CA",
    locale="te",
    timezone="America/Los_Angeles",
    news_from={12: 5, 13: NEVER},
)
EVENT = replace(TEXT, id="watch_2", means=Means.WEBHOOK, owner="acme", sealed=None, subscriber=b"\xff" * 32)


def add(database: Database, *watches: Watch) -> None:
    with database.write() as tx:
        for watch in watches:
            tx.watches.add(watch)
            if watch.owner is not None:
                url, events = "https://hooks.example/", ["watch.triggered"]
                tx.webhooks.put(WebhookEndpoint(watch.owner, endpoint_of(watch.id), url, b"s", events, NOON, once=True))


def get(database: Database, watch_id: str) -> Watch | None:
    with database.read() as tx:
        return tx.watches.get(watch_id)


def numbers(*products: int) -> Any:
    return np.array(products, np.uint64)


def test_a_watch_comes_back_as_it_was_put(database: Database) -> None:
    add(database, TEXT, EVENT)
    assert (get(database, "watch_1"), get(database, "watch_2")) == (TEXT, EVENT)
    with database.write() as tx:
        assert tx.watches.active_of(TEXT.subscriber) == [TEXT]
        assert (tx.watches.count_of("acme"), tx.watches.count_of("zeta")) == (1, 0)
        assert tx.webhooks.list("acme") == []
        tx.watches.remove([TEXT])
    assert get(database, "watch_1") is None


@pytest.mark.parametrize("others", [0, FEW])
def test_what_was_published_is_looked_at_now(database: Database, others: int) -> None:
    add(database, TEXT, replace(EVENT, product_id=5), replace(TEXT, id="watch_3", status=WatchStatus.SENDING))
    with database.write() as tx:
        assert tx.watches.watched().tolist() == [5, TEXT.product_id]
        tx.watches.look_again(numbers(*range(10, 10 + others), TEXT.product_id), NOON)
        tx.watches.look_again(numbers(), NOON)
        assert [watch.id for watch in tx.watches.claim_due(NOON, LATER, 10)] == ["watch_1"]
        assert tx.watches.claim_due(NOON, LATER, 10) == []


def test_what_was_claimed_can_be_put_off_unless_it_was_marked_meanwhile(database: Database) -> None:
    add(database, TEXT)
    with database.write() as tx:
        [claimed] = tx.watches.claim_due(LATER, LATER + LIFE, 10)
    claimed.news_from = {7: 8}
    with database.write() as tx:
        tx.watches.put_off(claimed, LATER)
        assert tx.watches.get("watch_1") == replace(TEXT, look_at=LATER, news_from={7: 8})
        [claimed] = tx.watches.claim_due(LATER, LATER + LIFE, 10)
        tx.watches.look_again(numbers(TEXT.product_id), NOON)
        tx.watches.put_off(claimed, LATER)
        assert tx.watches.is_any_due(NOON)


def test_a_watch_moves_once_and_ends_without_its_shopper(database: Database) -> None:
    add(database, TEXT)
    with database.write() as tx:
        assert tx.watches.move(TEXT, WatchStatus.SENDING, look_at=LATER, store_id=12)
        assert not tx.watches.move(TEXT, WatchStatus.SENDING, look_at=LATER, store_id=12)
        assert not tx.watches.end(TEXT, WatchStatus.EXPIRED, LATER)
        assert tx.watches.end(replace(TEXT, status=WatchStatus.SENDING), WatchStatus.TRIGGERED, LATER, store_id=12)
    ended = get(database, "watch_1")
    assert ended == replace(
        TEXT, status=WatchStatus.TRIGGERED, ended_at=LATER, store_id=12, look_at=None, sealed=None, subscriber=b"",
        latitude=None, longitude=None, label=None, news_from={},
    )  # fmt: skip


def test_what_ended_long_ago_is_forgotten_with_its_endpoint(database: Database) -> None:
    add(database, TEXT, EVENT, replace(EVENT, id="watch_3"))
    with database.write() as tx:
        tx.watches.end(TEXT, WatchStatus.EXPIRED, NOON)
        tx.watches.end(EVENT, WatchStatus.TRIGGERED, NOON)
        tx.watches.forget(NOON)
        assert tx.watches.get("watch_1") is not None
        tx.watches.forget(LATER)
        assert tx.watches.get("watch_1") is tx.watches.get("watch_2") is None
        tx.webhooks.get("acme", endpoint_of("watch_3"))
        with pytest.raises(UnknownEndpoint):
            tx.webhooks.get("acme", endpoint_of("watch_2"))


def test_an_opt_out_is_kept_once_and_taken_back(database: Database) -> None:
    add(database, TEXT, EVENT)
    with database.write() as tx:
        assert not tx.watches.is_opted_out(b"p")
        tx.watches.opt_out(b"p", NOON)
        tx.watches.opt_out(b"p", LATER)
        assert tx.watches.is_opted_out(b"p")
        tx.watches.opt_in(b"p")
        assert not tx.watches.is_opted_out(b"p")
        tx.watches.remove_of(TEXT.subscriber)
        assert tx.watches.get("watch_1") is None
        assert tx.watches.get("watch_2") is not None


def test_of_many_claims_at_once_each_watch_goes_to_one(database: Database) -> None:
    add(database, *(replace(TEXT, id=f"watch_{number:02d}") for number in range(20)))

    def claim(_: int) -> list[str]:
        with database.write() as tx:
            return [watch.id for watch in tx.watches.claim_due(LATER, LATER + LIFE, 5)]

    with ThreadPoolExecutor(4) as pool:
        claimed = [watch_id for ids in pool.map(claim, range(8)) for watch_id in ids]
    assert len(claimed) == len(set(claimed))
    assert len(claimed) + len(claim(0)) + len(claim(0)) + len(claim(0)) + len(claim(0)) == 20


def test_of_many_wishes_at_once_one_goes_first(database: Database) -> None:
    def wish(number: int) -> bool:
        with database.write() as tx:
            tx.watches.lock(TEXT.subscriber)
            is_free = len(tx.watches.active_of(TEXT.subscriber)) < 3
            if is_free:
                tx.watches.add(replace(TEXT, id=f"watch_{number}"))
            return is_free

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(wish, range(8))) == 3
