"""Where a retailer sets up its endpoints."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from ulid import ULID

from ingest.outbound import Outbound
from ingest.webhooks.endpoints import check_url
from ingest.webhooks.secrets import Secrets
from inventory_api.domain.errors import InvalidInput, UnknownEndpoint
from inventory_api.domain.webhook import SUBSCRIBABLE, Delivery, Event, Happening, WebhookEndpoint
from inventory_api.storage.sql.engine import Database

MAX_ENDPOINTS = 10
SHOWN = 20


class WebhookDesk:
    """``domain.ports.WebhookDesk`` on SQL."""

    def __init__(self, db: Database, secrets: Secrets, outbound: Outbound) -> None:
        self._db = db
        self._secrets = secrets
        self._outbound = outbound

    def list(self, retailer_id: str) -> list[WebhookEndpoint]:
        """All endpoints of this retailer."""
        with self._db.read() as tx:
            return tx.webhooks.list(retailer_id)

    def get(self, retailer_id: str, endpoint_id: str) -> tuple[WebhookEndpoint, Sequence[Delivery]]:
        """One endpoint and its newest deliveries. Raises UnknownEndpoint."""
        with self._db.read() as tx:
            return tx.webhooks.get(retailer_id, endpoint_id), tx.webhooks.deliveries(retailer_id, endpoint_id, SHOWN)

    def put(
        self, retailer_id: str, endpoint_id: str, *, url: str, events: Sequence[str]
    ) -> tuple[WebhookEndpoint, str | None]:
        """Set an endpoint up, or change and enable it again; a new one's secret comes with it, once.

        Raises:
            InvalidInput: A URL that nothing is sent to, an unknown event, or too many endpoints.
        """
        unknown = sorted(set(events) - {event.value for event in SUBSCRIBABLE})
        if unknown or not events:
            known = ", ".join(SUBSCRIBABLE)
            raise InvalidInput(f"events are some of {known}, not {', '.join(unknown) or 'none'}", parameter="/events")
        check_url(self._outbound, url, "/url")
        with self._db.write() as tx:
            tx.retailers.lock(retailer_id)
            secret = None
            try:
                endpoint = tx.webhooks.get(retailer_id, endpoint_id)
            except UnknownEndpoint:
                if len(tx.webhooks.list(retailer_id)) >= MAX_ENDPOINTS:
                    raise InvalidInput(f"a retailer has at most {MAX_ENDPOINTS} endpoints") from None
                secret, sealed = self._secrets.make()
                endpoint = WebhookEndpoint(retailer_id, endpoint_id, url, sealed, [], _now())
            endpoint.url, endpoint.events, endpoint.disabled = url, list(dict.fromkeys(events)), None
            tx.webhooks.put(endpoint)
        return endpoint, secret

    def rotate(self, retailer_id: str, endpoint_id: str) -> tuple[WebhookEndpoint, str]:
        """A new secret; the one before signs beside it for 24 hours. Raises UnknownEndpoint."""
        with self._db.write() as tx:
            endpoint = tx.webhooks.get(retailer_id, endpoint_id)
            secret, endpoint.secret = self._secrets.rotate(endpoint.secret, _now())
            tx.webhooks.put(endpoint)
        return endpoint, secret

    def delete(self, retailer_id: str, endpoint_id: str) -> None:
        """Forget an endpoint, and what was on its way to it. Raises UnknownEndpoint."""
        with self._db.write() as tx:
            if not tx.webhooks.delete(retailer_id, endpoint_id):
                raise UnknownEndpoint(endpoint_id)

    def send_test(self, retailer_id: str, endpoint_id: str) -> Delivery:
        """Queue an event that says nothing. Raises UnknownEndpoint."""
        with self._db.write() as tx:
            endpoint = tx.webhooks.get(retailer_id, endpoint_id)
            said = {"message": "If you can verify this, events will reach you."}
            return tx.webhooks.tell(endpoint, Happening(Event.TEST, str(ULID()), said), _now())


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
