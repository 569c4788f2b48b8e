"""The write side of the index: sorted patches in, Lua merges out.

Only ``ingest`` writes. Every call may be repeated; a merge that comes late changes nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import redis
from numpy.typing import NDArray
from redis.client import Pipeline

from inventory_api.domain.stock import HAS_EXTRA, StockTable
from inventory_api.domain.store import TILE_SLOTS
from inventory_api.storage.index import codec, keys
from inventory_api.storage.index.batches import send
from inventory_api.storage.index.grouping import arguments_of, by_product, calls_of, extras_within


class MergeMode(StrEnum):
    """How a patch meets what stands there (see ``scripts/inventory.lua``)."""

    NEWER = "newer"
    LATE = "late"
    FORCE = "force"
    DROP = "drop"


Wins = MergeMode | int
"""A mode, or an observed time: ``newer``, and what is not newer than that time is replaced by anything."""


class Record(NamedTuple):
    """One record as the index has it: the words of ``domain.stock``, rare attributes as JSON."""

    value: int
    observed: int
    extra: bytes | None = None


class IndexWriter:
    """Publishes stock records and cards over one connection of its own.

    Args:
        client: A synchronous client; one writer belongs to one thread.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self.load_functions()

    def load_functions(self) -> None:
        """Put our functions on the server; a server that came back empty has none."""
        code = files("inventory_api.storage.index").joinpath("scripts/inventory.lua").read_text()
        self._client.function_load(code, replace=True)

    def merge(self, rows: StockTable, places: NDArray[np.int64], mode: Wins = MergeMode.NEWER) -> int:
        """Merge records into the index.

        Args:
            rows: Sorted by product; at most one record a (product, store).
            places: Place of each store number.
            mode: What wins.

        Returns:
            How many records the index took.
        """
        return self.merge_all([(rows, mode)], places)

    def merge_all(self, patches: Iterable[tuple[StockTable, Wins]], places: NDArray[np.int64]) -> int:
        """Merge one patch after the other, as ``merge`` does, without waiting in between."""
        commands = (self._merge_commands(rows, places[rows.store], mode) for rows, mode in patches if len(rows))
        return sum(send(self._client, itertools.chain.from_iterable(commands)))

    def replace(
        self, rows: StockTable, place: NDArray[np.int64], cards: dict[int, bytes], products: Iterable[int]
    ) -> int:
        """Put whole products in place of whatever stands there, one atomic call each.

        Args:
            rows: Records of any number of retailers; every record of each product named.
            place: Place of each record.
            cards: Card JSON by product id.
            products: The products to replace; one without records keeps only its card.

        Returns:
            How many records were written.
        """
        send(self._client, self._replace_commands(rows, place, cards, products))
        return len(rows)

    def read_records(self, places: Sequence[tuple[int, int]]) -> list[Record | None]:
        """The records at these (product id, place), None where there is none. One or two batches of round trips."""
        tiles = send(
            self._client,
            [(b"HGET", keys.product_key(product), b"%d" % (place // TILE_SLOTS)) for product, place in places],
        )
        found = [_pick(value, place % TILE_SLOTS) for (_, place), value in zip(places, tiles, strict=True)]
        rare = [at for at, record in enumerate(found) if record is not None and record.value & HAS_EXTRA]
        extras = send(self._client, [(b"HGET", keys.extras_key(places[at][0]), b"%d" % places[at][1]) for at in rare])
        for at, extra in zip(rare, extras, strict=True):
            record = found[at]
            assert record is not None
            found[at] = record._replace(extra=extra)
        return found

    def put_cards(self, cards: dict[int, bytes]) -> None:
        """Set the cards of products, whether they have stock or not."""
        commands = ((b"HSET", keys.product_key(p), keys.CARD_FIELD, card) for p, card in cards.items())
        send(self._client, commands)

    def ring(self) -> None:
        """Tell every API process that SQL knows newer stores."""
        self._client.xadd(keys.DIRECTORY_STREAM, {"at": b"1"}, maxlen=1000, approximate=True)

    def is_complete(self) -> bool:
        """Whether the marker stands, in this format."""
        return self._client.get(keys.COMPLETE) == keys.FORMAT

    def mark_complete(self, within: Pipeline | None = None) -> None:
        """Allow lookups to say that nobody has a product; ``within`` a transaction of the caller's."""
        (within or self._client).set(keys.COMPLETE, keys.FORMAT)

    def clear(self) -> None:
        """Empty the index; lookups answer 503 until the marker is set again."""
        self._client.delete(keys.COMPLETE)
        self._client.flushdb(asynchronous=True)
        self.load_functions()

    def _merge_commands(self, rows: StockTable, place: NDArray[np.int64], mode: Wins) -> Iterator[Sequence[bytes]]:
        head = (b"FCALL", b"merge", b"2")
        word = b"%d" % mode if isinstance(mode, int) else mode.encode()
        for product, tiles, extras in by_product(rows, place):
            for some in calls_of(tiles):
                mine = extras if len(some) == len(tiles) else extras_within(extras, some)
                yield (*head, keys.product_key(product), keys.extras_key(product), word, *arguments_of(some, mine))

    def _replace_commands(
        self, rows: StockTable, place: NDArray[np.int64], cards: dict[int, bytes], products: Iterable[int]
    ) -> Iterator[Sequence[bytes]]:
        head = (b"FCALL", b"replace", b"2")
        stocked = set()
        for product, tiles, extras in by_product(rows, place):
            stocked.add(product)
            names = (keys.product_key(product), keys.extras_key(product), cards.get(product, b""))
            yield (*head, *names, *arguments_of(tiles, extras))
        for product in products:
            if product not in stocked:
                yield (*head, keys.product_key(product), keys.extras_key(product), cards.get(product, b""), b"0")


def _pick(tile: bytes | None, slot: int) -> Record | None:
    records = codec.decode([tile] if tile else [])
    mine = np.flatnonzero(codec.slot_of(records) == slot)
    if len(mine) == 0:
        return None
    return Record(int(codec.value_of(records[mine])[0]), int(records["observed"][mine[0]]))
