"""Delivers events: one at a time from the outbox, again on schedule until the receiver takes it.

Killed between sending and writing that down, it sends again once the lease ran out, under the same
``webhook-id``: at least once.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from importlib.metadata import version

import httpx
import orjson

from ingest.outbound import OutboundRefused
from ingest.webhooks.secrets import Secrets
from inventory_api.domain.errors import Unavailable
from inventory_api.domain.webhook import RETRIES, Delivery, WebhookEndpoint
from inventory_api.storage.sql.engine import Database

TIMEOUT_S = 20.0
LEASE_S = 60.0
"""Longer than any attempt takes; then it was killed."""

IDLE_S = 0.5
LOOK_S = 60.0
KEPT = dt.timedelta(days=30)
JITTER = 0.1
REST = dt.timedelta(minutes=5)
"""What else waits for an endpoint that just failed waits at most so long for the next try."""

GONE = 410
SLOW_DOWN = frozenset({429, 502, 504})
LONGEST_WAIT = dt.timedelta(hours=24)

logger = logging.getLogger(__name__)


class Courier:
    """Sends what is due.

    Args:
        db: Holds the outbox.
        secrets: Sign.
        client: Opens an HTTP client that follows no redirect and cannot reach our own network.
        now: The clock.
    """

    def __init__(
        self,
        db: Database,
        secrets: Secrets,
        client: Callable[[], httpx.Client],
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._db = db
        self._secrets = secrets
        self._open = client
        self._now = now
        self._random = random.Random()  # noqa: S311 - spreads retries, keeps no secret
        self._agent = f"inventory-api/{version('inventory-api')}"

    def run(self, stop: threading.Event) -> None:
        """Deliver until told to stop."""
        looked_at = -LOOK_S
        while not stop.wait(IDLE_S):
            try:
                if time.monotonic() - looked_at >= LOOK_S:
                    looked_at = time.monotonic()
                    self.look()
                with self._open() as client:
                    while not stop.is_set() and self.step(client):
                        pass
            except Unavailable as error:
                logger.warning("the courier waits: %s", error)
            except Exception:
                logger.exception("the courier met a fault of ours")

    def look(self) -> None:
        """Find out which feeds have fallen silent; forget what was delivered long ago."""
        now = self._now()
        with self._db.write() as tx:
            tx.webhooks.announce_silence(now)
            tx.webhooks.forget(now - KEPT)

    def step(self, client: httpx.Client) -> bool:
        """Try the next delivery that is due; False where none is."""
        with self._db.write() as tx:
            claimed = tx.webhooks.claim_due(self._now(), LEASE_S)
        if claimed is None:
            return False
        delivery, endpoint = claimed
        status, answer, wait = self._send(client, delivery, endpoint)
        self._settle(delivery, endpoint, status, answer, wait)
        return True

    def _send(
        self, client: httpx.Client, delivery: Delivery, endpoint: WebhookEndpoint
    ) -> tuple[int | None, str, dt.timedelta]:
        """The status (None: no answer), a word on it, and how long the receiver wants us to wait."""
        body = orjson.dumps(delivery.payload).decode()
        try:
            signed = self._secrets.headers(endpoint.secret, delivery.id, self._now(), body)
            headers = signed | {"Content-Type": "application/json", "User-Agent": self._agent}
            # Of the answer only the head is read: its body is nobody's business and may be endless.
            with client.stream("POST", endpoint.url, content=body, headers=headers, follow_redirects=False) as answer:
                return answer.status_code, str(answer.status_code), _retry_after(answer, self._now())
        except (httpx.HTTPError, httpx.InvalidURL, OutboundRefused, ValueError) as error:
            return None, f"{type(error).__name__}: {error}"[:200], dt.timedelta()

    def _settle(
        self, delivery: Delivery, endpoint: WebhookEndpoint, status: int | None, answer: str, wait: dt.timedelta
    ) -> None:
        now = self._now()
        delivery.answer = answer
        if status is not None and 200 <= status < 300:
            delivery.delivered_at, delivery.due_at = now, None
        elif status == GONE or delivery.attempts >= len(RETRIES):
            delivery.due_at = None
        else:
            # As many attempts were begun: the entry of that number is the pause before the next.
            pause = RETRIES[delivery.attempts] * (1 + JITTER * self._random.random())
            delivery.due_at = now + max(pause, min(wait, LONGEST_WAIT))
        with self._db.write() as tx:
            if not tx.webhooks.settle(delivery):
                return
            if status == GONE:
                endpoint.disabled = "it answered 410 Gone"
                tx.webhooks.put(endpoint)
            elif delivery.delivered_at is None:
                until = delivery.due_at or now + REST
                tx.webhooks.postpone(endpoint, until if status in SLOW_DOWN else min(until, now + REST))
        if delivery.delivered_at is None:
            logger.info("event %s to %s of %s: %s", delivery.id, endpoint.id, endpoint.retailer_id, answer)


def _retry_after(answer: httpx.Response, now: dt.datetime) -> dt.timedelta:
    """``Retry-After`` in seconds or as a date; nothing where it is neither."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return dt.timedelta(seconds=min(int(text[:9]), LONGEST_WAIT.total_seconds()))
    try:
        return max(parsedate_to_datetime(text) - now, dt.timedelta()) if text else dt.timedelta()
    except (ValueError, TypeError):
        return dt.timedelta()
