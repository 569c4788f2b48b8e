"""The write side of the index: sorted patches in, Lua merges out.

Only ``ingest`` writes. Every call may be repeated; a merge that comes late changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from importlib.resources import files
from typing import Any, NamedTuple

import hiredis
import numpy as np
import redis
from numpy.typing import NDArray

from inventory_api.domain.stock import HAS_EXTRA, StockTable
from inventory_api.domain.store import TILE_SLOTS
from inventory_api.storage.index import codec, keys

BATCH = 400
"""Commands sent before their replies are read; with one batch in flight while the next is built."""

CALL_RECORDS = 2_000
"""Records in one Lua call at most, so that it stays under about a millisecond: lookups wait behind it."""


class MergeMode(StrEnum):
    """How a patch meets what stands there (see ``scripts/inventory.lua``)."""

    NEWER = "newer"
    LATE = "late"
    FORCE = "force"
    DROP = "drop"


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

    def merge(self, rows: StockTable, places: NDArray[np.int64], mode: MergeMode = MergeMode.NEWER) -> int:
        """Merge records into the index.

        Args:
            rows: Sorted by product; at most one record a (product, store).
            places: Place of each store number.
            mode: What wins.

        Returns:
            How many records the index took.
        """
        if len(rows) == 0:
            return 0
        return sum(self._send(self._merge_commands(rows, places[rows.store], mode)))

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
        self._send(self._replace_commands(rows, place, cards, products))
        return len(rows)

    def read_records(self, places: Sequence[tuple[int, int]]) -> list[Record | None]:
        """The records at these (product id, place), None where there is none. One or two batches of round trips."""
        tiles = self._send(
            [(b"HGET", keys.product_key(product), b"%d" % (place // TILE_SLOTS)) for product, place in places]
        )
        found = [_pick(value, place % TILE_SLOTS) for (_, place), value in zip(places, tiles, strict=True)]
        rare = [at for at, record in enumerate(found) if record is not None and record.value & HAS_EXTRA]
        extras = self._send([(b"HGET", keys.extras_key(places[at][0]), b"%d" % places[at][1]) for at in rare])
        for at, extra in zip(rare, extras, strict=True):
            record = found[at]
            assert record is not None
            found[at] = record._replace(extra=extra)
        return found

    def find_differences(self, rows: StockTable, place: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Compare the index with records of whole products (sorted by product), field by field.

        Returns:
            For each record, whether the tile it belongs to differs.
        """
        wrong = np.zeros(len(rows), bool)
        products = rows.product
        for product, tiles, _ in _by_product(rows, place):
            found = self._client.hmget(keys.product_key(product), [b"%d" % tile for tile, _ in tiles])
            bad = {tile for (tile, records), value in zip(tiles, found, strict=True) if value != records}
            if bad:
                wrong |= (products == product) & np.isin(place // TILE_SLOTS, list(bad))
        return wrong

    def count_records(self, progress: Callable[[int, int], None]) -> int:
        """Count the records in the index by the length of every tile; a scan of all of it."""
        count, seen, size, cursor = 0, 0, max(1, self._client.dbsize()), 0
        while True:
            reply: Any = self._client.scan(cursor, match="s:{*", count=500)
            cursor, names = reply
            for fields in self._send([(b"HGETALL", name) for name in names]):
                values = zip(fields[::2], fields[1::2], strict=True)
                count += sum(len(value) // codec.RECORD_BYTES for field, value in values if field != keys.CARD_FIELD)
            seen += len(names)
            progress(min(seen, size), size)
            if cursor == 0:
                return count

    def put_cards(self, cards: dict[int, bytes]) -> None:
        """Set the cards of products, whether they have stock or not."""
        commands = ((b"HSET", keys.product_key(p), keys.CARD_FIELD, card) for p, card in cards.items())
        self._send(commands)

    def ring(self) -> None:
        """Tell every API process that SQL knows newer stores."""
        self._client.xadd(keys.DIRECTORY_STREAM, {"at": b"1"}, maxlen=1000, approximate=True)

    def is_complete(self) -> bool:
        """Whether the marker stands, in this format."""
        return self._client.get(keys.COMPLETE) == keys.FORMAT

    def mark_complete(self) -> None:
        """Allow lookups to say that nobody has a product."""
        self._client.set(keys.COMPLETE, keys.FORMAT)

    def clear(self) -> None:
        """Empty the index; lookups answer 503 until the marker is set again."""
        self._client.delete(keys.COMPLETE)
        self._client.flushdb(asynchronous=True)
        self.load_functions()

    def _merge_commands(self, rows: StockTable, place: NDArray[np.int64], mode: MergeMode) -> Iterator[Sequence[bytes]]:
        head = (b"FCALL", b"merge", b"2")
        word = mode.encode()
        for product, tiles, extras in _by_product(rows, place):
            for some in _calls(tiles):
                mine = extras if len(some) == len(tiles) else _extras_within(extras, some)
                yield (*head, keys.product_key(product), keys.extras_key(product), word, *_arguments(some, mine))

    def _replace_commands(
        self, rows: StockTable, place: NDArray[np.int64], cards: dict[int, bytes], products: Iterable[int]
    ) -> Iterator[Sequence[bytes]]:
        head = (b"FCALL", b"replace", b"2")
        stocked = set()
        for product, tiles, extras in _by_product(rows, place):
            stocked.add(product)
            names = (keys.product_key(product), keys.extras_key(product), cards.get(product, b""))
            yield (*head, *names, *_arguments(tiles, extras))
        for product in products:
            if product not in stocked:
                yield (*head, keys.product_key(product), keys.extras_key(product), cards.get(product, b""), b"0")

    def _send(self, commands: Iterable[Sequence[bytes]]) -> list[Any]:
        """Send commands in batches, one batch ahead of the replies; raise the first error reply."""
        replies: list[Any] = []
        pool = self._client.connection_pool
        # redis-py types none of this; its pipelines would cost ten times the packing.
        connection: Any = pool.get_connection()
        pack: Any = hiredis.pack_command
        waiting = 0
        try:
            packed: list[bytes] = []
            for command in commands:
                packed.append(pack(tuple(command)))
                if len(packed) == BATCH:
                    connection.send_packed_command(packed)
                    replies += [connection.read_response() for _ in range(waiting)]
                    waiting, packed = len(packed), []
            if packed:
                connection.send_packed_command(packed)
            replies += [connection.read_response() for _ in range(waiting + len(packed))]
        except BaseException:
            # Replies may still be on their way: this connection can no longer be trusted to match them.
            connection.disconnect()
            raise
        finally:
            pool.release(connection)
        return replies


def _pick(tile: bytes | None, slot: int) -> Record | None:
    records = codec.decode([tile] if tile else [])
    mine = np.flatnonzero(codec.slot_of(records) == slot)
    if len(mine) == 0:
        return None
    return Record(int(codec.value_of(records[mine])[0]), int(records["observed"][mine[0]]))


_Tile = tuple[int, bytes]
_Extra = tuple[int, bytes]


def _by_product(rows: StockTable, place: NDArray[np.int64]) -> Iterator[tuple[int, list[_Tile], list[_Extra]]]:
    """Group records into (product, [(tile, records)], [(place, extra JSON)]), products in order."""
    if len(rows) == 0:
        return
    product = rows.product
    run = np.cumsum(np.concatenate([[0], (product[1:] != product[:-1]).astype(np.int64)]))
    order = np.argsort((run << 32) | place, kind="stable")
    place, value = place[order], rows.value[order]
    tile = place // TILE_SLOTS
    blob = codec.encode(place % TILE_SLOTS, value, rows.observed[order])
    new_product = np.concatenate([[True], run[order][1:] != run[order][:-1]])
    new_tile = new_product | np.concatenate([[True], tile[1:] != tile[:-1]])
    starts = np.flatnonzero(new_tile)
    ends = (np.append(starts[1:], len(tile)) * codec.RECORD_BYTES).tolist()
    opens = new_product[starts].tolist()
    products, tiles = product[order][starts].tolist(), tile[starts].tolist()
    extra_at = np.flatnonzero(value & np.uint64(HAS_EXTRA))
    extra_of = {int(i): rows.extras[int(rows.extra[order[i]])] for i in extra_at}
    pending_extras = iter(sorted(extra_of.items()))
    next_extra = next(pending_extras, None)
    current, begin = None, 0
    parts: list[_Tile] = []
    extras: list[_Extra] = []
    for which, end in enumerate(ends):
        if opens[which] and current is not None:
            yield current, parts, extras
            parts, extras = [], []
        current = products[which]
        parts.append((tiles[which], blob[begin:end]))
        while next_extra is not None and next_extra[0] * codec.RECORD_BYTES < end:
            extras.append((int(place[next_extra[0]]), next_extra[1]))
            next_extra = next(pending_extras, None)
        begin = end
    if current is not None:
        yield current, parts, extras


def _calls(tiles: list[_Tile]) -> Iterator[list[_Tile]]:
    """Cut a product's tiles into calls of bounded work; a tile is never cut."""
    some: list[_Tile] = []
    size = 0
    for tile in tiles:
        if some and size + len(tile[1]) > CALL_RECORDS * codec.RECORD_BYTES:
            yield some
            some, size = [], 0
        some.append(tile)
        size += len(tile[1])
    if some:
        yield some


def _extras_within(extras: list[_Extra], tiles: list[_Tile]) -> list[_Extra]:
    numbers = {tile for tile, _ in tiles}
    return [extra for extra in extras if extra[0] // TILE_SLOTS in numbers]


def _arguments(tiles: list[_Tile], extras: list[_Extra]) -> list[bytes]:
    arguments = [b"%d" % len(tiles)]
    for tile, records in tiles:
        arguments += (b"%d" % tile, records)
    for place, json in extras:
        arguments += (b"%d" % place, json)
    return arguments
