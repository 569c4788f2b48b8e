"""Who wants to be told, and who tells us."""

from __future__ import annotations

from collections.abc import Sequence

from inventory_api.domain.errors import (
    InvalidInput,
    InventoryError,
    RateLimited,
    UnknownEndpoint,
    UnknownWatch,
)
from inventory_api.domain.ports import (
    WatchWish,
)
from inventory_api.domain.trust import Report
from inventory_api.domain.watch import LIFE, Means, Watch
from inventory_api.domain.webhook import Delivery, WebhookEndpoint
from tests.fakes.feeds import NOON


class FakeWebhooks:
    """Keeps endpoints in a dictionary; delivers nothing."""

    def __init__(self) -> None:
        self.endpoints: dict[tuple[str, str], WebhookEndpoint] = {}

    def list(self, retailer_id: str) -> Sequence[WebhookEndpoint]:
        return [endpoint for (owner, _), endpoint in sorted(self.endpoints.items()) if owner == retailer_id]

    def get(self, retailer_id: str, endpoint_id: str) -> tuple[WebhookEndpoint, Sequence[Delivery]]:
        if (retailer_id, endpoint_id) not in self.endpoints:
            raise UnknownEndpoint(endpoint_id)
        return self.endpoints[retailer_id, endpoint_id], [self._delivery(retailer_id, endpoint_id)]

    def put(
        self, retailer_id: str, endpoint_id: str, *, url: str, events: Sequence[str]
    ) -> tuple[WebhookEndpoint, str | None]:
        if not url.startswith("https://"):
            raise InvalidInput("use https", parameter="/url")
        is_new = (retailer_id, endpoint_id) not in self.endpoints
        endpoint = WebhookEndpoint(retailer_id, endpoint_id, url, b"sealed", [*events], NOON)
        self.endpoints[retailer_id, endpoint_id] = endpoint
        return endpoint, "whsec_new" if is_new else None

    def rotate(self, retailer_id: str, endpoint_id: str) -> tuple[WebhookEndpoint, str]:
        return self.get(retailer_id, endpoint_id)[0], "whsec_rotated"

    def delete(self, retailer_id: str, endpoint_id: str) -> None:
        self.get(retailer_id, endpoint_id)
        del self.endpoints[retailer_id, endpoint_id]

    def send_test(self, retailer_id: str, endpoint_id: str) -> Delivery:
        self.get(retailer_id, endpoint_id)
        return self._delivery(retailer_id, endpoint_id)

    @staticmethod
    def _delivery(retailer_id: str, endpoint_id: str) -> Delivery:
        return Delivery("msg_1", retailer_id, endpoint_id, "test", {}, NOON, due_at=NOON)


class FakeWatches:
    """Keeps watches in a dictionary; looks at nothing. ``error`` is raised instead."""

    def __init__(self) -> None:
        self.wishes: list[WatchWish] = []
        self.watches: dict[str, Watch] = {}
        self.error: InventoryError | None = None

    async def create(self, wish: WatchWish) -> tuple[Watch, str | None]:
        if self.error is not None:
            raise self.error
        self.wishes.append(wish)
        watch = Watch(
            id=f"watch_{len(self.wishes):022d}",
            product_id=wish.product_id,
            means=Means.SMS if wish.url is None else Means.WEBHOOK,
            subscriber=b"",
            radius_m=wish.radius_m,
            created_at=NOON,
            expires_at=NOON + LIFE,
            look_at=NOON,
            owner=wish.owner,
            latitude=wish.latitude,
            longitude=wish.longitude,
            label=wish.label,
        )
        self.watches[watch.id] = watch
        return watch, None if wish.url is None else "whsec_new"

    def get(self, owner: str, watch_id: str) -> tuple[Watch, Delivery | None]:
        watch = self.watches.get(watch_id)
        if watch is None or watch.owner != owner:
            raise UnknownWatch(watch_id)
        return watch, Delivery("msg_1", owner, f"once:{watch_id}", "watch.triggered", {}, NOON, due_at=NOON)

    def delete(self, owner: str, watch_id: str) -> None:
        self.get(owner, watch_id)
        del self.watches[watch_id]

    def undo(self, phone: str) -> Watch | None:
        return self.watches.pop(max(self.watches), None) if self.watches else None

    def opt_out(self, phone: str) -> bool:
        self.watches.clear()
        return True

    def opt_in(self, phone: str) -> None:
        pass

    def is_opted_out(self, phone: str) -> bool:
        return False

    def forget(self, phone: str) -> None:
        self.watches.clear()


class FakeReports:
    """Keeps reports, with who sent them."""

    def __init__(self) -> None:
        self.kept: list[tuple[Report, str, str | None]] = []
        self.is_full = False

    def put(self, report: Report, *, address: str, device: str | None) -> None:
        if self.is_full:
            raise RateLimited("reports", 100, 86_400, 77)
        self.kept.append((report, address, device))
