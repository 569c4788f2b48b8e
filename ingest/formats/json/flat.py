"""Objects with our column names, or aliases of them, as raw batches: column by column, not cell by cell."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.formats import columns
from ingest.formats.json.text import Object, Objects, plain
from ingest.formats.records import refuse_incomplete
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind

MAX_NAMES = 1_000
"""A file with more names than this has put its data where the names belong."""

INHERITED = frozenset({"store_code", "timestamp"})
"""Columns that an object around the list of rows may give for all of them."""


class FlatReader:
    """Turns the objects of one file into raw batches.

    Of several names that mean one column the canonical one counts, then the first, that is not null.

    Args:
        kind: Decides which names mean what.
        context: Its profile's aliases come before ours.
        notices: Gets ``column_unknown`` once a name, ``value_nested`` for each cell that is no scalar.
        around: What stood around the list of rows.
    """

    def __init__(self, kind: FeedKind, context: FeedContext, notices: NoticeBook, around: Object) -> None:
        self._kind = kind
        self._context = context
        self._notices = notices
        self._found: dict[str, tuple[str, int] | None] = {}
        self._records = 0
        self._seen: set[str] = set()
        self._inherited = {
            found[0]: plain(value)
            for name, value in around.items()
            if (found := columns.find_column(kind, name, context.profile.aliases)) and found[0] in INHERITED
        }

    def batch(self, objects: Objects, lost: int) -> RawBatch:
        """The raw batch of some objects, after ``lost`` rows that are none."""
        rows, lines = objects.rows, np.array(objects.lines, np.int64)
        spellings: dict[str, list[tuple[int, str]]] = {}
        for name in dict.fromkeys(chain.from_iterable(rows)):
            found = self._found[name] if name in self._found else self._find(name, lines)
            if found is not None:
                spellings.setdefault(found[0], []).append((found[1], name))
        cells: dict[str, pa.Array] = {}
        for column, names in spellings.items():
            ranked = sorted(names, key=lambda ranked: ranked[0])
            given = [self._texts(name, column, [row.get(name) for row in rows], lines) for _, name in ranked]
            cells[column] = given[0] if len(given) == 1 else pc.coalesce(*given)
        for column, text in self._inherited.items():
            own = cells.get(column)
            cells[column] = pa.repeat(pa.scalar(text, pa.string()), len(rows)) if own is None else own.fill_null(text)
        self._records += len(rows) + lost
        self._seen |= cells.keys()
        return RawBatch(lines, {name: _encoded(name, array) for name, array in cells.items()}, lost)

    def finish(self) -> None:
        """Called once behind the last batch.

        Raises:
            FeedRejected: ``empty_feed`` or ``column_missing``.
        """
        refuse_incomplete(self._kind, self._context, self._seen, self._records)

    def _find(self, name: str, lines: np.ndarray) -> tuple[str, int] | None:
        if len(self._found) >= MAX_NAMES:
            raise FeedRejected("not_a_feed", f"The objects have more than {MAX_NAMES:,} different names.")
        found = columns.find_column(self._kind, name, self._context.profile.aliases)
        if found is None and not columns.is_known(name):
            self._notices.add("column_unknown", Severity.INFO, line=int(lines[0]), column=name)
        self._found[name] = found
        return found

    def _texts(self, name: str, column: str, values: list[Any], lines: np.ndarray) -> pa.Array:
        try:
            return pa.array(values, pa.string())
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            pass
        try:
            return pa.array(values, pa.int64()).cast(pa.string())
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            pass
        nested = [at for at, value in enumerate(values) if isinstance(value, (dict, list))]
        self._notices.add_rows(
            "value_nested", Severity.WARNING, lines[nested], column=column, value=lambda at: values[nested[at]]
        )
        return pa.array([plain(value) for value in values], pa.string())


def _encoded(name: str, array: pa.Array) -> pa.Array:
    return array.dictionary_encode() if name in columns.LOW_CARDINALITY else array
