"""The stores, in memory: which tiles a circle touches, and whose record a (tile, slot) is.

A ``Directory`` holds one immutable ``Map`` at a time and swaps it whole, so that a question sees one
version from beginning to end. 52,000 stores are about 60 MB and rebuild in well under a second; a
change that moves no store is a copy of a few columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from inventory_api.domain import geo
from inventory_api.domain.arrays import Floats, Ints, Mask
from inventory_api.domain.errors import UnknownRetailer, UnknownStore
from inventory_api.domain.hours import with_zone
from inventory_api.domain.retailer import Disclosure, Retailer
from inventory_api.domain.store import NO_PLACE, TILE_SLOTS, Store
from inventory_api.domain.trust import UNTAUGHT, Trust

TIE_M = 0.2
"""Neighbors in a list closer than this are told apart by the exact geodesic."""

_SLACK_M = 1.0
"""Added to every tile's reach, so that rounding never hides a tile."""


@dataclass(frozen=True, slots=True)
class Map:
    """One version of the directory. Columns have one element a store, in order of store id.

    ``owner`` is the row of the store's retailer in ``cells``, which is ``trust`` as a table.
    ``space`` is NaN for stores without coordinates. ``tile`` lists tile numbers ascending, with
    ``center`` and ``reach`` (metres; -inf without located stores) and ``occupant``: the position of
    the store in each slot, -1 where there is none. ``occupants`` and ``points`` are ``occupant`` and ``space`` as
    lists: to take a single number out of an array costs ten times as much.
    """

    stores: list[Store]
    retailers: dict[str, Retailer]
    position: dict[int, int]
    space: geo.Space
    snapshot_at: Ints
    low_stock_at: Ints
    live_s: Ints
    recent_s: Ints
    expires_s: Ints
    exact: Mask
    boolean: Mask
    owner: Ints
    trust: Trust
    cells: Floats
    tile: Ints
    center: geo.Space
    reach: Floats
    occupant: Ints
    occupants: list[list[int]]
    points: list[geo.Point]

    def tiles_near(self, point: geo.Point, radius_m: float) -> Ints:
        """Rows of the tiles that may hold a store within the radius."""
        rows: Ints = (geo.chords_m(point, self.center) <= self.reach + radius_m).nonzero()[0]
        return rows

    def tiles_of(self, positions: Sequence[int]) -> Ints:
        """Rows of the tiles of these stores, ascending, each once."""
        places = (self.stores[position].place for position in positions)
        tiles = {place // TILE_SLOTS for place in places if place != NO_PLACE}
        return np.searchsorted(self.tile, np.array(sorted(tiles), np.int64))

    def positions(self, rows: Ints, asked: Ints, slot: Ints) -> Ints:
        """The store of each record, -1 where this directory knows none yet."""
        return self.occupant[rows[asked], slot]


class Directory:
    """Every store and retailer, kept current by whoever calls ``load`` and ``update``."""

    def __init__(
        self, stores: Iterable[Store] = (), retailers: Iterable[Retailer] = (), trust: Trust = UNTAUGHT
    ) -> None:
        self.load(stores, retailers, trust)

    def load(self, stores: Iterable[Store], retailers: Iterable[Retailer], trust: Trust) -> None:
        """Replace everything."""
        located = sorted(map(with_zone, stores), key=lambda store: store.id)
        self._map = _build(located, {r.id: r for r in retailers}, trust)
        self._codes = {(store.retailer_id, store.store_code): store.id for store in self._map.stores}

    def update(self, changed: Sequence[Store], retailers: Iterable[Retailer], trust: Trust | None = None) -> None:
        """Take in stores that are new or different, and what reports taught; the rest stays."""
        trust = trust or self._map.trust
        policies = {r.id: r for r in retailers}
        now = self._map
        known = [now.position.get(store.id) for store in changed]
        if policies != now.retailers or any(
            at is None or _moved(now.stores[at], s) for at, s in zip(known, changed, strict=True)
        ):
            self.load(({s.id: s for s in now.stores} | {s.id: s for s in changed}).values(), policies.values(), trust)
            return
        stores, snapshot_at = list(now.stores), now.snapshot_at.copy()
        for at, store in zip(known, changed, strict=True):
            assert at is not None
            stores[at] = with_zone(store)
            snapshot_at[at] = store.snapshot_at
        cells = now.cells if trust is now.trust else trust.table([*now.retailers, ""])
        self._map = replace(now, stores=stores, snapshot_at=snapshot_at, trust=trust, cells=cells)

    @property
    def map(self) -> Map:
        """The current version; hold on to it for one whole question."""
        return self._map

    def get(self, store_id: int) -> Store:
        """A store by its id.

        Raises:
            UnknownStore: No store has it.
        """
        at = self._map.position.get(store_id)
        if at is None:
            raise UnknownStore(f"s{store_id}", parameter="store_id")
        return self._map.stores[at]

    def find_code(self, retailer_id: str, store_code: str) -> Store | None:
        """A store by its retailer's code, exactly."""
        store_id = self._codes.get((retailer_id, store_code))
        return None if store_id is None else self.get(store_id)

    def codes_of(self, retailer_id: str) -> dict[int, str]:
        """The codes of a retailer's stores by store number; walks all stores."""
        return {store.number: store.store_code for store in self._map.stores if store.retailer_id == retailer_id}

    def retailer(self, retailer_id: str) -> Retailer:
        """A retailer by its id.

        Raises:
            UnknownRetailer: No retailer has it.
        """
        retailer = self._map.retailers.get(retailer_id)
        if retailer is None:
            raise UnknownRetailer(retailer_id)
        return retailer

    def near(
        self, *, latitude: float, longitude: float, radius_m: float, retailer_ids: frozenset[str] | None = None
    ) -> list[tuple[Store, float]]:
        """Stores within a radius (inclusive, exact WGS 84), nearest first, ties by id, with their metres."""
        now = self._map
        at, distance = near(now, latitude=latitude, longitude=longitude, radius_m=radius_m)
        found = [(now.stores[i], metres) for i, metres in zip(at.tolist(), distance.tolist(), strict=True)]
        return [(s, d) for s, d in found if retailer_ids is None or s.retailer_id in retailer_ids]


def near(now: Map, *, latitude: float, longitude: float, radius_m: float) -> tuple[Ints, Floats]:
    """Positions of the stores within a radius, nearest first, ties by id, and the metres of each."""
    point = geo.point_to_space(latitude=latitude, longitude=longitude)
    at = now.occupant[now.tiles_near(point, radius_m)].ravel()
    at = at[at >= 0]
    inside, distance = within(now, at, latitude=latitude, longitude=longitude, point=point, radius_m=radius_m)
    at = at[inside]
    order = np.lexsort((at, distance))
    if settle_ties(now, at, distance, order, latitude=latitude, longitude=longitude):
        order = np.lexsort((at, distance))
    return at[order], distance[order]


def within(
    now: Map, at: Ints, *, latitude: float, longitude: float, point: geo.Point, radius_m: float
) -> tuple[Ints, Floats]:
    """Find which stores lie inside the radius, inclusive.

    The chord formula decides; within a metre of the edge the exact geodesic does.

    Returns:
        Positions in ``at``, and the distance of each in metres.
    """
    chord = geo.chords_m(point, now.space.take(at, axis=1))
    # No chord is longer than the way along the surface, but for rounding: most stores go without a distance.
    near = (chord <= radius_m + geo.EDGE_M).nonzero()[0]
    distance = geo.along_surface_m(chord[near])
    if len(near) and distance.max() > radius_m - geo.EDGE_M:
        for i in np.flatnonzero(np.abs(distance - radius_m) <= geo.EDGE_M).tolist():
            distance[i] = now.stores[int(at[near[i]])].geodesic_m(latitude=latitude, longitude=longitude)
        inside = distance <= radius_m
        return near[inside], distance[inside]
    return near, distance


def way_within(
    now: Map, at: int, *, latitude: float, longitude: float, point: geo.Point, radius_m: float
) -> float | None:
    """``within`` of one store: its distance in metres, None where that is more than the radius."""
    chord = geo.chord_m(point, now.points[at])
    if not chord <= radius_m + geo.EDGE_M:
        return None
    metres = geo.along_surface_m(chord)
    if abs(metres - radius_m) <= geo.EDGE_M:
        metres = now.stores[at].geodesic_m(latitude=latitude, longitude=longitude)
    return metres if metres <= radius_m else None


def settle_ties(now: Map, at: Ints, distance: Floats, order: Ints, *, latitude: float, longitude: float) -> bool:
    """Make distances of near ties exact, in place: the chord formula is only good to centimetres.

    Args:
        now: The directory.
        at: Positions of stores.
        distance: Their metres from the point.
        order: By which they are sorted, distance last but for what tells stores of one distance apart.
        latitude: Of the point.
        longitude: Of the point.

    Returns:
        Whether there were any: then sort again.
    """
    inline = distance[order]
    gaps = np.abs(inline[1:] - inline[:-1])
    tied = gaps < TIE_M
    differs = tied & (gaps > 0)
    if not differs.any():
        return False
    # The whole run of near ties: of two stores on one spot, neither may stay as the chord has it.
    run = np.concatenate([[0], np.cumsum(~tied)])
    for i in order[np.isin(run, run[1:][differs])].tolist():
        distance[i] = now.stores[int(at[i])].geodesic_m(latitude=latitude, longitude=longitude)
    return True


def _moved(old: Store, new: Store) -> bool:
    return (old.place, old.latitude, old.longitude, old.store_code) != (
        new.place,
        new.latitude,
        new.longitude,
        new.store_code,
    )


def _build(stores: list[Store], retailers: dict[str, Retailer], trust: Trust) -> Map:
    unknown = Retailer(id="", name="")
    rows = {retailer_id: position for position, retailer_id in enumerate(retailers)}
    owners = [retailers.get(store.retailer_id, unknown) for store in stores]
    latitude = np.array([store.latitude for store in stores], np.float64)
    longitude = np.array([store.longitude for store in stores], np.float64)
    space = geo.to_space(latitude=latitude, longitude=longitude)
    place = np.array([store.place for store in stores], np.int64)
    placed = np.flatnonzero(place != NO_PLACE)
    tile, row = np.unique(place[placed] // TILE_SLOTS, return_inverse=True)
    occupant = np.full((len(tile), TILE_SLOTS), -1, np.int64)
    occupant[row, place[placed] % TILE_SLOTS] = placed
    center, reach = np.zeros((3, len(tile))), np.full(len(tile), -np.inf)
    for i in range(len(tile)):
        points = space[:, occupant[i][occupant[i] >= 0]]
        points = points[:, ~np.isnan(points[0])]
        if points.size:
            center[:, i] = points.mean(axis=1)
            reach[i] = geo.chords_m(tuple(center[:, i].tolist()), points).max() + _SLACK_M
    return Map(
        stores=stores,
        retailers=retailers,
        position={store.id: i for i, store in enumerate(stores)},
        space=space,
        snapshot_at=np.array([store.snapshot_at for store in stores], np.int64),
        low_stock_at=np.array([owner.low_stock_at for owner in owners], np.int64),
        live_s=np.array([owner.freshness.live_s for owner in owners], np.int64),
        recent_s=np.array([owner.freshness.recent_s for owner in owners], np.int64),
        expires_s=np.array([owner.freshness.expires_s for owner in owners], np.int64),
        owner=np.array([rows.get(store.retailer_id, len(rows)) for store in stores], np.int64),
        trust=trust,
        cells=trust.table([*retailers, unknown.id]),
        exact=np.array([owner.disclosure is Disclosure.EXACT for owner in owners], bool),
        boolean=np.array([owner.disclosure is Disclosure.BOOLEAN for owner in owners], bool),
        tile=tile,
        center=center,
        reach=reach,
        occupant=occupant,
        occupants=occupant.tolist(),
        points=list(zip(*space.tolist(), strict=True)),
    )
