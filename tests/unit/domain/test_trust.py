"""What reports make of a prior, rule by rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_api.domain import availability as av
from inventory_api.domain.stock import NO_QUANTITY
from inventory_api.domain.trust import (
    CELLS,
    PRIOR_WEIGHT,
    Outcome,
    Trust,
    cell_of_one,
    cells,
    confidence,
    confidence_of_one,
    is_kept,
    voice_weight,
)

FRESH_MANY = cell_of_one(av.IN_STOCK, 0, 50)
PRIOR = confidence_of_one(av.IN_STOCK, 0, 86_400, 50, (1.0, 0.0))


def sure(trust: Trust, retailer_id: str = "acme") -> float:
    return confidence_of_one(av.IN_STOCK, 0, 86_400, 50, trust.of(retailer_id)[FRESH_MANY])


def test_without_reports_the_prior_counts() -> None:
    assert sure(Trust()) == PRIOR == 0.95


def test_as_many_reports_as_the_prior_weighs_meet_it_half_way() -> None:
    trust = Trust({("acme", FRESH_MANY): (PRIOR_WEIGHT, 0.0)})
    assert sure(trust, "bolt") == pytest.approx(0.95 / 2, abs=0.01), "what one retailer's teach of all"
    assert sure(trust) == pytest.approx(0.95 / 4, abs=0.01), "and of itself"


def test_many_reports_are_believed() -> None:
    trust = Trust({("acme", FRESH_MANY): (10_000.0, 6_000.0), ("bolt", FRESH_MANY): (10_000.0, 9_000.0)})
    assert sure(trust) == pytest.approx(0.6, abs=0.01)
    assert sure(trust, "bolt") == pytest.approx(0.9, abs=0.01)
    assert sure(trust, "nobody") == pytest.approx(0.75, abs=0.01)


def test_other_ages_and_quantities_learn_nothing() -> None:
    trust = Trust({("acme", FRESH_MANY): (10_000.0, 0.0)})
    for status, age, quantity in ((av.IN_STOCK, 901, 50), (av.IN_STOCK, 0, 9), (av.OUT_OF_STOCK, 0, 0)):
        assert trust.of("acme")[cell_of_one(status, age, quantity)] == (1.0, 0.0)


def test_an_unknown_status_promises_nothing() -> None:
    assert confidence_of_one(av.UNKNOWN, 0, 86_400, 50, (0.0, 1.0)) == 0.0


@pytest.mark.parametrize(
    ("status", "outcome", "kept"),
    [
        (av.IN_STOCK, Outcome.FOUND, True),
        (av.LOW_STOCK, Outcome.WRONG_PRICE, True),
        (av.IN_STOCK, Outcome.NOT_FOUND, False),
        (av.OUT_OF_STOCK, Outcome.NOT_FOUND, True),
        (av.OUT_OF_STOCK, Outcome.FOUND, False),
        (av.NOT_CARRIED, Outcome.NOT_FOUND, True),
        (av.ON_DISPLAY, Outcome.FOUND, True),
    ],
)
def test_what_a_kept_promise_is(status: int, outcome: Outcome, kept: bool) -> None:
    assert is_kept(status, outcome) is kept


def test_a_reporter_has_three_voices_whatever_it_sends() -> None:
    assert [reports * voice_weight(reports) for reports in (1, 3, 4, 1_000)] == [1, 3, 3, 3]


statuses = st.integers(0, 5)
ages = st.one_of(st.integers(0, 200_000), st.sampled_from([900, 901, 3_600, 3_601, 14_400, 43_200, 86_400, 86_401]))
quantities = st.one_of(st.integers(0, 12), st.just(NO_QUANTITY))
tallies = st.dictionaries(
    st.tuples(st.sampled_from(["acme", "bolt"]), st.integers(0, CELLS - 1)),
    st.floats(0, 1e6).flatmap(lambda told: st.tuples(st.just(told), st.floats(0, told))),
)


@given(tallies, st.lists(st.tuples(statuses, ages, quantities), min_size=1))
def test_one_and_many_agree_and_stay_between_none_and_all(
    sums: dict[tuple[str, int], tuple[float, float]], records: list[tuple[int, int, int]]
) -> None:
    trust = Trust(sums)
    status, age, quantity = (np.array(column, np.int64) for column in zip(*records, strict=True))
    cell = cells(status, age, quantity)
    table = trust.table(["acme"])[0]
    many = confidence(status, age, np.full(len(age), 86_400), quantity, table[cell]).tolist()
    assert cell.tolist() == [cell_of_one(*record) for record in records]
    one = [confidence_of_one(s, a, 86_400, q, trust.of("acme")[cell_of_one(s, a, q)]) for s, a, q in records]
    assert many == one
    assert all(0 <= each <= 1 for each in one)
