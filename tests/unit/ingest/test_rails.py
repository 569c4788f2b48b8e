"""Each safety rail by itself: the edit that meets it, and the one just below that does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from ingest.checks import rails
from ingest.checks.rails import Limits
from ingest.checks.statistics import FeedStatistics, PriceMoves
from ingest.profile import read_profile
from inventory_api.domain.errors import FeedRejected, InvalidInput
from inventory_api.domain.feed import RowCounts
from inventory_api.domain.stock import NO_PRICE, StockTable, pack_keys, pack_value

BASE = FeedStatistics(rows=1000, accepted=1000, in_stock=800, stores=[0, *[50] * 20])
LIMITS = Limits()


def codes(now: FeedStatistics, history: Sequence[FeedStatistics] = (BASE,), *, has_catalog: bool = True) -> list[str]:
    verdicts = rails.judge_feed(now, history, LIMITS, has_catalog=has_catalog)
    if history:
        verdicts += rails.judge_stores(now, history[0], LIMITS)
    return [verdict.code for verdict in verdicts if verdict.store is None]


def held(now: FeedStatistics, last: FeedStatistics = BASE) -> list[int]:
    return [v.store for v in rails.judge_stores(now, last, LIMITS) if v.store is not None]


def test_the_same_again_meets_no_rail() -> None:
    assert (codes(BASE), held(BASE)) == ([], [])


def test_a_first_version_meets_no_rail() -> None:
    assert codes(replace(BASE, rows=1, unknown_products=1000), (), has_catalog=False) == []


@pytest.mark.parametrize(("rows", "told"), [(699, ["feed_shrank"]), (700, []), (5000, [])])
def test_feed_shrank(rows: int, told: list[str]) -> None:
    assert codes(replace(BASE, rows=rows)) == told


def test_one_odd_version_does_not_move_the_median() -> None:
    history = [replace(BASE, rows=rows) for rows in (100, 1000, 1010, 990, 1000)]
    assert codes(replace(BASE, rows=600), history) == ["feed_shrank"]
    assert codes(replace(BASE, rows=990), history) == []


@pytest.mark.parametrize(("rows", "told"), [(19, []), (20, ["feed_shrank"])])
def test_a_few_rows_may_go(rows: int, told: list[str]) -> None:
    small = FeedStatistics(rows=rows, accepted=rows)
    assert codes(FeedStatistics(rows=1, accepted=1), [small]) == told


@pytest.mark.parametrize(("in_stock", "told"), [(1000, []), (550, []), (549, ["instock_shift"])])
def test_instock_shift(in_stock: int, told: list[str]) -> None:
    assert codes(replace(BASE, in_stock=in_stock)) == told


def test_a_share_of_few_rows_proves_nothing() -> None:
    small = FeedStatistics(rows=99, accepted=99, in_stock=99)
    assert codes(replace(small, in_stock=0), [small]) == []


@pytest.mark.parametrize(("unknown", "told"), [(200, []), (201, ["product_unknown"])])
def test_unknown_products(unknown: int, told: list[str]) -> None:
    now = replace(BASE, unknown_products=unknown)
    assert codes(now) == told
    assert codes(now, has_catalog=False) == []


def test_one_missing_store_is_held_and_two_quarantine() -> None:
    one = replace(BASE, stores=[0, 0, *[50] * 19])
    two = replace(BASE, stores=[0, 0, 0, *[50] * 18])
    assert (held(one), codes(one)) == ([1], [])
    assert (held(two), codes(two)) == ([1, 2], ["store_missing"])


def test_a_missing_store_with_many_rows_quarantines() -> None:
    last = replace(BASE, stores=[60, *[20] * 40])
    now = replace(BASE, stores=[0, *[20] * 40])
    assert (held(now, last), codes(now, [last])) == ([0], ["store_missing"])


def test_a_missing_store_of_a_corner_shop_is_only_held() -> None:
    last = FeedStatistics(rows=8, accepted=8, stores=[4, 4])
    now = FeedStatistics(rows=8, accepted=8, stores=[8])
    assert (held(now, last), codes(now, [last])) == ([1], [])


@pytest.mark.parametrize(("rows", "told"), [(24, [1]), (25, [])])
def test_a_halved_store_is_held(rows: int, told: list[int]) -> None:
    assert held(replace(BASE, stores=[0, rows, *[50] * 19])) == told


@pytest.mark.parametrize(
    ("read", "rejected", "told"), [(1000, 50, 0), (1000, 51, 1), (99, 49, 0), (99, 50, 1), (2, 1, 0), (3, 2, 1)]
)
def test_row_errors(read: int, rejected: int, told: int) -> None:
    counts = RowCounts(read=read, accepted=read - rejected, rejected=rejected)
    assert len(list(rails.row_errors(counts, LIMITS))) == told


@pytest.mark.parametrize(("read", "rejected"), [(1000, 501), (1, 1), (0, 0)])
def test_hopeless_files_are_refused(read: int, rejected: int) -> None:
    with pytest.raises(FeedRejected):
        rails.refuse_hopeless(RowCounts(read=read, accepted=read - rejected, rejected=rejected))


def test_half_is_not_hopeless() -> None:
    rails.refuse_hopeless(RowCounts(read=1000, accepted=500, rejected=500))


def priced(*prices: int) -> StockTable:
    count = len(prices)
    value = np.array([pack_value(0x30, 1, None if p < 0 else p) for p in prices], np.uint64)
    key = pack_keys(np.arange(1, count + 1, dtype=np.uint64), np.zeros(count, np.int64))
    return StockTable(key, value, np.ones(count, np.uint32), np.zeros(count, np.uint64))


def moves(old: list[int], new: list[int]) -> PriceMoves:
    found = PriceMoves()
    found.add(priced(*old), priced(*new))
    return found


def test_prices_are_compared_where_both_are_known() -> None:
    assert moves([549, -1, 549, 549], [549, 549, -1, 1200]) == PriceMoves(compared=2, risen=1)
    assert NO_PRICE not in (549, 1200)


@pytest.mark.parametrize(("old", "new"), [(549, 5490), (549, 54900), (549, 55), (549, 5), (5490, 549)])
def test_a_decimal_point_that_moved_is_seen_in_spite_of_rounding(old: int, new: int) -> None:
    assert moves([old], [new]).shifted == 1


@pytest.mark.parametrize("new", [549, 1098, 5600, 5000, 1])
def test_other_prices_are_no_shift(new: int) -> None:
    assert moves([549], [new]).shifted == 0


@pytest.mark.parametrize(("shifted", "told"), [(20, 0), (21, 1)])
def test_shifted_prices_quarantine(shifted: int, told: int) -> None:
    found = moves([549] * 100, [5490] * shifted + [549] * (100 - shifted))
    assert len(list(rails.price_shift(found, LIMITS))) == told


@pytest.mark.parametrize(("doubled", "told"), [(50, 0), (51, 1)])
@pytest.mark.parametrize("new", [1099, 274])
def test_most_prices_doubled_or_halved_quarantine(doubled: int, told: int, new: int) -> None:
    found = moves([549] * 100, [new] * doubled + [549] * (100 - doubled))
    assert len(list(rails.price_shift(found, LIMITS))) == told


def test_thresholds_are_set_by_name() -> None:
    limits = Limits.of({"rows_lost": 0.9})
    assert list(rails.feed_shrank(replace(BASE, rows=200), [BASE], limits)) == []
    with pytest.raises(InvalidInput, match="rows_last"):
        Limits.of({"rows_last": 0.9})


def test_a_profile_names_only_thresholds_that_exist() -> None:
    with pytest.raises(InvalidInput, match="rows_lost"):
        read_profile(b"thresholds: {rows_last: 0.9}")
