"""A geocoder that the operator chose is asked: politely, once an address, never for long.

All workers share one question a second, hits are remembered for 90 days and misses for one, an answer is
waited for two seconds, and a geocoder that failed thrice in a row is left alone for the rest of the feed.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from geopy.exc import GeopyError
from geopy.geocoders import get_geocoder_for_service
from geopy.location import Location

from ingest.geocode.addresses import Address
from inventory_api.domain.store import Position, Precision
from inventory_api.domain.text import fold
from inventory_api.storage.sql.engine import Database

TIMEOUT_S = 2.0
EVERY_S = 1.0
HITS_KEPT = dt.timedelta(days=90)
MISSES_KEPT = dt.timedelta(days=1)
MAX_QUESTIONS = 200
"""Of one feed: the rest of a long one is asked by the next, so that no retailer waits behind it for an hour."""

MAX_FAILURES = 3

logger = logging.getLogger(__name__)

# By Nominatim's rank of a place: how fine a thing it found. Coarser than a city is nowhere to send a shopper.
_RANKS = ((30, Precision.ADDRESS), (26, Precision.STREET), (17, Precision.NEIGHBORHOOD), (13, Precision.CITY))


class Geocoder:
    """One of geopy's geocoders, with a memory in SQL.

    Args:
        db: Remembers answers, and whose turn it is.
        service: geopy's word for it: ``nominatim``, ``photon``, ``here``, ...
        options: Of geopy's class: ``user_agent``, ``domain``, ``api_key``, ...
        now: The clock.
        sleep: Waits for our turn.
    """

    def __init__(
        self,
        db: Database,
        service: str,
        options: Mapping[str, Any],
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._db = db
        self._service = service
        self._asked: Any = get_geocoder_for_service(service)(**{"timeout": TIMEOUT_S, **options})
        self._now = now
        self._sleep = sleep
        self._questions = self._failures = 0

    def begin(self) -> Callable[[Address], Position | None]:
        """Turn to a new feed, whose questions and failures are counted anew; returns what answers them."""
        self._questions = self._failures = 0
        return self.find

    def find(self, address: Address) -> Position | None:
        """Where the address is, by memory or by asking; None where nobody knows, or nobody can be asked now."""
        query = fold(str(address))
        now = self._now()
        with self._db.read() as tx:
            remembered = tx.geocodes.find(query, hits_since=now - HITS_KEPT, misses_since=now - MISSES_KEPT)
        if remembered is not None:
            return remembered.position
        if self._questions >= MAX_QUESTIONS or self._failures >= MAX_FAILURES:
            return None
        self._questions += 1
        with self._db.write() as tx:
            turn = tx.geocodes.reserve_turn(self._now(), EVERY_S)
        self._sleep(max(0.0, (turn - self._now()).total_seconds()))
        try:
            answer = self._asked.geocode(str(address))
        except GeopyError as error:
            self._failures += 1
            logger.warning("%s does not answer: %s", self._service, error)
            return None
        self._failures = 0
        position = self._position(answer)
        with self._db.write() as tx:
            tx.geocodes.remember(query, position, self._service, self._now())
        return position

    def _position(self, answer: Location | None) -> Position | None:
        if answer is None:
            return None
        rank = answer.raw.get("place_rank")
        precision: Precision | None = Precision.ADDRESS
        if rank is not None:
            precision = next((word for least, word in _RANKS if int(rank) >= least), None)
        if answer.raw.get("addresstype") == "postcode":
            precision = Precision.POSTAL_CODE
        if precision is None:
            return None
        return Position(answer.latitude, answer.longitude, precision, self._service)
