"""What is on a shelf."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel

from inventory_api.channels.rest.schema.catalog import ProductOut, StoreOut
from inventory_api.channels.rest.schema.shape import Shape
from inventory_api.domain.availability import Availability
from inventory_api.domain.freshness import Freshness


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
