"""The first rows of a file, before anybody knows what they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.formats.archives import Part, open_parts
from ingest.formats.compression import random_access
from ingest.formats.delimited.header import DELIMITERS
from ingest.formats.delimited.quoting import Dialect, visible
from ingest.formats.delimited.text import utf8_chunks
from ingest.formats.layout import Layout
from ingest.formats.sniff import HEAD_BYTES, SEND_INSTEAD, binary_look, format_of, text_look
from ingest.formats.xlsx import first_rows
from ingest.notices import NoticeBook
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.profile import FeedFormat, FeedProfile

SAMPLE_ROWS = 500
_HEADER_WITHIN = 20
"""Rows in which a header is looked for: exports put a title and a date above it."""

_CHUNK_BYTES = 1 << 20


@dataclass(slots=True)
class Sample:
    """The beginning of a file.

    Attributes:
        format: Of its bytes.
        rows: Line and cells of each row that is not blank; a header may be among them.
        profile: What had to be declared or told to read them: delimiter, encoding.
        is_latin: Its text is not UTF-8.
    """

    format: FeedFormat
    rows: list[tuple[int, list[str]]]
    profile: FeedProfile
    delimiter: str | None = None
    is_latin: bool = False


def take_sample(path: Path, profile: FeedProfile) -> Sample:
    """Read the first rows of a file of columns; of another format none.

    Raises:
        FeedRejected: It cannot be unpacked, or is no feed.
    """
    part = open_parts(path, member_glob=profile.member_glob)[0]
    with part.opened() as stream:
        head = stream.read(HEAD_BYTES)
    format_ = profile.format or format_of(head)
    if format_ is FeedFormat.DELIMITED:
        look = binary_look(head) or text_look(head)
        if look is not None:
            raise FeedRejected("not_a_feed", f"The file is {look}; {SEND_INSTEAD}.")
        return _delimited(part, profile)
    rows: list[tuple[int, list[str]]] = []
    if format_ is FeedFormat.XLSX:
        rows = first_rows(part.opened, profile.sheet, SAMPLE_ROWS)
    elif format_ is FeedFormat.PARQUET:
        rows = list(islice(_parquet(part), SAMPLE_ROWS))
    return Sample(format_, rows, profile)


def _delimited(part: Part, profile: FeedProfile) -> Sample:
    book = NoticeBook()
    chunks = utf8_chunks(part.opened, profile.encoding or "cp1252", book, chunk_bytes=_CHUNK_BYTES)
    head = next(chunks)
    if not head.endswith(b"\n") and next(chunks, None) is None:
        head += b"\n"
    delimiters = [profile.delimiter.encode()] if profile.delimiter else list(DELIMITERS)
    readings = {delimiter: list(_records(head, Dialect(delimiter))) for delimiter in delimiters}
    best = max(readings, key=lambda delimiter: _fit(readings[delimiter]))
    return Sample(FeedFormat.DELIMITED, readings[best], profile, best.decode(), bool(book.count("encoding_fallback")))


def _records(head: bytes, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    start, line, count = 0, 1, 0
    while start < len(head) and count < SAMPLE_ROWS:
        end = dialect.record_end(head, start)
        if end is None:
            return
        dialect = dialect.as_in(head[start:end])
        cells = [visible(cell).strip() for cell in dialect.fields(head[start:end])]
        if any(cells):
            yield line, cells
            count += 1
        line += head.count(b"\n", start, end)
        start = end


def _fit(rows: list[tuple[int, list[str]]]) -> tuple[int, float, int]:
    """How well a delimiter cuts the rows: known names in some row, then equal widths above one."""
    known = max((known_names(cells) for _, cells in rows[:_HEADER_WITHIN]), default=0)
    widths = [len(cells) for _, cells in rows]
    usual = max(set(widths), key=widths.count, default=1)
    share = widths.count(usual) / max(len(widths), 1) if usual > 1 else 0.0
    return known, share, usual


def known_names(cells: list[str]) -> int:
    """How many of the cells are column names of one kind of feed."""
    return max(len(Layout.of(cells, kind, {}).positions) for kind in FeedKind)


def header_at(rows: list[tuple[int, list[str]]], least: int = 2) -> int | None:
    """Index of the row that reads like a header, by its names; None where none does."""
    near = [(known_names(cells), -index) for index, (_, cells) in enumerate(rows[:_HEADER_WITHIN])]
    best = max(near, default=(0, 0))
    return -best[1] if best[0] >= least else None


def _parquet(part: Part) -> Iterator[tuple[int, list[str]]]:
    with random_access(part.opened) as stream:
        try:
            file = pq.ParquetFile(stream)
            yield 0, list(file.schema_arrow.names)
            for batch in file.iter_batches(SAMPLE_ROWS):
                for number, row in enumerate(zip(*(column.to_pylist() for column in batch.columns), strict=True), 1):
                    yield number, ["" if cell is None else str(cell) for cell in row]
                return
        except (pa.ArrowException, OSError) as error:
            raise FeedRejected("truncated", f"The Parquet file is damaged ({error}).") from error
