"""Brings a process's directory up to date with SQL."""

from __future__ import annotations

from inventory_api.lookup.directory import Directory
from inventory_api.storage.sql.engine import Database


class DirectoryLoader:
    """Loads all stores at first, then what has changed."""

    def __init__(self, db: Database, directory: Directory) -> None:
        self._db = db
        self._directory = directory
        self._revision = self._trusted = -1

    def refresh(self) -> None:
        """Take in what SQL knows now; about a millisecond where nothing is new."""
        with self._db.read() as tx:
            retailers = tx.retailers.list()
            changed, revision = tx.stores.changed_since(self._revision)
            trust, trusted = None, tx.reports.revision()
            if trusted != self._trusted:
                trust = tx.reports.trust()
        if changed or trust or self._revision < 0 or {r.id: r for r in retailers} != self._directory.map.retailers:
            self._directory.update(changed, retailers, trust)
        self._revision, self._trusted = revision, trusted
