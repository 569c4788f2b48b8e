"""What the tools hand back: flat, with the names that the API uses; doors open and close by the shop's own clock."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, Field

from inventory_api.domain.availability import BUCKETS, STATUS_WORDS
from inventory_api.domain.hours import opening_of
from inventory_api.domain.money import format_minor
from inventory_api.domain.stock import from_observed
from inventory_api.domain.store import Store
from inventory_api.lookup.answer import Hit

Understood = Annotated[str | None, Field(description="The place asked for, as it was understood.")]


class ProductOut(BaseModel):
    """A product."""

    product_id: str
    title: str | None
    brand: str | None


class StoreOut(BaseModel):
    """A shop."""

    store_id: str
    name: str
    retailer: str
    address: str
    phone: str | None
    distance_m: int | None = Field(description="Along the surface, from the place asked.")
    open_now: bool | None = Field(description="null: its hours are not known.")
    closes_at: dt.datetime | None
    opens_at: dt.datetime | None
    observed_at: dt.datetime | None = Field(description="When its stock was last told of as a whole, or this product.")


class StoreStock(StoreOut):
    """A shop, and what is known of the product there."""

    availability: str = Field(description=f"One of {', '.join(STATUS_WORDS)}.")
    quantity: str = Field(description=f"A range of units: {', '.join(BUCKETS)}.")
    price: str | None
    currency: str | None
    freshness: str = Field(
        description="live, recent, stale or expired. Call first where it is stale, and where few are left."
    )
    confidence: float


class Stock(BaseModel):
    """Where a product is."""

    say: str = Field(description="The answer in a sentence, to be told as it is.")
    observed_at: dt.datetime | None = Field(description="When the best shop was last known to have it.")
    as_of: dt.datetime
    place: Understood
    product: ProductOut
    stores: list[StoreStock]
    checked: int = Field(description="Shops in range of which something is known.")


class ProductFound(ProductOut):
    """A product, and where the nearest shop with it is."""

    say: str | None
    observed_at: dt.datetime | None
    nearest: StoreStock | None


class FoundProducts(BaseModel):
    """Products that fit, the likeliest first."""

    say: str | None = Field(description="Of the first product, where a place was given.")
    observed_at: dt.datetime | None
    as_of: dt.datetime
    place: Understood
    products: list[ProductFound]


class NearbyStores(BaseModel):
    """Shops in range."""

    say: str = Field(description="The first shop in a sentence, to be told as it is.")
    observed_at: dt.datetime | None = Field(description="When the first shop's stock was last told of as a whole.")
    as_of: dt.datetime
    place: Understood
    stores: list[StoreOut]


def store_out(store: Store, distance_m: float | None, now: dt.datetime) -> StoreOut:
    """A shop."""
    observed_at = from_observed(store.snapshot_at) if store.snapshot_at else None
    return StoreOut.model_validate(_of_store(store, distance_m, now) | {"observed_at": observed_at})


def store_stock(hit: Hit, now: dt.datetime) -> StoreStock:
    """A shop's part of an answer."""
    price, currency = hit.price, hit.store.currency
    shown = None if price is None or currency is None else format_minor(price, currency)
    return StoreStock.model_validate(
        _of_store(hit.store, hit.distance_m, now)
        | {
            "observed_at": hit.observed_at,
            "availability": hit.availability.value,
            "quantity": hit.quantity_bucket,
            "price": shown,
            "currency": None if shown is None else currency,
            "freshness": hit.freshness.value,
            "confidence": round(hit.confidence, 2),
        }
    )


def _of_store(store: Store, distance_m: float | None, now: dt.datetime) -> dict[str, object]:
    opening = opening_of(store, now)
    return {
        "store_id": store.public_id,
        "name": store.name,
        "retailer": store.retailer_id,
        "address": ", ".join(filter(None, (store.street, store.city, store.region, store.postal_code, store.country))),
        "phone": store.phone,
        "distance_m": None if distance_m is None else round(distance_m),
        "open_now": None if opening is None else opening.is_open,
        "closes_at": None if opening is None else opening.closes_at,
        "opens_at": None if opening is None else opening.opens_at,
    }
