"""The geocoder for shoppers: asked beside the event loop, one flight a question, and nobody waits for long."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from inventory_api.domain.errors import Unavailable
from inventory_api.domain.place import Place
from inventory_api.storage.geocoder.geocoder import Geocoder, Query

PATIENCE_S = 1.5
"""Of a shopper, in all. What comes later is remembered for whoever asks next."""

MAX_FLIGHTS = 64
"""Of one process at once."""

THREADS = 8
"""At a turn a second, at most four wait or are being answered; the others look into the memory."""

logger = logging.getLogger(__name__)


class GeocodedPlaces:
    """``domain.ports.RemotePlaces`` by a geocoder; of one event loop.

    Args:
        geocoder: Who is asked.
        patience_s: Seconds that a caller waits, and that a turn may be away.
    """

    def __init__(self, geocoder: Geocoder, *, patience_s: float = PATIENCE_S) -> None:
        self._geocoder = geocoder
        self._patience_s = patience_s
        self._flights: dict[str, asyncio.Task[list[Place]]] = {}
        # Threads of its own: those that wait for a turn would keep everybody else's from working.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="geocoder")

    @property
    def source(self) -> str:
        """The source of its places."""
        return self._geocoder.service

    @property
    def attribution(self) -> str:
        """Whom to credit beside its places."""
        return self._geocoder.attribution

    async def find(self, text: str, *, country: str | None) -> list[Place]:
        """What it knows by this name, by memory or by asking; empty where it is slow, busy or down."""
        query = Query(text, country)
        flight = self._flights.get(query.key)
        if flight is None:
            if len(self._flights) >= MAX_FLIGHTS:
                logger.warning("%s is not asked: %d questions are under way", self.source, MAX_FLIGHTS)
                return []
            flight = self._flights[query.key] = asyncio.create_task(self._fly(query))
            flight.add_done_callback(lambda _: self._flights.pop(query.key))
        # Whoever gives up, or goes away, does not end it for the others.
        await asyncio.wait({flight}, timeout=self._patience_s)
        if not flight.done():
            logger.warning("%s is slow: nobody waits for it any longer", self.source)
            return []
        return flight.result()

    async def _fly(self, query: Query) -> list[Place]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(
                self._threads, lambda: self._geocoder.find(query, patience_s=self._patience_s)
            )
        except Unavailable as error:
            logger.warning("%s cannot be asked: %s", self.source, error)
            return []
        return found or []
