"""Adds shoppers' reports up, every few minutes: what later answers state as their confidence."""

from __future__ import annotations

import datetime as dt
import logging
import threading

from inventory_api.domain.errors import Unavailable
from inventory_api.storage.sql.engine import Database

logger = logging.getLogger(__name__)

EVERY_S = 300.0


class Calibrator:
    """A loop beside a worker's runs. Several workers may run it: they take turns and come to one result."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def calibrate(self, now: dt.datetime) -> None:
        """Add up what there is. Reports may come meanwhile: the sums are made before anything is locked."""
        with self._db.read() as tx:
            tallies = tx.reports.tally(now)
        with self._db.write() as tx:
            tx.reports.teach(tallies, now)

    def run(self, stop: threading.Event) -> None:
        """Calibrate until told to stop."""
        while True:
            try:
                self.calibrate(dt.datetime.now(dt.UTC))
            except Unavailable as error:
                logger.warning("calibration waits: %s", error)
            except Exception:
                logger.exception("calibration met a fault of ours")
            if stop.wait(EVERY_S):
                return
