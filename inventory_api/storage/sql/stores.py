"""Stores: what feeds say of them, what we learned, and where they stand in the index.

Every change stamps its rows with a new revision. Writers of stores take turns (they hold the revision
counter to the end of their transaction), so revisions become visible in their order: a reader who asks
for what changed since the last one it saw misses nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import orjson
from sqlalchemy import Row, RowMapping, Select, func, select

from inventory_api.domain.errors import Conflict
from inventory_api.domain.stock import MAX_STORES
from inventory_api.domain.store import NO_PLACE, Store, StoreFacts
from inventory_api.storage.sql import bulk, counters
from inventory_api.storage.sql.bulk import UpsertCounts
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.retailers import Retailers
from inventory_api.storage.sql.tables import store

__all__ = ["Stores", "UpsertCounts"]

StoreList = list[Store]


_SAID = tuple(field.name for field in fields(StoreFacts) if field.name != "store_code")
_LEARNED = ("currency", "pickup_method", "pickup_sla")
_OF_STORE = tuple(field.name for field in fields(Store))
_SELECT = select(*(store.c[name] for name in _OF_STORE))


class Stores(Repository):
    """The stores of all retailers."""

    def list(self) -> StoreList:
        """All stores, by id."""
        return self._stores(_SELECT)

    def of_retailer(self, retailer_id: str) -> StoreList:
        """All stores of a retailer, by id (which is also the order of their numbers)."""
        return self._stores(_SELECT.where(store.c.retailer_id == retailer_id))

    def by_codes(self, retailer_id: str, codes: Sequence[str]) -> dict[str, Store]:
        """The retailer's stores of these codes, exactly, by code."""
        statement = _SELECT.where(
            store.c.retailer_id == retailer_id, bulk.one_of(self._connection, store.c.store_code, list(codes))
        )
        return {found.store_code: found for found in self._stores(statement)}

    def changed_since(self, revision: int) -> tuple[StoreList, int]:
        """The stores that changed after a revision, by id, and the revision to ask with next time."""
        # The revision first: what commits between the two statements is returned twice, not never.
        newest = self.revision()
        if newest == revision:
            # Asked every second by every API process: a scan of all stores for nothing would add up.
            return [], newest
        return self._stores(_SELECT.where(store.c.revision > revision)), newest

    def revision(self) -> int:
        """The newest revision; 0 before the first store."""
        return counters.taken(self._connection, counters.STORE_REVISION)

    def upsert(self, retailer_id: str, rows: Sequence[StoreFacts]) -> UpsertCounts:
        """Insert and update a retailer's stores by store code; of one code the later row wins.

        A new store takes the retailer's next number and, where its row has no name, its code for a name.

        Raises:
            UnknownRetailer: No such retailer.
            Conflict: More stores than a retailer can have.
        """
        said: dict[str, dict[str, Any]] = {}
        for row in rows:
            values = {name: value for name in _SAID if (value := getattr(row, name)) is not None}
            said.setdefault(row.store_code, {}).update(values)
        if not said:
            return UpsertCounts()
        Retailers(self._connection).lock(retailer_id)
        counters.lock(self._connection, counters.STORE_REVISION)
        known = {
            found["store_code"]: found
            for found in self._rows(
                select(store).where(
                    store.c.retailer_id == retailer_id,
                    bulk.one_of(self._connection, store.c.store_code, list(said)),
                )
            )
        }
        changes = {
            known[code]["id"]: values
            for code, values in said.items()
            if code in known and _differs(known[code], values)
        }
        new = {code: values for code, values in said.items() if code not in known}
        if changes or new:
            revision = self._next_revision()
            self._update(_SAID, changes, {row["id"]: row for row in known.values()}, revision)
            self._insert(retailer_id, new, revision)
        return UpsertCounts(len(new), len(changes), len(known) - len(changes))

    def set_places(self, places: Mapping[int, int]) -> None:
        """Set the place in the index by store id."""
        self._change(("place",), {store_id: {"place": place} for store_id, place in places.items()})

    def learn(self, updates: Mapping[int, Mapping[str, str | None]]) -> None:
        """Set ``currency``, ``pickup_method`` and ``pickup_sla``, any of them, by store id."""
        for values in updates.values():
            if unknown := set(values) - set(_LEARNED):
                raise ValueError(f"{sorted(unknown)} cannot be learned of a store")
        self._change(_LEARNED, updates)

    def mark_stocked(self, store_ids: Iterable[int]) -> None:
        """Remember that these stores have stock records."""
        self._change(("stocked",), {store_id: {"stocked": True} for store_id in store_ids})

    def stocked_ids(self) -> set[int]:
        """Ids of the stores that ever had stock records."""
        return set(self._connection.execute(select(store.c.id).where(store.c.stocked.is_(True))).scalars())

    def set_snapshots(self, snapshots: Mapping[int, int], *, force: bool = False) -> None:
        """Set the observed time of the last published full feed by store id.

        Never moves one back, unless ``force`` says that an older version was published on purpose.
        """
        self._change(
            ("snapshot_at",),
            {store_id: {"snapshot_at": observed} for store_id, observed in snapshots.items()},
            only_forward=not force,
        )

    def reserve_tiles(self, count: int) -> int:
        """Take ``count`` tile numbers that nobody else gets; returns the first."""
        # In the order of every other change: two PostgreSQL transactions must not wait for each other.
        counters.lock(self._connection, counters.STORE_REVISION)
        return counters.take(self._connection, counters.TILE, count)

    def _change(
        self, columns: Sequence[str], updates: Mapping[int, Mapping[str, Any]], *, only_forward: bool = False
    ) -> None:
        """Write what differs; ids that do not exist are ignored."""
        if not updates:
            return
        counters.lock(self._connection, counters.STORE_REVISION)
        statement = select(store.c.id, *(store.c[name] for name in columns))
        known = {
            row["id"]: row
            for row in self._rows(statement.where(bulk.one_of(self._connection, store.c.id, sorted(updates))))
        }
        changes = {
            store_id: updates[store_id]
            for store_id, row in known.items()
            if _differs(row, updates[store_id])
            and not (only_forward and any(value < row[name] for name, value in updates[store_id].items()))
        }
        if changes:
            self._update(columns, changes, known, self._next_revision())

    def _update(
        self,
        columns: Sequence[str],
        changes: Mapping[int, Mapping[str, Any]],
        known: Mapping[int, RowMapping],
        revision: int,
    ) -> None:
        rows = []
        for store_id in sorted(changes):
            values = {name: changes[store_id].get(name, known[store_id][name]) for name in columns}
            rows.append((*_plain(values), revision, store_id))
        bulk.update(self._connection, store, "id", (*columns, "revision"), rows)

    def _insert(self, retailer_id: str, new: Mapping[str, Mapping[str, Any]], revision: int) -> None:
        if not new:
            return
        highest = select(func.max(store.c.number)).where(store.c.retailer_id == retailer_id)
        taken = self._connection.execute(highest).scalar()
        number = 0 if taken is None else taken + 1
        if number + len(new) > MAX_STORES:
            raise Conflict(f"a retailer has at most {MAX_STORES} stores")
        store_id = counters.take(self._connection, counters.STORE, len(new)) + 1
        columns = tuple(column.name for column in store.columns)
        rows = []
        for offset, (code, values) in enumerate(new.items()):
            row = dict.fromkeys(columns) | {
                "id": store_id + offset,
                "retailer_id": retailer_id,
                "store_code": code,
                "number": number + offset,
                "name": code,
                "services": (),
                "place": NO_PLACE,
                "snapshot_at": 0,
                "stocked": False,
                "revision": revision,
            }
            rows.append(_plain(row | dict(values)))
        bulk.insert(self._connection, store, columns, rows)

    def _next_revision(self) -> int:
        return counters.take(self._connection, counters.STORE_REVISION) + 1

    def _rows(self, statement: Select[Any]) -> Collection[RowMapping]:
        return self._connection.execute(statement).mappings().all()

    def _stores(self, statement: Select[Any]) -> StoreList:
        return [_store(row) for row in self._connection.execute(statement.order_by(store.c.id))]


def _differs(row: RowMapping, values: Mapping[str, Any]) -> bool:
    return any((list(value) if name == "services" else value) != row[name] for name, value in values.items())


def _plain(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(orjson.dumps(value).decode() if name == "services" else value for name, value in values.items())


def _store(row: Row[Any]) -> Store:
    values = dict(zip(_OF_STORE, row, strict=True))
    values["services"] = tuple(values["services"])
    return Store(**values)
