"""Cells at the angle brackets, in rows as programs write them: tags with few attributes, texts, and nothing else.

Each cell's start tag differs by its place, so places are read as numbers first, all at once; what is left
of the tags is a handful of different ones, each looked at once.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingest.formats import brackets
from ingest.formats.xlsx.cells import Cells, Kinds
from inventory_api.domain.arrays import Ints

_TAG = re.compile(rb"""(?:<(?P<end>/)?(?P<name>\w+)|")(?P<attributes>(?:\s+[\w:]+="[^"<>&]*")*)\s*(?P<empty>/)?>""")
_ATTRIBUTE = re.compile(rb"""\s([\w:]+)="([^"]*)""")
_ROW = re.compile(rb"""<row(?: r="([0-9]{1,9})")?(?:\s+(?!r=)[\w:]+="[^"<>&]*")*\s*/?>""")
_MAX_LETTERS, _MAX_DIGITS = 3, 7
_OTHER, _CELL, _VALUE, _TEXT, _FORMULA, _END, _ENDED_CELL, _ENDED_ROW = range(1, 9)
_ROLES = {b"v": _VALUE, b"t": _TEXT}
_ENDS = {b"row": _ENDED_ROW, b"c": _ENDED_CELL}
_NAMES = {None, b"row", b"c", b"v", b"t", b"is", b"f"}
"""Of the tags that plain rows have; None begins behind the place of a cell."""


class PlainRows:
    """Finds the cells of plain rows.

    Args:
        kinds: Of the sheet's cells.
    """

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds

    def cells(self, xml: bytes, row: int) -> tuple[Cells, int] | None:
        """Find the cells, or tell by None that something else is in these rows than what programs write.

        Args:
            xml: UTF-8 from between two rows to behind another one. Where expat does not find it
                well-formed the outcome means nothing.
            row: The number of the row before.

        Returns:
            The cells, and the number of the last row.
        """
        if b"&#" in xml:
            return None
        xml = brackets.with_plain_line_ends(xml)
        bounds = brackets.bounds_of_tags(xml)
        if bounds is None:
            return None
        codes = np.frombuffer(xml, np.uint8)
        placed, row_tags = _beginning(codes, bounds, b'<c r="'), _beginning(codes, bounds, b"<row")
        row_numbers = _row_numbers([xml[bounds[2 * tag] : bounds[2 * tag + 1]] for tag in row_tags.tolist()], row)
        places = _places(codes, bounds[2 * placed] + len(b'<c r="'))
        if places is None or row_numbers is None:
            return None
        rows, columns, bounds[2 * placed] = places
        has_end = codes[bounds[2 * row_tags + 1] - len(b"/>")] != ord("/")
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
        row_of = np.searchsorted(row_tags, cells) - 1
        if not _are_within(cells, row_of, row_tags, ended=np.flatnonzero(roles == _ENDED_ROW), has_end=has_end):
            return None
        if len(placed) == 0:
            rows, columns = row_numbers[row_of], np.arange(len(cells)) - np.searchsorted(cells, row_tags)[row_of]
        texts = np.flatnonzero((roles == _VALUE) | (roles == _TEXT))
        cell_at = np.cumsum(roles == _CELL, dtype=np.int32) - 1
        cell_of = cell_at[texts]
        # Behind <t> come </t></is></c>, behind <v> </v></c>.
        ends_cell = np.minimum(texts + np.where(roles[texts] == _TEXT, 3, 2), len(roles) - 1)
        if (cell_of < 0).any() or (roles[texts + 1] != _END).any() or (roles[ends_cell] != _ENDED_CELL).any():
            return None
        is_inline = np.array([type_ == "inlineStr" for type_, _ in self._kinds], np.bool_)
        counts = (roles[texts] == _TEXT) == is_inline[kinds[cell_of]]
        if not counts.all():
            texts, cell_of = texts[counts], cell_of[counts]
        if (np.diff(cell_of) < 1).any():
            return None
        found = brackets.texts_behind(pieces, texts)
        formulas = np.flatnonzero(roles == _FORMULA)
        if len(formulas):
            is_string = np.array([type_ == "str" for type_, _ in self._kinds], np.bool_)
            is_said = pc.not_equal(found, "").to_numpy(zero_copy_only=False).astype(np.bool_)
            is_said |= is_string[kinds[cell_of]]
            if not np.isin(cell_at[formulas], cell_of[is_said]).all():
                return None
        return Cells(rows[cell_of], columns[cell_of], kinds[cell_of], found), int(row_numbers[-1])

    def _meaning(self, tag: bytes, *, is_placed: bool) -> tuple[int, int]:
        """Role and kind of a tag, (0, 0) of an odd one; a cell's comes without its place, a row's as its last byte."""
        if tag == b">":
            return _OTHER, 0
        parsed = _TAG.fullmatch(tag)
        if parsed is None or parsed["name"] not in _NAMES:
            return 0, 0
        if parsed["end"]:
            return _ENDS.get(parsed["name"], _END), 0
        if parsed["name"] in (None, b"c"):
            given = dict(_ATTRIBUTE.findall(parsed["attributes"]))
            if (parsed["name"] is None) != is_placed or b"r" in given:
                return 0, 0
            return _CELL, self._kinds.number(given.get(b"t", b"").decode(), given.get(b"s", b"").decode())
        if parsed["name"] == b"f":
            return _FORMULA, 0
        return (_OTHER if parsed["empty"] else _ROLES.get(parsed["name"], _OTHER)), 0


def _are_within(cells: Ints, row_of: Ints, rows: Ints, *, ended: Ints, has_end: NDArray[np.bool_]) -> bool:
    """Whether each cell is within the row that began last, and no row within another."""
    begun: Ints = np.cumsum(has_end)
    if not np.array_equal(np.searchsorted(ended, rows), begun - has_end):
        return False
    return bool((row_of >= 0).all()) and np.array_equal(np.searchsorted(ended, cells), begun[row_of] - 1)


def _row_numbers(tags: list[bytes], before: int) -> Ints | None:
    """The number of each row; None where there is none, or where one is written oddly."""
    numbers: list[int] = []
    for tag in tags:
        found = _ROW.fullmatch(tag)
        if found is None:
            return None
        before = int(found[1]) if found[1] else before + 1
        numbers.append(before)
    return np.array(numbers, np.int64) if numbers else None


def _beginning(codes: NDArray[np.uint8], bounds: brackets.Bounds, start: bytes) -> Ints:
    """Indices of the tags that begin so."""
    tags = np.flatnonzero(bounds[1::2] - bounds[::2] > len(start))
    for at, code in enumerate(start[1:], 1):
        tags = tags[codes[bounds[2 * tags] + at] == code]
    return tags


def _places(codes: NDArray[np.uint8], begin: NDArray[np.int32]) -> tuple[Ints, Ints, NDArray[np.int32]] | None:
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
