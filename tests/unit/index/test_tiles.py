"""Where stores go in the index, over the whole life of an installation."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory_api.domain.store import NO_PLACE, TILE_SLOTS, Store
from inventory_api.storage.index.tiles import FILL, place_stores, repack_stores

CENTERS = ((40.7, -74.0), (90.0, 0.0), (-90.0, 77.0), (0.0, 180.0), (0.0, 0.0), (-16.9, -180.0), (51.5, 0.0))


class Life:
    """An installation's stores as they come, move and get stock; checks what must always hold."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.stores: dict[int, Store] = {}
        self.stocked: set[int] = set()
        self.reserved = 0
        self.owners: dict[int, int] = {}
        """Who was ever given a place."""

    def reserve(self, count: int) -> int:
        first, self.reserved = self.reserved, self.reserved + count
        return first

    def open_stores(self, count: int) -> None:
        for _ in range(count):
            number = len(self.stores)
            latitude, longitude = self.chance.choice(CENTERS)
            spread = self.chance.choice((0.0, 0.001, 0.3, 5.0))
            point = (
                min(90.0, max(-90.0, self.chance.gauss(latitude, spread))),
                min(180.0, max(-180.0, self.chance.gauss(longitude, spread))),
            )
            nowhere = self.chance.random() < 0.05
            self.stores[number + 1] = Store(
                number + 1,
                "acme",
                str(number),
                number,
                "",
                latitude=None if nowhere else point[0],
                longitude=None if nowhere else point[1],
            )

    def move_some(self) -> None:
        """Coordinates get corrected, found or lost."""
        for store_id in self.chance.sample(sorted(self.stores), min(len(self.stores), 5)):
            point = self.chance.choice((*CENTERS, (None, None)))
            self.stores[store_id] = replace(self.stores[store_id], latitude=point[0], longitude=point[1])

    def place(self) -> dict[int, int]:
        before = dict(self.stores)
        first_fresh = self.reserved
        places = place_stores(list(self.stores.values()), set(self.stocked), self.reserve)
        for store_id, place in places.items():
            self.stores[store_id] = replace(self.stores[store_id], place=place)
            assert self.owners.setdefault(place, store_id) == store_id, "a place was given to another store"
        for store_id in self.stocked:
            assert self.stores[store_id].place == before[store_id].place, "a stocked store lost its place"
        taken = Counter(store.place for store in self.stores.values())
        assert NO_PLACE not in taken
        assert taken.most_common(1)[0][1] == 1, "two stores share a place"
        old = {store.place // TILE_SLOTS for store in before.values() if store.place != NO_PLACE}
        for tile in {place // TILE_SLOTS for place in taken} - old:
            assert first_fresh <= tile < self.reserved, "a tile number that nobody reserved"
        return places

    def stock_some(self, share: float) -> None:
        self.stocked |= {store_id for store_id in self.stores if self.chance.random() < share}


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32),
    st.lists(st.tuples(st.integers(1, 700), st.sampled_from([0.0, 0.02, 0.5, 1.0]), st.booleans()), max_size=6),
)
def test_places_over_a_life(seed: int, generations: list[tuple[int, float, bool]]) -> None:
    life = Life(seed)
    for count, share, moves in generations:
        life.open_stores(count)
        if moves:
            life.move_some()
        life.place()
        assert life.place() == {}, "nothing is new, yet places change"
        life.stock_some(share)


def test_fresh_tiles_keep_room_for_neighbors() -> None:
    life = Life(1)
    life.open_stores(3_000)
    life.place()
    sizes = Counter(store.place // TILE_SLOTS for store in life.stores.values())
    assert max(sizes.values()) <= FILL
    assert len(sizes) <= 3_000 // FILL + 2


def test_a_new_neighbor_joins_a_stocked_tile_until_it_is_full() -> None:
    chance = random.Random(1)
    life = Life(1)

    def open_here(count: int) -> None:
        for _ in range(count):
            number = len(life.stores)
            point = {"latitude": 40.7 + chance.gauss(0, 0.01), "longitude": -74.0}
            life.stores[number + 1] = Store(number + 1, "acme", str(number), number, "", **point)

    open_here(1)
    life.place()
    life.stocked = {1}
    open_here(TILE_SLOTS - 1)
    life.place()
    assert {store.place // TILE_SLOTS for store in life.stores.values()} == {0}
    open_here(3)
    life.place()
    assert {life.stores[number].place // TILE_SLOTS for number in range(TILE_SLOTS + 1, TILE_SLOTS + 4)} == {1}


@pytest.mark.parametrize("count", [0, 1, 700])
def test_repacking_takes_fresh_tiles(count: int) -> None:
    life = Life(3)
    life.open_stores(count)
    life.stock_some(1.0)
    places = place_stores(list(life.stores.values()), set(), life.reserve)
    stores = [replace(store, place=places[store.id]) for store in life.stores.values()]
    fresh = life.reserved
    again = repack_stores(stores, life.reserve)
    assert set(again) == set(life.stores)
    assert len(set(again.values())) == count
    assert all(place // TILE_SLOTS >= fresh for place in again.values())
