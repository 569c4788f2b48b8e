"""Webhook endpoints, and the outbox: an event is written in the transaction of what it tells, and sent later."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import fields
from typing import Any

from sqlalchemy import RowMapping, and_, delete, func, insert, select, update

from inventory_api.domain.errors import UnknownEndpoint
from inventory_api.domain.feed import FeedKind, FeedRun
from inventory_api.domain.stock import from_observed
from inventory_api.domain.webhook import Delivery, Event, Happening, WebhookEndpoint, happening_of
from inventory_api.storage.sql import bulk
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import feed_source, retailer, store, webhook_delivery, webhook_endpoint

MISSED_VISITS = 3
"""A source that is fetched on schedule is silent after so many visits without content or a word that none is new."""

_ENDPOINT = tuple(webhook_endpoint.c[field.name] for field in fields(WebhookEndpoint))
_DELIVERY = tuple(webhook_delivery.c[field.name] for field in fields(Delivery))
_JOINED = and_(
    webhook_delivery.c.retailer_id == webhook_endpoint.c.retailer_id,
    webhook_delivery.c.endpoint_id == webhook_endpoint.c.id,
)

EndpointList = list[WebhookEndpoint]
DeliveryList = list[Delivery]
Silences = list[tuple[str | None, dt.datetime]]


class Webhooks(Repository):
    """Endpoints of all retailers, each its retailer's alone, and what is on its way to them."""

    def get(self, retailer_id: str, endpoint_id: str) -> WebhookEndpoint:
        """One endpoint of this retailer.

        Raises:
            UnknownEndpoint: No such endpoint, or another retailer's.
        """
        statement = select(*_ENDPOINT).where(*_is(retailer_id, endpoint_id))
        row = self._connection.execute(statement).mappings().first()
        if row is None:
            raise UnknownEndpoint(endpoint_id)
        return _endpoint(row)

    def list(self, retailer_id: str) -> EndpointList:
        """All endpoints that this retailer set up, by id."""
        own = (webhook_endpoint.c.retailer_id == retailer_id, webhook_endpoint.c.once.is_(False))
        rows = self._connection.execute(select(*_ENDPOINT).where(*own))
        return sorted(map(_endpoint, rows.mappings()), key=lambda endpoint: endpoint.id)

    def put(self, endpoint: WebhookEndpoint) -> None:
        """Insert the endpoint, or overwrite all of it; what is on its way to it stays so."""
        values = {field.name: getattr(endpoint, field.name) for field in fields(WebhookEndpoint)}
        same = _is(endpoint.retailer_id, endpoint.id)
        if self._connection.execute(update(webhook_endpoint).where(*same).values(values)).rowcount == 0:
            self._connection.execute(insert(webhook_endpoint).values(values))

    def delete(self, retailer_id: str, endpoint_id: str) -> bool:
        """Forget an endpoint and all deliveries to it; False where there was none."""
        statement = delete(webhook_endpoint).where(*_is(retailer_id, endpoint_id))
        return self._connection.execute(statement).rowcount > 0

    def deliveries(self, retailer_id: str, endpoint_id: str, limit: int) -> DeliveryList:
        """The newest deliveries to an endpoint, the newest first."""
        statement = select(*_DELIVERY).where(
            webhook_delivery.c.retailer_id == retailer_id, webhook_delivery.c.endpoint_id == endpoint_id
        )
        newest = statement.order_by(webhook_delivery.c.created_at.desc(), webhook_delivery.c.id).limit(limit)
        return [_delivery(row) for row in self._connection.execute(newest).mappings()]

    def announce(self, run: FeedRun, at: dt.datetime) -> None:
        """Write down what there is to tell of a run, for every endpoint of its retailer that wants to know."""
        happening = happening_of(run)
        if happening is not None:
            self._enqueue(run.retailer_id, happening, at)

    def announce_silence(self, now: dt.datetime) -> None:
        """Write down which feeds have said nothing for too long: each silence is told once."""
        statement = select(webhook_endpoint.c.retailer_id, webhook_endpoint.c.events).where(
            webhook_endpoint.c.disabled.is_(None)
        )
        rows = self._connection.execute(statement).all()
        for retailer_id in sorted({row.retailer_id for row in rows if Event.FEED_STALE.value in row.events}):
            for name, heard_at in self._silent(retailer_id, now):
                data = {"source": name, "heard_at": heard_at.isoformat()}
                self._enqueue(retailer_id, Happening(Event.FEED_STALE, f"{name} {heard_at.isoformat()}", data), now)

    def tell(self, endpoint: WebhookEndpoint, happening: Happening, at: dt.datetime) -> Delivery:
        """Write down an event for one endpoint, whatever it subscribed to; one that was not told before."""
        [made] = self._insert([endpoint], happening, at)
        return made

    def claim_due(self, now: dt.datetime, lease_s: float) -> tuple[Delivery, WebhookEndpoint] | None:
        """Take what is due longest; it is ours for ``lease_s`` seconds, then somebody tries again."""
        due = (
            select(webhook_delivery.c.id)
            .join(webhook_endpoint, _JOINED)
            .where(webhook_delivery.c.due_at <= now, webhook_endpoint.c.disabled.is_(None))
            .order_by(webhook_delivery.c.due_at, webhook_delivery.c.created_at)
            .limit(1)
            .with_for_update(skip_locked=True, of=webhook_delivery)
        )
        found = self._connection.execute(due).scalar()
        if found is None:
            return None
        claimed = (
            update(webhook_delivery)
            .where(webhook_delivery.c.id == found)
            .values(due_at=now + dt.timedelta(seconds=lease_s), attempts=webhook_delivery.c.attempts + 1)
            .returning(*_DELIVERY)
        )
        delivery = _delivery(self._connection.execute(claimed).mappings().one())
        return delivery, self.get(delivery.retailer_id, delivery.endpoint_id)

    def settle(self, delivery: Delivery) -> bool:
        """Write how an attempt ended; False where the lease ran out and somebody has tried again since."""
        mine = (webhook_delivery.c.id == delivery.id, webhook_delivery.c.attempts == delivery.attempts)
        values = {name: getattr(delivery, name) for name in ("due_at", "delivered_at", "answer")}
        return self._connection.execute(update(webhook_delivery).where(*mine).values(values)).rowcount > 0

    def postpone(self, endpoint: WebhookEndpoint, until: dt.datetime) -> None:
        """Let everything else on its way to an endpoint wait: it does not answer, or asked us to slow down."""
        waiting = (
            webhook_delivery.c.retailer_id == endpoint.retailer_id,
            webhook_delivery.c.endpoint_id == endpoint.id,
            webhook_delivery.c.due_at < until,
        )
        self._connection.execute(update(webhook_delivery).where(*waiting).values(due_at=until))

    def forget(self, before: dt.datetime) -> None:
        """Delete deliveries that ended, created before then."""
        ended = (webhook_delivery.c.due_at.is_(None), webhook_delivery.c.created_at < before)
        self._connection.execute(delete(webhook_delivery).where(*ended))

    def _silent(self, retailer_id: str, now: dt.datetime) -> Silences:
        """Sources, and None for the retailer's stock as a whole, with the time they were last heard of."""
        expires_s = self._connection.execute(
            select(retailer.c.expires_s).where(retailer.c.id == retailer_id)
        ).scalar_one()
        sources = self._connection.execute(
            select(feed_source).where(feed_source.c.retailer_id == retailer_id, feed_source.c.disabled.is_(None))
        ).mappings()
        found: Silences = []
        has_stock = False
        for source in sources:
            has_stock |= source["kind"] == FeedKind.INVENTORY.value
            every_s = source["settings"].get("every_s")
            limit_s = MISSED_VISITS * every_s if every_s else expires_s
            heard_at = source["heard_at"] or source["created_at"]
            if (every_s or source["kind"] == FeedKind.INVENTORY.value) and heard_at < now - dt.timedelta(
                seconds=limit_s
            ):
                found.append((source["id"], heard_at))
        if not has_stock:
            newest = select(func.max(store.c.snapshot_at)).where(store.c.retailer_id == retailer_id)
            snapshot = self._connection.execute(newest).scalar()
            if snapshot and from_observed(snapshot) < now - dt.timedelta(seconds=expires_s):
                found.append((None, from_observed(snapshot)))
        return found

    def _enqueue(self, retailer_id: str, happening: Happening, at: dt.datetime) -> None:
        statement = select(*_ENDPOINT).where(
            webhook_endpoint.c.retailer_id == retailer_id, webhook_endpoint.c.disabled.is_(None)
        )
        endpoints = [_endpoint(row) for row in self._connection.execute(statement).mappings()]
        self._insert([e for e in endpoints if happening.event.value in e.events], happening, at)

    def _insert(self, endpoints: EndpointList, happening: Happening, at: dt.datetime) -> DeliveryList:
        made = [
            Delivery(
                _id(e, happening), e.retailer_id, e.id, happening.event.value, happening.payload(at), at, due_at=at
            )
            for e in endpoints
        ]
        ids = [delivery.id for delivery in made]
        is_known = bulk.one_of(self._connection, webhook_delivery.c.id, ids)
        known = set(self._connection.execute(select(webhook_delivery.c.id).where(is_known)).scalars()) if ids else set()
        new = [delivery for delivery in made if delivery.id not in known]
        if new:
            values = [{field.name: getattr(each, field.name) for field in fields(Delivery)} for each in new]
            self._connection.execute(insert(webhook_delivery), values)
        return new


def _id(endpoint: WebhookEndpoint, happening: Happening) -> str:
    """The same for the same happening, so that no crash and no second worker can tell it twice under two ids."""
    said = "\n".join((endpoint.retailer_id, endpoint.id, happening.event.value, happening.key))
    return f"msg_{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def _is(retailer_id: str, endpoint_id: str) -> tuple[Any, ...]:
    return webhook_endpoint.c.retailer_id == retailer_id, webhook_endpoint.c.id == endpoint_id


def _endpoint(row: RowMapping) -> WebhookEndpoint:
    values = {field.name: row[field.name] for field in fields(WebhookEndpoint)}
    return WebhookEndpoint(**values | {"secret": bytes(values["secret"]), "once": bool(values["once"])})


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(**{field.name: row[field.name] for field in fields(Delivery)})
