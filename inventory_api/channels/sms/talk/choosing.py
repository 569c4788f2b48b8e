"""Which product is meant: sure enough to answer, or to be asked, or nobody knows."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from inventory_api.channels.sms.talk.surroundings import FILLERS
from inventory_api.channels.sms.talk.wanted import without_fillers, without_measures
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

MAX_WORDS, SHORTEST_NAME = 4, 3
"""Words that are looked for one by one at most, and letters of one at least."""

MENU = 3
_LEVELS = {Match.CODE: 0, Match.WORDS: 1, Match.MEANING: 1, Match.PREFIX: 2, Match.SPELLING: 3, Match.SOUND: 4,
           Match.SOME_WORDS: 5}  # fmt: skip
_GUESSED = 3
_FOR = "for"


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
        measureless = " ".join(without_fillers(without_measures(words.split())))
        if measureless not in ("", words) and (not chosen.products or _is_guessed(listing)):
            listing = await self._search.find(Wanted(measureless, near=near), now)
            without = await self._choose(measureless, listing, at_hand_m)
            chosen = without if without.products else chosen
        return chosen if chosen.products else await self._by_each(measureless.split()[-MAX_WORDS:], near, now)

    async def _by_each(self, words: Sequence[str], near: Question | None, now: dt.datetime) -> Choosing:
        """Where no product has all words: those that most of the words mean, and if equal the last: it names the thing.

        A word that is known counts twice as much as one that is guessed.

        Whoever writes in another script than the titles finds nothing else of "mobile charger" and "fever medicine".
        """
        votes: Counter[int] = Counter()
        for word in reversed(_thing_last(words)):
            if len(words) < 2 or len(word) < SHORTEST_NAME or word in FILLERS:
                continue
            listing = await self._search.find(Wanted(word, near=near), now)
            is_guessed = _is_guessed(listing)
            if len(skeletons(fold(word))) >= LONG_SKELETON or len(listing.candidates) == 1 or not is_guessed:
                chosen = await self._choose(word, listing, 0)
                votes.update({product.id: 1 if is_guessed else 2 for product in chosen.products})
        return Choosing(
            await self._named([Candidate(number, Match.SOME_WORDS) for number, _ in votes.most_common(MENU)])
        )

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
        if surest == _LEVELS[Match.SOME_WORDS]:
            pool = await self._with_the_thing(words, pool)
        if not pool:
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

    async def _with_the_thing(self, words: str, pool: list[Candidate]) -> list[Candidate]:
        """Of products that have some of the words only: those that have the longest or the last, which name the thing.

        "2 in 1 shampoo" is no kettle, though a kettle is "1 l". Titles in another script cannot be told by it.
        """
        told = [word for word in without_measures(_thing_last(fold(words).split())) if not word.isdigit()]
        things = {max(told, key=len), told[-1]} if told else set()
        titles = [product.title or "" for product in await self._named(pool)]
        return [
            candidate
            for candidate, title in zip(pool, titles, strict=True)
            if any(
                script_of(title) != script_of(thing) or fuzz.ratio(thing, word) >= LIKELY
                for thing in things
                for word in fold(title).split()
            )
        ]

    async def _named(self, candidates: list[Candidate]) -> list[Product]:
        ids = [candidate.product_id for candidate in candidates]
        known = await asyncio.to_thread(self._products.get_many, ids)
        return [known.get(number) or Product(number) for number in ids]


def _thing_last(words: Sequence[str]) -> Sequence[str]:
    """The words with what a thing is for before it: "for school pencils"."""
    if _FOR not in words:
        return words
    at = words.index(_FOR)
    return [*words[at:], *words[:at]]


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
