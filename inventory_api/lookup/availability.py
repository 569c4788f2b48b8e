"""Is this product on a shelf near me? The question that everything else exists for.

One round trip to the index, no SQL: tiles near the point -> records -> stores within the exact radius
-> what each statement is worth now -> filter, rank, cut.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from inventory_api.domain import availability as av
from inventory_api.domain import geo, stock
from inventory_api.domain.errors import IndexUnavailable, UnknownProduct, UnknownStore
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.identifiers import format_product_id
from inventory_api.domain.ports import IndexEntry, IndexReader
from inventory_api.domain.retailer import Disclosure
from inventory_api.domain.stock import Basis, Claim
from inventory_api.domain.store import Store
from inventory_api.locales import en
from inventory_api.lookup.directory import Directory, Map, within

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TIE_M = 0.2
"""Neighbours in the list closer than this are told apart by the exact geodesic."""

SORTS = ("best", "distance", "price", "updated")
_BANDED = (Claim.LOW_STOCK_BANDED, Claim.IN_STOCK_BANDED)


@dataclass(frozen=True, slots=True)
class Question:
    """One product at one origin: a point with a radius in metres, or ``store_ids`` alone.

    ``statuses`` is None for all. ``after`` is the rank of the last hit of the page before.
    """

    product_id: int
    latitude: float = 0.0
    longitude: float = 0.0
    radius_m: float = 16_000.0
    store_ids: tuple[int, ...] | None = None
    statuses: frozenset[int] | None = frozenset({av.IN_STOCK, av.LOW_STOCK})
    min_quantity: int = 1
    max_age_s: int | None = None
    min_confidence: float = 0.0
    needs_hours: bool = False
    retailer_ids: frozenset[str] | None = None
    services: frozenset[str] = frozenset()
    max_per_retailer: int | None = None
    sort: str = "best"
    limit: int = 10
    after: tuple[float, float, int] | None = None
    explain: bool = False


@dataclass(slots=True)
class Hit:
    """One store's answer. ``quantity`` is what its retailer discloses; ``price`` is in minor units."""

    store: Store
    distance_m: float | None
    availability: av.Availability
    quantity: int | None
    quantity_bucket: str
    price: int | None
    observed_at: dt.datetime | None
    age_s: int | None
    freshness: Freshness
    confidence: float
    basis: Basis | None
    last_known: av.Availability | None
    rank: tuple[float, float, int]
    place: int
    has_extra: bool
    extra: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Answer:
    """What every channel renders. ``excluded`` and ``summary`` count stores; ``next`` is None on the last page."""

    question: Question
    as_of: dt.datetime
    card: bytes | None
    hits: list[Hit]
    best: Hit | None
    excluded: dict[str, int]
    left_out: list[tuple[Store, str]]
    summary: dict[str, int]
    say: str
    next: tuple[float, float, int] | None


@dataclass(slots=True)
class _Candidates:
    """Columns of the stores in scope that have a record (or were named), one element a store."""

    at: Ints
    distance: Floats
    claim: Ints
    basis: Ints
    has_extra: NDArray[np.bool_]
    quantity: Ints
    price: Ints
    observed: Ints
    age: Ints
    status: Ints
    claimed: Ints

    def keep(self, mask: NDArray[np.bool_] | Ints) -> _Candidates:
        return _Candidates(*(getattr(self, name)[mask] for name in self.__slots__))

    def __len__(self) -> int:
        return len(self.at)


