"""What a first look at a file tells a newcomer, and that the suggested profile reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ingest.rows import FeedContext
from ingest.suggest import Suggestion, suggest_profile
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.profile import FeedProfile
from tests.unit.ingest.reading import NOON, Read

INVENTORY, PRODUCTS, STORES = FeedKind.INVENTORY, FeedKind.PRODUCTS, FeedKind.STORES


def suggested(path: Path, text: str | bytes, kind: FeedKind | None = None, **options: Any) -> Suggestion:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return suggest_profile(path, kind, FeedContext(received_at=NOON, as_of=NOON, **options))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "staged"


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("store_code,id,quantity", INVENTORY),
        ("Barcode,Qty,Price", INVENTORY),
        ("id,title,price,gtin,availability,link", PRODUCTS),
        ("SKU,Name,Brand", PRODUCTS),
        ("Store #,Name,Address,City,Lat,Lon", STORES),
        ("store_code,name,city", STORES),
    ],
)
def test_the_kind_is_told_by_the_columns(path: Path, header: str, kind: FeedKind) -> None:
    assert suggested(path, f"{header}\n" + ",".join("1" * (header.count(",") + 1)) + "\n").kind is kind


def test_a_good_file_needs_nothing(path: Path) -> None:
    told = suggested(path, "store_code,id,quantity\nA,TEA,3\n")
    assert (told.is_needed, told.remarks, told.profile) == (False, [], FeedProfile())
    assert [(column.read_as, column.certain, column.sample) for column in told.columns] == [
        ("store_code", True, "A"),
        ("id", True, "TEA"),
        ("quantity", True, "3"),
    ]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("US00017\tSKU-1\t12\nUS00018\tSKU-1\t0\n", {"store_code": "US00017", "id": "SKU-1", "quantity": "12"}),
        (
            "17;4006381333931;3,99;5\n18;36000291452;2,50;0\n",
            {"store_code": "17", "gtin": "4006381333931", "price": "3,99", "quantity": "5"},
        ),
        ("Filialnr;Ware;Menge im Regal\n17;TEE;4\n18;TEE;0\n", {"store_code": "17", "id": "TEE", "quantity": "4"}),
        ("store_code,id,quantitty\nA,TEA,3\n", {"store_code": "A", "id": "TEA", "quantity": "3"}),
        ("Stock report\nThursday\nStore,SKU,On hand\nA,TEA,3\n", {"store_code": "A", "id": "TEA", "quantity": "3"}),
        ("store,id,qty\nA,Café,3\n".encode("latin-1"), {"store_code": "A", "id": "Café", "quantity": "3"}),
    ],
    ids=["no header", "no header, numbers only", "words of another language", "typing error", "title", "latin-1"],
)
def test_the_suggested_profile_reads_the_file(path: Path, text: str | bytes, first: dict[str, str]) -> None:
    told = suggested(path, text)
    assert told.is_needed
    assert told.remarks
    read = Read(path, told.kind, profile=told.profile)
    assert read.rows[0] == first
    assert "encoding_fallback" not in read.told


def test_a_large_headerless_file_tells_stores_from_products_by_repetition(path: Path) -> None:
    rows = "".join(f"P{article:05d}|{store}|{article % 7}\n" for store in range(4) for article in range(90))
    told = suggested(path, rows)
    assert told.profile.columns == ("id", "store_code", "quantity")


@pytest.mark.parametrize(
    ("header", "row", "options", "word"),
    [
        ("store_code,id,quantity,timestamp", "A,TEA,3,2026-11-05 06:00", {}, "timezone"),
        ("store_code,id,quantity,timestamp", "A,TEA,3,11/05/2026", {}, "date_order"),
        ("store_code,id,quantity,price", 'A,TEA,3,"3,99"', {}, "decimal comma"),
        ("id,title", "A,TEA", {"kind": INVENTORY}, "--kind products"),
        ("store_code,id,quantity", "A,TEA,3", {"kind": STORES}, ""),
        ("id,quantity", "TEA,3", {}, "store_code"),
    ],
)
def test_what_only_the_sender_knows_is_asked(
    path: Path, header: str, row: str, options: dict[str, Any], word: str
) -> None:
    assert any(word in remark for remark in suggested(path, f"{header}\n{row}\n", **options).remarks) or not word


def test_stock_looked_at_as_products_is_told(path: Path) -> None:
    remarks = suggested(path, "store_code,upc,quantity\nA,036000291452,3\n", PRODUCTS).remarks
    assert any("--kind inventory" in remark for remark in remarks)


def test_a_date_order_that_days_prove(path: Path) -> None:
    rows = "A,TEA,3,05/11/2026 06:00\nB,TEA,3,25/11/2026 06:00\n"
    assert suggested(path, f"store_code,id,quantity,timestamp\n{rows}").profile.date_order == "dmy"


def test_what_is_declared_is_not_asked_again(path: Path) -> None:
    text = 'store_code,id,quantity,price,timestamp\nA,TEA,3,"3,99",2026-11-05 06:00\n'
    told = suggested(path, text, decimal=",", timezone="Europe/Berlin")
    assert (told.is_needed, told.remarks) == (False, [])


def test_a_time_a_row_looks_like_changes(path: Path) -> None:
    rows = "".join(f"A,{n},3,2026-11-05T06:00:{n % 60:02d}.{n}Z\n" for n in range(50))
    remarks = suggested(path, f"store_code,id,quantity,timestamp\n{rows}").remarks
    assert any("--mode delta" in remark for remark in remarks)


def test_a_workbook_is_looked_at_too(path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (("Stock",), ("Filiale", "Artikel", "Bestand"), (17, "TEE", 3)):
        book.active.append(row)
    book.save(path)
    told = suggest_profile(path, None, FeedContext(received_at=NOON, as_of=NOON))
    assert told.profile.skip_rows == 1
    assert Read(path, profile=told.profile).rows == [{"store_code": "17", "id": "TEE", "quantity": "3"}]
