"""A store's hours as a week and the days that differ from it: what a protocol takes that knows no expressions.

A timetable is made from what the hours say of the next twelve weeks, minute for minute, so that whoever evaluates it
comes to the same: an interval that closes before it opens ends on the next day, unless that day is an exception, which
counts from midnight on.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from inventory_api.domain.hours import Schedule, Span, schedule_of
from inventory_api.domain.store import Store

DAYS = 84
"""How far ahead exceptions are told."""

FULL_DAY = 1_440
_DAY = dt.timedelta(days=1)

Shift = tuple[int, int]
"""Opens and closes, in minutes of the day; ``(0, FULL_DAY)`` is the whole day, closing at or before opening is the
next day's."""

Shifts = tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class DayException:
    """Days from ``first`` to ``last`` (both included) on which these shifts count instead; none: closed."""

    first: dt.date
    last: dt.date
    shifts: Shifts


@dataclass(frozen=True, slots=True)
class Timetable:
    """``week`` has the shifts that begin on each day, from Monday; None where no week is like the others."""

    week: tuple[Shifts, ...] | None
    exceptions: tuple[DayException, ...]


def timetable_of(store: Store, now: dt.datetime) -> Timetable | None:
    """The timetable from the store's yesterday on, None where the hours are not known or say nothing for certain.

    A time of which the hours say nothing ("by appointment") counts as closed: nobody is sent there. 0.5 ms, or 2 for
    many shifts; remembered by the day, for all stores that keep the same hours.

    Args:
        store: A store.
        now: Aware.
    """
    schedule = schedule_of(store)
    return None if schedule is None else _timetable(schedule, now.astimezone(schedule.zone).date() - _DAY)


@lru_cache(maxsize=4_096)
def _timetable(schedule: Schedule, first: dt.date) -> Timetable | None:
    # A day more on both sides: what began before, and what ends after.
    spans = schedule.spans(first - _DAY, first + DAYS * _DAY)
    is_open = [span for span in spans if span.is_open]
    if not is_open and any(span.is_open is None for span in spans):
        return None
    days = [first + n * _DAY for n in range(DAYS)]
    begun = _begun(_joined(is_open))
    week = _usual(begun, days)
    lit = {day: _lit(begun.get(day, ()), begun.get(day - _DAY, ())) for day in days}
    exceptions: list[DayException] = []
    for day in days:
        if week is None:
            is_usual = False
        else:
            # What an exception lists ends at midnight, so nothing comes over from one.
            is_after_exception = bool(exceptions) and exceptions[-1].last == day - _DAY
            over = () if is_after_exception else week[(day - _DAY).weekday()]
            is_usual = lit[day] == _lit(week[day.weekday()], over)
        if not is_usual:
            exceptions.append(DayException(day, day, tuple((a, 0 if b == FULL_DAY and a else b) for a, b in lit[day])))
    return Timetable(week, tuple(_merged(exceptions)))


def _joined(spans: list[Span]) -> list[tuple[dt.datetime, dt.datetime]]:
    """Times that it is open without a break."""
    joined: list[tuple[dt.datetime, dt.datetime]] = []
    for span in spans:
        if joined and joined[-1][1] == span.begin:
            joined[-1] = joined[-1][0], span.end
        else:
            joined.append((span.begin, span.end))
    return joined


def _begun(times: list[tuple[dt.datetime, dt.datetime]]) -> dict[dt.date, Shifts]:
    """The shifts that begin on each day. A time of a whole day or more is cut at midnights."""
    found: dict[dt.date, list[Shift]] = {}
    for begin, end in times:
        cuts = [begin, end]
        if end - begin >= _DAY:
            midnight = dt.datetime.combine(begin, dt.time()) + _DAY
            while midnight < end:
                cuts.insert(-1, midnight)
                midnight += _DAY
        for since, until in pairwise(cuts):
            is_whole = until - since == _DAY
            shift = (0, FULL_DAY) if is_whole else (_minute(since), _minute(until))
            found.setdefault(since.date(), []).append(shift)
    return {day: tuple(shifts) for day, shifts in found.items()}


def _minute(at: dt.datetime) -> int:
    return at.hour * 60 + at.minute


def _usual(begun: dict[dt.date, Shifts], days: list[dt.date]) -> tuple[Shifts, ...] | None:
    """For each day of the week the shifts that most of them have; None where one has none that half of them have."""
    week = []
    for weekday in range(7):
        counted = Counter(begun.get(day, ()) for day in days if day.weekday() == weekday)
        shifts, count = counted.most_common(1)[0]
        if 2 * count < counted.total():
            return None
        week.append(shifts)
    return tuple(week)


def _lit(own: Shifts, before: Shifts) -> Shifts:
    """When it is open within one day: by the shifts that begin on it, and those of the day before that go on."""
    over = [(0, closes) for opens, closes in before if 0 < closes <= opens]
    here = [(opens, closes if closes > opens else FULL_DAY) for opens, closes in own]
    lit: list[Shift] = []
    for opens, closes in sorted(over + here):
        if lit and lit[-1][1] >= opens:
            lit[-1] = lit[-1][0], max(lit[-1][1], closes)
        else:
            lit.append((opens, closes))
    return tuple(lit)


def _merged(exceptions: list[DayException]) -> list[DayException]:
    """Neighboring days with the same shifts as one."""
    merged: list[DayException] = []
    for one in exceptions:
        before = merged[-1] if merged else None
        if before is not None and before.last + _DAY == one.first and before.shifts == one.shifts:
            merged[-1] = DayException(before.first, one.last, one.shifts)
        else:
            merged.append(one)
    return merged