class Availability:
    """Answers questions from one index and one directory."""

    def __init__(self, index: IndexReader, directory: Directory) -> None:
        self._index = index
        self._directory = directory

    async def ask(self, question: Question, now: dt.datetime) -> Answer:
        """Answer one question.

        Raises:
            UnknownProduct: No feed ever named it.
            UnknownStore: A store asked for does not exist.
            IndexUnavailable: Redis is away, or the index is being filled.
        """
        version = self._directory.map
        named = None if question.store_ids is None else _positions(version, question.store_ids)
        point = geo.point_to_space(latitude=question.latitude, longitude=question.longitude)
        rows = version.tiles_near(point, question.radius_m) if named is None else version.tiles_of(named)
        entry = await self._index.fetch(question.product_id, version.tile[rows].tolist())
        if len(entry.slot) == 0:
            await self._refuse_to_guess(entry, question.product_id)
        found = _candidates(version, question, entry, rows, point, named, stock.to_observed(now))
        answer = _answer(version, question, found, entry.card, now)
        await self._add_extras(question.product_id, answer.hits)
        return answer

    async def _refuse_to_guess(self, entry: IndexEntry, product_id: int) -> None:
        """Before "nobody" or "no such product": make sure that the index is whole."""
        if not await self._index.is_complete():
            raise IndexUnavailable("the index is being filled", retry_after_s=5)
        if entry.card is None and (await self._index.fetch(product_id, self._directory.map.tile.tolist())).is_empty:
            raise UnknownProduct(format_product_id(product_id))

    async def _add_extras(self, product_id: int, hits: list[Hit]) -> None:
        wanting = [hit for hit in hits if hit.has_extra]
        if wanting:
            values = await self._index.fetch_extras(product_id, [hit.place for hit in wanting])
            for hit, value in zip(wanting, values, strict=True):
                hit.extra = msgspec.json.decode(value) if value else {}


def _positions(version: Map, store_ids: Sequence[int]) -> list[int]:
    positions = []
    for store_id in dict.fromkeys(store_ids):
        at = version.position.get(store_id)
        if at is None:
            raise UnknownStore(f"s{store_id}", parameter="store_id")
        positions.append(at)
    return positions


def _candidates(
    version: Map,
    question: Question,
    entry: IndexEntry,
    rows: Ints,
    point: geo.Point,
    named: list[int] | None,
    now: int,
) -> _Candidates:
    at = version.positions(rows, entry.asked, entry.slot)
    record = np.flatnonzero(at >= 0)
    at = at[record]
    if named is None:
        kept, distance = within(
            version,
            at,
            latitude=question.latitude,
            longitude=question.longitude,
            point=point,
            radius_m=question.radius_m,
        )
    else:
        kept, distance = np.isin(at, named), np.full(len(at), np.nan)
    record, at, distance = record[kept], at[kept], distance[kept]
    state = entry.state[record]
    quantity, price, observed = entry.quantity[record], entry.price[record], entry.observed[record]
    claim, low, expires = state >> 4, version.low_stock_at[at], version.expires_s[at]
    renewed = np.where(state & stock.DATED, observed, np.maximum(observed, version.snapshot_at[at]))
    age = np.maximum(now - renewed, 0)
    found = _Candidates(
        at, distance, claim, state >> 2 & 3, (state & stock.HAS_EXTRA) != 0, quantity, price, renewed, age,
        av.classify(claim, quantity, low, age, expires), av.claimed(claim, quantity, low),
    )  # fmt: skip
    if named is not None:
        found = _with_silent(version, found, named, now)
    return _in_scope(version, question, found)


def _with_silent(version: Map, found: _Candidates, named: list[int], now: int) -> _Candidates:
    """Add the stores that were named and have no record: not carried after a full feed, else unknown."""
    silent = np.array(sorted(set(named) - set(found.at.tolist())), np.int64)
    if len(silent) == 0:
        return found
    told = version.snapshot_at[silent]
    age = np.maximum(now - told, 0)
    knows = (told > 0) & (age <= version.expires_s[silent])
    nothing, none = np.zeros(len(silent), np.int64), np.full(len(silent), stock.NO_QUANTITY)
    claimed = np.where(told > 0, av.NOT_CARRIED, av.UNKNOWN)
    added = _Candidates(
        silent, np.full(len(silent), np.nan), nothing, nothing, np.zeros(len(silent), bool), none,
        np.full(len(silent), stock.NO_PRICE), told, age, np.where(knows, av.NOT_CARRIED, av.UNKNOWN), claimed,
    )  # fmt: skip
    columns = (np.concatenate([getattr(found, n), getattr(added, n)]) for n in _Candidates.__slots__)
    return _Candidates(*columns)


