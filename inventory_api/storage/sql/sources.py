"""Feed sources, and the lease by which one worker fetches from one at a time."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, RowMapping, Text, and_, delete, func, insert, or_, select, type_coerce, update

from inventory_api.domain.errors import UnknownSource
from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.source import FeedSource, Protocol
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import feed_source

_FIELDS = tuple(field.name for field in fields(FeedSource))
# The profile as text: one with a map of 30,000 items takes 40 ms to parse, and events of a shop come one by one.
_COLUMNS = tuple(
    type_coerce(feed_source.c.profile, Text).label("profile") if name == "profile" else feed_source.c[name]
    for name in _FIELDS
)

PROFILE: TypeAdapter[FeedProfile] = TypeAdapter(FeedProfile)
"""A profile to and from JSON."""

SourceList = list[FeedSource]


class Sources(Repository):
    """The sources of all retailers; a source is its retailer's alone."""

    def get(self, retailer_id: str, source_id: str) -> FeedSource:
        """One source of this retailer.

        Raises:
            UnknownSource: No such source, or another retailer's.
        """
        statement = select(*_COLUMNS).where(*_is(retailer_id, source_id))
        row = self._connection.execute(statement).mappings().first()
        if row is None:
            raise UnknownSource(source_id)
        return _source(row)

    def list(self, retailer_id: str) -> SourceList:
        """All sources of this retailer, by id."""
        statement = select(*_COLUMNS).where(feed_source.c.retailer_id == retailer_id).order_by(feed_source.c.id)
        return [_source(row) for row in self._connection.execute(statement).mappings()]

    def put(self, source: FeedSource) -> None:
        """Insert the source, or overwrite all of it."""
        self.delete(source.retailer_id, source.id)
        self._connection.execute(insert(feed_source).values(_values(source)))

    def save(self, source: FeedSource, *, held_until: dt.datetime | None = None) -> bool:
        """Write what a visit changes: state, times, failures; not what the retailer configured.

        Args:
            source: The source.
            held_until: The lease that it was claimed under; what was put, deleted or claimed since is not ours.

        Returns:
            False where the lease is lost; nothing was written.
        """
        names = ("state", "due_at", "fetching_until", "failures", "disabled", "heard_at")
        values = {name: getattr(source, name) for name in names}
        statement = update(feed_source).where(*_is(source.retailer_id, source.id))
        if held_until is not None:
            statement = statement.where(feed_source.c.fetching_until == held_until)
        return self._connection.execute(statement.values(values)).rowcount > 0

    def delete(self, retailer_id: str, source_id: str) -> bool:
        """Forget a source; False where there was none."""
        return self._connection.execute(delete(feed_source).where(*_is(retailer_id, source_id))).rowcount > 0

    def is_any_due(self, now: dt.datetime) -> bool:
        """Whether a claim is worth a transaction that writes."""
        return self._connection.execute(select(feed_source.c.id).where(_due(now)).limit(1)).first() is not None

    def claim_due(self, now: dt.datetime, lease_s: float, *, per_host: int = 2) -> FeedSource | None:
        """Take the source that is due longest and that nobody fetches; it is ours until the lease runs out.

        Args:
            now: Aware UTC.
            lease_s: How long it is ours.
            per_host: A machine that so many fetches ask already, of whatever retailers and workers, is left alone.
        """
        due = (
            select(*_COLUMNS)
            .where(_due(now, per_host))
            .order_by(feed_source.c.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = self._connection.execute(due).mappings().first()
        if row is None:
            return None
        source = _source(row)
        source.fetching_until = now + dt.timedelta(seconds=lease_s)
        self.save(source)
        return source


def _due(now: dt.datetime, per_host: int = 2) -> ColumnElement[bool]:
    other = feed_source.alias()
    asking = (
        select(func.count())
        .select_from(other)
        .where(other.c.host == feed_source.c.host, other.c.fetching_until > now)
        .scalar_subquery()
    )
    return and_(
        feed_source.c.due_at <= now,
        feed_source.c.disabled.is_(None),
        or_(feed_source.c.fetching_until.is_(None), feed_source.c.fetching_until <= now),
        or_(feed_source.c.host.is_(None), asking < per_host),
    )


def _is(retailer_id: str, source_id: str) -> tuple[Any, ...]:
    return feed_source.c.retailer_id == retailer_id, feed_source.c.id == source_id


def _values(source: FeedSource) -> dict[str, Any]:
    values = {name: getattr(source, name) for name in _FIELDS}
    return values | {
        "kind": source.kind.value,
        "mode": source.mode.value,
        "protocol": source.protocol.value,
        "host": source.host,
        "profile": PROFILE.dump_python(source.profile, mode="json", exclude_defaults=True),
    }


def _source(row: RowMapping) -> FeedSource:
    values: dict[str, Any] = {name: row[name] for name in _FIELDS}
    return FeedSource(
        **values
        | {
            "kind": FeedKind(values["kind"]),
            "mode": FeedMode(values["mode"]),
            "protocol": Protocol(values["protocol"]),
            "profile": _profile(values["profile"]),
        }
    )


@functools.lru_cache(maxsize=16)
def _profile(text: str) -> FeedProfile:
    return PROFILE.validate_json(text)
