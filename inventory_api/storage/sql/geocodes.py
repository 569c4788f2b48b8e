"""What a geocoder said, and whose turn it is to ask."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import delete, select, update

from inventory_api.domain.place import Place, PlaceKind
from inventory_api.storage.sql import counters
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import counter, geocode

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)


class Geocodes(Repository):
    """Answers by query, hits and misses alike."""

    def find(self, query: str, now: dt.datetime) -> list[Place] | None:
        """The answer to this query, empty where it was a miss; None where none is remembered."""
        kept = (geocode.c.query == query) & (geocode.c.expires_at > now)
        said = self._connection.execute(select(geocode.c.places).where(kept)).scalar_one_or_none()
        return None if said is None else [_place(fields) for fields in orjson.loads(said)]

    def remember(self, query: str, places: Sequence[Place], now: dt.datetime, *, until: dt.datetime) -> None:
        """Keep an answer in place of an earlier one, and forget those that have expired."""
        self._connection.execute(delete(geocode).where((geocode.c.query == query) | (geocode.c.expires_at <= now)))
        said = orjson.dumps([dataclasses.asdict(place) for place in places]).decode()
        self._connection.execute(geocode.insert().values(query=query, places=said, expires_at=until))

    def reserve_turn(self, now: dt.datetime, every_s: float, *, before: dt.datetime) -> dt.datetime | None:
        """The next instant at which a question may be asked, the caller's alone in all processes; None: too late."""
        counters.lock(self._connection, counters.GEOCODER)
        turn = max((now - _EPOCH) // _MILLISECOND, counters.taken(self._connection, counters.GEOCODER))
        instant = _EPOCH + turn * _MILLISECOND
        if instant > before:
            return None
        self._set(turn + round(every_s * 1000))
        return instant

    def put_off(self, until: dt.datetime) -> None:
        """Let nobody's turn come before this instant."""
        counters.lock(self._connection, counters.GEOCODER)
        self._set(max((until - _EPOCH) // _MILLISECOND, counters.taken(self._connection, counters.GEOCODER)))

    def _set(self, turn: int) -> None:
        self._connection.execute(update(counter).where(counter.c.name == counters.GEOCODER).values(value=turn))


def _place(fields: dict[str, Any]) -> Place:
    return Place(**fields | {"kind": PlaceKind(fields["kind"])})
