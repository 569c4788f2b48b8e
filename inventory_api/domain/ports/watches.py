"""Watches: where shoppers ask to be told, and whoever tells them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from inventory_api.domain.availability import Availability
from inventory_api.domain.product import Product
from inventory_api.domain.store import Store
from inventory_api.domain.watch import Watch
from inventory_api.domain.webhook import Delivery


@dataclass(frozen=True, slots=True)
class WatchWish:
    """What a shopper wants to be told of, and where. Exactly one of ``phone`` and ``url``.

    Attributes:
        product_id: Which product.
        latitude, longitude: Of the place; kept to three decimals.
        radius_m: Around it.
        label: What the place is called, for the words of the alert; never an address.
        locale: Of the words.
        phone: Where a text goes, E.164.
        url: Where an event goes.
        owner: The retailer whose key asks; None for a shopper who writes to us.
        subscriber: The asking app's own word for the shopper; None: ``url`` is one subscriber.
    """

    product_id: int
    latitude: float
    longitude: float
    radius_m: float
    label: str | None = None
    locale: str = "en"
    phone: str | None = None
    url: str | None = None
    owner: str | None = None
    subscriber: str | None = None


class WatchDesk(Protocol):
    """Where watches are made and ended. Synchronous (SQL), but for ``create``, which asks the index first."""

    async def create(self, wish: WatchWish) -> tuple[Watch, str | None]:
        """Begin to watch; the same wish of the same subscriber takes the place of the one before.

        Returns:
            The watch, and the secret that signs its event, shown here and never again; None for a text.

        Raises:
            AlreadyAvailable: A store within the radius has it now.
            TooManyWatches: Five of this subscriber are active.
            OptedOut: The owner of the number wants no texts.
            InvalidInput: Nothing is sent to this URL; texts cannot be sent from here.
            UnknownProduct: No feed ever named it.
            IndexUnavailable: Redis is away, or the index is being filled.
        """

    def get(self, owner: str, watch_id: str) -> tuple[Watch, Delivery | None]:
        """A watch made with a key of this retailer, and its event where there is one. Raises UnknownWatch."""

    def delete(self, owner: str, watch_id: str) -> None:
        """Forget a watch, and its event if it was not delivered. Raises UnknownWatch."""

    def undo(self, phone: str) -> Watch | None:
        """Forget the watch that this number asked for last; None where none is active."""

    def opt_out(self, phone: str) -> bool:
        """Send this number nothing from now on, and forget its watches, though SQL be away; whether that is new.

        Raises:
            Unavailable: Redis is away, too.
        """

    def opt_in(self, phone: str) -> None:
        """Take an opt-out back; raises as ``opt_out`` does. Watches do not come back."""

    def is_opted_out(self, phone: str) -> bool:
        """Whether this number wants nothing. Raises Unavailable where SQL is away, but for who said so meanwhile."""

    def forget(self, phone: str) -> None:
        """Forget everything of this number but its opt-out."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What there is to tell of a fulfilled watch: values, for whoever has the words.

    ``label`` and ``locale`` are the wish's; ``timezone`` is the watched place's.
    """

    watch_id: str
    product: Product
    store: Store
    availability: Availability
    distance_m: float
    observed_at: dt.datetime
    label: str | None
    locale: str
    timezone: str


class AlertSender(Protocol):
    """Sends alerts as texts."""

    async def send(self, phone: str, alert: Alert) -> None:
        """Hand one text over. Asked once for each alert, or again after Unavailable alone.

        Raises:
            Unavailable: It surely was not handed over, and may be later.
            Refused: It never will be: the number is none, or wants nothing.
            Exception: Any other says that nobody knows; it is not tried again.
        """


class EndpointMaker(Protocol):
    """Makes endpoints for events of a single watch."""

    def admit(self, url: str) -> tuple[str, bytes]:
        """A new secret for a URL, to be shown once, and what is kept of it.

        Raises:
            InvalidInput: Nothing is sent to this URL.
        """
