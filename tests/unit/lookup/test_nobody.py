"""Where no store can be recommended, the sentence claims no more than is known."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from inventory_api.domain import availability as av
from inventory_api.locales.wording import ENGLISH
from inventory_api.lookup.answer import Question, Unsure, say_nobody
from tests.unit.lookup.test_few import NEAR, NOW, Said, both

USUAL = Question(1, 40.0, -90.0)
NONE_LEFT = dataclasses.replace(NEAR, state=1 << 4, quantity=0)
DAY_S = 86_400


def said(question: Question, *sayings: Said) -> str:
    by_store, by_arrays = both(question, list(sayings))
    assert by_store is None or by_store.say == by_arrays.say
    assert by_arrays.best is None
    return by_arrays.say


@pytest.mark.parametrize(
    "condition", [{"open_at": NOW}, {"min_quantity": 50}, {"max_age_s": 10}, {"min_confidence": 0.99}]
)
def test_a_store_that_has_it_and_fails_a_condition_does_not_become_one_without(
    condition: dict[str, int | float | dt.datetime],
) -> None:
    question = dataclasses.replace(USUAL, **condition)  # type: ignore[arg-type]
    assert said(question, NEAR, NONE_LEFT) == "No store within 16 km fits what was asked."


def test_what_expired_is_not_sure_whatever_it_said() -> None:
    gone = dataclasses.replace(NONE_LEFT, metres=500.0, age=2 * DAY_S)
    assert said(USUAL, gone) == "Not sure: Shop 0, 500 m away, was last heard of 2 days ago. Call first."
    # One that had it, when it was last heard of, is worth more than one that had not.
    had = dataclasses.replace(NEAR, metres=900.0, age=3 * DAY_S)
    assert said(USUAL, gone, had) == "Not sure: Shop 1, 900 m away, was last heard of 3 days ago. Call first."
    assert said(USUAL, had, gone) == "Not sure: Shop 0, 900 m away, was last heard of 3 days ago. Call first."


def test_only_stores_that_are_known_to_have_none_are_counted() -> None:
    gone = dataclasses.replace(NONE_LEFT, metres=500.0, age=2 * DAY_S)
    assert said(USUAL, NONE_LEFT, gone) == "The one store within 16 km that sells it has none right now."
    further = dataclasses.replace(NONE_LEFT, metres=700.0)
    assert said(USUAL, gone, NONE_LEFT, further) == ("None of the 2 stores within 16 km that sell it has it right now.")


def named(unsure: Unsure | None = None, **counted: int) -> str:
    counts = [counted.get(status, 0) for status in av.STATUS_WORDS]
    return say_nobody(ENGLISH, counts, unsure, radius_m=None)


def test_stores_that_were_named_and_do_not_sell_it_are_said_to_do_so() -> None:
    assert named(not_carried=1) == "The store asked does not sell it."
    assert named(not_carried=3) == "None of the 3 stores asked sells it."
    assert named(not_carried=3, out_of_stock=1) == "The one store asked that sells it has none right now."
    # Of which nobody ever said anything.
    assert named(unknown=2) == "None of the stores asked has told us about it."
    assert named(in_stock=1, out_of_stock=1) == "None of the stores asked fits what was asked."
    assert named(Unsure("Shop", 2 * DAY_S, None, had_it=False), unknown=1) == (
        "Not sure: Shop was last heard of 2 days ago. Call first."
    )
