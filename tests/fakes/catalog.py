"""What stores have, and what products and places are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from inventory_api.domain.errors import (
    IndexUnavailable,
    UnknownProduct,
)
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.ports import (
    IndexEntries,
    IndexEntry,
    Match,
    Matches,
    RecordColumns,
    Statements,
)
from inventory_api.domain.product import Product
from inventory_api.domain.text import run_together


class FakeIndex:
    """An index that holds one record of each product ``stocked``; ``complete`` None: Redis is away."""

    def __init__(self, *, complete: bool | None = True, stocked: frozenset[int] = frozenset()) -> None:
        self.complete = complete
        self.stocked = stocked

    async def fetch(self, product_id: int, tiles: Sequence[int]) -> IndexEntry:
        await self.is_complete()
        record = np.zeros(1 if tiles and product_id in self.stocked else 0, np.int64)
        return IndexEntry(None, RecordColumns(record, record, lambda which: Statements(*[record[which]] * 4)))

    async def fetch_many(self, product_ids: Sequence[int], tiles: Sequence[int]) -> IndexEntries:
        entries = [await self.fetch(product_id, tiles) for product_id in product_ids]
        counts = [len(entry.records) for entry in entries]
        record = np.zeros(sum(counts), np.int64)
        whole = RecordColumns(record, record, lambda which: Statements(*[record[which]] * 4))
        return IndexEntries(
            [entry.card for entry in entries], np.arange(len(entries)).repeat(counts), whole, bool(self.complete)
        )

    async def fetch_extras(self, product_id: int, places: Sequence[int]) -> list[bytes | None]:
        return [None] * len(places)

    async def is_complete(self) -> bool:
        if self.complete is None:
            raise IndexUnavailable("the index does not answer", retry_after_s=7)
        return self.complete


class FakeGazetteer:
    """A few places; names are folded, postal codes too."""

    def __init__(self, **places: list[Place]) -> None:
        self._places = {run_together(name): named for name, named in places.items()}

    def postal_codes(self, code: str) -> list[Place]:
        return self._of(code, is_code=True)

    def postal_prefix(self, prefix: str, length: int) -> list[Place]:
        return []

    def named(self, folded: str) -> list[Place]:
        return self._of(folded, is_code=False)

    def sounding(self, sound: str) -> list[Place]:
        return []

    def starting(self, folded: str, limit: int) -> list[Place]:
        begin = run_together(folded)
        return [place for name, places in self._places.items() if name.startswith(begin) for place in places][:limit]

    def regions(self, folded: str) -> frozenset[tuple[str, str]]:
        return frozenset()

    def bounds(self, country: str) -> tuple[float, float, float, float] | None:
        return None

    def _of(self, name: str, *, is_code: bool) -> list[Place]:
        return [p for p in self._places.get(run_together(name), []) if (p.kind is PlaceKind.POSTAL_CODE) == is_code]


class FakeRemotePlaces:
    """A geocoder that knows a few places by the text written, and remembers what it was asked."""

    source = "nominatim"
    attribution = "© OpenStreetMap contributors"

    def __init__(self, **places: Place) -> None:
        self._places = places
        self.asked: list[tuple[str, str | None]] = []

    async def find(self, text: str, *, country: str | None) -> list[Place]:
        self.asked.append((text, country))
        return [self._places[text]] if text in self._places else []


class FakeProducts:
    """Products by id."""

    def __init__(self, *products: Product) -> None:
        self._products = {product.id: product for product in products}

    def get(self, product_id: int) -> Product:
        if product_id not in self._products:
            raise UnknownProduct(str(product_id))
        return self._products[product_id]

    def get_many(self, product_ids: Iterable[int]) -> dict[int, Product]:
        return {product_id: self._products[product_id] for product_id in product_ids if product_id in self._products}

    def find_sku(self, retailer_id: str, sku: str) -> int | None:
        return None


class FakeSearch:
    """Finds products by a word of their title, in the order given; ``built`` False: it was never built."""

    def __init__(self, *products: Product, built: bool = True) -> None:
        self._products = products
        self.built = built

    def find(self, text: str, limit: int) -> Matches:
        return self._where(limit, lambda word: word == text.lower())

    def suggest(self, text: str, limit: int) -> Matches:
        return self._where(limit, lambda word: word.startswith(text.lower()))

    def _where(self, limit: int, fits: Callable[[str], bool]) -> Matches:
        if not self.built:
            raise IndexUnavailable("product search is being built", retry_after_s=5)
        found = [product.id for product in self._products if any(map(fits, (product.title or "").lower().split()))]
        return Matches(found[:limit], [Match.WORDS] * len(found[:limit]))
