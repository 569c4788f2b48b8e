"""X12: inventory inquiry (846) and product activity (852)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from ingest.formats.edi.keys import QUALIFIERS, product_key
from ingest.formats.edi.segments import Segment
from ingest.formats.edi.stock import Sink, StockMessage
from ingest.notices import Severity

_PAIRS = slice(3, 23)
"""Of an SDQ: ten locations and quantities in turn; the place within the store comes behind them."""

_END_OF_DAY = "235959"


class _X12Message(StockMessage):
    parties = ("SN", "RL", "ST", "SF", "WH", "BY")

    def _item(self, segment: Segment) -> None:
        self._next_line()
        elements = segment.elements
        first = 2
        if segment.element(1) in QUALIFIERS and segment.element(2) not in QUALIFIERS:
            first = 1
            self._sink.notices.add("lin01_missing", Severity.WARNING, line=segment.line, value=elements[1])
        self._key = product_key(zip(elements[first::2], elements[first + 1 :: 2], strict=False), pads=False)

    def _destinations(self, segment: Segment) -> None:
        self._is_divided = True
        values = segment.elements[_PAIRS]
        while values and not values[-1]:
            values.pop()
        if not values:
            return
        codes, quantities = values[0::2], values[1::2]
        if len(codes) > len(quantities):
            self._lose(segment, codes.pop(), "has no quantity")
        if "" in codes:
            pairs = [pair for pair in zip(codes, quantities, strict=True) if any(pair)]
            codes, quantities = [code for code, _ in pairs], [text for _, text in pairs]
        if codes:
            self._report(segment.line, codes, quantities)
        for code in segment.elements[24::2]:
            self._lose(segment, code, "stands behind the ten that an SDQ holds")

    def _lose(self, segment: Segment, code: str, why: str) -> None:
        message = segment.told(f"location {code[:80]!r} {why}.")
        self._sink.notices.add(
            "sdq_odd_pair", Severity.ERROR, line=segment.line, column="store_code", value=code, message=message
        )
        self._sink.batcher.lose()

    def _party(self, segment: Segment) -> None:
        role, code = segment.element(1), segment.element(4)
        if role not in self.parties:
            return
        if self._in_header:
            self._store_of_all(self.parties.index(role), code)
        else:
            self._located(code)

    def _totals(self, segment: Segment) -> None:
        self._check_lines(segment, segment.element(1))


class InventoryInquiry(_X12Message):
    """846: stock by SDQ, by QTY and N1 in turn, or of one location for the whole transaction set."""

    stock = ("33", "17", "QA")
    not_stock = frozenset({"02", "AT", "63"})

    def _begin(self, segment: Segment) -> None:
        self._moment = _moment(segment.element(4), segment.element(5))

    def _reference(self, segment: Segment) -> None:
        if self._in_header and segment.element(1) == "ZZ":
            # Anything may be under ZZ; of the parties only the buyer is a weaker hint at the store.
            self._store_of_all(self.parties.index("BY"), segment.element(2))

    def _count(self, segment: Segment) -> None:
        qualifier = segment.element(1)
        if self._counts(segment, qualifier, "QTY01"):
            self._quantity(segment.line, qualifier, segment.element(2))

    readers: ClassVar[Mapping[str, Callable[..., None]]] = {
        "BIA": _begin,
        "REF": _reference,
        "N1": _X12Message._party,
        "LIN": _X12Message._item,
        "SDQ": _X12Message._destinations,
        "QTY": _count,
        "CTT": _X12Message._totals,
    }


class ProductActivity(_X12Message):
    """852: of a product's activities only what is on hand is stock, at the end of the reported time."""

    stock = ("QA",)
    not_stock = frozenset({"QS", "QP", "QO", "QC", "QR"})

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self._is_stock = False
        self._activity = ""

    def _begin(self, segment: Segment) -> None:
        self._moment = _moment(segment.element(3) or segment.element(2), _END_OF_DAY)

    def _item(self, segment: Segment) -> None:
        super()._item(segment)
        self._is_stock = False

    def _activity_of(self, segment: Segment) -> None:
        self._activity = segment.element(1)
        self._is_stock = self._counts(segment, self._activity, "ZA01")
        if self._is_stock and segment.element(2):
            self._quantity(segment.line, self._activity, segment.element(2))

    def _count(self, segment: Segment) -> None:
        if self._is_stock:
            self._quantity(segment.line, self._activity, segment.element(2))

    def _destinations(self, segment: Segment) -> None:
        if self._is_stock:
            super()._destinations(segment)

    readers: ClassVar[Mapping[str, Callable[..., None]]] = {
        "XQ": _begin,
        "N1": _X12Message._party,
        "LIN": _item,
        "ZA": _activity_of,
        "QTY": _count,
        "SDQ": _destinations,
        "CTT": _X12Message._totals,
    }


MESSAGES: dict[str, type[_X12Message]] = {"846": InventoryInquiry, "852": ProductActivity}
"""By ST01."""


def _moment(date: str, time: str) -> str:
    """A date, and a time if there is one, as the normalizer reads them: on the store's clock."""
    if not date:
        return ""
    if len(date) == 6:
        date = f"20{date}"
    day = f"{date[:4]}-{date[4:6]}-{date[6:]}"
    return f"{day}T{time[:2]}:{time[2:4]}:{time[4:6] or '00'}" if time else day
