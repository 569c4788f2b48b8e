"""What we tell a retailer unasked: events, the endpoints they go to, and when a lost one is sent again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from inventory_api.domain.feed import FeedRun, RunStatus

MAX_NOTICES = 20
"""In an event: receivers refuse bodies over 20 kB, and the report has them all."""


class Event(StrEnum):
    """Of what. ``FEED_RUN_FAILED`` is of every run that ends without being used: its ``status`` says why."""

    FEED_RUN_PUBLISHED = "feed_run.published"
    FEED_RUN_QUARANTINED = "feed_run.quarantined"
    FEED_RUN_FAILED = "feed_run.failed"
    FEED_STALE = "feed.stale"
    WATCH_TRIGGERED = "watch.triggered"
    TEST = "test"


SUBSCRIBABLE = (Event.FEED_RUN_PUBLISHED, Event.FEED_RUN_QUARANTINED, Event.FEED_RUN_FAILED, Event.FEED_STALE)

_EVENTS = {
    RunStatus.PUBLISHED: Event.FEED_RUN_PUBLISHED,
    RunStatus.QUARANTINED: Event.FEED_RUN_QUARANTINED,
    RunStatus.REJECTED: Event.FEED_RUN_FAILED,
    RunStatus.FETCH_FAILED: Event.FEED_RUN_FAILED,
    RunStatus.FAILED: Event.FEED_RUN_FAILED,
}

RETRIES = tuple(
    dt.timedelta(seconds=seconds)
    for seconds in (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""Before each attempt, from the one before; then it is given up (Standard Webhooks 1.0)."""


@dataclass(slots=True)
class WebhookEndpoint:
    """An address of a retailer; ``id`` is the retailer's own word for it.

    Attributes:
        secret: Sealed: the secrets that sign, the newest first.
        events: What it is told.
        disabled: Why nothing is sent there any more; None where it is.
        once: Made for a single event, by no word of the retailer's own, and shown in no list.
    """

    retailer_id: str
    id: str
    url: str
    secret: bytes
    events: list[str]
    created_at: dt.datetime
    disabled: str | None = None
    once: bool = False


@dataclass(slots=True)
class Delivery:
    """One event on its way to one endpoint.

    Attributes:
        id: The ``webhook-id``: the same in every attempt, so that a receiver can tell a repetition.
        attempts: Begun so far.
        due_at: Of the next attempt; None once delivered or given up.
        answer: What the last attempt ended with.
    """

    id: str
    retailer_id: str
    endpoint_id: str
    event: str
    payload: dict[str, Any]
    created_at: dt.datetime
    attempts: int = 0
    due_at: dt.datetime | None = None
    delivered_at: dt.datetime | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something to tell. ``key`` names it among all: told once, however often it is found out."""

    event: Event
    key: str
    data: dict[str, Any] = field(default_factory=dict)

    def payload(self, at: dt.datetime) -> dict[str, Any]:
        """The body of the event."""
        return {"type": self.event.value, "timestamp": at.isoformat(), "data": self.data}


def happening_of(run: FeedRun) -> Happening | None:
    """What there is to tell of a run as it stands; None of one that goes on, changed nothing, or was a trial."""
    event = _EVENTS.get(run.status)
    if event is None or run.dry_run:
        return None
    path = f"/v1/feed-runs/{run.id}"
    data = {
        "id": run.id,
        "kind": run.kind.value,
        "mode": run.mode.value,
        "status": run.status.value,
        "store_code": run.store_code,
        "source": run.source_id,
        "received_at": run.received_at.isoformat(),
        "as_of": run.as_of.isoformat(),
        "rows": {name: getattr(run.rows, name) for name in run.rows.__slots__},
        "changes": {name: getattr(run.changes, name) for name in run.changes.__slots__},
        "notices": [{name: n[name] for name in ("code", "severity", "count")} for n in run.notices[:MAX_NOTICES]],
        "held_stores": (run.held_stores or [])[:MAX_NOTICES],
        "links": {"self": path, "report": f"{path}/report.html", "notices": f"{path}/notices.csv"},
    }
    return Happening(event, f"{run.id} {run.status} {run.fence}", {"feed_run": data})
