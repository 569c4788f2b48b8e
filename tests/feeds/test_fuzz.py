"""Valid files of every format, damaged at random: read, or refused with a code; never a crash, never a hang.

``make fuzz`` runs the same for as long as FUZZ_EXAMPLES says.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import time
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from ingest.notices import HINTS
from ingest.offline import check_file
from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.profile import Absence, FeedProfile, UnknownProducts
from inventory_api.domain.retailer import Retailer
from tests.unit.ingest.edi import X12, activity, inquiry
from tests.unit.ingest.test_tables import as_parquet, as_workbook
from tests.unit.ingest.test_xml import gs1, status

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
LONGEST_S = 20.0
"""Of processor time for a file of a few kilobytes: a quadratic reader takes minutes."""

COLUMNS = ("store_code", "id", "gtin", "availability", "quantity", "price", "timestamp")
ROWS = [
    COLUMNS,
    ("001", "a", "04006381333931", "in_stock", "12", "5.49 USD", "2026-11-05T06:00:00Z"),
    ("001", "b", "", "out_of_stock", "0", "1.234,50 EUR", ""),
    ("Straße 2", 'say "c"', "036000291452", "10+", "", "", "05/11/2026 06:00"),
]
OBJECTS = [dict(zip(COLUMNS, row, strict=True)) for row in ROWS[1:]]
STORES = [
    ("store_code", "name", "street", "city", "country", "lat", "lon", "timezone", "opening_hours"),
    ("001", "Shop", "1 Main Street", "Chicago", "US", "41.85", "-87.65", "America/Chicago", "Mon-Fri: 9-18; Sun 11-6"),
]
PRODUCTS = [
    ("id", "gtin", "title", "brand", "link", "image_link", "aliases"),
    ("a", "04006381333931", "Pen", "Stabilo", "https://shop.example/a", "https://shop.example/a.jpg", "biro, Stift"),
]
RSS = (
    '<?xml version="1.0"?><rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>\n<title>t</title>'
    "<item><g:store_code>001</g:store_code><g:id>a</g:id><g:quantity>3</g:quantity><g:price>1 USD</g:price></item>"
    "<item><g:store_code>002</g:store_code><g:id>b&amp;c</g:id><g:quantity>4</g:quantity></item></channel></rss>"
)
EDIFACT = (
    "UNA:+.? 'UNB+UNOC:3+5412345000013:14+5412345000020:14+261105:0610+1'UNH+1+INVRPT:D:01B:UN:EAN010'"
    "BGM+35+1+9'DTM+137:202611050610:203'NAD+WH+5412345000020::9'LIN+1++4006381333931:SRV'QTY+145:28'"
    "LIN+2++036000291452:SRV'QTY+145:0'UNT+9+1'UNZ+1+1'"
)
GOOGLE = {
    "localInventories": [
        {
            "name": "accounts/1/products/local~en~US~SKU-1/localInventories/A",
            "storeCode": "A",
            "localInventoryAttributes": {
                "availability": "IN_STOCK",
                "price": {"amountMicros": "1", "currencyCode": "USD"},
            },
        }
    ]
}
SHOPIFY = [
    {"id": "gid://shopify/InventoryItem/1", "sku": "a", "tracked": True},
    {
        "id": "gid://shopify/InventoryLevel/9?inventory_item_id=1",
        "location": {"id": "gid://shopify/Location/9"},
        "quantities": [{"name": "available", "quantity": 4, "updatedAt": "2026-11-05T06:00:00Z"}],
        "__parentId": "gid://shopify/InventoryItem/1",
    },
]


def lines(objects: list[dict[str, object]]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in objects).encode()


def delimited(rows: list[tuple[str, ...]], mark: str) -> bytes:
    return "".join(mark.join(row) + "\n" for row in rows).encode()


def quoted(rows: list[tuple[str, ...]]) -> bytes:
    return "".join(
        ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) + "\r\n" for row in rows
    ).encode()


SEEDS: dict[str, bytes] = {
    "tsv": delimited(ROWS, "\t"),
    "csv": quoted(ROWS),
    "semicolon latin-1": delimited(ROWS, ";").decode().encode("latin-1"),
    "utf-16": delimited(ROWS, "\t").decode().encode("utf-16"),
    "stores": delimited(STORES, "\t"),
    "products": delimited(PRODUCTS, "\t"),
    "ndjson": lines(OBJECTS),
    "operations": lines(
        [{"store_code": "1", "id": "a", "op": "adjust", "delta": -1, "seq": 4, "timestamp": "2026-11-05T06:00:00Z"}]
    ),
    "array": json.dumps(OBJECTS).encode(),
    "google": json.dumps(GOOGLE).encode(),
    "shopify": lines(SHOPIFY),
    "rss": RSS.encode(),
    "gs1": gs1(status() + status(inner="<inventorySubLocation/>") * 2).encode(),
    "846": X12().interchange([inquiry("LIN*1*UP*036000291452", "SDQ*EA*92*001*12*002*3")]).encode(),
    "852": X12(element="|").interchange([activity("LIN**UP*036000291452", "ZA*QA*3", "SDQ*EA*92*001*12")]).encode(),
    "edifact": EDIFACT.encode(),
    "parquet": as_parquet(pa.table({name: [row[at] for row in ROWS[1:]] for at, name in enumerate(COLUMNS)})),
    "xlsx": as_workbook(ROWS),
}
PROFILES = {
    None: FeedProfile(),
    "declared": FeedProfile(decimal=",", date_order="dmy", absence=Absence.RETAIN, constants={"store_code": "7"}),
    "parking": FeedProfile(on_unknown_product=UnknownProducts.PARK, locations={"5412345000020": "001"}),
    "headless": FeedProfile(columns=COLUMNS, delimiter="\t", encoding="cp1252"),
}


def zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("stock.txt", content)
    return packed.getvalue()


PACKERS = {"gzip": gzip.compress, "zip": zipped, "zstd": zstandard.compress}

damage = st.tuples(
    st.sampled_from(("flip", "cut", "drop", "twice", "insert", "end")),
    st.floats(0, 1, exclude_max=True),
    st.integers(1, 40),
    st.one_of(
        st.binary(min_size=1, max_size=8),
        st.sampled_from((b'"', b"\n", b"\r\n", b"\t", b"\0", b"'", b"~", b"<", b"&", b"]]>", b"{", b"[", b"\xff\xfe")),
        st.sampled_from(
            (b"9" * 400, b"-1e999", b"1e-999999999", b"NaN", b"\xf0\x9f\x91\xa9", b"[" * 3000, b"<a>" * 500)
        ),
    ),
)


def damaged(content: bytes, faults: list[tuple[str, float, int, bytes]]) -> bytes:
    for how, share, count, bytes_ in faults:
        at = int(share * len(content))
        match how:
            case "flip":
                byte = content[at : at + 1]
                content = content[:at] + bytes(one ^ count for one in byte) + content[at + 1 :]
            case "cut":
                content = content[:at] + content[at + count :]
            case "drop":
                content = content[at:]
            case "twice":
                content = content[: at + count] + content[at:]
            case "insert":
                content = content[:at] + bytes_ + content[at:]
            case "end":
                content = content[:at]
    return content


def check(content: bytes, folder: Path, kind: FeedKind, mode: FeedMode, profile: FeedProfile) -> str:
    """Read a file as a feed; how it ended."""
    path = folder / "staged"
    path.write_bytes(content)
    began = time.thread_time()
    report = check_file(
        path,
        kind=kind,
        mode=mode,
        store_code=None,
        retailer=Retailer("acme", "Acme", currency="USD", timezone="UTC"),
        work=folder,
        progress=lambda stage, done, all_: None,
        profile=profile,
    )
    assert time.thread_time() - began < LONGEST_S
    assert {notice["code"] for notice in report["notices"]} <= HINTS.keys()
    rows = report["rows"]
    if report["status"] != "rejected":
        assert rows["read"] == rows["accepted"] + rows["rejected"] + rows["parked"]
    else:
        assert any(notice["severity"] == "error" for notice in report["notices"])
    return str(report["status"])


@pytest.mark.parametrize("name", SEEDS)
def test_a_seed_is_a_valid_file(name: str, tmp_path: Path) -> None:
    kind = FeedKind(name) if name in ("stores", "products") else FeedKind.INVENTORY
    for pack in (bytes, *PACKERS.values()):
        assert check(pack(SEEDS[name]), tmp_path, kind, FeedMode.DELTA, FeedProfile()) == "accepted"


@given(
    st.sampled_from(sorted(SEEDS)),
    st.lists(damage, min_size=1, max_size=6),
    st.sampled_from((None, None, None, *PACKERS)),
    st.lists(damage, max_size=1),
    st.sampled_from(FeedKind),
    st.sampled_from(FeedMode),
    st.sampled_from(list(PROFILES)),
)
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_damaged_file_is_read_or_refused(
    tmp_path: Path,
    name: str,
    faults: list[tuple[str, float, int, bytes]],
    packer: str | None,
    faults_outside: list[tuple[str, float, int, bytes]],
    kind: FeedKind,
    mode: FeedMode,
    profile: str | None,
) -> None:
    content = damaged(SEEDS[name], faults)
    if packer is not None:
        content = damaged(PACKERS[packer](content), faults_outside)
    note(repr(content))
    check(content, tmp_path, kind, mode, PROFILES[profile])
