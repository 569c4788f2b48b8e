"""Write, read and sweep segment files."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash
from numpy.typing import NDArray

from inventory_api.domain.stock import (
    DATED,
    HAS_EXTRA,
    NO_PRICE,
    NO_QUANTITY,
    StockTable,
    pack_keys,
)
from inventory_api.storage.durable import fsync

BUCKETS = 256

TOGETHER_ROWS = 16_384
"""Read at once where buckets are small: a read costs as much as a thousand rows."""

_SCHEMA = pa.schema(
    [
        ("product_id", pa.int64()),
        ("store", pa.int32()),
        ("claim", pa.uint8()),
        ("basis", pa.uint8()),
        ("dated", pa.bool_()),
        ("quantity", pa.uint16()),
        ("price", pa.uint32()),
        ("observed", pa.uint32()),
        ("extra", pa.string()),
    ]
)
_COUNTS, _SNAPSHOTS = b"inventory.bucket_rows", b"inventory.snapshots"


class Segment:
    """One immutable version of a retailer's stock.

    ``snapshots`` holds, by store number, the observed time of the store's last full feed as of this
    version (0: none). Reading a bucket costs its own rows, small ones are read with their neighbors.
    """

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetFile(path, memory_map=True)
        metadata = self._file.schema_arrow.metadata or {}
        metadata = {**metadata, **(self._file.metadata.metadata or {})}
        counts = np.array([int(n) for n in metadata[_COUNTS].split(b",")], np.int64)
        self._group = np.where(counts > 0, np.cumsum(counts > 0) - 1, -1)
        self._ends = np.cumsum(counts)
        self._near: tuple[int, list[StockTable]] = (0, [])
        self.records = int(counts.sum())
        self.snapshots = np.array([int(n) for n in metadata[_SNAPSHOTS].split(b",") if n], np.uint32)

    def bucket(self, number: int) -> StockTable:
        """The records of one bucket, sorted by key."""
        first, tables = self._near
        if not first <= number < first + len(tables):
            first, tables = self._near = number, self._read_from(number)
        return tables[number - first]

    def _read_from(self, number: int) -> list[StockTable]:
        """A bucket, and those behind it that may be read with it."""
        start = int(self._ends[number - 1]) if number else 0
        end = max(number + 1, int(np.searchsorted(self._ends, start + TOGETHER_ROWS, side="right")))
        groups = [int(group) for group in self._group[number:end] if group >= 0]
        if not groups:
            return [StockTable.empty()] * (end - number)
        rows = _from_arrow(self._file.read_row_groups(groups, use_threads=False))
        bounds = [0, *(self._ends[number:end] - start).tolist()]
        return [_part(rows, begin, stop) for begin, stop in itertools.pairwise(bounds)]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class SegmentStore:
    """Segment files under one directory."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, buckets: Iterable[StockTable], snapshots: NDArray[np.uint32]) -> int:
        """Write a version; when this returns the file is complete and durable.

        Args:
            name: Unique for ever: it carries the run and its fence, so that a zombie cannot overwrite.
            buckets: 256 tables, each sorted by key; taken one at a time.
            snapshots: Observed time of the last full feed by store number.

        Returns:
            How many records were written.
        """
        path = self._path(name)
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fsync(self._root)
        part = path.with_suffix(".part")
        counts: list[int] = []
        with part.open("wb") as raw:
            with pq.ParquetWriter(
                raw,
                _SCHEMA,
                compression="zstd",
                use_dictionary=["claim", "basis", "quantity", "price", "observed", "extra"],
                column_encoding={"product_id": "DELTA_BINARY_PACKED", "store": "DELTA_BINARY_PACKED"},
                write_statistics=["product_id"],
            ) as writer:
                for table in buckets:
                    counts.append(len(table))
                    if len(table):
                        writer.write_table(_to_arrow(table), row_group_size=len(table))
                if len(counts) != BUCKETS:
                    raise ValueError(f"{len(counts)} buckets, not {BUCKETS}")
                writer.add_key_value_metadata(
                    {
                        _COUNTS.decode(): ",".join(map(str, counts)),
                        _SNAPSHOTS.decode(): ",".join(map(str, snapshots.tolist())),
                    }
                )
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(path)
        fsync(path.parent)
        return sum(counts)

    def open(self, name: str) -> Segment:
        """Open a version for reading. Raises FileNotFoundError when there is none."""
        return Segment(self._path(name))

    def remove(self, name: str) -> None:
        """Delete a version that nothing will ever point to."""
        self._path(name).unlink(missing_ok=True)

    def sweep(self, keep: set[str], *, older_than_s: float) -> list[str]:
        """Delete files that no version points to and that are old enough to be no one's work in progress."""
        gone = []
        horizon = time.time() - older_than_s
        for path in self._root.rglob("*"):
            name = str(path.relative_to(self._root).with_suffix(""))
            if path.is_file() and (path.suffix == ".part" or name not in keep) and path.stat().st_mtime < horizon:
                path.unlink(missing_ok=True)
                gone.append(name)
        return gone

    def _path(self, name: str) -> Path:
        return self._root / f"{name}.parquet"


