"""The last event of each source on each item at each location, and those that nobody could place yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import bindparam, delete, insert, select

from inventory_api.domain.event import StockEvent
from inventory_api.storage.sql import bulk
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import stock_event

_EVENT: TypeAdapter[StockEvent] = TypeAdapter(StockEvent)


@dataclass(frozen=True, slots=True)
class LastEvent:
    """An event; ``waiting`` is the notice code of what it waits for, None where it was used."""

    event: StockEvent
    waiting: str | None


class Events(Repository):
    """Events by source. Whoever writes holds the retailer's row."""

    def last(
        self, retailer_id: str, source_id: str, keys: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], LastEvent]:
        """The last events of each (location, item) that has one, by it."""
        locations, items = ({key[part] for key in keys} for part in (0, 1))
        statement = select(stock_event.c.said, stock_event.c.waiting).where(
            stock_event.c.retailer_id == retailer_id,
            stock_event.c.source_id == source_id,
            bulk.one_of(self._connection, stock_event.c.location, sorted(locations)),
            bulk.one_of(self._connection, stock_event.c.item, sorted(items)),
        )
        found = [
            LastEvent(_EVENT.validate_python(row.said), row.waiting) for row in self._connection.execute(statement)
        ]
        return {last.event.key: last for last in found}

    def put(
        self, retailer_id: str, source_id: str, events: Mapping[tuple[str, str], LastEvent], heard_at: dt.datetime
    ) -> None:
        """Remember these instead of whatever stood for their item and location."""
        if not events:
            return
        mine = (stock_event.c.retailer_id == retailer_id, stock_event.c.source_id == source_id)
        at = (stock_event.c.location == bindparam("at"), stock_event.c.item == bindparam("of"))
        self._connection.execute(
            delete(stock_event).where(*mine, *at), [{"at": key[0], "of": key[1]} for key in events]
        )
        self._connection.execute(
            insert(stock_event),
            [
                _values(last) | {"retailer_id": retailer_id, "source_id": source_id, "heard_at": heard_at}
                for last in events.values()
            ],
        )

    def waiting(self) -> dict[tuple[str, str], list[StockEvent]]:
        """Every event that waits, by (retailer, source), oldest first."""
        statement = (
            select(stock_event.c.retailer_id, stock_event.c.source_id, stock_event.c.said)
            .where(stock_event.c.waiting.is_not(None))
            .order_by(stock_event.c.heard_at)
        )
        found: dict[tuple[str, str], list[StockEvent]] = {}
        for row in self._connection.execute(statement):
            found.setdefault((row.retailer_id, row.source_id), []).append(_EVENT.validate_python(row.said))
        return found

    def forget(self, *, used_before: dt.datetime, waiting_before: dt.datetime) -> None:
        """Forget events heard of before these times."""
        old, older = stock_event.c.heard_at < used_before, stock_event.c.heard_at < waiting_before
        self._connection.execute(delete(stock_event).where(old, stock_event.c.waiting.is_(None)))
        self._connection.execute(delete(stock_event).where(older))


def _values(last: LastEvent) -> dict[str, Any]:
    event = last.event
    return {
        "location": event.location,
        "item": event.item,
        "position": event.position,
        "said": _EVENT.dump_python(event, mode="json"),
        "waiting": last.waiting,
    }
