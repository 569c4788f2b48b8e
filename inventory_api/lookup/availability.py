"""Is this product on a shelf near me? The question that everything else exists for.

One round trip to the index and no SQL: tiles near the point -> records -> stores within the exact
radius -> what each statement is worth now -> filter, rank, cut.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import numpy as np

from inventory_api.domain import availability as av
from inventory_api.domain import geo, stock
from inventory_api.domain.errors import IndexUnavailable, UnknownProduct, UnknownStore
from inventory_api.domain.identifiers import format_product_id
from inventory_api.domain.ports import IndexEntry, IndexReader
from inventory_api.lookup.answer import Answer, Hit, Question, Unsure, say_nobody
from inventory_api.lookup.candidates import Candidates, in_circle, in_reach, of_stores
from inventory_api.lookup.directory import Directory, Map
from inventory_api.lookup.few import answer_few
from inventory_api.lookup.selection import select

__all__ = ["Answer", "Availability", "Hit", "Question"]


class Availability:
    """Answers questions from one index and one directory."""

    def __init__(self, index: IndexReader, directory: Directory) -> None:
        self._index = index
        self._directory = directory

    async def ask(self, question: Question, now: dt.datetime) -> Answer:
        """Answer one question. A second round trip only where a hit has rare attributes.

        Raises:
            UnknownProduct: No feed ever named it.
            UnknownStore: A store asked for does not exist.
            IndexUnavailable: Redis is away, or the index is being filled.
        """
        version = self._directory.map
        observed_now = stock.to_observed(now)
        if question.store_ids is None:
            point = geo.point_to_space(latitude=question.latitude, longitude=question.longitude)
            rows = version.tiles_near(point, question.radius_m)
            entry = await self._fetch(question.product_id, version, rows.tolist())
            answer = answer_few(version, question, entry, rows, point, now)
            if answer is None:
                reach = in_reach(version, question, entry.records, rows, point)
                found = in_circle(version, entry.records, reach, observed_now)
                answer = whole_answer(version, question, found, entry.card, now)
        else:
            named = positions(version, question.store_ids)
            rows = version.tiles_of(named)
            entry = await self._fetch(question.product_id, version, rows.tolist())
            found = of_stores(version, question, entry.records, rows, named, observed_now)
            answer = whole_answer(version, question, found, entry.card, now)
        await self._add_extras(question.product_id, answer.hits)
        return answer

    async def _fetch(self, product_id: int, version: Map, rows: Sequence[int]) -> IndexEntry:
        entry = await self._index.fetch(product_id, version.tile[rows].tolist())
        if not len(entry.records):
            # Before "nobody" or "no such product": make sure that the index is whole.
            if not await self._index.is_complete():
                raise IndexUnavailable("the index is being filled", retry_after_s=5)
            if entry.card is None and (await self._index.fetch(product_id, version.tile.tolist())).is_empty:
                raise UnknownProduct(format_product_id(product_id))
        return entry

    async def _add_extras(self, product_id: int, hits: list[Hit]) -> None:
        wanting = [hit for hit in hits if hit.has_extra]
        if wanting:
            values = await self._index.fetch_extras(product_id, [hit.store.place for hit in wanting])
            for hit, value in zip(wanting, values, strict=True):
                hit.extra = msgspec.json.decode(value) if value else None


def positions(version: Map, store_ids: Sequence[int]) -> list[int]:
    """Where these stores stand in the map, each once. Raises UnknownStore."""
    positions = []
    for store_id in dict.fromkeys(store_ids):
        at = version.position.get(store_id)
        if at is None:
            raise UnknownStore(f"s{store_id}", parameter="store_id")
        positions.append(at)
    return positions


def whole_answer(version: Map, question: Question, found: Candidates, card: bytes | None, now: dt.datetime) -> Answer:
    """Filter, rank and cut what was found, and say it."""
    counts = np.bincount(found.status, minlength=len(av.STATUSES)).tolist()
    selection = select(version, question, found)
    return Answer(
        question=question,
        as_of=now,
        card=card,
        hits=selection.page,
        best=selection.best,
        excluded=selection.excluded,
        left_out=selection.left_out,
        summary={"checked": len(found)} | dict(zip(av.STATUS_WORDS, counts, strict=True)),
        say=say(version, question, found, selection.best),
        next=selection.next,
    )


def say(version: Map, question: Question, found: Candidates, best: Hit | None) -> str:
    """The one sentence that every channel shares."""
    if best is not None:
        return best.say(question.wording)
    radius_m = question.radius_m if question.store_ids is None else None
    counts = np.bincount(found.status, minlength=len(av.STATUSES)).tolist()
    return say_nobody(question.wording, counts, _unsure(version, found), radius_m)


def _unsure(version: Map, found: Candidates) -> Unsure | None:
    """The nearest of the stores that had it when they were last heard of, else of those that had not."""
    unsure = np.flatnonzero((found.status == av.UNKNOWN) & (found.observed > 0))
    if not len(unsure):
        return None
    had_it = found.claimed[unsure] <= av.LOW_STOCK
    first = int(np.lexsort((found.distance[unsure], ~had_it))[0])
    i = int(unsure[first])
    metres = float(found.distance[i])
    distance = None if np.isnan(metres) else metres
    return Unsure(version.stores[int(found.at[i])].name, int(found.age[i]), distance, bool(had_it[first]))
