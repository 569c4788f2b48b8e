"""Filter, rank, cut: which candidates an answer shows, in which order, and why others are missing.

Works on positions in the candidates' columns; only what is shown becomes a ``Hit``.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from inventory_api.domain import availability as av
from inventory_api.domain import stock
from inventory_api.domain.arrays import Floats, Ints, Mask
from inventory_api.domain.freshness import FRESHNESS, Freshness, freshness
from inventory_api.domain.hours import is_open
from inventory_api.domain.retailer import Disclosure, Retailer
from inventory_api.domain.stock import BASES, Claim
from inventory_api.domain.store import Store
from inventory_api.domain.trust import cells, confidence
from inventory_api.lookup.answer import USABLE, Columns, Hit, Question, Rank
from inventory_api.lookup.candidates import Candidates
from inventory_api.lookup.directory import Map, settle_ties

_BANDED = frozenset({Claim.LOW_STOCK_BANDED.value, Claim.IN_STOCK_BANDED.value})
_IS_BANDED = np.array([claim in _BANDED for claim in range(8)])
_CLOSED, OPEN, _HOURS_UNKNOWN = 0, 1, 2
_EXACT, _BOOLEAN = Disclosure.EXACT, Disclosure.BOOLEAN


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
    if question.max_per_retailer is not None:
        order = _few_enough(version, question, found, order, selection)
    begin = 0 if question.after is None else _after(version, question, found, tier, order)
    shown = order[begin : begin + question.limit]
    first = next((place for place, i in enumerate(order.tolist()) if int(found.status[i]) in USABLE), None)
    is_elsewhere = first is not None and not begin <= first < begin + len(shown)
    hits = _columns(version, question, found, tier, np.append(shown, order[first]) if is_elsewhere else shown).hits()
    selection.page = hits[: len(shown)]
    if first is not None:
        selection.best = hits[-1] if is_elsewhere else hits[first - begin]
    if begin + len(shown) < len(order):
        selection.next = selection.page[-1].rank
    return selection


def rank_within(
    version: Map, question: Question, found: Candidates, group: Ints, groups: int
) -> tuple[Columns, list[tuple[int, int]]]:
    """The first page of each group of candidates, for questions that filter by status alone.

    Args:
        version: The directory.
        question: Its statuses, sort and limit count.
        found: Candidates of all groups.
        group: The group of each, from 0, ascending.
        groups: How many there are.

    Returns:
        The hits of all, and where those of each group begin and end.
    """
    assert question.statuses is not None
    wanted = _shown(question.statuses)[found.status].nonzero()[0]
    tier = _tier(question, found)
    # Tiers are 0 or 1 here: a group and its tier are one key, and one sort does for all.
    order = _order(version, question, found, 2.0 * group + tier, wanted)
    sizes = np.bincount(group[order], minlength=groups)
    ends = sizes.cumsum()
    shown = order[np.arange(len(order)) - (ends - sizes).repeat(sizes) < question.limit]
    ends = np.minimum(sizes, question.limit).cumsum()
    return _columns(version, question, found, tier, shown), list(itertools.pairwise([0, *ends.tolist()]))


def _wanted(version: Map, question: Question, found: Candidates, selection: Selection) -> Ints:
    """Positions of the candidates that pass every filter."""
    wanted: Ints = np.arange(len(found))

    def drop(gone: Mask, reason: str) -> None:
        nonlocal wanted
        _account(version, question, found, wanted[gone], reason, selection)
        wanted = wanted[~gone]

    if question.statuses is not None:
        shown = _shown(question.statuses)[found.status]
        if question.explain:
            # Told, but not counted as excluded: the summary already counts every status.
            gone = zip(found.at[~shown].tolist(), found.status[~shown].tolist(), strict=True)
            selection.left_out += [(version.stores[i], av.STATUS_WORDS[status]) for i, status in gone]
        wanted = shown.nonzero()[0]
    if question.min_quantity > 1:
        drop(disclosed(version, found, wanted) < question.min_quantity, "quantity")
    if question.max_age_s is not None:
        drop(found.age[wanted] > question.max_age_s, "stale")
    if question.min_confidence > 0:
        drop(_confidence(version, found.keep(wanted)) < question.min_confidence, "confidence")
    if question.open_at is not None:
        told = openness(version, found.at[wanted], question.open_at)
        drop(told == _CLOSED, "closed")
        drop(told[told != _CLOSED] == _HOURS_UNKNOWN, "hours_unknown")
    return wanted


def openness(version: Map, at: Ints, instant: dt.datetime) -> Ints:
    """Of stores: ``OPEN``, closed, or not known; a store named twice is read once."""
    stores, which = np.unique(at, return_inverse=True)
    told = [is_open(version.stores[i], instant) for i in stores.tolist()]
    return np.array([_HOURS_UNKNOWN if one is None else int(one) for one in told], np.int64)[which]


def disclosed(version: Map, found: Candidates, wanted: Ints) -> Ints:
    """Units that may be told of candidates, -1 for unknown: who may not see a quantity may not guess it by filters."""
    quantity = found.quantity[wanted]
    units: Ints = np.where(quantity == stock.NO_QUANTITY, -1, quantity)
    hidden = {r.id: r.disclosure for r in version.retailers.values() if r.disclosure is not _EXACT}
    if hidden:
        policies = [hidden.get(version.stores[i].retailer_id, _EXACT) for i in found.at[wanted].tolist()]
        units = np.where([policy is _EXACT for policy in policies], units, av.bucket_floor(units))
        units[[policy is _BOOLEAN for policy in policies]] = -1
    return units


def _account(
    version: Map, question: Question, found: Candidates, gone: Ints, reason: str, selection: Selection
) -> None:
    if len(gone):
        selection.excluded[reason] = len(gone)
        if question.explain:
            selection.left_out += [(version.stores[i], reason) for i in found.at[gone].tolist()]


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

    Distances of near ties are made exact on the way.
    """
    at, tier = found.at[wanted], tier[wanted]
    if question.store_ids is not None:
        return wanted[np.lexsort((at, tier))]
    distance = found.distance[wanted]
    order = np.lexsort((at, distance, tier))
    if settle_ties(version, at, distance, order, latitude=question.latitude, longitude=question.longitude):
        found.distance[wanted] = distance
        order = np.lexsort((at, distance, tier))
    return wanted[order]


