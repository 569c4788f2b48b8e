"""Webhook endpoints, the quality of feeds, and what shoppers report."""

from __future__ import annotations

import datetime as dt
from typing import Any

from inventory_api.channels.rest.schema.shape import Shape
from inventory_api.domain.trust import Outcome


class EndpointOut(Shape):
    """A webhook endpoint. ``secret`` stands only in the answer that made it; ``disabled`` says why, else null."""

    id: str
    url: str
    events: list[str]
    created_at: dt.datetime
    disabled: str | None
    secret: str | None = None
    deliveries: list[DeliveryOut] | None = None


class DeliveryOut(Shape):
    """An event on its way: ``next_attempt_at`` is null once it was delivered or given up."""

    id: str
    event: str
    created_at: dt.datetime
    attempts: int
    delivered_at: dt.datetime | None
    next_attempt_at: dt.datetime | None
    answer: str | None


class EndpointPage(Shape):
    """All endpoints of the key's retailer."""

    webhook_endpoints: list[EndpointOut]
    next_cursor: str | None


class PromiseOut(Shape):
    """Ages of the stores' last full feeds against the age at which a statement becomes unknown."""

    promise_s: int
    kept: float | None
    median_age_s: int | None
    oldest_age_s: int | None


class StoreCounts(Shape):
    """Stores by the freshness of their last full feed, and by trouble."""

    total: int
    live: int
    recent: int
    stale: int
    expired: int
    never_in_a_full_feed: int
    never_stocked: int
    imprecise: int


class OutcomesOut(Shape):
    """What shoppers reported. `hit_rate`: share of visits that ended as we had said, each reporter's voice limited."""

    window_days: int
    reports: int
    found: int
    not_found: int
    wrong_price: int
    hit_rate: float | None
    stated_confidence: float | None


class ReportOut(Shape):
    """A report, as it was taken."""

    store_id: str
    product_id: str
    outcome: Outcome


class QualityOut(Shape):
    """How well a retailer's feeds keep its promise; at most 100 stores are named of each trouble."""

    retailer: str
    as_of: dt.datetime
    freshness: PromiseOut
    stores: StoreCounts
    stale_stores: list[dict[str, Any]]
    never_stocked_stores: list[dict[str, Any]]
    runs: dict[str, int]
    reject_rate: float | None
    notice_rates: dict[str, float]
    last_runs: list[dict[str, Any]]
    outcomes: OutcomesOut | None
