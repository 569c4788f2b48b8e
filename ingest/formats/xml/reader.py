"""Read an XML feed of any size as raw batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from ingest.formats.records import RecordBatcher
from ingest.formats.xml.document import Document
from ingest.formats.xml.shapes import shape_of
from ingest.notices import NoticeBook
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.feed import FeedKind


def read_xml(
    opened: Callable[[], BinaryIO],
    *,
    kind: FeedKind,
    context: FeedContext,
    notices: NoticeBook,
    on_progress: Callable[[int], None] | None = None,
    chunk_bytes: int = 1 << 19,
) -> Iterator[RawBatch]:
    """Yield the records of an XML file, in order; the root element tells which shape they have.

    Nothing is repaired: a document that is not well-formed is refused as a whole, at its end if need
    be, so nothing may be published before the last batch came. The encoding is the document's own
    affair (its declaration, a BOM, else UTF-8), never the profile's.

    Args:
        opened: Gives a stream of the decompressed bytes; called once.
        kind: Decides which element names mean what, and which are needed.
        context: Its profile's aliases come before ours, its locations turn GLNs into store codes.
        notices: Gets ``column_unknown`` once a name.
        on_progress: Called after each chunk with the bytes read so far.
        chunk_bytes: Bytes parsed at once; the result does not depend on it.

    Raises:
        FeedRejected: ``not_a_feed``, ``xml_dtd_forbidden``, ``xml_not_well_formed``, ``truncated``,
            ``encoding_invalid``, ``record_too_large``, ``empty_feed``, ``column_missing``. May come
            after batches were yielded.
    """
    batcher = RecordBatcher(kind, context, notices)
    document = Document(lambda root, parser: shape_of(root, parser, batcher, kind, context.profile))
    with opened() as stream:
        while chunk := stream.read(chunk_bytes):
            document.feed(chunk)
            if on_progress is not None:
                on_progress(document.fed)
            if batcher.is_full:
                yield batcher.take()
    document.close()
    yield batcher.take()
    batcher.finish()
