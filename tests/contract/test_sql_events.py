"""The last events of a source, and uploads in pieces, alike on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from inventory_api.domain.errors import UnknownUpload
from inventory_api.domain.event import StockEvent
from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.ports import FeedUpload, PartialUpload
from inventory_api.domain.retailer import Retailer
from inventory_api.storage.sql.engine import Database, Transaction
from inventory_api.storage.sql.events import LastEvent

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
EVENT = StockEvent("7001", "900001", 2**62, NOON, quantity=-3, price="5.49", gtin="4006381333931", is_named=True)


@pytest.fixture
def db(database: Database) -> Database:
    with database.write() as tx:
        tx.retailers.add(Retailer("other", "Other"))
    return database


def remember(db: Database, *events: LastEvent, source_id: str = "tills", at: dt.datetime = NOON) -> None:
    with db.write() as tx:
        tx.events.put("acme", source_id, {last.event.key: last for last in events}, at)


def test_the_last_event_of_an_item_replaces_the_one_before(db: Database) -> None:
    elsewhere = replace(EVENT, location="7002")
    remember(db, LastEvent(EVENT, None), LastEvent(elsewhere, "store_unknown"))
    newer = LastEvent(replace(EVENT, position=EVENT.position + 1, quantity=None, observed_at=NOON + HOUR), None)
    remember(db, newer)
    remember(db)
    with db.read() as tx:
        keys = [EVENT.key, elsewhere.key, ("7003", "900001")]
        assert tx.events.last("acme", "tills", keys) == {
            EVENT.key: newer, elsewhere.key: LastEvent(elsewhere, "store_unknown")
        }  # fmt: skip
        assert tx.events.last("acme", "other", keys) == tx.events.last("other", "tills", keys) == {}
        assert tx.events.last("acme", "tills", []) == {}


def test_what_waits_is_found_by_source_oldest_first_and_forgotten_in_time(db: Database) -> None:
    def waiting(item: str) -> LastEvent:
        return LastEvent(replace(EVENT, item=item), "product_unknown")

    remember(db, waiting("b"), at=NOON + HOUR)
    remember(db, waiting("a"), at=NOON + 2 * HOUR)
    remember(db, waiting("c"), source_id="web", at=NOON)
    remember(db, LastEvent(replace(EVENT, item="used"), None))
    with db.read() as tx:
        found = tx.events.waiting()
    assert {source: [event.item for event in events] for source, events in found.items()} == {
        ("acme", "tills"): ["b", "a"], ("acme", "web"): ["c"]
    }  # fmt: skip
    with db.write() as tx:
        tx.events.forget(used_before=NOON + 3 * HOUR, waiting_before=NOON + HOUR)
        assert {item: last.waiting for (_, item), last in _all(tx).items()} == dict.fromkeys("ab", "product_unknown")


def _all(tx: Transaction) -> dict[tuple[str, str], LastEvent]:
    found: dict[tuple[str, str], LastEvent] = {}
    for source in ("tills", "web"):
        found |= tx.events.last("acme", source, [("7001", item) for item in ("a", "b", "c", "used")])
    return found


def test_an_upload_is_its_retailers_and_moves_on_until_it_expires(db: Database) -> None:
    request = FeedUpload("acme", FeedKind.INVENTORY, FeedMode.DELTA, "001", NOON, "text/csv", source_id="nightly")
    new = PartialUpload("upl_1", 10, 0, NOON + HOUR)
    with db.write() as tx:
        tx.uploads.create(new, request)
        assert tx.uploads.get("acme", "upl_1", NOON) == (new, request)
        for retailer_id, at in (("other", NOON), ("acme", NOON + HOUR)):
            with pytest.raises(UnknownUpload):
                tx.uploads.get(retailer_id, "upl_1", at)
        moved = tx.uploads.advance(new, 4, NOON + 2 * HOUR)
        assert (
            tx.uploads.get("acme", "upl_1", NOON + HOUR)[0] == moved == PartialUpload("upl_1", 10, 4, NOON + 2 * HOUR)
        )
        done = tx.uploads.finish(moved, "run_1")
        assert tx.uploads.get("acme", "upl_1", NOON)[0] == done
        assert (done.received, done.run_id) == (10, "run_1")
        tx.uploads.delete_expired(NOON + HOUR)
        assert tx.uploads.all_ids() == {"upl_1"}
        tx.uploads.delete_expired(NOON + 2 * HOUR)
        assert tx.uploads.all_ids() == set()
        with pytest.raises(UnknownUpload):
            tx.uploads.advance(new, 4, NOON)
