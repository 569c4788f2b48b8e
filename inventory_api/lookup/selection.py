"""Filter, rank, cut: which candidates an answer shows, in which order, and why others are missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from inventory_api.domain import availability as av
from inventory_api.domain import stock
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.retailer import Disclosure
from inventory_api.domain.stock import Basis, Claim
from inventory_api.domain.store import Store
from inventory_api.lookup.answer import USABLE, Hit, Question, Rank
from inventory_api.lookup.candidates import Candidates, Floats, Ints, Mask
from inventory_api.lookup.directory import Map

TIE_M = 0.2
"""Neighbours in the list closer than this are told apart by the exact geodesic."""

_BANDED = frozenset({Claim.LOW_STOCK_BANDED.value, Claim.IN_STOCK_BANDED.value})
_BASES = tuple(Basis)
_USABLE = frozenset(av.STATUSES[status] for status in USABLE)


@dataclass(slots=True)
class Selection:
    """The hits of one page, the best of all, and an account of what is not among them."""

    page: list[Hit] = field(default_factory=list)
    best: Hit | None = None
    next: Rank | None = None
    excluded: dict[str, int] = field(default_factory=dict)
    left_out: list[tuple[Store, str]] = field(default_factory=list)


def select(version: Map, question: Question, found: Candidates) -> Selection:
    """Apply the question's filters, sort and page to the candidates."""
    selection = Selection()
    wanted = _wanted(version, question, found, selection)
    tier = _tier(question, found)
    order = _order(version, question, found, tier, wanted)
    hits = _hits(version, question, found, tier, _rendered(question, order))
    hits = _sure_enough(question, hits, selection)
    hits = _few_enough(question, hits, selection)
    selection.best = next((hit for hit in hits if hit.availability in _USABLE), None)
    if question.after is not None:
        hits = [hit for hit in hits if hit.rank > question.after]
    selection.page = hits[: question.limit]
    if len(hits) > question.limit:
        selection.next = selection.page[-1].rank
    return selection


def _wanted(version: Map, question: Question, found: Candidates, selection: Selection) -> Ints:
    """Positions of the candidates that pass every filter."""
    wanted: Ints = np.arange(len(found))

    def drop(gone: Mask, reason: str) -> None:
        nonlocal wanted
        if gone.any():
            selection.excluded[reason] = int(gone.sum())
            if question.explain:
                selection.left_out += [(version.stores[i], reason) for i in found.at[wanted[gone]].tolist()]
            wanted = wanted[~gone]

    if question.statuses is not None:
        shown = _shown(question.statuses)[found.status]
        if question.explain:
            # Told, but not counted as excluded: the summary already counts every status.
            gone = zip(found.at[~shown].tolist(), found.status[~shown].tolist(), strict=True)
            selection.left_out += [(version.stores[i], str(av.STATUSES[status])) for i, status in gone]
        wanted = np.flatnonzero(shown)
    if question.min_quantity > 1:
        quantity = found.quantity[wanted]
        drop((quantity == stock.NO_QUANTITY) | (quantity < question.min_quantity), "quantity")
    if question.max_age_s is not None:
        drop(found.age[wanted] > question.max_age_s, "stale")
    if question.needs_hours:
        drop(np.ones(len(wanted), bool), "hours_unknown")
    return wanted


@lru_cache(maxsize=128)
def _shown(statuses: frozenset[int]) -> Mask:
    """For each status, whether it is asked for: a look-up per record, where ``np.isin`` would sort."""
    return np.array([status in statuses for status in range(len(av.STATUSES))])


def _tier(question: Question, found: Candidates) -> Floats:
    """The first sort key: what matters before distance."""
    if question.sort == "price":
        return np.where(found.price == stock.NO_PRICE, np.inf, found.price)
    if question.sort == "updated":
        return -found.observed.astype(np.float64)
    if question.sort == "best":
        return (found.status > av.LOW_STOCK).astype(np.float64)
    return np.zeros(len(found))


