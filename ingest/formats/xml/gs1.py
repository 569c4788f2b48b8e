"""GS1 XML 3.x, logistics inventory report: what a location holds of each trade item."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from xml.parsers import expat

from ingest.formats.records import RecordBatcher
from ingest.formats.xml.document import SEPARATOR
from inventory_api.domain.errors import FeedRejected

_REPORT = "logisticsInventoryReport"
_PLACE = "logisticsInventoryReportInventoryLocation"
_STATUS = "tradeItemInventoryStatus"
_SELLABLE = "sellable_accessible"
"""In capitals since 3.2; before, in small letters."""

_FIELDS = {"gtin": "gtin", "tradeItemQuantity": "quantity", "inventoryDateTime": "timestamp"}
_SUB_LOCATION = "inventorysublocation"
"""How the name of an element begins, whatever its capitals, that says in which part of the location an item is."""

MAX_SPLIT = 500_000
"""Items of one location that are split into sub-locations; their sums are held until it ends."""

_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,6})?")


@dataclass(slots=True)
class _Sum:
    """What the sub-locations of one location have of one item; a text that is no number stands for the whole."""

    line: int
    quantity: str
    timestamp: str

    def add(self, quantity: str, timestamp: str) -> None:
        """Add another sub-location. The sum is as old as its oldest part."""
        if _NUMBER.fullmatch(self.quantity):
            is_number = _NUMBER.fullmatch(quantity)
            self.quantity = str(Decimal(self.quantity) + Decimal(quantity)) if is_number else quantity
        self.timestamp = min(self.timestamp, timestamp, key=_instant)


def _instant(text: str) -> float:
    """The instant that a time names, in seconds; what is no time counts as the oldest, so that it is told."""
    try:
        return dt.datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return float("-inf")


class InventoryReport:
    """Gathers statuses of trade items that can be sold; damaged, blocked and reserved stock is none.

    A location's GLN stands for the store code where the profile names none for it. The time of a
    status is its own, else the report's. A status without a disposition says nothing of sale. What the
    sub-locations of a location have of an item is added up.

    Args:
        parser: Gets its handlers.
        batcher: Gets the records.
        locations: GLN -> store code.
    """

    def __init__(self, parser: expat.XMLParserType, batcher: RecordBatcher, locations: Mapping[str, str]) -> None:
        self._parser = parser
        self._batcher = batcher
        self._locations = locations
        self._path: list[str] = []
        self._texts: list[str] = []
        self._status: dict[str, str] = {}
        self._sums: dict[str, _Sum] = {}
        self._line = 0
        self._created = self._store = ""
        self._done = 0
        parser.StartElementHandler = self._start
        parser.CharacterDataHandler = self._texts.append
        parser.EndElementHandler = self._end

    def prepare(self, xml: bytes, at: int) -> int:
        """All of it: statuses are read by events."""
        return len(xml)

    def drain(self, *, ended: bool) -> int:
        """How many statuses came to their end since the last call; they were handed on as they came."""
        done, self._done = self._done, 0
        return done

    def _start(self, name: str, attributes: list[str]) -> None:
        local = name.rpartition(SEPARATOR)[2]
        self._path.append(local)
        self._texts.clear()
        if local == _STATUS:
            self._status, self._line = {}, self._parser.CurrentLineNumber
        elif local == _PLACE:
            self._store = ""
        elif local == _REPORT:
            self._created = ""

    def _end(self, name: str) -> None:
        text = "".join(self._texts).strip()
        self._texts.clear()
        if len(self._path) == 0:
            return
        local = self._path.pop()
        match self._path[-1:], local:
            case [parent], _ if parent == _STATUS:
                self._status.setdefault(local, text)
            case [parent], "gln" if parent == "inventoryLocation":
                self._store = self._locations.get(text, text)
            case [parent], "creationDateTime" if parent == _REPORT:
                self._created = text
            case _, _ if local == _STATUS:
                self._add()
            case _, _ if local == _PLACE:
                for gtin, total in self._sums.items():
                    self._hand_on(total.line, gtin, total.quantity, total.timestamp)
                self._sums.clear()

    def _add(self) -> None:
        self._done += 1
        if self._status.get("inventoryDispositionCode", "").lower() != _SELLABLE:
            return
        gtin, quantity, timestamp = (self._status.get(name) for name in _FIELDS)
        timestamp = timestamp or self._created
        if gtin is None or quantity is None or not self._is_split():
            self._hand_on(self._line, gtin, quantity, timestamp)
        elif gtin in self._sums:
            self._sums[gtin].add(quantity, timestamp)
        elif len(self._sums) < MAX_SPLIT:
            self._sums[gtin] = _Sum(self._line, quantity, timestamp)
        else:
            reason = f"More than {MAX_SPLIT:,} items of one location are split into sub-locations."
            raise FeedRejected("record_too_large", reason, line=self._line)

    def _is_split(self) -> bool:
        return any(name.lower().startswith(_SUB_LOCATION) for name in (*self._status, *self._path))

    def _hand_on(self, line: int, *cells: str | None) -> None:
        self._batcher.add(line, [("store_code", self._store), *zip(_FIELDS.values(), cells, strict=True)])
