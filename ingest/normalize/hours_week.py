"""A week of hours and its exceptions, on the way to an expression."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import groupby

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY_MINUTES = 24 * 60

Span = tuple[int, int]
"""Minutes of the day; an end at or before the beginning is that of the next day."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(slots=True)
class Week:
    """Hours by day, Monday 0; a day that is not there is closed. Exceptions replace the days from first to last."""

    days: dict[int, list[Span]] = field(default_factory=dict)
    seasons: list[tuple[dt.date, dt.date, Week]] = field(default_factory=list)
    exceptions: dict[tuple[dt.date, dt.date], list[Span]] = field(default_factory=dict)

    def add(self, days: list[int], span: Span | None) -> None:
        """Add a shift, or that these days are closed; one that overlaps another replaces it, as does "closed"."""
        for day in days:
            spans = [] if span is None else [each for each in self.days.get(day, []) if not _overlap(each, span)]
            self.days[day] = spans if span is None else [*spans, span]

    def add_exception(self, first: dt.date, last: dt.date, span: Span | None) -> None:
        """Add a shift to these dates, or that they are closed."""
        spans = self.exceptions.setdefault((first, last), [])
        if span is not None and span not in spans:
            spans.append(span)

    def expression(self) -> str | None:
        """What OpenStreetMap would write; None where nothing was said."""
        rules = self._rules()
        if any(begin >= end for spans in self.days.values() for begin, end in spans):
            # Rules behind a comma add to those before: a night is not cut short by the day that follows.
            rules = [", ".join(rule for rule in rules if not rule.endswith(" off"))]
        for first, last, week in self.seasons:
            rules += [f"{_dates(first, last)} off", *(f"{_dates(first, last)} {rule}" for rule in week._rules())]
        rules += [f"{_dates(*dates)} {_shifts(spans)}" for dates, spans in self.exceptions.items()]
        return "; ".join(rules) or None

    def _rules(self) -> list[str]:
        rules = []
        for shifts, run in groupby(sorted(self.days), key=lambda day: _shifts(self.days[day])):
            rules += [f"{days} {shifts}" for days in _runs(list(run))]
        return ["24/7"] if rules == ["Mo-Su 00:00-24:00"] else rules


def _overlap(one: Span, other: Span) -> bool:
    (_, end), (later, _) = sorted((at, to if to > at else to + DAY_MINUTES) for at, to in (one, other))
    return later < end


def _runs(days: list[int]) -> list[str]:
    """``Mo-We``, ``Fr`` of 0, 1, 2, 4."""
    runs = []
    for _, group in groupby(enumerate(days), key=lambda pair: pair[1] - pair[0]):
        run = [day for _, day in group]
        runs.append(DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}")
    return runs


def _shifts(spans: list[Span]) -> str:
    return ",".join(f"{_clock(begin)}-{_clock(end)}" for begin, end in sorted(spans)) or "off"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _dates(first: dt.date, last: dt.date) -> str:
    return _date(first) if first == last else f"{_date(first)}-{_date(last)}"


def _date(date: dt.date) -> str:
    return f"{date.year} {_MONTHS[date.month - 1]} {date.day:02}"


def whole(span: Span) -> Span:
    """A span that ends when its day does, however that was written."""
    begin, end = span
    if begin == 0 and end in (0, DAY_MINUTES - 1, DAY_MINUTES):
        return 0, DAY_MINUTES
    return begin, DAY_MINUTES if end == 0 else end
