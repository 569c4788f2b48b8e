"""The cells of one sheet, out of its XML as it is read.

expat reads all of it, for a sheet that is not well-formed is refused. What programs write needs no more
than that, as its cells are found at the angle brackets; anything else costs events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ingest.formats.xlsx.archive import parse, parser_of_parts
from ingest.formats.xlsx.cells import Cells, Kinds
from ingest.formats.xlsx.events import BEGIN, ROW_END, CellEvents
from ingest.formats.xlsx.plain import PlainRows

_MAX_ROW_BYTES = 16 << 20
"""A longer row costs events, and so do rows whose end is written in another way."""


class Sheet:
    """Reads a sheet, once.

    Attributes:
        kinds: Of the cells that were met so far.
    """

    def __init__(self) -> None:
        self.kinds = Kinds()
        self._parser = parser_of_parts()
        self._parser.XmlDeclHandler = self._declare
        self._events = CellEvents(self._parser, self.kinds)
        self._plain = PlainRows(self.kinds)
        self._is_utf8 = True
        self._parsed = 0

    def cells(self, chunks: Iterable[bytes]) -> Iterator[Cells]:
        """Yield the cells of whole rows, a chunk's at a time.

        Raises:
            ValueError: It is not well-formed, or says where a cell is in no way that we know.
        """
        held = b""
        for chunk in chunks:
            held += chunk
            while end := self._next_end(held):
                yield self._take(held[:end])
                held = held[end:]
        yield self._take(held, is_last=True)

    def _next_end(self, xml: bytes) -> int:
        """How many bytes to take next; 0 for none before there are more."""
        tag = ROW_END if self._parsed else BEGIN
        at = xml.rfind(tag)
        if at < 0:
            return len(xml) if len(xml) > _MAX_ROW_BYTES else 0
        return at + len(tag)

    def _take(self, xml: bytes, *, is_last: bool = False) -> Cells:
        found = None
        if self._events.plain_from == self._parsed and self._is_utf8 and xml.endswith(ROW_END):
            found = self._plain.cells(xml, self._events.row)
        self._events.listen(found is None)
        parse(self._parser, xml, is_last=is_last)
        self._parsed += len(xml)
        if found is None:
            return self._events.take()
        cells, self._events.row = found
        self._events.plain_from = self._parsed
        return cells

    def _declare(self, version: str, encoding: str | None, standalone: int) -> None:
        self._is_utf8 = (encoding or "UTF-8").upper() == "UTF-8"
