"""What retailers are told, and what shoppers tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from inventory_api.domain.quality import Quality
from inventory_api.domain.trust import Report
from inventory_api.domain.webhook import Delivery, WebhookEndpoint


class WebhookDesk(Protocol):
    """Where a retailer says what it wants to be told, and where. Synchronous.

    Every method that takes an ``endpoint_id`` raises UnknownEndpoint where this retailer has none of that id,
    ``put`` excepted.
    """

    def list(self, retailer_id: str) -> Sequence[WebhookEndpoint]:
        """All endpoints of this retailer, by id."""

    def get(self, retailer_id: str, endpoint_id: str) -> tuple[WebhookEndpoint, Sequence[Delivery]]:
        """One endpoint and its newest deliveries, the newest first."""

    def put(
        self, retailer_id: str, endpoint_id: str, *, url: str, events: Sequence[str]
    ) -> tuple[WebhookEndpoint, str | None]:
        """Set up or change an endpoint; a new one's secret comes with it, once.

        Raises:
            InvalidInput: A URL that nothing is sent to, an unknown event, or too many endpoints.
        """

    def rotate(self, retailer_id: str, endpoint_id: str) -> tuple[WebhookEndpoint, str]:
        """Give an endpoint a new secret; the one before signs beside it for a day."""

    def delete(self, retailer_id: str, endpoint_id: str) -> None:
        """Forget an endpoint and what is on its way to it."""

    def send_test(self, retailer_id: str, endpoint_id: str) -> Delivery:
        """Queue an event that says nothing."""


class ReportDesk(Protocol):
    """Where shoppers' reports arrive. Synchronous."""

    def put(self, report: Report, *, address: str, device: str | None) -> None:
        """Keep a report; neither address nor device are kept as they are.

        Args:
            report: Of one voice, product, store and day the last counts.
            address: Where it came from: weight and limits go by it.
            device: A token that tells apart who shares an address.

        Raises:
            RateLimited: Too many from this address today.
        """


class QualityDesk(Protocol):
    """What is known of how well a retailer keeps its promise. Synchronous."""

    def assess(self, retailer_id: str, now: dt.datetime) -> Quality:
        """Sum it up as of an aware instant.

        Raises:
            UnknownRetailer: No such retailer.
        """
