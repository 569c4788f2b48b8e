"""When a store is open: an opening hours expression of OpenStreetMap, evaluated in the store's own zone.

The expression is the one structured form that we keep (weeks, split shifts, past midnight, seasons, holidays,
single dates); feeds write hours in a dozen others, which become it on the way in.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import opening_hours
import tzfpy

from inventory_api.domain.store import Store

ALWAYS = dt.datetime.max.replace(tzinfo=dt.UTC)
"""``until`` of a state that never changes."""

# The library takes no other zone than one with a key.
_UTC = ZoneInfo("UTC")
_SUN = re.compile("sun(rise|set)|dawn|dusk")
# The exceptions are missing in the library's own stubs.
_ParserError: type[Exception] = opening_hours.ParserError  # type: ignore[attr-defined]
_UnknownCountryError: type[Exception] = opening_hours.UnknownCountryError  # type: ignore[attr-defined]
_MINUTE = dt.timedelta(minutes=1)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether a store is open, from ``since`` (when it was asked first) to ``until``, exclusive.

    ``is_open`` is None where the hours do not say, as for "by appointment". ``opens_at`` and ``closes_at`` are the
    next times it opens or closes, in the store's zone; None where it never does, or is open or closed already.
    """

    is_open: bool | None
    since: dt.datetime
    until: dt.datetime
    opens_at: dt.datetime | None = None
    closes_at: dt.datetime | None = None


class Span(NamedTuple):
    """From ``begin`` to ``end`` on the clock of the wall, what hours say; None where they do not."""

    begin: dt.datetime
    end: dt.datetime
    is_open: bool | None


class Schedule:
    """The hours of one store, or of all that keep the same ones in the same zone."""

    def __init__(self, expression: str, zone: ZoneInfo, country: str | None, place: tuple[float, float] | None) -> None:
        # The library asks a place for its sun only where it may ask it for its zone, too; ours is the one that counts.
        by_sun = place is not None
        try:
            self._hours = opening_hours.OpeningHours(expression, zone, country, place, False, by_sun)
        except _UnknownCountryError:
            # Public holidays are not known there: a rule for them matches no day.
            self._hours = opening_hours.OpeningHours(expression, zone, None, place, False, by_sun)
        self.zone = zone
        self._last: Opening | None = None

    def at(self, instant: dt.datetime) -> Opening:
        """The state at an aware instant; 0.2 us while it lasts, about 10 us when it has changed."""
        last = self._last
        if last is None or not last.since <= instant < last.until:
            last = self._last = self._look(instant)
        return last

    def is_open(self, instant: dt.datetime) -> bool | None:
        """Whether it is open at an aware instant, None where the hours do not say; about 3 us."""
        state, comment = self._hours.state(instant.astimezone(_UTC))
        # A comment is a condition ("by appointment"): nobody can be sent there.
        if state == opening_hours.State.UNKNOWN or comment:
            return None
        return state == opening_hours.State.OPEN

    def spans(self, first: dt.date, last: dt.date) -> list[Span]:
        """What it says of these days, both included, by the clock on the wall; about 3 us a change."""
        begin, end = (dt.datetime.combine(day, dt.time(), self.zone) for day in (first, last + _DAY))
        spans: list[Span] = []
        for since, until, state, comment in self._hours.intervals(begin, end):
            is_unknown = state == opening_hours.State.UNKNOWN or bool(comment)
            is_open = None if is_unknown else state == opening_hours.State.OPEN
            # An interval may begin before the first day, and end behind the last.
            spans.append(Span(max(since, begin).replace(tzinfo=None), min(until, end).replace(tzinfo=None), is_open))
        return spans

    def _look(self, instant: dt.datetime) -> Opening:
        is_open = self.is_open(instant)
        until = self._change(instant, is_open)
        change = None if until is None else until.astimezone(self.zone)
        if is_open:
            return Opening(True, instant, until or ALWAYS, closes_at=change)
        opens = change if until is not None and self.is_open(until) else None
        return Opening(is_open, instant, until or ALWAYS, opens_at=opens if is_open is False else None)

    def _change(self, instant: dt.datetime, is_open: bool | None) -> dt.datetime | None:
        """The first instant at which the clock on the wall says something else."""
        now = instant
        while True:
            again = self._clocks_go_back(now)
            until = self._next(now)
            if again is not None and (until is None or again < until):
                until = again
            # The library tells open apart from open with a comment, and an hour that comes twice is told twice.
            if until is None or self.is_open(until) != is_open:
                return until
            now = until

    def _next(self, now: dt.datetime) -> dt.datetime | None:
        found = self._hours.next_change(now.astimezone(_UTC))
        if found is None:
            return None
        # A time that comes twice is told as the second: the first counts, unless it is past.
        first = found.replace(fold=0).astimezone(dt.UTC)
        return first if first > now else found.astimezone(dt.UTC)

    def _clocks_go_back(self, now: dt.datetime) -> dt.datetime | None:
        """When the hour on the wall, if it is one that comes twice, begins for the second time."""
        wall = now.astimezone(self.zone)
        if wall.fold or wall.utcoffset() == wall.replace(fold=1).utcoffset():
            return None
        begin = now.replace(second=0, microsecond=0)
        while not begin.astimezone(self.zone).fold:
            begin += _MINUTE
        return begin.astimezone(dt.UTC)


def spelled(text: str) -> str | None:
    """An expression as this product keeps it, None where the text is none."""
    try:
        return str(opening_hours.OpeningHours(text, None, None, None, False, False))
    except _ParserError:
        return None


def opening_of(store: Store, instant: dt.datetime) -> Opening | None:
    """Whether a store is open at an instant and when that changes, None where its hours or its zone are unknown."""
    schedule = schedule_of(store)
    return None if schedule is None else schedule.at(instant)


def is_open(store: Store, instant: dt.datetime) -> bool | None:
    """Whether a store is open at an instant, None where that is not known; about 4 us."""
    schedule = schedule_of(store)
    return None if schedule is None else schedule.is_open(instant)


def schedule_of(store: Store) -> Schedule | None:
    """A store's hours, None where they or its zone are not known; about a microsecond."""
    if not store.hours or store.timezone is None:
        return None
    place = None
    if store.latitude is not None and store.longitude is not None and _SUN.search(store.hours):
        place = (store.latitude, store.longitude)
    return _schedule(store.hours, store.timezone, store.country, place)


def with_zone(store: Store) -> Store:
    """The store with the IANA zone of its position, where its retailer named none."""
    if store.timezone is not None or store.latitude is None or store.longitude is None:
        return store
    return replace(store, timezone=zone_at(latitude=store.latitude, longitude=store.longitude))


def zone_at(*, latitude: float, longitude: float) -> str | None:
    """The IANA name of the zone of a position, None where there is none."""
    return tzfpy.get_tz(longitude, latitude) or None


@lru_cache(maxsize=65_536)
def _schedule(expression: str, zone: str, country: str | None, place: tuple[float, float] | None) -> Schedule | None:
    try:
        return Schedule(expression, ZoneInfo(zone), country, place)
    except (_ParserError, ZoneInfoNotFoundError):
        # Understood by another version than ours, of the library or of the zones: unknown is the honest answer.
        return None
