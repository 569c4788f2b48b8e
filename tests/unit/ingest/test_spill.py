"""Rows on their way over the disk: bucket by bucket or batch by batch, in the file's order, and gone afterwards."""

from __future__ import annotations

from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from ingest import parked
from ingest.rows import StockBatch
from ingest.spill import Spill
from inventory_api.domain.feed import Awaited
from inventory_api.domain.stock import Basis, Claim, StockTable, pack_keys, pack_state, pack_value
from inventory_api.storage.index.keys import BUCKETS, buckets_of
from tests.unit.ingest.test_segments import EXTRAS, assert_same, rows


def batch_of(drawn: list[tuple[int, int, int, int, int]], line: int) -> StockBatch:
    """Rows in the order drawn, keys twice and all."""
    key, value, observed, extra = (np.array([row[i] for row in drawn], np.uint64) for i in range(4))
    used = {digest: EXTRAS[digest] for digest in extra.tolist() if digest}
    table = StockTable(key, value, observed.astype(np.uint32), extra, used)
    return StockBatch(table, np.arange(line, line + len(drawn), dtype=np.int64), StockTable.empty())


@given(st.lists(st.lists(rows(), max_size=6), max_size=5))
@settings(max_examples=40, deadline=None)
def test_every_row_comes_back_in_the_order_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[list[tuple[int, int, int, int, int]]]
) -> None:
    everything = batch_of([row for part in drawn for row in part], 2)
    bucket = buckets_of(everything.table.product)
    with Spill(tmp_path_factory.getbasetemp() / "spill") as spill:
        line = 2
        for part in drawn:
            spill.add(batch_of(part, line))
            line += len(part)
        assert spill.rows == len(everything.table)
        for number in reversed(range(BUCKETS)):
            table, lines = spill.bucket(number)
            assert_same(table, everything.table.take(bucket == number))
            assert lines.tolist() == everything.line[bucket == number].tolist()
        batches = list(spill.batches())
        assert [len(batch) for batch in batches] == [len(part) for part in drawn]
        joined = StockTable.join(batches)
        for key in set(everything.table.key.tolist()):
            assert_same(joined.take(joined.key == key), everything.table.take(everything.table.key == key))


def test_rows_may_be_added_after_some_were_read(tmp_path: Path) -> None:
    first = [(7 << 17 | n, n, n, 0, 7) for n in range(3)]
    with Spill(tmp_path) as spill:
        spill.add(batch_of(first, 2))
        number = int(buckets_of(np.array([7], np.uint64))[0])
        assert len(spill.bucket(number)[0]) == 3
        spill.add(batch_of(first, 5))
        assert spill.bucket(number)[1].tolist() == [2, 3, 4, 5, 6, 7]


def test_nothing_is_left_on_disk_whatever_ends_it(tmp_path: Path) -> None:
    spill = Spill(tmp_path / "work")
    spill.add(batch_of([(7 << 17, 1, 1, 0, 7)], 2))
    assert list((tmp_path / "work").iterdir()) == [], "a killed process could not delete it"
    with spill:
        assert len(spill.bucket(int(buckets_of(np.array([7], np.uint64))[0]))[0]) == 1


def stock(product: int, quantity: int, observed: int, extra: int = 0) -> tuple[int, int, int, int, int]:
    value = pack_value(pack_state(Claim.IN_STOCK, Basis.FEED, has_extra=extra != 0), quantity, 549)
    return product << 17, value, observed, extra, product


def test_parked_rows_come_back_for_the_stores_asked_for(tmp_path: Path) -> None:
    digest = next(iter(EXTRAS))
    path = tmp_path / "parked" / "run_1-1.parquet"
    with parked.ParkedWriter(path) as writer:
        writer.add(batch_of([stock(7, 5, 0), stock(7, 6, 90, digest)], 2).table, ["a", "b"], [None, None], 100)
        writer.add(batch_of([stock(8, 7, 0, digest)], 4).table, ["a"], [None], 100)
        assert writer.awaited == Awaited({"a", "b"})

    ((file, is_last),) = parked.read_parked(path)
    assert (is_last, sorted(file.names("store_code")), file.names("sku")) == (True, ["a", "b"], [])
    rows = file.named({"a": 3}, {}, Awaited({"a", "b"}))
    assert rows.key.tolist() == pack_keys(np.array([7, 8], np.uint64), np.array([3, 3])).tolist()
    assert rows.observed.tolist() == [100, 100], "rows without a time speak at the feed's"
    assert [rows.extras[e] if e else None for e in rows.extra.tolist()] == [None, EXTRAS[digest]]
    assert (rows.value.tolist()[0] >> 8 & 0xFFFF, rows.value.tolist()[0] >> 24) == (5, 549)

    both = file.named({"a": 3, "b": 1, "c": 9}, {}, Awaited({"a", "b"}))
    assert both.store.tolist() == [3, 1, 3]
    assert both.observed.tolist() == [100, 90, 100]
    assert len(file.named({"c": 9}, {}, Awaited({"a", "b"}))) == 0
    assert file.named({"a": 3, "b": 1}, {}, Awaited({"b"})).store.tolist() == [1], "rows of a count already"


def test_a_row_may_wait_for_its_store_and_for_its_article(tmp_path: Path) -> None:
    path = tmp_path / "run_1-1.parquet"
    with parked.ParkedWriter(path) as writer:
        waiting = batch_of([stock(0, quantity, 0) for quantity in (1, 2, 3)], 2).table
        waiting.key = np.array([5, 7 << 17, 0], np.uint64)
        writer.add(waiting, [None, "a", "a"], ["x", None, "x"], 100)
    ((file, _),) = parked.read_parked(path)
    awaited = Awaited({"a"}, {"x"})
    assert file.named({"a": 3}, {"x": 8}, awaited).key.tolist() == [8 << 17 | 5, 7 << 17 | 3, 8 << 17 | 3]
    assert file.named({}, {"x": 8}, awaited).key.tolist() == [8 << 17 | 5]
    assert file.named({"a": 3}, {"x": 8}, Awaited({"a"})).key.tolist() == [7 << 17 | 3, 8 << 17 | 3]


def test_large_files_come_back_in_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parked, "PORTION_ROWS", 3)
    path = tmp_path / "run_1-1.parquet"
    with parked.ParkedWriter(path) as writer:
        for product in range(5):
            writer.add(batch_of([stock(product, 1, 9), stock(product, 2, 9)], 2).table, ["a"] * 2, [None] * 2, 100)
    sizes = [(len(rows.named({"a": 1}, {}, Awaited({"a"}))), is_last) for rows, is_last in parked.read_parked(path)]
    assert sizes == [(4, False), (4, False), (2, True)]


def test_orphans_of_the_parking_place_are_swept_and_what_waits_is_not(tmp_path: Path) -> None:
    for name in ("waiting", "orphan"):
        with parked.ParkedWriter(tmp_path / f"{name}.parquet") as writer:
            writer.add(batch_of([stock(7, 5, 0)], 2).table, ["a"], [None], 100)
    keep = {str(tmp_path / "waiting.parquet")}
    parked.sweep(tmp_path, keep, older_than_s=3600)
    assert len(list(tmp_path.iterdir())) == 2, "young ones may be someone's work"
    parked.sweep(tmp_path, keep, older_than_s=-1)
    assert [path.name for path in tmp_path.iterdir()] == ["waiting.parquet"]
