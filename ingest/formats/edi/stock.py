"""What every stock message in EDI has in common: lines, quantities, locations, and rows out of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ingest.formats.edi.envelope import check_line_count
from ingest.formats.edi.keys import Key
from ingest.formats.edi.segments import Segment
from ingest.formats.records import RecordBatcher
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext

_ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Sink:
    """Where rows and notices of a file's messages go, and what its context says."""

    batcher: RecordBatcher
    context: FeedContext
    notices: NoticeBook


class StockMessage:
    """One message, read segment by segment.

    Quantities wait until it is known which location they are of. It may be named before its
    quantities or behind them: whichever a message does first it does throughout. A quantity without
    any location is a total and no row, unless the whole message, or the whole file, is one store's.

    Attributes:
        stock: Quantity qualifiers that mean stock on hand, of several the first.
        not_stock: Known qualifiers that mean something else, so that they need no notice.
        parties: Qualifiers of parties that may be the store of a whole message, the best first.
        readers: Tag -> the method that reads it.
    """

    stock: ClassVar[tuple[str, ...]]
    not_stock: ClassVar[frozenset[str]]
    parties: ClassVar[tuple[str, ...]]
    readers: ClassVar[Mapping[str, Callable[..., None]]]

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._stock = sink.context.profile.quantity_qualifiers or self.stock
        self._locations = sink.context.profile.locations
        self._foreign_mark = "," if sink.context.decimal == "." else "."
        self._store: tuple[int, str] | None = None
        self._lines = 0
        self._key: Key = ()
        self._moment = ""
        self._line_moment = ""
        self._place: str | None = None
        self._place_is_behind: bool | None = None
        self._waiting: dict[int, tuple[int, str]] = {}
        self._is_divided = False
        self._codes: list[str] = []
        self._quantities: list[str] = []
        self._at: list[int] = []

    def take(self, segment: Segment) -> None:
        """Read one segment between the message's header and trailer; a tag without a reader is skipped."""
        read = self.readers.get(segment.elements[0])
        if read is not None:
            read(self, segment)

    def finish(self) -> None:
        """Read the trailer."""
        self._flush()
        self._hand_over()

    def _next_line(self) -> None:
        self._flush()
        self._hand_over()
        self._lines += 1
        self._key = ()
        self._line_moment = ""
        self._place = None
        self._is_divided = False

    @property
    def _in_header(self) -> bool:
        return self._lines == 0

    def _check_lines(self, segment: Segment, said: str) -> None:
        check_line_count(segment, said, self._lines)

    def _store_of_all(self, rank: int, code: str) -> None:
        """Take a location named in the header for that of the whole message; the lowest rank counts."""
        if code and (self._store is None or rank < self._store[0]):
            self._store = rank, code

    def _counts(self, segment: Segment, qualifier: str, column: str) -> bool:
        """Whether a qualifier means stock."""
        if qualifier in self._stock:
            return True
        if qualifier not in self.not_stock:
            message = segment.told(f"{qualifier[:20]!r} is not known to mean stock; ignored.")
            self._sink.notices.add(
                "qualifier_unknown",
                Severity.WARNING,
                line=segment.line,
                column=column,
                value=qualifier,
                message=message,
            )
        return False

    def _quantity(self, line: int, qualifier: str, text: str) -> None:
        """Take one quantity of the current line."""
        if self._place is not None and self._place_is_behind:
            self._flush()
        self._waiting[self._stock.index(qualifier)] = line, text

    def _located(self, code: str) -> None:
        """Take one location of the current line."""
        if not code:
            return
        if self._place_is_behind is None:
            self._place_is_behind = bool(self._waiting)
        if not self._place_is_behind:
            self._flush()
            self._place = code
        elif self._waiting and self._place is None:
            self._place = code

    def _flush(self) -> None:
        """Report what waits, if it is not a total."""
        place = self._place
        if self._place_is_behind:
            self._place = None
        if not self._waiting:
            return
        line, text = self._waiting[min(self._waiting)]
        self._waiting = {}
        if place is None and not self._is_divided:
            place = self._store[1] if self._store else ("" if self._sink.context.store_code else None)
        if place is not None:
            self._report(line, [place], [text])

    def _report(self, line: int, codes: Sequence[str], quantities: Sequence[str]) -> None:
        """Report the current line's stock at some locations."""
        self._codes += codes
        self._quantities += quantities
        self._at += [line] * len(codes)
        if len(self._at) >= _ROWS_AT_ONCE:
            self._hand_over()

    def _hand_over(self) -> None:
        """Make rows of what was reported; to be called before the product or the time changes."""
        if not self._at:
            return
        codes, quantities = self._codes, self._quantities
        if self._locations:
            codes = [self._locations.get(code, code) for code in codes]
        if not "".join(quantities).isdigit():
            # No thousands separators in EDI: either mark is the decimal one, whatever the locale.
            quantities = [text.replace(self._foreign_mark, self._sink.context.decimal) for text in quantities]
        shared = (*self._key, ("timestamp", self._line_moment or self._moment))
        columns = {name: [text] * len(codes) for name, text in shared}
        self._sink.batcher.extend(self._at, columns | {"store_code": codes, "quantity": quantities})
        self._codes, self._quantities, self._at = [], [], []
