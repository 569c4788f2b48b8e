"""Products and article numbers, alike on SQLite and PostgreSQL."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from inventory_api.domain import ports
from inventory_api.domain.errors import UnknownProduct
from inventory_api.domain.identifiers import OWN_BASE
from inventory_api.domain.product import Product
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.products import SqlProducts, UpsertCounts

FULL = Product(
    OWN_BASE + 7, "Ch\u00e2teau \u0c24", "Brand", "A > B", "Long \\ text\twith\nlines", "https://x/1", "https://x/1.png"
)


def test_what_a_feed_says_is_read_back(database: Database) -> None:
    with database.write() as transaction:
        assert transaction.products.upsert("acme", [FULL]) == (UpsertCounts(inserted=1), [FULL.id])
    with database.read() as transaction:
        assert transaction.products.get(FULL.id) == FULL
        assert transaction.products.get_many([FULL.id, 5]) == {FULL.id: FULL}
        assert transaction.products.get_many([]) == {}
        assert transaction.products.count() == 1
        with pytest.raises(UnknownProduct, match="00000000000005"):
            transaction.products.get(5)


def test_whoever_follows_revisions_misses_nothing(database: Database) -> None:
    with database.write() as transaction:
        products = transaction.products
        assert products.revision() == 0
        products.upsert("acme", [Product(1, "t", aliases="a|b"), Product(2, "t")])
        first = products.revision()
        products.upsert("acme", [Product(1, "T"), Product(2, "t"), Product(3)])
        assert {product.id: product.aliases for product in products.stream_changed(first)} == {1: "a|b", 3: None}
        assert len(list(products.stream_changed(0))) == 3
        assert list(products.stream_changed(products.revision())) == []


def test_the_owner_updates_what_it_states(database: Database) -> None:
    with database.write() as transaction:
        products = transaction.products
        products.upsert("acme", [Product(1, "t", "b"), Product(2, "t")])
        assert products.upsert("acme", [Product(1, "T"), Product(2)]) == (UpsertCounts(0, 1, 1), [1])
        assert products.get(1) == Product(1, "T", "b")


def test_others_only_fill_gaps(database: Database) -> None:
    with database.write() as transaction:
        products = transaction.products
        products.upsert("acme", [Product(1, "t"), Product(2, "t", "b", image_url="i")])
        rows = [Product(1, "other", "brand"), Product(2, "other", "other", "c")]
        assert products.upsert("zeta", rows) == (UpsertCounts(updated=2), [1])
        assert products.get(1) == Product(1, "t", "brand")
        assert products.get(2) == Product(2, "t", "b", "c", image_url="i")
        assert products.upsert("acme", [Product(1, brand="mine")]) == (UpsertCounts(updated=1), [1])
        assert products.upsert("zeta", [Product(1, brand="theirs")]) == (UpsertCounts(unchanged=1), [])
        assert products.get(1).brand == "mine"


def test_cards_change_with_title_brand_and_image_only(database: Database) -> None:
    with database.write() as transaction:
        upsert = transaction.products.upsert
        assert upsert("acme", [Product(3), Product(2, image_url="i"), Product(1, "t")])[1] == [1, 2]
        changed = [Product(1, category="c"), Product(2, description="d"), Product(3, link="l")]
        assert upsert("acme", changed) == (UpsertCounts(updated=3), [])
        assert upsert("acme", [Product(3, brand="b")]) == (UpsertCounts(updated=1), [3])


def test_of_one_product_the_later_row_wins(database: Database) -> None:
    with database.write() as transaction:
        rows = [Product(1, "one", "b"), Product(1, "two")]
        assert transaction.products.upsert("acme", rows) == (UpsertCounts(inserted=1), [1])
        assert transaction.products.get(1) == Product(1, "two", "b")
        assert transaction.products.upsert("acme", []) == (UpsertCounts(), [])


def test_article_numbers(database: Database) -> None:
    with database.write() as transaction:
        products = transaction.products
        products.link_skus("acme", [("a", 1), ("b", 2), ("a", 3)])
        products.link_skus("acme", [("b", 4), ("A", 5)])
        products.link_skus("zeta", [("a", 6)])
        products.link_skus("zeta", [])
        assert sorted(products.catalogue("acme")) == [("A", 5), ("a", 3), ("b", 4)]
        assert products.find_sku("zeta", "a") == 6
        assert products.find_sku("zeta", "b") is None


def test_own_numbers_are_reserved_once(database: Database) -> None:
    def reserve(_: int) -> int:
        with database.write() as transaction:
            return transaction.products.reserve_own_numbers(10)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(reserve, range(12))) == list(range(0, 120, 10))


def test_the_port(database: Database) -> None:
    products: ports.Products = SqlProducts(database)
    with database.write() as transaction:
        transaction.products.upsert("acme", [FULL])
        transaction.products.link_skus("acme", [("x", FULL.id)])
    assert products.get(FULL.id) == FULL
    assert products.find_sku("acme", "x") == FULL.id
    assert products.find_sku("zeta", "x") is None
    with pytest.raises(UnknownProduct):
        products.get(1)


def test_two_retailers_may_name_the_same_new_products_at_once(database: Database) -> None:
    def upsert(retailer_id: str) -> UpsertCounts:
        brand = f"of {retailer_id}"
        rows = [Product(number, brand=brand) for number in range(2_000)]
        random.shuffle(rows)
        with database.write() as transaction:
            return transaction.products.upsert(retailer_id, rows)[0]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(upsert, ["acme", "zeta"])
    assert first.inserted + second.inserted == 2_000
    assert first.updated + second.updated == 0
    assert first.unchanged + second.unchanged == 2_000


def test_a_hundred_thousand_at_once(database: Database) -> None:
    rows = [Product(number, f"title {number}") for number in range(100_000)]
    pairs = [(f"sku-{number}", number) for number in range(100_000)]
    random.Random(1).shuffle(rows)
    random.Random(2).shuffle(pairs)
    with database.write() as transaction:
        assert transaction.products.upsert("acme", rows)[0] == UpsertCounts(inserted=100_000)
        transaction.products.link_skus("acme", pairs)
        transaction.products.link_skus("acme", pairs)
    with database.read() as transaction:
        assert [row.id for row in transaction.products.stream_cards()] == list(range(100_000))
        assert sorted(transaction.products.catalogue("acme")) == sorted(pairs)
        assert len(transaction.products.get_many(range(50_000, 60_000))) == 10_000
        # A reader that stops early leaves nothing open.
        assert next(transaction.products.stream_cards()).title == "title 0"
        assert transaction.products.count() == 100_000
    with database.write() as transaction:
        half = [Product(number, f"title {number}" if number % 2 else "new") for number in range(10_000)]
        counts, cards = transaction.products.upsert("acme", half)
        assert (counts, len(cards)) == (UpsertCounts(0, 5_000, 5_000), 5_000)


def test_the_known_among_many_article_numbers(database: Database) -> None:
    with database.write() as transaction:
        transaction.products.link_skus("acme", [("A-1", 1), ("A-2", 2)])
    with database.read() as transaction:
        assert transaction.products.find_skus("acme", ["A-2", "B-9", "A-1", "A-2"]) == {"A-1": 1, "A-2": 2}
        assert transaction.products.find_skus("acme", []) == {}
