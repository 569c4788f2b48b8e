"""The party that owns stores and sends feeds, with the promises that are its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from inventory_api.domain.freshness import FreshnessPolicy


class Disclosure(StrEnum):
    """What the public sees of a quantity."""

    EXACT = "exact"
    BUCKET = "bucket"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Retailer:
    """A retailer. ``currency``, ``timezone`` and ``locale`` fill what its feeds leave out."""

    id: str
    name: str
    currency: str | None = None
    timezone: str | None = None
    locale: str = "en"
    low_stock_at: int = 2
    disclosure: Disclosure = Disclosure.EXACT
    freshness: FreshnessPolicy = field(default_factory=FreshnessPolicy)
