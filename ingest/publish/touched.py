"""A log of changes beside a segment: what both together say, bucket by bucket."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ingest import reconcile
from inventory_api.domain.stock import U64, StockTable
from inventory_api.storage.index.keys import BUCKETS, buckets_of
from inventory_api.storage.segments import Segment


class Bucketed:
    """A log of deltas cut by bucket, each part in the log's order."""

    def __init__(self, deltas: StockTable) -> None:
        bucket = buckets_of(deltas.product)
        self._order = np.argsort(bucket, kind="stable")
        self._bounds = np.searchsorted(bucket[self._order], np.arange(BUCKETS + 1))
        self._deltas = deltas

    def __getitem__(self, number: int) -> StockTable:
        return self._deltas.take(self._order[self._bounds[number] : self._bounds[number + 1]])

    def numbers(self) -> list[int]:
        """Buckets that have deltas."""
        return np.flatnonzero(np.diff(self._bounds)).tolist()


class FoldedSegment:
    """A retailer's stock as the truth has it: its segment, if any, with a log of deltas folded in."""

    def __init__(self, segment: Segment | None, deltas: StockTable) -> None:
        self._segment = segment
        self._deltas = Bucketed(deltas)
        self._snapshots: NDArray[np.uint32] = np.zeros(0, np.uint32) if segment is None else segment.snapshots

    def bucket(self, number: int) -> StockTable:
        """The records of one bucket, sorted by key."""
        rows = StockTable.empty() if self._segment is None else self._segment.bucket(number)
        return reconcile.fold(rows, self._snapshots, self._deltas[number])


class Touched:
    """The records of a segment that a log touches.

    Args:
        segment: None: there is none, and so nothing that is touched.
        deltas: What is known of the log; more can be told with ``read``.
    """

    def __init__(self, segment: Segment | None, deltas: StockTable) -> None:
        self._segment = segment
        self._asked: dict[int, U64] = {}
        self._rows: dict[int, StockTable] = {}
        self.snapshots: NDArray[np.uint32] = np.zeros(0, np.uint32) if segment is None else segment.snapshots
        self.read(deltas)

    def read(self, deltas: StockTable) -> int:
        """Read what these deltas touch and was not read yet.

        Returns:
            How many buckets had to be read for that, at some ten milliseconds each.
        """
        if self._segment is None:
            return 0
        count = 0
        parts = Bucketed(deltas)
        nothing = np.zeros(0, np.uint64)
        for number in parts.numbers():
            asked = self._asked.get(number, nothing)
            keys = np.union1d(asked, parts[number].key)
            if len(keys) > len(asked):
                rows = self._segment.bucket(number)
                rows = rows.take(np.isin(rows.key, keys))
                rows.extras = {digest: rows.extras[digest] for digest in rows.extra.tolist() if digest}
                self._asked[number], self._rows[number] = keys, rows
                count += 1
        return count

    def bucket(self, number: int) -> StockTable:
        """The touched records of one bucket, sorted by key."""
        return self._rows.get(number, StockTable.empty())
