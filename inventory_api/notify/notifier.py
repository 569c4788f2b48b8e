"""Looks at watches whose product has changed, and tells each shopper once.

A publisher marks the watches of what it published, in the transaction that records the publication; every minute each
active watch is due without a mark. So the mark is quick and the minute is sure, and both are one column of SQL.

Told once: the status moves from ``active`` on under a condition, so of any number of workers one goes ahead. For an
event the move and the outbox row are one commit, and the courier does the rest. For a text the move to ``sending`` is
committed before the provider is asked: whoever dies between that and the provider's answer leaves it there, and after
a minute it ends ``uncertain``. It is never sent again: of no text and two the first is the lesser evil.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from inventory_api.domain.errors import Refused, Unavailable, UnknownProduct
from inventory_api.domain.identifiers import format_product_id
from inventory_api.domain.ports import Alert, AlertSender, IndexReader
from inventory_api.domain.product import Product
from inventory_api.domain.watch import Means, Sighting, Watch, WatchStatus, judge, quiet_until
from inventory_api.domain.webhook import Event, Happening
from inventory_api.lookup.answer import Hit
from inventory_api.lookup.availability import Availability
from inventory_api.lookup.directory import Directory
from inventory_api.notify.opt_outs import OptOutRegister
from inventory_api.notify.sightings import Scope, ask, sighting_of
from inventory_api.notify.subscribers import Subscribers
from inventory_api.storage.sql.engine import Database, Transaction
from inventory_api.storage.sql.watches import endpoint_of

IDLE_S = 0.5
AWAY_S = 5.0
"""Until SQL or Redis is asked again that did not answer."""

LEASE = dt.timedelta(seconds=10)
"""A look takes milliseconds; then whoever looked has died."""

ROUND = dt.timedelta(seconds=60)
"""An active watch is looked at as often, mark or not; a text that could not be handed over is tried again so."""

SENDING = dt.timedelta(seconds=60)
SEND_S = 20.0
"""How long a provider may take; well within ``SENDING``."""

BATCH = 100
TIDY_S = 600.0
KEPT = dt.timedelta(days=30)
"""How long the outcome of a watch can be read."""

logger = logging.getLogger(__name__)

OpenIndex = Callable[[], AbstractAsyncContextManager[IndexReader]]


class Notifier:
    """A loop beside a worker's runs; any number of workers may run it.

    Args:
        db: Holds the watches.
        open_index: Opens a connection to the index, in the loop that is to use it.
        directory: The stores; ``refresh`` brings it up to date with SQL.
        refresh: Called before every look, so that no mark is newer than the directory.
        subscribers: Opens numbers.
        opt_outs: Who wants nothing; what waits of them is settled before every look.
        sender: Sends texts; None: nobody does, and such watches wait.
        now: The time of day.
    """

    def __init__(
        self,
        db: Database,
        open_index: OpenIndex,
        directory: Directory,
        refresh: Callable[[], None],
        subscribers: Subscribers,
        opt_outs: OptOutRegister,
        sender: AlertSender | None,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._db = db
        self._open_index = open_index
        self._directory = directory
        self._refresh = refresh
        self._subscribers = subscribers
        self._opt_outs = opt_outs
        self._sender = sender
        self._now = now
        self._tidied_at = -TIDY_S

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop. Has its thread, and so its event loop, to itself."""
        asyncio.run(self._run(stop))

    async def _run(self, stop: threading.Event) -> None:
        async with self._open_index() as index:
            # Not in the loop: the connection lives there.
            while not await asyncio.to_thread(stop.wait, IDLE_S):
                try:
                    self._tidy()
                    while not stop.is_set() and await self.step(index):
                        pass
                except Unavailable as error:
                    logger.warning("alerts wait: %s", error)
                    await asyncio.to_thread(stop.wait, AWAY_S)
                except Exception:
                    logger.exception("the notifier met a fault of ours")

    async def step(self, index: IndexReader) -> bool:
        """Look at the watches that are due; False where none is."""
        self._opt_outs.settle()
        now = self._now()
        with self._db.read() as tx:
            if not tx.watches.is_any_due(now):
                return False
        with self._db.write() as tx:
            claimed = tx.watches.claim_due(now, now + LEASE, BATCH)
            awake = [watch for watch in claimed if _is_awake(tx, watch, now)]
        self._refresh()
        lookup = Availability(index, self._directory)
        answers = await asyncio.gather(*(self._ask(lookup, watch, now) for watch in awake))
        to_text: list[tuple[Watch, Hit]] = []
        with self._db.write() as tx:
            for watch, hits in zip(awake, answers, strict=True):
                sighting, watch.news_from = judge(watch, [sighting_of(hit) for hit in hits])
                if sighting is None:
                    tx.watches.put_off(watch, min(now + ROUND, watch.expires_at))
                elif watch.means is Means.WEBHOOK:
                    _announce(tx, watch, _hit_of(hits, sighting), now)
                else:
                    to_text.append((watch, _hit_of(hits, sighting)))
        texts = (self._text(watch, hit) for watch, hit in to_text)
        for failure in filter(None, await asyncio.gather(*texts, return_exceptions=True)):
            raise failure
        return bool(claimed)

    async def _ask(self, lookup: Availability, watch: Watch, now: dt.datetime) -> list[Hit]:
        assert watch.latitude is not None
        assert watch.longitude is not None
        scope = Scope(watch.product_id, watch.latitude, watch.longitude, watch.radius_m)
        try:
            return await ask(lookup, scope, now, is_there=True)
        except UnknownProduct:
            # The last retailer that named it has withdrawn it.
            return []

    async def _text(self, watch: Watch, hit: Hit) -> None:
        """Ask the provider once. What is known of its answer is committed, what is not is left to ``uncertain``."""
        now, later = self._now(), min(self._now() + ROUND, watch.expires_at)
        with self._db.write() as tx:
            if self._sender is None:
                tx.watches.put_off(watch, later)
                return
            if not tx.watches.move(watch, WatchStatus.SENDING, look_at=now + SENDING, store_id=hit.store.id):
                return
            product = _product_of(tx, watch)
        watch.status = WatchStatus.SENDING
        assert watch.sealed is not None
        status = WatchStatus.TRIGGERED
        try:
            alert = _alert(watch, product, hit)
            # No other task may come between the commit and the call: who dies there leaves a shopper untold.
            async with asyncio.timeout(SEND_S):
                await self._sender.send(self._subscribers.open(watch.sealed), alert)
        except Unavailable:
            # Why is the provider's text, here and below: it may name the number.
            logger.info("alert %s was not handed over", watch.id)
            with self._db.write() as tx:
                tx.watches.move(watch, WatchStatus.ACTIVE, look_at=later)
            return
        except Refused:
            logger.info("alert %s was refused", watch.id)
            status = WatchStatus.UNDELIVERABLE
        except Exception as error:
            logger.warning("alert %s: nobody knows whether it was sent: %s", watch.id, type(error).__name__)
            status = WatchStatus.UNCERTAIN
        with self._db.write() as tx:
            tx.watches.end(watch, status, self._now(), store_id=hit.store.id)

    def _tidy(self) -> None:
        if time.monotonic() - self._tidied_at < TIDY_S:
            return
        self._tidied_at = time.monotonic()
        with self._db.write() as tx:
            tx.watches.forget(self._now() - KEPT)


