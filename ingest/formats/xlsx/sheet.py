"""The cells of one sheet, out of its XML as it is read: where each stands, what kind it is, what is written in it.

expat reads all of it, as a sheet that is not well-formed is refused. What programs write has nothing but
tags and texts in it, and its cells are found at the angle brackets; anything else costs events, row by row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingest.formats import brackets
from ingest.formats.xlsx.archive import parse, parser_of_parts

I64 = NDArray[np.int64]
Kind = tuple[str, str]
"""Type and style of a cell, as its attributes ``t`` and ``s`` give them."""

_ROW_END = b"</row>"
_BEGIN = b"<sheetData>"
_MAX_ROW_BYTES = 16 << 20
_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_TAG = re.compile(rb"""(?:<(?P<end>/)?(?P<name>\w+)|")(?P<attributes>(?:\s+[\w:]+="[^"<>&]*")*)\s*(?P<empty>/)?>""")
_ATTRIBUTE = re.compile(rb"""\s([\w:]+)="([^"]*)""")
_ROW_NUMBER = re.compile(rb"""\sr="([0-9]{1,7})\"""")
_MAX_LETTERS, _MAX_DIGITS = 3, 7
_OTHER, _CELL, _VALUE, _TEXT, _END, _ENDED_ROW = range(1, 7)
_ROLES = {b"v": _VALUE, b"t": _TEXT}
_NAMES = {None, b"row", b"c", b"v", b"t", b"is", b"f"}
"""Of the tags that plain rows have; None begins behind the place of a cell."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells that are not empty, as they follow each other in the file.

    Attributes:
        rows: The row of each, from 1.
        columns: The column of each, from 0.
        kinds: Which of the sheet's ``kinds`` each is.
        texts: What is written in each.
    """

    rows: I64
    columns: I64
    kinds: I64
    texts: pa.Array


