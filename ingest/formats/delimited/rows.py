"""Turn a block of records into a raw batch: pyarrow reads it, and we say exactly which lines it left out.

pyarrow drops rows of the wrong width, which it tells, and empty lines, which it does not. Where there
are such lines, or a byte that no row may hold, the block's delimiters are counted line by line.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from ingest.formats.columns import LOW_CARDINALITY
from ingest.formats.delimited.blocks import Block
from ingest.formats.delimited.header import Header
from ingest.formats.delimited.quoting import outside, visible
from ingest.notices import NoticeBook, Severity
from inventory_api.domain.arrays import Ints
from inventory_api.domain.errors import FeedRejected

MAX_FIELD_BYTES = 128 << 10
_WINDOW = MAX_FIELD_BYTES // 2
_DICTIONARY = pa.dictionary(pa.int32(), pa.string())


class Verdict(IntEnum):
    """What becomes of a record; the first that fits counts, so the order is that of severity."""

    GOOD = 0
    CONTROL_CHARACTER = 1
    TOO_LONG = 2
    BLANK = 3
    WIDTH = 4


@dataclass(frozen=True, slots=True)
class Rows:
    """The records of a block: the good ones as columns by field position, and what becomes of each.

    ``verdict`` is None where all are good.
    """

    block: Block
    all_lines: Ints
    verdict: NDArray[np.int8] | None
    fields: dict[int, pa.Array]

    @property
    def line(self) -> Ints:
        """Physical line of each good record."""
        return self.all_lines if self.verdict is None else self.all_lines[self.verdict == Verdict.GOOD]


def read_rows(block: Block, header: Header) -> Rows:
    """Read a block; columns are never shifted."""
    parsed = None if _has_long_quoted(block) else _parse(block, header)
    if parsed is None:
        return _read_singly(block, header)
    table, left_out = parsed
    lines = block.record_lines()
    if len(lines) == table.num_rows + len(left_out) and not _needs_a_look(block, header):
        if not left_out:
            return Rows(block, lines, None, _arrays(table))
        if not _may_have_empty_lines(block):
            return Rows(block, lines, _verdict_on(left_out, len(lines), header), _arrays(table))
    judged = _judge(block, header)
    if int(judged.in_table.sum()) != table.num_rows:
        return _read_singly(block, header)
    good = judged.verdict == Verdict.GOOD
    kept = table.filter(pa.array(good[judged.in_table]))
    return Rows(block, lines, judged.verdict, _arrays(kept))


def note_rows(rows: Rows, header: Header, notices: NoticeBook) -> int:
    """Note the rows that cannot be used with their line; returns how many of them are rejected.

    Raises:
        FeedRejected: ``truncated`` where the last row has no newline and too few fields.
    """
    return 0 if rows.verdict is None else _note(rows.block, header, rows.all_lines, rows.verdict, notices)


def _parse(block: Block, header: Header) -> tuple[pa.Table, list[csv.InvalidRow]] | None:
    """The rows of the right width, and the others; None where pyarrow gives up."""
    left_out: list[csv.InvalidRow] = []

    def leave_out(row: csv.InvalidRow) -> str:
        left_out.append(row)
        return "skip"

    wanted = header.layout.wanted
    quoted = block.quotes is not None
    try:
        table = csv.read_csv(
            pa.BufferReader(block.text),
            read_options=csv.ReadOptions(
                use_threads=False,
                column_names=[str(position) for position in range(header.width)],
                block_size=len(block.text) + 1,
            ),
            parse_options=csv.ParseOptions(
                delimiter=header.dialect.delimiter.decode(),
                quote_char='"' if quoted else False,
                double_quote=quoted,
                newlines_in_values=quoted and block.ends is not None,
                invalid_row_handler=leave_out,
            ),
            convert_options=csv.ConvertOptions(
                check_utf8=False,
                include_columns=[str(position) for position in wanted],
                column_types={
                    str(position): _DICTIONARY if name in LOW_CARDINALITY else pa.string()
                    for position, name in wanted.items()
                },
            ),
        )
    except pa.ArrowInvalid:
        return None
    return table, left_out


def _arrays(table: pa.Table) -> dict[int, pa.Array]:
    return {
        int(name): column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        for name, column in zip(table.column_names, table.columns, strict=True)
    }


def _has_long_quoted(block: Block) -> bool:
    """Whether a field may be too long although none of its lines is."""
    return block.ends is not None and int(np.diff(block.ends, prepend=-1).max(initial=0)) > MAX_FIELD_BYTES


def _needs_a_look(block: Block, header: Header) -> bool:
    text = block.text
    if b"\0" in text or b"\x1a" in text or block.cut_off:
        return True
    empty = header.dialect.delimiter * (header.width - 1)
    if text.startswith(empty) or (_begins_blank(block, header) and b"\n" + empty in text):
        return True
    return any(text.find(b"\n", at, at + _WINDOW) < 0 for at in range(0, len(text) - _WINDOW, _WINDOW))


def _begins_blank(block: Block, header: Header) -> bool:
    """Whether a line begins with a delimiter."""
    first = np.frombuffer(block.text, np.uint8)[block.newlines[:-1] + 1]
    return bool((first == header.dialect.delimiter[0]).any())


def _may_have_empty_lines(block: Block) -> bool:
    """Whether pyarrow's numbers of rows may fall behind those of records: it does not count empty ones."""
    return int(np.diff(block.newlines, prepend=-1).min()) <= len(b"\r\n")


