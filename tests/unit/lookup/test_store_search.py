"""Stores in their one order, through portions and pages."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from dataclasses import replace

import pytest
from geographiclib.geodesic import Geodesic

from inventory_api.domain.retailer import Retailer
from inventory_api.domain.store import NO_PLACE, Store
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.stores import PORTION, Circle, Page, StoreSearch, Wanted
from tests.fakes import FakeIndex

NOON = dt.datetime(2026, 10, 30, 12, tzinfo=dt.UTC)
COUNT = 2 * PORTION + 100


def _store(n: int, **fields: object) -> Store:
    usual = Store(n, "acme", str(n), n, f"Shop {n}", latitude=37.0 + n * 1e-4, longitude=-122.0, place=(n * 7) % 5_000)
    return replace(usual, **fields)  # type: ignore[arg-type]


def _search(stores: list[Store]) -> StoreSearch:
    return StoreSearch(FakeIndex(), Directory(stores, [Retailer("acme", "Acme")]))


@pytest.fixture(scope="module")
def search() -> StoreSearch:
    # Places are taken once: 7 and 5,000 share no factor.
    return _search([_store(n) for n in range(COUNT)])


def find(search: StoreSearch, wanted: Wanted) -> Page:
    return asyncio.run(search.find(wanted, NOON))


def ids(page: Page) -> list[int]:
    return [found.store.id for found in page.stores]


def test_pages_go_through_every_portion_in_the_order_of_places(search: StoreSearch) -> None:
    shown: list[int] = []
    after = None
    while True:
        page = find(search, Wanted(limit=1_000, after=after))
        shown += ids(page)
        if page.next is None:
            break
        after = page.next
    assert shown == sorted(range(COUNT), key=lambda n: (n * 7) % 5_000)


def test_a_page_is_filled_from_as_many_portions_as_it_takes(search: StoreSearch) -> None:
    rare = Wanted(is_wanted=lambda store: store.id % 1_000 == 0, limit=4)
    page = find(search, rare)
    assert len(page.stores) == 4
    rest = find(search, replace(rare, after=page.next))
    assert sorted(ids(page) + ids(rest)) == [0, 1_000, 2_000, 3_000, 4_000]
    assert rest.next is None


def test_a_circle_is_nearest_first_and_its_edge_is_in_it(search: StoreSearch) -> None:
    edge = Geodesic.WGS84.Inverse(37.1, -122.0, 37.0 + 1_010 * 1e-4, -122.0)["s12"]
    page = find(search, Wanted(circle=Circle(37.1, -122.0, edge), limit=50))
    assert ids(page)[0] == 1_000
    assert sorted(ids(page)) == list(range(990, 1_011))
    assert page.stores[-1].distance_m == pytest.approx(edge, abs=0.3)


def test_near_ties_are_in_the_order_of_the_exact_distance() -> None:
    # All within centimeters of one distance, where the chord formula does not know better.
    generator = random.Random(7)
    points = [Geodesic.WGS84.Direct(37.0, -122.0, generator.uniform(0, 360), 50_000 + n / 500) for n in range(60)]
    stores = [_store(n, latitude=point["lat2"], longitude=point["lon2"], place=n) for n, point in enumerate(points)]
    exact = {s.id: Geodesic.WGS84.Inverse(37.0, -122.0, s.latitude, s.longitude)["s12"] for s in stores}
    page = find(_search(stores), Wanted(circle=Circle(37.0, -122.0, 60_000), limit=100))
    assert ids(page) == sorted(exact, key=lambda n: (exact[n], n))


def test_a_store_that_has_no_place_yet_comes_last() -> None:
    stores = [_store(1, place=NO_PLACE), _store(2, place=9), _store(3, place=4)]
    page = find(_search(stores), Wanted(limit=2))
    assert ids(page) == [3, 2]
    assert ids(find(_search(stores), Wanted(after=page.next))) == [1]


def test_a_page_goes_on_behind_a_store_that_is_gone() -> None:
    stores = [_store(n, place=n) for n in range(1, 6)]
    after = find(_search(stores), Wanted(limit=3)).next
    assert ids(find(_search([s for s in stores if s.id != 3]), Wanted(after=after))) == [4, 5]


def test_a_text_orders_by_the_words_that_fit() -> None:
    stores = [
        _store(1, name="Corner Shop", street="1 Mission St", place=1),
        _store(2, name="Fresh Mart", street="9 Mission St", place=2),
        _store(3, name="Fresh Mart", city="Daly City", place=3),
        _store(4, name="Books", place=4),
    ]
    search = _search(stores)
    assert ids(find(search, Wanted(text="fresh mart on MISSION"))) == [2, 3, 1]
    assert ids(find(search, Wanted(text="fresh"))) == [2, 3]
    assert ids(find(search, Wanted(text="acme"))) == [1, 2, 3, 4]
    assert ids(find(search, Wanted(text="something near me"))) == []
    assert ids(find(search, Wanted(text="..."))) == [1, 2, 3, 4]
    first = find(search, Wanted(text="fresh mart on mission", limit=1))
    assert ids(find(search, Wanted(text="fresh mart on mission", after=first.next))) == [3, 1]
