"""The log of stock changes since the last segment. Per retailer, commit order is sequence order.

Numbers come from the retailer's locked row: a sequence of the database would commit out of order, and a
reader who remembers how far it came would skip rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xxhash
from sqlalchemy import Column, delete, func, select, true, update

from inventory_api.domain.errors import UnknownRetailer
from inventory_api.domain.stock import StockTable, pack_keys
from inventory_api.storage.sql import bulk
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import delta, retailer

_COLUMNS = ("retailer_id", "seq", "product_id", "store_number", "value", "observed", "extra")


class Deltas(Repository):
    """The delta log of every retailer."""

    def append(self, retailer_id: str, rows: StockTable) -> int:
        """Add rows in their order; other appenders of this retailer wait for the end of the transaction.

        Returns:
            The sequence number of the last row; without rows, of the last one before.

        Raises:
            UnknownRetailer: No such retailer.
        """
        taking = update(retailer).where(retailer.c.id == retailer_id).values(last_seq=retailer.c.last_seq + len(rows))
        last: int | None = self._connection.execute(taking.returning(retailer.c.last_seq)).scalar()
        if last is None:
            raise UnknownRetailer(retailer_id)
        texts = {digest: text.decode() for digest, text in rows.extras.items()}
        columns = zip(
            range(last - len(rows) + 1, last + 1),
            rows.product.tolist(),
            rows.store.tolist(),
            rows.value.tolist(),
            rows.observed.tolist(),
            (texts[digest] if digest else None for digest in rows.extra.tolist()),
            strict=True,
        )
        bulk.insert(self._connection, delta, _COLUMNS, [(retailer_id, *row) for row in columns])
        return last

    def after(
        self, retailer_id: str, seq: int, *, up_to: int | None = None, limit: int | None = None
    ) -> tuple[StockTable, int]:
        """The rows above a sequence number, in order, and the last number seen (``seq`` where there is none).

        ``up_to`` is the last number wanted, ``limit`` how many rows are, None for all.
        """
        statement = (
            select(
                delta.c.seq, delta.c.product_id, delta.c.store_number, delta.c.value, delta.c.observed, delta.c.extra
            )
            .where(delta.c.retailer_id == retailer_id, delta.c.seq > seq)
            .where(true() if up_to is None else delta.c.seq <= up_to)
            .order_by(delta.c.seq)
            .limit(limit)
        )
        parts = []
        with self._connection.execute(statement.execution_options(yield_per=100_000)) as result:
            for rows in result.partitions():
                parts.append(_table(rows))
                seq = rows[-1].seq
        return StockTable.join(parts), seq

    def last_seq(self, retailer_id: str) -> int:
        """The sequence number of the newest row ever appended; 0 before the first."""
        return self._position(retailer_id, retailer.c.last_seq)

    def published_seq(self, retailer_id: str) -> int:
        """Rows up to here are in the index."""
        return self._position(retailer_id, retailer.c.published_seq)

    def set_published_seq(self, retailer_id: str, seq: int) -> None:
        """Mark rows up to here as being in the index; never moves back."""
        self._connection.execute(
            update(retailer)
            .where(retailer.c.id == retailer_id, retailer.c.published_seq < seq)
            .values(published_seq=seq)
        )

    def is_lagging(self, retailer_id: str) -> bool:
        """Whether the retailer has rows that are not in the index yet."""
        statement = select(retailer.c.last_seq > retailer.c.published_seq).where(retailer.c.id == retailer_id)
        return bool(self._connection.execute(statement).scalar())

    def lagging(self) -> list[str]:
        """Retailers with rows that are not in the index yet."""
        return sorted(
            self._connection.execute(
                select(retailer.c.id).where(retailer.c.last_seq > retailer.c.published_seq)
            ).scalars()
        )

    def trim(self, retailer_id: str, up_to_seq: int) -> None:
        """Delete rows up to and including a sequence number: a published segment holds them."""
        self._connection.execute(delete(delta).where(delta.c.retailer_id == retailer_id, delta.c.seq <= up_to_seq))

    def log_sizes(self) -> dict[str, int]:
        """Rows in the log by retailer, where there are any; a scan."""
        statement = select(delta.c.retailer_id, func.count()).group_by(delta.c.retailer_id)
        return {row[0]: row[1] for row in self._connection.execute(statement)}

    def _position(self, retailer_id: str, column: Column[int]) -> int:
        position = self._connection.execute(select(column).where(retailer.c.id == retailer_id)).scalar()
        if position is None:
            raise UnknownRetailer(retailer_id)
        return position


def _table(rows: Sequence[Sequence[Any]]) -> StockTable:
    _, product, store, value, observed, texts = zip(*rows, strict=True)
    extras: dict[int, bytes] = {}
    extra = np.zeros(len(rows), np.uint64)
    for index, text in enumerate(texts):
        if text is not None:
            json = text.encode()
            digest = xxhash.xxh3_64_intdigest(json)
            extra[index] = digest
            extras[digest] = json
    return StockTable(
        pack_keys(np.array(product, np.uint64), np.array(store, np.int64)),
        np.array(value, np.uint64),
        np.array(observed, np.uint32),
        extra,
        extras,
    )
