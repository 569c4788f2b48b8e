"""The nasty example files, as far as reading them goes: rows, lines, notices, refusals."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest

from ingest.formats.archives import open_parts
from ingest.formats.delimited import read_delimited
from ingest.notices import NoticeBook
from ingest.rows import FeedContext
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def examples() -> Path:
    """The folder of example files."""
    root = os.environ.get("INVENTORY_TEST_DATA")
    if root is None:
        message = "Set INVENTORY_TEST_DATA to the folder that holds feed_examples/ to run these tests."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return Path(root) / "feed_examples"


def read(path: Path, kind: FeedKind = FeedKind.INVENTORY) -> tuple[list[dict[str, Any]], set[tuple[Any, ...]], int]:
    """The rows with their lines, (code, severity, line) of each notice, and how many rows were rejected."""
    notices, rows, rejected = NoticeBook(), [], 0
    context = FeedContext(received_at=NOON, as_of=NOON)
    (part,) = open_parts(path)
    for batch in read_delimited(part.opened, kind=kind, context=context, notices=notices):
        columns = {name: column.to_pylist() for name, column in batch.columns.items()}
        for position, line in enumerate(batch.line.tolist()):
            rows.append({"line": line} | {name: cells[position] for name, cells in columns.items()})
        rejected += batch.rejected
    told = {(n["code"], n["severity"], s["line"]) for n in notices.report() for s in n["samples"]}
    return rows, told, rejected


@pytest.mark.parametrize(
    ("name", "lines", "notices"),
    [
        ("google_local_inventory.tsv", [2, 3, 4, 5, 6], set()),
        ("google_lfp_inventory.tsv", [2], set()),
        ("microsoft_local_inventory.txt", [2], set()),
        ("meta_local_inventory.csv", [3, 4], {("hint_row_skipped", "info", 1)}),
        ("nasty_utf8_bom_crlf.csv", [2, 3], set()),
        ("nasty_latin1.csv", [2, 3], {("encoding_fallback", "warning", None)}),
        ("nasty_cp1252_euro.csv", [2, 3], {("encoding_fallback", "warning", None)}),
        ("nasty_utf16le_bom.tsv", [2, 3], set()),
        ("nasty_semicolon_decimal_comma.csv", [2, 3], set()),
        ("nasty_excel_gtin.csv", [2, 3, 4, 5, 6, 7, 8, 9], set()),
        ("nasty_quotes_in_tsv.tsv", [2, 3, 4, 5], set()),
        (
            "nasty_ragged.tsv",
            [2, 6],
            {("column_count", "error", 3), ("column_count", "error", 4), ("blank_row", "info", 5)},
        ),
        ("nasty_embedded_newline.csv", [2, 4], set()),
        ("nasty_values.tsv", [2, 3, 4, 5, 6, 7, 8, 9, 10, 11], set()),
        ("nasty_header_aliases.csv", [2], {("column_duplicate", "warning", 1)}),
        (
            "nasty_nul_and_controls.tsv",
            [4],
            {
                ("control_character", "error", 2),
                ("control_character", "error", 3),
                ("control_character", "warning", 4),
            },
        ),
        ("nasty_total_row.csv", [2, 3, 4, 5], set()),
        ("nasty_multi_member.tsv.gz", [2, 3, 4, 5, 6], set()),
        ("nasty_trailing_garbage.tsv.gz", [2], set()),
        ("nasty_zip_two_members_and_traversal.zip", [2, 3, 4, 5, 6], set()),
    ],
)
def test_reads(examples: Path, name: str, lines: list[int], notices: set[tuple[Any, ...]]) -> None:
    """The lines accepted and what is told of the others."""
    rows, told, rejected = read(examples / name)
    assert [row["line"] for row in rows] == lines
    assert told == notices
    assert rejected == sum(severity == "error" for _, severity, _ in notices)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("nasty_no_header.tsv", "header_missing"),
        ("nasty_html_error_page.tsv", "not_a_feed"),
        ("nasty_empty.tsv", "empty_feed"),
        ("nasty_header_only.tsv", "empty_feed"),
        ("nasty_truncated.tsv.gz", "truncated"),
        ("nasty_billion_laughs.xml", "not_a_feed"),
        ("nasty_bad_lines.ndjson", "not_a_feed"),
        ("x12_846_sdq.edi", "not_a_feed"),
    ],
)
def test_refuses(examples: Path, name: str, code: str) -> None:
    """Files that are no feed, or not a whole one."""
    with pytest.raises(FeedRejected) as caught:
        read(examples / name)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "line", "cells"),
    [
        ("nasty_cp1252_euro.csv", 2, {"price": "5,49 €"}),
        ("nasty_semicolon_decimal_comma.csv", 3, {"store_code": "0018", "quantity": "1.234", "price": "1.299,00 EUR"}),
        ("nasty_quotes_in_tsv.tsv", 4, {"id": "SKU-3", "quantity": "5"}),
        ("nasty_nul_and_controls.tsv", 4, {"id": "SKU\u00a0-3"}),
        ("nasty_header_aliases.csv", 2, {"store_code": "17", "quantity": "12", "timestamp": "2026-11-05 06:00"}),
        ("nasty_excel_gtin.csv", 6, {"gtin": '="036000291452"'}),
        ("nasty_embedded_newline.csv", 2, {"id": "SKU-1", "quantity": "3"}),
    ],
)
def test_cells(examples: Path, name: str, line: int, cells: dict[str, str]) -> None:
    """Cells are never shifted or unescaped twice."""
    rows, _, _ = read(examples / name)
    (row,) = (row for row in rows if row["line"] == line)
    assert cells.items() <= row.items()


def test_stores_and_products(examples: Path) -> None:
    """Google's other two feeds."""
    (store,), told, _ = read(examples / "google_store_feed.tsv", FeedKind.STORES)
    assert (store["name"], store["lat"]) == ("Example Springfield", "39.7990")
    assert told == set()
    products, told, _ = read(examples / "google_primary_products.tsv", FeedKind.PRODUCTS)
    assert [product["category"] for product in products] == ["2847", "2986"]
    assert told == set()
