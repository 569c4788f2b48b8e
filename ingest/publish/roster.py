"""Places and snapshot times of each retailer's stores by store number, kept current by revision."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inventory_api.domain.store import NO_PLACE, Store
from inventory_api.storage.sql.engine import Transaction


@dataclass(frozen=True, slots=True)
class StoreColumns:
    """One element a store number: SQL id, place in the index, observed time of the last full feed."""

    store_id: NDArray[np.int64]
    place: NDArray[np.int64]
    snapshot: NDArray[np.uint32]

    @classmethod
    def of(cls, stores: list[Store], before: StoreColumns | None) -> StoreColumns:
        """Take in new and changed stores."""
        size = max([store.number + 1 for store in stores] + [0 if before is None else len(before.place)])
        columns = cls(np.zeros(size, np.int64), np.full(size, NO_PLACE, np.int64), np.zeros(size, np.uint32))
        if before is not None:
            known = len(before.place)
            columns.store_id[:known] = before.store_id
            columns.place[:known] = before.place
            columns.snapshot[:known] = before.snapshot
        for store in stores:
            columns.store_id[store.number] = store.id
            columns.place[store.number] = store.place
            columns.snapshot[store.number] = store.snapshot_at
        return columns


class Roster:
    """Store columns of all retailers. Thread-safe; reads from SQL only what changed since the last call."""

    def __init__(self) -> None:
        self._revision = -1
        self._columns: dict[str, StoreColumns] = {}
        self._lock = threading.Lock()

    def of(self, transaction: Transaction, retailer_id: str) -> StoreColumns:
        """The columns as this transaction sees them."""
        with self._lock:
            changed, revision = transaction.stores.changed_since(self._revision)
            if revision < self._revision:
                return StoreColumns.of(transaction.stores.of_retailer(retailer_id), None)
            by_retailer: dict[str, list[Store]] = {}
            for store in changed:
                by_retailer.setdefault(store.retailer_id, []).append(store)
            for owner, stores in by_retailer.items():
                self._columns[owner] = StoreColumns.of(stores, self._columns.get(owner))
            self._revision = revision
            return self._columns.get(retailer_id) or StoreColumns.of([], None)
