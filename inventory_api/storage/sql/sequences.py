"""How far the rows of each source that count themselves were heard."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from inventory_api.domain.feed import FeedSequence
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import feed_sequence


class Sequences(Repository):
    """One sequence a source; uploads that name none are one source of their retailer."""

    def get(self, retailer_id: str, source_id: str | None) -> FeedSequence:
        """Where a source stands; at the beginning where it was never heard."""
        row = self._connection.execute(
            select(feed_sequence.c.last, feed_sequence.c.gap_at).where(
                feed_sequence.c.retailer_id == retailer_id, feed_sequence.c.source_id == (source_id or "")
            )
        ).first()
        return FeedSequence() if row is None else FeedSequence(row.last, row.gap_at)

    def put(self, retailer_id: str, source_id: str | None, sequence: FeedSequence) -> None:
        """Remember where a source stands; the beginning is remembered as nothing."""
        name = source_id or ""
        self._connection.execute(
            delete(feed_sequence).where(feed_sequence.c.retailer_id == retailer_id, feed_sequence.c.source_id == name)
        )
        if sequence.last is not None:
            self._connection.execute(
                insert(feed_sequence).values(
                    retailer_id=retailer_id, source_id=name, last=sequence.last, gap_at=sequence.gap_at
                )
            )
