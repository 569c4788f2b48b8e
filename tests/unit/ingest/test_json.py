"""The JSON reader: shapes told by content, lines counted exactly, nothing published of a file that was cut."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingest.formats.delimited import read_delimited
from ingest.formats.feed import read_feed
from ingest.formats.json.reader import is_document, read_json
from ingest.formats.json.text import written
from ingest.notices import NoticeBook
from ingest.rows import FeedContext
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.retailer import Retailer

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
CONTEXT = FeedContext(NOON, NOON, currency="USD", timezone="UTC")
LINES = "".join(
    json.dumps({"store_code": f"S{n % 3}", "id": f"SKU-{n}", "quantity": n, "price": "5.10 USD"}) + "\n"
    for n in range(8)
).encode()

Row = dict[str, str | None]


def read(
    text: str | bytes,
    *,
    kind: FeedKind = FeedKind.INVENTORY,
    context: FeedContext = CONTEXT,
    block_bytes: int = 1 << 20,
) -> tuple[list[tuple[int, Row]], dict[str, list[Any]]]:
    """The rows with their lines, and the lines of each notice."""
    raw = text.encode() if isinstance(text, str) else text
    notices = NoticeBook()
    batches = list(
        read_json(lambda: io.BytesIO(raw), kind=kind, context=context, notices=notices, block_bytes=block_bytes)
    )
    rows = []
    for batch in batches:
        columns = {name: column.to_pylist() for name, column in batch.columns.items()}
        rows += [
            (line, {name: texts[at] for name, texts in columns.items()}) for at, line in enumerate(batch.line.tolist())
        ]
    return rows, {n["code"]: [sample["line"] for sample in n["samples"]] for n in notices.report()}


def refusal(text: str | bytes, **options: Any) -> FeedRejected:
    with pytest.raises(FeedRejected) as caught:
        read(text, **options)
    return caught.value


def row(number: int = 1, **others: Any) -> str:
    return json.dumps({"store_code": "A", "id": str(number), "quantity": number} | others)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (row(), True),
        (row() + "\n", True),
        (row() + "\n" + row(2), False),
        ("\n\n" + row() + "\n" + row(2), False),
        ("[" + row() + "]", True),
        ("[\n" + row() + ",\n" + row(2) + "\n]", True),
        ('{"items": [\n' + row() + "\n]}", True),
        ('{\n "items": []\n}', True),
        ("{broken\n" + row(), False),
        ('{"store_code": "A", "id": "1\n' + row(), False),
        (row() + "\n{broken", False),
        ('{"store_code": "A', True),
        ("", True),
    ],
)
def test_one_document_or_an_object_a_line_is_told_by_the_beginning(text: str, expected: bool) -> None:
    assert is_document(text.encode()) is expected


def test_all_shapes_of_the_same_rows_say_the_same() -> None:
    first, second = row(1), row(2)
    shapes = [
        f"{first}\n{second}\n",
        f"{first}\r\n{second}",
        f"[{first}, {second}]",
        f'{{"items": [{first}, {second}]}}',
        f'{{"count": 2, "data": [\n{first},\n{second}\n]}}',
    ]
    found = [[cells for _, cells in read(shape)[0]] for shape in shapes]

    assert found == [[{"store_code": "A", "id": n, "quantity": n} for n in ("1", "2")]] * len(shapes)


def test_lines_are_those_of_the_file_whatever_the_block_size() -> None:
    text = "\n".join([row(1), "", "{broken", row(2), "[]", "null", "  ", row(3)]) + "\n"
    for size in (1, 7, 64, 1 << 20):
        rows, notices = read(text, block_bytes=size)
        assert [line for line, _ in rows] == [1, 4, 8]
        assert notices == {"json_invalid": [3, 5, 6], "blank_row": [2, 7]}


def test_two_objects_on_one_line_are_no_row() -> None:
    rows, notices = read(f"{row(1)} {row(2)}\n\n{row(3)}\n")

    assert [line for line, _ in rows] == [3]
    assert notices == {"json_invalid": [1], "blank_row": [2]}


def test_an_element_that_is_no_object_is_told_with_its_line() -> None:
    rows, notices = read(f"[\n{row(1)},\n7,\n{row(1)}, {row(2)}]")

    assert [line for line, _ in rows] == [2, 4, 4]
    assert notices == {"json_invalid": [3]}


@pytest.mark.parametrize("cut", range(len(LINES)))
def test_lines_cut_anywhere_are_truncated_or_end_with_a_whole_line(cut: int) -> None:
    part = LINES[:cut]
    if cut == 0:
        assert refusal(part).code == "empty_feed"
    elif part.endswith((b"\n", b"}")):
        assert len(read(part)[0]) == part.count(b"}")
    else:
        assert refusal(part).code == "truncated"


def test_a_document_cut_anywhere_is_truncated() -> None:
    text = ("[" + ", ".join(LINES.decode().split("\n")[:3]) + "]").encode()
    for cut in range(1, len(text)):
        assert refusal(text[:cut]).code == "truncated"


def test_a_gzip_file_cut_anywhere_is_truncated(tmp_path: Path) -> None:
    whole = gzip.compress(LINES)
    path = tmp_path / "feed.ndjson.gz"
    for cut in range(2, len(whole)):
        path.write_bytes(whole[:cut])
        with pytest.raises(FeedRejected) as caught:
            list(read_feed(path, kind=FeedKind.INVENTORY, context=CONTEXT, notices=NoticeBook()))
        assert caught.value.code == "truncated", cut


def test_a_document_that_is_no_json_names_the_line() -> None:
    caught = refusal('[\n{"store_code": "A"},\n{"store_code": A}]')

    assert (caught.code, caught.line) == ("json_invalid", 3)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("5.10", "5.10"),
        ("12.0", "12.0"),
        ("1.234", "1.2340"),
        ("-1.500", "-1.5000"),
        ("1e3", "1000"),
        ("1.5E+2", "150"),
        ("2E-3", "0.0020"),
        ("8.84913E+11", "8.84913E+11"),
        ("1e999999999", "1e999999999"),
    ],
)
def test_numbers_stay_exact_and_mean_the_same_in_every_locale(number: str, text: str) -> None:
    assert written(number) == text


def test_numbers_booleans_and_null_become_the_text_that_they_are() -> None:
    big = 10**30
    values = f'{{"store_code": 17, "gtin": {big}, "availability": true, "price": 5.10, "quantity": null}}'
    other = '{"store_code": "A", "gtin": 4006381333931, "availability": "in_stock", "price": "5 USD"}'
    rows, notices = read(f"{values}\n{other}\n")

    first = {"store_code": "17", "gtin": str(big), "availability": "true", "price": "5.10", "quantity": None}
    second = {"store_code": "A", "gtin": "4006381333931", "availability": "in_stock", "price": "5 USD"}
    assert [cells for _, cells in rows] == [first, second | {"quantity": None}]
    assert notices == {}


def test_a_nested_value_costs_only_itself() -> None:
    rows, notices = read(row(1, price={"amount": 5}, extra={"a": 1}) + "\n" + row(2, price="5 USD") + "\n")

    assert [cells["price"] for _, cells in rows] == [None, "5 USD"]
    assert notices == {"value_nested": [1], "column_unknown": [1]}


def test_the_plain_name_counts_before_its_aliases() -> None:
    rows, _ = read(
        '{"sku": "a", "id": "b", "store": "A", "qty": 1}\n{"sku": "a", "id": null, "store": "A", "qty": 1}\n'
    )

    assert [cells["id"] for _, cells in rows] == ["b", "a"]


def test_a_profile_names_the_columns_first() -> None:
    context = FeedContext.of(
        Retailer("r", "r"),
        received_at=NOON,
        as_of=NOON,
        is_full=True,
        store_code=None,
        profile=FeedProfile(aliases={"nummer": "id", "haus": "store_code"}),
    )
    rows, _ = read(
        '{"nummer": "1", "haus": "A", "bestand": 3}\n{"nummer": "2", "haus": "A", "bestand": 4}', context=context
    )

    assert [cells for _, cells in rows] == [
        {"id": "1", "store_code": "A", "quantity": "3"},
        {"id": "2", "store_code": "A", "quantity": "4"},
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_feed"),
        (" \n\n", "empty_feed"),
        ("[]", "empty_feed"),
        ('{"sku": "1", "qty": 1}\n{"sku": "2", "qty": 1}\n', "column_missing"),
        (json.dumps({f"SKU-{n}": 1 for n in range(1_100)}), "not_a_feed"),
        ("[" * 100_000, "json_invalid"),
        ('{"feed": "f", "files": [], "sequence": 1}', "not_a_feed"),
    ],
)
def test_a_hopeless_file_is_refused(text: str, code: str) -> None:
    assert refusal(text).code == code


def test_letters_that_are_no_utf8_are_read_as_the_profile_says() -> None:
    rows, notices = read(
        b'{"store_code": "K\xf6ln", "id": "1", "quantity": 1}\n{"store_code": "A", "id": "1", "quantity": 1}'
    )

    assert [cells["store_code"] for _, cells in rows] == ["Köln", "A"]
    assert notices == {"encoding_fallback": [None]}


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="\t\"'=#"), min_size=1)
TABLE = st.lists(
    st.fixed_dictionaries(
        {"store_code": CELL, "id": CELL, "quantity": st.integers(0, 10**6).map(str) | st.just("")},
    ),
    min_size=1,
    max_size=20,
)


@given(rows=TABLE, as_numbers=st.booleans(), as_array=st.booleans(), block_bytes=st.integers(1, 400))
@example(rows=[{"store_code": "A", "id": "1", "quantity": "1"}], as_numbers=True, as_array=False, block_bytes=1)
@settings(deadline=None, max_examples=150)
def test_rows_are_read_as_the_delimited_reader_reads_them(
    rows: list[dict[str, str]], as_numbers: bool, as_array: bool, block_bytes: int
) -> None:
    objects = [r | ({"quantity": int(r["quantity"])} if as_numbers and r["quantity"] else {}) for r in rows]
    text = json.dumps(objects) if as_array else "\n".join(map(json.dumps, objects))
    tsv = (
        "\n".join(["store_code\tid\tquantity", *("\t".join((r["store_code"], r["id"], r["quantity"])) for r in rows)])
        + "\n"
    )
    expected = pa.concat_tables(
        pa.table({name: column.cast(pa.string()) for name, column in batch.columns.items()})
        for batch in read_delimited(
            lambda: io.BytesIO(tsv.encode()), kind=FeedKind.INVENTORY, context=CONTEXT, notices=NoticeBook()
        )
    ).to_pylist()

    assert [cells for _, cells in read(text, block_bytes=block_bytes)[0]] == expected


@given(at=st.integers(0, len(LINES) - 1), byte=st.integers(0, 255), document=st.booleans(), more=st.binary(max_size=3))
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_damaged_bytes_are_told_or_refused_never_a_fault(at: int, byte: int, document: bool, more: bytes) -> None:
    whole = b"[" + b",".join(LINES.split(b"\n")[:-1]) + b"]" if document else LINES
    damaged = whole[:at] + bytes([byte]) + more + whole[at + 1 :]
    try:
        rows, _ = read(damaged)
    except FeedRejected:
        return
    assert len(rows) <= 8 + 3
