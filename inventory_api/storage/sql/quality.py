"""``domain.ports.QualityDesk`` on SQL."""

from __future__ import annotations

import datetime as dt

from inventory_api.domain.quality import Quality, assess
from inventory_api.storage.sql.engine import Database

RUNS = 50


class SqlQuality:
    """Sums up what SQL knows of a retailer."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def assess(self, retailer_id: str, now: dt.datetime) -> Quality:
        """The summary, one state of the database throughout. Raises UnknownRetailer."""
        with self._db.read() as tx:
            return assess(
                tx.retailers.get(retailer_id),
                tx.stores.of_retailer(retailer_id),
                tx.stores.stocked_ids(),
                tx.runs.list(retailer_id, RUNS),
                now,
                tx.reports.outcomes(retailer_id, now),
            )
