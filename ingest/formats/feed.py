"""Any staged file as raw batches: unpacked, its format told, handed to the reader of that format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import pyarrow as pa

from ingest.formats.archives import Part, open_parts
from ingest.formats.characters import cleaned
from ingest.formats.delimited import read_delimited
from ingest.formats.edi import read_edi
from ingest.formats.json import read_json
from ingest.formats.manifest import MANIFEST_NAME
from ingest.formats.parquet import read_parquet
from ingest.formats.sniff import HEAD_BYTES, format_of
from ingest.formats.xlsx import read_xlsx
from ingest.formats.xml import read_xml
from ingest.notices import NoticeBook
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.errors import FeedRejected
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
    FeedFormat.PARQUET: read_parquet,
    FeedFormat.XLSX: read_xlsx,
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
    """Yield the rows of a staged file of any format that we read, of an archive's parts in their order.

    Args:
        path: The file as it came, compressed or not.
        kind: What its rows are about.
        context: Its profile may name the format; else the content tells it.
        notices: Gets what is wrong with single rows and harmless oddities of the file.
        on_progress: Called now and then with the decompressed bytes read so far.

    Raises:
        FeedRejected: The file as a whole cannot be used. May come after batches were yielded.
    """
    parts = open_parts(path, member_glob=context.profile.member_glob, is_full=context.is_full)
    empty: FeedRejected | None = None
    rows, before, done = 0, 0, 0

    def on_part(position: int) -> None:
        nonlocal done
        done = before + position
        if on_progress is not None:
            on_progress(done)

    for part in parts:
        rows_before, before = rows, done
        try:
            with notices.within(part.name):
                for batch in _read_part(part, kind, context, notices, on_part):
                    rows += len(batch) + batch.rejected
                    yield batch
        except FeedRejected as refusal:
            refusal = _of_part(refusal, part)
            if refusal.code != "empty_feed":
                raise refusal from None
            empty = refusal
        if part.rows is not None and rows - rows_before != part.rows:
            reason = f"{part.name} has {rows - rows_before:,} rows, and {part.rows:,} by the {MANIFEST_NAME}."
            raise FeedRejected("manifest_mismatch", reason)
    if rows == 0 and empty is not None:
        raise empty
    is_whole = context.is_full and kind is FeedKind.INVENTORY
    if is_whole and notices.count("more_pages") == len(parts):
        raise FeedRejected("more_pages", "The last page is missing, so what is not here may well be there.")


def _read_part(
    part: Part, kind: FeedKind, context: FeedContext, notices: NoticeBook, on_progress: Callable[[int], None]
) -> Iterator[RawBatch]:
    format_ = context.profile.format
    if format_ is None:
        with part.opened() as stream:
            format_ = format_of(stream.read(HEAD_BYTES))
    reader = READERS.get(format_, read_delimited)
    for batch in reader(part.opened, kind=kind, context=context, notices=notices, on_progress=on_progress):
        # The delimited reader has done so, line by line.
        clean = batch if reader is read_delimited else cleaned(batch, notices)
        yield _with_constants(clean, context.profile.constants)


def _with_constants(batch: RawBatch, constants: Mapping[str, str]) -> RawBatch:
    if not constants:
        return batch
    zeros = pa.array(np.zeros(len(batch), np.int32))
    given = {name: pa.DictionaryArray.from_arrays(zeros, pa.array([text])) for name, text in constants.items()}
    return RawBatch(batch.line, batch.columns | given, batch.rejected)


def _of_part(refusal: FeedRejected, part: Part) -> FeedRejected:
    if part.name is None:
        return refusal
    return FeedRejected(refusal.code, f"{part.name}: {refusal.reason}", line=refusal.line)
