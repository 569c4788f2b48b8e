"""Where watches are made and ended."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import secrets
from collections.abc import Callable

from inventory_api.domain.errors import AlreadyAvailable, InvalidInput, OptedOut, TooManyWatches, UnknownWatch
from inventory_api.domain.hours import zone_at
from inventory_api.domain.ports import EndpointMaker, WatchWish
from inventory_api.domain.watch import (
    LIFE,
    MAX_ACTIVE,
    UTC,
    Means,
    Watch,
    find_there,
    remember,
    rounded,
)
from inventory_api.domain.webhook import Delivery, Event, WebhookEndpoint
from inventory_api.lookup.availability import Availability
from inventory_api.notify.opt_outs import OptOutRegister
from inventory_api.notify.sightings import Scope, ask, sighting_of
from inventory_api.notify.subscribers import Subscribers
from inventory_api.storage.sql.engine import Database, Transaction
from inventory_api.storage.sql.watches import endpoint_of

MAX_OF_OWNER = 10_000
"""Active at once with the keys of one retailer: a publishable key is in many hands, and each watch is looked at."""

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


class WatchDesk:
    """``domain.ports.WatchDesk`` on SQL and the lookup.

    Args:
        db: Holds the watches.
        lookup: Says whether there is anything to wait for.
        subscribers: Who waits.
        opt_outs: Who wants nothing.
        endpoints: Makes those of events.
        texts: Whether texts can be sent.
        now: The time of day.
    """

    def __init__(
        self,
        db: Database,
        lookup: Availability,
        subscribers: Subscribers,
        opt_outs: OptOutRegister,
        endpoints: EndpointMaker,
        *,
        texts: bool,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._db = db
        self._lookup = lookup
        self._subscribers = subscribers
        self._opt_outs = opt_outs
        self._endpoints = endpoints
        self._texts = texts
        self._now = now

    async def create(self, wish: WatchWish) -> tuple[Watch, str | None]:
        """Begin to watch; the same wish of the same subscriber takes the place of the one before.

        Raises:
            AlreadyAvailable, TooManyWatches, OptedOut, InvalidInput: See the port.
            UnknownProduct, IndexUnavailable: The lookup's.
        """
        now = self._now()
        watch, endpoint, secret = self._draft(wish, now)
        assert watch.latitude is not None
        assert watch.longitude is not None
        scope = Scope(watch.product_id, watch.latitude, watch.longitude, watch.radius_m)
        sightings = [sighting_of(hit) for hit in await ask(self._lookup, scope, now)]
        there = find_there(sightings, watch.radius_m)
        if there is not None:
            raise AlreadyAvailable(there.store_id)
        watch.news_from = remember(sightings)
        await asyncio.to_thread(self._keep, watch, endpoint)
        return watch, secret

    def get(self, owner: str, watch_id: str) -> tuple[Watch, Delivery | None]:
        """A watch of this retailer's, and its event. Raises UnknownWatch."""
        with self._db.read() as tx:
            watch = _own(tx, owner, watch_id)
            events = tx.webhooks.deliveries(owner, endpoint_of(watch_id), 1)
        return watch, events[0] if events else None

    def delete(self, owner: str, watch_id: str) -> None:
        """Forget a watch and its event. Raises UnknownWatch."""
        with self._db.write() as tx:
            _remove(tx, [_own(tx, owner, watch_id)])

    def undo(self, phone: str) -> Watch | None:
        """Forget the watch that this number asked for last."""
        with self._db.write() as tx:
            active = tx.watches.active_of(self._subscribers.of_phone(phone))
            _remove(tx, active[-1:])
        return active[-1] if active else None

    def opt_out(self, phone: str) -> bool:
        """Send this number nothing from now on, and forget its watches; whether that is new. Raises Unavailable."""
        return self._opt_outs.opt_out(self._subscribers.of_phone(phone))

    def opt_in(self, phone: str) -> None:
        """Take an opt-out back. Raises Unavailable."""
        self._opt_outs.opt_in(self._subscribers.of_phone(phone))

    def is_opted_out(self, phone: str) -> bool:
        """Whether this number wants nothing. Raises Unavailable."""
        return self._opt_outs.is_opted_out(self._subscribers.of_phone(phone))

    def forget(self, phone: str) -> None:
        """Forget everything of this number but its opt-out."""
        with self._db.write() as tx:
            tx.watches.remove_of(self._subscribers.of_phone(phone))

    def _draft(self, wish: WatchWish, now: dt.datetime) -> tuple[Watch, WebhookEndpoint | None, str | None]:
        """The watch as far as the wish tells, with the endpoint and the secret of its event."""
        latitude, longitude = rounded(wish.latitude), rounded(wish.longitude)
        watch = Watch(
            id=f"watch_{secrets.token_urlsafe(16)}",
            product_id=wish.product_id,
            means=Means.SMS if wish.url is None else Means.WEBHOOK,
            subscriber=self._subscribers.of(wish),
            radius_m=wish.radius_m,
            created_at=now,
            expires_at=now + LIFE,
            # At once, for what was published between the question and the commit.
            look_at=now,
            owner=wish.owner,
            latitude=latitude,
            longitude=longitude,
            label=wish.label,
            locale=wish.locale,
            timezone=zone_at(latitude=latitude, longitude=longitude) or UTC,
        )
        if wish.phone is not None:
            if not self._texts:
                raise InvalidInput("texts are not sent from here; give a webhook", parameter="/sms")
            if not _PHONE.fullmatch(wish.phone):
                raise InvalidInput("write the number as +14155550123", parameter="/sms")
            watch.sealed = self._subscribers.seal(wish.phone)
            return watch, None, None
        assert wish.url is not None
        assert wish.owner is not None
        secret, sealed = self._endpoints.admit(wish.url)
        events = [Event.WATCH_TRIGGERED.value]
        endpoint = WebhookEndpoint(wish.owner, endpoint_of(watch.id), wish.url, sealed, events, now, once=True)
        return watch, endpoint, secret

    def _keep(self, watch: Watch, endpoint: WebhookEndpoint | None) -> None:
        with self._db.write() as tx:
            tx.watches.lock(watch.subscriber)
            if tx.watches.is_opted_out(watch.subscriber):
                raise OptedOut("the owner of this number has opted out, and alone can opt in again")
            active = tx.watches.active_of(watch.subscriber)
            same = [each for each in active if _what(each) == _what(watch)]
            if len(active) - len(same) >= MAX_ACTIVE:
                raise TooManyWatches(f"{MAX_ACTIVE} watches of this subscriber are active; each ends with its alert")
            if watch.owner is not None and tx.watches.count_of(watch.owner) >= MAX_OF_OWNER:
                raise TooManyWatches(f"{MAX_OF_OWNER} watches of this retailer's keys are active")
            _remove(tx, same)
            tx.watches.add(watch)
            if endpoint is not None:
                tx.webhooks.put(endpoint)


def _what(watch: Watch) -> tuple[int, float | None, float | None]:
    return watch.product_id, watch.latitude, watch.longitude


def _own(tx: Transaction, owner: str, watch_id: str) -> Watch:
    watch = tx.watches.get(watch_id)
    if watch is None or watch.owner != owner:
        raise UnknownWatch(watch_id)
    return watch


def _remove(tx: Transaction, watches: list[Watch]) -> None:
    tx.watches.remove(watches)
    for watch in watches:
        if watch.owner is not None:
            tx.webhooks.delete(watch.owner, endpoint_of(watch.id))
