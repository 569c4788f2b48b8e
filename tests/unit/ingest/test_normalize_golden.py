"""The nasty example feeds give exactly the notices and values that were agreed."""

from __future__ import annotations

import csv
import datetime as dt
import os
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pytest

from ingest.normalize.identity import Catalogue, StoreBook
from ingest.normalize.inventory import InventoryNormalizer
from ingest.notices import NoticeBook
from ingest.rows import FeedContext, RawBatch, StockBatch
from inventory_api.domain.stock import NO_PRICE, NO_QUANTITY, Claim, from_observed
from inventory_api.domain.store import Store

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)


def _normalized(rows: list[dict[str, str]]) -> tuple[StockBatch, dict[int, set[str]]]:
    """The rows as stock, and the notice codes of each line."""
    context = FeedContext(NOON, NOON, currency="USD", timezone="America/New_York")
    stores = StoreBook([Store(n, "r", code, n, code) for n, code in enumerate(["US00017", "US00018"])])
    catalogue = Catalogue([(f"SKU-{n}", 1000 + n) for n in range(1, 8)], lambda count: 0)
    notices = NoticeBook()
    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]}
    lines = np.arange(2, 2 + len(rows), dtype=np.int64)
    batch = InventoryNormalizer(context, stores, catalogue, notices).normalize(RawBatch(lines, columns))
    by_line: dict[int, set[str]] = {}
    for notice in notices.report():
        for sample in notice["samples"]:
            by_line.setdefault(sample["line"], set()).add(notice["code"])
    return batch, by_line


def _examples() -> Path:
    root = os.environ.get("INVENTORY_TEST_DATA")
    if root is None:
        if os.environ.get("CI"):
            pytest.fail("INVENTORY_TEST_DATA is not set")
        pytest.skip("INVENTORY_TEST_DATA is not set: the example feeds are not here")
    return Path(root) / "feed_examples"


def _read_example(name: str, delimiter: str, names: dict[str, str]) -> list[dict[str, str]]:
    with (_examples() / name).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE))
    return [{names.get(column, column): value for column, value in row.items()} for row in rows]


def test_the_nasty_values() -> None:
    rows = _read_example("nasty_values.tsv", "\t", {"updated_at": "timestamp"})
    batch, notices = _normalized(rows)
    assert notices == {
        2: {"availability_case", "quantity_negative", "availability_conflict", "timestamp_no_timezone"},
        3: {"availability_alias", "quantity_decimal", "price_decimal_comma", "timestamp_invalid"},
        4: {"availability_alias", "quantity_not_a_number", "price_currency_prefix", "timestamp_no_timezone"},
        5: {"price_currency_missing"},
        6: {"quantity_banded", "price_currency_missing", "timestamp_no_timezone"},
        7: {"availability_conflict", "price_zero", "timestamp_future"},
        8: {"timestamp_no_timezone"},
        9: {"store_unknown", "timestamp_no_timezone"},
        10: {"id_missing", "timestamp_no_timezone"},
        11: {"store_code_case", "quantity_overflow"},
    }
    assert batch.line.tolist() == [2, 3, 4, 5, 6, 7, 8, 11]
    expected = [
        (Claim.OUT_OF_STOCK, 0, 549, "2026-11-05T11:00"),
        (Claim.IN_STOCK, 12, 549, None),
        (Claim.IN_STOCK, None, 549, "2026-11-05T11:00"),
        (Claim.IN_STOCK, 1200, 549, "2025-11-05T11:00"),
        (Claim.IN_STOCK_BANDED, 10, 549, "2026-11-01T06:30"),
        (Claim.OUT_OF_STOCK, 0, None, "2026-11-05T12:00"),
        (Claim.IN_STOCK, 7, 549, "2026-11-05T11:00"),
        (Claim.IN_STOCK, None, 549, None),
    ]
    found = [
        (
            Claim(value >> 4 & 7),
            None if value >> 8 & 0xFFFF == NO_QUANTITY else value >> 8 & 0xFFFF,
            None if value >> 24 == NO_PRICE else value >> 24,
            from_observed(observed).isoformat()[:16] if observed else None,
        )
        for value, observed in zip(batch.table.value.tolist(), batch.table.observed.tolist(), strict=True)
    ]
    assert found == expected
    assert (batch.parked_codes, batch.rejected, batch.read) == (["US99999"], 1, 10)


def test_trailing_lines_are_rows_without_an_id() -> None:
    batch, notices = _normalized(_read_example("nasty_total_row.csv", ",", {}))
    assert notices == {4: {"id_missing"}, 5: {"id_missing"}}
    assert batch.rejected == 2


def test_the_codes_that_excel_broke() -> None:
    batch, notices = _normalized(_read_example("nasty_excel_gtin.csv", ",", {}))
    assert notices == {
        2: {"gtin_zero_padded"},
        3: {"gtin_scientific"},
        8: {"gtin_from_upce"},
        9: {"gtin_check_digit"},
    }
    products = dict(zip(batch.line.tolist(), batch.table.product.tolist(), strict=True))
    assert products == {
        2: 36000291452,
        4: 4006381333931,
        5: 36000291452,
        6: 36000291452,
        7: 12345670,
        8: 42100005264,
    }