def _order(version: Map, question: Question, found: Candidates, tier: Floats, wanted: Ints) -> Ints:
    """Positions by tier, then distance, then store id (``at`` ascends by id).

    Distances of near ties are made exact on the way: the chord formula is only good to centimetres.
    """
    at, tier = found.at[wanted], tier[wanted]
    if question.store_ids is not None:
        return wanted[np.lexsort((at, tier))]
    distance = found.distance[wanted]
    order = np.lexsort((at, distance, tier))
    inline = distance[order]
    gaps = np.abs(inline[1:] - inline[:-1])
    tied = gaps < TIE_M
    if (tied & (gaps > 0)).any():
        # A whole run at once: of two stores on one spot, neither may stay as the chord has it.
        run = np.concatenate([[0], np.cumsum(~tied)])
        for i in order[np.isin(run, run[1:][tied & (gaps > 0)])].tolist():
            store = version.stores[int(at[i])]
            distance[i] = store.geodesic_m(latitude=question.latitude, longitude=question.longitude)
        found.distance[wanted] = distance
        order = np.lexsort((at, distance, tier))
    return wanted[order]


def _rendered(question: Question, order: Ints) -> Ints:
    """A plain first page needs one hit more than it shows; whatever looks at hits needs them all."""
    is_plain = question.min_confidence == 0 and question.max_per_retailer is None and question.after is None
    return order[: question.limit + 1] if is_plain else order


def _hits(version: Map, question: Question, found: Candidates, tier: Floats, order: Ints) -> list[Hit]:
    """Render candidates, in order. Columns become lists first: scalars out of arrays cost ten times as much."""
    few = found.keep(order)
    columns = (few.at, few.distance, few.claim, few.basis, few.has_extra, few.quantity, few.price)
    judged = (few.observed, few.age, few.status, few.claimed, tier[order])
    rows = zip(*(column.tolist() for column in (*columns, *judged)), strict=True)
    is_named = question.store_ids is not None
    hits = []
    for at, metres, claim, basis, has_extra, quantity, price, observed, age, status, claimed, first in rows:
        store = version.stores[at]
        retailer = version.retailers[store.retailer_id]
        policy = retailer.freshness
        units = None if quantity == stock.NO_QUANTITY else quantity
        is_exact = retailer.disclosure is Disclosure.EXACT and claim not in _BANDED
        distance = 0.0 if is_named else metres
        hits.append(
            Hit(
                store=store,
                distance_m=None if is_named else distance,
                availability=av.STATUSES[status],
                quantity=units if is_exact else None,
                quantity_bucket="unknown" if retailer.disclosure is Disclosure.BOOLEAN else av.quantity_bucket(units),
                price=None if price == stock.NO_PRICE else price,
                observed_at=stock.from_observed(observed) if observed else None,
                age_s=age if observed else None,
                freshness=policy.label(age) if observed else Freshness.EXPIRED,
                confidence=av.confidence(status, age, policy.expires_s, units),
                basis=_BASES[basis] if observed else None,
                last_known=av.STATUSES[claimed] if status == av.UNKNOWN and claimed != av.UNKNOWN else None,
                rank=(first, distance, store.id),
                has_extra=has_extra != 0,
            )
        )
    return hits


def _sure_enough(question: Question, hits: list[Hit], selection: Selection) -> list[Hit]:
    if question.min_confidence == 0:
        return hits
    return _apart(question, hits, [hit.confidence >= question.min_confidence for hit in hits], "confidence", selection)


def _few_enough(question: Question, hits: list[Hit], selection: Selection) -> list[Hit]:
    if question.max_per_retailer is None:
        return hits
    counts: dict[str, int] = {}
    kept = []
    for hit in hits:
        counts[hit.store.retailer_id] = counts.get(hit.store.retailer_id, 0) + 1
        kept.append(counts[hit.store.retailer_id] <= question.max_per_retailer)
    return _apart(question, hits, kept, "max_per_retailer", selection)


def _apart(question: Question, hits: list[Hit], kept: list[bool], reason: str, selection: Selection) -> list[Hit]:
    gone = [hit.store for hit, keeps in zip(hits, kept, strict=True) if not keeps]
    if gone:
        selection.excluded[reason] = len(gone)
        selection.left_out += [(store, reason) for store in gone] if question.explain else []
    return [hit for hit, keeps in zip(hits, kept, strict=True) if keeps]
