"""Stores, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from inventory_api.domain.errors import UnknownRetailer
from inventory_api.domain.store import NO_PLACE, Store, StoreFacts
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.stores import UpsertCounts

FULL = StoreFacts(
    store_code="Aa-1",
    name="Caf\u00e9 \u06a9\u0631\u0627\u0686\u06cc",
    street="1 Main St",
    city="Karachi",
    region="Sindh",
    postal_code="74000",
    country="PK",
    latitude=24.8607343,
    longitude=67.0011364,
    phone="+92 21 1",
    timezone="Asia/Karachi",
    opening_hours="Mo-Su 09:00-21:00",
    services=("pickup", "parking"),
    currency="PKR",
)


@pytest.fixture
def three(database: Database) -> Database:
    """Stores 1 and 2 of acme, 3 of zeta."""
    with database.write() as transaction:
        transaction.stores.upsert("acme", [StoreFacts("a"), StoreFacts("b")])
        transaction.stores.upsert("zeta", [StoreFacts("a")])
    return database


def test_what_a_feed_says_is_read_back(database: Database) -> None:
    with database.write() as transaction:
        assert transaction.stores.upsert("acme", [FULL]) == UpsertCounts(inserted=1)
    with database.read() as transaction:
        (store,) = transaction.stores.list()
    assert store == Store(
        id=1,
        retailer_id="acme",
        store_code="Aa-1",
        number=0,
        name=FULL.name or "",
        street="1 Main St",
        city="Karachi",
        region="Sindh",
        postal_code="74000",
        country="PK",
        latitude=24.8607343,
        longitude=67.0011364,
        phone="+92 21 1",
        timezone="Asia/Karachi",
        opening_hours="Mo-Su 09:00-21:00",
        services=("pickup", "parking"),
        currency="PKR",
        place=NO_PLACE,
        snapshot_at=0,
    )


def test_numbers_count_per_retailer_and_codes_are_case_sensitive(database: Database) -> None:
    with database.write() as transaction:
        transaction.stores.upsert("acme", [StoreFacts("a"), StoreFacts("A")])
        transaction.stores.upsert("zeta", [StoreFacts("a")])
        transaction.stores.upsert("acme", [StoreFacts("c"), StoreFacts("a")])
        acme = transaction.stores.of_retailer("acme")
        assert [(store.number, store.store_code, store.name) for store in acme] == [
            (0, "a", "a"),
            (1, "A", "A"),
            (2, "c", "c"),
        ]
        assert [store.number for store in transaction.stores.of_retailer("zeta")] == [0]
        assert [store.id for store in transaction.stores.list()] == [1, 2, 3, 4]


def test_none_leaves_the_old_value(database: Database) -> None:
    with database.write() as transaction:
        transaction.stores.upsert("acme", [FULL])
        (before,) = transaction.stores.list()
        assert transaction.stores.upsert("acme", [StoreFacts("Aa-1")]) == UpsertCounts(unchanged=1)
        assert transaction.stores.list() == [before]
        revision = transaction.stores.revision()
        assert transaction.stores.upsert("acme", [FULL]) == UpsertCounts(unchanged=1)
        assert transaction.stores.revision() == revision
        assert transaction.stores.upsert("acme", [StoreFacts("Aa-1", services=())]) == UpsertCounts(updated=1)
        (after,) = transaction.stores.list()
        assert (after.services, after.city, after.name) == ((), before.city, before.name)


def test_of_one_code_the_later_row_wins(database: Database) -> None:
    with database.write() as transaction:
        rows = [StoreFacts("a", name="one", city="X"), StoreFacts("a", name="two")]
        assert transaction.stores.upsert("acme", rows) == UpsertCounts(inserted=1)
        (store,) = transaction.stores.list()
        assert (store.name, store.city) == ("two", "X")
        assert transaction.stores.upsert("acme", []) == UpsertCounts()


def test_only_retailers_have_stores(database: Database) -> None:
    with database.write() as transaction, pytest.raises(UnknownRetailer):
        transaction.stores.upsert("nobody", [StoreFacts("a")])


def test_every_change_gets_a_new_revision(three: Database) -> None:
    with three.write() as transaction:
        stores = transaction.stores
        everything, newest = stores.changed_since(0)
        assert [store.id for store in everything] == [1, 2, 3]
        assert newest == stores.revision()
        assert stores.changed_since(newest) == ([], newest)
        changes: list[Callable[[], object]] = [
            lambda: stores.upsert("acme", [StoreFacts("b", city="Lahore")]),
            lambda: stores.set_places({2: 513}),
            lambda: stores.learn({2: {"currency": "PKR", "pickup_sla": "same_day"}}),
            lambda: stores.learn({2: {"pickup_method": "buy"}}),
            lambda: stores.mark_stocked([2]),
            lambda: stores.set_snapshots({2: 99}),
        ]
        for change in changes:
            change()
            changed, revision = stores.changed_since(newest)
            assert [store.id for store in changed] == [2]
            assert revision > newest
            newest = revision
            change()
            assert stores.revision() == newest
        (store,) = changed
        assert (store.city, store.place, store.currency, store.pickup_sla) == ("Lahore", 513, "PKR", "same_day")
        assert (store.pickup_method, store.snapshot_at) == ("buy", 99)
        assert stores.stocked_ids() == {2}


def test_only_some_things_are_learned(three: Database) -> None:
    with three.write() as transaction:
        with pytest.raises(ValueError, match="name"):
            transaction.stores.learn({1: {"name": "x"}})
        transaction.stores.learn({1: {"currency": "EUR"}})
        transaction.stores.learn({1: {"currency": None}, 99: {"currency": "EUR"}})
        assert transaction.stores.list()[0].currency is None


def test_snapshots_never_move_back_unless_forced(three: Database) -> None:
    with three.write() as transaction:
        transaction.stores.set_snapshots({1: 50, 2: 50})
        transaction.stores.set_snapshots({1: 40, 2: 60, 99: 1})
        assert [store.snapshot_at for store in transaction.stores.of_retailer("acme")] == [50, 60]
        transaction.stores.set_snapshots({1: 40, 2: 61}, force=True)
        assert [store.snapshot_at for store in transaction.stores.of_retailer("acme")] == [40, 61]


def test_nothing_to_change_changes_nothing(three: Database) -> None:
    with three.write() as transaction:
        revision = transaction.stores.revision()
        transaction.stores.set_places({})
        transaction.stores.learn({})
        transaction.stores.mark_stocked([])
        transaction.stores.set_snapshots({})
        assert transaction.stores.revision() == revision
        assert transaction.stores.stocked_ids() == set()


def test_tiles_are_reserved_once(database: Database) -> None:
    with database.write() as transaction:
        assert transaction.stores.reserve_tiles(3) == 0
        assert transaction.stores.reserve_tiles(1) == 3


def test_a_reader_who_asks_for_changes_misses_none(database: Database) -> None:
    """Writers of two retailers race; a reader follows. Revisions that commit out of order would hide stores."""

    def write(retailer_id: str) -> None:
        for number in range(15):
            with database.write() as transaction:
                transaction.stores.upsert(retailer_id, [StoreFacts(str(number))])

    seen: set[int] = set()
    revision = 0
    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write, retailer_id) for retailer_id in ("acme", "zeta")]
        finished = False
        while not finished:
            finished = not wait(writers, timeout=0.002).not_done
            with database.read() as transaction:
                changed, revision = transaction.stores.changed_since(revision)
            seen.update(store.id for store in changed)
    for writer in writers:
        writer.result()
    assert seen == set(range(1, 31))


def test_tens_of_thousands_at_once(database: Database) -> None:
    rows = [StoreFacts(str(code), latitude=code / 1000, services=("pickup",)) for code in range(20_000)]
    with database.write() as transaction:
        assert transaction.stores.upsert("acme", rows).inserted == 20_000
        transaction.stores.set_snapshots({store_id: store_id + 5 for store_id in range(1, 20_001)})
    with database.read() as transaction:
        stores = transaction.stores.of_retailer("acme")
    assert all(store.number == store.id - 1 and store.snapshot_at == store.id + 5 for store in stores)
    assert len(stores) == 20_000
