"""The serving index, as the questions read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Statements:
    """Stock records as columns, one element a record: the words of ``domain.stock``, unpacked."""

    state: Ints
    quantity: Ints
    price: Ints
    observed: Ints


@dataclass(slots=True)
class IndexEntry:
    """What the index holds of one product: its card (JSON bytes) and the records in the asked tiles.

    One element a record: ``asked`` is the position of its tile in the question, ``slot`` its store's
    slot there. ``read`` unpacks the statements of the records at these positions: most of them are too
    far away to be worth it.
    """

    card: bytes | None
    asked: Ints
    slot: Ints
    read: Callable[[Ints], Statements]

    @property
    def is_empty(self) -> bool:
        """Whether the index holds nothing of this product here, not even a card."""
        return self.card is None and len(self.slot) == 0


@dataclass(slots=True)
class IndexEntries:
    """What the index holds of several products in the same tiles: an ``IndexEntry`` of all, and whose each record is.

    ``card`` of ``all`` is None; ``product`` is the position, in the question, of each record's product, ascending.
    ``is_complete``: whether the index may say "nobody has it".
    """

    cards: list[bytes | None]
    product: Ints
    all: IndexEntry
    is_complete: bool

    def entry(self, position: int) -> IndexEntry:
        """One product's part."""
        begin, end = np.searchsorted(self.product, [position, position + 1]).tolist()
        whole = self.all
        return IndexEntry(
            self.cards[position], whole.asked[begin:end], whole.slot[begin:end], lambda which: whole.read(which + begin)
        )


class IndexReader(Protocol):
    """The serving index, read side."""

    async def fetch(self, product_id: int, tiles: Sequence[int]) -> IndexEntry:
        """One round trip.

        Raises:
            IndexUnavailable: Redis does not answer.
        """

    async def fetch_many(self, product_ids: Sequence[int], tiles: Sequence[int]) -> IndexEntries:
        """``fetch`` of several products, in one round trip."""

    async def fetch_extras(self, product_id: int, places: Sequence[int]) -> list[bytes | None]:
        """Rare attributes (JSON) of the records at these places; asked only where a record says it has some."""

    async def is_complete(self) -> bool:
        """Whether the index may say "nobody has it"; False while it is being filled.

        Raises:
            IndexUnavailable: Redis does not answer.
        """
