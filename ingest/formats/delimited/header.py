"""Find the header, tell the delimiter by it, and map its cells to columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.formats.characters import ODD_BLANKS
from ingest.formats.delimited.quoting import Dialect, visible
from ingest.formats.layout import Layout
from ingest.formats.sniff import SEND_INSTEAD, text_look
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.profile import FeedProfile

DELIMITERS = (b"\t", b",", b";", b"|")
_HINT = re.compile(r'"?(?:#.*|sep=.?"?)', re.IGNORECASE)
"""A line for people, or ``sep=;`` for Excel: the header tells the delimiter too."""


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of the rows before the first is read.

    Attributes:
        dialect: How fields are separated.
        layout: Which field is which column.
        line: Physical line of the header; where the profile declares the columns, of the first row.
        next_line: Physical line of the first row.
        end: Position of the first row in the text.
    """

    dialect: Dialect
    layout: Layout
    line: int
    next_line: int
    end: int

    @property
    def width(self) -> int:
        """Fields of a row."""
        return len(self.layout.names)


def read_header(head: bytes, *, kind: FeedKind, context: FeedContext, notices: NoticeBook) -> Header:
    """Read the header from the beginning of a file, or take the columns that its profile declares.

    Blank lines, lines that begin with ``#`` and ``sep=;`` may come before a header.

    Args:
        head: The file's beginning as UTF-8; the header must lie within.
        kind: Decides which names mean what, and which columns are needed.
        context: Its profile's declarations count; with a ``store_code`` no column needs to name the store.
        notices: Gets ``hint_row_skipped``, ``column_unknown`` and ``column_duplicate``.

    Raises:
        FeedRejected: ``not_a_feed``, ``empty_feed``, ``header_missing`` or ``column_missing``.
    """
    look = text_look(head)
    if look is not None:
        raise FeedRejected("not_a_feed", f"The file is {look}; {SEND_INSTEAD}.")
    profile = context.profile
    start, line = _skip_lines(head, profile.skip_rows)
    if profile.columns is not None:
        header = _declared(head, start, line, profile.columns, kind, context)
    else:
        start, line = _skip_to_header(head, start, line, notices)
        header = _best_reading(head, start, line, kind, profile)
    header.layout.check(line, kind, context, notices)
    return header


def _skip_lines(head: bytes, count: int) -> tuple[int, int]:
    start = 0
    for line in range(1, count + 1):
        start = head.find(b"\n", start) + 1
        if start == 0:
            raise FeedRejected("empty_feed", f"The file ends within the {count} lines to skip, on line {line}.")
    return start, count + 1


def _declared(head: bytes, start: int, line: int, names: Sequence[str], kind: FeedKind, context: FeedContext) -> Header:
    """The profile's columns; of the possible delimiters the one that cuts the first row best."""
    readings = [_reading(head, start, line, kind, dialect, {}) for dialect in _dialects(context.profile)]
    fitting = max(readings, key=lambda reading: (reading.width == len(names), reading.width))
    layout = Layout.of(names, kind, context.profile.aliases)
    return Header(fitting.dialect, layout, line, line, start)


def _dialects(profile: FeedProfile) -> list[Dialect]:
    if profile.delimiter is not None:
        return [Dialect(profile.delimiter.encode())]
    return [Dialect(delimiter) for delimiter in DELIMITERS]


def _skip_to_header(head: bytes, start: int, line: int, notices: NoticeBook) -> tuple[int, int]:
    while start < len(head):
        end = head.find(b"\n", start) + 1 or len(head)
        text = visible(head[start:end].strip())
        if is_hint(text):
            notices.add("hint_row_skipped", Severity.INFO, line=line, value=text)
        elif text:
            return start, line
        else:
            notices.add("blank_row", Severity.INFO, line=line)
        start, line = end, line + 1
    raise FeedRejected("empty_feed", "The file holds no row at all.")


def is_hint(text: str) -> bool:
    """Whether a line, or its first field, is none of the feed's but may stand before its header."""
    return _HINT.fullmatch(text) is not None


def _best_reading(head: bytes, start: int, line: int, kind: FeedKind, profile: FeedProfile) -> Header:
    """Read the header with each delimiter; the one that gives the most columns, then the most cells, is right."""
    readings = [_reading(head, start, line, kind, dialect, profile.aliases) for dialect in _dialects(profile)]
    return max(readings, key=lambda header: (len(header.layout.positions), header.width))


def _reading(
    head: bytes, start: int, line: int, kind: FeedKind, dialect: Dialect, aliases: Mapping[str, str]
) -> Header:
    text = head if head.endswith(b"\n") else head + b"\n"
    end = dialect.record_end(text, start)
    if end is None:
        return Header(dialect, Layout([], {}), line, line, start)
    record = text[start:end]
    dialect = dialect.as_in(record)
    names = [visible(cell).strip().strip(ODD_BLANKS) for cell in dialect.fields(record)]
    next_line = line + record.count(b"\n")
    return Header(dialect, Layout.of(names, kind, aliases), line, next_line, min(end, len(head)))
