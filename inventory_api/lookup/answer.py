"""What is asked and what comes back: plain values that every channel shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from inventory_api.domain import availability as av
from inventory_api.domain.arrays import Floats, Ints, Mask
from inventory_api.domain.availability import Availability
from inventory_api.domain.freshness import FRESHNESS, Freshness
from inventory_api.domain.stock import BASES, Basis, from_observed
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

    def say(self, wording: Wording) -> str:
        """The sentence of an answer whose best store this is."""
        return wording.say_found(
            self.store.name,
            age_s=self.age_s or 0,
            distance_m=self.distance_m,
            is_low=self.availability is Availability.LOW_STOCK,
            calls_first=self.calls_first,
        )


class Unsure(NamedTuple):
    """A store whose word is too old to rely on, and whether that was that it had some."""

    store: str
    age_s: int
    distance_m: float | None
    had_it: bool


def say_nobody(wording: Wording, counts: Sequence[int], unsure: Unsure | None, radius_m: float | None) -> str:
    """The sentence of an answer without a best store, which claims no more than is known.

    Args:
        wording: To say it in.
        counts: Stores by status.
        unsure: The best of those of which nothing is known any more, one that had it before others.
        radius_m: None where stores were named.
    """
    if counts[av.IN_STOCK] or counts[av.LOW_STOCK]:
        # They have it, and are not open, or whatever else was asked of them.
        return wording.say_nowhere(radius_m)
    without = counts[av.OUT_OF_STOCK] + counts[av.ON_DISPLAY]
    if unsure is not None and (unsure.had_it or not without):
        return wording.say_unsure(unsure.store, age_s=unsure.age_s, distance_m=unsure.distance_m)
    if counts[av.NOT_CARRIED] and counts[av.NOT_CARRIED] == sum(counts):
        return wording.say_not_carried(counts[av.NOT_CARRIED])
    return wording.say_none(checked=without, radius_m=radius_m)


def calls_first(status: Availability, freshness: Freshness) -> bool:
    """Whether a shopper should be told to call before going: few are left, or the word is old."""
    return status is Availability.LOW_STOCK or freshness is Freshness.STALE


@dataclass(slots=True)
class Columns:
    """Hits as columns of numbers, an element a hit: what ``Hit`` says in words is an index here, and -1 for None.

    ``availability`` and ``last_known`` are indices of ``av.STATUSES``, ``quantity_bucket`` of ``av.BUCKETS``,
    ``freshness`` of ``FRESHNESS``, ``basis`` of ``BASES``. ``distance_m`` is None where none was asked, ``tier`` the
    first of their ranks, ``extra`` by the position of those that have some.
    """

    store: list[Store]
    distance_m: Floats | None
    availability: Ints
    quantity: Ints
    quantity_bucket: Ints
    price: Ints
    observed: Ints
    age_s: Ints
    freshness: Ints
    confidence: Floats
    basis: Ints
    last_known: Ints
    tier: Floats
    has_extra: Mask
    extra: dict[int, dict[str, object] | None] = field(default_factory=dict)

    def hits(self) -> list[Hit]:
        """Each as a ``Hit``."""
        ways = [None] * len(self.store) if self.distance_m is None else self.distance_m.tolist()
        ranks = [
            (tier, metres or 0.0, store.id)
            for tier, metres, store in zip(self.tier.tolist(), ways, self.store, strict=True)
        ]
        hits = list(
            map(
                Hit,
                self.store,
                ways,
                named(STATUSES_OR_NONE, self.availability),
                or_none(self.quantity),
                named(av.BUCKETS, self.quantity_bucket),
                or_none(self.price),
                self.observed.tolist(),
                or_none(self.age_s),
                named(FRESHNESS, self.freshness),
                self.confidence.tolist(),
                named(BASES_OR_NONE, self.basis),
                named(STATUSES_OR_NONE, self.last_known),
                ranks,
                self.has_extra.tolist(),
            )
        )
        for at, extra in self.extra.items():
            hits[at].extra = extra
        return hits


STATUSES_OR_NONE = (*av.STATUSES, None)
BASES_OR_NONE = (*BASES, None)
"""What a column's -1 finds is None."""


def named(names: Sequence[Any], indices: Ints) -> Iterator[Any]:
    """The names that a column means."""
    return map(names.__getitem__, indices.tolist())


def or_none(column: Ints) -> list[int | None]:
    """A column with None for what is negative."""
    return [None if value < 0 else value for value in column.tolist()]


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
