"""Who is right: the array rules against the dictionary model, and the traps by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from ingest import reconcile
from ingest.reconcile import FullFeed
from inventory_api.domain.feed import ChangeCounts
from inventory_api.domain.stock import Basis, Claim, StockTable, pack_keys, pack_state, pack_value
from tests.model import WEEK_S, Place, Record, Shelves

STORES = 3
PRODUCTS = (7, 8, 10**14 + 1)
DAY_S = 24 * 3600
SIX, SEVEN_THIRTY, TEN, NOON = (100 * DAY_S + hour * 3600 for hour in (6, 7.5, 10, 12))


# -- between tables and dictionaries --------------------------------------------------------------------


def table_of(records: Iterable[tuple[Place, Record]], *, dated: bool = True) -> StockTable:
    """Rows in the order given; without ``dated`` as a normalizer gives them."""
    rows = list(records)
    extras = {hash(r.extra) & 0xFFFFFFFF | 1: r.extra for _, r in rows if r.extra}
    numbers = {text: number for number, text in extras.items()}
    value = [
        pack_value(
            pack_state(r.claim, r.basis, dated=dated and r.dated, has_extra=r.extra is not None), r.quantity, r.price
        )
        for _, r in rows
    ]
    return StockTable(
        pack_keys(np.array([p for (p, _), _ in rows], np.uint64), np.array([s for (_, s), _ in rows], np.int64)),
        np.array(value, np.uint64),
        np.array([r.observed for _, r in rows], np.uint32),
        np.array([numbers[r.extra] if r.extra else 0 for _, r in rows], np.uint64),
        extras,
    )


def sorted_table(records: Mapping[Place, Record]) -> StockTable:
    table = table_of(records.items())
    return table.take(np.argsort(table.key))


def records_of(table: StockTable) -> dict[Place, Record]:
    found = {}
    for at in range(len(table)):
        value, extra = int(table.value[at]), int(table.extra[at])
        quantity, price = value >> 8 & 0xFFFF, value >> 24
        found[int(table.product[at]), int(table.store[at])] = Record(
            Claim(value >> 4 & 7),
            None if quantity == 0xFFFF else quantity,
            None if price == 0xFFFFFFFF else price,
            int(table.observed[at]),
            bool(value & 2),
            Basis(value >> 2 & 3),
            table.extras[extra] if extra else None,
        )
    assert len(found) == len(table), "a key twice"
    assert list(table.key) == sorted(table.key), "not sorted"
    return found


def snapshots_of(times: Mapping[str | int, int]) -> np.ndarray:
    return np.array([times.get(store, 0) for store in range(STORES)], np.uint32)


def apply_full(
    shelves: Shelves,
    rows: Mapping[Place, Record],
    times: Mapping[str | int, int],
    broken: Iterable[int] = (),
    unconfirmed: Iterable[Place] = (),
    *,
    retains: bool = False,
) -> tuple[dict[Place, Record], ChangeCounts]:
    """What the code makes of a full feed, in the model's words; rows get dated as ``ingest.segment`` does it."""
    told = {place: row._replace(dated=row.observed != times[place[1]]) for place, row in rows.items()}
    doubts = table_of([(place, ZERO) for place in unconfirmed])
    is_broken = np.zeros(STORES, bool)
    is_broken[list(broken)] = True
    feed = FullFeed(snapshots_of(times), is_broken, np.unique(doubts.key), retains)
    truth, counts = reconcile.apply_full(
        sorted_table(shelves.records), snapshots_of(shelves.snapshots), sorted_table(told), feed
    )
    return records_of(truth), counts


# -- what can be said -----------------------------------------------------------------------------------

ZERO = Record(Claim.OUT_OF_STOCK, 0, None, 1)
FIVE = Record(Claim.IN_STOCK, 5, 549, 1)

