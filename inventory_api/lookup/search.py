"""Which product is meant: a code, or words; what is carried near the asker comes first.

Text says which products fit, the index which of them a shop near here has: the best hundred of the one are
asked of the other, in two round trips.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from dataclasses import dataclass

import numpy as np

from inventory_api.domain.errors import InvalidGtin
from inventory_api.domain.identifiers import parse_gtin
from inventory_api.domain.ports import IndexReader, Match, Matches, Products, ProductSearch
from inventory_api.domain.text import fold
from inventory_api.lookup.answer import USABLE, Question
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.products import is_stocked
from inventory_api.lookup.several import MAX_PRODUCTS, Several

POOL = 100
"""The best products of a text: what is listed at most, and what is looked for near the asker."""

_USABLE = np.array(sorted(USABLE))
_CODE = re.compile(r"[0-9][0-9\s-]*")
_NO_DIGIT = re.compile(r"[^0-9]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched.

    ``retailer_id``: the text may be one of its article numbers. ``near``: where (product does not matter);
    ``only_carried`` then keeps what is there. ``is_typing``: the last word may go on; ``is_code``: no words at all.
    """

    text: str
    retailer_id: str | None = None
    near: Question | None = None
    only_carried: bool = False
    is_typing: bool = False
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product that fits. ``distance_m``: of the nearest store that has it, None where none has or none was asked."""

    product_id: int
    match: Match
    distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Candidates in the order to show them; ``understood`` as in ``Matches``."""

    candidates: list[Candidate]
    understood: str | None


class Search:
    """Finds products by what people write."""

    def __init__(self, engine: ProductSearch, products: Products, index: IndexReader, directory: Directory) -> None:
        self._engine = engine
        self._products = products
        self._index = index
        self._directory = directory
        self._several = Several(index, directory)

    async def find(self, wanted: Wanted, now: dt.datetime) -> Listing:
        """At most ``POOL`` products, those carried near the asker first.

        Raises:
            IndexUnavailable: Product search was never built; or Redis is away, where a place was given.
        """
        coded = [] if wanted.is_typing else await self._by_code(wanted)
        matches = await self._by_text(wanted, bool(coded))
        how = dict.fromkeys(coded, Match.CODE)
        for product_id, match in zip(matches.product_ids, matches.how, strict=True):
            how.setdefault(product_id, match)
        near = {} if wanted.near is None else await self._nearest(list(how), wanted.near, now)
        found = [Candidate(product_id, match, near.get(product_id)) for product_id, match in how.items()]
        if wanted.near is not None:
            # Stable: among those carried here, and among the others, text decides.
            found.sort(key=lambda candidate: (candidate.match is not Match.CODE, candidate.distance_m is None))
        if wanted.only_carried:
            found = [candidate for candidate in found if candidate.distance_m is not None]
        return Listing(found[:POOL], matches.understood)

    async def _by_code(self, wanted: Wanted) -> list[int]:
        """The product that a barcode or an article number names; at most one of each."""
        found = []
        if wanted.retailer_id is not None:
            named = await asyncio.to_thread(self._products.find_sku, wanted.retailer_id, wanted.text.strip())
            found += [] if named is None else [named]
        gtin = _gtin(wanted.text)
        if gtin is not None and gtin not in found:
            is_known = await asyncio.to_thread(self._products.get_many, [gtin])
            if is_known or await is_stocked(self._index, self._directory, gtin):
                found.append(gtin)
        return found

    async def _by_text(self, wanted: Wanted, is_coded: bool) -> Matches:
        if is_coded or wanted.is_code:
            # Whoever writes a code means that one product; its digits as words would only add noise.
            return Matches([], [])
        ask = self._engine.suggest if wanted.is_typing else self._engine.find
        return await asyncio.to_thread(ask, wanted.text, POOL)

    async def _nearest(self, product_ids: list[int], near: Question, now: dt.datetime) -> dict[int, float]:
        """Metres to the nearest store that has each; products that no store here has are left out."""
        parts = [product_ids[at : at + MAX_PRODUCTS] for at in range(0, len(product_ids), MAX_PRODUCTS)]
        sightings = await asyncio.gather(*[self._several.look(part, near, now) for part in parts])
        nearest: dict[int, float] = {}
        for part, seen in zip(parts, sightings, strict=True):
            has = np.isin(seen.found.status, _USABLE)
            for position, distance_m in zip(seen.product[has].tolist(), seen.found.distance[has].tolist(), strict=True):
                product_id = part[position]
                nearest[product_id] = min(distance_m, nearest.get(product_id, distance_m))
        return nearest


def _gtin(text: str) -> int | None:
    """A GTIN in any spelling: blanks, hyphens, digits of any script."""
    folded = fold(text)
    if not _CODE.fullmatch(folded):
        return None
    try:
        return parse_gtin(_NO_DIGIT.sub("", folded))
    except InvalidGtin:
        return None
