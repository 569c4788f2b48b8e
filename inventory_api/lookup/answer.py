"""What is asked and what comes back: plain values that every channel shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from inventory_api.domain import availability as av
from inventory_api.domain.availability import Availability
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.stock import Basis, from_observed
from inventory_api.domain.store import Store
from inventory_api.locales.wording import ENGLISH, Wording

Rank = tuple[float, float, int]
"""Where a hit stands in the list: tier of the sort, distance in metres, store id."""

DEFAULT_RADIUS_M = 16_000.0
MAX_RADIUS_M = 160_000.0
"""Never clamped: a larger one is refused, else an empty answer would claim too much."""

USABLE = frozenset({av.IN_STOCK, av.LOW_STOCK})
"""Statuses for which a visit makes sense, as indices of ``av.STATUSES``."""


@dataclass(slots=True)
class Question:
    """One product at one origin: a point with a radius in metres, or ``store_ids`` alone.

    ``statuses`` is None for all. ``after`` is the rank of the last hit of the page before.
    ``open_at`` keeps the stores that are open at that instant. ``wording`` is for the answer's ``say``.
    """

    product_id: int
    latitude: float = 0.0
    longitude: float = 0.0
    radius_m: float = DEFAULT_RADIUS_M
    store_ids: tuple[int, ...] | None = None
    statuses: frozenset[int] | None = USABLE
    min_quantity: int = 1
    max_age_s: int | None = None
    min_confidence: float = 0.0
    open_at: dt.datetime | None = None
    retailer_ids: frozenset[str] | None = None
    services: frozenset[str] = frozenset()
    max_per_retailer: int | None = None
    sort: str = "best"
    limit: int = 10
    after: Rank | None = None
    explain: bool = False
    wording: Wording = ENGLISH


@dataclass(slots=True)
class Hit:
    """One store's answer.

    ``quantity`` and ``quantity_bucket`` are what its retailer discloses; ``price`` is in minor units of
    the store's currency. ``observed`` is when it was last known to be true (seconds since the index
    epoch), 0 where nobody ever said anything; ``age_s`` and ``basis`` are then None.
    """

    store: Store
    distance_m: float | None
    availability: Availability
    quantity: int | None
    quantity_bucket: str
    price: int | None
    observed: int
    age_s: int | None
    freshness: Freshness
    confidence: float
    basis: Basis | None
    last_known: Availability | None
    rank: Rank
    has_extra: bool
    extra: dict[str, object] | None = None

    @property
    def observed_at(self) -> dt.datetime | None:
        """``observed`` as an aware UTC instant, None for never."""
        return from_observed(self.observed) if self.observed else None

    @property
    def calls_first(self) -> bool:
        """``calls_first`` of it."""
        return calls_first(self.availability, self.freshness)


def calls_first(status: Availability, freshness: Freshness) -> bool:
    """Whether a shopper should be told to call before going: few are left, or the word is old."""
    return status is Availability.LOW_STOCK or freshness is Freshness.STALE


@dataclass(slots=True)
class Columns:
    """Hits as columns: the fields of ``Hit``, an element a hit.

    ``tier`` is the first of their ranks, ``extra`` by the position of those that have some.
    """

    store: list[Store]
    distance_m: Sequence[float | None]
    availability: list[Availability]
    quantity: list[int | None]
    quantity_bucket: list[str]
    price: list[int | None]
    observed: list[int]
    age_s: list[int | None]
    freshness: list[Freshness]
    confidence: list[float]
    basis: list[Basis | None]
    last_known: list[Availability | None]
    tier: list[float]
    has_extra: list[bool]
    extra: dict[int, dict[str, object] | None] = field(default_factory=dict)

    def hits(self) -> list[Hit]:
        """Each as a ``Hit``."""
        ways = (metres or 0.0 for metres in self.distance_m)
        ranks = zip(self.tier, ways, (store.id for store in self.store), strict=True)
        said = (getattr(self, name) for name in self.__slots__[: self.__slots__.index("tier")])
        hits = list(map(Hit, *said, ranks, self.has_extra))
        for at, extra in self.extra.items():
            hits[at].extra = extra
        return hits


@dataclass(slots=True)
class Answer:
    """What every channel renders.

    ``summary`` counts the stores in scope with a record by status; ``excluded`` counts those that a
    filter dropped, ``left_out`` names them where the question asked for it. ``next`` is None on the
    last page.
    """

    question: Question
    as_of: dt.datetime
    card: bytes | None
    hits: list[Hit]
    best: Hit | None
    excluded: dict[str, int]
    left_out: list[tuple[Store, str]]
    summary: dict[str, int]
    say: str
    next: Rank | None
