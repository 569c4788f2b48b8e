"""The directory: no store is ever overlooked, and what changes arrives as if everything were loaded anew."""

from __future__ import annotations

import dataclasses
import random
from dataclasses import replace

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inventory_api.domain import geo
from inventory_api.domain.errors import UnknownRetailer, UnknownStore
from inventory_api.domain.freshness import FreshnessPolicy
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.store import NO_PLACE, TILE_SLOTS, Store
from inventory_api.lookup.directory import Directory, Map

ACME, BOLT = Retailer("acme", "Acme"), Retailer("bolt", "Bolt", low_stock_at=5)
SEAMS = [(90.0, 0.0), (-90.0, 11.0), (0.0, 180.0), (0.0, -180.0), (0.0, 0.0), (51.48, 0.0), (65.0, 179.99)]

Point = tuple[float, float]

points = st.one_of(
    st.sampled_from(SEAMS),
    st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    st.builds(
        lambda seam, north, east: (min(90.0, max(-90.0, seam[0] + north)), _wrapped(seam[1] + east)),
        st.sampled_from(SEAMS),
        st.floats(-1.5, 1.5),
        st.floats(-3, 3),
    ),
)


def _wrapped(longitude: float) -> float:
    return longitude if -180 <= longitude <= 180 else (longitude + 180) % 360 - 180


def metres(one: Point, other: Point) -> float:
    return float(Geodesic.WGS84.Inverse(*one, *other, Geodesic.DISTANCE)["s12"])


def a_store(number: int, point: Point | None, *, place: int | None = None) -> Store:
    latitude, longitude = point if point is not None else (None, None)
    retailer_id = ("acme", "bolt")[number % 2]
    where = number if place is None else place
    return Store(number + 1, retailer_id, str(number), number, "", latitude=latitude, longitude=longitude, place=where)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(points, st.integers(0, 5 * TILE_SLOTS - 1)), max_size=40, unique_by=lambda pair: pair[1]),
    points,
    st.one_of(st.floats(0.01, 160_000), st.just(160_000.0)),
    st.integers(0, 40),
)
@example([((90.0, -120.0), 3), ((89.0, 60.0), 7)], (89.9, 60.0), 160_000.0, 0)
@example([((0.0, -180.0), 3), ((0.0, 179.5), 4)], (0.0, 180.0), 1.0, 0)
def test_no_store_is_overlooked(placed: list[tuple[Point, int]], origin: Point, radius_m: float, edge: int) -> None:
    """Places at random: neighbors and antipodes share tiles, as they may after coordinates were corrected."""
    stores = [a_store(number, point, place=place) for number, (point, place) in enumerate(placed)]
    away = {number: metres(origin, point) for number, (point, _) in enumerate(placed)}
    if edge < len(placed) and away[edge] <= 160_000:
        radius_m = away[edge]
    directory = Directory(stores, [ACME, BOLT])
    inside = {store.id for store in stores if away[store.number] <= radius_m}

    now = directory.map
    rows = now.tiles_near(geo.point_to_space(latitude=origin[0], longitude=origin[1]), radius_m)
    reached = {now.stores[at].id for at in now.occupant[rows].ravel().tolist() if at >= 0}
    assert inside <= reached

    found = directory.near(latitude=origin[0], longitude=origin[1], radius_m=radius_m)
    assert {store.id for store, _ in found} == inside
    assert [distance for _, distance in found] == pytest.approx([away[s.number] for s, _ in found], abs=0.06)
    assert [distance for _, distance in found] == sorted(distance for _, distance in found)


def test_stores_without_coordinates_are_near_nothing_but_have_a_code() -> None:
    directory = Directory([a_store(0, None), a_store(1, (0.0, 0.0), place=600)], [ACME, BOLT])
    assert [store.id for store, _ in directory.near(latitude=0, longitude=0, radius_m=160_000)] == [2]
    found = directory.find_code("acme", "0")
    assert found is not None
    assert found.id == 1


