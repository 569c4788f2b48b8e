"""What a geocoder said, and whose turn it is to ask."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select, update

from inventory_api.storage.sql import counters
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import counter, geocode

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)


class Geocodes(Repository):
    """Answers by query, hits and misses alike."""

    def find(self, query: bytes, now: dt.datetime) -> bytes | None:
        """The sealed answer to the question of this pseudonym, None where none is remembered."""
        kept = (geocode.c.query == query) & (geocode.c.expires_at > now)
        return self._connection.execute(select(geocode.c.places).where(kept)).scalar_one_or_none()

    def remember(self, query: bytes, places: bytes, now: dt.datetime, *, until: dt.datetime) -> None:
        """Keep an answer in place of an earlier one, and forget those that have expired."""
        self._connection.execute(delete(geocode).where((geocode.c.query == query) | (geocode.c.expires_at <= now)))
        self._connection.execute(geocode.insert().values(query=query, places=places, expires_at=until))

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
