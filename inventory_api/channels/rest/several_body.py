"""What is asked about several products at once, as it is sent."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from inventory_api.channels.rest.origin import OriginParams
from inventory_api.channels.rest.parameters import Flag, Instant
from inventory_api.channels.rest.query import QueryModel
from inventory_api.lookup.several import MAX_PRODUCTS

DEFAULT_LIMIT = 3
"""Stores an item: fifty items with ten stores each are more than a phone shows."""


class ItemIn(BaseModel):
    """A product: exactly one of `gtin`, `product_id`, or `retailer` with `sku`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gtin: str | None = Field(None, max_length=64, examples=["036000291452"])
    product_id: str | None = Field(None, max_length=64)
    retailer: str | None = Field(None, max_length=64)
    sku: str | None = Field(None, max_length=256)


class WantedIn(ItemIn):
    """A product, and how many of it."""

    quantity: int = Field(1, ge=1, le=65_000, strict=True)


class SearchIn(OriginParams):
    """Where, and whose stores."""

    retailer: tuple[str, ...] = Field((), max_length=50, description="Only these retailers.")
    services: tuple[str, ...] = Field((), max_length=20)
    open_now: bool = Field(False, strict=True, description="Stores whose hours are unknown never match.")
    open_at: Instant | None = Field(None, description="As `open_now`, at that instant, in each store's own time.")


class BatchIn(SearchIn):
    """Products, and one place or some stores."""

    items: list[ItemIn] = Field(min_length=1)
    store_ids: tuple[str, ...] = Field((), max_length=50, description="Ask these stores alone, instead of a place.")
    availability: tuple[str, ...] = Field((), description="`in_stock`, `low_stock` where absent; `all` for all.")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=50, strict=True, description="Stores an item.")
    view: Literal["compact", "full"] = "full"


class BasketIn(SearchIn):
    """A shopping list: exactly one of `all_of` and `any_of`."""

    all_of: list[WantedIn] | None = Field(None, min_length=1, description="Everything is wanted.")
    any_of: list[WantedIn] | None = Field(None, min_length=1, description="One of these is enough.")


class ListParams(QueryModel):
    """A list of products at one store."""

    repeatable: ClassVar[frozenset[str]] = frozenset({"gtin", "product_id"})

    gtin: tuple[str, ...] = Field((), max_length=MAX_PRODUCTS, description="Repeatable.", examples=[["036000291452"]])
    product_id: tuple[str, ...] = Field((), max_length=MAX_PRODUCTS, description="Repeatable.")
    open_now: Flag = Field(False, description="Nothing is shown while the store is closed, or its hours are unknown.")
    open_at: Instant | None = Field(None, description="As `open_now`, at that instant, in the store's own time.")
