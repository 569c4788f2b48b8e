"""Products from a feed to a search over HTTP: near a place, at once, and again after every way to be killed."""

from __future__ import annotations

import csv
import gzip
import os
import random
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from ingest.publish.search import SearchPublisher
from inventory_api.domain.product import Product
from inventory_api.domain.text import fold
from inventory_api.storage.search.reader import TantivySearch
from inventory_api.storage.search.writer import SearchWriter
from loadtests.bench.search_questions import other_scripts
from tests.integration.asking import asking
from tests.integration.world import World

PRODUCTS = (
    "id,gtin,title,brand,aliases\n"
    "A-1,0036000291452,Whole milk,Nestle,doodh|safed\n"
    "A-2,4006381333931,Skimmed milk,Nestle,\n"
    "A-3,,House panadol,,\n"
)


@pytest.fixture
def shop(world: World) -> World:
    """Two stores; only the far one has the whole milk."""
    world.add_retailer("acme", stores=["near", "far"])
    world.push("products", PRODUCTS)
    world.push("inventory", "store_code,id,quantity\nnear,A-2,0\nfar,A-1,5\nfar,A-3,1\n")
    return world


def test_a_feed_that_is_published_is_found(shop: World) -> None:
    with asking(shop) as api:
        for query, title in (("q=wole milk", "Whole milk"), ("q=safed", "Whole milk"), ("q=پیناڈول", "House panadol")):
            assert api.get(f"/v1/products?{query}").json()["products"][0]["product"]["title"] == title
        shop.push("products", "id,title\nA-9,Kefir\nA-3,House ibuprofen\n")
        assert [hit["product"]["title"] for hit in api.get("/v1/products?q=kefir").json()["products"]] == ["Kefir"]
        assert api.get("/v1/products?q=panadol").json()["products"] == []
        [typed] = api.get("/v1/products/suggest?q=ibu").json()["products"]
        assert typed["product"]["title"] == "House ibuprofen"


def test_what_is_carried_near_comes_first(shop: World) -> None:
    with asking(shop) as api:
        answer = api.get("/v1/products?q=milk&near=37.77,-122.42").json()["products"]
        assert [(hit["product"]["title"], hit["carried_nearby"]) for hit in answer] == [
            ("Whole milk", True),
            ("Skimmed milk", False),
        ]
        assert 1000 < answer[0]["distance_m"] < 1300
        only = api.get("/v1/products?q=milk&near=37.77,-122.42&carried=true").json()["products"]
        assert [hit["product"]["title"] for hit in only] == ["Whole milk"]
        here = api.get("/v1/products?q=milk&near=37.77,-122.42&radius=500&unit=m&carried=true").json()
        assert here["products"] == []


def test_an_article_number_with_its_retailer(shop: World) -> None:
    with asking(shop) as api:
        [hit] = api.get("/v1/products?q=A-3&retailer=acme").json()["products"]
        assert (hit["product"]["title"], hit["match"]) == ("House panadol", "code")
        assert all(hit["match"] != "code" for hit in api.get("/v1/products?q=A-3").json()["products"])


def test_a_dry_run_is_not_found(shop: World) -> None:
    shop.push("products", "id,title\nA-9,Kefir\n", dry_run=True)
    assert TantivySearch(shop.data_dir / "search").find("kefir", 5).product_ids == []


def test_what_a_crash_left_out_is_made_good(shop: World) -> None:
    search = SearchPublisher(shop.db, shop.data_dir / "search")
    assert not search.catch_up()
    with shop.db.write() as tx:
        tx.products.upsert("acme", [Product(77, "Kefir")])
    found = TantivySearch(shop.data_dir / "search")
    assert found.find("kefir", 5).product_ids == []
    assert search.catch_up()
    assert found.find("kefir", 5).product_ids == [77]
    assert not search.catch_up()


def test_it_is_made_anew_where_it_is_lost_or_ahead_of_sql(shop: World) -> None:
    folder = shop.data_dir / "search"
    search = SearchPublisher(shop.db, folder)
    shutil.rmtree(folder)
    assert search.catch_up()
    assert len(TantivySearch(folder).find("milk", 5).product_ids) == 2
    writer = SearchWriter(folder)
    with writer.turn():
        writer.apply([Product(99, "Of a database that is gone")], 10**6)
    assert search.catch_up()
    assert TantivySearch(folder).find("database", 5).product_ids == []


def test_rebuilding_reads_every_product(shop: World) -> None:
    told: list[tuple[str, int, int]] = []
    count = SearchPublisher(shop.db, shop.data_dir / "search").rebuild(lambda *words: told.append(words))
    assert count == 3
    assert told == [("indexing products", 0, 3)]


DATA = os.environ.get("INVENTORY_TEST_DATA")
NEEDS_DATA = pytest.mark.skipif(
    DATA is None and not os.environ.get("CI"), reason="INVENTORY_TEST_DATA names no folder of real data"
)


@NEEDS_DATA
@pytest.mark.slow
def test_recall_on_real_titles(tmp_path: Path) -> None:
    """One edit in one word of 2,000 real titles, and brands and staples in Urdu and Telugu."""
    assert DATA is not None
    titles: list[set[str]] = []
    with gzip.open(Path(DATA) / "data" / "products_openfoodfacts_200k.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row["title"] for row in csv.DictReader(file)]
    titles = [set(fold(title).split()) for title in rows]
    writer = SearchWriter(tmp_path)
    with writer.turn():
        writer.replace((Product(number, title) for number, title in enumerate(rows)), 1)
    search = TantivySearch(tmp_path)

    chance = random.Random(5)
    asked = found = 0
    while asked < 2_000:
        words = fold(chance.choice(rows)).split()[:6]
        long = [at for at, word in enumerate(words) if len(word) > 3 and word.isascii() and word.isalpha()]
        if not long:
            continue
        at = chance.choice(long)
        misspelt = [*words[:at], _edit(words[at], chance), *words[at + 1 :]]
        asked += 1
        found += any(set(words) <= titles[number] for number in search.find(" ".join(misspelt), 10).product_ids)
    assert found / asked >= 0.95

    hits = defaultdict[str, list[bool]](list)
    for question in other_scripts([(title, "") for title in rows]):
        page = search.find(question.text, 100).product_ids[:10]
        hits[question.kind].append(any(answer <= titles[number] for number in page for answer in question.answers))
    for kind in ("brand, arabic", "brand, telugu", "staple, arabic", "staple, telugu"):
        assert sum(hits[kind]) / len(hits[kind]) >= 0.85, kind


def _edit(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
    swapped = min(at, len(word) - 2)
    return chance.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[:swapped] + word[swapped + 1] + word[swapped] + word[swapped + 2 :],
        ]
    )
