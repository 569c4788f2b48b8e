"""Parquet files: typed columns as columns of text, row group by row group."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest.formats.columns import LOW_CARDINALITY
from ingest.formats.compression import Allowance, Opened, random_access
from ingest.formats.layout import Layout
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind

BATCH_ROWS = 100_000
MAX_BATCH_BYTES = 512 << 20
"""Of text in one batch: a dictionary repeats a long value a million times for nothing."""

_MAX_THRIFT = 64 << 20
_DAMAGED = (pa.ArrowException, OSError, ValueError)


def read_parquet(
    opened: Opened,
    *,
    kind: FeedKind,
    context: FeedContext,
    notices: NoticeBook,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[RawBatch]:
    """Yield the rows of a Parquet file; the line of a row is its number, from 1.

    Numbers, dates and times come as the text that a CSV would have: whole numbers without a decimal
    point whatever their type, instants in UTC, NaN as nothing. Columns of nested types are not read.

    Args:
        opened: Gives the file's bytes.
        kind: Decides which column names mean what, and which are needed.
        context: Its profile's ``aliases`` and ``constants`` count.
        notices: Gets what is odd about the columns.
        on_progress: Called after each batch with a share of the file's bytes.

    Raises:
        FeedRejected: ``truncated``, ``empty_feed``, ``archive_bomb``, ``encoding_invalid`` or what is
            wrong with the columns.
    """
    with random_access(opened) as stream:
        size = stream.seek(0, 2)
        stream.seek(0)
        try:
            limits = {"thrift_string_size_limit": _MAX_THRIFT, "thrift_container_size_limit": _MAX_THRIFT}
            schema = pq.ParquetFile(stream, **limits).schema_arrow
            texts = [field.name for field in schema if _is_text(field.type)]
            file = pq.ParquetFile(stream, read_dictionary=texts, **limits)
        except _DAMAGED as error:
            raise _refused(error) from error
        total = file.metadata.num_rows
        if total == 0:
            raise FeedRejected("empty_feed", "The file holds no row.")
        layout = _layout(schema, kind, context, notices)
        meter, text_bytes, line = Allowance(size).meter(), 0, 1
        for raw in _batches(file, schema, layout):
            lines = np.arange(line, line + len(next(iter(raw.values()))), dtype=np.int64)
            try:
                fields = {p: _as_column(name, raw[p], context.decimal) for p, name in layout.wanted.items()}
            except pa.ArrowInvalid as error:
                raise _refused(error) from error
            text_bytes += sum(array.nbytes for array in fields.values())
            meter(text_bytes)
            yield RawBatch(lines, layout.columns(fields, lines))
            line += len(lines)
            if on_progress is not None:
                on_progress(size * (line - 1) // total)


def _layout(schema: pa.Schema, kind: FeedKind, context: FeedContext, notices: NoticeBook) -> Layout:
    names = []
    for field in schema:
        is_readable = _is_text(field.type) or _is_simple(field.type)
        names.append(field.name if is_readable else "")
        if not is_readable:
            message = f"Columns of type {field.type} are not read."
            notices.add("column_unknown", Severity.INFO, column=field.name, message=message)
    layout = Layout.of(names, kind, context.profile.aliases)
    layout.check(1, kind, context, notices)
    return layout


def _batches(file: pq.ParquetFile, schema: pa.Schema, layout: Layout) -> Iterator[dict[int, pa.Array]]:
    """The fields that are wanted, by position; of columns of one name all are read, to tell them apart."""
    names = [schema.names[position] for position in layout.wanted]
    is_unique = len(set(schema.names)) == len(schema.names)
    batches = file.iter_batches(BATCH_ROWS, columns=names if is_unique else None, use_threads=False)
    while True:
        try:
            batch = next(batches, None)
            if batch is None:
                return
            for array in batch.columns:
                array.validate(full=True)
        except _DAMAGED as error:
            raise _refused(error) from error
        yield {p: batch.column(schema.names[p] if is_unique else p) for p in layout.wanted}


def _refused(error: Exception) -> FeedRejected:
    if "UTF8" in str(error).upper().replace("-", ""):
        return FeedRejected("encoding_invalid", "A text column of the file is not UTF-8.")
    return FeedRejected("truncated", f"The Parquet file is damaged or its end is missing ({error}); send it again.")


def _is_text(type_: pa.DataType) -> bool:
    return any(
        test(type_)
        for test in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_string_view,
            pa.types.is_binary,
            pa.types.is_large_binary,
        )
    )


def _is_simple(type_: pa.DataType) -> bool:
    if pa.types.is_dictionary(type_):
        return _is_text(type_.value_type) or _is_simple(type_.value_type)
    return any(
        test(type_)
        for test in (
            pa.types.is_null,
            pa.types.is_boolean,
            pa.types.is_integer,
            pa.types.is_floating,
            pa.types.is_decimal,
            pa.types.is_temporal,
        )
    ) and not (pa.types.is_duration(type_) or pa.types.is_interval(type_))


def _as_column(name: str, array: pa.Array, decimal: str) -> pa.Array:
    if not isinstance(array, pa.DictionaryArray):
        texts = _as_text(array, decimal)
        return texts.dictionary_encode() if name in LOW_CARDINALITY else texts
    encoded = pa.DictionaryArray.from_arrays(array.indices.cast(pa.int32()), _as_text(array.dictionary, decimal))
    if len(encoded.dictionary) <= len(encoded):
        return encoded
    # The dictionary is that of a whole row group: only what this batch uses of it is worth a look.
    lengths = pc.binary_length(encoded.dictionary).take(encoded.indices)
    if (pc.sum(lengths).as_py() or 0) > MAX_BATCH_BYTES:
        reason = f"{len(encoded):,} rows of the column {name} hold more than {MAX_BATCH_BYTES:,} bytes."
        raise FeedRejected("archive_bomb", reason)
    texts = encoded.dictionary_decode()
    return texts.dictionary_encode() if name in LOW_CARDINALITY else texts


def _as_text(array: pa.Array, decimal: str) -> pa.Array:
    type_ = array.type
    if pa.types.is_floating(type_):
        # Through text: a 5.49 of float32 is no 5.489999771118164.
        exact = array if pa.types.is_float64(type_) else array.cast(pa.float32()).cast(pa.string()).cast(pa.float64())
        return _float_text(exact, decimal)
    if pa.types.is_timestamp(type_):
        return array.cast(pa.timestamp("s", "UTC" if type_.tz else None), safe=False).cast(pa.string())
    if pa.types.is_date64(type_):
        return array.cast(pa.date32(), safe=False).cast(pa.string())
    texts = array.cast(pa.string())
    return _with_a_fourth_decimal(texts) if decimal == "," and pa.types.is_decimal(type_) else texts


def _float_text(array: pa.Array, decimal: str) -> pa.Array:
    given = pc.and_kleene(pc.is_finite(array), pc.less(pc.abs(array), 2.0**63))
    array = pc.if_else(pc.fill_null(given, False), array, pa.scalar(None, pa.float64()))
    whole = pc.equal(pc.floor(array), array)
    numbers = pc.if_else(whole, array, pa.scalar(None, pa.float64())).cast(pa.int64(), safe=False).cast(pa.string())
    fractions = array.cast(pa.string())
    return pc.coalesce(numbers, _with_a_fourth_decimal(fractions) if decimal == "," else fractions)


def _with_a_fourth_decimal(texts: pa.Array) -> pa.Array:
    """So that no reader of a comma country takes the point for one of thousands."""
    return pc.replace_substring_regex(texts, r"^(-?\d+\.\d{3})$", r"\10")
