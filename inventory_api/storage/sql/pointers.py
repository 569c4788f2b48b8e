"""Which segment of a retailer is current: what the index shows, and what is on its way there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, update

from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import segment_pointer

_PUBLISHED: Final = "published"
_PENDING: Final = "pending"


@dataclass(frozen=True, slots=True)
class SegmentVersion:
    """A committed segment. ``folded_seq``: deltas up to here are inside. ``as_of``: observed seconds (index epoch)."""

    name: str
    records: int
    folded_seq: int
    as_of: int
    created_at: dt.datetime


class SegmentPointers(Repository):
    """At most two segments a retailer: published (the index shows it) and pending (committed, being published)."""

    def published_segment(self, retailer_id: str) -> SegmentVersion | None:
        """What the index shows."""
        return self._find(retailer_id, _PUBLISHED)

    def pending_segment(self, retailer_id: str) -> SegmentVersion | None:
        """What is committed and being published."""
        return self._find(retailer_id, _PENDING)

    def current_segment(self, retailer_id: str) -> SegmentVersion | None:
        """The newest committed segment: the pending one, else the published."""
        return self.pending_segment(retailer_id) or self.published_segment(retailer_id)

    def set_pending(self, retailer_id: str, version: SegmentVersion) -> None:
        """Commit a segment; a pending one before it is forgotten."""
        self._drop(retailer_id, _PENDING)
        self._connection.execute(
            insert(segment_pointer).values(
                retailer_id=retailer_id,
                role=_PENDING,
                name=version.name,
                records=version.records,
                folded_seq=version.folded_seq,
                as_of=version.as_of,
                created_at=version.created_at,
            )
        )

    def forget_pending(self, retailer_id: str) -> None:
        """The pending segment, if any, will not be published; its file is an orphan."""
        self._drop(retailer_id, _PENDING)

    def publish_pending(self, retailer_id: str) -> None:
        """The pending segment becomes the published one. Without a pending one nothing changes: repeating is safe."""
        if self.pending_segment(retailer_id) is None:
            return
        self._drop(retailer_id, _PUBLISHED)
        self._connection.execute(
            update(segment_pointer)
            .where(segment_pointer.c.retailer_id == retailer_id, segment_pointer.c.role == _PENDING)
            .values(role=_PUBLISHED)
        )

    def published_segments(self) -> dict[str, SegmentVersion]:
        """What the index shows, by retailer."""
        statement = select(segment_pointer).where(segment_pointer.c.role == _PUBLISHED)
        return {row.retailer_id: _version(row) for row in self._connection.execute(statement)}

    def all_segment_names(self) -> set[str]:
        """The segments in use, published or pending; any other file is an orphan."""
        return set(self._connection.execute(select(segment_pointer.c.name)).scalars())

    def _find(self, retailer_id: str, role: str) -> SegmentVersion | None:
        statement = select(segment_pointer).where(
            segment_pointer.c.retailer_id == retailer_id, segment_pointer.c.role == role
        )
        row = self._connection.execute(statement).first()
        return None if row is None else _version(row)

    def _drop(self, retailer_id: str, role: str) -> None:
        self._connection.execute(
            delete(segment_pointer).where(segment_pointer.c.retailer_id == retailer_id, segment_pointer.c.role == role)
        )


def _version(row: Row[Any]) -> SegmentVersion:
    return SegmentVersion(row.name, row.records, row.folded_seq, row.as_of, row.created_at)
