"""Opening hours as feeds write them, into one expression (the syntax of OpenStreetMap's ``opening_hours``).

Taken: that syntax itself; free text (``Mon: 10-9; Sat 10am - 6pm``); JSON of schema.org, Google and UCP. What no
rule explains to the last word is not understood: a shopper before a locked door is worse than "hours unknown".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from ingest.normalize.hours_json import read_json_hours
from ingest.normalize.hours_text import read_free_text
from inventory_api.domain.hours import spelled

_WHOLE_DAY = re.compile(r"\b0?0:00\s*-\s*(23:59|0?0:00)\b")
_DAY_LIST = re.compile(r"(?<=[A-Za-z])\s*,\s+(?=(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)\b)")
"""``Su, PH off``: to the letter two rules, of which the first is a Sunday without an end."""
_SAYS_TIME = re.compile(r"\d{1,2}:\d\d|24/7|\b(?:off|closed|open)\b|sun(?:rise|set)|dawn|dusk|\"", re.IGNORECASE)
_SHORT_RANGE = re.compile(r"(?<!\d)(\d{1,2}):(\d\d)\s*-\s*(\d):(\d\d)")


@lru_cache(maxsize=16_384)
def read_hours(text: str) -> str | None:
    """The expression that a text means, None where it is not understood. Chains repeat theirs: remembered.

    >>> read_hours("Mon-Fri 9am-5:30pm, Sat 10-2")
    'Mo-Fr 09:00-17:30; Sa 10:00-14:00'
    """
    # Plain weeks first: the syntax cuts a Saturday's night short where a rule for Sunday follows.
    readers: tuple[Callable[[str], str | None], ...] = (read_free_text, read_osm)
    if text.lstrip()[:1] in ("{", "["):
        readers = (read_json_hours,)
    for read in readers:
        expression = read(text)
        if expression is not None:
            return expression
    return None


def read_osm(text: str) -> str | None:
    """The expression that a text in OpenStreetMap's own syntax is, None where it is none."""
    if any(_is_twelve_hours(*found) for found in _SHORT_RANGE.findall(text)) or not _SAYS_TIME.search(text):
        return None
    return spelled(_WHOLE_DAY.sub("00:00-24:00", _DAY_LIST.sub(",", text)))


def _is_twelve_hours(hour: str, minute: str, to_hour: str, to_minute: str) -> bool:
    """Whether ``9:00-5:00`` is meant: taken by its letters, the shop would be open all night."""
    return int(hour) <= 12 and (int(to_hour), int(to_minute)) <= (int(hour), int(minute)) and to_hour != "0"
