"""One thin test for each rule of a products feed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from ingest.normalize.products import ProductInput, latest_products, normalize_products
from ingest.normalize.texts import NormalizedBatch
from ingest.notices import NoticeBook
from ingest.rows import FeedContext, RawBatch

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
GTIN = 36000291452


def normalize(*rows: dict[str, str]) -> tuple[NormalizedBatch[ProductInput], list[tuple[Any, ...]]]:
    """The batch of some rows, and (code, severity, line) of each notice."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: pa.array([row.get(name, "") for row in rows]) for name in names}
    book = NoticeBook()
    batch = RawBatch(np.arange(2, len(rows) + 2), columns)
    result = normalize_products(batch, FeedContext(received_at=NOON, as_of=NOON), book)
    return result, [(n["code"], n["severity"], s["line"]) for n in book.report() for s in n["samples"]]


def test_a_good_row() -> None:
    """Is taken as it is, trimmed."""
    batch, notices = normalize(
        {
            "id": " SKU-1 ",
            "gtin": "036000291452",
            "title": "Paper Towel",
            "brand": "ExampleBrand",
            "category": "2847",
            "description": "Six",
            "link": "https://www.example.com/p/1",
            "image_link": "http://img.example.com/1.jpg",
        }
    )
    assert batch.rows == [
        ProductInput(
            sku="SKU-1",
            product_id=GTIN,
            title="Paper Towel",
            brand="ExampleBrand",
            category="2847",
            description="Six",
            link="https://www.example.com/p/1",
            image_url="http://img.example.com/1.jpg",
        )
    ]
    assert (batch.read, batch.rejected, batch.repaired, notices) == (1, 0, 0, [])


@pytest.mark.parametrize("code", ["", " ", '=""', "'"])
def test_id_missing(code: str) -> None:
    """A row that names no product is rejected."""
    batch, notices = normalize({"id": "", "gtin": code, "title": "?"})
    assert (batch.rejected, [(code, severity) for code, severity, _ in notices]) in [
        (1, [("id_missing", "error")]),
        (1, [("gtin_format", "error")]),
    ]


@pytest.mark.parametrize("code", ["036000291452", '="036000291452"', "'036000291452", "0036000291452"])
def test_gtins(code: str) -> None:
    """However a spreadsheet wraps them, without an id."""
    batch, notices = normalize({"gtin": code})
    assert (batch.rows[0].sku, batch.rows[0].product_id, notices) == (None, GTIN, [])


@pytest.mark.parametrize(
    ("code", "notice"),
    [("8.84913E+11", "gtin_scientific"), ("12345", "gtin_format"), ("036000291453", "gtin_check_digit")],
)
def test_bad_gtins(code: str, notice: str) -> None:
    """Reject a row without an id; with one, it is kept under that."""
    batch, notices = normalize({"gtin": code})
    assert (batch.rows, batch.rejected, notices) == ([], 1, [(notice, "error", 2)])
    batch, notices = normalize({"id": "A", "gtin": code})
    assert (batch.rows[0].sku, batch.rows[0].product_id, batch.repaired) == ("A", None, 1)
    assert notices == [(notice, "warning", 2)]


def test_gtin_zero_padded() -> None:
    """Eleven digits whose check digit fits."""
    batch, notices = normalize({"gtin": "36000291452"})
    assert (batch.rows[0].product_id, notices) == (GTIN, [("gtin_zero_padded", "warning", 2)])


def test_gtin_from_upce() -> None:
    """Harmless."""
    batch, notices = normalize({"gtin": "04252614"})
    assert (batch.rows[0].product_id, notices) == (42100005264, [("gtin_from_upce", "info", 2)])


def test_gtin_from_isbn() -> None:
    """Harmless."""
    batch, notices = normalize({"gtin": "080442957X"})
    assert (batch.rows[0].product_id, notices) == (9780804429573, [("gtin_from_isbn", "info", 2)])


def test_gtin_restricted() -> None:
    """Means something only inside these shops: an id, no GTIN."""
    batch, notices = normalize({"gtin": "2000000000008"}, {"id": "A", "gtin": "2000000000008"})
    assert [(row.sku, row.product_id) for row in batch.rows] == [("2000000000008", None), ("A", None)]
    assert notices == [("gtin_restricted", "warning", 2), ("gtin_restricted", "warning", 3)]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "www.example.com", "https://", "http://a b", "http://[x"])
def test_link_invalid(link: str) -> None:
    """Only web addresses reach a page."""
    batch, notices = normalize({"id": "A", "image_link": link})
    assert (batch.rows[0].image_url, notices) == (None, [("link_invalid", "warning", 2)])


def test_column_value_too_long() -> None:
    """A long title is kept whole, an absurd one cut."""
    batch, notices = normalize({"id": "A", "title": "x" * 1000}, {"id": "B", "title": "x" * 1001})
    assert [len(row.title or "") for row in batch.rows] == [1000, 1000]
    assert notices == [("column_value_too_long", "warning", 3)]


def test_an_id_is_never_cut() -> None:
    """A shortened id would be another product's."""
    batch, notices = normalize({"id": "x" * 256}, {"id": "x" * 257}, {"id": "ڈ" * 129})
    assert [len(row.sku or "") for row in batch.rows] == [256]
    assert notices == [("column_value_too_long", "error", 3), ("column_value_too_long", "error", 4)]


def test_duplicates() -> None:
    """The last row of an id, or of a GTIN without one, counts."""
    batch, notices = normalize(
        {"id": "A", "title": "x"},
        {"id": "A", "title": "x"},
        {"id": "A", "title": "y"},
        {"gtin": "036000291452"},
        {"gtin": "0036000291452"},
    )
    assert [(row.sku, row.product_id, row.title) for row in batch.rows] == [("A", None, "y"), (None, GTIN, None)]
    assert sorted(notices) == [
        ("duplicate_conflict", "warning", 4),
        ("duplicate_key", "warning", 3),
        ("duplicate_key", "warning", 6),
    ]


def test_duplicates_across_batches() -> None:
    """The same rule for the rows of the whole file."""
    book = NoticeBook()
    rows = [ProductInput("A", None, title="Old", line=2), ProductInput("A", None, title="New", line=900)]
    assert [row.title for row in latest_products(rows, book)] == ["New"]
    assert book.count("duplicate_conflict") == 1
