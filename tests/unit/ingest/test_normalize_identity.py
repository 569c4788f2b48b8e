"""Stores and article ids as numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.normalize.identity import UNKNOWN, Catalogue, StoreBook
from ingest.normalize.pickup import METHODS, SLAS, pack_pickup, parse_method, parse_sla, unpack_pickup
from inventory_api.domain.identifiers import OWN_BASE
from inventory_api.domain.store import Store

entries = st.dictionaries(st.text(max_size=8), st.integers(1, OWN_BASE + 99))


@given(entries, st.lists(st.text(max_size=8)), entries)
def test_a_catalogue_is_a_dictionary(known: dict[str, int], asked: list[str], learned: dict[str, int]) -> None:
    catalogue = Catalogue(known.items(), lambda count: 0)
    skus = [*asked, *known, *learned]
    assert catalogue.lookup(skus).tolist() == [known.get(sku, UNKNOWN) for sku in skus]
    # An id that is known as a GTIN is never learned anew.
    learned = {sku: product for sku, product in learned.items() if known.get(sku, OWN_BASE) >= OWN_BASE}
    both = known | learned
    catalogue.learned.update(learned)
    assert catalogue.lookup(skus).tolist() == [both.get(sku, UNKNOWN) for sku in skus]
    assert catalogue.fold() == learned
    assert catalogue.lookup(skus).tolist() == [both.get(sku, UNKNOWN) for sku in skus]
    assert (catalogue.learned, len(catalogue)) == ({}, len(both))


def test_a_catalogue_takes_24_bytes_an_id() -> None:
    catalogue = Catalogue(((f"SKU-{n}", n) for n in range(1, 100_001)), lambda count: 0)
    assert sum(column.nbytes for column in (catalogue._high, catalogue._low, catalogue._product)) == 2_400_000
    assert catalogue.lookup(["SKU-70000", "SKU-0"]).tolist() == [70_000, UNKNOWN]


def test_store_codes_match_exactly_then_uniquely_without_case() -> None:
    book = StoreBook([Store(1, "r", "a1", 0, ""), Store(2, "r", "A1", 1, ""), Store(3, "r", "B1", 2, "")])
    assert [book.find(code) for code in ("a1", "A1", "b1", "B1", "C1")] == [
        (0, False),
        (1, False),
        (2, True),
        (2, False),
        (UNKNOWN, False),
    ]
    book = StoreBook([Store(1, "r", "a1x", 0, ""), Store(2, "r", "A1X", 1, "")])
    assert book.find("a1X") == (UNKNOWN, False)


def test_offline_unknown_stores_are_numbered() -> None:
    book = StoreBook([], create_unknown=True)
    assert [book.find(code) for code in ("A", "B", "A", "")] == [(0, False), (1, False), (0, False), (UNKNOWN, False)]
    assert book.created == {"A": 0, "B": 1}


def test_offline_letter_case_is_not_doubted() -> None:
    book = StoreBook([], create_unknown=True)
    assert [book.find(code) for code in ("A", "a")] == [(0, False), (1, False)]


def test_pickup_terms() -> None:
    assert (parse_method("Ship To Store"), parse_sla("2-day"), parse_sla("multi week")) == (
        "ship_to_store",
        "two_day",
        "multi_week",
    )
    assert (parse_method("ship"), parse_sla("8 day"), parse_sla("")) == (None, None, None)
    for method in METHODS:
        for sla in (None, *SLAS):
            assert unpack_pickup(pack_pickup(method, sla)) == (method, sla)
