"""The usual question with a handful of stores in reach, answered store by store.

Sixty array operations cost more than two stores are worth: this is what most answers are made by. The rules
are those of ``candidates`` and ``selection``; a property test holds both ways to the same answer.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from inventory_api.domain import availability as av
from inventory_api.domain import geo, stock
from inventory_api.domain.arrays import Ints
from inventory_api.domain.ports import IndexEntry, Records
from inventory_api.domain.retailer import Disclosure
from inventory_api.domain.trust import cell_of_one, confidence_of_one
from inventory_api.lookup.answer import USABLE, Answer, Hit, Question, Unsure, say_nobody
from inventory_api.lookup.candidates import is_in_scope
from inventory_api.lookup.directory import TIE_M, Map, way_within
from inventory_api.lookup.selection import hit_of

FEW = 24
"""With more stores in reach arrays are quicker."""

SOME = 96
"""With more records in the tiles around, arrays are quicker to find those in reach."""

Near = tuple[int, float, int, int, int, int]
"""Position of the store in the map, metres, and its record: state, quantity, price, observed."""


_SORTS = frozenset({"best", "distance"})


def answer_few(
    version: Map, question: Question, entry: IndexEntry, rows: Ints, point: geo.Point, now: dt.datetime
) -> Answer | None:
    """Answer, or None where the question or what was found is not the usual: then arrays must.

    Args:
        version: The directory.
        question: Asks around a point.
        entry: What the index holds near it.
        rows: The tiles that were asked.
        point: In space.
        now: Aware UTC.
    """
    if len(entry.records) > SOME or not _is_usual(question):
        return None
    reach = _in_reach(version, question, entry.records, rows, point)
    if len(reach) > FEW:
        return None
    hits, counts, unsure = _judged(version, question, reach, stock.to_observed(now))
    hits.sort(key=_rank)
    usable = next((place for place, hit in enumerate(hits) if _STATUS[hit.availability] in USABLE), None)
    if (usable is not None and usable >= question.limit) or _has_near_ties(hits):
        return None
    best, page = None if usable is None else hits[usable], hits[: question.limit]
    return Answer(
        question=question,
        as_of=now,
        card=entry.card,
        hits=page,
        best=best,
        excluded={},
        left_out=[],
        summary={"checked": len(reach)} | dict(zip(av.STATUS_WORDS, counts, strict=True)),
        say=say_nobody(question.wording, counts, unsure, question.radius_m)
        if best is None
        else best.say(question.wording),
        next=page[-1].rank if len(page) < len(hits) else None,
    )


_STATUS = {status: index for index, status in enumerate(av.STATUSES)}


def _is_usual(question: Question) -> bool:
    return not (
        question.min_quantity > 1
        or question.max_age_s is not None
        or question.min_confidence > 0
        or question.open_at is not None
        or question.max_per_retailer is not None
        or question.after is not None
        or question.explain
        or question.sort not in _SORTS
    )


def _in_reach(version: Map, question: Question, records: Records, rows: Ints, point: geo.Point) -> list[Near]:
    """The records of the stores within the radius, of the retailers and services asked for."""
    occupants = [version.occupants[row] for row in rows.tolist()]
    latitude, longitude, radius_m = question.latitude, question.longitude, question.radius_m
    reach = []
    for asked, slot, state, quantity, price, observed in records.one_by_one():
        at = occupants[asked][slot]
        if at < 0:
            continue
        metres = way_within(version, at, latitude=latitude, longitude=longitude, point=point, radius_m=radius_m)
        if metres is not None and is_in_scope(question, version.stores[at]):
            reach.append((at, metres, state, quantity, price, observed))
    return reach


def _judged(
    version: Map, question: Question, reach: list[Near], now: int
) -> tuple[list[Hit], list[int], Unsure | None]:
    """Stores with a wanted status as hits, unsorted; how many there are of each status; the best unsure one."""
    counts = [0] * len(av.STATUSES)
    is_best = question.sort == "best"
    hits = []
    unsure: Unsure | None = None
    for at, metres, state, quantity, price, observed in reach:
        store = version.stores[at]
        retailer = version.retailers[store.retailer_id]
        seen = observed if state & stock.DATED else max(observed, int(version.snapshot_at[at]))
        age = max(now - seen, 0)
        expires_s = retailer.freshness.expires_s
        claimed = av.claimed_of_one(state >> 4, quantity, retailer.low_stock_at)
        if retailer.disclosure is Disclosure.BOOLEAN:
            claimed, quantity = av.boolean_of_one(claimed)
        status = av.UNKNOWN if age > expires_s else claimed
        counts[status] += 1
        if status == av.UNKNOWN and seen:
            had_it = claimed <= av.LOW_STOCK
            if unsure is None or (not had_it, metres) < (not unsure.had_it, unsure.distance_m or 0.0):
                unsure = Unsure(store.name, age, metres, had_it)
        if question.statuses is None or status in question.statuses:
            tier = 1.0 if is_best and status > av.LOW_STOCK else 0.0
            cell = version.trust.of(store.retailer_id)[cell_of_one(status, age, quantity)]
            sure = confidence_of_one(status, age, expires_s, quantity, cell)
            hits.append(hit_of(store, retailer, metres, state, quantity, price, seen, age, status, claimed, sure, tier))
    return hits, counts, unsure


def _rank(hit: Hit) -> tuple[float, float, int]:
    return hit.rank


def _has_near_ties(hits: list[Hit]) -> bool:
    """Whether the order of two neighbours is the exact geodesic's to decide."""
    distances = [hit.rank[1] for hit in hits]
    return any(0 < abs(b - a) < TIE_M for a, b in pairwise(distances))
