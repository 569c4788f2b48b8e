"""What a point of sale tells of one item at one location, in its own words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StockEvent:
    """An absolute statement about stock. Of one item at one location the highest ``position`` is the last word.

    Attributes:
        location: The sender's location id, or a store code of ours.
        item: The sender's item id, or the retailer's article number; a GTIN where it names nothing else.
        position: Orders the events of one item at one location: a version, a sequence number, or microseconds.
        observed_at: When it was true, aware UTC.
        quantity: Units, possibly negative; None where ``availability`` speaks, or nobody counts.
        is_named: ``item`` is the retailer's own word for the article, not a platform's number.
    """

    location: str
    item: str
    position: int
    observed_at: dt.datetime
    quantity: int | None = None
    availability: str | None = None
    price: str | None = None
    gtin: str | None = None
    is_named: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What it speaks of."""
        return self.location, self.item

    @property
    def is_untracked(self) -> bool:
        """Whether it says that nobody counts any more."""
        return self.quantity is None and self.availability is None

    def says_what(self, other: StockEvent) -> bool:
        """Whether it says of the stock what another event says; when that was true does not matter."""
        return (self.quantity, self.availability, self.price) == (other.quantity, other.availability, other.price)
