"""A feed's normalized rows on disk, in product buckets: memory stays bounded whatever the file's size.

One file a run attempt, without a name: whatever ends the process, the disk has it back. Each batch is
written sorted by bucket, with its offsets kept in memory (2 kB a batch); reading a bucket gathers its
pieces, in file order. The numbers of rows that count themselves stay in memory: 8 bytes a row.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ingest.rows import NO_SEQ, StockBatch
from inventory_api.domain.stock import StockTable
from inventory_api.storage.index.keys import BUCKETS, buckets_of

_ROW = np.dtype([("key", "<u8"), ("value", "<u8"), ("extra", "<u8"), ("observed", "<u4"), ("line", "<u4")])


class Spill:
    """Append batches, then read buckets (or batches) any number of times; gone when closed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self._starts: list[int] = []
        self._bounds: list[NDArray[np.int64]] = []
        self._seqs: list[NDArray[np.int64] | None] = []
        self._extras: dict[int, bytes] = {}
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._file.close()

    def add(self, batch: StockBatch) -> None:
        """Append the rows of known stores."""
        table = batch.table
        bucket = _buckets(table)
        order = np.argsort(bucket, kind="stable")
        rows = np.empty(len(table), _ROW)
        rows["key"], rows["value"], rows["extra"] = table.key[order], table.value[order], table.extra[order]
        rows["observed"], rows["line"] = table.observed[order], batch.line[order]
        self._starts.append(self.rows)
        self._bounds.append(np.searchsorted(bucket[order], np.arange(BUCKETS + 1)))
        self._file.seek(self.rows * _ROW.itemsize)
        self._file.write(rows.tobytes())
        self._seqs.append(None if batch.seq is None else batch.seq[order])
        self._extras |= table.extras
        self.rows += len(rows)

    def bucket(self, number: int) -> tuple[StockTable, NDArray[np.int64]]:
        """Rows of one bucket in file order, and the line of each."""
        pieces = [
            self._read(start + int(bounds[number]), int(bounds[number + 1] - bounds[number]))
            for start, bounds in zip(self._starts, self._bounds, strict=True)
            if bounds[number + 1] > bounds[number]
        ]
        return self._table(np.concatenate(pieces) if pieces else np.empty(0, _ROW))

    def seqs(self, number: int) -> NDArray[np.int64]:
        """The number that each row of a bucket has in its source's count; ``NO_SEQ`` for none."""
        pieces = [
            np.full(bounds[number + 1] - bounds[number], NO_SEQ, np.int64)
            if seq is None
            else seq[bounds[number] : bounds[number + 1]]
            for seq, bounds in zip(self._seqs, self._bounds, strict=True)
        ]
        return np.concatenate(pieces) if pieces else np.empty(0, np.int64)

    def batches(self) -> Iterator[StockTable]:
        """Rows batch by batch; of one product always in file order."""
        for start, bounds in zip(self._starts, self._bounds, strict=True):
            yield self._table(self._read(start, int(bounds[-1])))[0]

    def _read(self, start: int, count: int) -> NDArray[np.void]:
        self._file.seek(start * _ROW.itemsize)
        return np.frombuffer(self._file.read(count * _ROW.itemsize), _ROW)

    def _table(self, rows: NDArray[np.void]) -> tuple[StockTable, NDArray[np.int64]]:
        key, value, observed, extra = (np.ascontiguousarray(rows[n]) for n in ("key", "value", "observed", "extra"))
        # Only what these rows name: whoever merges tables joins their extras.
        named = np.unique(extra[extra != 0]).tolist()
        extras = {digest: self._extras[digest] for digest in named}
        return StockTable(key, value, observed, extra, extras), rows["line"].astype(np.int64)


def _buckets(table: StockTable) -> NDArray[np.uint8]:
    """Bucket of each row, computed once a product: feeds repeat products, and CRC costs 0.2 us."""
    products, inverse = np.unique(table.product, return_inverse=True)
    return buckets_of(products)[inverse]
