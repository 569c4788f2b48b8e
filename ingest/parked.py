"""Well-formed rows of stores not heard of yet: kept until a stores feed names them."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from inventory_api.domain.stock import StockTable, pack_keys

_SCHEMA = pa.schema(
    [
        ("store_code", pa.string()),
        ("product_id", pa.uint64()),
        ("value", pa.uint64()),
        ("observed", pa.uint32()),
        ("extra", pa.string()),
    ]
)


class ParkedWriter:
    """Writes one file of parked rows; complete and durable when the block ends."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._writer = pq.ParquetWriter(path, _SCHEMA, compression="zstd")
        self.codes: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._writer.close()
        for name in (self._path, self._path.parent):
            _fsync(name)

    def add(self, rows: StockTable, codes: list[str], as_of: int) -> None:
        """Append rows; those without a time of their own speak of ``as_of`` (observed seconds)."""
        self.codes.update(codes)
        extra = [rows.extras[h].decode() if h else None for h in rows.extra.tolist()]
        observed = np.where(rows.observed == 0, np.uint32(as_of), rows.observed)
        columns = [pa.array(codes, pa.string()), pa.array(rows.product), pa.array(rows.value), pa.array(observed)]
        self._writer.write_table(pa.table([*columns, pa.array(extra, pa.string())], schema=_SCHEMA))


def read_parked(path: Path, numbers: dict[str, int]) -> StockTable:
    """The rows of the stores named, in the order of the file."""
    table = pq.read_table(path)
    codes = table.column("store_code").to_pylist()
    store = np.array([numbers.get(code, -1) for code in codes], np.int64)
    known = np.flatnonzero(store >= 0)
    extra = np.zeros(len(known), np.uint64)
    extras: dict[int, bytes] = {}
    for at, text in enumerate(table.column("extra").take(pa.array(known)).to_pylist()):
        if text is not None:
            digest = xxhash.xxh3_64_intdigest(text.encode())
            extra[at], extras[digest] = digest, text.encode()
    product, value, observed = (table.column(n).to_numpy()[known] for n in ("product_id", "value", "observed"))
    return StockTable(pack_keys(product, store[known]), value, observed, extra, extras)


def sweep(folder: Path, keep: Collection[str], *, older_than_s: float) -> None:
    """Delete files that SQL does not know and that are old enough to be no one's work in progress."""
    horizon = time.time() - older_than_s
    for path in folder.glob("*.parquet"):
        if str(path) not in keep and path.stat().st_mtime < horizon:
            path.unlink(missing_ok=True)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
