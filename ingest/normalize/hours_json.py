"""Opening hours as JSON: schema.org, Google Places and Business Profile, and UCP."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import msgspec

from ingest.normalize.hours_week import DAY_MINUTES, DAYS, Span, Week, whole

_CLOCK = re.compile(r"(\d{1,2}):?(\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_LISTS = ("openingHoursSpecification", "specialOpeningHoursSpecification", "regularHours", "specialHours", "periods",
          "specialHourPeriods", "hours", "exception_hours")  # fmt: skip
_Json = dict[str, Any] | list[Any] | str | float | bool | None
_FOREVER = (dt.date(1, 1, 1), dt.date(9999, 12, 31))


class _Odd(Exception):
    """Something there that we do not understand."""


def read_json_hours(text: str) -> str | None:
    """The expression that a JSON text means, None unless all of it was understood."""
    week = Week()
    try:
        _read(msgspec.json.decode(text), week)
    except (msgspec.DecodeError, _Odd, ValueError, KeyError, TypeError, RecursionError):
        return None
    return week.expression()


def _read(value: _Json, week: Week) -> None:
    if isinstance(value, list):
        for entry in value:
            _read(entry, week)
        return
    if not isinstance(value, dict):
        raise _Odd
    lists = [name for name in _LISTS if name in value]
    for name in lists:
        _read(value[name], week)
    if not lists:
        _read_entry(value, week)


def _read_entry(entry: dict[str, Any], week: Week) -> None:
    """One shift, or one closed day, of any of the dialects."""
    first, last = _dates(entry)
    named = next((entry[name] for name in ("dayOfWeek", "day", "openDay") if name in entry), None)
    if "open" in entry and isinstance(entry["open"], dict):
        _read_google_period(entry, week)
        return
    span = _entry_span(entry)
    if named is None:
        if first is None:
            raise _Odd
        week.add_exception(first, last or first, span)
        return
    days = [_day(name) for name in (named if isinstance(named, list) else [named])]
    target = week
    if first is not None or last is not None:
        begin, end = first or _FOREVER[0], last or _FOREVER[1]
        found = next((each for at, to, each in week.seasons if (at, to) == (begin, end)), None)
        target = found or Week()
        if found is None:
            week.seasons.append((begin, end, target))
    target.add(days, span)


def _entry_span(entry: dict[str, Any]) -> Span | None:
    opens = next((entry[name] for name in ("opens", "openTime") if entry.get(name) is not None), None)
    closes = next((entry[name] for name in ("closes", "closeTime") if entry.get(name) is not None), None)
    if entry.get("closed") or (opens is None and closes is None):
        return None
    if opens is None or closes is None:
        raise _Odd
    begin, end = _minutes(opens), _minutes(closes)
    # schema.org: the same time twice, midnight, is a closed day.
    return None if "dayOfWeek" in entry and begin == end == 0 else whole((begin, end))


def _read_google_period(entry: dict[str, Any], week: Week) -> None:
    opens, closes = entry["open"], entry.get("close")
    # Places: Sunday is 0; no end at all is open always.
    day = (int(opens["day"]) + 6) % 7
    if closes is None:
        week.add(list(range(7)), (0, DAY_MINUTES))
        return
    week.add([day], whole((_minutes(opens), _minutes(closes))))


def _dates(entry: dict[str, Any]) -> tuple[dt.date | None, dt.date | None]:
    said = [
        next((entry[name] for name in names if entry.get(name) is not None), None)
        for names in (("validFrom", "valid_from", "startDate"), ("validThrough", "valid_through", "endDate"))
    ]
    first, last = (None if each is None else _date(each) for each in said)
    return first, last


def _date(value: dict[str, Any] | str) -> dt.date:
    if isinstance(value, dict):
        return dt.date(value["year"], value["month"], value["day"])
    return dt.date.fromisoformat(value[:10])


def _minutes(value: dict[str, Any] | str) -> int:
    if isinstance(value, dict) and "time" not in value:
        hour, minute = (value.get(f"{name}s", value.get(name, 0)) for name in ("hour", "minute"))
        value = f"{hour:02}:{minute:02}"
    found = _CLOCK.fullmatch(value["time"] if isinstance(value, dict) else value)
    if found is None or int(found[1]) > 24 or int(found[2]) > 59:
        raise _Odd
    return int(found[1]) * 60 + int(found[2])


def _day(name: str) -> int:
    return DAYS.index(re.split("[/#]", name)[-1][:2].capitalize())
