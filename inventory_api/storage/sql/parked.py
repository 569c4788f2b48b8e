"""Files of rows that wait for their store to be named by a stores feed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from inventory_api.storage.sql import bulk, counters
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import parked_file, parked_store


class ParkedFiles(Repository):
    """Parked files by the store codes inside them."""

    def add_parked(self, retailer_id: str, path: str, store_codes: Sequence[str], run_id: str) -> None:
        """Remember a file of parked rows and the store codes it waits for."""
        parked_id = counters.take(self._connection, counters.PARKED_FILE)
        self._connection.execute(
            insert(parked_file).values(id=parked_id, retailer_id=retailer_id, run_id=run_id, path=path)
        )
        rows = [(parked_id, code) for code in sorted(set(store_codes))]
        bulk.insert(self._connection, parked_store, ("parked_id", "store_code"), rows)

    def parked_with(self, retailer_id: str, codes: Sequence[str]) -> list[tuple[int, str]]:
        """Ids and paths of the retailer's files with rows of any of these stores, in order of arrival."""
        matching = (
            select(parked_store.c.parked_id)
            .where(parked_store.c.parked_id == parked_file.c.id)
            .where(bulk.one_of(self._connection, parked_store.c.store_code, codes))
        )
        statement = (
            select(parked_file.c.id, parked_file.c.path)
            .where(parked_file.c.retailer_id == retailer_id, matching.exists())
            .order_by(parked_file.c.id)
        )
        return [(row.id, row.path) for row in self._connection.execute(statement)]

    def waiting_for(self, parked_id: int) -> set[str]:
        """The store codes that a parked file still waits for."""
        statement = select(parked_store.c.store_code).where(parked_store.c.parked_id == parked_id)
        return set(self._connection.execute(statement).scalars())

    def unpark(self, parked_id: int, codes: Sequence[str]) -> bool:
        """Wait no longer for these stores; without any left the file is forgotten, and is the caller's to delete."""
        found = bulk.one_of(self._connection, parked_store.c.store_code, codes)
        self._connection.execute(delete(parked_store).where(parked_store.c.parked_id == parked_id, found))
        if self.waiting_for(parked_id):
            return False
        self.drop_parked([parked_id])
        return True

    def all_parked_paths(self) -> set[str]:
        """Every file that is waiting; any other is an orphan."""
        return set(self._connection.execute(select(parked_file.c.path)).scalars())

    def drop_parked(self, ids: Sequence[int]) -> None:
        """Forget parked files; deleting them from disk is the caller's."""
        self._connection.execute(delete(parked_file).where(bulk.one_of(self._connection, parked_file.c.id, ids)))
