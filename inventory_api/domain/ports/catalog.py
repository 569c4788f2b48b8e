"""Places and products by what people call them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from inventory_api.domain.place import Place
from inventory_api.domain.product import Product


class Gazetteer(Protocol):
    """Places by name, offline. Synchronous, tens of microseconds a call."""

    def postal_codes(self, code: str) -> list[Place]:
        """The places of this postal code (folded, no blanks), of all countries."""

    def postal_prefix(self, prefix: str, length: int) -> list[Place]:
        """The middle of the postal codes of this length that begin so, or that are just this; a place a country."""

    def named(self, folded: str) -> list[Place]:
        """The cities and areas of exactly this folded name, however its words are parted, the largest first."""

    def sounding(self, sound: str) -> list[Place]:
        """Cities and areas with a name of this sound (``domain.text.sound_of``), the largest first."""

    def starting(self, folded: str, limit: int) -> list[Place]:
        """Places with a name that begins so, the largest first."""

    def regions(self, folded: str) -> frozenset[tuple[str, str]]:
        """The country and the code, as in ``Place.region``, of each state or province of this other name."""

    def bounds(self, country: str) -> tuple[float, float, float, float] | None:
        """South, north, west, east of all places of a country; None where none is known."""


class RemotePlaces(Protocol):
    """Somebody else's knowledge of places, asked where nobody here has any. Its answers are hints."""

    @property
    def source(self) -> str:
        """The source of its places."""

    @property
    def attribution(self) -> str:
        """Whom to credit beside its places."""

    async def find(self, text: str, *, country: str | None) -> list[Place]:
        """What it knows by this name, the likeliest first, in about a second; empty where it is slow, busy or down.

        Args:
            text: As the shopper wrote it.
            country: ISO 3166 alpha-2: places there alone.
        """


class Products(Protocol):
    """Products by the keys that the index does not hold. Synchronous (SQL): not for the hot path."""

    def get(self, product_id: int) -> Product:
        """A product by its id.

        Raises:
            UnknownProduct: No feed ever named it.
        """

    def get_many(self, product_ids: Iterable[int]) -> dict[int, Product]:
        """The products of these ids that a feed named, by id."""

    def find_sku(self, retailer_id: str, sku: str) -> int | None:
        """The product id of a retailer's own article number."""


class Match(StrEnum):
    """How a search found a product, the surest first."""

    CODE = "code"
    WORDS = "words"
    MEANING = "meaning"
    PREFIX = "prefix"
    SPELLING = "spelling"
    SOUND = "sound"
    SOME_WORDS = "some_words"


@dataclass(frozen=True, slots=True)
class Matches:
    """Products that fit a text, the best first: ids, all different, and how each was found.

    ``understood`` is the text as it was read where that is not what was written: other spelling, other script.
    """

    product_ids: list[int]
    how: list[Match]
    understood: str | None = None


class ProductSearch(Protocol):
    """Products by words. Synchronous, about a millisecond a call: not for the event loop."""

    def find(self, text: str, limit: int) -> Matches:
        """At most ``limit`` products that fit a text in any script, spelt as people spell.

        Raises:
            IndexUnavailable: It was never built.
        """

    def suggest(self, text: str, limit: int) -> Matches:
        """The same for a text that is still being typed: its last word may go on.

        Raises:
            IndexUnavailable: It was never built.
        """
