"""What the lookup says to a watch."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from inventory_api.domain import availability as av
from inventory_api.domain.watch import Sighting, scope_m
from inventory_api.lookup.answer import USABLE, Hit, Question
from inventory_api.lookup.availability import Availability

ALL = 10_000
"""More stores than carry a product within 176 km of anywhere."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A product, and a place with its radius in metres."""

    product_id: int
    latitude: float
    longitude: float
    radius_m: float


async def ask(lookup: Availability, scope: Scope, now: dt.datetime, *, is_there: bool = False) -> list[Hit]:
    """All stores of the scope and of its edge that say something of the product; with ``is_there``, that have it.

    Raises:
        UnknownProduct: No feed ever named it.
        IndexUnavailable: Redis is away, or the index is being filled.
    """
    question = Question(
        product_id=scope.product_id,
        latitude=scope.latitude,
        longitude=scope.longitude,
        radius_m=scope_m(scope.radius_m),
        statuses=USABLE if is_there else None,
        limit=ALL,
    )
    return (await lookup.ask(question, now)).hits


def sighting_of(hit: Hit) -> Sighting:
    """A store's answer as a watch sees it."""
    is_there = _is_usable(hit.availability)
    is_claimed = is_there or (hit.last_known is not None and _is_usable(hit.last_known))
    return Sighting(hit.store.id, hit.distance_m or 0.0, hit.observed, is_there, is_claimed)


def _is_usable(availability: av.Availability) -> bool:
    return av.STATUSES.index(availability) in USABLE
