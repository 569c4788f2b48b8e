"""One feed without a fault, and for each notice code a thin overlay that has just that fault."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ingest.notices import HINTS, Severity
from ingest.offline import check_file
from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.retailer import Retailer

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
SHOP = Retailer("check", "check", currency="USD", timezone="America/New_York")

INVENTORY = [
    "store_code,id,gtin,availability,quantity,price,sale_price,pickup_method,pickup_sla,timestamp",
    "001,A-1,00036000291452,in_stock,12,5.49 USD,,buy,same day,2026-11-05T06:00:00Z",
    "001,A-2,00037000185062,in_stock,7,3.00 USD,,buy,same day,2026-11-05T06:00:00Z",
    "002,A-1,00036000291452,out_of_stock,0,5.49 USD,,buy,same day,2026-11-05T06:00:00Z",
]
STORES = [
    "store_code,name,street,city,region,postal_code,country,lat,lon,phone,timezone,opening_hours",
    "001,Mission,20 Mission St,San Francisco,CA,94110,US,37.76,-122.42,,America/Los_Angeles,Mo-Su 09:00-21:00",
    "002,Loop,1 State St,Chicago,IL,60602,US,41.882,-87.627,,America/Chicago,Mo-Su 09:00-21:00",
]
PRODUCTS = [
    "id,gtin,title,brand,link,image_link",
    "A-1,00036000291452,Tissues,Kleenex,https://shop.example/a1,https://shop.example/a1.jpg",
    "A-2,00037000185062,Detergent,Tide,https://shop.example/a2,https://shop.example/a2.jpg",
]
LAST = len(INVENTORY)


@dataclass(frozen=True, slots=True)
class Overlay:
    """A feed with one fault. ``line`` is where the notice says it is; ``beside`` are codes that come with it."""

    code: str
    severity: Severity
    content: bytes
    line: int | None = None
    kind: FeedKind = FeedKind.INVENTORY
    mode: FeedMode = FeedMode.FULL
    profile: FeedProfile | None = None
    store_code: str | None = None
    beside: tuple[str, ...] = ()


E, W, I = Severity.ERROR, Severity.WARNING, Severity.INFO  # noqa: E741


def text(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def cell(code: str, severity: Severity, column: str, value: str, *beside: str, **more: Any) -> Overlay:
    """The last row of the inventory feed with another cell."""
    names, cells = INVENTORY[0].split(","), INVENTORY[-1].split(",")
    cells[names.index(column)] = value
    return Overlay(code, severity, text([*INVENTORY[:-1], ",".join(cells)]), LAST, beside=beside, **more)


def row(code: str, severity: Severity, line: str, *beside: str, **more: Any) -> Overlay:
    """The inventory feed and one more row."""
    return Overlay(code, severity, text([*INVENTORY, line]), LAST + 1, beside=beside, **more)


def store(code: str, severity: Severity, column: str, value: str, *beside: str, **more: Any) -> Overlay:
    names, cells = STORES[0].split(","), STORES[-1].split(",")
    cells[names.index(column)] = value
    changed = text([*STORES[:-1], ",".join(cells)])
    return Overlay(code, severity, changed, len(STORES), FeedKind.STORES, beside=beside, **more)


def product(code: str, severity: Severity, column: str, value: str, *beside: str) -> Overlay:
    names, cells = PRODUCTS[0].split(","), PRODUCTS[-1].split(",")
    cells[names.index(column)] = value
    changed = text([*PRODUCTS[:-1], ",".join(cells)])
    return Overlay(code, severity, changed, len(PRODUCTS), FeedKind.PRODUCTS, beside=beside)


def events(code: str, severity: Severity, line: int | None, *rows: dict[str, Any], **more: Any) -> Overlay:
    """A delta feed of JSON lines."""
    first = {"store_code": "001", "gtin": "00036000291452", "quantity": 3, "as_of": "2026-11-05T06:00:00Z"}
    content = b"".join(json.dumps(each).encode() + b"\n" for each in (first, *rows))
    return Overlay(code, severity, content, line, mode=FeedMode.DELTA, **more)


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


X12 = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261105*0600*U*00401*000000001*0*P*>~"
    "GS*IB*SENDER*RECEIVER*20261105*0600*1*X*004010~ST*846*0001~BIA*00*SI*1*20261105*0600~"
    "{body}SE*{count}*0001~GE*1*1~IEA*1*000000001~"
)
SDQ = "LIN**UP*036000291452~SDQ*EA*92*001*4~"


def x12(body: str, count: int | None = None) -> bytes:
    return X12.format(body=body, count=count or body.count("~") + 3).encode()


def encrypted(archive: bytes) -> bytes:
    """A zip archive whose one member says that it is encrypted, in both its headers."""
    marked = bytearray(archive)
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        marked[archive.index(magic) + flags] |= 1
    return bytes(marked)


NO_ZONE = ("timestamp_no_timezone",)
GOOD = text(INVENTORY)
OVERLAYS = [
    Overlay("not_a_feed", E, b"<!doctype html><html><body>Sign in</body></html>\n"),
    Overlay("empty_feed", E, b""),
    Overlay("truncated", E, gzip.compress(GOOD)[:-9]),
    Overlay("archive_bomb", E, gzip.compress(GOOD + (INVENTORY[1] + "\n").encode() * 900_000)),
    Overlay("archive_unreadable", E, encrypted(zipped({"a.csv": GOOD}))),
    Overlay("archive_member_missing", E, zipped({"a.csv": GOOD, "b.csv": GOOD})),
    Overlay(
        "encoding_invalid",
        E,
        GOOD.decode().encode("utf-16-le") + b"\x00\xd8\n\x00",
        profile=FeedProfile(encoding="utf-16-le"),
    ),
    Overlay(
        "encoding_fallback",
        W,
        text([*INVENTORY, "002,Caf\xe9,,in_stock,3,,,,,"]).decode().encode("cp1252"),
        beside=("product_unknown",),
    ),
    Overlay("row_errors", E, text([INVENTORY[0], "001,A-1,,,,,,,,"]), beside=("quantity_missing",)),
    Overlay("header_missing", E, text(INVENTORY[1:]), 1),
    Overlay("column_missing", E, text(["id,quantity", "A-1,3"]), 1),
    Overlay("column_duplicate", E, text(["store_code,id,qty,stock", "001,A-1,3,4"]), 2),
    Overlay("column_unknown", I, text(["store_code,gtin,quantity,colour", "001,00036000291452,3,red"]), 1),
    Overlay("hint_row_skipped", I, text(["# Required | Required", *INVENTORY]), 1),
    Overlay("record_too_large", E, b"<rss><channel><item>" + b"<g>1</g>" * 3000 + b"</item></channel></rss>"),
    Overlay("xml_dtd_forbidden", E, b'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b "c">]>\n<rss/>\n'),
    Overlay("xml_not_well_formed", E, b"<rss><channel><item><store>A & B</store></item></channel></rss>"),
    row("column_count", E, "002,A-2"),
    row("blank_row", I, ""),
    row("duplicate_key", W, INVENTORY[-1]),
    row("duplicate_conflict", W, INVENTORY[-1].replace("out_of_stock,0", "in_stock,9")),
    cell("store_code_missing", E, "store_code", ""),
    Overlay("store_code_conflict", E, GOOD, LAST, store_code="001"),
    row("id_missing", E, "002,,,in_stock,3,,,,,"),
    row("gtin_scientific", E, "002,,3.60003E+10,in_stock,3,,,,,"),
    row("gtin_format", E, "002,,12345,in_stock,3,,,,,"),
    row("gtin_check_digit", E, "002,,00036000291453,in_stock,3,,,,,"),
    cell("gtin_zero_padded", W, "gtin", "36000291452"),
    row("gtin_restricted", W, "002,,0200000000004,in_stock,3,,,,,"),
    row("gtin_from_upce", I, "002,,04252614,in_stock,3,,,,,"),
    row("gtin_from_isbn", I, "002,,0-306-40615-2,in_stock,3,,,,,"),
    row("trailer_skipped", I, f"({LAST - 1} rows affected)"),
    row("trailer_count", W, f"({LAST} rows affected)"),
    Overlay(
        "more_pages", E, b'{"items": [{"store_code": "001", "gtin": "00036000291452", "quantity": 1}], "next": "/2"}'
    ),
    cell("gtin_conflict", W, "gtin", "00037000185062"),
    row("quantity_missing", E, "002,A-2,00037000185062,,,,,,,"),
    cell("quantity_not_a_number", W, "quantity", "few"),
    cell("quantity_not_integer", W, "quantity", "0.5"),
    cell("quantity_negative", W, "quantity", "-3"),
    cell("quantity_overflow", W, "quantity", "2147483648"),
    cell("quantity_decimal", I, "quantity", "0.0"),
    cell("quantity_banded", I, "quantity", "10+", "availability_conflict"),
    cell("availability_unknown", W, "availability", "perhaps"),
    cell("availability_conflict", W, "quantity", "5"),
    cell("availability_case", I, "availability", "Out of Stock"),
    cell("availability_alias", I, "availability", "sold out"),
    cell("price_invalid", W, "price", "cheap"),
    cell("price_zero", W, "price", "0.00 USD"),
    cell("price_overflow", W, "price", "99999999999.00 USD"),
    row("price_currency", W, "002,A-2,00037000185062,in_stock,3,5.49 EUR,,,,"),
    cell("price_currency_missing", I, "price", "5.49"),
    cell("price_currency_prefix", I, "price", "USD 5.49"),
    cell("price_decimal_comma", I, "price", '"5,49 USD"'),
    cell("sale_price_not_lower", W, "sale_price", "6.00 USD"),
    cell("timestamp_invalid", W, "timestamp", "yesterday"),
    cell("timestamp_future", W, "timestamp", "2026-11-06T06:00:00Z"),
    cell("timestamp_no_timezone", I, "timestamp", "2026-11-05T06:00:00"),
    cell("pickup_unknown", W, "pickup_method", "drone"),
    Overlay("basis_unknown", W, b"store_code,gtin,quantity,basis\n001,00036000291452,3,hearsay\n", 2),
    cell("control_character", E, "id", "A\x1a1"),
    row("column_value_too_long", E, f"002,{'x' * 300},00036000291452,in_stock,3,,,,,"),
    store("coordinates_invalid", W, "lat", "91"),
    Overlay(
        "coordinates_implausible",
        W,
        text([*STORES, "003,Isle,1 Sea St,Boston,MA,02101,US,0,0,,,"]),
        4,
        FeedKind.STORES,
        beside=("coordinates_missing",),
    ),
    store("hours_invalid", W, "opening_hours", "when the owner is awake"),
    store("timezone_unknown", W, "timezone", "Mars/Olympus"),
    store("country_unknown", W, "country", "Atlantis"),
    product("link_invalid", W, "link", "shop"),
    Overlay(
        "json_invalid",
        E,
        b'{"store_code": "001", "gtin": "00036000291452", "quantity": 3}\n{"store_code": 1,}\n'
        b'{"store_code": "002", "gtin": "00036000291452", "quantity": 3}\n',
        2,
    ),
    events(
        "value_nested",
        W,
        2,
        {
            "store_code": "002",
            "gtin": "00036000291452",
            "quantity": 3,
            "price": {"a": 1},
            "as_of": "2026-11-05T06:00:00Z",
        },
    ),
    events(
        "op_invalid",
        E,
        2,
        {
            "op": "explode",
            "store_code": "002",
            "gtin": "00036000291452",
            "quantity": 1,
            "as_of": "2026-11-05T06:00:00Z",
        },
    ),
    events(
        "delta_invalid",
        E,
        2,
        {
            "op": "adjust",
            "store_code": "002",
            "gtin": "00036000291452",
            "delta": "x",
            "seq": 1,
            "as_of": "2026-11-05T06:00:00Z",
        },
    ),
    events(
        "seq_invalid",
        E,
        2,
        {
            "op": "adjust",
            "store_code": "002",
            "gtin": "00036000291452",
            "delta": 1,
            "seq": "x",
            "as_of": "2026-11-05T06:00:00Z",
        },
    ),
    Overlay("control_count", E, x12(SDQ, 99)),
    Overlay("sdq_odd_pair", E, x12(SDQ.replace("001*4", "001*4*002")), beside=NO_ZONE),
    Overlay("qualifier_unknown", W, x12(SDQ + "LIN**UP*037000185062~QTY*ZZ*3~N1*ST*X*92*001~"), beside=NO_ZONE),
    Overlay("lin01_missing", W, x12(SDQ.replace("LIN**UP", "LIN*UP")), beside=NO_ZONE),
]


@pytest.fixture
def check(tmp_path: Path) -> Any:
    def report(one: Overlay) -> dict[str, Any]:
        path = tmp_path / "feed"
        path.write_bytes(one.content)
        return check_file(
            path, kind=one.kind, mode=one.mode, store_code=one.store_code, retailer=SHOP, work=tmp_path,
            progress=lambda stage, done, all_: None, profile=one.profile, now=NOON,
        )  # fmt: skip

    return report


@pytest.mark.parametrize("one", OVERLAYS, ids=[one.code for one in OVERLAYS])
def test_the_fault_is_told_and_nothing_else(check: Any, one: Overlay) -> None:
    found = {(notice["code"], notice["severity"]): notice for notice in check(one)["notices"]}
    assert (one.code, one.severity) in found, list(found)
    assert {code for code, _ in found} <= {one.code, *one.beside}
    told = found[one.code, one.severity]
    assert told["hint"] == HINTS[one.code]
    assert one.line is None or told["samples"][0]["line"] == one.line


@pytest.mark.parametrize("kind", FeedKind)
def test_the_base_has_no_fault(check: Any, kind: FeedKind) -> None:
    lines = {FeedKind.INVENTORY: INVENTORY, FeedKind.STORES: STORES, FeedKind.PRODUCTS: PRODUCTS}[kind]
    report = check(Overlay("", I, text(lines), kind=kind))
    assert report["status"] == "accepted"
    assert report["notices"] == []


ELSEWHERE = {
    "known only beside what was published before": {
        "outdated_feed", "unchanged", "store_missing", "store_shrank", "feed_shrank", "instock_shift", "price_shift",
        "first_version", "withdrawn", "delta_gap", "delta_repeated", "adjust_without_quantity", "store_unknown",
        "product_unknown", "store_code_case", "record_ignored", "coordinates_from_address", "coordinates_missing",
    },
    "of a visit to a source": {
        "fetch_refused", "fetch_unreachable", "fetch_denied", "fetch_not_found", "fetch_status", "fetch_incomplete",
        "fetch_too_large", "fetch_too_slow", "fetch_name", "host_key_changed", "extra_missing", "source_disabled",
    },
    "of an event": {"event_unreadable", "event_relative", "event_refused"},
    "of workbooks and manifests, which are built where they are tested": {
        "checksum_mismatch", "manifest_mismatch", "sheet_missing", "sheet_ignored", "cell_error",
        "formula_uncalculated",
    },
    "of other messages and documents": {"message_skipped", "document_too_large", "not_store_stock"},
}  # fmt: skip


def test_every_code_has_its_overlay_or_is_tested_elsewhere() -> None:
    told = {one.code for one in OVERLAYS}
    elsewhere = set().union(*ELSEWHERE.values())
    assert not told & elsewhere
    assert set(HINTS) - told - elsewhere == set()
    assert elsewhere <= set(HINTS)
    tests = Path(__file__).parents[1]
    words = "".join(path.read_text() for path in tests.rglob("test_*.py") if path != Path(__file__))
    assert [code for code in elsewhere if f'"{code}"' not in words] == []
