"""Segments: what was written is read again, and a file that is not whole is not there."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pyarrow.parquet as pq
import pytest
import xxhash
from hypothesis import given, settings

from inventory_api.domain.stock import (
    DATED,
    MAX_QUANTITY,
    MAX_STORES,
    NO_PRICE,
    NO_QUANTITY,
    Basis,
    Claim,
    StockTable,
    pack_keys,
    pack_state,
    pack_value,
)
from inventory_api.storage.index.keys import BUCKETS, buckets_of
from inventory_api.storage.segments import SegmentStore

GTIN_MAX, OWN_MAX = 10**14 - 1, (1 << 47) - 1
EXTRAS = {xxhash.xxh3_64_intdigest(text): text for text in (b'{"aisle":"7"}', '{"aisle":"گلی 7"}'.encode())}


@st.composite
def rows(draw: st.DrawFn) -> tuple[int, int, int, int, int]:
    extra = draw(st.sampled_from([0, 0, *EXTRAS]))
    state = pack_state(
        draw(st.sampled_from(Claim)), draw(st.sampled_from(Basis)), dated=draw(st.booleans()), has_extra=extra != 0
    )
    quantity = draw(st.sampled_from([None, 0, 1, MAX_QUANTITY]) | st.integers(0, MAX_QUANTITY))
    price = draw(st.sampled_from([None, 0, NO_PRICE - 1]) | st.integers(0, NO_PRICE - 1))
    product = draw(st.sampled_from([1, GTIN_MAX, 10**14, OWN_MAX]) | st.integers(1, OWN_MAX))
    store = draw(st.sampled_from([0, MAX_STORES - 1]) | st.integers(0, MAX_STORES - 1))
    observed = draw(st.sampled_from([0, 2**32 - 1]) | st.integers(0, 2**32 - 1))
    return product << 17 | store, pack_value(state, quantity, price), observed, extra, product


def table_of(drawn: list[tuple[int, int, int, int, int]]) -> StockTable:
    unique = {row[0]: row for row in drawn}
    ordered = [unique[key] for key in sorted(unique)]
    key, value, observed, extra = (np.array([row[i] for row in ordered], np.uint64) for i in range(4))
    return StockTable(key, value, observed.astype(np.uint32), extra, dict(EXTRAS))


def buckets(table: StockTable) -> Iterator[StockTable]:
    number = buckets_of(table.product)
    for bucket in range(BUCKETS):
        yield table.take(number == bucket)


def assert_same(found: StockTable, expected: StockTable) -> None:
    for name in ("key", "value", "observed", "extra"):
        left, right = getattr(found, name), getattr(expected, name)
        assert left.dtype == right.dtype
        assert left.tolist() == right.tolist(), name
    assert all(found.extras[digest] == expected.extras[digest] for digest in found.extra.tolist() if digest)


@pytest.fixture
def store(tmp_path: Path) -> SegmentStore:
    return SegmentStore(tmp_path / "segments")


@given(drawn=st.lists(rows(), max_size=20), snapshots=st.lists(st.integers(0, 2**32 - 1), max_size=5))
@settings(max_examples=60, deadline=None)
def test_what_was_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, int, int, int, int]], snapshots: list[int]
) -> None:
    table, segments = table_of(drawn), SegmentStore(tmp_path_factory.getbasetemp() / "round_trip")
    assert segments.write("acme/v1", buckets(table), np.array(snapshots, np.uint32)) == len(table)
    segment = segments.open("acme/v1")
    assert segment.records == len(table)
    assert segment.snapshots.dtype == np.uint32
    assert segment.snapshots.tolist() == snapshots
    for number, expected in enumerate(buckets(table)):
        assert_same(segment.bucket(number), expected)
    segment.close()


def test_every_state_survives(store: SegmentStore) -> None:
    states = [pack_state(claim, basis, dated=bool(dated)) for claim in Claim for basis in Basis for dated in (0, DATED)]
    table = StockTable(
        pack_keys(np.full(len(states), 7, np.uint64), np.arange(len(states))),
        np.array([pack_value(state, NO_QUANTITY - 1, None) for state in states], np.uint64),
        np.arange(len(states), dtype=np.uint32),
        np.zeros(len(states), np.uint64),
    )
    store.write("v", buckets(table), np.zeros(0, np.uint32))
    assert_same(store.open("v").bucket(int(buckets_of(np.array([7], np.uint64))[0])), table)


def test_the_columns_are_plain_to_any_engine(store: SegmentStore, tmp_path: Path) -> None:
    digest = next(iter(EXTRAS))
    table = table_of(
        [
            (7 << 17 | 3, pack_value(pack_state(Claim.IN_STOCK, Basis.COUNT, has_extra=True), 5, 549), 9, digest, 7),
            (7 << 17 | 4, pack_value(pack_state(Claim.UNKNOWN, Basis.FEED, dated=True), None, None), 8, 0, 7),
        ]
    )
    store.write("acme/v1", buckets(table), np.zeros(0, np.uint32))
    assert pq.read_table(tmp_path / "segments/acme/v1.parquet").to_pylist() == [
        {
            "product_id": 7, "store": 3, "claim": 3, "basis": 2, "dated": False,
            "quantity": 5, "price": 549, "observed": 9, "extra": EXTRAS[digest].decode(),
        },
        {
            "product_id": 7, "store": 4, "claim": 0, "basis": 0, "dated": True,
            "quantity": None, "price": None, "observed": 8, "extra": None,
        },
    ]  # fmt: skip


def test_an_empty_version_is_a_version(store: SegmentStore) -> None:
    assert store.write("acme/v1", buckets(StockTable.empty()), np.zeros(0, np.uint32)) == 0
    segment = store.open("acme/v1")
    assert (segment.records, len(segment.snapshots)) == (0, 0)
    assert all(len(segment.bucket(number)) == 0 for number in range(BUCKETS))


class Killed(BaseException):
    """The end of the process, as far as the code under test can see."""


@pytest.mark.parametrize("after", [0, 1, 255])
def test_a_write_that_was_cut_off_leaves_no_version(store: SegmentStore, tmp_path: Path, after: int) -> None:
    def cut() -> Iterator[StockTable]:
        for number, table in enumerate(buckets(table_of([]))):
            if number == after:
                raise Killed
            yield table

    with pytest.raises(Killed):
        store.write("acme/v1", cut(), np.zeros(0, np.uint32))
    with pytest.raises(FileNotFoundError):
        store.open("acme/v1")
    assert [path.suffix for path in (tmp_path / "segments/acme").iterdir()] == [".part"]

    store.write("acme/v1", buckets(table_of([])), np.zeros(0, np.uint32))
    assert [path.suffix for path in (tmp_path / "segments/acme").iterdir()] == [".parquet"]


def test_a_version_is_whole_the_moment_it_has_its_name(store: SegmentStore, tmp_path: Path) -> None:
    """While buckets still come, nobody can open it; and never under another name than its own."""
    seen = []

    def watched() -> Iterator[StockTable]:
        for table in buckets(table_of([])):
            seen.append(sorted(path.name for path in (tmp_path / "segments").rglob("*.parquet")))
            yield table

    store.write("acme/run_1-2", watched(), np.zeros(0, np.uint32))
    assert seen == [[]] * BUCKETS
    assert store.open("acme/run_1-2").records == 0
    with pytest.raises(FileNotFoundError):
        store.open("acme/run_1-1")


@pytest.mark.parametrize("count", [0, 255, 257])
def test_a_wrong_number_of_buckets_is_refused(store: SegmentStore, count: int) -> None:
    with pytest.raises(ValueError, match=f"{count} buckets"):
        store.write("v", [StockTable.empty()] * count, np.zeros(0, np.uint32))
    with pytest.raises(FileNotFoundError):
        store.open("v")


def test_the_sweep_takes_only_old_orphans(store: SegmentStore, tmp_path: Path) -> None:
    root = tmp_path / "segments"
    for name in ("acme/used", "acme/orphan", "acme/young"):
        store.write(name, buckets(table_of([])), np.zeros(0, np.uint32))
    (root / "acme/used.part").write_bytes(b"half")
    (root / "acme/being_written.part").write_bytes(b"half")
    long_ago = time.time() - 100
    for name in ("acme/used.parquet", "acme/orphan.parquet", "acme/used.part"):
        os.utime(root / name, (long_ago, long_ago))
    assert sorted(store.sweep({"acme/used"}, older_than_s=50)) == ["acme/orphan", "acme/used"]
    assert sorted(path.name for path in (root / "acme").iterdir()) == [
        "being_written.part",
        "used.parquet",
        "young.parquet",
    ]


def test_an_open_version_outlives_its_sweep(store: SegmentStore) -> None:
    """A publisher reads the old version to its end, whoever deletes the file."""
    table = table_of([(7 << 17, pack_value(pack_state(Claim.IN_STOCK, 0), 5, None), 9, 0, 7)])
    store.write("v", buckets(table), np.zeros(0, np.uint32))
    segment = store.open("v")
    store.sweep(set(), older_than_s=-1)
    assert_same(segment.bucket(int(buckets_of(table.product)[0])), table)