@pytest.mark.parametrize("stores", [[], [a_store(0, None, place=NO_PLACE)]])
def test_a_directory_without_a_tile(stores: list[Store]) -> None:
    directory = Directory(stores, [ACME])
    assert directory.near(latitude=0, longitude=0, radius_m=160_000) == []
    assert directory.map.tiles_of(range(len(stores))).tolist() == []


def test_a_store_without_a_place_brings_no_tile_twice() -> None:
    stores = [a_store(0, None, place=NO_PLACE), a_store(1, (0.0, 0.0), place=0), a_store(2, (0.0, 0.0), place=5000)]
    now = Directory(stores, [ACME, BOLT]).map
    assert now.tile[now.tiles_of([0, 1, 2])].tolist() == [0, 5000 // TILE_SLOTS]


def test_near_tells_ties_by_id_and_filters_retailers() -> None:
    stores = [a_store(number, (10.0, 20.0)) for number in range(6)]
    directory = Directory(reversed(stores), [ACME, BOLT])
    where = {"latitude": 10.0, "longitude": 20.001, "radius_m": 1000.0}
    assert [store.id for store, _ in directory.near(**where)] == [1, 2, 3, 4, 5, 6]
    assert [store.id for store, _ in directory.near(**where, retailer_ids=frozenset({"bolt"}))] == [2, 4, 6]


def test_what_is_not_there_raises() -> None:
    directory = Directory([a_store(0, (0.0, 0.0))], [ACME])
    with pytest.raises(UnknownStore):
        directory.get(9)
    with pytest.raises(UnknownRetailer):
        directory.retailer("nobody")
    assert directory.find_code("acme", "00") is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_an_update_equals_a_load(seed: int) -> None:
    chance = random.Random(seed)
    stores = {
        number + 1: a_store(number, _some_point(chance), place=7 * number) for number in range(chance.randint(0, 30))
    }
    retailers = [ACME, BOLT]
    directory = Directory(stores.values(), retailers)
    for _ in range(6):
        changed = [_changed(chance, store) for store in stores.values() if chance.random() < 0.2]
        if chance.random() < 0.3:
            number = len(stores)
            changed.append(a_store(number, _some_point(chance), place=7 * number))
        if chance.random() < 0.2:
            policy = FreshnessPolicy(expires_s=chance.randint(1, 100))
            retailers = [ACME, replace(BOLT, low_stock_at=chance.randint(0, 9), freshness=policy)]
        chance.shuffle(changed)
        stores |= {store.id: store for store in changed}
        held = directory.map
        kept = list(held.stores), held.snapshot_at.copy()
        directory.update(changed, retailers)
        _assert_equal(directory, Directory(stores.values(), retailers), [ACME.id, BOLT.id])
        assert (held.stores, held.snapshot_at.tolist()) == (kept[0], kept[1].tolist()), "a version in use was changed"


def _some_point(chance: random.Random) -> Point | None:
    return None if chance.random() < 0.1 else (chance.uniform(-90, 90), chance.uniform(-180, 180))


def _changed(chance: random.Random, store: Store) -> Store:
    change = chance.randrange(6)
    if change == 0:
        latitude, longitude = _some_point(chance) or (None, None)
        return replace(store, latitude=latitude, longitude=longitude)
    if change == 1:
        return replace(store, place=store.place + 100 * TILE_SLOTS)
    if change == 2:
        return replace(store, store_code=store.store_code + "x")
    if change == 3:
        return replace(store, name="renamed", services=("pickup",), currency="EUR")
    return replace(store, snapshot_at=chance.randint(0, 10**9))


def _assert_equal(one: Directory, other: Directory, retailer_ids: list[str]) -> None:
    for field in dataclasses.fields(Map):
        left, right = getattr(one.map, field.name), getattr(other.map, field.name)
        if isinstance(left, np.ndarray) or field.name == "points":  # NaN is itself there
            np.testing.assert_array_equal(left, right, err_msg=field.name)
        else:
            assert left == right, field.name
    for store in other.map.stores:
        assert one.get(store.id) == store
        for retailer_id in retailer_ids:
            code = (retailer_id, store.store_code)
            assert one.find_code(*code) == other.find_code(*code)