def _part(rows: StockTable, begin: int, end: int) -> StockTable:
    part = rows.take(slice(begin, end))
    if part.extras:
        part.extras = {digest: rows.extras[digest] for digest in set(part.extra.tolist()) if digest}
    return part


def _to_arrow(table: StockTable) -> pa.Table:
    value = table.value
    quantity = ((value >> np.uint64(8)) & np.uint64(0xFFFF)).astype(np.uint16)
    price = (value >> np.uint64(24)).astype(np.uint32)
    state = value & np.uint64(0x7F)
    extra = pa.nulls(len(table), pa.string())
    if (table.extra != 0).any():
        # Many rows share a text: each is decoded once.
        digests, which = np.unique(table.extra, return_inverse=True)
        texts = pa.array([table.extras[h].decode() if h else None for h in digests.tolist()], pa.string())
        extra = texts.take(pa.array(which))
    return pa.table(
        [
            pa.array(table.product.astype(np.int64)),
            pa.array(table.store.astype(np.int32)),
            pa.array((state >> np.uint64(4)).astype(np.uint8)),
            pa.array((state >> np.uint64(2)).astype(np.uint8) & np.uint8(3)),
            pa.array((state & np.uint64(DATED)) != 0),
            pa.array(quantity, mask=quantity == NO_QUANTITY),
            pa.array(price, mask=price == NO_PRICE),
            pa.array(table.observed),
            extra,
        ],
        schema=_SCHEMA,
    )


def _from_arrow(table: pa.Table) -> StockTable:
    def column(name: str, fill: int = 0) -> NDArray[np.uint64]:
        array = table.column(name)
        filled = array.fill_null(fill) if array.null_count else array
        return np.asarray(filled.to_numpy()).astype(np.uint64)

    extra = np.zeros(len(table), np.uint64)
    extras: dict[int, bytes] = {}
    texts = table.column("extra")
    if texts.null_count < len(table):
        encoded = texts.combine_chunks().dictionary_encode()
        known = [text.encode() for text in encoded.dictionary.to_pylist()]
        digests = np.array([xxhash.xxh3_64_intdigest(text) for text in known], np.uint64)
        extras = dict(zip(digests.tolist(), known, strict=True))
        named = np.asarray(encoded.indices.is_valid())
        extra[named] = digests[encoded.indices.drop_null().to_numpy()]
    state = column("claim") << np.uint64(4) | column("basis") << np.uint64(2) | column("dated") << np.uint64(1)
    state |= np.where(extra != 0, np.uint64(HAS_EXTRA), np.uint64(0))
    value = column("price", NO_PRICE) << np.uint64(24) | column("quantity", NO_QUANTITY) << np.uint64(8) | state
    key = pack_keys(column("product_id"), column("store"))
    return StockTable(key, value, column("observed").astype(np.uint32), extra, extras)
