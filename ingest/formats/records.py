"""Raw batches out of formats that have records, but no rows and columns of their own (XML, JSON, EDI)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from ingest.formats import columns
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind

BATCH_ROWS = 50_000


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
        self._lost = 0
        self._seen: set[str] = set()
        self._records = 0

    @property
    def is_full(self) -> bool:
        """Whether it is time to ``take``."""
        return len(self._lines) >= BATCH_ROWS

    def add(self, line: int, record: Iterable[tuple[str, str | None]]) -> None:
        """Append a record that begins on this physical line."""
        at = len(self._lines)
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
        at = len(self._lines)
        for name, texts in columns.items():
            column = self._columns.setdefault(name, [])
            if len(column) < at:
                column.extend([None] * (at - len(column)))
            column.extend(texts)
        self._lines.extend(lines)

    def lose(self, rows: int = 1) -> None:
        """Count records that are in the file and cannot be read; the caller notes why."""
        self._lost += rows

    def take(self) -> RawBatch:
        """What was gathered since the last call."""
        count = len(self._lines)
        for column in self._columns.values():
            column.extend([None] * (count - len(column)))
        self._seen |= self._columns.keys()
        self._records += count + self._lost
        arrays = {name: _array(name, column) for name, column in self._columns.items()}
        batch = RawBatch(np.array(self._lines, np.int64), arrays, self._lost)
        self._columns, self._lines, self._lost = {}, [], 0
        return batch

    def finish(self) -> None:
        """Called once behind the last ``take``.

        Raises:
            FeedRejected: ``empty_feed`` or ``column_missing``: nothing in the whole file said what is needed.
        """
        if self._records == 0:
            raise FeedRejected("empty_feed", "The file holds no record.")
        present = self._seen | self._context.profile.constants.keys()
        missing = columns.missing_columns(self._kind, set(present), store_given=self._context.store_code is not None)
        if missing and self._seen:
            raise FeedRejected("column_missing", f"No record of the file has: {'; '.join(missing)}.")

    def _find(self, name: str, line: int) -> tuple[str, int] | None:
        found = columns.find_column(self._kind, name, self._context.profile.aliases)
        if found is None and not columns.is_known(name):
            self._notices.add("column_unknown", Severity.INFO, line=line, column=name)
        self._found[name] = found
        return found


def _array(name: str, texts: list[str | None]) -> pa.Array:
    array = pa.array(texts, pa.string())
    return array.dictionary_encode() if name in columns.LOW_CARDINALITY else array
