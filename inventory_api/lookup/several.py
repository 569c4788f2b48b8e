"""Several products near one place, in one round trip and with one pass of arrays over all of them.

Fifty products cost less than five questions: what is shared (the place, the tiles, the distances, the
judgement of records) is done once for all.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from inventory_api.domain import availability as av
from inventory_api.domain import geo, stock
from inventory_api.domain.errors import IndexUnavailable
from inventory_api.domain.ports import IndexEntries, IndexReader
from inventory_api.lookup.answer import USABLE, Answer, Question
from inventory_api.lookup.availability import positions, say, whole_answer
from inventory_api.lookup.candidates import Candidates, Ints, Mask, in_circle, in_reach, in_tiles, of_stores
from inventory_api.lookup.directory import Directory, Map
from inventory_api.lookup.selection import rank_within

MAX_PRODUCTS = 50
_STATUSES = len(av.STATUSES)
_USABLE = np.array(sorted(USABLE))
_USABLE_WORDS = frozenset(av.STATUSES[status] for status in USABLE)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known of several products around a point.

    ``product`` is whose each candidate is, ascending; ``unnamed`` are the products that no feed ever named.
    """

    version: Map
    cards: list[bytes | None]
    unnamed: frozenset[int]
    product: Ints
    found: Candidates

    def of(self, position: int) -> Candidates:
        """The candidates of one product."""
        begin, end = np.searchsorted(self.product, [position, position + 1]).tolist()
        return self.found.keep(np.arange(begin, end))


class Several:
    """Answers questions about several products from one index and one directory."""

    def __init__(self, index: IndexReader, directory: Directory) -> None:
        self._index = index
        self._directory = directory

    async def ask(self, product_ids: Sequence[int], question: Question, now: dt.datetime) -> list[Answer | None]:
        """The same question about each product; None for one that no feed ever named.

        Args:
            product_ids: At most ``MAX_PRODUCTS``, all different.
            question: Its ``product_id`` and ``after`` do not matter; a page is the first ``limit`` stores.
            now: Aware UTC.

        Raises:
            UnknownStore: A store asked for does not exist.
            IndexUnavailable: Redis is away, or the index is being filled.
        """
        if question.store_ids is not None:
            answers, unnamed = await self._ask_stores(product_ids, question, now)
        else:
            sighting = await self.look(product_ids, question, now)
            answers, unnamed = _answers(sighting, question, now), sighting.unnamed
        await self._add_extras(product_ids, answers)
        return [None if position in unnamed else answer for position, answer in enumerate(answers)]

    async def look(self, product_ids: Sequence[int], question: Question, now: dt.datetime) -> Sighting:
        """Every record of these products within the question's radius, judged."""
        version = self._directory.map
        point = geo.point_to_space(latitude=question.latitude, longitude=question.longitude)
        rows = version.tiles_near(point, question.radius_m)
        entries, unnamed = await self._fetch(product_ids, version, rows)
        reach = in_reach(version, question, entries.all, rows, point)
        found = in_circle(version, entries.all, reach, stock.to_observed(now))
        return Sighting(version, entries.cards, unnamed, entries.product[reach.record], found)

    async def having_all(self, product_ids: Sequence[int], version: Map, at: Ints, now: dt.datetime) -> Mask:
        """Which of these stores (positions in the map) have every one of these products now, in one round trip.

        Raises:
            IndexUnavailable: Redis is away, or the index is being filled.
        """
        rows = version.tiles_of(at.tolist())
        entries = await self._index.fetch_many(product_ids, version.tile[rows].tolist())
        if len(np.unique(entries.product)) < len(product_ids) and not entries.is_complete:
            raise IndexUnavailable("the index is being filled", retry_after_s=5)
        found = in_tiles(version, entries.all, rows, stock.to_observed(now))
        # A store has one record of a product: as many usable ones as products are all of them.
        counts = np.bincount(found.at[np.isin(found.status, _USABLE)], minlength=len(version.stores))
        has: Mask = counts[at] == len(product_ids)
        return has

    async def _ask_stores(
        self, product_ids: Sequence[int], question: Question, now: dt.datetime
    ) -> tuple[list[Answer], frozenset[int]]:
        assert question.store_ids is not None
        version = self._directory.map
        named = positions(version, question.store_ids)
        rows = version.tiles_of(named)
        entries, unnamed = await self._fetch(product_ids, version, rows)
        answers = []
        for position, card in enumerate(entries.cards):
            entry = entries.entry(position)
            found = of_stores(version, question, entry, rows, named, stock.to_observed(now))
            answers.append(whole_answer(version, question, found, card, now))
        return answers, unnamed

    async def _fetch(self, product_ids: Sequence[int], version: Map, rows: Ints) -> tuple[IndexEntries, frozenset[int]]:
        """The entries in these tiles, and which products are nowhere at all."""
        entries = await self._index.fetch_many(product_ids, version.tile[rows].tolist())
        found = np.unique(entries.product)
        if len(found) < len(product_ids) and not entries.is_complete:
            # Before "nobody" or "no such product": make sure that the index is whole.
            raise IndexUnavailable("the index is being filled", retry_after_s=5)
        seen = set(found.tolist())
        silent = [i for i, card in enumerate(entries.cards) if card is None and i not in seen]
        if not silent:
            return entries, frozenset()
        everywhere = await self._index.fetch_many([product_ids[i] for i in silent], version.tile.tolist())
        return entries, frozenset(i for place, i in enumerate(silent) if everywhere.entry(place).is_empty)

    async def _add_extras(self, product_ids: Sequence[int], answers: Sequence[Answer]) -> None:
        wanting = [
            (product_id, [hit for hit in answer.hits if hit.has_extra])
            for product_id, answer in zip(product_ids, answers, strict=True)
        ]
        wanting = [(product_id, hits) for product_id, hits in wanting if hits]
        asked = [
            self._index.fetch_extras(product_id, [hit.store.place for hit in hits]) for product_id, hits in wanting
        ]
        for (_, hits), values in zip(wanting, await asyncio.gather(*asked), strict=True):
            for hit, value in zip(hits, values, strict=True):
                hit.extra = msgspec.json.decode(value) if value else None


