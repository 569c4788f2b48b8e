"""What we send unasked: the bodies of Standard Webhooks 1.0."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from inventory_api.channels.rest.schema.feeds import Changes, Rows
from inventory_api.channels.rest.schema.shape import Shape
from inventory_api.domain.availability import Availability
from inventory_api.domain.feed import FeedKind, FeedMode, RunStatus


class WatchedProduct(Shape):
    """What was watched for."""

    id: str
    title: str | None
    brand: str | None


class WatchedStore(Shape):
    """The store that has it again."""

    id: str
    retailer: str
    store_code: str
    name: str
    phone: str | None


class TriggeredWatch(Shape):
    """A watch that has ended so. Of the shopper's place it tells nothing."""

    id: str
    product: WatchedProduct
    store: WatchedStore
    availability: Availability
    observed_at: dt.datetime
    links: dict[str, str]


class TriggeredWatchData(Shape):
    """What a `watch.triggered` is about."""

    watch: TriggeredWatch


class WatchTriggered(Shape):
    """A store within the radius of a watch newly says that it has the product."""

    type: Literal["watch.triggered"]
    timestamp: dt.datetime
    data: TriggeredWatchData


class NoticeCount(Shape):
    """How often a run noticed something."""

    code: str
    severity: str
    count: int


class EndedRun(Shape):
    """A run as it ended; its report has the rest."""

    id: str
    kind: FeedKind
    mode: FeedMode
    status: RunStatus
    store_code: str | None
    source: str | None
    received_at: dt.datetime
    as_of: dt.datetime
    rows: Rows
    changes: Changes
    notices: list[NoticeCount]
    held_stores: list[str]
    links: dict[str, str]


class EndedRunData(Shape):
    """What an event of a run is about."""

    feed_run: EndedRun


class FeedRunEnded(Shape):
    """A feed was published, waits for a decision, or was not used: `status` says why."""

    type: Literal["feed_run.published", "feed_run.quarantined", "feed_run.failed"]
    timestamp: dt.datetime
    data: EndedRunData


class SilentFeed(Shape):
    """Which feed, and when it was last heard of."""

    source: str
    heard_at: dt.datetime


class FeedStale(Shape):
    """A feed has said nothing for longer than it should."""

    type: Literal["feed.stale"]
    timestamp: dt.datetime
    data: SilentFeed
