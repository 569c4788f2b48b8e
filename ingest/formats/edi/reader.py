"""An EDI file as raw batches: its segments, its envelopes, the messages that tell stock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from ingest.formats.edi import x12
from ingest.formats.edi.edifact import InventoryReport
from ingest.formats.edi.envelope import HEADERS, TRAILERS, verified
from ingest.formats.edi.segments import Segment, read_segments
from ingest.formats.edi.stock import Sink, StockMessage
from ingest.formats.records import RecordBatcher
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind


def read_edi(
    opened: Callable[[], BinaryIO],
    *,
    kind: FeedKind,
    context: FeedContext,
    notices: NoticeBook,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[RawBatch]:
    """Yield the stock that an X12 or EDIFACT file tells, in order, a row a quantity and location.

    Memory does not depend on the file's size. Counts and control numbers are known to be right only
    when the last batch came.

    Args:
        opened: Gives a new stream of the decompressed bytes.
        kind: Only stock is read from EDI.
        context: Its profile names locations and quantity qualifiers; with a ``store_code`` a
            quantity needs no location.
        notices: Gets what is wrong with single rows and harmless oddities of the file.
        on_progress: Called now and then with the bytes read so far.

    Raises:
        FeedRejected: The file as a whole cannot be used: ``not_a_feed``, ``empty_feed``,
            ``control_count``, ``truncated``, ``encoding_invalid``, ``column_missing``. May come after
            batches were yielded.
    """
    if kind is not FeedKind.INVENTORY:
        raise FeedRejected("not_a_feed", f"The file is EDI, which tells stock only; send {kind} as a text file.")
    batcher = RecordBatcher(kind, context, notices)
    sink = Sink(batcher, context, notices)
    message: StockMessage | None = None
    is_stock = False
    with opened() as stream:
        segments = read_segments(stream, fallback=context.encoding, notices=notices, on_progress=on_progress)
        for segment in verified(segments):
            tag = segment.elements[0]
            if tag in HEADERS:
                message = _message(segment, sink)
                is_stock |= message is not None
            elif message is None:
                continue
            elif tag in TRAILERS:
                message.finish()
            else:
                message.take(segment)
            if batcher.is_full:
                yield batcher.take()
    if not is_stock:
        raise FeedRejected("not_a_feed", "None of the file's messages tells stock: send X12 846 or 852, or INVRPT.")
    yield batcher.take()
    batcher.finish()


def _message(header: Segment, sink: Sink) -> StockMessage | None:
    """A reader for the message that begins here; None, and a notice, for one that is not stock."""
    if header.elements[0] == "UNH":
        name = header.part(2)
        kind: type[StockMessage] | None = InventoryReport if name == "INVRPT" else None
    else:
        name = header.part(1)
        kind = x12.MESSAGES.get(name)
    if kind is not None:
        return kind(sink)
    text = header.told(f"messages of type {name[:20]!r} tell no stock; skipped.")
    sink.notices.add(
        "message_skipped", Severity.INFO, line=header.line, column=header.elements[0], value=name, message=text
    )
    return None
