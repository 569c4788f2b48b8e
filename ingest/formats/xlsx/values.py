"""What the cells of a workbook say, as the texts that a CSV of them would have.

Strings are read here. What a number, a date, a truth value or an error means is calamine's to say, which
knows styles, date systems and what Excel makes of them: it is shown the distinct ones in a workbook of their own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineWorkbook

from ingest.formats.xlsx.archive import Archive, parse, parser_of_parts
from ingest.formats.xlsx.cells import UNCALCULATED, Cells, Kinds
from ingest.formats.xlsx.shown import Styles, filled_up

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_CELLS_A_ROW = 10_000
_STRINGS_A_PART = 1 << 16
_STRING_TYPES = ("inlineStr", "str", UNCALCULATED)


class Values:
    """Turns cells into texts.

    Args:
        archive: The workbook.
        sheet: The name of one of its sheets.
        decimal: Of the feed's numbers.
        styles: Of the workbook's cells.
    """

    def __init__(self, archive: Archive, sheet: str, decimal: str, styles: Styles) -> None:
        self._archive = archive
        self._sheet = sheet
        self._decimal = decimal
        self._styles = styles
        self._strings: pa.Array | None = None

    def texts(self, cells: Cells, kinds: Kinds) -> pa.Array:
        """The text of each cell.

        Raises:
            ValueError: A cell refers to a string that is not there.
            CalamineError: A cell has a type that no workbook has.
        """
        parts, places = [], []
        for number, (type_, style) in enumerate(kinds):
            at = np.flatnonzero(cells.kinds == number)
            if len(at) == 0:
                continue
            texts = cells.texts.take(pa.array(at))
            if type_ == "s":
                texts = self._shared(texts)
            elif type_ in _STRING_TYPES:
                texts = _unescaped(texts)
            else:
                texts = self._meant(texts.dictionary_encode(), type_, style)
            parts.append(texts)
            places.append(at)
        if not parts:
            return cells.texts
        return pa.concat_arrays(parts).take(pa.array(np.argsort(np.concatenate(places))))

    def _shared(self, indices: pa.Array) -> pa.Array:
        if self._strings is None:
            self._strings = _unescaped(_shared_strings(self._archive.strings()))
        try:
            return self._strings.take(pc.utf8_trim_whitespace(indices).cast(pa.int64()))
        except IndexError as error:
            raise ValueError("a cell refers to a string that is not there") from error

    def _meant(self, texts: pa.DictionaryArray, type_: str, style: str) -> pa.Array:
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in (("t", type_), ("s", style)) if value)
        distinct = texts.dictionary.to_pylist()
        meant: list[str] = []
        for first in range(0, len(distinct), _CELLS_A_ROW):
            some = distinct[first : first + _CELLS_A_ROW]
            # A string behind them: calamine leaves out the empty cells at the end of a row.
            last = '<c t="str"><v>.</v></c>'
            row = "".join(f"<c{attributes}><v>{escape(text)}</v></c>" for text in some)
            workbook = CalamineWorkbook.from_filelike(self._archive.with_rows(self._sheet, f"<row>{row}{last}</row>"))
            (values,) = workbook.get_sheet_by_name(self._sheet).to_python(skip_empty_area=False)
            meant += [as_text(value, self._decimal) for value in values[:-1]]
        if digits := self._styles.of(type_, style).digits:
            meant = [filled_up(text, digits) for text in meant]
        return pa.array(meant, pa.string()).take(texts.indices)


def _shared_strings(chunks: Iterable[bytes]) -> pa.Array:
    """The strings that cells refer to by their place among them: runs of one format put together, no readings."""
    parts: list[pa.Array] = []
    strings: list[str] = []
    texts: list[str] = []
    is_open = is_reading = False
    parser = parser_of_parts()

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal is_open, is_reading
        local = name.rpartition(":")[2]
        is_reading |= local == "rPh"
        is_open = local == "t" and not is_reading

    def text(part: str) -> None:
        if is_open:
            texts.append(part)

    def end(name: str) -> None:
        nonlocal is_open, is_reading
        is_open = False
        local = name.rpartition(":")[2]
        if local == "rPh":
            is_reading = False
        elif local == "si":
            strings.append("".join(texts))
            texts.clear()
            if len(strings) == _STRINGS_A_PART:
                parts.append(pa.array(strings, pa.string()))
                strings.clear()

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    is_empty = True
    for chunk in chunks:
        is_empty = False
        parse(parser, chunk, is_last=False)
    if not is_empty:
        parse(parser, b"", is_last=True)
    return pa.concat_arrays([*parts, pa.array(strings, pa.string())])


def _unescaped(texts: pa.Array) -> pa.Array:
    """With the characters that XML cannot hold, which workbooks write as ``_x000D_``."""
    if not pc.any(pc.match_substring(texts, "_x")).as_py():
        return texts
    return pa.array([_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) for text in texts.to_pylist()])


def as_text(value: object, decimal: str) -> str:
    """A value of calamine's as a CSV would have it, in which numbers have this decimal mark."""
    if isinstance(value, float) and decimal == ",":
        return _number_of_a_comma_country(value)
    return _WRITE[type(value)](value)


def _number(value: float) -> str:
    """Excel calculates, shows and exports 15 digits; a 3 that came of a formula may be stored as 2.9999999999999996."""
    if abs(value) < 1e15:
        value = float(f"{value:.15g}")
    return str(int(value)) if value.is_integer() else repr(value)


def _number_of_a_comma_country(value: float) -> str:
    """With a fourth decimal, so that nobody takes the point for one of thousands."""
    text = _number(value)
    return text + "0" if text[-4:-3] == "." else text


def _instant(value: dt.datetime) -> str:
    return value.isoformat(timespec="seconds")


_WRITE: dict[type, Callable[[Any], str]] = {
    str: str,
    int: str,
    float: _number,
    bool: lambda value: str(value).lower(),
    dt.datetime: _instant,
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
    dt.timedelta: str,
}
