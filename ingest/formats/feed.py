"""Any staged file as raw batches: decompressed, its format told, handed to the reader of that format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from ingest.formats.compression import open_feed
from ingest.formats.delimited import read_delimited
from ingest.formats.edi import read_edi
from ingest.formats.json import read_json
from ingest.formats.sniff import format_of
from ingest.formats.xml import read_xml
from ingest.notices import NoticeBook
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.profile import FeedFormat


class Reader(Protocol):
    """Reads one format. Bounded memory, rows in the order of the file, FeedRejected for a file as a whole.

    ``opened`` gives a new, seekable stream of the decompressed bytes at each call. Nothing may be
    published before the last batch came.
    """

    def __call__(
        self,
        opened: Callable[[], BinaryIO],
        *,
        kind: FeedKind,
        context: FeedContext,
        notices: NoticeBook,
        on_progress: Callable[[int], None] | None = None,
    ) -> Iterator[RawBatch]:
        """Yield the file's rows."""


READERS: dict[FeedFormat, Reader] = {
    FeedFormat.DELIMITED: read_delimited,
    FeedFormat.XML: read_xml,
    FeedFormat.JSON: read_json,
    FeedFormat.X12: read_edi,
    FeedFormat.EDIFACT: read_edi,
}
"""A format that is not here is refused by the delimited reader, with a word on what it looks like."""


def read_feed(
    path: Path,
    *,
    kind: FeedKind,
    context: FeedContext,
    notices: NoticeBook,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[RawBatch]:
    """Yield the rows of a staged file of any format that we read.

    Args:
        path: The file as it came, compressed or not.
        kind: What its rows are about.
        context: Its profile may name the format; else the content tells it.
        notices: Gets what is wrong with single rows and harmless oddities of the file.
        on_progress: Called now and then with the decompressed bytes read so far.

    Raises:
        FeedRejected: The file as a whole cannot be used. May come after batches were yielded.
    """

    def opened() -> BinaryIO:
        return open_feed(path)

    format_ = context.profile.format
    if format_ is None:
        with opened() as stream:
            format_ = format_of(stream.read(4096))
    reader = READERS.get(format_, read_delimited)
    yield from reader(opened, kind=kind, context=context, notices=notices, on_progress=on_progress)
