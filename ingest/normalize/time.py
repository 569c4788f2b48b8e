"""Times of rows: whole seconds of the index, whatever zone or form they were written in."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo

import numpy as np
from numpy.typing import NDArray

from ingest.normalize.cells import Cells, Residue, Texts, factorize
from inventory_api.domain.arrays import Ints, Mask
from inventory_api.domain.stock import EPOCH, to_observed

CODES = ("timestamp_invalid", "timestamp_future", "timestamp_no_timezone")
INVALID, FUTURE, NO_ZONE = (1 << index for index in range(len(CODES)))
MAX_AHEAD_S = 600

BLANK, INSTANT, LOCAL, UNREADABLE = range(4)
"""Kinds of moment: nothing said, seconds since the epoch in UTC, the same on a wall clock, not read."""

_EPOCH_DAY = dt.date(2020, 1, 1).toordinal()
_QUARTER_S = 900
_MOMENT = re.compile(
    r"""(?:([0-9]{4})-([0-9]{1,2})-([0-9]{1,2}) | ([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})
       | ([0-9]{4})([0-9]{2})([0-9]{2}) | ([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4}) | ([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}))
    (?:(?:T|[ ]+)([0-9]{1,2}):?([0-9]{2})(?::?([0-9]{2})(?:[.,][0-9]+)?)?[ ]*([AP]M)?
       [ ]*(Z|UTC|GMT|[+\-\u2212][0-9]{2}(?::?[0-9]{2})?)?)?""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_EPOCH_S = re.compile(r"[0-9]{10}(?:[0-9]{3})?")


