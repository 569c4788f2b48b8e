"""The delta log, alike on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import xxhash

from inventory_api.domain.errors import UnknownRetailer
from inventory_api.domain.identifiers import OWN_BASE
from inventory_api.domain.stock import MAX_STORES, StockTable, pack_keys
from inventory_api.storage.sql.engine import Database


def a_table(count: int, first: int = 0, extras: dict[int, str] | None = None) -> StockTable:
    """Rows whose value is ``first``, ``first`` + 1, ...; ``extras`` by position."""
    table = StockTable(
        pack_keys(np.arange(count, dtype=np.uint64) + np.uint64(first), np.arange(count) % MAX_STORES),
        np.arange(count, dtype=np.uint64) + np.uint64(first),
        np.full(count, 7, np.uint32),
        np.zeros(count, np.uint64),
    )
    for position, text in (extras or {}).items():
        digest = xxhash.xxh3_64_intdigest(text.encode())
        table.extra[position] = digest
        table.extras[digest] = text.encode()
    return table


def append(database: Database, retailer_id: str, table: StockTable) -> int:
    with database.write() as transaction:
        return transaction.deltas.append(retailer_id, table)


def same(left: StockTable, right: StockTable) -> bool:
    columns = ("key", "value", "observed", "extra")
    equal = all(np.array_equal(getattr(left, name), getattr(right, name)) for name in columns)
    return equal and left.extras == right.extras


def test_what_is_appended_is_read_back_in_order(database: Database) -> None:
    table = a_table(5, first=100, extras={0: '{"aisle":"7"}', 3: '{"a":"\u0646\\n"}', 4: '{"aisle":"7"}'})
    table.key[2] = (OWN_BASE + 5) << 17 | (MAX_STORES - 1)
    table.value[2] = 2**56 - 1
    table.observed[2] = 2**32 - 1
    shuffled = table.take(np.array([2, 4, 0, 3, 1]))
    assert append(database, "acme", shuffled) == 5
    assert append(database, "acme", a_table(2)) == 7
    assert append(database, "zeta", a_table(1)) == 1
    with database.read() as transaction:
        found, last = transaction.deltas.after("acme", 0)
        assert last == 7
        assert same(found.take(slice(0, 5)), StockTable.join([shuffled, StockTable.empty()]))
        assert [column.dtype for column in (found.key, found.value, found.observed, found.extra)] == [
            np.uint64,
            np.uint64,
            np.uint32,
            np.uint64,
        ]
        tail, last = transaction.deltas.after("acme", 5)
        assert same(tail, a_table(2))
        assert last == 7
        nothing, last = transaction.deltas.after("acme", 9)
        assert (len(nothing), last) == (0, 9)


def test_positions_and_lag(database: Database) -> None:
    with database.write() as transaction:
        deltas = transaction.deltas
        assert (deltas.last_seq("acme"), deltas.published_seq("acme")) == (0, 0)
        assert deltas.lagging() == []
        assert deltas.append("acme", StockTable.empty()) == 0
        deltas.append("acme", a_table(3))
        deltas.append("zeta", a_table(1))
        assert deltas.lagging() == ["acme", "zeta"]
        deltas.set_published_seq("acme", 3)
        deltas.set_published_seq("acme", 2)
        assert deltas.lagging() == ["zeta"]
        assert (deltas.last_seq("acme"), deltas.published_seq("acme")) == (3, 3)


def test_trimming_keeps_the_numbers(database: Database) -> None:
    append(database, "acme", a_table(5))
    append(database, "zeta", a_table(2))
    with database.write() as transaction:
        transaction.deltas.trim("acme", 3)
        assert transaction.deltas.log_sizes() == {"acme": 2, "zeta": 2}
        found, last = transaction.deltas.after("acme", 0)
        assert (found.value.tolist(), last) == ([3, 4], 5)
        transaction.deltas.trim("acme", 5)
        assert transaction.deltas.log_sizes() == {"zeta": 2}
        assert transaction.deltas.append("acme", a_table(1)) == 6


def test_only_retailers_have_deltas(database: Database) -> None:
    with database.write() as transaction:
        with pytest.raises(UnknownRetailer):
            transaction.deltas.append("nobody", a_table(1))
        with pytest.raises(UnknownRetailer):
            transaction.deltas.last_seq("nobody")


def test_a_rolled_back_append_leaves_no_gap(database: Database) -> None:
    def fail() -> None:
        with database.write() as transaction:
            transaction.deltas.append("acme", a_table(3))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert append(database, "acme", a_table(1)) == 1


def test_concurrent_appends_commit_in_the_order_of_their_numbers(database: Database) -> None:
    """A reader that remembers how far it came must never find a lower number later."""
    stop = threading.Event()
    seen: list[int] = []

    def read() -> None:
        position = 0
        while True:
            last_round = stop.wait(0.002)
            with database.read() as transaction:
                table, position = transaction.deltas.after("acme", position)
            seen.extend(table.value.tolist())
            if last_round:
                return

    def write(first: int) -> list[int]:
        return [append(database, "acme", a_table(3, first=first + step * 10)) for step in range(15)]

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(read)
        lasts = [last for lasts in pool.map(write, [0, 1_000, 2_000, 3_000]) for last in lasts]
        stop.set()
        reader.result()
    assert sorted(lasts) == list(range(3, 181, 3))
    assert len(seen) == len(set(seen)) == 180
    # The rows of one append stand together, in their order.
    assert all(
        first + 1 == second and second + 1 == third for first, second, third in zip(*[iter(seen)] * 3, strict=True)
    )


def test_a_hundred_thousand_at_once(database: Database) -> None:
    table = a_table(150_000, extras={number: f'{{"n":{number}}}' for number in range(0, 150_000, 1000)})
    assert append(database, "acme", table) == 150_000
    with database.read() as transaction:
        found, last = transaction.deltas.after("acme", 0)
    assert last == 150_000
    assert same(found, table)
