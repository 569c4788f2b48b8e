"""Well-formed rows of stores or articles not heard of yet: kept until a feed names them."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash
from numpy.typing import NDArray

from inventory_api.domain.feed import Awaited
from inventory_api.domain.stock import StockTable, pack_keys
from inventory_api.storage.durable import fsync

PORTION_ROWS = 50_000
"""Rows that go into the log in one transaction, up to the end of a block of the feed."""

_SCHEMA = pa.schema(
    [
        ("store_code", pa.string()),
        ("sku", pa.string()),
        ("store", pa.uint32()),
        ("product_id", pa.uint64()),
        ("value", pa.uint64()),
        ("observed", pa.uint32()),
        ("extra", pa.string()),
    ]
)
"""A name where it is waited for; where it is not, the number of the store or the product id."""


class ParkedWriter:
    """Writes one file of parked rows; complete and durable when the block ends."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._writer = pq.ParquetWriter(path, _SCHEMA, compression="zstd")
        self.awaited = Awaited()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._writer.close()
        for name in (self._path, self._path.parent):
            fsync(name)

    def add(self, rows: StockTable, codes: Sequence[str | None], skus: Sequence[str | None], as_of: int) -> None:
        """Append rows with the names that each waits for.

        Those without a time of their own speak of ``as_of`` (observed seconds).
        """
        self.awaited.store_codes.update(code for code in codes if code is not None)
        self.awaited.skus.update(sku for sku in skus if sku is not None)
        extra = [rows.extras[h].decode() if h else None for h in rows.extra.tolist()]
        observed = np.where(rows.observed == 0, np.uint32(as_of), rows.observed)
        columns = [codes, skus, rows.store, rows.product, rows.value, observed, extra]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)]
        self._writer.write_table(pa.table(arrays, schema=_SCHEMA))


@dataclass(frozen=True, slots=True)
class ParkedRows:
    """Some rows of one file, in its order."""

    table: pa.Table

    def names(self, column: str) -> list[str]:
        """The names of a column (``store_code``, ``sku``) that some row waits for, or did."""
        names: list[str] = pc.unique(self.table.column(column)).drop_null().to_pylist()
        return names

    def named(self, stores: Mapping[str, int], products: Mapping[str, int], awaited: Awaited) -> StockTable:
        """The rows that wait for nothing any more, and did until now.

        Args:
            stores: Numbers of the stores that are known now, by code.
            products: Ids of the products that are known now, by article id.
            awaited: The names that were waited for until now: a row that waited for none of them counts already.
        """
        codes, skus = (self.table.column(name).to_pylist() for name in ("store_code", "sku"))
        store = _numbers(codes, stores, self._column("store"))
        product = _numbers(skus, products, self._column("product_id"))
        names = zip(codes, skus, strict=True)
        waited = [code in awaited.store_codes or sku in awaited.skus for code, sku in names]
        rows = np.flatnonzero((store >= 0) & (product >= 0) & np.array(waited, np.bool_))
        extra = np.zeros(len(rows), np.uint64)
        extras: dict[int, bytes] = {}
        for at, text in enumerate(self.table.column("extra").take(pa.array(rows)).to_pylist()):
            if text is not None:
                digest = xxhash.xxh3_64_intdigest(text.encode())
                extra[at], extras[digest] = digest, text.encode()
        keys = pack_keys(product[rows].astype(np.uint64), store[rows])
        return StockTable(keys, self._column("value")[rows], self._column("observed")[rows], extra, extras)

    def _column(self, name: str) -> NDArray[np.unsignedinteger]:
        column: NDArray[np.unsignedinteger] = self.table.column(name).to_numpy()
        return column


def read_parked(path: Path) -> Iterator[tuple[ParkedRows, bool]]:
    """The rows of a file a portion at a time, and whether it is the last one."""
    with pq.ParquetFile(path) as file:
        groups: list[int] = []
        rows = 0
        for number in range(file.num_row_groups):
            groups.append(number)
            rows += file.metadata.row_group(number).num_rows
            is_last = number == file.num_row_groups - 1
            if rows >= PORTION_ROWS or is_last:
                yield ParkedRows(_with_all_columns(file.read_row_groups(groups))), is_last
                groups, rows = [], 0


def _with_all_columns(table: pa.Table) -> pa.Table:
    """The table, with what files lack that were written when rows waited for stores only."""
    if "sku" in table.column_names:
        return table
    rows = len(table)
    return table.append_column(_SCHEMA.field("sku"), pa.nulls(rows, pa.string())).append_column(
        _SCHEMA.field("store"), pa.repeat(pa.scalar(0, pa.uint32()), rows)
    )


def sweep(folder: Path, keep: Collection[str], *, older_than_s: float) -> None:
    """Delete files that SQL does not know and that are old enough to be no one's work in progress."""
    horizon = time.time() - older_than_s
    for path in folder.glob("*.parquet"):
        if str(path) not in keep and path.stat().st_mtime < horizon:
            path.unlink(missing_ok=True)


def _numbers(
    names: Sequence[str | None], known: Mapping[str, int], own: NDArray[np.unsignedinteger]
) -> NDArray[np.int64]:
    """What each row's name stands for, its own number where it waits for no name; -1 where the name is not known."""
    named = ((-1 if name is None else known.get(name, -1)) for name in names)
    is_own = np.fromiter((name is None for name in names), np.bool_, len(names))
    return np.where(is_own, own.astype(np.int64), np.fromiter(named, np.int64, len(names)))