class Zones:
    """Time zones by small numbers, 0 for none or unknown, and their offsets, looked up once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._zones: list[zoneinfo.ZoneInfo | None] = [None]
        self._offsets: dict[tuple[int, int], int] = {}

    def number(self, name: str | None) -> int:
        """The number of an IANA zone."""
        if not name:
            return 0
        if name not in self._numbers:
            zone = find_zone(name)
            self._numbers[name] = len(self._zones) if zone else 0
            if zone:
                self._zones.append(zone)
        return self._numbers[name]

    def get(self, number: int) -> zoneinfo.ZoneInfo | None:
        """The zone of a number; None for 0."""
        return self._zones[number]

    def offset_s(self, number: int, local_s: int) -> int:
        """``offset_s`` of a zone's number; offsets change at quarters of an hour only."""
        key = (number, local_s // _QUARTER_S)
        if key not in self._offsets:
            zone = self._zones[number]
            self._offsets[key] = 0 if zone is None else offset_s(zone, local_s)
        return self._offsets[key]


def find_zone(name: str) -> zoneinfo.ZoneInfo | None:
    """The IANA zone of a name, None where there is none."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def offset_s(zone: zoneinfo.ZoneInfo, local_s: int) -> int:
    """Seconds that a wall clock is ahead of UTC; at an hour that comes twice, as the second time."""
    wall = dt.datetime(2020, 1, 1) + dt.timedelta(seconds=local_s)
    offsets = (wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return min(int(offset.total_seconds()) for offset in offsets if offset is not None)


def parse_moment(text: str, date_order: str | None = None) -> tuple[int, int]:
    """Read one time, as far as that needs no zone.

    Args:
        text: A trimmed cell.
        date_order: ``mdy`` or ``dmy``; None refuses ``11/05/2026``. Dots are always day-first.

    Returns:
        Seconds since the epoch of the index, and the kind of moment. A date is its first second.
    """
    if text == "":
        return 0, BLANK
    if _EPOCH_S.fullmatch(text):
        return (int(text) // 1000 if len(text) > 10 else int(text)) - EPOCH, INSTANT
    match = _MOMENT.fullmatch(text)
    if match is None:
        return 0, UNREADABLE
    parts = match.groups()
    date = _date(parts[:15], date_order)
    hour, minute, second = (int(part or 0) for part in parts[15:18])
    if parts[18]:
        if not 1 <= hour <= 12:
            return 0, UNREADABLE
        hour = hour % 12 + 12 * (parts[18].upper() == "PM")
    if date is None or hour > 23 or minute > 59 or second > 59 or not 1970 <= date.year <= 2999:
        return 0, UNREADABLE
    seconds = (date.toordinal() - _EPOCH_DAY) * 86_400 + hour * 3600 + minute * 60 + second
    if parts[19] is None:
        return seconds, LOCAL
    offset = _written_offset_s(parts[19])
    return (0, UNREADABLE) if offset is None else (seconds - offset, INSTANT)


def _date(parts: tuple[str | None, ...], date_order: str | None) -> dt.date | None:
    first = next(index for index in range(0, 15, 3) if parts[index])
    a, b, c = (int(part or 0) for part in parts[first : first + 3])
    is_slash, is_dotted = first == 12, first == 9
    if is_slash and date_order not in ("mdy", "dmy"):
        return None
    if is_dotted or (is_slash and date_order == "dmy"):
        a, b, c = c, b, a
    elif is_slash:
        a, b, c = c, a, b
    try:
        return dt.date(a, b, c)
    except ValueError:
        return None


def _written_offset_s(zone: str) -> int | None:
    if zone.upper() in ("Z", "UTC", "GMT"):
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        return None
    return (hours * 3600 + minutes * 60) * (1 if zone[0] == "+" else -1)


def parse_time(
    text: str, zone: zoneinfo.ZoneInfo | None, received_at: dt.datetime, date_order: str | None = None
) -> tuple[int, tuple[str, ...]]:
    """Read one time.

    Args:
        text: A trimmed cell; blank says nothing.
        zone: Zone of the store, else of the feed, for times that name none.
        received_at: A time more than ten minutes later is clamped to this.
        date_order: As in ``parse_moment``.

    Returns:
        Observed time, at least 1, or 0 where the cell is blank or cannot be read; and the codes.
    """
    seconds, kind = parse_moment(text, date_order)
    if kind == BLANK:
        return 0, ()
    if kind == UNREADABLE or (kind == LOCAL and zone is None):
        return 0, ("timestamp_invalid",)
    codes: tuple[str, ...] = ()
    if kind == LOCAL and zone is not None:
        seconds -= offset_s(zone, seconds)
        codes = ("timestamp_no_timezone",)
    received = to_observed(received_at)
    if seconds > received + MAX_AHEAD_S:
        return received, (*codes, "timestamp_future")
    return max(1, seconds), codes


class TimeReader:
    """``parse_time`` for whole columns of one feed."""

    def __init__(self, zones: Zones, received_at: dt.datetime, date_order: str | None = None) -> None:
        self._zones = zones
        self._received = to_observed(received_at)
        self._residue = Residue(lambda text: parse_moment(text, date_order))

    def read(self, cells: Cells, zone: NDArray[np.integer]) -> tuple[Ints, NDArray[np.uint8]]:
        """Observed time and code bits of each row, given the number of its zone."""
        moments, kinds = self._moments(cells.texts)
        seconds, kind = cells.spread(moments), cells.spread(kinds)
        invalid = kind == UNREADABLE
        no_zone = kind == LOCAL
        if no_zone.any():
            invalid |= no_zone & (zone == 0)
            no_zone &= ~invalid
            rows = np.flatnonzero(no_zone)
            seconds = seconds.copy()
            seconds[rows] -= self._offsets(seconds[rows], zone[rows].astype(np.int64))
        future = (seconds > self._received + MAX_AHEAD_S) & (kind != BLANK) & ~invalid
        observed = np.where(future, self._received, np.maximum(seconds, 1))
        observed[invalid | (kind == BLANK)] = 0
        return observed, (invalid * INVALID + future * FUTURE + no_zone * NO_ZONE).astype(np.uint8)

    def _moments(self, texts: Texts) -> tuple[Ints, NDArray[np.uint8]]:
        seconds, is_plain, is_local = _read_iso(texts)
        blank = texts.length == 0
        kinds = np.where(is_local, LOCAL, INSTANT).astype(np.uint8)
        kinds[blank] = BLANK
        self._residue.read_into(texts, ~(is_plain | blank), seconds, kinds)
        return seconds, kinds

    def _offsets(self, local_s: Ints, zone: Ints) -> Ints:
        if len(local_s) == 0:
            return local_s
        quarter = local_s // _QUARTER_S
        lowest = int(quarter.min())
        span = int(quarter.max()) - lowest + 1
        first, number = factorize(zone * span + (quarter - lowest))
        offsets = [self._zones.offset_s(int(zone[row]), int(local_s[row])) for row in first]
        return np.array(offsets, np.int64)[number]


def _read_iso(texts: Texts) -> tuple[Ints, Mask, Mask]:
    """Read ``2026-11-05T06:00:00`` with nothing, ``Z``, ``.123Z`` or ``-05:00`` behind it.

    Returns:
        Seconds since the epoch, where the text has this form, and where it names no zone.
    """
    length = texts.length
    is_plain = (length == 19) | (length == 20) | (length == 24) | (length == 25)
    if not is_plain.any():
        return np.zeros(len(texts), np.int64), is_plain, is_plain.copy()

    def at(position: int) -> NDArray[np.uint8]:
        return texts.data.take(texts.start + position, mode="clip")

    def two(position: int, where: Mask | None = None) -> NDArray[np.int32]:
        nonlocal is_plain
        tens, units = at(position) - np.uint8(48), at(position + 1) - np.uint8(48)
        is_digits = (tens < 10) & (units < 10)
        is_plain &= is_digits if where is None else is_digits | ~where
        return tens.astype(np.int32) * 10 + units

    separator = at(10)
    is_plain &= (at(4) == ord("-")) & (at(7) == ord("-")) & (at(13) == ord(":")) & (at(16) == ord(":"))
    is_plain &= (separator == ord("T")) | (separator == ord(" "))
    year = two(0) * 100 + two(2)
    month, day, hour, minute, second = (two(position) for position in (5, 8, 11, 14, 17))
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    in_month = _DAYS_IN_MONTH.take(month, mode="clip") + (is_leap & (month == 2))
    is_plain &= (year >= 1970) & (year <= 2999) & (month <= 12) & (day >= 1) & (day <= in_month)
    is_plain &= (hour < 24) & (minute < 60) & (second < 60)
    days = _days(year, month, day)
    seconds = days * 86_400 + hour * 3600 + minute * 60 + second

    marker = at(19)
    has_offset = length == 25
    if has_offset.any():
        ahead_h, ahead_min = two(20, has_offset), two(23, has_offset)
        is_offset = ((marker == ord("+")) | (marker == ord("-"))) & (at(22) == ord(":"))
        is_plain &= ~has_offset | (is_offset & (ahead_h < 24) & (ahead_min < 60))
        ahead_s = (ahead_h * 3600 + ahead_min * 60) * np.where(marker == ord("-"), -1, 1)
        seconds -= np.where(has_offset, ahead_s, 0)
    is_plain &= (length != 20) | (marker == ord("Z"))
    has_millis = length == 24
    if has_millis.any():
        two(20, has_millis)
        two(21, has_millis)
        is_plain &= ~has_millis | ((marker == ord(".")) & (at(23) == ord("Z")))
    return seconds, is_plain, length == 19


_DAYS_IN_MONTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0], np.int32)


def _days(year: NDArray[np.int32], month: NDArray[np.int32], day: NDArray[np.int32]) -> Ints:
    """Days since 2020-01-01 of dates in the Gregorian calendar; March begins the year in here."""
    shifted = year - (month <= 2)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    days = 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + of_year
    return days.astype(np.int64) - _MARCH_BASED_EPOCH


_MARCH_BASED_EPOCH = 365 * 2019 + 2019 // 4 - 2019 // 100 + 2019 // 400 + 306
