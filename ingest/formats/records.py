"""Raw batches out of formats that have records, but no rows and columns of their own (XML, JSON, EDI)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingest.formats import columns
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind

BATCH_ROWS = 50_000

_LINE = "#line"
"""No name of a column, since names are canonical."""

_PART_ROWS = 4_096
"""Kept as Python strings at most: more would leave the processor's cache, which costs a fifth of an XML file's time."""


class RecordBatcher:
    """Gathers records, each a list of (name, text) pairs, into raw batches under canonical column names.

    A name is looked up once. Of two names of one record that mean the same column the canonical one
    counts, else the first. Adding costs about a microsecond a pair.

    Args:
        kind: Decides which names mean what.
        context: Its profile's aliases come before ours; its ``store_code`` stands for a missing column.
        notices: Gets ``column_unknown`` once a name.
    """

    def __init__(self, kind: FeedKind, context: FeedContext, notices: NoticeBook) -> None:
        self._kind = kind
        self._context = context
        self._notices = notices
        self._found: dict[str, tuple[str, int] | None] = {}
        self._columns: dict[str, list[str | None]] = {}
        self._lines: list[int] = []
        self._parts: list[pa.Table] = []
        self._gathered = 0
        self._lost = 0
        self._seen: set[str] = set()
        self._records = 0

    @property
    def is_full(self) -> bool:
        """Whether it is time to ``take``."""
        return self._gathered + len(self._lines) >= BATCH_ROWS

    def add(self, line: int, record: Iterable[tuple[str, str | None]]) -> None:
        """Append a record that begins on this physical line."""
        at = self._room()
        for name, text in record:
            found = self._found[name] if name in self._found else self._find(name, line)
            if found is None:
                continue
            column = self._columns.setdefault(found[0], [])
            if len(column) > at:
                if found[1] == 0:
                    column[at] = text
                continue
            if len(column) < at:
                column.extend([None] * (at - len(column)))
            column.append(text)
        self._lines.append(line)

    def choose(self, names: Sequence[str], line: int) -> dict[str, int]:
        """For each column that the names of one record mean, the position of the one that counts."""
        best: dict[str, tuple[int, int]] = {}
        for position, name in enumerate(names):
            found = self._found[name] if name in self._found else self._find(name, line)
            if found is not None and found[1] < best.get(found[0], (found[1] + 1,))[0]:
                best[found[0]] = found[1], position
        return {column: position for column, (_, position) in best.items()}

    def extend(self, lines: Sequence[int], columns: Mapping[str, Sequence[str | None]]) -> None:
        """Append many records at once: the line of each, and their texts under canonical names, as ``choose`` gave."""
        at = self._room()
        for name, texts in columns.items():
            column = self._columns.setdefault(name, [])
            if len(column) < at:
                column.extend([None] * (at - len(column)))
            column.extend(texts)
        self._lines.extend(lines)

    def append(self, lines: NDArray[np.int64], columns: Mapping[str, pa.Array]) -> None:
        """Append many records whose columns are strings of Arrow already, one for each line."""
        if self._lines:
            self._fold()
        self._parts.append(pa.table({_LINE: lines, **columns}))
        self._gathered += len(lines)

    def lose(self, rows: int = 1) -> None:
        """Count records that are in the file and cannot be read; the caller notes why."""
        self._lost += rows

    def take(self) -> RawBatch:
        """What was gathered since the last call."""
        self._fold()
        table = pa.concat_tables(self._parts, promote_options="default").combine_chunks()
        names = [name for name in table.column_names if name != _LINE]
        self._seen.update(names)
        self._records += len(table) + self._lost
        arrays = {name: _column(name, table.column(name)) for name in names}
        batch = RawBatch(table.column(_LINE).to_numpy(), arrays, self._lost)
        self._parts, self._gathered, self._lost = [], 0, 0
        return batch

    def finish(self) -> None:
        """Called once behind the last ``take``.

        Raises:
            FeedRejected: ``empty_feed`` or ``column_missing``: nothing in the whole file said what is needed.
        """
        refuse_incomplete(self._kind, self._context, self._seen, self._records)

    def _find(self, name: str, line: int) -> tuple[str, int] | None:
        found = columns.find_column(self._kind, name, self._context.profile.aliases)
        if found is None and not columns.is_known(name):
            self._notices.add("column_unknown", Severity.INFO, line=line, column=name)
        self._found[name] = found
        return found

    def _room(self) -> int:
        """Fold what became much, and return how many records are not folded."""
        if len(self._lines) >= _PART_ROWS:
            self._fold()
        return len(self._lines)

    def _fold(self) -> None:
        count = len(self._lines)
        part = {_LINE: pa.array(self._lines, pa.int64())}
        for name, texts in self._columns.items():
            texts.extend([None] * (count - len(texts)))
            part[name] = pa.array(texts, pa.string())
        self._parts.append(pa.table(part))
        self._gathered += count
        self._columns, self._lines = {}, []


def refuse_incomplete(kind: FeedKind, context: FeedContext, seen: set[str], records: int) -> None:
    """Refuse a file whose records, all together, do not say what is needed.

    Args:
        kind: Of the feed.
        context: Its constants and its ``store_code`` stand for missing columns.
        seen: The canonical columns that any record had.
        records: How many there were.

    Raises:
        FeedRejected: ``empty_feed`` or ``column_missing``.
    """
    if records == 0:
        raise FeedRejected("empty_feed", "The file holds no record.")
    present = seen | context.profile.constants.keys()
    missing = columns.missing_columns(kind, present, store_given=context.store_code is not None)
    if missing and seen:
        raise FeedRejected("column_missing", f"No record of the file has: {'; '.join(missing)}.")


def _column(name: str, texts: pa.ChunkedArray) -> pa.Array:
    array = texts.combine_chunks() if texts.num_chunks != 1 else texts.chunk(0)
    return array.dictionary_encode() if name in columns.LOW_CARDINALITY else array
