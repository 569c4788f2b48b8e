"""A shopper's standing request to be told when a product is back near a place, and when it is fulfilled.

A watch leads to one alert at most: for the first store within the radius that says anew that it has the product. What
stores said when the watch was made is no news: neither said again later, nor by a store that comes over the edge.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

LIFE = dt.timedelta(days=14)
MAX_ACTIVE = 5
"""Of one subscriber at once."""

QUIET_FROM, QUIET_TO = dt.time(21), dt.time(9)
"""No text is sent between them, by the clock of the watched place."""

POSITION_DECIMALS = 3
"""About 100 m: the block, not the house."""

EDGE_SHARE, EDGE_M = 0.1, 500.0
"""How far beyond the radius stores are remembered: whose coordinates are mended seldom moves farther."""

NEVER = 0xFFFF_FFFF
"""News only after it was seen not to be there: the last second that an observed time can tell."""

UTC = "UTC"


class Means(StrEnum):
    """How an alert is delivered."""

    WEBHOOK = "webhook"
    SMS = "sms"


class WatchStatus(StrEnum):
    """Where a watch stands; all but the first two are final.

    ``SENDING``: the one attempt to hand a text over is being made. ``UNCERTAIN``: whoever made it has died or heard
    nothing, so nobody knows whether the text went out, and it is not sent again.
    """

    ACTIVE = "active"
    SENDING = "sending"
    TRIGGERED = "triggered"
    UNDELIVERABLE = "undeliverable"
    UNCERTAIN = "uncertain"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one store says of the product.

    ``observed`` is when that was last known to be true, in seconds since the index epoch; ``is_claimed`` counts
    statements that are too old to be relied on, ``is_there`` does not.
    """

    store_id: int
    distance_m: float
    observed: int
    is_there: bool
    is_claimed: bool


@dataclass(slots=True)
class Watch:
    """A standing request.

    Attributes:
        id: Cannot be guessed.
        owner: The retailer whose key made it; None for a shopper who wrote to us.
        subscriber: Keyed hash of who is told.
        sealed: The phone number, encrypted, while it may be needed.
        latitude, longitude: Rounded, see ``rounded``; gone when the watch has ended, as is ``label``.
        timezone: Of the place, by IANA name.
        news_from: By store id, the observed time from which on "it is there" is news; 0 for all others.
        look_at: When somebody has to look next; None once it has ended.
        store_id: The store that the alert told of.
    """

    id: str
    product_id: int
    means: Means
    subscriber: bytes
    radius_m: float
    created_at: dt.datetime
    expires_at: dt.datetime
    look_at: dt.datetime | None
    owner: str | None = None
    sealed: bytes | None = None
    latitude: float | None = None
    longitude: float | None = None
    label: str | None = None
    locale: str = "en"
    timezone: str = UTC
    status: WatchStatus = WatchStatus.ACTIVE
    news_from: dict[int, int] = field(default_factory=dict)
    store_id: int | None = None
    ended_at: dt.datetime | None = None


def rounded(degrees: float) -> float:
    """A coordinate as it is kept."""
    return round(degrees, POSITION_DECIMALS) + 0.0


def scope_m(radius_m: float) -> float:
    """How far to look: the radius, and an edge whose stores are remembered."""
    return radius_m + max(EDGE_M, EDGE_SHARE * radius_m)


def find_there(sightings: Iterable[Sighting], radius_m: float) -> Sighting | None:
    """The nearest store within the radius that has it now: there is nothing to wait for."""
    return _nearest(s for s in sightings if s.is_there and s.distance_m <= radius_m)


def remember(sightings: Iterable[Sighting]) -> dict[int, int]:
    """What was said when a watch was made, as ``Watch.news_from``."""
    return {s.store_id: _news_from(s) for s in sightings}


def judge(watch: Watch, sightings: Iterable[Sighting]) -> tuple[Sighting | None, dict[int, int]]:
    """Decide whether a watch is fulfilled.

    Args:
        watch: An active one.
        sightings: All stores within its ``scope_m`` that have the product now; others may be among them.

    Returns:
        The nearest store whose word is news, if any, and ``news_from`` as it is from now on.
    """
    there = [s for s in sightings if s.is_there]
    still = {s.store_id for s in there}
    news_from = {number: since for number, since in watch.news_from.items() if since != NEVER or number in still}
    return _nearest(s for s in there if s.distance_m <= watch.radius_m and _is_news(s, news_from)), news_from


def quiet_until(now: dt.datetime, timezone: str) -> dt.datetime | None:
    """When the quiet hours end that an instant is in, None outside of them."""
    local = now.astimezone(ZoneInfo(timezone))
    if QUIET_TO <= local.time() < QUIET_FROM:
        return None
    day = local.date() + dt.timedelta(days=local.time() >= QUIET_FROM)
    return dt.datetime.combine(day, QUIET_TO, local.tzinfo).astimezone(dt.UTC)


def _is_news(sighting: Sighting, news_from: Mapping[int, int]) -> bool:
    since = news_from.get(sighting.store_id, 0)
    return since != NEVER and sighting.observed >= since


def _news_from(sighting: Sighting) -> int:
    if sighting.is_there:
        return NEVER
    # "It is there", too old to be relied on: the same again says nothing new. After "it is not", the same second does.
    return sighting.observed + sighting.is_claimed


def _nearest(sightings: Iterable[Sighting]) -> Sighting | None:
    return min(sightings, key=lambda s: (s.distance_m, s.store_id), default=None)
