"""Read a JSON file of any shape: lines or one document, our own columns or somebody else's dialect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from ingest.formats.delimited.text import utf8_chunks
from ingest.formats.json.dialects import Dialect, dialect_of
from ingest.formats.json.document import MAX_DOCUMENT_BYTES, Document
from ingest.formats.json.flat import FlatReader
from ingest.formats.json.lines import LineReader
from ingest.formats.json.paging import next_page
from ingest.formats.json.text import BROKEN, DECODER, Object, Objects, is_cut
from ingest.formats.records import RecordBatcher
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind

BLOCK_BYTES = 4 << 20


def read_json(
    opened: Callable[[], BinaryIO],
    *,
    kind: FeedKind,
    context: FeedContext,
    notices: NoticeBook,
    on_progress: Callable[[int], None] | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[RawBatch]:
    """Yield the rows of NDJSON, an array, an object around a list of rows, or a single object.

    The first object tells the dialect of the file. Lines are read in bounded memory; a document is
    held as a whole, up to ``MAX_DOCUMENT_BYTES``. Costs one to three microseconds a flat record, ten
    a record of a dialect.

    Args:
        opened: Gives a new, seekable stream of the decompressed bytes at each call.
        kind: Decides which names mean what.
        context: Its profile's aliases, locations and items are used here.
        notices: Gets what is wrong with single rows.
        on_progress: Called after each block with the bytes of text read so far.
        block_bytes: Bytes of the file read at once; the result does not depend on it.

    Raises:
        FeedRejected: ``truncated``, ``json_invalid``, ``document_too_large``, ``empty_feed``,
            ``column_missing``, ``not_store_stock``, ``not_a_feed``, ``encoding_invalid``. May come
            after batches were yielded.
    """
    chunks = utf8_chunks(opened, context.encoding, notices, chunk_bytes=block_bytes)
    first = next(chunks)
    text = chain([first], chunks)

    def progress(done: int) -> None:
        if on_progress is not None:
            on_progress(done)

    if is_document(first):
        yield from _read_document(_whole(text), kind, context, notices)
        return
    lines = LineReader(text, notices)

    def lost() -> int:
        progress(lines.bytes_read)
        count, lines.lost = lines.lost, 0
        return count

    blocks = iter(lines)
    begun: list[Objects] = []
    for block in blocks:
        begun.append(block)
        if block.rows:
            break
    head: Object = begun[-1].rows[0] if begun and begun[-1].rows else {}
    yield from _rows(chain(begun, blocks), lost, dialect_of(head, kind), {}, kind, context, notices)


def is_document(head: bytes) -> bool:
    """Whether a file that begins like this is one JSON value, not an object a line."""
    text = head.lstrip()
    if text.startswith(b"["):
        return True
    line, _, rest = text.partition(b"\n")
    try:
        DECODER.decode(line)
        if rest.strip():
            return False
    except BROKEN:
        # The first line of many is broken, or a document begins that has several.
        pass
    try:
        DECODER.decode(text)
    except BROKEN as error:
        return is_cut(error)
    return True


def _whole(chunks: Iterable[bytes]) -> bytes:
    parts, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_DOCUMENT_BYTES:
            reason = f"The document has more than {MAX_DOCUMENT_BYTES >> 20} MB; send one object a line (NDJSON)."
            raise FeedRejected("document_too_large", reason)
        parts.append(chunk)
    text = b"".join(parts)
    if not text.strip():
        raise FeedRejected("empty_feed", "The file is empty.")
    return text


def _read_document(text: bytes, kind: FeedKind, context: FeedContext, notices: NoticeBook) -> Iterator[RawBatch]:
    document = Document(text, notices)
    head = document.head()
    dialect = dialect_of(head, kind)
    if dialect is not None:
        path = dialect.path(head)
    else:
        path = document.path_of_rows()
        # The answer to a list call says nothing of its own: its first entry tells.
        dialect = dialect_of(document.first(path), kind) if path else None

    def lost() -> int:
        count, document.lost = document.lost, 0
        return count

    around = head if path else {}
    onward = next_page(around)
    if onward is not None:
        message = f"{onward} says that there is another page; this is not all."
        notices.add("more_pages", Severity.WARNING, column=onward, value=around.get(onward), message=message)
    yield from _rows(document.elements(path), lost, dialect, around, kind, context, notices)


def _rows(
    blocks: Iterable[Objects],
    lost: Callable[[], int],
    dialect: Dialect | None,
    around: Object,
    kind: FeedKind,
    context: FeedContext,
    notices: NoticeBook,
) -> Iterator[RawBatch]:
    if dialect is None:
        flat = FlatReader(kind, context, notices, around)
        for block in blocks:
            yield flat.batch(block, lost())
        flat.finish()
        return
    batcher = RecordBatcher(kind, context, notices)
    has_records = False
    located = (one for block in blocks for one in zip(block.lines, block.rows, strict=True))
    for line, record in dialect.read(located, context, notices):
        batcher.add(line, record)
        has_records = True
        if batcher.is_full:
            batcher.lose(lost())
            yield batcher.take()
    batcher.lose(gone := lost())
    if not has_records and not gone:
        raise FeedRejected("not_store_stock", f"Nothing in this file ({dialect.name}) says what a store has.")
    yield batcher.take()
    batcher.finish()
