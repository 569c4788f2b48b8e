"""The demo world is found in the languages of its shoppers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from inventory_api.cli.demo.catalog import build_catalog
from inventory_api.domain.product import Product
from inventory_api.storage.search.reader import TantivySearch
from inventory_api.storage.search.writer import SearchWriter

Find = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def find(tmp_path_factory: pytest.TempPathFactory) -> Find:
    products = {int(p.gtin): p for p in build_catalog(2011)}
    folder = tmp_path_factory.mktemp("search")
    writer = SearchWriter(folder)
    with writer.turn():
        writer.replace(
            (Product(gtin, p.title, p.brand, p.category, aliases=p.aliases) for gtin, p in products.items()), 1
        )
    search = TantivySearch(folder)
    return lambda text: [products[product_id].title for product_id in search.find(text, 10).product_ids]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("milk", "Milk"),
        ("دودھ", "Milk"),
        ("పాలు", "Milk"),
        ("doodh", "Milk"),
        ("panadl", "Paracetamol"),
        ("پیناڈول", "Paracetamol"),
        ("చక్కెర", "Sugar"),
        ("chai", "Tea"),
    ],
)
def test_shoppers_find_it(find: Find, text: str, word: str) -> None:
    assert word in find(text)[0]
