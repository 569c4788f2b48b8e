"""The shapes of answers, for the OpenAPI document and the clients generated from it.

Answers are rendered as plain JSON, never through these models: a contract test holds the two together.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from inventory_api.domain.availability import Availability
from inventory_api.domain.feed import FeedKind, FeedMode, RunStatus
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.ports import Match
from inventory_api.domain.source import Protocol
from inventory_api.domain.store import Precision as StorePrecision
from inventory_api.domain.trust import Outcome


class Shape(BaseModel):
    """Base: the document lists every field."""

    model_config = ConfigDict(extra="forbid")


Precision = Literal["point", "postal_code", "postal_prefix", "city", "region"]


class Address(Shape):
    """A postal address, as far as the retailer told it."""

    street: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None


class StoreOut(Shape):
    """A physical shop; ``open_now`` is null where the hours are unknown.

    ``precision`` other than ``point``: it was placed by its address.
    """

    id: str
    retailer: str
    store_code: str
    name: str
    phone: str | None
    address: Address
    lat: float | None
    lon: float | None
    precision: StorePrecision | None
    timezone: str | None
    open_now: bool | None
    opens_at: dt.datetime | None
    closes_at: dt.datetime | None
    services: list[str]


class OriginOut(Shape):
    """Where the search began."""

    lat: float
    lon: float
    precision: Precision
    label: str | None = None


class NearQuery(Shape):
    """The question as it was understood."""

    origin: OriginOut
    radius_m: float


class NearStore(Shape):
    """A store in range."""

    store: StoreOut
    distance_m: int


class StorePage(Shape):
    """Stores near a place, nearest first."""

    query: NearQuery
    stores: list[NearStore]
    next_cursor: str | None


class PlaceOut(Shape):
    """A place by its centre; ``precision`` says how exact that is, ``has_stores`` whether a store is near it."""

    name: str
    label: str
    kind: str
    precision: Precision
    lat: float
    lon: float
    country: str | None
    region: str | None
    has_stores: bool


class PlacePage(Shape):
    """Places of one name, the likeliest first."""

    places: list[PlaceOut]
    next_cursor: str | None


class ProductOut(Shape):
    """A product; ``gtin`` is null where the retailer's own number is all there is."""

    id: str
    gtin: str | None
    title: str | None
    brand: str | None
    image_url: str | None


class ProductHit(BaseModel):
    """A product that was found, and how. `distance_m`: of the nearest store in range that has it in stock.

    `carried_nearby` and `distance_m` are there where an origin was given.
    """

    product: ProductOut
    match: Match
    carried_nearby: bool | None = None
    distance_m: int | None = None


class SearchQuery(BaseModel):
    """What was searched; `understood` is how `q` was read where that is not what was written."""

    q: str | None = None
    understood: str | None = None
    gtin: str | None = None
    origin: OriginOut | None = None
    radius_m: float | None = None


class ProductPage(Shape):
    """Products that fit the search, the best first; empty where none does."""

    query: SearchQuery
    products: list[ProductHit]
    next_cursor: str | None


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


class Live(Shape):
    """The process answers."""

    status: Literal["ok"]


class IndexState(Shape):
    """The serving index."""

    format: int | str | None
    complete: bool


class Ready(Shape):
    """Questions can be answered."""

    status: Literal["ready"]
    index: IndexState


class HookOut(Shape):
    """What became of the events of one delivery; all of it is kept by then."""

    applied: int
    older_ignored: int
    parked: int
    rejected: int
    ignored: int
    pending: bool


class Money(Shape):
    """A decimal string with its ISO 4217 currency."""

    amount: str
    currency: str


class AvailableStore(BaseModel):
    """What one store's retailer says of the product, and what that is worth now."""

    store: StoreOut
    distance_m: int | None
    availability: Availability
    quantity: int | None
    quantity_bucket: Literal["0", "1-2", "3-9", "10+", "unknown"] | None
    price: Money | None
    sale_price: Money | None
    pickup: dict[str, Any] | None
    aisle: str | None
    observed_at: dt.datetime | None
    age_s: int | None
    freshness: Freshness | None
    confidence: float
    basis: Literal["pos_event", "feed", "count", "shopper_report"] | None
    last_known: dict[str, Any] | None = None


class AvailabilityOut(BaseModel):
    """One product near one place."""

    query: dict[str, Any]
    as_of: dt.datetime
    product: ProductOut
    best: dict[str, Any] | None
    stores: list[AvailableStore]
    excluded: dict[str, int]
    summary: dict[str, int]
    say: str
    next_cursor: str | None


class ItemError(Shape):
    """Why there is no answer to one item; `code` as of a problem."""

    code: str
    title: str
    detail: str
    pointer: str | None = None


class BatchItem(BaseModel):
    """What is known of one item, or its `error` alone."""

    product: dict[str, Any] | None = None
    best: dict[str, Any] | None = None
    stores: list[dict[str, Any]] | None = None
    excluded: dict[str, int] | None = None
    summary: dict[str, int] | None = None
    say: str | None = None
    error: ItemError | None = None


class BatchOut(Shape):
    """A result an item, in the order sent."""

    query: dict[str, Any]
    as_of: dt.datetime
    items: list[BatchItem]


class PlanOut(Shape):
    """Stores to go to, nearest first, with what each has of the list; `missing` names what none of them has."""

    complete: bool
    stores: list[dict[str, Any]]
    missing: list[str]


class BasketOut(Shape):
    """Where to go with a shopping list; `best_two_stores` is null where one store does as well."""

    query: dict[str, Any]
    as_of: dt.datetime
    best_store: PlanOut | None
    best_two_stores: PlanOut | None
    summary: dict[str, int]
    say: str


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
