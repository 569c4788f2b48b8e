"""Runs, sources, changes and events."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from inventory_api.channels.rest.schema.shape import Shape
from inventory_api.domain.feed import FeedKind, FeedMode, RunStatus
from inventory_api.domain.source import Protocol


class Rows(Shape):
    """``accepted`` includes ``repaired``; read = accepted + rejected + parked."""

    read: int
    accepted: int
    repaired: int
    rejected: int
    parked: int


class Changes(Shape):
    """Against what was published before."""

    inserted: int
    updated: int
    removed: int
    unchanged: int


class RunOut(Shape):
    """What became of one upload."""

    id: str
    kind: FeedKind
    mode: FeedMode
    status: RunStatus
    received_at: dt.datetime
    published_at: dt.datetime | None
    as_of: dt.datetime
    sha256: str
    bytes: int
    rows: Rows
    changes: Changes
    notices: list[dict[str, Any]]
    links: dict[str, str]


class RunPage(Shape):
    """Runs of the key's retailer, newest first."""

    feed_runs: list[RunOut]
    next_cursor: str | None


class SourceState(Shape):
    """How visits to a source go; ``run_id`` is the last one's, ``disabled`` says why there are no more.

    Of a point of sale ``events`` counts what became of its events, ``problems`` are the last that could not be used.
    """

    attempted_at: dt.datetime | None
    run_id: str | None
    heard_at: dt.datetime | None
    failures: int
    disabled: str | None
    due_at: dt.datetime | None
    events: dict[str, int] | None
    problems: list[dict[str, Any]]


class SourceOut(BaseModel):
    """Where a feed comes from; beside these stand the settings of its protocol, as they were put."""

    model_config = ConfigDict(extra="allow")

    id: str
    version: int
    kind: FeedKind
    mode: FeedMode
    store_code: str | None
    protocol: Protocol
    credentials: Literal["set"] | None
    profile: dict[str, Any]
    state: SourceState
    created_at: dt.datetime
    updated_at: dt.datetime


class SourcesOut(Shape):
    """Sources of the key's retailer."""

    feed_sources: list[SourceOut]
    next_cursor: str | None


class ChangeOut(Shape):
    """What became of one item; ``code`` and ``message`` say why it was rejected."""

    status: Literal["applied", "older_ignored", "rejected"]
    code: str | None
    pointer: str
    message: str | None = None


class ChangesOut(Shape):
    """A result per item, in the order sent. ``pending``: kept, and soon visible."""

    items: list[ChangeOut]
    pending: bool = False


class HookOut(Shape):
    """What became of the events of one delivery; all of it is kept by then."""

    applied: int
    older_ignored: int
    parked: int
    rejected: int
    ignored: int
    pending: bool
