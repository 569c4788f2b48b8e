"""Cells out of expat's events, whatever their rows are made of: this decides where a cell is and what its text is."""

from __future__ import annotations

import re
from xml.parsers import expat

import numpy as np
import pyarrow as pa

from ingest.formats.xlsx.cells import UNCALCULATED, Cells, Kinds

BEGIN = b"<sheetData>"
ROW_END = b"</row>"
_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


class CellEvents:
    """Gathers the cells of rows.

    Args:
        parser: Gets its handlers.
        kinds: Of the sheet's cells.

    Attributes:
        row: The number of the newest row.
        plain_from: Byte of the file behind the newest tag from which rows may go on, if that is written plainly.
    """

    def __init__(self, parser: expat.XMLParserType, kinds: Kinds) -> None:
        self.row = 0
        self.plain_from = -1
        self._parser = parser
        self._kinds = kinds
        self._column = -1
        self._cell = 0, 0
        self._kind = "", ""
        self._texts: list[str] = []
        self._is_in_row = self._is_open = self._is_spoken = self._is_formula = False
        self._gathered: list[tuple[int, int, int, str]] = []
        self._whole = 0
        """How many of them are cells of rows that ended."""

    def listen(self, is_on: bool) -> None:
        """Take the parser's events, or none."""
        self._parser.StartElementHandler = self._start if is_on else None
        self._parser.EndElementHandler = self._end if is_on else None
        self._parser.CharacterDataHandler = self._text if is_on else None

    def take(self) -> Cells:
        """The cells of the rows that ended since the last call."""
        gathered, self._gathered = self._gathered[: self._whole], self._gathered[self._whole :]
        self._whole = 0
        rows, columns, kinds, texts = zip(*gathered, strict=True) if gathered else ((), (), (), ())
        numbers = np.array([rows, columns, kinds], np.int64)
        return Cells(numbers[0], numbers[1], numbers[2], pa.array(texts, pa.string()))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "sheetData":
                self.plain_from = self._parser.CurrentByteIndex + len(BEGIN)
            case "row" if self._is_in_row:
                raise ValueError("a row is within a row")
            case "row":
                self.row, self._column = int(attributes.get("r", self.row + 1)), -1
                self._is_in_row = True
            case "c" if self._is_in_row:
                self._place(attributes.get("r"))
                self._kind = attributes.get("t", ""), attributes.get("s", "")
                self._texts.clear()
                self._is_formula = False
            case "f":
                self._is_formula = True
            case "rPh":
                self._is_spoken = True
            case "v" | "t" as role if (
                self._is_in_row and not self._is_spoken and (role == "t") == (self._kind[0] == "inlineStr")
            ):
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
            case "c" if self._texts or self._is_formula:
                self._end_cell("".join(self._texts))
                self._texts.clear()
                self._is_formula = False
            case "row":
                self.plain_from = self._parser.CurrentByteIndex + len(ROW_END)
                self._whole = len(self._gathered)
                self._is_in_row = False

    def _end_cell(self, text: str) -> None:
        type_, style = self._kind
        if self._is_formula and not text and not (self._texts and type_ == "str"):
            type_, style = UNCALCULATED, ""
        self._gathered.append((*self._cell, self._kinds.number(type_, style), text))

    def _place(self, place: str | None) -> None:
        self._column += 1
        row = self.row
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
