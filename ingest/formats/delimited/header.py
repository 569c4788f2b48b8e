"""Find the header, tell the delimiter by it, and map its cells to columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.formats import columns
from ingest.formats.delimited.edges import ODD_BLANKS
from ingest.formats.delimited.quoting import Dialect, visible
from ingest.formats.sniff import SEND_INSTEAD, binary_look, text_look
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind

DELIMITERS = (b"\t", b",", b";", b"|")


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says of the rows.

    Attributes:
        dialect: How fields are separated.
        width: Fields of a row.
        positions: Canonical column -> its field, the first being 0.
        twins: Canonical column -> other fields that claim to be it and must hold the same cells.
        names: The header's cells as written.
        line: Physical line of the header.
        next_line: Physical line behind it.
        end: Position behind it in the text.
    """

    dialect: Dialect
    width: int
    positions: dict[str, int]
    twins: dict[str, list[int]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    line: int = 1
    next_line: int = 2
    end: int = 0


def read_header(head: bytes, *, kind: FeedKind, context: FeedContext, notices: NoticeBook) -> Header:
    """Read the header from the beginning of a file.

    Blank lines and lines that begin with ``#`` may come before it.

    Args:
        head: The file's beginning as UTF-8; the header must lie within.
        kind: Decides which names mean what, and which columns are needed.
        context: Its profile's aliases come before ours; with a ``store_code`` no column needs to name the store.
        notices: Gets ``hint_row_skipped``, ``column_unknown`` and ``column_duplicate``.

    Raises:
        FeedRejected: ``not_a_feed``, ``empty_feed``, ``header_missing`` or ``column_missing``.
    """
    look = binary_look(head) or text_look(head)
    if look is not None:
        raise FeedRejected("not_a_feed", f"The file is {look}; {SEND_INSTEAD}.")
    start, line = _skip_to_header(head, notices)
    header = _best_reading(head, start, line, kind, context.profile.aliases)
    if not header.positions:
        reason = f"Line {line} holds no column name we know, but: {', '.join(header.names)[:120]}."
        raise FeedRejected("header_missing", reason, line=line)
    missing = columns.missing_columns(kind, set(header.positions), store_given=context.store_code is not None)
    if missing:
        reason = f"Columns missing: {'; '.join(missing)}. Found: {', '.join(header.names)[:200]}."
        raise FeedRejected("column_missing", reason, line=line)
    _note_columns(header, notices)
    return header


def _skip_to_header(head: bytes, notices: NoticeBook) -> tuple[int, int]:
    start, line = 0, 1
    while start < len(head):
        end = head.find(b"\n", start) + 1 or len(head)
        text = head[start:end].strip()
        if text.lstrip(b'"').startswith(b"#"):
            notices.add("hint_row_skipped", Severity.INFO, line=line, value=visible(text))
        elif text:
            return start, line
        else:
            notices.add("blank_row", Severity.INFO, line=line)
        start, line = end, line + 1
    raise FeedRejected("empty_feed", "The file holds no row at all.")


def _best_reading(head: bytes, start: int, line: int, kind: FeedKind, aliases: Mapping[str, str]) -> Header:
    """Read the header with each delimiter; the one that gives the most columns, then the most cells, is right."""
    readings = [_reading(head, start, line, kind, Dialect(delimiter), aliases) for delimiter in DELIMITERS]
    return max(readings, key=lambda header: (len(header.positions), header.width))


def _reading(
    head: bytes, start: int, line: int, kind: FeedKind, dialect: Dialect, aliases: Mapping[str, str]
) -> Header:
    text = head if head.endswith(b"\n") else head + b"\n"
    end = dialect.record_end(text, start)
    if end is None:
        return Header(dialect, 0, {})
    record = text[start:end]
    names = [visible(cell).strip().strip(ODD_BLANKS) for cell in dialect.fields(record)]
    positions, twins = _map(names, kind, aliases)
    next_line = line + record.count(b"\n")
    return Header(dialect, len(names), positions, twins, names, line, next_line, min(end, len(head)))


def _map(names: list[str], kind: FeedKind, aliases: Mapping[str, str]) -> tuple[dict[str, int], dict[str, list[int]]]:
    claims: dict[str, list[tuple[int, int]]] = {}
    for position, name in enumerate(names):
        found = columns.find_column(kind, name, aliases)
        if found is not None:
            canonical, rank = found
            claims.setdefault(canonical, []).append((rank, position))
    positions: dict[str, int] = {}
    twins: dict[str, list[int]] = {}
    for canonical, claimants in claims.items():
        rank, positions[canonical] = min(claimants)
        # A column of the canonical name itself outranks aliases; among equals only equal cells are safe.
        named_outright = rank == 0 or canonical in columns.MANY_SPELLINGS_FIRST_WINS
        rivals = [p for r, p in claimants if p != positions[canonical] and (r == rank or not named_outright)]
        if rivals:
            twins[canonical] = rivals
    return positions, twins


def _note_columns(header: Header, notices: NoticeBook) -> None:
    for position, name in enumerate(header.names):
        used = position in header.positions.values() or any(position in twins for twins in header.twins.values())
        if columns.fold(name) and not used and not columns.is_known(name):
            notices.add("column_unknown", Severity.INFO, line=header.line, column=name)
    for canonical, twins in header.twins.items():
        for position in twins:
            notices.add(
                "column_duplicate",
                Severity.WARNING,
                line=header.line,
                column=header.names[position],
                message=f"Read as {canonical}, like the column {header.names[header.positions[canonical]]}.",
            )
