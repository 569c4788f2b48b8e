"""The end of a segment's publication: what changes said meanwhile, decided together with the segment.

For every record that the log touched since the segment was begun, the truth of both is forced into the index. Every
change of the retailer waits for whoever does that (on SQLite, everybody's changes), so most of it is done before the
end, a few records at a time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ingest.publish.touched import Touched
from inventory_api.domain.stock import StockTable
from inventory_api.storage.segments import Segment
from inventory_api.storage.sql.engine import Database, Transaction

TURN_ROWS = 500
"""Rows of the log whose records are settled while the lock is held once: about 20 ms."""

MAX_TURNS = 100
"""Changes that come faster than their buckets can be read are left to the end."""

Force = Callable[[Touched, StockTable], None]
"""Puts the truth of every record that some deltas touch into the index, whatever stands there."""


class Settlement:
    """Settles a retailer's pending segment with the log that grew beside it.

    Args:
        db: Asked for the log; locked a turn at a time.
        retailer_id: Whose segment it is.
        segment: The pending one, sent already.
        folded_seq: The log up to here is in it.
        force: Writes to the index.
    """

    def __init__(self, db: Database, retailer_id: str, segment: Segment, folded_seq: int, force: Force) -> None:
        self._db = db
        self._retailer_id = retailer_id
        self._folded_seq = folded_seq
        self._force = force
        self._touched = Touched(segment, StockTable.empty())
        self._log = StockTable.empty()
        self._settled = 0

    def begin(self, keep: Callable[[], None]) -> None:
        """Settle what the index shows of the log, in short turns of the retailer's lock, until little is left.

        What is not published yet is left to the end: published after its turn it could outdo the truth.
        ``keep`` is called at every turn.
        """
        for _ in range(MAX_TURNS):
            keep()
            with self._db.read() as tx:
                self._hear(tx)
            part = self._part(len(self._log))
            read, ready = self._touched.read(part), self._settled + len(part)
            if read <= 1 and ready == len(self._log):
                return
            with self._db.write() as tx:
                tx.retailers.lock(self._retailer_id)
                self._hear(tx)
                part = self._part(min(ready, tx.deltas.published_seq(self._retailer_id) - self._folded_seq))
                if len(part) == 0:
                    return
                self._settle(part)

    def end(self, tx: Transaction) -> int:
        """Settle the rest, in a transaction that has the retailer's lock; the number of the newest row of the log."""
        self._hear(tx)
        self._settle(self._log.take(slice(self._settled, None)))
        return self._folded_seq + len(self._log)

    def _hear(self, tx: Transaction) -> None:
        known = self._folded_seq + len(self._log)
        newer, _ = tx.deltas.after(self._retailer_id, known)
        self._log = StockTable.join([self._log, newer]) if len(newer) else self._log

    def _part(self, end: int) -> StockTable:
        return self._log.take(slice(self._settled, min(end, self._settled + TURN_ROWS)))

    def _settle(self, part: StockTable) -> None:
        self._touched.read(part)
        # All that was ever said of these records: what is newer than this part is shown already, and must stay.
        self._force(self._touched, self._log.take(np.isin(self._log.key, part.key)))
        self._settled += len(part)
