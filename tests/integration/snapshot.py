"""Everything that an installation holds, in a form in which two of them can be compared.

Left out is what may differ between a run that was interrupted and one that was not: fences, attempts,
revisions, names of files, the hour of publication, and the numbers of our own that were wasted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import Connection, Table, select

from ingest.parked import read_parked
from inventory_api.domain.feed import Awaited
from inventory_api.domain.identifiers import OWN_BASE
from inventory_api.domain.stock import StockTable
from inventory_api.storage.index.keys import BEAT, BUCKETS, DIRECTORY_STREAM, SERVER
from inventory_api.storage.segments import SegmentStore
from inventory_api.storage.sql import tables
from inventory_api.storage.sql.engine import open_engine

State = dict[str, Any]
_OF_RUN = ("kind", "mode", "status", "stage", "sha256", "rows", "changes", "notices", "store_code", "fault", "worker",
           "lease_until")  # fmt: skip
_NOT_FACTS = {DIRECTORY_STREAM.encode(), b"publishing", SERVER, BEAT}


def state_of(data_dir: Path, client: redis.Redis) -> State:
    """What SQL, the segments, the parked files and the index say."""
    engine = open_engine(f"sqlite:///{data_dir / 'inventory.sqlite'}")
    try:
        with engine.connect() as connection:
            own = {
                row.product_id: f"{row.retailer_id}:{row.sku}"
                for row in _all(connection, tables.sku)
                if row.product_id >= OWN_BASE
            }

            def name(product_id: int) -> str:
                return own.get(product_id, str(product_id))

            return {
                "runs": [[getattr(row, column) for column in _OF_RUN] for row in _all(connection, tables.feed_run)],
                "uploads": [_is_whole(row) for row in _all(connection, tables.feed_run)],
                "retailers": [tuple(row) for row in _all(connection, tables.retailer)],
                "stores": [tuple(row)[:-1] for row in _all(connection, tables.store)],
                "products": sorted((name(row[0]), *row[1:]) for row in _all(connection, tables.product)),
                "skus": sorted(
                    (row.retailer_id, row.sku, name(row.product_id)) for row in _all(connection, tables.sku)
                ),
                "log": sorted(
                    (row.retailer_id, name(row.product_id), *tuple(row)[3:-1], row.extra or "")
                    for row in _all(connection, tables.delta)
                ),
                "segments": [_segment(data_dir, row, name) for row in _all(connection, tables.segment_pointer)],
                "parked": _parked(connection, name),
                "index": _index(client, name),
            }
    finally:
        engine.dispose()


def _all(connection: Connection, table: Table) -> list[Any]:
    return list(connection.execute(select(table).order_by(*table.primary_key.columns)))


def _is_whole(run: Any) -> bool:
    return hashlib.sha256(Path(run.path).read_bytes()).hexdigest() == run.sha256


def _segment(data_dir: Path, pointer: Any, name: Callable[[int], str]) -> tuple[Any, ...]:
    segment = SegmentStore(data_dir / "segments").open(pointer.name)
    rows = StockTable.join([segment.bucket(number) for number in range(BUCKETS)])
    snapshots = segment.snapshots.tolist()
    segment.close()
    return (pointer.retailer_id, pointer.role, pointer.records, pointer.folded_seq, snapshots, _rows(rows, name))


def _parked(connection: Connection, name: Callable[[int], str]) -> list[Any]:
    names: dict[int, Awaited] = {}
    for row in _all(connection, tables.parked_name):
        awaited = names.setdefault(row.parked_id, Awaited())
        (awaited.store_codes if row.kind == "store" else awaited.skus).add(row.name)
    return sorted(
        (sorted(names[row.id].store_codes), sorted(names[row.id].skus), _parked_rows(row.path, names[row.id], name))
        for row in _all(connection, tables.parked_file)
    )


def _parked_rows(path: str, awaited: Awaited, name: Callable[[int], str]) -> list[Any]:
    stores, skus = ({each: n for n, each in enumerate(sorted(part))} for part in (awaited.store_codes, awaited.skus))
    return _rows(StockTable.join([rows.named(stores, skus, awaited) for rows, _ in read_parked(Path(path))]), name)


def _rows(table: StockTable, name: Callable[[int], str]) -> list[Any]:
    columns = (table.product.tolist(), table.store.tolist(), table.value.tolist(), table.observed.tolist())
    texts = [table.extras[digest] if digest else None for digest in table.extra.tolist()]
    return sorted((name(product), *facts, text or b"") for product, *facts, text in zip(*columns, texts, strict=True))


def _index(client: redis.Redis, name: Callable[[int], str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in sorted(set(client.keys()) - _NOT_FACTS):
        if key[:3] in (b"s:{", b"x:{"):
            found[key[:3].decode() + name(int(key[3:-1]))] = client.hgetall(key)
        else:
            found[key.decode()] = client.get(key)
    return found
