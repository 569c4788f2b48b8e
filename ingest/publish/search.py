"""Product search follows SQL: what changed since its revision, or everything where it has none.

Any worker may do it at any time; they take turns, and whoever comes second finds nothing left to do. So a
crash between the commit in SQL and the one in the index is made good by whoever looks next.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from inventory_api.domain.errors import Unavailable
from inventory_api.domain.product import Product
from inventory_api.storage.search.writer import SearchWriter
from inventory_api.storage.sql.engine import Database

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Told (stage, done, all), in products."""

LOOK_S = 1.0
TOLD_EVERY = 10_000


class _Stopped(Exception):
    """We were told to stop while it was made anew."""


class SearchPublisher:
    """Keeps the product search of one data directory current.

    Args:
        db: Where products are.
        folder: Where the index is.
    """

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self._writer = SearchWriter(folder)

    def catch_up(self, on_progress: Progress = lambda stage, done, all_: None) -> bool:
        """Take in what was committed since; about 0.2 s for a few products among 200,000.

        Returns:
            Whether there was anything.

        Raises:
            Unavailable: SQL is away.
        """
        with self._db.read() as tx:
            newest = tx.products.revision()
        if self._writer.revision() == newest:
            return False
        with self._writer.turn(), self._db.read() as tx:
            held, newest = self._writer.revision(), tx.products.revision()
            if held == newest:
                return False
            if held is None or held > newest:
                # None: never built, or by another version. Ahead: SQL was restored from a backup.
                logger.info("product search is being made anew")
                total = tx.products.count()
                self._writer.replace(_told(tx.products.stream_cards(), total, on_progress), newest)
            else:
                self._writer.apply(tx.products.stream_changed(held), newest)
        return True

    def rebuild(self, on_progress: Progress) -> int:
        """Make it anew from SQL while the old one serves; about 15 s for a million products.

        Returns:
            How many products were read.

        Raises:
            Unavailable: SQL is away.
        """
        with self._writer.turn(), self._db.read() as tx:
            newest, total = tx.products.revision(), tx.products.count()
            return self._writer.replace(_told(tx.products.stream_cards(), total, on_progress), newest)

    def follow(self, stop: threading.Event) -> None:
        """Catch up again and again until told to stop: made anew beside the runs, healed after a crash."""

        def on_progress(stage: str, done: int, all_: int) -> None:
            if stop.is_set():
                raise _Stopped

        while not stop.is_set():
            try:
                self.catch_up(on_progress)
            except _Stopped:
                return
            except Unavailable as error:
                logger.warning("product search waits: %s", error)
            except Exception:
                logger.exception("product search met a fault of ours")
            stop.wait(LOOK_S)


def _told(products: Iterable[Product], total: int, on_progress: Progress) -> Iterator[Product]:
    for number, product in enumerate(products):
        if number % TOLD_EVERY == 0:
            on_progress("indexing products", number, total)
        yield product