def _verdict_on(left_out: list[csv.InvalidRow], records: int, header: Header) -> NDArray[np.int8]:
    """What becomes of each record where nothing is wrong but the width of a few."""
    verdict = np.zeros(records, np.int8)
    for row in left_out:
        is_blank = _is_blank(row.text.encode(), row.actual_columns, header)
        verdict[row.number - 1] = Verdict.BLANK if is_blank else Verdict.WIDTH
    return verdict


@dataclass(frozen=True, slots=True)
class _Judged:
    verdict: NDArray[np.int8]
    in_table: NDArray[np.bool_]


def _judge(block: Block, header: Header) -> _Judged:
    """What becomes of each record, and which of them pyarrow keeps."""
    data = np.frombuffer(block.text, np.uint8)
    ends = block.record_ends()
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])
    length = ends - starts
    separators = np.flatnonzero(data == header.dialect.delimiter[0])
    if block.quotes is not None:
        separators = outside(separators, block.quotes)
    width = np.diff(np.searchsorted(separators, ends), prepend=0) + 1
    empty = (length == 0) | ((length == 1) & (data[starts] == ord("\r")))

    verdict = np.zeros(len(ends), np.int8)
    verdict[width != header.width] = Verdict.WIDTH
    blankish = np.isin(data[starts], np.frombuffer(b" \t\r\n" + header.dialect.delimiter, np.uint8))
    for record in np.flatnonzero(blankish):
        body = block.text[starts[record] : ends[record]]
        if _is_blank(body, int(width[record]), header):
            verdict[record] = Verdict.BLANK
    for record in np.flatnonzero(length > MAX_FIELD_BYTES):
        fields = header.dialect.fields(block.text[starts[record] : ends[record] + 1])
        if max(map(len, fields)) > MAX_FIELD_BYTES:
            verdict[record] = Verdict.TOO_LONG
    controls = np.flatnonzero((data == 0) | (data == 0x1A))
    verdict[np.searchsorted(ends, controls)] = Verdict.CONTROL_CHARACTER
    return _Judged(verdict, (width == header.width) & ~empty)


def _is_blank(body: bytes, width: int, header: Header) -> bool:
    """A line of nothing: blanks only, or, as spreadsheets leave it behind, delimiters only."""
    delimiter = header.dialect.delimiter
    if width != header.width:
        return not body.strip(b" \t\r" + delimiter)
    return body.removesuffix(b"\r") == delimiter * (width - 1)


def _note(block: Block, header: Header, lines: Ints, verdict: NDArray[np.int8], notices: NoticeBook) -> int:
    """Record the rows that are not good; returns how many of them are rejected."""
    if block.cut_off and verdict[-1] == Verdict.WIDTH:
        _refuse_short_end(block, header, int(lines[-1]))
    ends = block.record_ends()

    def note(code: str, severity: Severity, which: Verdict, message: str | None = None) -> int:
        records = np.flatnonzero(verdict == which)

        def text(position: int) -> str:
            record = records[position]
            start = 0 if record == 0 else int(ends[record - 1]) + 1
            return visible(block.text[start : min(int(ends[record]), start + 400)])

        notices.add_rows(code, severity, lines[records], value=text, message=message)
        return len(records)

    note("blank_row", Severity.INFO, Verdict.BLANK)
    return (
        note("control_character", Severity.ERROR, Verdict.CONTROL_CHARACTER)
        + note("column_value_too_long", Severity.ERROR, Verdict.TOO_LONG)
        + note("column_count", Severity.ERROR, Verdict.WIDTH, f"The header has {header.width} fields, this row not.")
    )


def _refuse_short_end(block: Block, header: Header, line: int) -> None:
    ends = block.record_ends()
    start = 0 if len(ends) == 1 else int(ends[-2]) + 1
    width = len(header.dialect.fields(block.text[start:]))
    if width < header.width:
        reason = f"The last row ends after {width} of {header.width} fields, without a newline."
        raise FeedRejected("truncated", reason, line=line)


def _read_singly(block: Block, header: Header) -> Rows:
    """Read record by record: slow, and exact whatever stands in the block."""
    ends = block.record_ends()
    verdict = np.zeros(len(ends), np.int8)
    good: list[list[bytes]] = []
    start = 0
    for record, end in enumerate(ends.tolist()):
        text = block.text[start : end + 1]
        start = end + 1
        fields = header.dialect.fields(text)
        verdict[record] = _verdict(text, fields, header)
        if verdict[record] == Verdict.GOOD:
            good.append(fields)
    arrays: dict[int, pa.Array] = {}
    for position, name in header.layout.wanted.items():
        values = pa.array([fields[position] for fields in good], pa.binary()).cast(pa.string())
        arrays[position] = values.dictionary_encode() if name in LOW_CARDINALITY else values
    return Rows(block, block.record_lines(), verdict, arrays)


def _verdict(text: bytes, fields: list[bytes], header: Header) -> Verdict:
    if b"\0" in text or b"\x1a" in text:
        return Verdict.CONTROL_CHARACTER
    if len(text) > MAX_FIELD_BYTES and max(map(len, fields)) > MAX_FIELD_BYTES:
        return Verdict.TOO_LONG
    if _is_blank(text[:-1], len(fields), header):
        return Verdict.BLANK
    return Verdict.GOOD if len(fields) == header.width else Verdict.WIDTH
