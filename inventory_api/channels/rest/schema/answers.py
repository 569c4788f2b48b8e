"""What is on a shelf."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel

from inventory_api.channels.rest.schema.catalog import Address, OriginOut, StoreOut
from inventory_api.channels.rest.schema.shape import Shape
from inventory_api.domain.availability import Availability
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.store import Precision as StorePrecision


class Money(Shape):
    """A decimal string with its ISO 4217 currency."""

    amount: str
    currency: str


class Pickup(Shape):
    """How and how soon the product can be picked up, in Google's words."""

    method: Literal["buy", "reserve", "ship_to_store", "not_supported"]
    sla: (
        Literal[
            "same_day", "next_day", "two_day", "three_day", "four_day", "five_day", "six_day", "seven_day", "multi_week"
        ]
        | None
    )


class LastKnown(Shape):
    """What was said before it expired."""

    availability: Availability
    observed_at: dt.datetime | None


class Best(Shape):
    """The store to go to; `reason` in words joined by underscores, `in_stock_open_nearest` for one."""

    store_id: str
    reason: str


class LeftOut(Shape):
    """A store that the answer does not show, and why."""

    store_id: str
    reason: str


class ShownProduct(BaseModel):
    """The product; `view=compact` leaves out what has a default here."""

    id: str
    title: str | None
    gtin: str | None = None
    brand: str | None = None
    image_url: str | None = None


class ShownStore(BaseModel):
    """A shop as `/v1/stores` describes it; `view=compact` leaves out all but `id` and `name`."""

    id: str
    name: str
    retailer: str | None = None
    store_code: str | None = None
    phone: str | None = None
    address: Address | None = None
    lat: float | None = None
    lon: float | None = None
    precision: StorePrecision | None = None
    timezone: str | None = None
    open_now: bool | None = None
    opens_at: dt.datetime | None = None
    closes_at: dt.datetime | None = None
    services: list[str] | None = None


class Statement(BaseModel):
    """What a retailer says, and what that is worth now; `view=compact` leaves out what has a default here."""

    availability: Availability
    price: Money | None
    age_s: int | None
    quantity: int | None = None
    quantity_bucket: Literal["0", "1-2", "3-9", "10+", "unknown"] | None = None
    sale_price: Money | None = None
    pickup: Pickup | None = None
    aisle: str | None = None
    observed_at: dt.datetime | None = None
    freshness: Freshness | None = None
    confidence: float | None = None
    basis: Literal["pos_event", "feed", "count", "shopper_report"] | None = None
    last_known: LastKnown | None = None


class AvailableStore(Statement):
    """A store, and what its retailer says of the product."""

    store: ShownStore
    distance_m: int | None


class AnsweredQuery(BaseModel):
    """The question as it was understood."""

    product_id: str | None = None
    gtin: str | None = None
    origin: OriginOut | None = None
    radius_m: float | None = None
    store_ids: list[str] | None = None


class AvailabilityOut(BaseModel):
    """One product near one place."""

    query: AnsweredQuery
    as_of: dt.datetime
    product: ShownProduct
    best: Best | None
    stores: list[AvailableStore]
    excluded: dict[str, int]
    summary: dict[str, int]
    say: str
    next_cursor: str | None
    explain: list[LeftOut] | None = None


class ItemError(Shape):
    """Why there is no answer to one item; `code` as of a problem."""

    code: str
    title: str
    detail: str
    pointer: str | None = None


class BatchItem(BaseModel):
    """What is known of one item, or its `error` alone."""

    product: ShownProduct | None = None
    best: Best | None = None
    stores: list[AvailableStore] | None = None
    excluded: dict[str, int] | None = None
    summary: dict[str, int] | None = None
    say: str | None = None
    error: ItemError | None = None


class BatchOut(Shape):
    """A result an item, in the order sent."""

    query: AnsweredQuery
    as_of: dt.datetime
    items: list[BatchItem]


class Errand(Statement):
    """One product of a list in one store."""

    product_id: str
    wanted: int


class Visit(Shape):
    """A store to go to, and what to get there."""

    store: StoreOut
    distance_m: int | None
    items: list[Errand]


class PlanOut(Shape):
    """Stores to go to, nearest first, with what each has of the list; `missing` names what none of them has."""

    complete: bool
    stores: list[Visit]
    missing: list[str]


class Wish(Shape):
    """What was asked for, as a product and how many."""

    product_id: str
    quantity: int


class BasketQuery(BaseModel):
    """The shopping list as it was understood."""

    origin: OriginOut | None = None
    radius_m: float | None = None
    all_of: list[Wish] | None = None
    any_of: list[Wish] | None = None


class BasketOut(Shape):
    """Where to go with a shopping list; `best_two_stores` is null where one store does as well."""

    query: BasketQuery
    as_of: dt.datetime
    best_store: PlanOut | None
    best_two_stores: PlanOut | None
    summary: dict[str, int]
    say: str
