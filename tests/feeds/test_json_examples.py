"""Every JSON example through the whole reading; its agreed outcome is written down here, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.formats.feed import read_feed
from ingest.notices import NoticeBook
from ingest.rows import FeedContext
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.profile import FeedProfile
from tests.feeds.test_examples import AMERICAN, FILE, NOON, Told, check, examples, told

__all__ = ["examples"]

CHANNEL = "cc0dd1d6-0000-4000-8000-000000000003"

Row = dict[str, str]

ROWS: dict[str, list[tuple[int, Row]]] = {
    "commercetools_InventoryEntryQuantitySet.json": [
        (1, {"store_code": CHANNEL, "id": "SKU-0000001", "quantity": "11", "timestamp": "2026-11-05T11:10:11.482Z"})
    ],
    "generic_delta.ndjson": [
        (1, {"op": "upsert", "store_code": "US00017", "gtin": "00036000291452", "quantity": "11", "seq": "1041"}),
        (2, {"op": "upsert", "store_code": "US00017", "gtin": "04006381333931", "quantity": "0", "seq": "1042"}),
        (3, {"op": "delete", "store_code": "US00018", "gtin": "00036000291452", "seq": "1043"}),
        (4, {"op": "adjust", "store_code": "US00104", "gtin": "00036000291452", "delta": "-1", "seq": "1044"}),
    ],
    "google_lfpInventories_insert.json": [
        (
            1,
            {
                "store_code": "465278",
                "id": "1029384",
                "gtin": "036000291452",
                "availability": "in_stock",
                "quantity": "12",
                "price": "5.49 USD",
                "pickup_method": "buy",
                "pickup_sla": "same_day",
                "timestamp": "2026-11-05T11:08:45Z",
            },
        )
    ],
    "gs1_epcis2_inventory.jsonld": [
        (
            8,
            {
                "store_code": "0614141000173",
                "gtin": "00036000291452",
                "quantity": "12",
                "timestamp": "2026-11-05T06:05:00.000-05:00",
                "basis": "count",
            },
        )
    ],
    "schema_org_product.jsonld": [
        (
            1,
            {
                "store_code": "US00017",
                "id": "SKU-0000001",
                "gtin": "036000291452",
                "availability": "in_stock",
                "quantity": "12",
                "price": "5.49 USD",
            },
        )
    ],
    "shopify_bulk_inventory.jsonl": [
        (
            2,
            {
                "store_code": "655441491",
                "id": "SKU-0000001",
                "gtin": "036000291452",
                "quantity": "12",
                "timestamp": "2026-11-05T11:10:11Z",
            },
        ),
        (3, {"store_code": "655441492", "id": "SKU-0000001", "gtin": "036000291452", "quantity": "0"}),
    ],
}
"""The rows of the files that can be used as they are, with their lines; times of the generic delta left out."""

REFUSED: dict[str, Told] = {
    "amazon_json_listings_feed_inventory.json": {("error", "not_store_stock"): [FILE]},
    "feed_manifest.json": {("error", "not_a_feed"): [FILE]},
    # The article stands in the address of the call, not in its body.
    "google_merchant_api_localInventories_insert.json": {
        ("error", "id_missing"): [1],
        ("error", "row_errors"): [FILE],
    },
    "nasty_bad_lines.ndjson": {
        ("error", "json_invalid"): [4],
        ("error", "quantity_missing"): [6],
        ("error", "truncated"): [7],
        ("info", "blank_row"): [5],
        ("info", "quantity_decimal"): [3],
    },
    # Bodies of webhooks: they name articles by numbers of their own and come in by /v1/hooks.
    "shopify_inventory_levels_update.json": {
        ("error", "id_missing"): [1],
        ("error", "column_missing"): [FILE],
        ("info", "column_unknown"): [1, 1],
    },
    "square_inventory_count_updated.json": {
        ("error", "id_missing"): [1],
        ("error", "store_code_missing"): [1],
        ("error", "row_errors"): [FILE],
        ("info", "column_unknown"): [1, 1, 1, 1, 1],
    },
    "walmart_inventory_v1_4.json": {("error", "not_store_stock"): [FILE]},
    "walmart_mp_inventory_v1_5.json": {
        ("error", "not_store_stock"): [FILE],
        ("info", "record_ignored"): [6, 6],
    },
}
"""Notices of the files that cannot."""


def rows_of(path: Path, *, store_code: str | None = None, **profile: Any) -> list[tuple[int, Row]]:
    """The raw rows of a file and their lines, without what they leave unsaid."""
    context = FeedContext.of(
        AMERICAN, received_at=NOON, as_of=NOON, is_full=False, store_code=store_code, profile=FeedProfile(**profile)
    )
    found = []
    for raw in read_feed(path, kind=FeedKind.INVENTORY, context=context, notices=NoticeBook()):
        columns = {name: column.to_pylist() for name, column in raw.columns.items()}
        for at, line in enumerate(raw.line.tolist()):
            found.append((line, {name: texts[at] for name, texts in columns.items() if texts[at] is not None}))
    return found


@pytest.mark.parametrize("name", ROWS)
def test_a_usable_file_gives_the_agreed_rows(name: str, examples: Path, tmp_path: Path) -> None:
    found = rows_of(examples / name)
    if name == "generic_delta.ndjson":
        assert [row.pop("timestamp")[-3:] for _, row in found] == ["00Z", "01Z", "02Z", "03Z"]

    assert found == ROWS[name]


@pytest.mark.parametrize("name", ROWS)
def test_a_usable_file_gives_no_notice(name: str, examples: Path, tmp_path: Path) -> None:
    report = check(examples / name, tmp_path, mode=FeedMode.DELTA)

    assert report["status"] == "accepted"
    assert report["rows"]["accepted"] == report["rows"]["read"] == len(ROWS[name])
    assert told(report["notices"]) == {}


@pytest.mark.parametrize("name", REFUSED)
def test_any_other_file_is_refused_with_the_agreed_reasons(name: str, examples: Path, tmp_path: Path) -> None:
    report = check(examples / name, tmp_path, mode=FeedMode.DELTA)

    assert report["status"] == "rejected"
    assert told(report["notices"]) == REFUSED[name]


def test_deletions_and_adjustments_have_no_place_in_a_full_feed(examples: Path, tmp_path: Path) -> None:
    report = check(examples / "generic_delta.ndjson", tmp_path)

    assert told(report["notices"])["error", "op_invalid"] == [3, 4]


def test_walmart_speaks_of_a_store_where_somebody_says_which(examples: Path) -> None:
    assert rows_of(examples / "walmart_inventory_v1_4.json", store_code="US1") == [
        (6, {"id": "SKU-0000001", "quantity": "12"}),
        (13, {"id": "SKU-0000002", "quantity": "0"}),
    ]
    nodes = rows_of(examples / "walmart_mp_inventory_v1_5.json", locations={"10000000002": "US1"})
    assert nodes == [(6, {"store_code": "10000000002", "id": "SKU-0000001", "quantity": "4"})]


def test_the_body_of_a_google_call_needs_only_the_article_of_its_address(examples: Path, tmp_path: Path) -> None:
    body = (examples / "google_merchant_api_localInventories_insert.json").read_text()
    call = tmp_path / "call.json"
    call.write_text(f'{{"parent": "accounts/1/products/local~en~US~SKU-1", "localInventory": {body}}}')

    [(line, row)] = rows_of(call)
    assert line == 1
    assert row == {
        "store_code": "US00017",
        "id": "SKU-1",
        "availability": "in_stock",
        "quantity": "12",
        "price": "5.49 USD",
        "sale_price": "4.99 USD",
        "sale_price_effective_date": "2026-11-01T05:00:00Z/2026-12-01T04:59:00Z",
        "pickup_method": "buy",
        "pickup_sla": "same_day",
        "instore_product_location": "Aisle 4 Bay 2",
    }


def test_children_may_come_before_their_parent(examples: Path, tmp_path: Path) -> None:
    parent, *children = (examples / "shopify_bulk_inventory.jsonl").read_text().splitlines()
    turned = tmp_path / "turned.jsonl"
    turned.write_text("\n".join([*children, parent]) + "\n")

    expected = [(line - 1, row) for line, row in ROWS["shopify_bulk_inventory.jsonl"]]
    assert rows_of(turned) == expected


def test_a_child_without_a_parent_takes_the_article_that_the_profile_names(examples: Path, tmp_path: Path) -> None:
    _, *children = (examples / "shopify_bulk_inventory.jsonl").read_text().splitlines()
    orphans = tmp_path / "orphans.jsonl"
    orphans.write_text("\n".join(children) + "\n")

    found = rows_of(orphans, items={"808950810": "MINE"}, locations={"gid://shopify/Location/655441491": "A"})
    assert [(row["store_code"], row["id"]) for _, row in found] == [("A", "MINE"), ("655441492", "MINE")]


def test_a_document_of_our_own_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text('{"store_code": "A",\n "items": [\n  {"id": "1", "quantity": 2},\n\n  {"id": "2", "qty": 3}]}\n')

    assert rows_of(path) == [
        (3, {"store_code": "A", "id": "1", "quantity": "2"}),
        (5, {"store_code": "A", "id": "2", "quantity": "3"}),
    ]


def test_every_json_example_has_an_agreed_outcome(examples: Path) -> None:
    names = {path.name for path in examples.iterdir() if path.suffix in (".json", ".jsonl", ".ndjson", ".jsonld")}

    assert names == set(ROWS) | set(REFUSED)


def test_a_document_too_large_to_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.write(b"[\n")
        for _ in range(65):
            file.write(b'{"store_code": "A", "id": "1", "quantity": 1},\n' + b" " * (1 << 20))

    with pytest.raises(FeedRejected) as refusal:
        rows_of(path)
    assert refusal.value.code == "document_too_large"
