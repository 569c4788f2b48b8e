"""What a geocoder said of addresses, and whose turn it is to ask."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from inventory_api.domain.store import Position, Precision
from inventory_api.storage.sql import bulk, counters
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import counter, geocode

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer of before; ``position`` None: it was a miss."""

    position: Position | None


class Geocodes(Repository):
    """Answers by query, hits and misses alike."""

    def find(self, query: str, *, hits_since: dt.datetime, misses_since: dt.datetime) -> Remembered | None:
        """The answer to this query, None where it was never given or is too old."""
        row = self._connection.execute(select(geocode).where(geocode.c.query == query)).mappings().first()
        if row is None:
            return None
        if row["latitude"] is None:
            return Remembered(None) if row["asked_at"] >= misses_since else None
        if row["asked_at"] < hits_since:
            return None
        precision = Precision(row["precision"])
        return Remembered(Position(row["latitude"], row["longitude"], precision, row["source"]))

    def remember(self, query: str, position: Position | None, source: str, asked_at: dt.datetime) -> None:
        """Keep an answer in place of an earlier one; ``position`` None is a miss."""
        self._connection.execute(delete(geocode).where(geocode.c.query == query))
        said = (position.latitude, position.longitude, position.precision.value) if position else (None, None, None)
        columns = ("query", "latitude", "longitude", "precision", "source", "asked_at")
        asked = (asked_at - _EPOCH) // dt.timedelta(microseconds=1)
        bulk.insert(self._connection, geocode, columns, [(query, *said, source, asked)])

    def reserve_turn(self, now: dt.datetime, every_s: float) -> dt.datetime:
        """The next instant at which a question may be asked; it is the caller's alone, in all processes."""
        counters.lock(self._connection, counters.GEOCODER)
        turn = max((now - _EPOCH) // _MILLISECOND, counters.taken(self._connection, counters.GEOCODER))
        following = turn + round(every_s * 1000)
        statement = update(counter).where(counter.c.name == counters.GEOCODER).values(value=following)
        self._connection.execute(statement)
        return _EPOCH + turn * _MILLISECOND
