"""The read side of the index: one round trip a question."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from inventory_api.domain.arrays import Ints
from inventory_api.domain.ports import IndexEntries, IndexEntry, Record, Statements
from inventory_api.storage.index import codec, keys
from inventory_api.storage.index.connection import Multiplexed

_RANGE = np.arange(1 << 16)


class RedisIndexReader:
    """``domain.ports.IndexReader`` on a multiplexed connection shared by all requests of a process."""

    def __init__(self, connection: Multiplexed) -> None:
        self._connection = connection

    async def fetch(self, product_id: int, tiles: Sequence[int]) -> IndexEntry:
        """Card and tiles of one product. One ``HMGET``."""
        fields = [b"%d" % tile for tile in tiles]
        values = await self._connection.call(b"HMGET", keys.product_key(product_id), keys.CARD_FIELD, *fields)
        return IndexEntry(values[0], TileRecords(values[1:]))

    async def fetch_many(self, product_ids: Sequence[int], tiles: Sequence[int]) -> IndexEntries:
        """Cards and tiles of several products. One ``HMGET`` each, all in one round trip."""
        fields = [b"%d" % tile for tile in tiles]
        *replies, marker = await self._connection.call_each(
            (b"HMGET", keys.CARD_FIELD, *fields), [*map(keys.product_key, product_ids)], (b"GET", keys.COMPLETE)
        )
        records = TileRecords([value for reply in replies for value in reply[1:]], period=max(1, len(tiles)))
        product = _RANGE[: len(replies)].repeat(np.add.reduce(records.counts.reshape(len(replies), -1), axis=1))
        return IndexEntries([reply[0] for reply in replies], product, records, bool(marker == keys.FORMAT))

    async def fetch_extras(self, product_id: int, places: Sequence[int]) -> list[bytes | None]:
        """Rare attributes of the records at these places. One ``HMGET``."""
        fields = [b"%d" % place for place in places]
        values: list[bytes | None] = await self._connection.call(b"HMGET", keys.extras_key(product_id), *fields)
        return values

    async def is_complete(self) -> bool:
        """Whether the marker stands, in the format that this code reads."""
        return bool(await self._connection.call(b"GET", keys.COMPLETE) == keys.FORMAT)


@asynccontextmanager
async def open_reader(url: str, *, timeout_s: float) -> AsyncIterator[RedisIndexReader]:
    """A reader on a connection of its own, for the event loop that opens it."""
    connection = Multiplexed(url, timeout_s=timeout_s)
    try:
        yield RedisIndexReader(connection)
    finally:
        await connection.aclose()


class TileRecords:
    """``domain.ports.Records`` of tile values.

    Args:
        values: Of the asked tiles, None where there is none.
        period: How many tiles were asked, where the values are those of several products.
    """

    def __init__(self, values: Sequence[bytes | None], period: int | None = None) -> None:
        self._values = [value or b"" for value in values]
        self._period = period

    def __len__(self) -> int:
        """How many there are."""
        return sum(map(len, self._values)) // codec.RECORD_BYTES

    @cached_property
    def counts(self) -> Ints:
        """How many each value holds."""
        return np.array([*map(len, self._values)], np.int64) // codec.RECORD_BYTES

    @cached_property
    def asked(self) -> Ints:
        """Of each record, the position of its tile in the question."""
        which: Ints = _RANGE[: len(self._values)].repeat(self.counts)
        return which if self._period is None else which % self._period

    @cached_property
    def slot(self) -> Ints:
        """Of each record, its store's slot in its tile."""
        return self._head >> codec.STATE_BITS

    def read(self, which: Ints) -> Statements:
        """What the records at these positions say."""
        few = self._records[which]
        return Statements(
            state=self._head[which] & codec.STATE_MASK,
            quantity=few["quantity"].astype(np.int64),
            price=few["price"].astype(np.int64),
            observed=few["observed"].astype(np.int64),
        )

    def one_by_one(self) -> Iterator[Record]:
        """All of them."""
        for asked, value in enumerate(self._values):
            for head, quantity, price, observed in codec.one_by_one(value):
                yield asked, head >> codec.STATE_BITS, head & codec.STATE_MASK, quantity, price, observed

    @cached_property
    def _records(self) -> NDArray[np.void]:
        return codec.decode(self._values)

    @cached_property
    def _head(self) -> Ints:
        return self._records["head"].astype(np.int64)
