"""One thin row for each notice of an inventory feed: its code, severity and what becomes of the row."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pytest

from ingest.normalize.identity import Catalogue, StoreBook
from ingest.normalize.inventory import InventoryNormalizer
from ingest.notices import HINTS, NoticeBook, Severity
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.store import Store

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
PLAIN = {"store_code": "US1", "gtin": "4006381333931", "quantity": "3"}
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
REPAIRED, KEPT, REJECTED, PARKED = "repaired", "kept", "rejected", "parked"

CASES = [
    ("store_code_missing", ERROR, "store_code", {"store_code": ""}, REJECTED),
    ("store_code_case", WARNING, "store_code", {"store_code": "us1"}, REPAIRED),
    ("store_unknown", WARNING, "store_code", {"store_code": "US2"}, PARKED),
    ("id_missing", ERROR, "id", {"gtin": " "}, REJECTED),
    ("control_character", ERROR, "id", {"id": "A\x00B"}, REJECTED),
    ("control_character", WARNING, "id", {"id": "\u00a0A\u200b"}, REPAIRED),
    ("gtin_scientific", ERROR, "gtin", {"gtin": "4.00638E+12"}, REJECTED),
    ("gtin_format", ERROR, "gtin", {"gtin": "400638133393"[:10]}, REJECTED),
    ("gtin_check_digit", ERROR, "gtin", {"gtin": "4006381333930"}, REJECTED),
    ("gtin_check_digit", WARNING, "gtin", {"gtin": "4006381333930", "id": "A"}, REPAIRED),
    ("gtin_zero_padded", WARNING, "gtin", {"gtin": "36000291452"}, REPAIRED),
    ("gtin_restricted", WARNING, "gtin", {"gtin": "2012345678903", "id": "A"}, KEPT),
    ("gtin_conflict", WARNING, "gtin", {"gtin": "036000291452", "id": "A"}, REPAIRED),
    ("gtin_from_upce", INFO, "gtin", {"gtin": "04252614"}, KEPT),
    ("gtin_from_isbn", INFO, "gtin", {"gtin": "0-306-40615-2"}, KEPT),
    ("product_unknown", WARNING, "id", {"id": "new", "gtin": ""}, KEPT),
    ("quantity_missing", ERROR, "quantity", {"quantity": ""}, REJECTED),
    ("quantity_not_a_number", ERROR, "quantity", {"quantity": "N/A"}, REJECTED),
    ("quantity_not_a_number", WARNING, "quantity", {"quantity": "N/A", "availability": "in_stock"}, REPAIRED),
    ("quantity_not_integer", WARNING, "quantity", {"quantity": "2.5"}, REPAIRED),
    ("quantity_negative", WARNING, "quantity", {"quantity": "-3"}, REPAIRED),
    ("quantity_overflow", WARNING, "quantity", {"quantity": "2147483648"}, REPAIRED),
    ("quantity_decimal", INFO, "quantity", {"quantity": "12.0"}, KEPT),
    ("quantity_banded", INFO, "quantity", {"quantity": "10+"}, KEPT),
    ("availability_unknown", ERROR, "availability", {"availability": "preorder", "quantity": ""}, REJECTED),
    ("availability_unknown", WARNING, "availability", {"availability": "preorder"}, REPAIRED),
    ("availability_conflict", WARNING, "availability", {"availability": "out_of_stock"}, REPAIRED),
    ("availability_case", INFO, "availability", {"availability": "In Stock"}, KEPT),
    ("availability_alias", INFO, "availability", {"availability": "yes"}, KEPT),
    ("price_invalid", WARNING, "price", {"price": "1.299 USD"}, REPAIRED),
    ("price_zero", WARNING, "price", {"price": "0.00 USD"}, REPAIRED),
    ("price_overflow", WARNING, "price", {"price": "99999999.00 USD"}, REPAIRED),
    ("price_currency", WARNING, "price", {"price": "5.49 EUR"}, REPAIRED),
    ("price_currency_missing", INFO, "price", {"price": "5.49"}, KEPT),
    ("price_currency_prefix", INFO, "price", {"price": "USD 5.49"}, KEPT),
    ("price_decimal_comma", INFO, "price", {"price": "5,49 USD"}, KEPT),
    ("sale_price_not_lower", WARNING, "sale_price", {"price": "5 USD", "sale_price": "5.00 USD"}, REPAIRED),
    ("timestamp_invalid", WARNING, "timestamp", {"timestamp": "11/05/2026"}, REPAIRED),
    ("timestamp_future", WARNING, "timestamp", {"timestamp": "2027-01-01T00:00:00Z"}, REPAIRED),
    ("timestamp_no_timezone", INFO, "timestamp", {"timestamp": "2026-11-05 06:00"}, KEPT),
    ("pickup_unknown", WARNING, "pickup_method", {"pickup_method": "teleport"}, REPAIRED),
    ("column_value_too_long", WARNING, "instore_product_location", {"instore_product_location": "A" * 21}, REPAIRED),
]


@pytest.mark.parametrize(("code", "severity", "column", "changes", "fate"), CASES)
def test_each_notice(code: str, severity: Severity, column: str, changes: dict[str, str], fate: str) -> None:
    stores = StoreBook([Store(1, "r", "US1", 0, "One", currency="USD", timezone="America/New_York")])
    catalogue = Catalogue([("A", 4006381333931)], lambda count: 0)
    context = FeedContext(NOON, NOON, currency="USD", timezone="America/New_York")
    notices = NoticeBook()
    row = PLAIN | changes
    columns = {name: pa.array([text], pa.string()) for name, text in row.items()}
    batch = InventoryNormalizer(context, stores, catalogue, notices).normalize(RawBatch(np.array([7]), columns))

    assert [(notice["code"], notice["severity"], notice["count"]) for notice in notices.report()] == [
        (code, severity, 1)
    ]
    sample = notices.report()[0]["samples"][0]
    assert (sample["line"], sample["column"]) == (7, column)
    assert sample["message"] == HINTS[code]
    fates = {
        REJECTED: batch.rejected,
        REPAIRED: batch.repaired,
        PARKED: len(batch.parked),
        KEPT: len(batch.table) - batch.repaired,
    }
    assert {name for name, count in fates.items() if count} == {fate}
