"""Stock records in the words of the index: by product, by tile, in calls of bounded work."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from inventory_api.domain.stock import HAS_EXTRA, StockTable
from inventory_api.domain.store import TILE_SLOTS
from inventory_api.storage.index import codec

CALL_RECORDS = 2_000
"""Records in one Lua call at most, so that it stays under about a millisecond: lookups wait behind it."""

Tile = tuple[int, bytes]
"""Number, records."""

Extra = tuple[int, bytes]
"""Place, rare attributes as JSON."""


def by_product(rows: StockTable, place: NDArray[np.int64]) -> Iterator[tuple[int, list[Tile], list[Extra]]]:
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
    parts: list[Tile] = []
    extras: list[Extra] = []
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


def calls_of(tiles: list[Tile]) -> Iterator[list[Tile]]:
    """Cut a product's tiles into calls of bounded work; a tile is never cut."""
    some: list[Tile] = []
    size = 0
    for tile in tiles:
        if some and size + len(tile[1]) > CALL_RECORDS * codec.RECORD_BYTES:
            yield some
            some, size = [], 0
        some.append(tile)
        size += len(tile[1])
    if some:
        yield some


def extras_within(extras: list[Extra], tiles: list[Tile]) -> list[Extra]:
    """The rare attributes that belong to these tiles."""
    numbers = {tile for tile, _ in tiles}
    return [extra for extra in extras if extra[0] // TILE_SLOTS in numbers]


def arguments_of(tiles: list[Tile], extras: list[Extra]) -> list[bytes]:
    """Both as the Lua functions take them."""
    arguments = [b"%d" % len(tiles)]
    for tile, records in tiles:
        arguments += (b"%d" % tile, records)
    for place, json in extras:
        arguments += (b"%d" % place, json)
    return arguments
