"""Opening hours against a plain reading of the clock on the wall."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory_api.domain.hours import is_open, opening_of, schedule_of, with_zone
from inventory_api.domain.store import Store

SHOP = Store(1, "acme", "1", 0, "Shop", country="US", timezone="America/New_York", latitude=40.7, longitude=-74.0)
ZONES = ("America/New_York", "Europe/Berlin", "Asia/Karachi", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MINUTE = dt.timedelta(minutes=1)

Shift = tuple[int, int]


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def shop(hours: str, **fields: object) -> Store:
    return replace(SHOP, hours=hours, **fields)  # type: ignore[arg-type]


def wall_is_open(week: dict[int, Shift], wall: dt.datetime) -> bool:
    """What the shifts, in minutes of their day, say of a time on the wall."""
    minute, day = wall.hour * 60 + wall.minute, wall.weekday()
    today, yesterday = week.get(day), week.get((day - 1) % 7)
    if today is not None and today[0] <= minute < (today[1] if today[1] > today[0] else today[1] + 1440):
        return True
    return yesterday is not None and yesterday[1] <= yesterday[0] and minute + 1440 < yesterday[1] + 1440


quarters = st.integers(0, 95).map(lambda n: n * 15)
shifts = st.tuples(quarters, quarters).filter(lambda pair: pair[0] != pair[1])
weeks = st.dictionaries(st.integers(0, 6), shifts, min_size=1)
# The nights on which clocks change in one of the zones, and any other time of a year.
instants = st.one_of(
    st.integers(0, 366 * 1440).map(lambda minute: at("2026-01-01T00:00Z") + minute * MINUTE),
    st.builds(
        lambda night, minute: at(night) + minute * MINUTE,
        st.sampled_from(["2026-03-08T00:00Z", "2026-11-01T00:00Z", "2026-03-29T00:00Z", "2026-10-25T00:00Z"]),
        st.integers(-720, 1440),
    ),
    st.builds(lambda minute: at("2026-04-04T12:00Z") + minute * MINUTE, st.integers(0, 600)),
)


@settings(max_examples=400, deadline=None)
@given(weeks, st.sampled_from(ZONES), instants)
def test_what_is_told_is_what_the_clock_on_the_wall_says(week: dict[int, Shift], zone: str, now: dt.datetime) -> None:
    def clock(minutes: int) -> str:
        return f"{minutes // 60:02}:{minutes % 60:02}"

    def expected(instant: dt.datetime) -> bool:
        return wall_is_open(week, instant.astimezone(ZoneInfo(zone)))

    hours = "; ".join(f"{DAYS[day]} {clock(begin)}-{clock(end)}" for day, (begin, end) in sorted(week.items()))
    # A later rule of a day would take away what is left of the night before: shifts are added, not replaced.
    store = shop(hours.replace(";", ","), timezone=zone)
    opening = opening_of(store, now)
    assert opening is not None
    assert opening.is_open is expected(now)
    assert is_open(store, now) is expected(now)
    change = now
    for _ in range(8 * 1440):
        change += MINUTE
        if expected(change) is not expected(now):
            break
    else:
        change = dt.datetime.max.replace(tzinfo=dt.UTC)
    assert opening.until == change
    told = opening.closes_at if opening.is_open else opening.opens_at
    # Python calls a time that comes twice unequal to any time of another zone (PEP 495).
    assert told is None if change.year == 9999 else told is not None and told.astimezone(dt.UTC) == change


@pytest.mark.parametrize(
    ("hours", "instant", "expected"),
    [
        ("24/7", "2026-11-05T03:00Z", (True, None, None)),
        ("Mo-Fr 09:00-17:00", "2026-11-05T21:59:59Z", (True, None, "2026-11-05T17:00:00-05:00")),
        ("Mo-Fr 09:00-17:00", "2026-11-05T22:00Z", (False, "2026-11-06T09:00:00-05:00", None)),
        ("Mo-Su 18:00-02:00", "2026-11-06T06:30Z", (True, None, "2026-11-06T02:00:00-05:00")),
        ("Mo-Fr 09:00-12:00,14:00-18:00", "2026-11-05T18:00Z", (False, "2026-11-05T14:00:00-05:00", None)),
        ("Mo-Fr 09:00-17:00; PH off", "2026-11-26T16:00Z", (False, "2026-11-27T09:00:00-05:00", None)),
        ("Mo-Su 09:00-17:00; 2026 Nov 05 off", "2026-11-05T16:00Z", (False, "2026-11-06T09:00:00-05:00", None)),
        ("Mo-Su 09:00-17:00; 2026 Nov 05 10:00-11:00", "2026-11-05T15:30Z", (True, None, "2026-11-05T11:00:00-05:00")),
        ("off", "2026-11-05T16:00Z", (False, None, None)),
        # Clocks go forward at two: a shop that opens at half past two opens at three.
        ("Mo-Su 02:30-10:00", "2026-03-08T06:59Z", (False, "2026-03-08T03:00:00-04:00", None)),
        # Clocks go back at two: one o'clock comes twice, a shop that closes at half past one closes at the first.
        ("Sa 20:00-24:00, Su 00:00-01:30", "2026-11-01T05:10Z", (True, None, "2026-11-01T01:30:00-04:00")),
        ('Mo-Su 09:00-17:00 "by appointment"', "2026-11-05T16:00Z", (None, None, None)),
        ("Mo-Fr 09:00-17:00 unknown", "2026-11-05T16:00Z", (None, None, None)),
    ],
)
def test_moments(hours: str, instant: str, expected: tuple[object, ...]) -> None:
    opening = opening_of(shop(hours), at(instant))
    assert opening is not None
    told = (opening.opens_at, opening.closes_at)
    assert (opening.is_open, *(moment and moment.isoformat() for moment in told)) == expected


def test_the_same_instant_in_two_zones() -> None:
    now = at("2026-11-05T15:00Z")
    assert is_open(shop("Mo-Fr 09:00-17:00"), now) is True
    assert is_open(shop("Mo-Fr 09:00-17:00", timezone="America/Los_Angeles"), now) is False


def test_a_country_without_known_holidays_has_none() -> None:
    assert is_open(shop("Mo-Fr 09:00-17:00; PH off", country="XX"), at("2026-11-26T16:00Z")) is True


@pytest.mark.parametrize("fields", [{"hours": None}, {"hours": ""}, {"timezone": None}, {"timezone": "Mars/Base"}])
def test_what_is_not_known_is_neither_open_nor_closed(fields: dict[str, str | None]) -> None:
    store = replace(shop("24/7"), **fields)  # type: ignore[arg-type]
    assert (is_open(store, at("2026-11-05T16:00Z")), opening_of(store, at("2026-11-05T16:00Z"))) == (None, None)


def test_hours_that_another_version_wrote_are_unknown() -> None:
    assert schedule_of(shop("every full moon")) is None


def test_the_zone_of_a_store_is_its_own_or_that_of_its_position() -> None:
    assert with_zone(SHOP) is SHOP
    assert with_zone(replace(SHOP, timezone=None)).timezone == "America/New_York"
    assert with_zone(replace(SHOP, timezone=None, latitude=31.5, longitude=74.3)).timezone == "Asia/Karachi"
    assert with_zone(replace(SHOP, timezone=None, latitude=None, longitude=None)).timezone is None


def test_the_sun_rises_where_the_store_is() -> None:
    # 05:27 is New York's sunrise on that day; a fixed 07:00 is what the library says of a place that it was not told.
    opening = opening_of(shop("sunrise-sunset"), at("2026-06-30T06:00Z"))
    assert opening is not None
    assert opening.opens_at is not None
    assert abs(opening.opens_at - at("2026-06-30T09:27Z")) <= 5 * MINUTE
