"""What was published before, scope by scope: feed runs as versions of a feed.

The scope of a run is what it speaks of as a whole: one kind of one retailer, of all its stores or of one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, true

from inventory_api.domain.feed import FINAL, FeedKind, FeedMode, FeedRun, RunStatus
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.run_rows import COLUMNS, run_of
from inventory_api.storage.sql.tables import feed_run

_APPLIED = (RunStatus.PUBLISHED.value, RunStatus.UNCHANGED.value)
_OPEN = tuple(status.value for status in RunStatus if status not in FINAL)
_HAS_FILE = and_(feed_run.c.path != "", feed_run.c.dry_run.is_(False))
_NEWEST = (feed_run.c.as_of.desc(), feed_run.c.id.desc())


class FeedVersions(Repository):
    """Versions of feeds, as the runs tell of them. Dry runs, and visits that brought no file, do not count."""

    def last_published(self, retailer_id: str, kind: FeedKind, store_code: str | None) -> FeedRun | None:
        """The newest full feed, by ``as_of``, that was published or found unchanged for just this scope.

        ``store_code`` None is the scope of all stores. Dry runs do not count.
        """
        statement = select(*COLUMNS).where(_published(retailer_id, kind, store_code)).order_by(*_NEWEST).limit(1)
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else run_of(row)

    def history(self, retailer_id: str, kind: FeedKind, store_code: str | None, limit: int) -> list[dict[str, Any]]:
        """Statistics of the newest full feeds published for just this scope, the newest first."""
        scope = _published(retailer_id, kind, store_code)
        statement = select(feed_run.c.stats).where(scope, feed_run.c.stats.is_not(None))
        return list(self._connection.execute(statement.order_by(*_NEWEST).limit(limit)).scalars())

    def published_before(self, run: FeedRun, limit: int) -> list[FeedRun]:
        """Feeds of the run's scope and mode that were published, or found unchanged, before it came; newest first."""
        statement = select(*COLUMNS).where(
            _scope(run.retailer_id, run.kind, run.store_code),
            feed_run.c.mode == run.mode.value,
            feed_run.c.status.in_(_APPLIED),
            feed_run.c.id < run.id,
        )
        newest = statement.order_by(feed_run.c.id.desc()).limit(limit)
        return [run_of(row) for row in self._connection.execute(newest).mappings()]

    def newest_sequence(self, retailer_id: str, kind: FeedKind, store_code: str | None) -> int | None:
        """The highest number that the sender gave a full feed published for just this scope."""
        statement = select(func.max(feed_run.c.sequence)).where(_published(retailer_id, kind, store_code))
        return self._connection.execute(statement).scalar()

    def is_source_known(self, retailer_id: str, source_id: str) -> bool:
        """Whether anything that came by this source was ever published."""
        statement = exists().where(
            feed_run.c.retailer_id == retailer_id,
            feed_run.c.source_id == source_id,
            feed_run.c.status.in_(_APPLIED),
            _HAS_FILE,
        )
        return bool(self._connection.execute(select(statement)).scalar())

    def same_scope(
        self, run: FeedRun, statuses: Sequence[RunStatus], *, newer_than: dt.datetime | None = None
    ) -> list[FeedRun]:
        """Other runs about just this scope, dry runs left out; ``newer_than`` an ``as_of``, None for all."""
        statement = select(*COLUMNS).where(
            _scope(run.retailer_id, run.kind, run.store_code),
            feed_run.c.id != run.id,
            feed_run.c.status.in_([status.value for status in statuses]),
            true() if newer_than is None else feed_run.c.as_of > newer_than,
        )
        return [run_of(row) for row in self._connection.execute(statement.order_by(feed_run.c.id)).mappings()]

    def needed_ids(self, versions: int) -> set[str]:
        """Runs whose files must be kept: those that have not ended, and the newest that may be replayed.

        Of each scope and mode the ``versions`` newest that were published, and as many of those that were not.
        """
        is_published = feed_run.c.status == RunStatus.PUBLISHED.value
        alike = (feed_run.c.retailer_id, feed_run.c.kind, feed_run.c.mode, feed_run.c.store_code, is_published)
        rank = func.row_number().over(partition_by=alike, order_by=feed_run.c.id.desc()).label("rank")
        ranked = select(feed_run.c.id, rank).where(feed_run.c.status.not_in(_OPEN), _HAS_FILE).subquery()
        ended = select(ranked.c.id).where(ranked.c.rank <= versions)
        waiting = select(feed_run.c.id).where(feed_run.c.status.in_(_OPEN))
        return set(self._connection.execute(ended.union_all(waiting)).scalars())

    def forget_visits(self, kept: int, limit: int) -> int:
        """Delete old visits to sources that brought no file: of each source all but the newest.

        Args:
            kept: How many of each source stay.
            limit: How many are deleted at most.

        Returns:
            How many were deleted.
        """
        of_source = (feed_run.c.retailer_id, feed_run.c.source_id)
        rank = func.row_number().over(partition_by=of_source, order_by=feed_run.c.id.desc()).label("rank")
        ranked = select(feed_run.c.id, rank).where(feed_run.c.path == "").subquery()
        old = select(ranked.c.id).where(ranked.c.rank > kept).limit(limit)
        return self._connection.execute(delete(feed_run).where(feed_run.c.id.in_(old))).rowcount

    def is_described_since(self, retailer_id: str, at: dt.datetime) -> bool:
        """Whether a stores or products feed of this retailer was published then or later."""
        is_stock = feed_run.c.kind == FeedKind.INVENTORY.value
        since = exists().where(feed_run.c.retailer_id == retailer_id, ~is_stock, feed_run.c.published_at >= at)
        return bool(self._connection.execute(select(since)).scalar())


def _scope(retailer_id: str, kind: FeedKind, store_code: str | None) -> ColumnElement[bool]:
    return and_(
        feed_run.c.retailer_id == retailer_id,
        feed_run.c.kind == kind.value,
        feed_run.c.store_code.is_not_distinct_from(store_code),
        _HAS_FILE,
    )


def _published(retailer_id: str, kind: FeedKind, store_code: str | None) -> ColumnElement[bool]:
    is_full = feed_run.c.mode == FeedMode.FULL.value
    return and_(_scope(retailer_id, kind, store_code), is_full, feed_run.c.status.in_(_APPLIED))
