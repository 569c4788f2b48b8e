"""Every example file through the whole reading: parsed, normalized, checked, its duplicates settled.

The agreed outcome of each is written down here, line by line; a file nobody agreed on fails a test.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.normalize.identity import Catalogue, StoreBook
from ingest.notices import NoticeBook
from ingest.offline import check_file
from ingest.parse import ParsedStock, parse_stock
from ingest.publish.touched import FoldedSegment
from ingest.rows import FeedContext
from ingest.segment import Comparison, next_version
from ingest.spill import Spill
from inventory_api.domain.feed import Awaited, FeedKind, FeedMode
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.stock import NO_PRICE, NO_QUANTITY, Claim, StockTable, from_observed
from inventory_api.domain.store import Store

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
AMERICAN = Retailer("r", "r", currency="USD", timezone="America/New_York")
GERMAN = Retailer("r", "r", currency="EUR", timezone="Europe/Berlin", locale="de")

FILE: int | None = None
"""The line of a notice about the file as a whole."""

ROWS = {
    "edifact_invrpt_d01b.edi": (3, 0),
    "google_lfp_inventory.tsv": (1, 0),
    "google_local_inventory.tsv": (5, 0),
    "google_local_inventory.xml": (2, 0),
    "google_local_inventory_atom.xml": (1, 0),
    "google_primary_products.tsv": (2, 0),
    "google_store_feed.tsv": (1, 0),
    "gs1_xml_logistics_inventory_report.xml": (1, 0),
    "meta_local_inventory.csv": (2, 0),
    "microsoft_local_inventory.txt": (1, 0),
    "nasty_cp1252_euro.csv": (2, 0),
    "nasty_edifact_invrpt_d96a_newline_terminated.edi": (2, 0),
    "nasty_embedded_newline.csv": (2, 0),
    "nasty_excel_gtin.csv": (6, 2),
    "nasty_header_aliases.csv": (1, 0),
    "nasty_latin1.csv": (2, 0),
    "nasty_multi_member.tsv.gz": (5, 0),
    "nasty_nul_and_controls.tsv": (1, 2),
    "nasty_quotes_in_tsv.tsv": (4, 0),
    "nasty_ragged.tsv": (2, 2),
    "nasty_semicolon_decimal_comma.csv": (2, 0),
    "nasty_total_row.csv": (2, 2),
    "nasty_trailing_garbage.tsv.gz": (1, 0),
    "nasty_utf16le_bom.tsv": (2, 0),
    "nasty_utf8_bom_crlf.csv": (2, 0),
    "nasty_values.tsv": (9, 1),
    "nasty_x12_846_pipe_delims_no_newlines.edi": (3, 1),
    "x12_846_sdq.edi": (16, 0),
    "x12_852_sdq.edi": (3, 0),
    "nasty_zip_two_members_and_traversal.zip": (5, 0),
}
"""Rows accepted and rejected of the files that can be used."""

REFUSED = {
    "nasty_billion_laughs.xml": ("xml_dtd_forbidden", 1),
    "nasty_empty.tsv": ("empty_feed", FILE),
    "nasty_header_only.tsv": ("empty_feed", 1),
    "nasty_html_error_page.tsv": ("not_a_feed", FILE),
    "nasty_no_header.tsv": ("header_missing", 1),
    "nasty_truncated.tsv.gz": ("truncated", FILE),
    "nasty_xml_unescaped_amp.xml": ("xml_not_well_formed", 1),
}

NOTICES: dict[str, dict[tuple[str, str], list[int | None]]] = {
    "edifact_invrpt_d01b.edi": {("info", "timestamp_no_timezone"): [12, 15, 19]},
    "google_local_inventory_atom.xml": {("info", "availability_case"): [3]},
    "meta_local_inventory.csv": {("info", "availability_case"): [3, 4], ("info", "hint_row_skipped"): [1]},
    "microsoft_local_inventory.txt": {("info", "availability_case"): [2]},
    "nasty_cp1252_euro.csv": {("warning", "encoding_fallback"): [FILE], ("info", "price_decimal_comma"): [2, 3]},
    "nasty_edifact_invrpt_d96a_newline_terminated.edi": {("info", "timestamp_no_timezone"): [7, 14]},
    "nasty_excel_gtin.csv": {
        ("warning", "gtin_zero_padded"): [2],
        ("error", "gtin_scientific"): [3],
        ("warning", "duplicate_key"): [6],
        ("info", "gtin_from_upce"): [8],
        ("error", "gtin_check_digit"): [9],
    },
    "nasty_header_aliases.csv": {
        ("warning", "column_duplicate"): [1],
        ("info", "price_currency_missing"): [2],
        ("info", "timestamp_no_timezone"): [2],
    },
    "nasty_latin1.csv": {("warning", "encoding_fallback"): [FILE]},
    "nasty_nul_and_controls.tsv": {
        ("error", "control_character"): [2, 3],
        ("warning", "control_character"): [4],
        ("warning", "row_errors"): [None],
    },
    "nasty_ragged.tsv": {("error", "column_count"): [3, 4], ("info", "blank_row"): [5]},
    "nasty_semicolon_decimal_comma.csv": {("info", "price_currency_missing"): [2]},
    "nasty_total_row.csv": {("error", "id_missing"): [4, 5]},
    "nasty_values.tsv": {
        ("info", "availability_case"): [2],
        ("warning", "quantity_negative"): [2],
        ("warning", "availability_conflict"): [2, 7],
        ("info", "timestamp_no_timezone"): [2, 4, 6, 8, 9, 10],
        ("info", "availability_alias"): [3, 4],
        ("info", "quantity_decimal"): [3],
        ("info", "price_decimal_comma"): [3],
        ("warning", "timestamp_invalid"): [3],
        ("warning", "quantity_not_a_number"): [4],
        ("info", "price_currency_prefix"): [4],
        ("info", "price_currency_missing"): [5, 6],
        ("info", "quantity_banded"): [6],
        ("warning", "price_zero"): [7],
        ("warning", "timestamp_future"): [7],
        ("warning", "duplicate_conflict"): [8],
        ("error", "id_missing"): [10],
        ("warning", "quantity_overflow"): [11],
    },
    "nasty_x12_846_pipe_delims_no_newlines.edi": {
        ("error", "sdq_odd_pair"): [1],
        ("warning", "lin01_missing"): [1],
        ("warning", "duplicate_key"): [1],
        ("info", "timestamp_no_timezone"): [1, 1, 1],
    },
    "x12_846_sdq.edi": {
        ("warning", "quantity_negative"): [13],
        ("info", "timestamp_no_timezone"): [*[12] * 10, *[13] * 3, 16, 16, 19],
    },
    "x12_852_sdq.edi": {("info", "timestamp_no_timezone"): [12, 12, 12]},
}
"""Notices by severity and code, with their lines; a file that is not here gets none."""

KINDS = {"google_primary_products.tsv": FeedKind.PRODUCTS, "google_store_feed.tsv": FeedKind.STORES}
RETAILERS = {"nasty_semicolon_decimal_comma.csv": GERMAN}

PROFILES = {
    "nasty_zip_two_members_and_traversal.zip": [FeedProfile(), FeedProfile(member_glob="*.tsv")],
    "nasty_no_header.tsv": [FeedProfile(columns=("store_code", "id", "quantity"))],
    "nasty_semicolon_decimal_comma.csv": [FeedProfile(decimal=",", currency="EUR", timezone="Europe/Berlin")],
    "nasty_latin1.csv": [FeedProfile(encoding="latin-1")],
    "nasty_cp1252_euro.csv": [FeedProfile(encoding="cp1252")],
}
"""How senders may declare what these files are."""

Told = dict[tuple[str, str], list[int | None]]


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


def check(
    path: Path, work: Path, profile: FeedProfile | None = None, *, mode: FeedMode = FeedMode.FULL
) -> dict[str, Any]:
    """The report of an offline check, as if it were noon."""
    return check_file(
        path,
        kind=KINDS.get(path.name, FeedKind.INVENTORY),
        mode=mode,
        store_code=None,
        retailer=RETAILERS.get(path.name, AMERICAN) if profile is None else AMERICAN,
        work=work,
        progress=lambda stage, done, total: None,
        profile=profile,
        now=NOON,
    )


def told(notices: list[dict[str, Any]]) -> Told:
    """The lines of each notice; every one, since no example has more than are sampled."""
    for notice in notices:
        assert notice["count"] == len(notice["samples"])
    return {(n["severity"], n["code"]): [sample["line"] for sample in n["samples"]] for n in notices}


@pytest.mark.parametrize("name", ROWS)
def test_a_usable_file_gives_the_agreed_rows_and_notices(name: str, examples: Path, tmp_path: Path) -> None:
    report = check(examples / name, tmp_path)

    accepted, rejected = ROWS[name]
    rows = report["rows"]
    # Of a few rows more than half in error are for a person to look at.
    assert report["status"] == ("quarantined" if rejected > accepted else "accepted")
    assert (rows["read"], rows["accepted"], rows["rejected"]) == (accepted + rejected, accepted, rejected)
    assert rows["parked"] == 0
    assert told(report["notices"]) == NOTICES.get(name, {})


@pytest.mark.parametrize(("name", "profile"), [(name, one) for name, many in PROFILES.items() for one in many])
def test_what_a_profile_declares_needs_no_notice(
    name: str, profile: FeedProfile, examples: Path, tmp_path: Path
) -> None:
    report = check(examples / name, tmp_path, profile)

    assert (report["status"], report["rows"]["accepted"]) == ("accepted", ROWS.get(name, (2, 0))[0])
    expected = dict(NOTICES.get(name, {}))
    expected.pop(("warning", "encoding_fallback"), None)
    assert told(report["notices"]) == expected


@pytest.mark.parametrize("name", REFUSED)
def test_a_hopeless_file_is_refused_as_a_whole(name: str, examples: Path, tmp_path: Path) -> None:
    report = check(examples / name, tmp_path)

    code, line = REFUSED[name]
    assert report["status"] == "rejected"
    assert told(report["notices"]) == {("error", code): [line]}


def test_every_example_of_rows_has_an_agreed_outcome(examples: Path) -> None:
    rows = {path.name for path in examples.iterdir() if path.suffix in (".tsv", ".csv", ".gz", ".zip", ".edi", ".xml")}

    assert rows | {"microsoft_local_inventory.txt"} == set(ROWS) | set(REFUSED)


def take(path: Path, work: Path, stores: list[str], skus: list[str]) -> tuple[ParsedStock, Told, list[dict[str, Any]]]:
    """A full feed of a retailer who has these stores and ids: counts, notices, and the stock that results."""
    notices, numbers = NoticeBook(), itertools.count()
    context = FeedContext.of(AMERICAN, received_at=NOON, as_of=NOON, is_full=True, store_code=None)
    book = StoreBook([Store(n, "r", code, n, code) for n, code in enumerate(stores)])
    known = [(sku, 1000 + n) for n, sku in enumerate(skus)]
    with Spill(work / "rows") as spill:
        parsed = parse_stock(
            path,
            context=context,
            stores=book,
            catalogue=Catalogue(known, lambda count: next(numbers)),
            notices=notices,
            spill=spill,
            parked_path=work / "parked.parquet",
            on_progress=lambda done: None,
        )
        tables = next_version(
            FoldedSegment(None, StockTable.empty()),
            np.zeros(len(stores), np.uint32),
            spill,
            parsed.as_full(NOON, only=None, size=len(stores)),
            notices=notices,
            outcome=Comparison(),
            on_progress=lambda done: None,
        )
        stock = [
            record for table in tables for record in _records(table, stores, {product: sku for sku, product in known})
        ]
    return parsed, told(notices.report()), sorted(stock, key=lambda record: (record["store"], record["sku"]))


def _records(table: StockTable, stores: list[str], skus: dict[int, str]) -> list[dict[str, Any]]:
    return [
        {
            "store": stores[store],
            "sku": skus.get(product, ""),
            "claim": Claim(value >> 4 & 7),
            "quantity": None if value >> 8 & 0xFFFF == NO_QUANTITY else value >> 8 & 0xFFFF,
            "price": None if value >> 24 == NO_PRICE else value >> 24,
            "observed": from_observed(observed),
        }
        for product, store, value, observed in zip(
            table.product.tolist(), table.store.tolist(), table.value.tolist(), table.observed.tolist(), strict=True
        )
    ]


def test_with_stores_known_the_nasty_values_become_the_agreed_stock(examples: Path, tmp_path: Path) -> None:
    skus = [f"SKU-{n}" for n in range(1, 8)]
    parsed, notices, stock = take(examples / "nasty_values.tsv", tmp_path, ["US00017", "US00018"], skus)

    expected = NOTICES["nasty_values.tsv"] | {
        ("warning", "store_unknown"): [9],
        ("warning", "store_code_case"): [11],
    }
    counts = parsed.counts
    assert notices == expected
    assert (counts.read, counts.accepted, counts.rejected, counts.parked) == (10, 8, 1, 1)
    assert parsed.awaited == Awaited({"US99999"})
    eleven, year_ago = NOON.replace(hour=11), dt.datetime(2025, 11, 5, 11, tzinfo=dt.UTC)
    later_half_past_one = dt.datetime(2026, 11, 1, 6, 30, tzinfo=dt.UTC)
    assert [tuple(record.values())[1:] for record in stock] == [
        ("SKU-1", Claim.IN_STOCK, 7, 549, eleven),
        ("SKU-2", Claim.IN_STOCK, 12, 549, NOON),
        ("SKU-3", Claim.IN_STOCK, None, 549, eleven),
        ("SKU-4", Claim.IN_STOCK, 1200, 549, year_ago),
        ("SKU-5", Claim.IN_STOCK_BANDED, 10, 549, later_half_past_one),
        ("SKU-6", Claim.OUT_OF_STOCK, 0, None, NOON),
        ("SKU-7", Claim.IN_STOCK, None, 549, NOON),
    ]
    assert {record["store"] for record in stock} == {"US00017"}


def test_rows_of_stores_that_nobody_named_wait(examples: Path, tmp_path: Path) -> None:
    parsed, notices, stock = take(examples / "google_local_inventory.tsv", tmp_path, ["US00018"], ["SKU-0000001"])

    assert parsed.counts.parked == 3
    assert notices == {("warning", "store_unknown"): [2, 3, 6], ("warning", "product_unknown"): [3, 5]}
    assert [(record["store"], record["claim"]) for record in stock] == [
        ("US00018", Claim.ON_DISPLAY),
        ("US00018", Claim.OUT_OF_STOCK),
    ]
