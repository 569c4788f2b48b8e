"""Opening hours in free English: days and times in either order, with or without am and pm."""

from __future__ import annotations

import datetime as dt
import re

from ingest.normalize.hours_week import DAY_MINUTES, DAYS, Span, Week, whole

_EVERY_DAY = list(range(7))
_DAY = r"mon(?:day)?|tues?(?:day)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_TIME = r"\d{1,2}(?:[:.h]?\d\d)?\s*(?:[ap]\.?\s?m\b\.?|[ap]\b)?|noon|midnight"
_TO = r"\s*(?:-|to|until|till|thru|through)\s*"
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<date>\d{{4}}-\d\d-\d\d)
    | (?P<always>24\s*/\s*7|(?:open\s+)?24\s*(?:hours|hrs|h)\b)
    | (?P<span>(?:{_TIME}){_TO}(?:{_TIME}))
    | (?P<all>(?:every\s?|all\s)days?|daily|7\s+days(?:\s+a\s+week)?)
    | (?P<week>week\s?days?)
    | (?P<end>week\s?ends?)
    | (?P<days>(?:{_DAY}|mo|tu|we|th|fr|sa|su)s?\b\.?(?:{_TO}(?:{_DAY}|mo|tu|we|th|fr|sa|su)s?\b\.?)?)
    | (?P<closed>closed|off\b)
    | (?P<noise>(?:opening|business|store|hours|open|from|and|only)\b|[&,;:|/()\[\].+]|$)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_PARTS = re.compile(_TO, re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h]?(\d\d))?\s*([ap])?", re.IGNORECASE)
_SHORTEST = 2 * 60
"""A shop open for less is more likely to close in the evening: ``10-11``."""
_EARLIEST = 6 * 60
"""No shop that says no am opens before: ``1-6`` is the afternoon."""
_LATEST = 18 * 60
"""Nor after: ``8-11:59`` begins in the morning."""


def read_free_text(text: str) -> str | None:
    """The expression that a text means, None unless every word of it was understood."""
    week, base, days, dates = Week(), Week(), list[int](), list[dt.date]()
    waiting: list[Span | None] = []
    is_told = False
    plain = re.sub("[\u2010-\u2015\u2212~]", "-", text.replace("\u00a0", " ").replace("\u202f", " ")).strip()
    at = 0
    while at < len(plain):
        found = _TOKEN.match(plain, at)
        if found is None or found.end() == at:
            return None
        at, kind, said = found.end(), found.lastgroup, found[0].strip().lower()
        if kind in ("days", "all", "week", "end", "date"):
            if is_told:
                # Times were told since the last day was named: these begin anew.
                days, dates, is_told = [], [], False
            if kind == "date":
                try:
                    dates.append(dt.date.fromisoformat(said))
                except ValueError:
                    return None
            else:
                days += _days(kind, said)
            if waiting:
                # Times came first: "9am-5pm Mon-Fri".
                _tell(week, days, dates, waiting)
                waiting, days, dates = [], [], []
        elif kind in ("span", "always", "closed"):
            spans: list[Span | None] = [{"always": (0, DAY_MINUTES), "closed": None}.get(kind)]
            if kind == "span":
                spans = [_span(said)]
                if spans == [None]:
                    return None
            if days or dates:
                _tell(week, days, dates, spans)
                is_told = True
            elif week.days or week.exceptions or not _days_follow(plain, at):
                _tell(base, _EVERY_DAY, [], spans)
            else:
                waiting += spans
    if waiting or ((days or dates) and not is_told):
        return None
    week.days = base.days | week.days
    return week.expression()


def _days_follow(text: str, at: int) -> bool:
    """Whether these times are those of days named right behind them, not every day's with exceptions to follow."""
    found = _TOKEN.match(text, at)
    while found is not None and found.lastgroup == "span":
        at = found.end()
        found = _TOKEN.match(text, at)
    return found is not None and found.lastgroup in ("days", "all", "week", "end", "date")


def _tell(week: Week, days: list[int], dates: list[dt.date], spans: list[Span | None]) -> None:
    for span in spans:
        week.add(days, span)
        for date in dates:
            week.add_exception(date, date, span)


def _days(kind: str, said: str) -> list[int]:
    if kind != "days":
        return {"all": _EVERY_DAY, "week": _EVERY_DAY[:5], "end": _EVERY_DAY[5:]}[kind]
    first, *rest = [_day(part) for part in _PARTS.split(said)]
    last = rest[0] if rest else first
    return [day % 7 for day in range(first, (last if last >= first else last + 7) + 1)]


def _day(word: str) -> int:
    return DAYS.index(word[:2].capitalize())


def _span(said: str) -> Span | None:
    """Minutes of ``10-9``, ``9am-5:30pm``, ``0800-1700``; None where there is no such time."""
    parts = _PARTS.split(said)
    if len(parts) != 2:
        return None
    opens, closes = _times(parts[0]), _times(parts[1])
    # A leading zero, or an hour past noon, is a clock of 24 hours.
    is_whole_clock = any(re.match(r"0\d|1[3-9]|2[0-4]", part) for part in parts) and not re.search("[ap]", said)
    if is_whole_clock:
        opens, closes = opens[:1], closes[:1]
    pairs = [(begin, end) for begin in opens for end in closes]
    if not pairs:
        return None
    if len(pairs) == 1:
        return whole(pairs[0])
    return whole(min(pairs, key=_oddness))


def _oddness(span: Span) -> tuple[bool, bool, int]:
    """How unlikely a reading is: a shop opens in daylight, for some hours, and not past midnight."""
    begin, end = span
    if end == DAY_MINUTES // 2 - 1:
        # Nobody closes a minute before noon: a day's last minute is meant.
        return True, True, DAY_MINUTES
    length = (end - begin) % DAY_MINUTES or DAY_MINUTES
    is_odd = 0 < begin < _EARLIEST or begin >= _LATEST or length < _SHORTEST
    return is_odd, begin + length > DAY_MINUTES, length


def _times(said: str) -> list[int]:
    """The minutes of the day that a time may mean: two where it says neither am nor pm."""
    if said in ("noon", "midnight"):
        return [DAY_MINUTES // 2 if said == "noon" else 0]
    found = _CLOCK.match(said)
    if found is None:
        return []
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return []
    if found[3] is None:
        both = [hour * 60 + minute]
        return [*both, hour % 12 * 60 + minute + (0 if hour == 12 else 720)] if 0 < hour <= 12 else both
    if not 0 < hour <= 12:
        return []
    return [(hour % 12 + (12 if found[3].lower() == "p" else 0)) * 60 + minute]
