"""Points of sale: each signs and words its events as its platform does."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from standardwebhooks import Webhook

from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.source import FeedSource, Protocol
from tests.integration.asking import PUBLIC_URL, Api
from tests.integration.world import World

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes....").decode()


@dataclass
class PointOfSale:
    """One configured source, and its sender."""

    api: Api
    protocol: Protocol
    name: str
    secret: str = SECRET
    sent: int = field(default=0)

    @property
    def path(self) -> str:
        return f"/v1/hooks/{self.protocol}/{self.name}"

    def post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """Send bytes as they are."""
        return self.api.send("POST", self.path, content=body, headers=headers)

    def send(self, body: bytes, **headers: str) -> httpx.Response:
        """Sign a body and send it."""
        return self.post(body, self.signed(body) | headers)

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers that the platform sends with this body."""
        self.sent += 1
        match self.protocol:
            case Protocol.SHOPIFY:
                return {
                    "X-Shopify-Topic": "inventory_levels/update",
                    "X-Shopify-Event-Id": str(self.sent),
                    "X-Shopify-Hmac-Sha256": self._base64(body),
                }
            case Protocol.SQUARE:
                return {"x-square-hmacsha256-signature": self._base64((PUBLIC_URL + self.path).encode() + body)}
            case Protocol.LIGHTSPEED:
                digest = hmac.digest(self.secret.encode(), body, hashlib.sha256).hex()
                return {"X-Signature": f"signature={digest},algorithm=HMAC-SHA256"}
            case _:
                now, name = dt.datetime.now(dt.UTC), f"msg_{self.sent}"
                return {
                    "webhook-id": name,
                    "webhook-timestamp": str(int(now.timestamp())),
                    "webhook-signature": Webhook(self.secret).sign(name, now, body.decode()),
                }

    def count(self, location: object, item: object, units: int | None, at: dt.datetime, version: int = 1) -> bytes:
        """The message by which the platform says how many there are."""
        match self.protocol:
            case Protocol.SHOPIFY:
                told: dict[str, Any] = {
                    "inventory_item_id": item, "location_id": location, "available": units, "updated_at": at.isoformat()
                }  # fmt: skip
                return json.dumps(told).encode()
            case Protocol.SQUARE:
                count = {
                    "catalog_object_id": item, "location_id": location, "state": "IN_STOCK", "quantity": str(units),
                    "calculated_at": at.isoformat(),
                }  # fmt: skip
                return square([count])
            case Protocol.LIGHTSPEED:
                level = {"outlet_id": location, "product_id": item, "count": f"{units}.00000", "version": version}
                return urlencode({"payload": json.dumps(level), "type": "inventory.update"}, quote_via=quote).encode()
            case _:
                change = {"store_code": location, "id": item, "quantity": units, "as_of": at.isoformat()}
                return json.dumps(change).encode()

    def _base64(self, signed: bytes) -> str:
        return base64.b64encode(hmac.digest(self.secret.encode(), signed, hashlib.sha256)).decode()


def square(counts: list[dict[str, Any]], kind: str = "inventory.count.updated") -> bytes:
    """An event of Square."""
    return json.dumps({"type": kind, "event_id": "e", "data": {"object": {"inventory_counts": counts}}}).encode()


def open_source(
    world: World,
    api: Api,
    protocol: Protocol,
    *,
    retailer_id: str = "acme",
    source_id: str = "tills",
    credentials: dict[str, str] | None = None,
    settings: dict[str, Any] | None = None,
    **profile: Any,
) -> PointOfSale:
    """Configure a source as the retailer would, with the secret of all tests where none is given."""
    now = dt.datetime.now(dt.UTC)
    credentials = {"secret": SECRET} if credentials is None else credentials
    source = FeedSource(
        retailer_id, source_id, FeedKind.INVENTORY, FeedMode.DELTA, protocol, now, now,
        settings=settings or {}, profile=FeedProfile(**profile), credentials=world.vault.seal(credentials),
    )  # fmt: skip
    with world.db.write() as tx:
        tx.sources.put(source)
    return PointOfSale(api, protocol, f"{retailer_id}.{source_id}", credentials.get("secret", ""))


def state_of(world: World, source_id: str = "tills", retailer_id: str = "acme") -> dict[str, Any]:
    """What the source shows its retailer."""
    with world.db.read() as tx:
        return tx.sources.get(retailer_id, source_id).state
