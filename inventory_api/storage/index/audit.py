"""What the index really holds: compared with what it should, searched for what it should not, counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import redis
from numpy.typing import NDArray

from inventory_api.domain.stock import StockTable
from inventory_api.domain.store import TILE_SLOTS
from inventory_api.storage.index import codec, keys
from inventory_api.storage.index.batches import BATCH, send
from inventory_api.storage.index.grouping import Extra, Tile, by_product


class IndexAudit:
    """Reads the index as a whole; one thread's, as its client is."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def find_differences(self, rows: StockTable, place: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Compare the index with records of whole products (sorted by product), field by field.

        Returns:
            For each record, whether the tile it belongs to differs; where a product has what none of
            its records explains, all of them.
        """
        wrong = np.zeros(len(rows), bool)
        expected = by_product(rows, place)
        while some := list(islice(expected, BATCH)):
            names = [key(product) for product, _, _ in some for key in (keys.product_key, keys.extras_key)]
            replies = map(_pairs, send(self._client, [(b"HGETALL", name) for name in names]))
            for product, tiles, extras in some:
                bad = _bad_tiles(tiles, extras, next(replies), next(replies))
                if bad:
                    first, last = np.searchsorted(rows.product, np.array([product, product + 1], np.uint64))
                    wrong[first:last] |= np.isin(place[first:last] // TILE_SLOTS, list(bad))
                    wrong[first:last] |= not bad <= {tile for tile, _ in tiles}
        return wrong

    def find_strays(self, known: NDArray[np.uint64]) -> Iterator[dict[int, int]]:
        """Scan for products that have records and should have none.

        Args:
            known: The products that have some, ascending.

        Yields:
            How many records by product; after each step of the scan, often nothing.
        """
        cursor = -1
        while cursor:
            reply: Any = self._client.scan(max(cursor, 0), match="s:{*", count=1000)
            cursor, names = reply
            products = np.array([int(name[3:-1]) for name in names], np.uint64)
            at = np.minimum(np.searchsorted(known, products), max(len(known) - 1, 0))
            others = products[known[at] != products].tolist() if len(known) else products.tolist()
            found = map(_pairs, send(self._client, [(b"HGETALL", keys.product_key(product)) for product in others]))
            sizes = {product: _records_in(fields) for product, fields in zip(others, found, strict=True)}
            yield {product: size for product, size in sizes.items() if size}

    def count_records(self, progress: Callable[[int, int], None]) -> int:
        """Count the records in the index by the length of every tile; a scan of all of it."""
        count, seen, size, cursor = 0, 0, max(1, self._client.dbsize()), 0
        while True:
            reply: Any = self._client.scan(cursor, match="s:{*", count=500)
            cursor, names = reply
            for fields in send(self._client, [(b"HGETALL", name) for name in names]):
                count += _records_in(_pairs(fields))
            seen += len(names)
            progress(min(seen, size), size)
            if cursor == 0:
                return count


def _pairs(reply: list[bytes]) -> dict[bytes, bytes]:
    return dict(zip(reply[::2], reply[1::2], strict=True))


def _records_in(fields: dict[bytes, bytes]) -> int:
    return sum(len(value) // codec.RECORD_BYTES for field, value in fields.items() if field != keys.CARD_FIELD)


def _bad_tiles(
    tiles: list[Tile], extras: list[Extra], records: dict[bytes, bytes], rare: dict[bytes, bytes]
) -> set[int]:
    """Tiles of one product of which the index has something else than expected, be it a rare attribute."""
    records.pop(keys.CARD_FIELD, None)
    differing = {(b"%d" % tile, value) for tile, value in tiles} ^ records.items()
    rarely = {(b"%d" % place, json) for place, json in extras} ^ rare.items()
    return {int(tile) for tile, _ in differing} | {int(place) // TILE_SLOTS for place, _ in rarely}
