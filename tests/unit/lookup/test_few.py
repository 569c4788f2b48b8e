"""Answering store by store and answering by arrays are one and the same answer."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory_api.domain import availability as av
from inventory_api.domain import geo, stock
from inventory_api.domain.arrays import Ints
from inventory_api.domain.freshness import FreshnessPolicy
from inventory_api.domain.ports import IndexEntry, RecordColumns, Statements
from inventory_api.domain.retailer import Disclosure, Retailer
from inventory_api.domain.stock import MAX_PRICE, MAX_QUANTITY, NO_PRICE, NO_QUANTITY
from inventory_api.domain.store import Store
from inventory_api.domain.trust import CELLS, Trust
from inventory_api.lookup.answer import Answer, Question
from inventory_api.lookup.availability import whole_answer
from inventory_api.lookup.candidates import in_circle, in_reach
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.few import FEW, SOME, answer_few

NOW = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
OBSERVED_NOW = stock.to_observed(NOW)
RETAILERS = [
    Retailer("acme", "Acme"),
    Retailer("bolt", "Bolt", low_stock_at=5, disclosure=Disclosure.BUCKET),
    Retailer("cozy", "Cozy", disclosure=Disclosure.BOOLEAN, freshness=FreshnessPolicy(expires_s=3_000)),
]


TRUST = Trust({("acme", cell): (10.0 * cell, 7.3 * cell) for cell in range(1, CELLS)} | {("bolt", 0): (3.0, 0.0)})


@dataclasses.dataclass(frozen=True)
class Said:
    """A store at so many metres, and its record."""

    metres: float
    retailer: int
    state: int
    quantity: int
    price: int
    age: int
    snapshot_age: int | None


ages = st.one_of(st.integers(-600, 7 * 86_400), st.sampled_from([0, 900, 3_000, 3_001, 3_600, 86_400, 86_401]))
said = st.builds(
    Said,
    metres=st.one_of(st.floats(0, 20_000), st.integers(0, 60).map(float), st.sampled_from([100.0, 100.1, 100.3])),
    retailer=st.integers(0, 2),
    state=st.builds(lambda claim, basis, bits: claim << 4 | basis << 2 | bits, *map(st.integers, (0, 0, 0), (6, 3, 3))),
    quantity=st.one_of(st.integers(0, 12), st.sampled_from([MAX_QUANTITY, NO_QUANTITY])),
    price=st.sampled_from([1, 549, MAX_PRICE, NO_PRICE]),
    age=ages,
    snapshot_age=st.one_of(st.none(), ages),
)
questions = st.builds(
    Question,
    product_id=st.just(4006381333931),
    latitude=st.just(40.0),
    longitude=st.just(-90.0),
    radius_m=st.sampled_from([16_000.0, 500.0]),
    statuses=st.one_of(st.just(Question(1).statuses), st.none(), st.just(frozenset({av.UNKNOWN, av.IN_STOCK}))),
    limit=st.sampled_from([10, 1, 3]),
    sort=st.sampled_from(["best", "distance"]),
)


def both(question: Question, sayings: list[Said]) -> tuple[Answer | None, Answer]:
    """The answer store by store, None where that is left to arrays, and theirs."""
    stores = [
        Store(
            number + 1,
            RETAILERS[one.retailer].id,
            str(number),
            number,
            f"Shop {number}",
            latitude=40.0 + one.metres / 111_035,
            longitude=-90.0,
            place=number,
            snapshot_at=0 if one.snapshot_age is None else OBSERVED_NOW - one.snapshot_age,
        )
        for number, one in enumerate(sayings)
    ]
    version = Directory(stores, RETAILERS, TRUST).map
    columns = {
        "state": [one.state for one in sayings],
        "quantity": [one.quantity for one in sayings],
        "price": [one.price for one in sayings],
        "observed": [max(1, OBSERVED_NOW - one.age) for one in sayings],
    }
    arrays = {name: np.array(values, np.int64) for name, values in columns.items()}

    def read(which: Ints) -> Statements:
        return Statements(**{name: column[which] for name, column in arrays.items()})

    nothing = np.zeros(len(sayings), np.int64)
    entry = IndexEntry(b"{}", RecordColumns(nothing, np.arange(len(sayings)), read))
    point = geo.point_to_space(latitude=question.latitude, longitude=question.longitude)
    rows = np.arange(len(version.tile))
    by_store = answer_few(version, question, entry, rows, point, NOW)
    reach = in_reach(version, question, entry.records, rows, point)
    found = in_circle(version, entry.records, reach, OBSERVED_NOW)
    return by_store, whole_answer(version, question, found, entry.card, NOW)


@settings(max_examples=500, deadline=None)
@given(questions, st.lists(said, min_size=1, max_size=12))
def test_both_ways_answer_alike(question: Question, sayings: list[Said]) -> None:
    by_store, by_arrays = both(question, sayings)
    assert by_store is None or by_store == by_arrays


NEAR = Said(100.0, 0, 3 << 4, 7, 549, 60, None)


def test_the_usual_question_is_answered_store_by_store() -> None:
    by_store, by_arrays = both(Question(1, 40.0, -90.0), [NEAR, dataclasses.replace(NEAR, metres=900.0)])
    assert by_store is not None
    assert by_store == by_arrays
    assert [hit.quantity for hit in by_store.hits] == [7, 7]


def test_that_nobody_has_it_is_said_store_by_store_too() -> None:
    nothing_left = dataclasses.replace(NEAR, state=1 << 4, quantity=0)
    long_ago = dataclasses.replace(NEAR, metres=700.0, age=3 * 86_400)
    for sayings, begin in (
        ([nothing_left], "The one store within 16 km"),
        ([nothing_left, dataclasses.replace(long_ago, metres=900.0), long_ago], "Not sure: Shop 2, 700 m away"),
        ([dataclasses.replace(NEAR, metres=30_000.0)], "No store within 16 km"),
    ):
        by_store, by_arrays = both(Question(1, 40.0, -90.0), sayings)
        assert by_store is not None
        assert by_store == by_arrays
        assert by_store.say.startswith(begin)
        assert by_store.best is None


def test_what_is_not_usual_is_left_to_arrays() -> None:
    usual = Question(1, 40.0, -90.0)
    for question in (
        dataclasses.replace(usual, sort="price"),
        dataclasses.replace(usual, min_quantity=2),
        dataclasses.replace(usual, explain=True),
        dataclasses.replace(usual, max_age_s=900),
        dataclasses.replace(usual, after=(0.0, 50.0, 1)),
    ):
        assert both(question, [NEAR])[0] is None
    assert both(usual, [NEAR, dataclasses.replace(NEAR, metres=100.1)])[0] is None, "a near tie"
    many = [dataclasses.replace(NEAR, metres=100.0 + 10 * number) for number in range(FEW + 1)]
    assert both(usual, many)[0] is None
    assert both(usual, many[:-1])[0] is not None
    far = [dataclasses.replace(NEAR, metres=18_000.0 + number) for number in range(SOME)]
    assert both(usual, [NEAR, *far])[0] is None
    assert both(usual, [NEAR, *far[:-1]])[0] is not None
