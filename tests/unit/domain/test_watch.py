"""When a watch is fulfilled, and when texts are quiet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from inventory_api.domain.watch import (
    LIFE,
    NEVER,
    QUIET_FROM,
    QUIET_TO,
    Means,
    Sighting,
    Watch,
    find_there,
    judge,
    quiet_until,
    remember,
    rounded,
    scope_m,
)

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
RADIUS_M = 1000.0
ZONES = ("America/Los_Angeles", "Asia/Karachi", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


def a_watch(said: Sequence[Sighting]) -> Watch:
    return Watch("w", 1, Means.SMS, b"", RADIUS_M, NOON, NOON + LIFE, NOON, news_from=remember(said))


def there(store_id: int = 1, distance_m: float = 500.0, observed: int = 100) -> Sighting:
    return Sighting(store_id, distance_m, observed, is_there=True, is_claimed=True)


def gone(store_id: int = 1, observed: int = 100, *, is_claimed: bool = False) -> Sighting:
    return Sighting(store_id, 500.0, observed, is_there=False, is_claimed=is_claimed)


@pytest.mark.parametrize(
    ("before", "after", "is_news"),
    [
        ([], there(), True),
        ([gone()], there(observed=101), True),
        ([gone()], there(observed=100), True),
        ([gone()], there(observed=99), False),
        ([gone(is_claimed=True)], there(observed=100), False),
        ([gone(is_claimed=True)], there(observed=101), True),
        ([there(distance_m=1050)], there(observed=500), False),
        ([there(distance_m=1050)], there(store_id=2), True),
        ([], there(distance_m=1000.01), False),
        ([], there(distance_m=1000.0), True),
    ],
)
def test_news_is_what_was_not_said_before(before: list[Sighting], after: Sighting, is_news: bool) -> None:
    fulfilled, _ = judge(a_watch(before), [after])
    assert (fulfilled == after) == is_news


def test_the_nearest_is_told_of() -> None:
    near, nearer = there(1, 900.0), there(2, 300.0)
    assert judge(a_watch([]), [near, nearer])[0] == nearer
    assert find_there([near, nearer, there(3, 2000.0)], RADIUS_M) == nearer
    assert find_there([gone(), there(3, 2000.0)], RADIUS_M) is None


@dataclass
class Shelf:
    """The truth of one store: how the model sees it."""

    distance_m: float
    observed: int = 0
    has_it: bool = False
    was_empty: bool = True


class Watching(RuleBasedStateMachine):
    """Stores sell out, fill up, move over the edge and repeat themselves; a look follows each change."""

    @initialize(shelves=st.lists(st.tuples(st.floats(0, 1400), st.booleans()), min_size=1, max_size=4))
    def open(self, shelves: list[tuple[float, bool]]) -> None:
        self.now = 1000
        self.shelves = [
            Shelf(metres, self.now, has_it and metres > RADIUS_M, not (has_it and metres > RADIUS_M))
            for metres, has_it in shelves
        ]
        self.watch = a_watch(self.sightings())
        self.fired: int | None = None

    def sightings(self) -> list[Sighting]:
        near = [(at, shelf) for at, shelf in enumerate(self.shelves) if shelf.distance_m <= scope_m(RADIUS_M)]
        return [Sighting(at, s.distance_m, s.observed, s.has_it, s.has_it) for at, s in near]

    def look(self) -> None:
        if self.fired is None:
            expected = [
                at for at, s in enumerate(self.shelves) if s.has_it and s.was_empty and s.distance_m <= RADIUS_M
            ]
            found, self.watch.news_from = judge(self.watch, self.sightings())
            assert (found is not None) == bool(expected)
            if found is not None:
                assert found.store_id in expected
                self.fired = found.store_id

    @rule(which=st.integers(0, 3))
    def sell_out(self, which: int) -> None:
        shelf = self.shelves[which % len(self.shelves)]
        self.now += 1
        shelf.has_it, shelf.was_empty, shelf.observed = False, True, self.now
        self.look()

    @rule(which=st.integers(0, 3))
    def fill(self, which: int) -> None:
        shelf = self.shelves[which % len(self.shelves)]
        self.now += 1
        shelf.has_it, shelf.observed = True, self.now
        self.look()

    @rule()
    def repeat(self) -> None:
        self.look()

    @precondition(lambda self: self.fired is None)
    @rule(which=st.integers(0, 3), metres=st.floats(900, 1400))
    def move(self, which: int, metres: float) -> None:
        self.shelves[which % len(self.shelves)].distance_m = metres
        self.look()

    @invariant()
    def remembers_little(self) -> None:
        if hasattr(self, "watch"):
            assert len(self.watch.news_from) <= len(self.shelves)


TestWatching = Watching.TestCase


@pytest.mark.parametrize(
    ("local", "until"),
    [
        ("2026-07-01T20:59:59", None),
        ("2026-07-01T21:00:00", "2026-07-02T09:00:00"),
        ("2026-07-02T00:00:00", "2026-07-02T09:00:00"),
        ("2026-07-02T08:59:59", "2026-07-02T09:00:00"),
        ("2026-07-02T09:00:00", None),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_quiet_hours_are_those_of_the_place(zone: str, local: str, until: str | None) -> None:
    now = dt.datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    expected = None if until is None else dt.datetime.fromisoformat(until).replace(tzinfo=ZoneInfo(zone))
    assert quiet_until(now.astimezone(dt.UTC), zone) == expected


@given(
    st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2040, 1, 1), timezones=st.just(dt.UTC)), st.sampled_from(ZONES)
)
def test_the_end_of_the_quiet_hours_is_not_quiet(now: dt.datetime, zone: str) -> None:
    until = quiet_until(now, zone)
    local = now.astimezone(ZoneInfo(zone)).time()
    assert (until is None) == (QUIET_TO <= local < QUIET_FROM)
    if until is not None:
        assert dt.timedelta() < until - now <= dt.timedelta(hours=13)
        assert quiet_until(until, zone) is None


def test_a_position_is_kept_to_a_block() -> None:
    assert (rounded(37.7712345), rounded(-0.0001)) == (37.771, 0.0)
    assert str(rounded(-0.0001)) == "0.0"


def test_what_was_beyond_the_edge_is_news_once_it_was_gone() -> None:
    watch = a_watch([there(distance_m=1050)])
    assert watch.news_from == {1: NEVER}
    _, watch.news_from = judge(watch, [gone(observed=200)])
    assert judge(watch, [there(observed=201)])[0] is not None
    assert replace(watch).news_from == {}
