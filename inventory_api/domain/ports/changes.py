"""Where single stock changes and events arrive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StockChange:
    """One row of ``PATCH /v1/inventory``, types checked, values not yet.

    ``untracked``: what was known no longer holds and nothing takes its place; a point of sale stopped counting.
    """

    store_code: str
    id: str | None = None
    gtin: str | None = None
    quantity: int | None = None
    availability: str | None = None
    price: str | None = None
    observed_at: dt.datetime | None = None
    untracked: bool = False


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """What became of one change: ``applied``, ``older_ignored`` or ``rejected`` with a notice code."""

    status: str
    code: str | None = None
    field: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """A result per change, in order. ``pending``: committed, not yet visible (Redis is away)."""

    results: list[ChangeResult]
    pending: bool


class StockDesk(Protocol):
    """Where single stock changes arrive. Synchronous."""

    def apply(self, retailer_id: str, changes: Sequence[StockChange]) -> ChangeOutcome:
        """Commit the changes, then publish them; when this returns they are durable."""


@dataclass(frozen=True, slots=True)
class HookDelivery:
    """One call of a point of sale, untouched: signatures cover the bytes.

    ``protocol`` and ``source`` are the words of the path; ``url`` is how the sender reached us, ``headers`` are
    by lower-case name.
    """

    protocol: str
    source: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class HookOutcome:
    """What became of the events of one delivery; durable when it is returned, whatever the figures.

    ``parked`` wait for their store or product to be named; ``rejected`` cannot be used and stand in the state of
    the source; ``ignored`` say nothing of stock. ``pending``: applied, not yet visible (Redis is away).
    """

    applied: int = 0
    older_ignored: int = 0
    parked: int = 0
    rejected: int = 0
    ignored: int = 0
    pending: bool = False


class HookDesk(Protocol):
    """Where events from points of sale arrive. Synchronous."""

    def receive(self, delivery: HookDelivery) -> HookOutcome:
        """Verify, keep and publish.

        Raises:
            UnknownSource: No such source, or one of another protocol.
            Unauthorized: No signature, or a wrong one.
            Unavailable: SQL is away; the sender tries again.
        """