def _is_awake(tx: Transaction, watch: Watch, now: dt.datetime) -> bool:
    """Whether there is a question to ask; what else is to be done to the watch is done."""
    if watch.status is WatchStatus.SENDING:
        logger.warning("alert %s: nobody knows whether it was sent", watch.id)
        tx.watches.end(watch, WatchStatus.UNCERTAIN, now, store_id=watch.store_id)
        return False
    if watch.expires_at <= now:
        if tx.watches.end(watch, WatchStatus.EXPIRED, now) and watch.owner is not None:
            tx.webhooks.delete(watch.owner, endpoint_of(watch.id))
        return False
    quiet = quiet_until(now, watch.timezone) if watch.means is Means.SMS else None
    if quiet is not None:
        tx.watches.put_off(watch, min(quiet, watch.expires_at))
    return quiet is None


def _announce(tx: Transaction, watch: Watch, hit: Hit, now: dt.datetime) -> None:
    """End a watch with its event in the outbox."""
    assert watch.owner is not None
    if tx.watches.end(watch, WatchStatus.TRIGGERED, now, store_id=hit.store.id):
        endpoint = tx.webhooks.get(watch.owner, endpoint_of(watch.id))
        tx.webhooks.tell(endpoint, _happening(watch, _product_of(tx, watch), hit), now)


def _product_of(tx: Transaction, watch: Watch) -> Product:
    """The product; bare where no products feed described it."""
    return tx.products.get_many([watch.product_id]).get(watch.product_id, Product(watch.product_id))


def _hit_of(hits: list[Hit], sighting: Sighting) -> Hit:
    return next(hit for hit in hits if hit.store.id == sighting.store_id)


def _alert(watch: Watch, product: Product, hit: Hit) -> Alert:
    assert hit.observed_at is not None
    return Alert(
        watch_id=watch.id,
        product=product,
        store=hit.store,
        availability=hit.availability,
        distance_m=hit.distance_m or 0.0,
        observed_at=hit.observed_at,
        label=watch.label,
        locale=watch.locale,
        timezone=watch.timezone,
    )


def _happening(watch: Watch, product: Product, hit: Hit) -> Happening:
    """The event. Of the shopper's place it holds nothing."""
    assert hit.observed_at is not None
    store = hit.store
    data = {
        "id": watch.id,
        "product": {"id": format_product_id(product.id), "title": product.title, "brand": product.brand},
        "store": {
            "id": store.public_id,
            "retailer": store.retailer_id,
            "store_code": store.store_code,
            "name": store.name,
            "phone": store.phone,
        },
        "availability": hit.availability.value,
        "observed_at": hit.observed_at.isoformat(),
        "links": {"self": f"/v1/watches/{watch.id}"},
    }
    return Happening(Event.WATCH_TRIGGERED, watch.id, {"watch": data})
