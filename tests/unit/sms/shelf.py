"""Stores, products and a clock for conversations: a real product search and lookup over an index in memory."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import orjson

from inventory_api.channels.sms.message import Inbound
from inventory_api.channels.sms.session import Session
from inventory_api.channels.sms.talk.choosing import Chooser
from inventory_api.channels.sms.talk.dialogue import Dialogue
from inventory_api.channels.sms.talk.grammar import Grammar
from inventory_api.channels.sms.talk.located import Locator
from inventory_api.channels.sms.talk.turn import Counter, Radii
from inventory_api.channels.sms.talk.voice import Sender
from inventory_api.channels.sms.talk.whereabouts import PlaceReader
from inventory_api.domain import stock
from inventory_api.domain.errors import IndexUnavailable, Unavailable
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.ports import IndexEntries, IndexEntry, RecordColumns, Statements, WatchDesk, WatchWish
from inventory_api.domain.product import Product
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.stock import NO_PRICE, NO_QUANTITY, Basis, Claim
from inventory_api.domain.store import TILE_SLOTS, Store
from inventory_api.domain.watch import Means, Watch
from inventory_api.lookup.availability import Availability
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.places import Places
from inventory_api.lookup.search import Search
from inventory_api.storage.search.reader import TantivySearch
from inventory_api.storage.search.writer import SearchWriter
from tests.fakes import FakeGazetteer, FakeProducts, FakeRemotePlaces

BRAND = Sender("ShelfCheck", "help@example.org")
M_PER_DEGREE = 111_000.0


@dataclass
class Record:
    """What a store says."""

    claim: Claim
    observed: int
    quantity: int = NO_QUANTITY
    price: int = NO_PRICE


@dataclass
class ShelfIndex:
    """A serving index in memory: records by product and place. ``is_away``: Redis does not answer."""

    cards: dict[int, bytes] = field(default_factory=dict)
    records: dict[int, dict[int, Record]] = field(default_factory=dict)
    is_away: bool = False

    async def fetch(self, product_id: int, tiles: Sequence[int]) -> IndexEntry:
        await self.is_complete()
        found = [
            (list(tiles).index(place // TILE_SLOTS), place % TILE_SLOTS, record)
            for place, record in sorted(self.records.get(product_id, {}).items())
            if place // TILE_SLOTS in tiles
        ]
        rows = [record for _, _, record in found]

        def read(which: np.ndarray) -> Statements:
            picked = [rows[i] for i in which.tolist()]
            state = [stock.pack_state(r.claim, Basis.FEED, dated=True) for r in picked]
            return Statements(
                np.array(state, np.int64),
                np.array([r.quantity for r in picked], np.int64),
                np.array([r.price for r in picked], np.int64),
                np.array([r.observed for r in picked], np.int64),
            )

        return IndexEntry(
            self.cards.get(product_id),
            RecordColumns(
                np.array([tile for tile, _, _ in found], np.int64),
                np.array([slot for _, slot, _ in found], np.int64),
                read,
            ),
        )

    async def fetch_many(self, product_ids: Sequence[int], tiles: Sequence[int]) -> IndexEntries:
        entries = [await self.fetch(product_id, tiles) for product_id in product_ids]
        counts = [len(entry.records) for entry in entries]
        ends = np.cumsum(counts)

        def read(which: np.ndarray) -> Statements:
            parts = []
            for i in which.tolist():
                at = int(np.searchsorted(ends, i, side="right"))
                parts.append(entries[at].records.read(np.array([i - (ends[at] - counts[at])])))
            columns = ("state", "quantity", "price", "observed")
            nothing = np.empty(0, np.int64)
            return Statements(
                *[np.concatenate([getattr(part, name) for part in parts]) if parts else nothing for name in columns]
            )

        whole = RecordColumns(
            np.concatenate([e.records.asked for e in entries]) if entries else np.empty(0, np.int64),
            np.concatenate([e.records.slot for e in entries]) if entries else np.empty(0, np.int64),
            read,
        )
        return IndexEntries([e.card for e in entries], np.arange(len(entries)).repeat(counts), whole, True)

    async def fetch_extras(self, product_id: int, places: Sequence[int]) -> list[bytes | None]:
        return [None] * len(places)

    async def is_complete(self) -> bool:
        if self.is_away:
            raise IndexUnavailable("the index does not answer")
        return True


@dataclass
class FakeWatches:
    """Remembers who wants what. ``is_away``: SQL does not answer."""

    wishes: list[WatchWish] = field(default_factory=list)
    out: set[str] = field(default_factory=set)
    fails_with: Exception | None = None
    is_away: bool = False

    def clear(self) -> None:
        self.wishes, self.out, self.fails_with, self.is_away = [], set(), None, False

    def _reach(self) -> None:
        if self.is_away:
            raise Unavailable("SQL is away")

    async def create(self, wish: WatchWish) -> tuple[Watch, str | None]:
        if self.fails_with is not None:
            raise self.fails_with
        self.wishes.append(wish)
        now = dt.datetime.now(dt.UTC)
        return Watch("w", wish.product_id, Means.SMS, b"", wish.radius_m, now, now, None), None

    def undo(self, phone: str) -> Watch | None:
        self._reach()
        mine = [wish for wish in self.wishes if wish.phone == phone]
        if not mine:
            return None
        self.wishes.remove(mine[-1])
        now = dt.datetime.now(dt.UTC)
        return Watch("w", mine[-1].product_id, Means.SMS, b"", mine[-1].radius_m, now, now, None)

    def opt_out(self, phone: str) -> bool:
        is_new = phone not in self.out
        self.out.add(phone)
        self.forget(phone)
        return is_new

    def opt_in(self, phone: str) -> None:
        self._reach()
        self.out.discard(phone)

    def is_opted_out(self, phone: str) -> bool:
        self._reach()
        return phone in self.out

    def forget(self, phone: str) -> None:
        self._reach()
        self.wishes = [wish for wish in self.wishes if wish.phone != phone]


@dataclass
class Shelf:
    """A small world: put stores and products in, then talk.

    Args:
        folder: For product search.
        places: By folded name.
        now: What the clock says; move it.
        remote: A geocoder, where there is one.
    """

    folder: Path
    places: dict[str, list[Place]]
    now: dt.datetime
    radii: Radii = field(default_factory=Radii)
    remote: FakeRemotePlaces | None = None

    def __post_init__(self) -> None:
        self.index = ShelfIndex()
        self.watches = FakeWatches()
        self.stores: list[Store] = []
        self.products: list[Product] = []

    def store(self, name: str, near: str, metres: float, which: int = 0, **fields: object) -> Store:
        """Put a store so many metres north of a place."""
        place, number = self.places[near][which], len(self.stores) + 1
        made = Store(
            number, "acme", str(number), number, name, latitude=place.latitude + metres / M_PER_DEGREE,
            longitude=place.longitude, country=place.country, place=number,
        )  # fmt: skip
        self.stores.append(replace(made, **fields))  # type: ignore[arg-type]
        return self.stores[-1]

    def product(self, title: str, aliases: str | None = None) -> Product:
        """Put a product in the catalog."""
        self.products.append(Product(10**14 + len(self.products), title, aliases=aliases))
        self.index.cards[self.products[-1].id] = orjson.dumps({"title": title})
        return self.products[-1]

    def say(
        self, store: Store, product: Product, claim: Claim, seen: dt.datetime, *, price: int = NO_PRICE,
        quantity: int = NO_QUANTITY,
    ) -> None:  # fmt: skip
        """Let a store say what it has."""
        record = Record(claim, stock.to_observed(seen), quantity, price)
        self.index.records.setdefault(product.id, {})[store.place] = record

    def open(self, watches: WatchDesk | None = None) -> Talk:
        """Everything is in: begin to talk, with another desk than ours if need be."""
        writer = SearchWriter(self.folder)
        with writer.turn():
            writer.replace(self.products, 1)
        directory = Directory(self.stores, [Retailer("acme", "Acme", currency="USD")])
        places = Places(FakeGazetteer(**self.places), directory, self.remote)
        products = FakeProducts(*self.products)
        search = Search(TantivySearch(self.folder), products, self.index, directory)
        counter = Counter(
            Chooser(search, products), Availability(self.index, directory), Locator(places),
            watches or self.watches,
            BRAND, self.radii,
        )  # fmt: skip
        return Talk(self, Dialogue(Grammar(PlaceReader(places)), counter, lambda: self.now), directory)


@dataclass
class Talk:
    """Texts to and fro, a session a phone."""

    shelf: Shelf
    dialogue: Dialogue
    directory: Directory
    sessions: dict[str, Session] = field(default_factory=dict)

    def afresh(self, now: dt.datetime) -> Talk:
        """The same shops, with nothing remembered."""
        self.sessions.clear()
        self.shelf.now = now
        self.shelf.index.is_away = False
        self.shelf.watches.clear()
        return self

    def text(self, text: str, phone: str = "+14155550100", **fields: object) -> str | None:
        """What is said to a text."""
        inbound = Inbound("test", None, phone, "+14155550199", text, self.shelf.now, **fields)  # type: ignore[arg-type]
        reply = asyncio.run(self.dialogue.answer(inbound, self.sessions.setdefault(phone, Session())))
        return None if reply is None else reply.text


def postcode(code: str, country: str, latitude: float, longitude: float) -> list[Place]:
    """A postal code alone."""
    return [Place(code, PlaceKind.POSTAL_CODE, country, latitude, longitude)]


def american_towns() -> dict[str, list[Place]]:
    """Two postal codes, and two towns of one name."""
    return {
        "94103": postcode("94103", "US", 37.7725, -122.4147),
        "60601": postcode("60601", "US", 41.8858, -87.6181),
        "springfield": [
            Place("Springfield", PlaceKind.CITY, "US", 39.8017, -89.6437, "IL", population=2),
            Place("Springfield", PlaceKind.CITY, "US", 37.2153, -93.2982, "MO", population=1),
        ],
    }