def _in_scope(version: Map, question: Question, found: _Candidates) -> _Candidates:
    if question.retailer_ids is None and not question.services:
        return found
    wanted = question.retailer_ids
    stores = [version.stores[i] for i in found.at.tolist()]
    mask = [(wanted is None or s.retailer_id in wanted) and question.services <= set(s.services) for s in stores]
    return found.keep(np.array(mask, bool))


def _answer(version: Map, question: Question, found: _Candidates, card: bytes | None, now: dt.datetime) -> Answer:
    counts = np.bincount(found.status, minlength=len(av.STATUSES)).tolist()
    summary = {"checked": len(found)} | {str(status): counts[i] for i, status in enumerate(av.STATUSES)}
    excluded: dict[str, int] = {}
    left_out: list[tuple[Store, str]] = []

    def drop(gone: NDArray[np.bool_], reason: str) -> None:
        nonlocal wanted
        if gone.any():
            excluded[reason] = int(gone.sum())
            if question.explain:
                left_out.extend((version.stores[i], reason) for i in wanted.at[gone].tolist())
            wanted = wanted.keep(~gone)

    wanted = found
    if question.statuses is not None:
        unwanted = ~np.isin(wanted.status, list(question.statuses))
        if question.explain:
            pairs = zip(wanted.at[unwanted].tolist(), wanted.status[unwanted].tolist(), strict=True)
            left_out.extend((version.stores[i], str(av.STATUSES[status])) for i, status in pairs)
        wanted = wanted.keep(~unwanted)
    if question.min_quantity > 1:
        drop((wanted.quantity == stock.NO_QUANTITY) | (wanted.quantity < question.min_quantity), "quantity")
    if question.max_age_s is not None:
        drop(wanted.age > question.max_age_s, "stale")
    if question.needs_hours:
        drop(np.ones(len(wanted), bool), "hours_unknown")
    order = _order(version, question, wanted)
    hits = [_hit(version, question, wanted, i) for i in _page_bound(question, order)]
    if question.min_confidence > 0:
        sure = [hit for hit in hits if hit.confidence >= question.min_confidence]
        if len(sure) < len(hits):
            excluded["low_confidence"] = len(hits) - len(sure)
            left_out += [(h.store, "low_confidence") for h in hits if h not in sure] if question.explain else []
        hits = sure
    if question.max_per_retailer is not None:
        hits, over = _per_retailer(hits, question.max_per_retailer)
        if over:
            excluded["max_per_retailer"] = len(over)
            left_out += [(hit.store, "max_per_retailer") for hit in over] if question.explain else []
    best = next(
        (hit for hit in hits if hit.availability in (av.STATUSES[av.IN_STOCK], av.STATUSES[av.LOW_STOCK])), None
    )
    if question.after is not None:
        hits = [hit for hit in hits if hit.rank > question.after]
    page = hits[: question.limit]
    more = page[-1].rank if len(hits) > len(page) and page else None
    say = _say(version, question, found, best)
    return Answer(question, now, card, page, best, excluded, left_out, summary, say, more)


def _page_bound(question: Question, order: list[int]) -> list[int]:
    """Only a plain first page may stop rendering early; whatever filters hits needs them all."""
    plain = question.min_confidence == 0 and question.max_per_retailer is None and question.after is None
    return order[: question.limit + 1] if plain else order


def _tier(question: Question, found: _Candidates) -> Floats:
    """The first sort key: what matters before distance."""
    if question.sort == "price":
        return np.where(found.price == stock.NO_PRICE, np.inf, found.price)
    if question.sort == "updated":
        return -found.observed.astype(np.float64)
    if question.sort == "best":
        return (found.status > av.LOW_STOCK).astype(np.float64)
    return np.zeros(len(found))


