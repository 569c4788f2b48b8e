"""Where each store's records live: a tile of at most 512 neighbours, and a slot in it.

A place, once a store has stock, never changes and is never given to another store; tile numbers are
never used twice. So a process with yesterday's directory can miss a store, but can never read one
store's stock as another's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inventory_api.domain import geo
from inventory_api.domain.store import NO_PLACE, TILE_SLOTS, Store

FILL = 480
"""Stores put into a fresh tile: the rest is room for new neighbours."""

JOIN_M = 25_000.0
"""A new store may join a tile whose centre is this near, or within the tile's own radius."""


def place_stores(stores: Sequence[Store], stocked: set[int], reserve_tiles: Callable[[int], int]) -> dict[int, int]:
    """Find a place for every new store; stores without stock may move to better company.

    Args:
        stores: Every store there is, old and new.
        stocked: Ids of the stores that ever had stock: their places are fixed.
        reserve_tiles: Takes n fresh tile numbers and returns the first.

    Returns:
        Store id -> place, of the stores whose place changed; empty when no store is new.
    """
    if all(store.place != NO_PLACE for store in stores):
        return {}
    pinned = {store.place // TILE_SLOTS for store in stores if store.id in stocked and store.place != NO_PLACE}
    fixed = [store for store in stores if store.place // TILE_SLOTS in pinned and store.place != NO_PLACE]
    loose = [store for store in stores if store.place // TILE_SLOTS not in pinned or store.place == NO_PLACE]
    places, homeless = _join(fixed, loose)
    located = [store for store in homeless if store.latitude is not None and store.longitude is not None]
    elsewhere = [store for store in homeless if store.latitude is None or store.longitude is None]
    groups = [*_split(located), *(elsewhere[at : at + FILL] for at in range(0, len(elsewhere), FILL))]
    tile = reserve_tiles(len(groups)) if groups else 0
    for number, group in enumerate(groups, start=tile):
        places |= {store.id: number * TILE_SLOTS + slot for slot, store in enumerate(group)}
    return places


def repack_stores(stores: Sequence[Store], reserve_tiles: Callable[[int], int]) -> dict[int, int]:
    """Place every store anew, stocked or not: only for an index that is about to be emptied and refilled."""
    return place_stores([replace(store, place=NO_PLACE) for store in stores], set(), reserve_tiles)


def _space(stores: Iterable[Store]) -> NDArray[np.float64]:
    latitude = np.array([store.latitude for store in stores], np.float64)
    longitude = np.array([store.longitude for store in stores], np.float64)
    return geo.to_space(latitude=latitude, longitude=longitude)


def _join(fixed: list[Store], loose: list[Store]) -> tuple[dict[int, int], list[Store]]:
    """Put loose stores into free slots of fixed tiles near them; return places and who is left."""
    used: dict[int, int] = {}
    members: dict[int, list[Store]] = {}
    for store in fixed:
        tile, slot = divmod(store.place, TILE_SLOTS)
        used[tile] = max(used.get(tile, 0), slot + 1)
        if store.latitude is not None and store.longitude is not None:
            members.setdefault(tile, []).append(store)
    if not members:
        return {}, loose
    tiles = list(members)
    points = [_space(members[tile]) for tile in tiles]
    centers = np.stack([p.mean(axis=1) for p in points], axis=1)
    radii = [float(geo.chords_m(tuple(c), p).max()) for p, c in zip(points, centers.T.tolist(), strict=True)]
    reach = np.maximum(JOIN_M, radii)
    places: dict[int, int] = {}
    homeless: list[Store] = []
    for store in loose:
        if store.latitude is None or store.longitude is None:
            homeless.append(store)
            continue
        point = geo.point_to_space(latitude=store.latitude, longitude=store.longitude)
        distance = geo.chords_m(point, centers)
        near = [int(i) for i in np.argsort(distance) if distance[i] <= reach[i] and used[tiles[i]] < TILE_SLOTS]
        if near:
            tile = tiles[near[0]]
            places[store.id] = tile * TILE_SLOTS + used[tile]
            used[tile] += 1
        else:
            homeless.append(store)
    return places, homeless


def _split(stores: list[Store]) -> list[list[Store]]:
    """Cut stores into the fewest groups of at most ``FILL`` neighbours (k-d, widest axis first)."""
    if not stores:
        return []
    points = _space(stores)
    groups: list[list[Store]] = []

    def cut(which: NDArray[np.intp], tiles: int) -> None:
        if tiles == 1:
            groups.append([stores[i] for i in which])
            return
        axis = int(np.ptp(points[:, which], axis=1).argmax())
        ordered = which[np.argsort(points[axis, which], kind="stable")]
        left = tiles // 2
        at = len(ordered) * left // tiles
        cut(ordered[:at], left)
        cut(ordered[at:], tiles - left)

    cut(np.arange(len(stores)), -(-len(stores) // FILL))
    return groups
