"""Filter, rank, cut: which candidates an answer shows, in which order, and why others are missing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from inventory_api.domain import availability as av
from inventory_api.domain import stock
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.retailer import Disclosure
from inventory_api.domain.stock import Basis, Claim
from inventory_api.domain.store import Store
from inventory_api.lookup.answer import USABLE, Hit, Question, Rank
from inventory_api.lookup.candidates import Candidates, Floats, Mask
from inventory_api.lookup.directory import Map

TIE_M = 0.2
"""Neighbours in the list closer than this are told apart by the exact geodesic."""

_BANDED = (Claim.LOW_STOCK_BANDED, Claim.IN_STOCK_BANDED)


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
    tier = _tier(question, wanted)
    order = _order(version, question, wanted, tier)
    hits = [_hit(version, question, wanted, tier, i) for i in _rendered(question, order)]
    hits = _sure_enough(question, hits, selection)
    hits = _few_enough(question, hits, selection)
    selection.best = next((hit for hit in hits if av.STATUSES.index(hit.availability) in USABLE), None)
    if question.after is not None:
        hits = [hit for hit in hits if hit.rank > question.after]
    selection.page = hits[: question.limit]
    if len(hits) > question.limit:
        selection.next = selection.page[-1].rank
    return selection


def _wanted(version: Map, question: Question, found: Candidates, selection: Selection) -> Candidates:
    def without(gone: Mask, reason: str) -> Candidates:
        if not gone.any():
            return found
        selection.excluded[reason] = int(gone.sum())
        if question.explain:
            selection.left_out += [(version.stores[i], reason) for i in found.at[gone].tolist()]
        return found.keep(~gone)

    if question.statuses is not None:
        kept = np.isin(found.status, list(question.statuses))
        if question.explain:
            # Told, but not counted as excluded: the summary already counts every status.
            gone = zip(found.at[~kept].tolist(), found.status[~kept].tolist(), strict=True)
            selection.left_out += [(version.stores[i], str(av.STATUSES[status])) for i, status in gone]
        if not kept.all():
            found = found.keep(kept)
    if question.min_quantity > 1:
        few = (found.quantity == stock.NO_QUANTITY) | (found.quantity < question.min_quantity)
        found = without(few, "quantity")
    if question.max_age_s is not None:
        found = without(found.age > question.max_age_s, "stale")
    if question.needs_hours:
        found = without(np.ones(len(found), bool), "hours_unknown")
    return found


def _tier(question: Question, found: Candidates) -> Floats:
    """The first sort key: what matters before distance."""
    if question.sort == "price":
        return np.where(found.price == stock.NO_PRICE, np.inf, found.price)
    if question.sort == "updated":
        return -found.observed.astype(np.float64)
    if question.sort == "best":
        return (found.status > av.LOW_STOCK).astype(np.float64)
    return np.zeros(len(found))


def _order(version: Map, question: Question, found: Candidates, tier: Floats) -> list[int]:
    """Candidates by tier, then distance, then store id (positions ascend by id).

    Distances of near ties are made exact on the way: the chord formula is only good to centimetres.
    """
    if question.store_ids is not None:
        order: list[int] = np.lexsort((found.at, tier)).tolist()
        return order
    ranked: NDArray[np.intp] = np.lexsort((found.at, found.distance, tier))
    gaps = np.diff(found.distance[ranked])
    close = np.flatnonzero((np.abs(gaps) < TIE_M) & (gaps != 0))
    if len(close):
        for i in np.unique(np.concatenate([ranked[close], ranked[close + 1]])).tolist():
            store = version.stores[int(found.at[i])]
            found.distance[i] = store.geodesic_m(latitude=question.latitude, longitude=question.longitude)
        ranked = np.lexsort((found.at, found.distance, tier))
    order = ranked.tolist()
    return order


def _rendered(question: Question, order: list[int]) -> list[int]:
    """A plain first page needs one hit more than it shows; whatever looks at hits needs them all."""
    is_plain = question.min_confidence == 0 and question.max_per_retailer is None and question.after is None
    return order[: question.limit + 1] if is_plain else order


def _hit(version: Map, question: Question, found: Candidates, tier: Floats, i: int) -> Hit:
    store = version.stores[int(found.at[i])]
    retailer = version.retailers[store.retailer_id]
    policy = retailer.freshness
    status, claimed, age = int(found.status[i]), int(found.claimed[i]), int(found.age[i])
    quantity, price, observed = int(found.quantity[i]), int(found.price[i]), int(found.observed[i])
    units = None if quantity == stock.NO_QUANTITY else quantity
    is_exact = retailer.disclosure is Disclosure.EXACT and int(found.claim[i]) not in _BANDED
    is_named = question.store_ids is not None
    distance = 0.0 if is_named else float(found.distance[i])
    return Hit(
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
        basis=Basis(int(found.basis[i])) if observed else None,
        last_known=av.STATUSES[claimed] if status == av.UNKNOWN and claimed != av.UNKNOWN else None,
        rank=(float(tier[i]), distance, store.id),
        has_extra=bool(found.has_extra[i]),
    )


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