def _order(version: Map, question: Question, found: _Candidates) -> list[int]:
    """Ranked positions: tier, then distance, then store id (positions ascend by id)."""
    tier, distance = _tier(question, found), np.nan_to_num(found.distance, nan=0.0)
    order = np.lexsort((found.at, distance, tier))
    gaps = np.diff(distance[order])
    close = np.flatnonzero((np.abs(gaps) < TIE_M) & (gaps != 0))
    if len(close) == 0:
        return order.tolist()  # type: ignore[no-any-return]  # numpy types tolist() as Any
    for i in np.unique(np.concatenate([order[close], order[close + 1]])).tolist():
        store = version.stores[int(found.at[i])]
        if store.latitude is not None and store.longitude is not None and question.store_ids is None:
            exact = geo.geodesic_m(question.latitude, question.longitude, store.latitude, store.longitude)
            distance[i] = found.distance[i] = exact
    return np.lexsort((found.at, distance, tier)).tolist()  # type: ignore[no-any-return]


def _hit(version: Map, question: Question, found: _Candidates, i: int) -> Hit:
    store = version.stores[int(found.at[i])]
    retailer = version.retailers[store.retailer_id]
    status, claimed = int(found.status[i]), int(found.claimed[i])
    age, quantity = int(found.age[i]), int(found.quantity[i])
    spoken = int(found.observed[i]) > 0
    units = None if quantity == stock.NO_QUANTITY else quantity
    exact = retailer.disclosure is Disclosure.EXACT and int(found.claim[i]) not in _BANDED
    price = int(found.price[i])
    distance = None if question.store_ids is not None else float(found.distance[i])
    tier = (
        float(_tier(question, found.keep(np.array([i])))[0])
        if question.sort != "best"
        else float(status > av.LOW_STOCK)
    )
    policy = retailer.freshness
    return Hit(
        store=store,
        distance_m=distance,
        availability=av.STATUSES[status],
        quantity=units if exact else None,
        quantity_bucket="unknown" if retailer.disclosure is Disclosure.BOOLEAN else av.quantity_bucket(units),
        price=None if price == stock.NO_PRICE else price,
        observed_at=stock.from_observed(int(found.observed[i])) if spoken else None,
        age_s=age if spoken else None,
        freshness=policy.label(age) if spoken else Freshness.EXPIRED,
        confidence=av.confidence(status, age, policy.expires_s, units),
        basis=Basis(int(found.basis[i])) if spoken else None,
        last_known=av.STATUSES[claimed] if status == av.UNKNOWN and claimed != av.UNKNOWN else None,
        rank=(tier, distance or 0.0, store.id),
        place=store.place,
        has_extra=bool(found.has_extra[i]),
    )


def _per_retailer(hits: list[Hit], most: int) -> tuple[list[Hit], list[Hit]]:
    kept: list[Hit] = []
    over: list[Hit] = []
    counts: dict[str, int] = {}
    for hit in hits:
        counts[hit.store.retailer_id] = counts.get(hit.store.retailer_id, 0) + 1
        (kept if counts[hit.store.retailer_id] <= most else over).append(hit)
    return kept, over


def _say(version: Map, question: Question, found: _Candidates, best: Hit | None) -> str:
    if best is not None:
        return en.say_found(
            best.store.name,
            age_s=best.age_s or 0,
            distance_m=best.distance_m,
            is_low=best.availability is av.STATUSES[av.LOW_STOCK],
            is_stale=best.freshness is Freshness.STALE,
        )
    unsure = np.flatnonzero((found.status == av.UNKNOWN) & np.isin(found.claimed, (av.IN_STOCK, av.LOW_STOCK)))
    if len(unsure):
        i = int(unsure[np.argmin(np.nan_to_num(found.distance[unsure], nan=0.0))])
        distance = None if question.store_ids is not None else float(found.distance[i])
        return en.say_unsure(version.stores[int(found.at[i])].name, age_s=int(found.age[i]), distance_m=distance)
    return en.say_none(checked=len(found), radius_m=None if question.store_ids is not None else question.radius_m)
