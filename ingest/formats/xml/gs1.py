"""GS1 XML 3.x, logistics inventory report: what a location holds of each trade item."""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers import expat

from ingest.formats.records import RecordBatcher
from ingest.formats.xml.document import SEPARATOR

_REPORT = "logisticsInventoryReport"
_PLACE = "logisticsInventoryReportInventoryLocation"
_STATUS = "tradeItemInventoryStatus"
_SELLABLE = "sellable_accessible"
"""In capitals since 3.2; before, in small letters."""

_FIELDS = {"gtin": "gtin", "tradeItemQuantity": "quantity", "inventoryDateTime": "timestamp"}


class InventoryReport:
    """Gathers statuses of trade items that can be sold; damaged, blocked and reserved stock is none.

    A location's GLN stands for the store code where the profile names none for it. The time of a
    status is its own, else the report's. A status without a disposition says nothing of sale.

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
        self._line = 0
        self._created = self._store = ""
        self._done = 0
        parser.StartElementHandler = self._start
        parser.CharacterDataHandler = self._texts.append
        parser.EndElementHandler = self._end

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

    def _add(self) -> None:
        self._done += 1
        status = {ours: self._status.get(theirs) for theirs, ours in _FIELDS.items()}
        if self._status.get("inventoryDispositionCode", "").lower() == _SELLABLE:
            status["timestamp"] = status["timestamp"] or self._created
            self._batcher.add(self._line, [("store_code", self._store), *status.items()])