def _answers(sighting: Sighting, question: Question, now: dt.datetime) -> list[Answer]:
    version, count = sighting.version, len(sighting.cards)
    if not _is_usual(question):
        return [whole_answer(version, question, sighting.of(i), sighting.cards[i], now) for i in range(count)]
    found, product = sighting.found, sighting.product
    counts = np.bincount(product * _STATUSES + found.status, minlength=count * _STATUSES)
    pages = rank_within(version, question, found, product, count)
    nobody = found.keep(np.empty(0, np.int64))
    answers = []
    for position, tally in enumerate(counts.reshape(-1, _STATUSES).tolist()):
        page = pages[position]
        # Usable stores come first.
        best = page[0] if page and page[0].availability in _USABLE_WORDS else None
        # Only an answer without a store to go to looks at the candidates once more.
        own = nobody if best is not None or not any(tally) else sighting.of(position)
        answers.append(
            Answer(
                question=question,
                as_of=now,
                card=sighting.cards[position],
                hits=page,
                best=best,
                excluded={},
                left_out=[],
                summary={"checked": sum(tally)} | dict(zip(av.STATUS_WORDS, tally, strict=True)),
                say=say(version, question, own, best),
                next=None,
            )
        )
    return answers


def _is_usual(question: Question) -> bool:
    """Whether one pass ranks all products: nothing is counted as excluded, and the best is on the first page."""
    return (
        question.sort == "best"
        and question.statuses is not None
        and question.min_quantity == 1
        and question.max_age_s is None
        and question.min_confidence == 0
        and question.open_at is None
        and question.max_per_retailer is None
        and not question.explain
    )
