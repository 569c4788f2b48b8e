"""From what was asked to what is known: place, product, answer; or at which of them the way ended."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from inventory_api.channels.ports import AppPorts
from inventory_api.channels.web.asked import Asked, usual_radius_m
from inventory_api.domain.errors import AmbiguousPlace, InvalidGtin, PlaceNotFound, UnknownProduct, UnknownStore
from inventory_api.domain.identifiers import parse_product_id
from inventory_api.domain.place import Place
from inventory_api.domain.product import Product
from inventory_api.domain.store import Store, parse_store_id
from inventory_api.locales.wording import Wording, wording_of
from inventory_api.lookup.answer import Answer, Question
from inventory_api.lookup.availability import Availability
from inventory_api.lookup.products import is_stocked
from inventory_api.lookup.search import Search, Wanted

MAX_OTHERS = 6
"""Other products that the words may mean."""

MAX_STORES = 50

_HERE_M = 10
"""What is at a store: its place is known to less."""


class State(StrEnum):
    """How far a question came."""

    EMPTY = "empty"
    NO_PLACE = "no_place"
    UNKNOWN_PLACE = "unknown_place"
    WHICH_PLACE = "which_place"
    UNKNOWN_PRODUCT = "unknown_product"
    ANSWERED = "answered"


@dataclass(slots=True)
class Finding:
    """What was found. ``others`` are products that may have been meant, ``places`` likewise."""

    asked: Asked
    state: State
    wording: Wording
    place: Place | None = None
    places: list[Place] = field(default_factory=list)
    product: Product | None = None
    others: list[Product] = field(default_factory=list)
    understood: str | None = None
    store: Store | None = None
    answer: Answer | None = None


class Finder:
    """Answers questions of the page; the same lookup as every channel's."""

    def __init__(self, ports: AppPorts) -> None:
        self._ports = ports
        self._lookup = Availability(ports.index, ports.directory)
        self._search = Search(ports.search, ports.products, ports.index, ports.directory)

    async def find(self, asked: Asked, now: dt.datetime) -> Finding:
        """Which stores near a place have a product.

        Raises:
            IndexUnavailable: Redis is away, or the index is being filled.
        """
        finding = Finding(asked, State.EMPTY, wording_of(asked.language))
        await self._find_place(finding)
        question = self._question(finding)
        await self._find_product(finding, question, now)
        if finding.product is None:
            finding.state = State.UNKNOWN_PRODUCT if asked.q or asked.gtin else State.EMPTY
        elif question is not None:
            question.product_id = finding.product.id
            await self._answer(finding, question, now)
        return finding

    async def find_at(self, asked: Asked, now: dt.datetime) -> Finding:
        """What one store has of a product.

        Raises:
            UnknownStore: No store has this id.
            IndexUnavailable: Redis is away, or the index is being filled.
        """
        number = parse_store_id(asked.store)
        version = self._ports.directory.map
        if number is None or number not in version.position:
            raise UnknownStore(asked.store)
        store = version.stores[version.position[number]]
        wording = wording_of(asked.language, store.country)
        finding = Finding(asked, State.EMPTY, wording, store=store)
        question = Question(product_id=0, store_ids=(number,), statuses=None, wording=wording)
        await self._find_product(finding, _at(store), now)
        if finding.product is not None:
            question.product_id = finding.product.id
            await self._answer(finding, question, now)
        elif asked.q or asked.gtin:
            finding.state = State.UNKNOWN_PRODUCT
        return finding

    async def _find_place(self, finding: Finding) -> None:
        if not finding.asked.near:
            finding.state = State.NO_PLACE
            return
        try:
            place = await self._ports.places.locate(finding.asked.near)
        except PlaceNotFound:
            finding.state = State.UNKNOWN_PLACE
        except AmbiguousPlace as error:
            finding.state, finding.places = State.WHICH_PLACE, list(error.candidates)
        else:
            place = finding.place = self._ports.places.called(place)
            finding.wording = wording_of(finding.asked.language, place.country or None)

    def _question(self, finding: Finding) -> Question | None:
        if finding.place is None:
            return None
        return Question(
            product_id=0,
            latitude=finding.place.latitude,
            longitude=finding.place.longitude,
            radius_m=finding.asked.radius_m or usual_radius_m(in_miles=finding.wording.in_miles),
            statuses=None,
            limit=MAX_STORES,
            wording=finding.wording,
        )

    async def _find_product(self, finding: Finding, near: Question | None, now: dt.datetime) -> None:
        asked = finding.asked
        if asked.gtin:
            try:
                ids = [parse_product_id(asked.gtin)]
            except (InvalidGtin, UnknownProduct):
                return
        elif asked.q:
            listing = await self._search.find(Wanted(asked.q, near=near), now)
            ids = [candidate.product_id for candidate in listing.candidates[: MAX_OTHERS + 1]]
            finding.understood = listing.understood
        else:
            return
        known = await asyncio.to_thread(self._ports.products.get_many, ids)
        if asked.gtin and not known and not await is_stocked(self._ports.index, self._ports.directory, ids[0]):
            return
        products = [known.get(product_id) or Product(product_id) for product_id in ids]
        if products:
            finding.product, finding.others = products[0], products[1:]

    async def _answer(self, finding: Finding, question: Question, now: dt.datetime) -> None:
        finding.answer = await self._lookup.ask(question, now)
        finding.state = State.ANSWERED


def _at(store: Store) -> Question | None:
    """A question about what this store has; none where nobody knows where it is."""
    if store.latitude is None or store.longitude is None:
        return None
    return Question(product_id=0, latitude=store.latitude, longitude=store.longitude, radius_m=_HERE_M)
