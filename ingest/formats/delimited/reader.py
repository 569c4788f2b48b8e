"""Read a delimited file of any size as raw batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO

import numpy as np

from ingest.ahead import ahead
from ingest.formats.characters import trim_edges, unwrap_codes
from ingest.formats.delimited.blocks import cut_blocks
from ingest.formats.delimited.header import Header, read_header
from ingest.formats.delimited.quoting import visible
from ingest.formats.delimited.rows import Rows, note_rows, read_rows
from ingest.formats.delimited.text import utf8_chunks
from ingest.formats.delimited.trailer import Trailer
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind


def read_delimited(
    opened: Callable[[], BinaryIO],
    *,
    kind: FeedKind,
    context: FeedContext,
    notices: NoticeBook,
    on_progress: Callable[[int], None] | None = None,
    block_bytes: int = 8 << 20,
) -> Iterator[RawBatch]:
    """Yield the rows of a TSV or CSV file, in order, in batches of about ``block_bytes`` of text.

    Memory does not depend on the file's size. Nothing may be published before the last batch came:
    only then is it known that the file is whole.

    Args:
        opened: Gives a new, seekable stream of the decompressed bytes at each call; it is called a
            second time only for a file that is not ASCII.
        kind: Decides which column names mean what, and which are needed.
        context: Its ``encoding`` is that of a file which is not UTF-8; with a ``store_code`` no
            column needs to name the store.
        notices: Gets what is wrong with single rows and harmless oddities of the file.
        on_progress: Called after each block with the bytes of text read so far.
        block_bytes: Bytes of the file read at once; the result does not depend on it.

    Raises:
        FeedRejected: The file as a whole cannot be used: ``not_a_feed``, ``empty_feed``,
            ``header_missing``, ``column_missing``, ``column_duplicate``, ``encoding_invalid``,
            ``truncated``. May come after batches were yielded.
    """
    encoding, is_declared = context.encoding, context.profile.encoding is not None
    chunks = utf8_chunks(opened, encoding, notices, is_declared=is_declared, chunk_bytes=block_bytes)
    head = next(chunks)
    header = read_header(head, kind=kind, context=context, notices=notices)
    trailer = Trailer(header)
    text = trailer.without(chain(_slices(head[header.end :], block_bytes), chunks))
    consumed, rows_seen, next_line = header.end, 0, header.next_line
    blocks = cut_blocks(text, header.dialect, header.next_line)
    for rows in ahead(read_rows(block, header) for block in blocks):
        batch = _batch(rows, header, notices)
        rows_seen += len(batch) + batch.rejected
        yield batch
        consumed += len(rows.block.text)
        next_line = rows.block.first_line + rows.block.line_count
        if on_progress is not None:
            on_progress(consumed)
    if rows_seen == 0:
        raise FeedRejected("empty_feed", "There is no row below the header.", line=header.line)
    if trailer.lines:
        yield _end(trailer, next_line, rows_seen, notices)


def _end(trailer: Trailer, line: int, rows_seen: int, notices: NoticeBook) -> RawBatch:
    """What the trailer says of the rows: nothing more, or that some are lost."""
    told = next((count for count in trailer.counts() if count != rows_seen), None)
    said = visible(b"".join(trailer.lines).strip())
    if told is None:
        notices.add("trailer_skipped", Severity.INFO, line=line, value=said)
    else:
        message = f"The last line counts {told:,} rows; there are {rows_seen:,}."
        notices.add("trailer_count", Severity.WARNING, line=line, value=said, message=message)
    return RawBatch(np.empty(0, np.int64), {}, rejected=int(told is not None))


def _slices(text: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


def _batch(rows: Rows, header: Header, notices: NoticeBook) -> RawBatch:
    rejected = note_rows(rows, header, notices)
    line = rows.line
    columns = header.layout.columns(rows.fields, line)
    if b'="' in rows.block.text or b"'" in rows.block.text:
        columns = unwrap_codes(columns)
    if not rows.block.text.isascii():
        columns = trim_edges(columns, line, notices)
    return RawBatch(line, columns, rejected)
