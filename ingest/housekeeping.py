"""What is done once a minute while there is nothing better to do: long logs are folded, what nobody needs goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ingest import notice_log, parked
from ingest.publish.rebuild import fold_log
from ingest.publish.stock import StockPublisher
from ingest.sources.changes import ChangeDesk
from ingest.sources.hooks.desk import EventDesk
from ingest.sources.resumable import ResumableUploads
from ingest.sources.upload import UploadDesk
from inventory_api.storage.segments import SegmentStore
from inventory_api.storage.sql.engine import Database

ROUND_S = 60.0
ORPHANS_KEPT_S = 24 * 3600.0
VISITS_FORGOTTEN = 2_000
"""In a round at most: changes wait meanwhile, and no more sources than that can be asked in its time."""


class Housekeeper:
    """Keeps one data directory tidy; any number of workers may.

    Args:
        db: SQL.
        segments: The truth about stock.
        data_dir: What is swept.
        publisher: Of parked events that are tried again.
        fold_rows: A log that is longer is folded into its segment.
        kept_versions: Files of a scope that stay for replays.
        kept_visits: Visits of a source that are remembered.
    """

    def __init__(
        self,
        db: Database,
        segments: SegmentStore,
        data_dir: Path,
        publisher: Callable[[], StockPublisher],
        *,
        fold_rows: int,
        kept_versions: int,
        kept_visits: int,
    ) -> None:
        self._db = db
        self._segments = segments
        self._data_dir = data_dir
        self._publisher = publisher
        self._fold_rows = fold_rows
        self._kept_versions = kept_versions
        self._kept_visits = kept_visits
        self._tidied_at = time.monotonic()

    def tidy(self) -> None:
        """Do a round, where the last one is long enough ago."""
        if time.monotonic() - self._tidied_at < ROUND_S:
            return
        self._tidied_at = time.monotonic()
        with self._db.read() as tx:
            sizes, keep = tx.deltas.log_sizes(), tx.runs.all_segment_names()
            waiting = tx.runs.all_parked_paths()
        for retailer_id, rows in sizes.items():
            if rows > self._fold_rows:
                fold_log(self._db, self._segments, retailer_id, f"{retailer_id}/fold-{time.time_ns()}")
        self._segments.sweep(keep, older_than_s=ORPHANS_KEPT_S)
        parked.sweep(self._data_dir / "work" / "parked", waiting, older_than_s=ORPHANS_KEPT_S)
        notice_log.sweep(self._data_dir / "reports", self._named_logs, orphans_s=ORPHANS_KEPT_S)
        incoming = self._data_dir / "incoming"
        UploadDesk(self._db, incoming).sweep(older_than_s=ORPHANS_KEPT_S, versions=self._kept_versions)
        with self._db.write() as tx:
            tx.runs.forget_visits(self._kept_visits, VISITS_FORGOTTEN)
        ResumableUploads(self._db, self._data_dir / "uploads", incoming).sweep(older_than_s=ORPHANS_KEPT_S)
        events = EventDesk(self._db, ChangeDesk(self._db, self._publisher))
        events.retry()
        events.tidy()

    def _named_logs(self, paths: list[str]) -> set[str]:
        with self._db.read() as tx:
            return tx.runs.known_logs(paths)
