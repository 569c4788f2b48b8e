"""EDIFACT: inventory report (INVRPT), D.96A to D.01B and later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from ingest.formats.edi.keys import product_key
from ingest.formats.edi.segments import Segment
from ingest.formats.edi.stock import Sink, StockMessage

_LOCATION_OF_GOODS = "14"
_LINES = "2"
"""What CNT counts: lines."""

_MOST_CODES = 50
"""Of one line that are looked at."""

_MOMENTS = ("366", "137")
"""When stock was seen, else when the message was written."""


class InventoryReport(StockMessage):
    """INVRPT: groups of INV, QTY and LOC for a line, or one message a store with the store in NAD."""

    stock = ("145", "17")
    not_stock = frozenset({"21", "83", "124", "153", "198"})
    parties = ("SN", "ST", "WH", "BY", "GY")

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self._moment_rank = len(_MOMENTS)
        self._pairs: list[tuple[str, str]] = []

    def _item(self, segment: Segment) -> None:
        self._next_line()
        self._moment_rank = len(_MOMENTS)
        self._pairs = [(segment.part(3, 1), segment.part(3, 0))]
        self._key = product_key(self._pairs, pads=True)

    def _more_codes(self, segment: Segment) -> None:
        if len(self._pairs) >= _MOST_CODES:
            return
        self._hand_over()
        self._pairs += [(segment.part(at, 1), segment.part(at, 0)) for at in range(2, len(segment.elements))]
        self._key = product_key(self._pairs, pads=True)

    def _date(self, segment: Segment) -> None:
        kind = segment.part(1, 0)
        if kind not in _MOMENTS[: self._moment_rank + 1]:
            return
        self._moment_rank = _MOMENTS.index(kind)
        moment = _moment(segment.part(1, 1), segment.part(1, 2))
        if self._in_header:
            self._moment = moment
        elif moment != self._line_moment:
            self._hand_over()
            self._line_moment = moment

    def _party(self, segment: Segment) -> None:
        if self._in_header and segment.part(1) in self.parties:
            self._store_of_all(self.parties.index(segment.part(1)), segment.part(2))

    def _location(self, segment: Segment) -> None:
        if segment.part(1) != _LOCATION_OF_GOODS:
            return
        if self._in_header:
            self._store_of_all(-1, segment.part(2))
        else:
            self._located(segment.part(2))

    def _group(self, segment: Segment) -> None:
        self._flush()

    def _count(self, segment: Segment) -> None:
        qualifier = segment.part(1, 0)
        if self._counts(segment, qualifier, "QTY"):
            self._quantity(segment.line, qualifier, segment.part(1, 1))

    def _totals(self, segment: Segment) -> None:
        if segment.part(1, 0) == _LINES:
            self._check_lines(segment, segment.part(1, 1))

    readers: ClassVar[Mapping[str, Callable[..., None]]] = {
        "DTM": _date,
        "NAD": _party,
        "LOC": _location,
        "LIN": _item,
        "PIA": _more_codes,
        "INV": _group,
        "QTY": _count,
        "CNT": _totals,
    }


_DIGITS = {"101": 6, "102": 8, "201": 10, "203": 12, "204": 14, "301": 10, "303": 12, "304": 14}
"""DTM formats: how many digits before the zone, if one is written; the year of 101, 201 and 301 has two."""


def _moment(text: str, form: str) -> str:
    """A time as the normalizer reads it; what is of no known form is passed on for it to refuse."""
    digits = _DIGITS.get(form, len(text))
    body, zone = text[:digits], text[digits:]
    if len(body) in (6, 10):
        body = f"20{body}"
    if not body.isdigit() or len(body) not in (8, 12, 14):
        return text
    day = f"{body[:4]}-{body[4:6]}-{body[6:8]}"
    return f"{day}T{body[8:10]}:{body[10:12]}:{body[12:] or '00'}{zone}" if len(body) > 8 else day
