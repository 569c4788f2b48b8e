"""A day of full feeds and events, in whatever order and however often it arrives, ends in one state.

This is the pairing that every platform asks for: events are fast and may be lost, late or doubled; a full feed now
and then says what is true. The model is a dictionary: the newest full, and over it the last event since.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings

from inventory_api.domain.source import Protocol
from tests.integration.asking import Api, asking
from tests.integration.pos import open_source
from tests.integration.world import World

STORES = ("001", "002")
ITEMS = ("A-1", "A-2")
PLACES = tuple(itertools.product(STORES, ITEMS))
DAY = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(hours=12)
HALF_HOUR_S = 1800
_retailers = (f"r{number}" for number in itertools.count())


class Full(NamedTuple):
    """A version of the whole stock, true at the begin of a half hour."""

    half_hour: int
    units: tuple[int, ...]

    @property
    def at(self) -> dt.datetime:
        return DAY + dt.timedelta(seconds=self.half_hour * HALF_HOUR_S)


class Event(NamedTuple):
    """One count, some milliseconds after a half hour began: several may share a second."""

    half_hour: int
    ms: int
    place: int
    units: int

    @property
    def at(self) -> dt.datetime:
        return DAY + dt.timedelta(seconds=self.half_hour * HALF_HOUR_S + 60, milliseconds=self.ms)


units = st.integers(0, 9)
fulls = st.lists(
    st.builds(Full, st.integers(0, 5), st.tuples(*[units] * len(PLACES))),
    min_size=1, max_size=3, unique_by=lambda full: full.half_hour,
)  # fmt: skip
events = st.lists(
    # Few moments and places, so that several events of one place and one second are the rule.
    st.builds(
        Event, st.sampled_from([1, 5, 6]), st.sampled_from([0, 300, 600, 1500]), st.integers(0, 1), units,
    ),
    max_size=12, unique_by=lambda event: (event.half_hour, event.ms, event.place),
)  # fmt: skip


@st.composite
def days(draw: st.DrawFn) -> tuple[list[Full | Event], list[Full | Event]]:
    """What happened, and its deliveries: shuffled, some of them twice."""
    happened: list[Full | Event] = [*draw(fulls), *draw(events)]
    doubled = draw(st.lists(st.sampled_from(happened), max_size=4))
    return happened, draw(st.permutations([*happened, *doubled]))


def expected(happened: Sequence[Full | Event]) -> dict[tuple[str, str], int]:
    """The newest full, and over it the last event since."""
    last = max((told for told in happened if isinstance(told, Full)), key=lambda full: full.at)
    shelves = dict(zip(PLACES, last.units, strict=True))
    since = [told for told in happened if isinstance(told, Event) and told.at > last.at]
    shelves |= {PLACES[event.place]: event.units for event in sorted(since, key=lambda event: event.at)}
    return shelves


_BEFORE, _FIRST, _SECOND = Full(0, (1,) * len(PLACES)), Event(1, 300, 0, 5), Event(1, 600, 0, 6)


@pytest.fixture
def api(world: World) -> Iterator[Api]:
    with asking(world) as api:
        yield api


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=days())
@example(day=([_BEFORE, _FIRST, _SECOND], [_BEFORE, _SECOND, _FIRST]))
def test_every_order_of_delivery_ends_in_one_state(
    world: World, api: Api, day: tuple[list[Full | Event], list[Full | Event]]
) -> None:
    happened, deliveries = day
    name = next(_retailers)
    world.add_retailer(name, STORES)
    world.push("products", "id,title\n" + "".join(f"{item},{item}\n" for item in ITEMS), retailer_id=name)
    till = open_source(world, api, Protocol.SQUARE, retailer_id=name)
    for told in deliveries:
        if isinstance(told, Full):
            rows = [f"{store},{item},{n}" for (store, item), n in zip(PLACES, told.units, strict=True)]
            text = "\n".join(["store_code,id,quantity", *rows])
            world.push("inventory", text + "\n", retailer_id=name, as_of=told.at)
        else:
            assert till.send(till.count(*PLACES[told.place], told.units, told.at)).status_code == 200
    codes = {world.product_id(item, name): item for item in ITEMS}
    shelves = {
        (key.store_code, codes[key.product]): record.quantity
        for key, record in world.index().items()
        if key.retailer_id == name
    }
    assert shelves == expected(happened)
    assert {k: r for k, r in world.index().items() if k.retailer_id == name} == {
        k: r for k, r in world.truth().items() if k.retailer_id == name
    }
