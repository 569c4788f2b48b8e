"""Which product is meant: sure enough to answer, or to be asked, or nobody knows."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass

from rapidfuzz import fuzz

from inventory_api.channels.sms.talk.wanted import readings
from inventory_api.domain.identifiers import format_product_id
from inventory_api.domain.ports import Match, Products
from inventory_api.domain.product import Product
from inventory_api.domain.text import fold, script_of, skeletons
from inventory_api.lookup.answer import Question
from inventory_api.lookup.search import Candidate, Listing, Search, Wanted

SURE, LIKELY = 90.0, 75.0
"""Of 100, how alike what was written and what was found must be: to be answered, and to be asked about."""

LONG_SKELETON = 4
"""Consonants of a word that may be known by its sound alone: pepsi is "ps", as many other things are."""

MENU = 3
_LEVELS = {Match.CODE: 0, Match.WORDS: 1, Match.MEANING: 1, Match.PREFIX: 2, Match.SPELLING: 3, Match.SOUND: 4,
           Match.SOME_WORDS: 5}  # fmt: skip
_GUESSED = 3


@dataclass(frozen=True, slots=True)
class Choosing:
    """The products that may be meant, the likeliest first; ``understood``: how a misspelt one was read."""

    products: list[Product]
    is_sure: bool = False
    understood: str | None = None


class Chooser:
    """Finds what a shopper means."""

    def __init__(self, search: Search, products: Products) -> None:
        self._search = search
        self._products = products

    async def by_words(self, words: str, near: Question | None, now: dt.datetime, *, at_hand_m: float = 0) -> Choosing:
        """The products that words may mean.

        Args:
            words: As written, folded.
            near: Where; what stores there have is meant rather than what none has. None: anywhere.
            now: When.
            at_hand_m: What is this near is meant rather than what is farther.

        Raises:
            IndexUnavailable: Product search was never built, or Redis is away.
        """
        listing = await self._search.find(Wanted(words, near=near), now)
        chosen = await self._choose(words, listing, at_hand_m)
        at_least = chosen if listing.candidates and listing.candidates[0].match is Match.SOME_WORDS else Choosing([])
        for reading in map(" ".join, readings(words.split())):
            if reading in ("", words) or (chosen.products and not _is_guessed(listing)):
                continue
            # A guess from words that stand around the thing, too, is none.
            listing = await self._search.find(Wanted(reading, near=near), now)
            chosen = await self._choose(reading, listing, at_hand_m)
        return chosen if chosen.products else at_least

    async def by_code(self, gtin: int, now: dt.datetime) -> Choosing:
        """The product of a barcode, if anybody ever named it. Raises IndexUnavailable."""
        listing = await self._search.find(Wanted(format_product_id(gtin), is_code=True), now)
        return Choosing(await self._named(listing.candidates[:1]), is_sure=True)

    async def product(self, product_id: int) -> Product:
        """A product; without a title where nobody named it."""
        [product] = await self._named([Candidate(product_id, Match.CODE)])
        return product

    async def _choose(self, words: str, listing: Listing, at_hand_m: float) -> Choosing:
        if not listing.candidates:
            return Choosing([])
        surest = min(_LEVELS[candidate.match] for candidate in listing.candidates)
        pool = [candidate for candidate in listing.candidates if _LEVELS[candidate.match] == surest]
        alike, understood = _alike(words, listing.understood) if surest >= _GUESSED else (100.0, None)
        if alike < LIKELY:
            return Choosing([])
        called_so = [product for product in await self._named(pool) if fold(product.title or "") == fold(words)]
        if len(called_so) == 1:
            return Choosing(called_so, is_sure=True)
        # Whoever asks less exactly means one that can be had, where there is one.
        near = [candidate for candidate in pool if candidate.distance_m is not None]
        pool = [candidate for candidate in near if (candidate.distance_m or 0) <= at_hand_m] or near or pool
        named = await self._named(pool)
        is_sure = len(named) == 1 and alike >= SURE and surest < _LEVELS[Match.SOME_WORDS]
        return Choosing(named[:1] if is_sure else named[:MENU], is_sure, understood)

    async def _named(self, candidates: list[Candidate]) -> list[Product]:
        ids = [candidate.product_id for candidate in candidates]
        known = await asyncio.to_thread(self._products.get_many, ids)
        return [known.get(number) or Product(number) for number in ids]


def _is_guessed(listing: Listing) -> bool:
    return all(_LEVELS[candidate.match] >= _GUESSED for candidate in listing.candidates)


def _alike(words: str, understood: str | None) -> tuple[float, str | None]:
    """How alike a text and its reading are, and the reading where it is worth showing: not another script's."""
    if understood is None:
        return LIKELY, None
    sound = skeletons(fold(words))
    is_heard = sound == skeletons(fold(understood)) and len(sound.replace(" ", "")) >= LONG_SKELETON
    heard = SURE if is_heard else 0.0
    if script_of(words) != script_of(understood):
        return max(heard, LIKELY), None
    written = fuzz.ratio(fold(words), fold(understood))
    # Spelt and heard otherwise, yet found: a word misspelt in one language and understood in another, dodh as milk.
    is_translated = written < LIKELY and sound != skeletons(fold(understood)) and " " not in words
    return max(heard, LIKELY if is_translated else written), understood if written < 100 else None
