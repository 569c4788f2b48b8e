"""The rows of a sheet as texts, some ten thousand at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.formats.xlsx.archive import Archive, damage_told
from ingest.formats.xlsx.cells import UNCALCULATED, Cells, Kinds
from ingest.formats.xlsx.sheet import Sheet
from ingest.formats.xlsx.shown import Shown, Styles, rounded
from ingest.formats.xlsx.values import Values
from inventory_api.domain.arrays import Ints
from inventory_api.domain.errors import FeedRejected

MAX_CELLS = 48 << 20
"""Of the rectangle around a sheet's cells: 1,048,576 rows of 48 columns."""

BATCH_CELLS = 500_000
TROUBLES = {"e": "cell_error", UNCALCULATED: "formula_uncalculated"}
"""What to tell of cells by their type."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that hold something, and what is in their cells.

    Attributes:
        lines: The number of each row.
        row_of: Of each cell that holds something, which of these rows it is in.
        columns: Of each cell, from 0.
        texts: Of each cell.
        decimals: Of each cell, how many it shows; -1 where that is not fixed.
        troubled: Line and column of each cell that there is something to tell of, in any row, by the notice's code.
    """

    lines: Ints
    row_of: Ints
    columns: Ints
    texts: pa.Array
    decimals: Ints
    troubled: dict[str, tuple[Ints, Ints]]

    @classmethod
    def of(cls, cells: Cells, texts: pa.Array, kinds: Kinds, shown: Sequence[Shown]) -> Table:
        """Put cells into rows; one whose text is empty is none.

        Args:
            cells: Some.
            texts: What they say.
            kinds: Of the cells.
            shown: How those of each kind show their numbers.
        """
        troubled = {}
        for type_, code in TROUBLES.items():
            at = np.isin(cells.kinds, [number for kind, number in kinds.items() if kind[0] == type_])
            troubled[code] = cells.rows[at], cells.columns[at]
        decimals = np.array([-1 if one.decimals is None else one.decimals for one in shown], np.int64)[cells.kinds]
        filled = pc.not_equal(texts, "").to_numpy(zero_copy_only=False)
        rows = cells.rows[filled]
        begins = np.diff(rows, prepend=0) != 0
        row_of, columns, texts = np.cumsum(begins) - 1, cells.columns[filled], texts.filter(pa.array(filled))
        return cls(rows[begins], row_of, columns, texts, decimals[filled], troubled)

    def row(self, index: int) -> list[str]:
        """The texts of one row up to its last cell."""
        first, end = np.searchsorted(self.row_of, [index, index + 1])
        texts = [""] * (int(self.columns[first:end].max()) + 1)
        for column, text in zip(self.columns[first:end].tolist(), self.texts[first:end].to_pylist(), strict=True):
            texts[column] = text
        return texts

    def column(self, number: int, *, decimals: int | None = None) -> pa.Array:
        """The text of each row in one column, empty where there is no cell.

        Args:
            number: From 0.
            decimals: A number that is shown with so many is rounded to them.
        """
        cells = np.flatnonzero(self.columns == number)
        texts = self.texts.take(pa.array(cells))
        if decimals is not None:
            texts = rounded(texts, self.decimals[cells] == decimals, decimals)
        at = np.full(len(self.lines), -1)
        at[self.row_of[cells]] = np.arange(len(cells))
        return texts.take(pa.array(at, mask=at < 0)).fill_null("")

    def lines_of(self, code: str, column: int) -> Ints:
        """The lines on which there is this to tell of a column."""
        lines, columns = self.troubled[code]
        found: Ints = lines[columns == column]
        return found

    def below(self, line: int) -> Table:
        """The rows below a line."""
        row = int(np.searchsorted(self.lines, line, side="right"))
        cell = int(np.searchsorted(self.row_of, row))
        troubled = {
            code: (lines[lines > line], columns[lines > line]) for code, (lines, columns) in self.troubled.items()
        }
        row_of, columns = self.row_of[cell:] - row, self.columns[cell:]
        return Table(self.lines[row:], row_of, columns, self.texts[cell:], self.decimals[cell:], troubled)


def tables(
    archive: Archive, sheet: str, decimal: str, on_share: Callable[[float], None] | None = None
) -> Iterator[Table]:
    """Yield the rows of a sheet.

    Args:
        archive: The workbook.
        sheet: The name of one of its sheets.
        decimal: Of the feed's numbers.
        on_share: Told which share of the sheet was read.

    Raises:
        FeedRejected: ``truncated``; ``archive_bomb`` where cells are too far from each other.
    """
    reader = Sheet()
    member, done = archive.sheets.get(sheet, ""), 0

    def chunks() -> Iterator[bytes]:
        nonlocal done
        for chunk in archive.chunks(member):
            done += len(chunk)
            yield chunk

    with damage_told():
        styles = Styles(archive.styles())
        values = Values(archive, sheet, decimal, styles)
        last_row = width = 0
        for cells in _gathered(reader.cells(chunks())):
            if cells.rows[0] <= last_row or (np.diff(cells.rows) < 0).any():
                raise ValueError("its rows are in no order")
            last_row, width = int(cells.rows[-1]), max(width, int(cells.columns.max()) + 1)
            if last_row * width > MAX_CELLS:
                spans = f"The sheet {sheet!r} spans {last_row * width:,} cells; at most {MAX_CELLS:,} are read."
                raise FeedRejected("archive_bomb", f"{spans} Send it as CSV.")
            shown = [styles.of(*kind) for kind in reader.kinds]
            yield Table.of(cells, values.texts(cells, reader.kinds), reader.kinds, shown)
            if on_share is not None:
                on_share(min(1.0, done / archive.size_of(member)))


def _gathered(parts: Iterable[Cells]) -> Iterator[Cells]:
    """The same in larger parts, none of them empty."""
    held: list[Cells] = []
    for part in parts:
        held.append(part)
        if sum(len(cells.rows) for cells in held) >= BATCH_CELLS:
            yield _joined(held)
            held = []
    if any(len(cells.rows) for cells in held):
        yield _joined(held)


def _joined(parts: list[Cells]) -> Cells:
    rows, columns, kinds = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("rows", "columns", "kinds")
    )
    return Cells(rows, columns, kinds, pa.concat_arrays([part.texts for part in parts]))
