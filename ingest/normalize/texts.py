"""Cells of stores and products feeds: plain texts, and which of two rows of one key counts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from ingest.notices import NoticeBook, Severity
from ingest.rows import RawBatch


class _Row(Protocol):
    @property
    def line(self) -> int: ...


_AnyRow = TypeVar("_AnyRow", bound=_Row)


@dataclass(frozen=True, slots=True)
class NormalizedBatch(Generic[_AnyRow]):
    """The accepted rows of a raw batch, the last of each key, and the counts of its rows."""

    rows: list[_AnyRow]
    read: int
    rejected: int
    repaired: int


@dataclass(slots=True)
class RowNotes:
    """Notices of one row; remembers whether a warning changed it."""

    notices: NoticeBook
    line: int
    repaired: bool = False

    def reject(self, code: str, column: str, value: object = None, message: str | None = None) -> None:
        """Say why the row is not accepted."""
        self.notices.add(code, Severity.ERROR, line=self.line, column=column, value=value, message=message)

    def warn(self, code: str, column: str, value: object = None, message: str | None = None) -> None:
        """Say what was changed or dropped."""
        self.repaired = True
        self.notices.add(code, Severity.WARNING, line=self.line, column=column, value=value, message=message)

    def doubt(self, code: str, column: str, value: object = None) -> None:
        """Warn of what was left as it is."""
        self.notices.add(code, Severity.WARNING, line=self.line, column=column, value=value)

    def remark(self, code: str, column: str, value: object = None) -> None:
        """Tell what is harmless."""
        self.notices.add(code, Severity.INFO, line=self.line, column=column, value=value)


def column_texts(batch: RawBatch, name: str) -> list[str | None]:
    """The trimmed cells of a column; None where a cell, or the whole column, says nothing."""
    column = batch.columns.get(name)
    if column is None:
        return [None] * len(batch)
    return [(text or "").strip() or None for text in column.to_pylist()]


def shortened(text: str | None, column: str, limit: int, notes: RowNotes) -> str | None:
    """The text, cut at ``limit`` characters with a warning."""
    if text is None or len(text) <= limit:
        return text
    notes.warn("column_value_too_long", column, text, f"Shorten the value to {limit} characters; it was cut there.")
    return text[:limit].rstrip()


def last_wins(
    rows: Iterable[_AnyRow], key: Callable[[_AnyRow], Hashable], notices: NoticeBook, *, column: str
) -> list[_AnyRow]:
    """Keep the last row of each key, with a notice for each that repeats or contradicts an earlier one.

    Rows come in the order of the file; equal are those that differ in nothing but their line.
    """
    kept: dict[Hashable, _AnyRow] = {}
    for row in rows:
        earlier = kept.get(key(row))
        if earlier is not None:
            _note_duplicate(earlier, row, notices, column, key(row))
        kept[key(row)] = row
    return list(kept.values())


def _note_duplicate(earlier: _Row, row: _Row, notices: NoticeBook, column: str, value: Hashable) -> None:
    code, end = ("duplicate_key", "") if earlier == row else ("duplicate_conflict", " with other values")
    message = f"Also on line {earlier.line}{end}; the last one counts."
    notices.add(code, Severity.WARNING, line=row.line, column=column, value=value, message=message)