def _few_enough(version: Map, question: Question, found: Candidates, order: Ints, selection: Selection) -> Ints:
    """The order with at most so many stores of each retailer."""
    assert question.max_per_retailer is not None
    counts: dict[str, int] = {}
    over = np.zeros(len(order), bool)
    for place, at in enumerate(found.at[order].tolist()):
        retailer_id = version.stores[at].retailer_id
        counts[retailer_id] = counts.get(retailer_id, 0) + 1
        over[place] = counts[retailer_id] > question.max_per_retailer
    _account(version, question, found, order[over], "max_per_retailer", selection)
    return order[~over]


def _after(version: Map, question: Question, found: Candidates, tier: Floats, order: Ints) -> int:
    """Where in the order the page behind ``question.after`` begins."""
    assert question.after is not None
    for place, i in enumerate(order.tolist()):
        distance = 0.0 if question.store_ids is not None else float(found.distance[i])
        if (float(tier[i]), distance, version.stores[int(found.at[i])].id) > question.after:
            return place
    return len(order)


def hits_of(version: Map, question: Question, found: Candidates, which: Ints) -> list[Hit]:
    """Candidates as they are shown, in this order."""
    return _columns(version, question, found, np.zeros(len(found)), which).hits()


def _confidence(version: Map, found: Candidates) -> Floats:
    cell = version.cells[version.owner[found.at], cells(found.status, found.age, found.quantity)]
    return confidence(found.status, found.age, version.expires_s[found.at], found.quantity, cell)


def _columns(version: Map, question: Question, found: Candidates, tier: Floats, shown: Ints) -> Columns:
    """Candidates by the rules of ``hit_of``, column by column: a scalar at a time costs twice as much."""
    few = found.keep(shown)
    is_exact = (few.quantity != stock.NO_QUANTITY) & version.exact[few.at] & ~_IS_BANDED[few.state >> 4]
    is_told = few.observed > 0
    fresh = freshness(few.age, version.live_s[few.at], version.recent_s[few.at], version.expires_s[few.at])
    was_known = (few.status == av.UNKNOWN) & (few.claimed != av.UNKNOWN)
    return Columns(
        store=[version.stores[at] for at in few.at.tolist()],
        distance_m=None if question.store_ids is not None else few.distance,
        availability=few.status,
        quantity=np.where(is_exact, few.quantity, -1),
        quantity_bucket=av.bucket(few.quantity),
        price=np.where(few.price != stock.NO_PRICE, few.price, -1),
        observed=few.observed,
        age_s=np.where(is_told, few.age, -1),
        freshness=np.where(is_told, fresh, len(FRESHNESS) - 1),
        confidence=_confidence(version, few),
        basis=np.where(is_told, few.state >> 2 & 3, -1),
        last_known=np.where(was_known, few.claimed, -1),
        tier=tier[shown],
        has_extra=few.state & stock.HAS_EXTRA != 0,
    )


def hit_of(
    store: Store,
    retailer: Retailer,
    metres: float | None,
    state: int,
    quantity: int,
    price: int,
    observed: int,
    age: int,
    status: int,
    claimed: int,
    sure: float,
    tier: float,
) -> Hit:
    """One store's answer from its record and what that is worth."""
    units = None if quantity == stock.NO_QUANTITY else quantity
    is_exact = retailer.disclosure is _EXACT and state >> 4 not in _BANDED
    return Hit(
        store,
        metres,
        av.STATUSES[status],
        units if is_exact else None,
        "unknown" if retailer.disclosure is _BOOLEAN else av.BUCKETS[av.bucket_of_one(quantity)],
        None if price == stock.NO_PRICE else price,
        observed,
        age if observed else None,
        retailer.freshness.label(age) if observed else Freshness.EXPIRED,
        sure,
        BASES[state >> 2 & 3] if observed else None,
        av.STATUSES[claimed] if status == av.UNKNOWN and claimed != av.UNKNOWN else None,
        (tier, 0.0 if metres is None else metres, store.id),
        state & stock.HAS_EXTRA != 0,
    )
