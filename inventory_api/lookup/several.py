"""Several products near one place, in one round trip and with one pass of arrays over all of them.

Fifty products cost less than five questions: what is shared (the place, the tiles, the distances, the
judgement of records) is done once for all.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

import msgspec
import numpy as np

from inventory_api.domain import geo, stock
from inventory_api.domain.arrays import Ints, Mask
from inventory_api.domain.errors import IndexUnavailable
from inventory_api.domain.ports import IndexEntries, IndexReader
from inventory_api.lookup.answer import USABLE, Answer, Question
from inventory_api.lookup.availability import positions, whole_answer
from inventory_api.lookup.candidates import in_circle, in_reach, in_tiles, of_stores
from inventory_api.lookup.directory import Directory, Map
from inventory_api.lookup.pages import Pages, Sighting, is_usual, pages_of

MAX_PRODUCTS = 50
_USABLE = np.array(sorted(USABLE))


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
        pages = await self.ask_usual(product_ids, question, now)
        if pages is not None:
            return pages.answers()
        if question.store_ids is not None:
            answers, unnamed = await self._ask_stores(product_ids, question, now)
        else:
            seen = await self.look(product_ids, question, now)
            unnamed = seen.unnamed
            answers = [
                whole_answer(seen.version, question, seen.of(position), card, now)
                for position, card in enumerate(seen.cards)
            ]
        hits = [answer.hits for answer in answers]
        places = [[hit.store.place for hit in some if hit.has_extra] for some in hits]
        for some, extras in zip(hits, await self._extras(product_ids, places), strict=True):
            for hit, extra in zip((hit for hit in some if hit.has_extra), extras, strict=True):
                hit.extra = extra
        return [None if position in unnamed else answer for position, answer in enumerate(answers)]

    async def ask_usual(self, product_ids: Sequence[int], question: Question, now: dt.datetime) -> Pages | None:
        """What ``ask`` answers, as columns; None where the question is not the usual one. Raises as ``ask``."""
        if not is_usual(question):
            return None
        pages = pages_of(await self.look(product_ids, question, now), question, now)
        shown = pages.shown
        if any(shown.has_extra):
            rows = [[at for at in range(*span) if shown.has_extra[at]] for span in pages.spans]
            places = [[shown.store[at].place for at in some] for some in rows]
            for some, extras in zip(rows, await self._extras(product_ids, places), strict=True):
                shown.extra.update(zip(some, extras, strict=True))
        return pages

    async def look(self, product_ids: Sequence[int], question: Question, now: dt.datetime) -> Sighting:
        """Every record of these products within the question's radius, judged."""
        version = self._directory.map
        point = geo.point_to_space(latitude=question.latitude, longitude=question.longitude)
        rows = version.tiles_near(point, question.radius_m)
        entries, unnamed = await self._fetch(product_ids, version, rows)
        reach = in_reach(version, question, entries.records, rows, point)
        found = in_circle(version, entries.records, reach, stock.to_observed(now))
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
        found = in_tiles(version, entries.records, rows, stock.to_observed(now))
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
            found = of_stores(version, question, entry.records, rows, named, stock.to_observed(now))
            answers.append(whole_answer(version, question, found, card, now))
        return answers, unnamed

    async def _fetch(self, product_ids: Sequence[int], version: Map, rows: Ints) -> tuple[IndexEntries, frozenset[int]]:
        """The entries in these tiles, and which products are nowhere at all."""
        entries = await self._index.fetch_many(product_ids, version.tile[rows].tolist())
        records = np.bincount(entries.product, minlength=len(product_ids))
        if not entries.is_complete and not records.all():
            # Before "nobody" or "no such product": make sure that the index is whole.
            raise IndexUnavailable("the index is being filled", retry_after_s=5)
        silent = [i for i, card in enumerate(entries.cards) if card is None and not records[i]]
        if not silent:
            return entries, frozenset()
        everywhere = await self._index.fetch_many([product_ids[i] for i in silent], version.tile.tolist())
        return entries, frozenset(i for place, i in enumerate(silent) if everywhere.entry(place).is_empty)

    async def _extras(
        self, product_ids: Sequence[int], places: Sequence[Sequence[int]]
    ) -> list[list[dict[str, object] | None]]:
        """The rare attributes of each product's records at these places, where it has any."""
        asked = [self._index.fetch_extras(one, some) for one, some in zip(product_ids, places, strict=True) if some]
        found = iter(await asyncio.gather(*asked))
        return [
            [msgspec.json.decode(told) if told else None for told in next(found)] if some else [] for some in places
        ]
