"""Files of rows that wait for their store, or their article, to be named by a feed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, delete, exists, insert, or_, select

from inventory_api.domain.feed import Awaited
from inventory_api.storage.sql import bulk, counters
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import parked_file, parked_name, sku

_STORE: Final = "store"
_SKU: Final = "sku"


class ParkedFiles(Repository):
    """Parked files by the names that their rows wait for."""

    def add_parked(self, retailer_id: str, path: str, awaited: Awaited, run_id: str) -> None:
        """Remember a file of parked rows and the names it waits for."""
        parked_id = counters.take(self._connection, counters.PARKED_FILE)
        self._connection.execute(
            insert(parked_file).values(id=parked_id, retailer_id=retailer_id, run_id=run_id, path=path)
        )
        names = [(_SKU, name) for name in sorted(awaited.skus)] + [
            (_STORE, name) for name in sorted(awaited.store_codes)
        ]
        rows = [(parked_id, kind, name) for kind, name in names]
        bulk.insert(self._connection, parked_name, ("parked_id", "kind", "name"), rows)

    def has_parked(self, retailer_id: str) -> bool:
        """Whether any rows of the retailer wait."""
        waits = exists().where(parked_file.c.retailer_id == retailer_id)
        return bool(self._connection.execute(select(waits)).scalar())

    def awaited_stores(self, retailer_id: str) -> set[str]:
        """The store codes that rows of the retailer wait for, as its feeds spelled them."""
        is_theirs = and_(parked_file.c.id == parked_name.c.parked_id, parked_file.c.retailer_id == retailer_id)
        statement = select(parked_name.c.name).where(parked_name.c.kind == _STORE, exists().where(is_theirs))
        return set(self._connection.execute(statement).scalars())

    def parked_named(self, retailer_id: str, store_codes: Sequence[str]) -> list[tuple[int, str]]:
        """Ids and paths of the retailer's files, in order of arrival, that wait for a name that is known now.

        Args:
            retailer_id: Whose.
            store_codes: The awaited spellings that mean a store now; articles are looked up.
        """
        is_store = and_(
            parked_name.c.kind == _STORE, bulk.one_of(self._connection, parked_name.c.name, list(store_codes))
        )
        is_sku = exists().where(sku.c.retailer_id == retailer_id, sku.c.sku == parked_name.c.name)
        is_known = or_(is_store, and_(parked_name.c.kind == _SKU, is_sku))
        waits = exists().where(parked_name.c.parked_id == parked_file.c.id, is_known)
        statement = (
            select(parked_file.c.id, parked_file.c.path)
            .where(parked_file.c.retailer_id == retailer_id, waits)
            .order_by(parked_file.c.id)
        )
        return [(row.id, row.path) for row in self._connection.execute(statement)]

    def awaited(self, parked_id: int, store_codes: Sequence[str], skus: Sequence[str]) -> Awaited:
        """Which of these names a parked file still waits for."""
        return Awaited(self._waiting(parked_id, _STORE, store_codes), self._waiting(parked_id, _SKU, skus))

    def unpark(self, parked_id: int, named: Awaited) -> bool:
        """Wait no longer for these names; without any left the file is forgotten, and is the caller's to delete."""
        waits = parked_name.c.parked_id == parked_id
        for kind, names in ((_STORE, named.store_codes), (_SKU, named.skus)):
            for part in bulk.chunks(sorted(names)):
                found = bulk.one_of(self._connection, parked_name.c.name, part)
                self._connection.execute(delete(parked_name).where(waits, parked_name.c.kind == kind, found))
        if self._connection.execute(select(exists().where(waits))).scalar():
            return False
        self._connection.execute(delete(parked_file).where(parked_file.c.id == parked_id))
        return True

    def all_parked_paths(self) -> set[str]:
        """Every file that is waiting; any other is an orphan."""
        return set(self._connection.execute(select(parked_file.c.path)).scalars())

    def _waiting(self, parked_id: int, kind: str, names: Sequence[str]) -> set[str]:
        is_one = bulk.one_of(self._connection, parked_name.c.name, names)
        statement = select(parked_name.c.name).where(
            parked_name.c.parked_id == parked_id, parked_name.c.kind == kind, is_one
        )
        return set(self._connection.execute(statement).scalars())
