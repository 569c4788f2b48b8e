"""The serving index, as the questions read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inventory_api.domain.arrays import Ints


@dataclass(slots=True)
class Statements:
    """Stock records as columns, one element a record: the words of ``domain.stock``, unpacked."""

    state: Ints
    quantity: Ints
    price: Ints
    observed: Ints


Record = tuple[int, int, int, int, int, int]
"""``asked``, ``slot``, and what one record says: state, quantity, price, observed."""


class Records(Protocol):
    """The records in some tiles, to be taken as columns or one by one, whichever is quicker for so many."""

    @property
    def asked(self) -> Ints:
        """Of each, the position of its tile in the question."""

    @property
    def slot(self) -> Ints:
        """Of each, its store's slot there."""

    def __len__(self) -> int:
        """How many there are."""

    def read(self, which: Ints) -> Statements:
        """What the records at these positions say: most of them are too far away to be worth it."""

    def one_by_one(self) -> Iterable[Record]:
        """All of them, in the order of the columns."""


@dataclass(slots=True)
class RecordColumns:
    """``Records`` that are columns already."""

    asked: Ints
    slot: Ints
    read: Callable[[Ints], Statements]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.slot)

    def one_by_one(self) -> Iterable[Record]:
        """All of them."""
        said = self.read(np.arange(len(self)))
        columns = (self.asked, self.slot, said.state, said.quantity, said.price, said.observed)
        return zip(*(column.tolist() for column in columns), strict=True)


@dataclass(slots=True)
class IndexEntry:
    """What the index holds of one product: its card (JSON bytes) and the records in the asked tiles."""

    card: bytes | None
    records: Records

    @property
    def is_empty(self) -> bool:
        """Whether the index holds nothing of this product here, not even a card."""
        return self.card is None and len(self.records) == 0


@dataclass(slots=True)
class IndexEntries:
    """What the index holds of several products in the same tiles: all their records, and whose each is.

    ``product`` is the position, in the question, of each record's product, ascending. ``is_complete``: whether the
    index may say "nobody has it".
    """

    cards: list[bytes | None]
    product: Ints
    records: Records
    is_complete: bool

    def entry(self, position: int) -> IndexEntry:
        """One product's part."""
        begin, end = np.searchsorted(self.product, [position, position + 1]).tolist()
        whole = self.records
        part = RecordColumns(whole.asked[begin:end], whole.slot[begin:end], lambda which: whole.read(which + begin))
        return IndexEntry(self.cards[position], part)


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