class Sheet:
    """Reads a sheet, once.

    Attributes:
        kinds: All that were met so far.
    """

    def __init__(self) -> None:
        self.kinds: dict[Kind, int] = {}
        self._parser = parser_of_parts()
        self._parser.XmlDeclHandler = self._declare
        self._is_utf8 = True
        self._parsed = 0
        self._plain_from = -1
        """Byte of the file at which the cells' part, or the last row that events told, ended with its plain tag."""
        self._row, self._column = 0, -1
        self._cell = 0, 0
        self._kind: Kind = ("", "")
        self._texts: list[str] = []
        self._is_open = self._is_spoken = False
        self._gathered: list[tuple[int, int, int, str]] = []
        self._whole = 0
        """How many of them are cells of rows that ended."""

    def cells(self, chunks: Iterable[bytes]) -> Iterator[Cells]:
        """Yield the cells of whole rows, a chunk's at a time.

        Raises:
            ValueError: It is not well-formed, or says where a cell is in no way that we know.
        """
        held = b""
        for chunk in chunks:
            held += chunk
            tag = _ROW_END if self._parsed else _BEGIN
            end = held.rfind(tag) + len(tag)
            if end < len(tag):
                if len(held) <= _MAX_ROW_BYTES:
                    continue
                end = len(held)
            yield self._take(held[:end])
            held = held[end:]
        yield self._take(held, is_last=True)

    def _take(self, xml: bytes, *, is_last: bool = False) -> Cells:
        found = None
        if self._plain_from == self._parsed and self._is_utf8 and xml.endswith(_ROW_END):
            found = self._plain(xml)
        self._listen(found is None)
        parse(self._parser, xml, is_last=is_last)
        self._parsed += len(xml)
        if found is not None:
            self._plain_from = self._parsed
            return found
        gathered, self._gathered = self._gathered[: self._whole], self._gathered[self._whole :]
        self._whole = 0
        rows, columns, kinds, texts = zip(*gathered, strict=True) if gathered else ((), (), (), ())
        numbers = np.array([rows, columns, kinds], np.int64)
        return Cells(numbers[0], numbers[1], numbers[2], pa.array(texts, pa.string()))

    def _plain(self, xml: bytes) -> Cells | None:
        """The cells at the angle brackets, or None where more is in these rows than what programs write."""
        if b"&#" in xml:
            return None
        xml = brackets.with_plain_line_ends(xml)
        bounds = brackets.bounds_of_tags(xml)
        if bounds is None:
            return None
        codes = np.frombuffer(xml, np.uint8)
        placed, row_tags = _beginning(codes, bounds, b'<c r="'), _beginning(codes, bounds, b"<row")
        row_numbers = self._row_numbers([xml[bounds[2 * tag] : bounds[2 * tag + 1]] for tag in row_tags.tolist()])
        places = _places(codes, bounds[2 * placed] + len(b'<c r="'))
        if places is None or len(row_tags) == 0:
            return None
        rows, columns, bounds[2 * placed] = places
        bounds[2 * row_tags] = bounds[2 * row_tags + 1] - len(b">")
        pieces = brackets.pieces_between(xml, bounds)
        tags = brackets.tags_in(pieces)
        meanings = [self._meaning(tag, is_placed=len(placed) > 0) for tag in tags.dictionary.to_pylist()]
        if (0, 0) in meanings:
            return None
        meant, which = np.array(meanings, np.int32), tags.indices.to_numpy()
        roles = meant[:, 0].astype(np.uint8)[which]
        cells = np.flatnonzero(roles == _CELL)
        kinds = meant[:, 1][which[cells]]
        if len(placed) == 0:
            row_of = np.searchsorted(row_tags, cells) - 1
            ends, has_end = (
                np.flatnonzero(roles == _ENDED_ROW),
                codes[bounds[2 * row_tags + 1] - len(b"/>")] != ord("/"),
            )
            begun = np.cumsum(has_end)
            is_nested = np.searchsorted(ends, row_tags) != begun - has_end
            if is_nested.any() or (np.searchsorted(ends, cells) != begun[row_of] - 1).any():
                return None
            rows, columns = row_numbers[row_of], np.arange(len(cells)) - np.searchsorted(cells, row_tags)[row_of]
        texts = np.flatnonzero((roles == _VALUE) | (roles == _TEXT))
        cell_of = np.cumsum(roles == _CELL, dtype=np.int32)[texts] - 1
        if (cell_of < 0).any() or (roles[texts + 1] != _END).any():
            return None
        is_inline = np.array([type_ == "inlineStr" for type_, _ in self.kinds], np.bool_)
        counts = (roles[texts] == _TEXT) == is_inline[kinds[cell_of]]
        if not counts.all():
            texts, cell_of = texts[counts], cell_of[counts]
        if (np.diff(cell_of) < 1).any():
            return None
        self._row = int(row_numbers[-1])
        return Cells(rows[cell_of], columns[cell_of], kinds[cell_of], brackets.texts_behind(pieces, texts))

    def _row_numbers(self, tags: list[bytes]) -> I64:
        numbers = np.empty(len(tags), np.int64)
        number = self._row
        for at, tag in enumerate(tags):
            given = _ROW_NUMBER.search(tag)
            numbers[at] = number = int(given[1]) if given else number + 1
        return numbers

    def _meaning(self, tag: bytes, *, is_placed: bool) -> tuple[int, int]:
        """Role and kind of a tag, (0, 0) of an odd one; a cell's comes without its place, a row's as its last byte."""
        if tag == b">":
            return _OTHER, 0
        parsed = _TAG.fullmatch(tag)
        if parsed is None or parsed["name"] not in _NAMES:
            return 0, 0
        if parsed["end"]:
            return (_ENDED_ROW if parsed["name"] == b"row" else _END), 0
        if parsed["name"] in (None, b"c"):
            given = dict(_ATTRIBUTE.findall(parsed["attributes"]))
            if (parsed["name"] is None) != is_placed or b"r" in given:
                return 0, 0
            return _CELL, self._kind_number(given.get(b"t", b"").decode(), given.get(b"s", b"").decode())
        return (_OTHER if parsed["empty"] else _ROLES.get(parsed["name"], _OTHER)), 0

    def _kind_number(self, type_: str, style: str) -> int:
        return self.kinds.setdefault((type_, style), len(self.kinds))

    def _listen(self, is_on: bool) -> None:
        self._parser.StartElementHandler = self._start if is_on else None
        self._parser.EndElementHandler = self._end if is_on else None
        self._parser.CharacterDataHandler = self._text if is_on else None

    def _declare(self, version: str, encoding: str | None, standalone: int) -> None:
        self._is_utf8 = (encoding or "UTF-8").upper() == "UTF-8"

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "sheetData":
                self._plain_from = self._parser.CurrentByteIndex + len(_BEGIN)
            case "row":
                self._row, self._column = int(attributes.get("r", self._row + 1)), -1
            case "c":
                self._place(attributes.get("r"))
                self._kind = attributes.get("t", ""), attributes.get("s", "")
                self._texts.clear()
            case "rPh":
                self._is_spoken = True
            case "v" | "t" as role if not self._is_spoken and (role == "t") == (self._kind[0] == "inlineStr"):
                self._texts.append("")
                self._is_open = True

    def _text(self, text: str) -> None:
        if self._is_open:
            self._texts.append(text)

    def _end(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "v" | "t":
                self._is_open = False
            case "rPh":
                self._is_spoken = False
            case "c" if self._texts:
                kind = self._kind_number(*self._kind)
                self._gathered.append((*self._cell, kind, "".join(self._texts)))
                self._texts.clear()
            case "row":
                self._plain_from = self._parser.CurrentByteIndex + len(_ROW_END)
                self._whole = len(self._gathered)
                self._column = -1

    def _place(self, place: str | None) -> None:
        self._column += 1
        row = self._row
        if place is not None:
            found = _PLACE.fullmatch(place)
            if found is None:
                raise ValueError(f"a cell is said to be at {place[:20]!r}")
            row, self._column = int(found[2]), _number_of_column(found[1]) - 1
        self._cell = row, self._column


def _number_of_column(letters: str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _beginning(codes: NDArray[np.uint8], bounds: brackets.Bounds, start: bytes) -> I64:
    """Indices of the tags that begin so."""
    tags = np.flatnonzero(bounds[1::2] - bounds[::2] > len(start))
    for at, code in enumerate(start[1:], 1):
        tags = tags[codes[bounds[2 * tags] + at] == code]
    return tags


def _places(codes: NDArray[np.uint8], begin: NDArray[np.int32]) -> tuple[I64, I64, NDArray[np.int32]] | None:
    """Row from 1 and column from 0 of cells, and where the quote behind each place is; None where one is no place."""
    columns, rows = np.zeros(len(begin), np.int64), np.zeros(len(begin), np.int64)
    at = begin.copy()
    for _ in range(_MAX_LETTERS):
        code = codes[at] & 0xDF
        is_letter = (code >= ord("A")) & (code <= ord("Z"))
        columns = np.where(is_letter, columns * 26 + (code - (ord("A") - 1)), columns)
        at += is_letter
    first_digit = at.copy()
    for _ in range(_MAX_DIGITS):
        digit = codes[at] - ord("0")
        is_digit = digit <= 9
        rows = np.where(is_digit, rows * 10 + digit, rows)
        at += is_digit
    if (codes[at] != ord('"')).any() or (first_digit == begin).any() or (at == first_digit).any():
        return None
    return rows, columns - 1, at
