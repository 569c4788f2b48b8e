"""A timetable, read by the rules of the Universal Commerce Protocol, says what the hours say."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory_api.domain.hours import is_open
from inventory_api.domain.store import Store
from inventory_api.domain.timetable import DAYS, FULL_DAY, DayException, Timetable, timetable_of

SHOP = Store(1, "acme", "1", 0, "Shop", country="US", timezone="America/New_York", latitude=40.7, longitude=-74.0)
TODAY = dt.date(2026, 11, 20)
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("America/New_York"))
DAY = dt.timedelta(days=1)
NINE, FIVE = 9 * 60, 17 * 60
OFFICE = ((NINE, FIVE),)


def timetable(hours: str) -> Timetable:
    made = timetable_of(replace(SHOP, hours=hours), NOON)
    assert made is not None
    return made


def is_open_by(table: Timetable, wall: dt.datetime) -> bool:
    """A platform's reading: the regular day and what comes over from the day before, or the exception."""
    day, minute = wall.date(), wall.hour * 60 + wall.minute
    own, before = (_shifts_on(table, date) for date in (day, day - DAY))
    if own is None:
        return False
    for opens, closes in own[0]:
        if opens <= minute < (closes if closes > opens else FULL_DAY):
            return True
    return not own[1] and before is not None and any(c <= o and minute < c for o, c in before[0])


def _shifts_on(table: Timetable, day: dt.date) -> tuple[tuple[tuple[int, int], ...], bool] | None:
    """The shifts that begin on a day, and whether it is an exception."""
    for exception in table.exceptions:
        if exception.first <= day <= exception.last:
            return exception.shifts, True
    return None if table.week is None else (table.week[day.weekday()], False)


@pytest.mark.parametrize(
    "hours",
    [
        "Mo-Fr 09:00-17:00", "24/7", "Mo-Su 22:00-06:00", "Fr,Sa 18:00-02:00; Su 10:00-14:00", "Sa-Su 00:00-24:00",
        "Mo-Fr 09:00-12:00,13:00-17:00; PH off", "Fr-Sa 20:00-03:00; Nov 28 off", "Mo-Su 09:00-24:00; Dec 25 off",
        "Mo 09:00-24:00; Tu 00:00-24:00; We 00:00-05:00", "Dec 10:00-22:00; Nov 09:00-18:00", "off",
        "Mo-Fr 08:00-20:00; Dec 24-Jan 1 10:00-14:00,16:00-18:00", 'Mo-Fr 09:00-17:00; Sa "by appointment"',
        "sunrise-sunset", "2026 Dec 1-2027 Feb 1 10:00-18:00",
    ],
)  # fmt: skip
def test_every_quarter_of_an_hour_is_as_the_hours_say(hours: str) -> None:
    store, table, zone = replace(SHOP, hours=hours), timetable(hours), ZoneInfo("America/New_York")
    wall = dt.datetime.combine(TODAY, dt.time())
    while wall.date() < TODAY + (DAYS - 1) * DAY:
        told = is_open(store, wall.replace(tzinfo=zone))
        assert is_open_by(table, wall) == bool(told), wall
        wall += dt.timedelta(minutes=15)


quarters = st.integers(0, 95).map(lambda n: n * 15)
weeks = st.dictionaries(st.integers(0, 6), st.tuples(quarters, quarters).filter(lambda s: s[0] != s[1]), min_size=1)


@settings(max_examples=40, deadline=None)
@given(weeks, st.sampled_from(["", "; Nov 26 off", "; Nov 27-29 10:00-14:00"]))
def test_any_week_with_any_exception_is_told_as_it_is(week: dict[int, tuple[int, int]], exception: str) -> None:
    def clock(minutes: int) -> str:
        return f"{minutes // 60:02}:{minutes % 60:02}"

    names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    rules = ", ".join(f"{names[day]} {clock(opens)}-{clock(closes)}" for day, (opens, closes) in sorted(week.items()))
    store = replace(SHOP, hours=rules + exception, timezone="UTC")
    table = timetable_of(store, NOON)
    assert table is not None
    for quarter in range(14 * 96):
        wall = dt.datetime.combine(TODAY, dt.time()) + quarter * dt.timedelta(minutes=15)
        assert is_open_by(table, wall) == is_open(store, wall.replace(tzinfo=dt.UTC)), (rules + exception, wall)


def test_a_holiday_is_an_exception_and_the_week_stays() -> None:
    table = timetable("Mo-Fr 09:00-17:00; Nov 26 off")
    assert table.week == (OFFICE,) * 5 + ((),) * 2
    assert table.exceptions == (DayException(dt.date(2026, 11, 26), dt.date(2026, 11, 26), ()),)


def test_days_with_the_same_exception_are_one_range() -> None:
    (one,) = timetable("Mo-Su 09:00-17:00; Dec 24-26 10:00-14:00").exceptions
    assert (one.first, one.last, one.shifts) == (dt.date(2026, 12, 24), dt.date(2026, 12, 26), ((600, 840),))


def test_a_night_belongs_to_the_day_that_it_begins_on() -> None:
    assert timetable("Fr 18:00-02:00").week == ((),) * 4 + (((18 * 60, 120),), (), ())


def test_a_day_without_a_break_is_the_whole_day() -> None:
    assert timetable("24/7") == Timetable((((0, FULL_DAY),),) * 7, ())


def test_closing_at_midnight_is_not_a_whole_day() -> None:
    assert timetable("09:00-24:00").week == (((NINE, 0),),) * 7


def test_hours_that_follow_the_sun_have_no_usual_week() -> None:
    table = timetable("sunrise-sunset")
    assert table.week is None
    assert len(table.exceptions) > DAYS / 3


@pytest.mark.parametrize("hours", ["", None, '"by appointment"'])
def test_what_is_not_known_has_no_timetable(hours: str | None) -> None:
    assert timetable_of(replace(SHOP, hours=hours), NOON) is None
