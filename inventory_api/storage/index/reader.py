"""The read side of the index: one round trip a question."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np

from inventory_api.domain.ports import IndexEntries, IndexEntry, Ints, Statements
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
        return _entry(values[0], values[1:])[0]

    async def fetch_many(self, product_ids: Sequence[int], tiles: Sequence[int]) -> IndexEntries:
        """Cards and tiles of several products. One ``HMGET`` each, all in one round trip."""
        fields = [b"%d" % tile for tile in tiles]
        *replies, marker = await self._connection.call_each(
            (b"HMGET", keys.CARD_FIELD, *fields), [*map(keys.product_key, product_ids)], (b"GET", keys.COMPLETE)
        )
        values = [value for reply in replies for value in reply[1:]]
        entry, counts = _entry(None, values)
        entry.asked %= max(1, len(tiles))
        product = _RANGE[: len(replies)].repeat(np.add.reduce(counts.reshape(len(replies), -1), axis=1))
        return IndexEntries([reply[0] for reply in replies], product, entry, bool(marker == keys.FORMAT))

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


def _entry(card: bytes | None, tiles: Sequence[bytes | None]) -> tuple[IndexEntry, Ints]:
    """What these tiles hold, and how many records each has."""
    values = [value or b"" for value in tiles]
    records = codec.decode(values)
    counts = np.array([*map(len, values)], np.int64) // codec.RECORD_BYTES
    head = records["head"].astype(np.int64)

    def read(which: Ints) -> Statements:
        few = records[which]
        return Statements(
            state=head[which] & codec.STATE_MASK,
            quantity=few["quantity"].astype(np.int64),
            price=few["price"].astype(np.int64),
            observed=few["observed"].astype(np.int64),
        )

    return IndexEntry(card, _RANGE[: len(values)].repeat(counts), head >> codec.STATE_BITS, read), counts