TIMES = st.one_of(st.integers(1, 6), st.integers(1, 4).map(lambda n: n * (WEEK_S // 2)))
PLACES = st.tuples(st.sampled_from(PRODUCTS), st.integers(0, STORES - 1))
STATEMENTS = st.sampled_from(
    [
        (Claim.OUT_OF_STOCK, 0, None, Basis.FEED, None),
        (Claim.OUT_OF_STOCK, 0, 549, Basis.FEED, None),
        (Claim.UNKNOWN, None, 549, Basis.FEED, None),
        (Claim.IN_STOCK, 5, 549, Basis.FEED, None),
        (Claim.IN_STOCK, 5, 549, Basis.POS_EVENT, None),
        (Claim.IN_STOCK, None, 0xFFFFFFFE, Basis.FEED, b'{"aisle":"7"}'),
        (Claim.IN_STOCK_BANDED, 65534, None, Basis.FEED, b'{"aisle":"8"}'),
        (Claim.LOW_STOCK, 1, 549, Basis.COUNT, None),
        (Claim.ON_DISPLAY, 1, None, Basis.SHOPPER_REPORT, None),
    ]
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    claim, quantity, price, basis, extra = draw(STATEMENTS)
    return Record(claim, quantity, price, draw(TIMES), draw(st.booleans()), basis, extra)


SNAPSHOTS = st.dictionaries(st.integers(0, STORES - 1), TIMES)


@st.composite
def shelves(draw: st.DrawFn) -> Shelves:
    return Shelves(draw(st.dictionaries(PLACES, records())), draw(SNAPSHOTS))


@st.composite
def fulls(draw: st.DrawFn) -> tuple[dict[Place, Record], dict[int, int], set[int], set[Place]]:
    """Rows, of which most speak at their store's time; scope, broken stores, rejected places."""
    times = draw(st.dictionaries(st.integers(0, STORES - 1), TIMES, min_size=1))
    rows = {
        place: row if row.dated else row._replace(observed=times[place[1]])
        for place, row in draw(st.dictionaries(PLACES, records())).items()
        if place[1] in times
    }
    return rows, times, draw(st.sets(st.sampled_from(sorted(times)))), draw(st.sets(PLACES, max_size=4))


# -- against the model ----------------------------------------------------------------------------------


@given(st.lists(st.tuples(PLACES, records()), max_size=12))
@settings(deadline=None)
def test_latest_is_the_last_of_the_newest(log: list[tuple[Place, Record]]) -> None:
    best: dict[Place, Record] = {}
    for place, record in log:
        if place not in best or record.observed >= best[place].observed:
            best[place] = record
    assert records_of(reconcile.latest(table_of(log))) == best


@given(shelves(), st.lists(st.tuples(PLACES, records()), max_size=12))
@settings(max_examples=300, deadline=None)
def test_folding_a_log_is_hearing_it_row_by_row(before: Shelves, log: list[tuple[Place, Record]]) -> None:
    base, snapshots = sorted_table(before.records), snapshots_of(before.snapshots)
    for place, record in log:
        before.change(place, record)
    assert records_of(reconcile.fold(base, snapshots, table_of(log, dated=False))) == before.records


@given(shelves(), st.lists(st.tuples(PLACES, records()), max_size=8), st.integers(0, 8))
@settings(deadline=None)
def test_a_log_may_be_folded_in_parts_and_again(before: Shelves, log: list[tuple[Place, Record]], cut: int) -> None:
    base, snapshots = sorted_table(before.records), snapshots_of(before.snapshots)
    whole = reconcile.fold(base, snapshots, table_of(log, dated=False))
    part = reconcile.fold(base, snapshots, table_of(log[:cut], dated=False))
    assert records_of(reconcile.fold(part, snapshots, table_of(log[cut:], dated=False))) == records_of(whole)
    assert records_of(reconcile.fold(whole, snapshots, table_of(log, dated=False))) == records_of(whole)


@given(shelves(), fulls())
@settings(max_examples=600, deadline=None)
def test_a_full_feed_is_what_the_model_makes_of_it(
    before: Shelves, feed: tuple[dict[Place, Record], dict[int, int], set[int], set[Place]]
) -> None:
    rows, times, broken, unconfirmed = feed
    truth, counts = apply_full(before, rows, times, broken, unconfirmed)
    old = dict(before.records)
    before.full(rows, times, broken=broken, unconfirmed=unconfirmed)
    assert truth == before.records
    assert counts.inserted == len(truth.keys() - old.keys())
    assert counts.updated + counts.unchanged == len(rows.keys() & old.keys())
    if not (counts.inserted or counts.updated or counts.removed):
        assert {place: record.said for place, record in truth.items()} == {p: old[p].said for p in truth}
        assert all(old[place].claim is Claim.OUT_OF_STOCK for place in old.keys() - truth.keys()), "not forgotten"


@given(shelves(), fulls())
@settings(deadline=None)
def test_the_same_full_feed_again_changes_nothing(
    before: Shelves, feed: tuple[dict[Place, Record], dict[int, int], set[int], set[Place]]
) -> None:
    rows, times, broken, unconfirmed = feed
    before.full(rows, times, broken=broken, unconfirmed=unconfirmed)
    once = dict(before.records)
    truth, _ = apply_full(before, rows, times, broken, unconfirmed)
    # A zero may be so old by now that it is forgotten; nothing else moves.
    assert {p: r for p, r in once.items() if p in truth} == truth
    assert all(once[place].claim is Claim.OUT_OF_STOCK for place in once.keys() - truth.keys())


@given(st.dictionaries(PLACES, records()), st.dictionaries(PLACES, records()))
@settings(deadline=None)
def test_the_difference_applied_to_the_old_is_the_new(old: dict[Place, Record], new: dict[Place, Record]) -> None:
    before, after = sorted_table(old), sorted_table(new)
    merge, drop = reconcile.difference(before, after)
    kept = before.take(~np.isin(before.key, drop.key))
    assert records_of(reconcile.overlay(kept, merge)) == new
    assert set(records_of(drop)) == old.keys() - new.keys()
    assert not any(old.get(place) == record for place, record in records_of(merge).items())


@given(st.dictionaries(PLACES, records()), st.dictionaries(PLACES, records()))
@settings(deadline=None)
def test_overlay_is_the_union_of_dictionaries(base: dict[Place, Record], patch: dict[Place, Record]) -> None:
    before = sorted_table(base)
    assert records_of(reconcile.overlay(before, sorted_table(patch))) == base | patch
    assert records_of(before) == base, "the base was written into"


# -- the traps by name ----------------------------------------------------------------------------------

P = (7, 0)


def at(record: Record, time: float, *, dated: bool = False) -> Record:
    return record._replace(observed=int(time), dated=dated)


def test_a_full_that_repeats_six_o_clock_undoes_the_delta_of_ten() -> None:
    shop = Shelves({P: at(FIVE, SIX)}, {0: int(SIX)})
    sold = reconcile.fold(sorted_table(shop.records), snapshots_of(shop.snapshots), table_of([(P, at(ZERO, TEN))]))
    shop.records = records_of(sold)
    truth, _ = apply_full(shop, {P: at(FIVE, NOON)}, {0: int(NOON)})
    assert truth == {P: at(FIVE, NOON)}


def test_a_six_o_clock_file_at_eight_does_not_undo_half_past_seven() -> None:
    shop = Shelves({P: at(ZERO, SEVEN_THIRTY)})
    truth, counts = apply_full(shop, {P: at(FIVE, SIX)}, {0: int(SIX)})
    assert truth == {P: at(ZERO, SEVEN_THIRTY)}
    assert (counts.updated, counts.removed, counts.unchanged) == (0, 0, 1)


def test_a_file_that_speaks_of_an_earlier_time_removes_nothing_newer() -> None:
    shop = Shelves({P: at(FIVE, SEVEN_THIRTY)})
    assert apply_full(shop, {}, {0: int(SIX)})[0] == {P: at(FIVE, SEVEN_THIRTY)}


def test_an_older_full_brings_nothing_back_that_a_newer_one_did_not_list() -> None:
    shop = Shelves({}, {0: int(NOON)})
    assert apply_full(shop, {P: at(FIVE, SIX)}, {0: int(SIX)})[0] == {}


def test_an_older_full_settles_only_what_the_newer_one_could_not_confirm_and_renews_nothing() -> None:
    shop = Shelves({P: at(ZERO, SIX, dated=True), (8, 0): at(FIVE, SIX, dated=True)}, {0: int(NOON)})
    truth, _ = apply_full(shop, {P: at(FIVE, TEN)}, {0: int(TEN)})
    assert truth == {P: at(FIVE, TEN, dated=True), (8, 0): Record(Claim.OUT_OF_STOCK, 0, 549, int(TEN), dated=True)}


def test_a_repeated_record_is_not_rewritten_and_its_store_renews_it() -> None:
    shop = Shelves({P: at(FIVE, SIX)}, {0: int(SIX)})
    truth, counts = apply_full(shop, {P: at(FIVE, NOON)}, {0: int(NOON)})
    assert truth == {P: at(FIVE, SIX)}
    assert counts == ChangeCounts(unchanged=1)
    assert reconcile.effective(sorted_table(truth), snapshots_of({0: int(NOON)})).tolist() == [int(NOON)]


def test_a_rejected_row_is_no_absence_and_is_not_renewed() -> None:
    shop = Shelves({P: at(FIVE, SIX)}, {0: int(TEN)})
    assert apply_full(shop, {}, {0: int(NOON)}, unconfirmed=[P])[0] == {P: at(FIVE, TEN, dated=True)}


def test_absence_is_a_zero_with_the_price_remembered() -> None:
    shop = Shelves({P: at(FIVE, SIX)}, {0: int(SIX)})
    truth, counts = apply_full(shop, {}, {0: int(NOON)})
    assert truth == {P: Record(Claim.OUT_OF_STOCK, 0, 549, int(NOON))}
    assert counts == ChangeCounts(removed=1)


def test_absence_says_nothing_outside_the_scope() -> None:
    shop = Shelves({P: at(FIVE, SIX)}, {0: int(SIX)})
    assert apply_full(shop, {}, {1: int(NOON)})[0] == {P: at(FIVE, SIX)}


def test_absence_in_a_broken_store_is_a_doubt() -> None:
    shop = Shelves({P: at(FIVE, SIX)}, {0: int(SIX)})
    truth, _ = apply_full(shop, {}, {0: int(NOON)}, broken=[0])
    assert truth == {P: Record(Claim.UNKNOWN, None, 549, int(NOON))}


@pytest.mark.parametrize(("late_by", "kept"), [(0, True), (1, False)])
def test_a_zero_is_forgotten_after_a_week(late_by: int, kept: bool) -> None:
    shop = Shelves({P: at(ZERO, SIX)}, {0: int(SIX)})
    truth, _ = apply_full(shop, {}, {0: int(SIX) + WEEK_S + late_by})
    assert truth == ({P: at(ZERO, SIX)} if kept else {})


def test_the_caller_s_base_is_never_written_into() -> None:
    shop = Shelves({P: at(FIVE, SIX)}, {0: int(SIX)})
    base = sorted_table(shop.records)
    feed = FullFeed(snapshots_of({0: int(NOON)}), np.zeros(STORES, bool), np.empty(0, np.uint64))
    reconcile.apply_full(base, snapshots_of(shop.snapshots), StockTable.empty(), feed)
    assert records_of(base) == shop.records


def test_a_store_newer_than_the_known_snapshots_is_out_of_scope() -> None:
    base = sorted_table({(7, 2): at(FIVE, SIX)})
    feed = FullFeed(np.array([int(NOON)], np.uint32), np.zeros(1, bool), np.empty(0, np.uint64))
    truth, _ = reconcile.apply_full(base, np.empty(0, np.uint32), StockTable.empty(), feed)
    assert records_of(truth) == {(7, 2): at(FIVE, SIX)}


@given(before=shelves(), full=fulls())
@settings(deadline=None)
def test_retained_absence_leaves_every_record_at_its_age_as_a_rejected_row_does(
    before: Shelves, full: tuple[dict[Place, Record], dict[int, int], set[int], set[Place]]
) -> None:
    rows, times, broken, _ = full
    retained, _ = apply_full(before, rows, times, broken, retains=True)
    assert retained == apply_full(before, rows, times, broken, unconfirmed=before.records)[0]
    assert before.records.keys() <= retained.keys()
