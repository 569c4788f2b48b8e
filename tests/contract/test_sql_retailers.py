"""Retailers and API keys, alike on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from inventory_api.domain.errors import Conflict, Unauthorized, UnknownRetailer
from inventory_api.domain.freshness import FreshnessPolicy
from inventory_api.domain.ports import KeyHolder, Keys
from inventory_api.domain.retailer import Disclosure, Retailer
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.keys import KeyRing, generate_key, parse_key
from inventory_api.storage.sql.retailers import KeyRow

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_is_added_is_read_back(database: Database) -> None:
    full = Retailer(
        "new", "N\u00e9w \u0646", "PKR", "Asia/Karachi", "ur", 5, Disclosure.BUCKET, FreshnessPolicy(1, 2, 3)
    )
    with database.write() as transaction:
        transaction.retailers.add(full)
    with database.read() as transaction:
        assert transaction.retailers.get("new") == full
        assert transaction.retailers.get("acme") == Retailer("acme", "Acme")
        assert [found.id for found in transaction.retailers.list()] == ["acme", "new", "zeta"]


def test_a_taken_id_is_a_conflict_and_the_transaction_goes_on(database: Database) -> None:
    with database.write() as transaction:
        with pytest.raises(Conflict):
            transaction.retailers.add(Retailer("acme", "Other"))
        transaction.retailers.add(Retailer("new", "New"))
    with database.read() as transaction:
        assert transaction.retailers.get("acme").name == "Acme"
        assert transaction.retailers.get("new").name == "New"


def test_update_overwrites(database: Database) -> None:
    with database.write() as transaction:
        transaction.retailers.update(Retailer("acme", "Acme Corp", "EUR", low_stock_at=9))
        with pytest.raises(UnknownRetailer):
            transaction.retailers.update(Retailer("nobody", "x"))
    with database.read() as transaction:
        assert transaction.retailers.get("acme") == Retailer("acme", "Acme Corp", "EUR", low_stock_at=9)
        assert transaction.retailers.get("zeta").name == "Zeta"


def test_unknown_retailers_are_said_to_be_unknown(database: Database) -> None:
    with database.write() as transaction:
        with pytest.raises(UnknownRetailer):
            transaction.retailers.get("nobody")
        with pytest.raises(UnknownRetailer):
            transaction.retailers.lock("nobody")


def test_a_lock_holds_to_the_end_of_the_transaction(database: Database) -> None:
    order: list[str] = []
    locked = threading.Event()

    def second() -> None:
        locked.wait()
        with database.write() as transaction:
            transaction.retailers.lock("acme")
            order.append("second")

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second)
        with database.write() as transaction:
            transaction.retailers.lock("acme")
            locked.set()
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
            order.append("first")
        waiting.result()
    assert order == ["first", "second"]


def test_keys_are_found_by_id_until_revoked(database: Database) -> None:
    with database.write() as transaction:
        for hour, key_id in enumerate(["a", "b", "c"]):
            created_at = NOON + dt.timedelta(hours=hour)
            transaction.retailers.add_key("acme", key_id, key_id.encode() * 32, True, created_at)
        transaction.retailers.add_key("acme", "p", b"p" * 32, False, NOON)
        transaction.retailers.add_key("zeta", "z", b"z" * 32, True, NOON)
    with database.read() as transaction:
        assert transaction.retailers.find_key("a") is None
        assert transaction.retailers.find_key("b") == KeyRow("acme", b"b" * 32, True)
        assert transaction.retailers.find_key("c") == KeyRow("acme", b"c" * 32, True)
        assert transaction.retailers.find_key("p") == KeyRow("acme", b"p" * 32, False)
        assert transaction.retailers.find_key("z") == KeyRow("zeta", b"z" * 32, True)
        assert transaction.retailers.find_key("q") is None


def test_the_newest_key_lives_even_where_the_clock_went_back(database: Database) -> None:
    with database.write() as transaction:
        for hours, key_id in ((3, "a"), (2, "b"), (1, "c")):
            transaction.retailers.add_key("acme", key_id, b"x" * 32, True, NOON + dt.timedelta(hours=hours))
        assert transaction.retailers.find_key("c") is not None
        assert transaction.retailers.find_key("a") is not None
        assert transaction.retailers.find_key("b") is None


@pytest.mark.parametrize("secret", [True, False])
def test_an_issued_key_names_its_holder(database: Database, secret: bool) -> None:
    ring = KeyRing(database)
    keys: Keys = ring
    key = ring.issue("acme", secret=secret)
    assert key.startswith("inventory_sk_" if secret else "inventory_pk_")
    assert keys.verify(key) == KeyHolder("acme", secret)
    with database.read() as transaction:
        row = transaction.retailers.find_key(key.split("_")[2])
        assert row is not None
        assert row.digest == hashlib.sha256(key.encode()).digest()


def test_only_retailers_get_keys(database: Database) -> None:
    with pytest.raises(UnknownRetailer):
        KeyRing(database).issue("nobody")


def test_keys_that_were_never_issued_are_refused(database: Database) -> None:
    ring = KeyRing(database)
    key = ring.issue("acme")
    stranger = generate_key(secret=True)
    forged = parse_key(stranger.text)
    assert forged is not None
    with database.write() as transaction:
        transaction.retailers.add_key("zeta", stranger.id, hashlib.sha256(b"another").digest(), True, NOON)
    for wrong in ("", "x", key[:-1], key + "x", key.replace("_sk_", "_pk_"), key.swapcase(), stranger.text, key + "\n"):
        with pytest.raises(Unauthorized):
            ring.verify(wrong)


def test_a_revoked_key_works_five_seconds_at_most(database: Database) -> None:
    clock = Clock()
    ring, elsewhere = KeyRing(database, clock=clock), KeyRing(database)
    first = ring.issue("acme")
    assert ring.verify(first).retailer_id == "acme"
    elsewhere.issue("acme")
    elsewhere.issue("acme")
    clock.now += 4.9
    assert ring.verify(first).retailer_id == "acme"
    clock.now += 0.2
    for _ in range(2):
        with pytest.raises(Unauthorized):
            ring.verify(first)


def test_keys_are_all_different_and_carry_a_checksum() -> None:
    keys = {generate_key(secret=True).text for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        assert parse_key(key) is not None
        middle = len(key) // 2
        assert parse_key(key[:middle] + ("A" if key[middle] != "A" else "B") + key[middle + 1 :]) is None
