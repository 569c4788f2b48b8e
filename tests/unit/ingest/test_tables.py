"""Workbooks and Parquet files: the same rows as the CSV of them, and damage told as the sender's."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import decimal
import io
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats import parquet
from ingest.formats.xlsx import archive
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.profile import FeedProfile
from tests.unit.ingest.reading import Read, refusal

COLUMNS = ("store_code", "id", "gtin", "availability", "quantity", "price", "timestamp")
Rows = list[tuple[Any, ...]]


def as_workbook(rows: Rows, **sheets: Rows) -> bytes:
    book = openpyxl.Workbook()
    for name, content in ({"Stock": rows} | sheets).items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    book.remove(book.worksheets[0])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def as_parquet(table: pa.Table, **options: Any) -> bytes:
    packed = io.BytesIO()
    pq.write_table(table, packed, **options)
    return packed.getvalue()


def as_csv(rows: Rows) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


@pytest.fixture
def staged(tmp_path: Path) -> Callable[[bytes], Path]:
    def stage(content: bytes) -> Path:
        path = tmp_path / "staged"
        path.write_bytes(content)
        return path

    return stage


Stage = Callable[[bytes], Path]

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cf")), max_size=12)
CODES = st.from_regex(r"[A-Z0-9_.-]{1,9}", fullmatch=True)
ROW = st.tuples(
    CODES,
    TEXTS.filter(bool),
    st.sampled_from(["", "00036000291452", "4006381333931"]),
    st.sampled_from(["in_stock", "out_of_stock", "", "Yes"]),
    st.integers(0, 10**9) | st.just(""),
    st.floats(0.01, 10**6).map(lambda price: round(price, 2)) | st.just(""),
    st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1)).map(
        lambda time: time.replace(second=1, microsecond=0)
    ),
)


def written(rows: Rows) -> Rows:
    """As a CSV has them."""

    def cell(value: Any) -> Any:
        if isinstance(value, float):
            return str(int(value)) if value.is_integer() else repr(value)
        return value.isoformat() if isinstance(value, dt.datetime) else value

    return [tuple(cell(value) for value in row) for row in rows]


@settings(max_examples=40)
@given(rows=st.lists(ROW, min_size=1, max_size=12))
def test_a_workbook_reads_like_its_csv(tmp_path_factory: pytest.TempPathFactory, rows: Rows) -> None:
    folder = tmp_path_factory.mktemp("both")
    # openpyxl takes what begins with "=" for a formula, and Excel knows no _x0041_ but as a letter.
    plain = [tuple(f"t{v}" if isinstance(v, str) and v[:1] in "=_" and v else v for v in row) for row in rows]
    (folder / "csv").write_bytes(as_csv([COLUMNS, *written(plain)]))
    (folder / "xlsx").write_bytes(as_workbook([COLUMNS, *plain]))
    from_csv, from_workbook = Read(folder / "csv"), Read(folder / "xlsx")
    assert from_workbook.rows == from_csv.rows
    assert from_workbook.lines == list(range(2, len(rows) + 2))
    assert from_workbook.told == from_csv.told


@settings(max_examples=40)
@given(rows=st.lists(ROW, min_size=1, max_size=12), rows_in_group=st.integers(1, 5), has_dictionary=st.booleans())
def test_a_parquet_file_reads_like_its_csv(
    tmp_path_factory: pytest.TempPathFactory, rows: Rows, rows_in_group: int, has_dictionary: bool
) -> None:
    folder = tmp_path_factory.mktemp("both")
    (folder / "csv").write_bytes(as_csv([COLUMNS, *written(rows)]))
    columns = {
        name: [None if v == "" else v for v in cells]
        for name, cells in zip(COLUMNS, zip(*rows, strict=False), strict=True)
    }
    table = pa.table({**columns, "quantity": pa.array(columns["quantity"], pa.int64())})
    (folder / "pq").write_bytes(as_parquet(table, row_group_size=rows_in_group, use_dictionary=has_dictionary))
    from_csv, from_parquet = Read(folder / "csv"), Read(folder / "pq")
    assert [_spoken(row) for row in from_parquet.rows] == [_spoken(row) for row in from_csv.rows]
    assert from_parquet.lines == list(range(1, len(rows) + 1))
    assert from_parquet.told == from_csv.told


def _spoken(row: dict[str, Any]) -> dict[str, Any]:
    """Absent and blank say the same, and so do a blank and a T within a time."""
    return {name: (text or "").replace(" ", "T") if name == "timestamp" else text or "" for name, text in row.items()}


def test_what_a_spreadsheet_makes_of_codes_numbers_and_times(staged: Stage) -> None:
    day, clock = dt.date(2026, 11, 5), dt.datetime(2026, 11, 5, 6, 30)
    rows = [COLUMNS, (17, 1029384, 36000291452, True, 12.0, 5.49, clock), ("A", "B", "", "in_stock", 3, 1200, day)]
    read = Read(staged(as_workbook(rows)))
    assert list(read.rows[0].values()) == ["17", "1029384", "36000291452", "true", "12", "5.49", "2026-11-05T06:30:00"]
    assert (read.rows[1]["price"], read.rows[1]["timestamp"]) == ("1200", "2026-11-05")


def test_what_formulas_leave_behind_the_fifteenth_digit_is_not_read(staged: Stage) -> None:
    content = as_workbook([("store_code", "id", "quantity", "price"), ("A", "B", "Q", "P"), (1, 12345678901234, 3, 4)])
    stored = {b"<v>3</v>": b"<v>2.9999999999999996</v>", b"<v>4</v>": b"<v>3.3000000000000003</v>"}
    for old, new in stored.items():
        content = _edited(content, _SHEET, lambda xml, old=old, new=new: xml.replace(old, new))  # type: ignore[misc]
    assert list(Read(staged(content)).rows[1].values()) == ["1", "12345678901234", "3", "3.3"]


def test_a_number_keeps_its_point_in_a_country_of_commas(staged: Stage) -> None:
    """``1.234`` of a German file is 1234, the number 1.234 of a German workbook is not."""
    table = pa.table({"store_code": ["A"], "id": ["B"], "quantity": [1.234], "price": [decimal.Decimal("0.125")]})
    for content in (as_workbook([COLUMNS, ("A", "B", "", "", 1.234, 0.125)]), as_parquet(table)):
        (row,) = Read(staged(content), decimal=",").rows
        assert (row["quantity"], row["price"]) == ("1.2340", "0.1250")


def test_titles_hints_and_blank_rows_of_a_workbook(staged: Stage) -> None:
    rows = [(), ("# Required", "Optional"), (*COLUMNS[:2], "quantity"), ("A", "B", 3), (None, None), ("A", "C", 0)]
    read = Read(staged(as_workbook(rows)))
    assert read.lines == [4, 6]
    assert read.told == {"hint_row_skipped": [2], "blank_row": [1, 5]}
    titled = as_workbook([("Stock of Thursday",), *rows[2:]])
    assert refusal(staged(titled)).code == "header_missing"
    assert Read(staged(titled), profile=FeedProfile(skip_rows=1)).lines == [3, 5]


def test_columns_count_from_the_first_of_the_sheet(staged: Stage) -> None:
    rows = [(None, "A", "B", 3), (None, "A", "C", 0)]
    read = Read(staged(as_workbook(rows)), profile=FeedProfile(columns=("", "store_code", "id", "quantity")))
    assert [row["id"] for row in read.rows] == ["B", "C"]
    assert read.lines == [1, 2]


def test_formulas_that_failed_are_told(staged: Stage) -> None:
    packed = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(("store_code", "id", "quantity", "remark"))
    sheet.append(("A", "B", "#N/A", "#DIV/0!"))
    sheet.append(("A", "C", 3, ""))
    for cell in ("C2", "D2"):
        sheet[cell].data_type = "e"
    book.save(packed)
    read = Read(staged(packed.getvalue()))
    assert read.told == {"cell_error": [2], "column_unknown": [1]}
    assert [row["quantity"] for row in read.rows] == ["", "3"]


def test_formulas_without_their_values_are_told(staged: Stage) -> None:
    """Programs that write workbooks do not calculate; what they leave is a formula and no value."""
    path = staged(as_workbook([("store_code", "id", "quantity", "note"), ("A", "B", "=1+1", "=1"), ("A", "C", 3, "")]))
    read = Read(path)
    assert read.told == {"formula_uncalculated": [2], "column_unknown": [1]}
    assert [row["quantity"] for row in read.rows] == ["", "3"]


def test_a_formula_may_come_to_nothing(staged: Stage) -> None:
    content = as_workbook([("store_code", "id", "quantity", "price"), ("A", "B", 3, "=1")])
    empty = (b"><f>1</f><v /></c>", b' t="str"><f>1</f><v></v></c>')
    content = _edited(content, _SHEET, lambda xml: xml.replace(b"<v/>", b"<v />").replace(*empty))
    read = Read(staged(content))
    assert (read.rows[0]["price"], read.told) == ("", {})


@pytest.mark.parametrize(
    ("format_", "currency", "price"),
    [
        ("0.00", "USD", "5.95"),
        ('_("$"* #,##0.00_);_("$"* (#,##0.00);_("$"* "-"??_)', "USD", "5.95"),
        ("#,##0.00\\ [$€-407]", "EUR", "5.95"),
        ("0.##", "USD", "5.95"),
        ("General", "USD", "5.945"),
        ("0", "USD", "5.945"),
        ("0.000", "USD", "5.945"),
        ("0.00", "KWD", "5.945"),
        ("0.000", "KWD", "5.9450"),
        ("0", "JPY", "6"),
        ("0.00%", "USD", "5.945"),
        ("0.00E+00", "USD", "5.945"),
        ("#,##0.00,", "USD", "5.945"),
        ("@", "USD", "5.945"),
        ("0.00", None, "5.945"),
    ],
)
def test_a_calculated_price_is_the_one_that_its_cell_shows(
    staged: Stage, format_: str, currency: str | None, price: str
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(("store_code", "id", "quantity", "price", "sale_price"))
    sheet.append(("A", "B", 2.5, 5.945, -5.945))
    for cell in sheet[2]:
        cell.number_format = format_
    packed = io.BytesIO()
    book.save(packed)
    (row,) = Read(staged(packed.getvalue()), currency=currency).rows
    assert (row["quantity"], row["price"], row["sale_price"]) == ("2.5", price, f"-{price}")


@pytest.mark.parametrize(
    ("format_", "code"),
    [
        ("00000", "00017"),
        ("[$-409]00000;@", "00017"),
        ("0", "17"),
        ("General", "17"),
        ('"S"00000', "17"),
        ("0000.0", "17"),
    ],
)
def test_codes_keep_the_zeros_that_their_cells_show(staged: Stage, format_: str, code: str) -> None:
    """A postal code of Boston is 2134 to Excel, and 02134 to whoever looks at it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(("store_code", "id", "gtin", "quantity"))
    sheet.append((17, "17", 123456, 1.5))
    for cell in sheet[2]:
        cell.number_format = format_
    packed = io.BytesIO()
    book.save(packed)
    (row,) = Read(staged(packed.getvalue())).rows
    assert list(row.values()) == [code, "17", "123456", "1.5"]


def test_which_sheet_is_read(staged: Stage) -> None:
    rows = [("store_code", "id", "quantity"), ("A", "B", 3)]
    other = [("store_code", "id", "quantity"), ("A", "C", 3)]
    path = staged(as_workbook([], Today=rows, Yesterday=other))
    read = Read(path)
    assert [row["id"] for row in read.rows] == ["B"]
    assert "Yesterday" in read.messages[0]
    assert list(read.told) == ["sheet_ignored"]
    named = Read(path, profile=FeedProfile(sheet="Yesterday"))
    assert ([row["id"] for row in named.rows], named.told) == (["C"], {})
    refused = refusal(path, profile=FeedProfile(sheet="Tomorrow"))
    assert (refused.code, "Yesterday" in refused.reason) == ("sheet_missing", True)


def test_a_workbook_of_nothing(staged: Stage) -> None:
    assert refusal(staged(as_workbook([]))).code == "empty_feed"
    assert refusal(staged(as_workbook([COLUMNS]))).code == "empty_feed"


def test_a_workbook_within_an_archive(staged: Stage) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("stock.xlsx", as_workbook([("store_code", "id", "quantity"), ("A", "B", 3)]))
    assert len(Read(staged(packed.getvalue())).rows) == 1


def _edited(content: bytes, member: str, edit: Callable[[bytes], bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, edit(old.read(name)) if name == member else old.read(name))
    return packed.getvalue()


_SHEET = "xl/worksheets/sheet1.xml"


_STRINGS = """<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>B</t></si></sst>"""


@pytest.mark.parametrize(
    "renamed",
    [
        lambda name: name,
        lambda name: name.replace("shared", "Shared").replace("worksheets/sheet", "Worksheets/Sheet"),
        lambda name: name.replace("/", "\\") if name.startswith("xl/") else name,
    ],
)
def test_members_named_as_some_programs_do(staged: Stage, renamed: Callable[[str], str]) -> None:
    inline = b't="inlineStr"><is><t>B</t></is>'
    content = _edited(as_workbook([COLUMNS, ("A", "B")]), _SHEET, lambda xml: xml.replace(inline, b't="s"><v>0</v>'))
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            new.writestr(renamed(name), old.read(name))
        new.writestr(renamed("xl/sharedStrings.xml"), _STRINGS)
    assert Read(staged(packed.getvalue())).rows[0]["id"] == "B"


@pytest.mark.parametrize("place", ['r="XFD1048576"', "r = 'XFD1048576'", 'r="xfd1048576"'])
def test_two_cells_far_apart_are_no_reason_to_run_out_of_memory(staged: Stage, place: str) -> None:
    content = as_workbook([("store_code", "id", "quantity"), ("A", "B", 3)])
    spread = _edited(content, _SHEET, lambda xml: re.sub(rb'r="C2"', place.encode(), xml))
    assert refusal(staged(spread)).code == "archive_bomb"


def test_a_workbook_that_unpacks_to_too_much(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_WORKBOOK_BYTES", 1 << 20)
    content = as_workbook([("store_code", "id", "quantity"), ("A", "B", 3)])
    bomb = _edited(content, "xl/styles.xml", lambda xml: xml + b" " * (4 << 20))
    assert refusal(staged(bomb)).code == "archive_bomb"


def test_a_workbook_with_a_document_type_is_refused(staged: Stage) -> None:
    doctype = b'<!DOCTYPE a [<!ENTITY b "c">]>'
    content = as_workbook([("store_code", "id", "quantity"), ("A", "B", 3)])
    edited = _edited(content, "xl/workbook.xml", lambda xml: xml.replace(b"<workbook", doctype + b"<workbook", 1))
    assert refusal(staged(edited)).code == "truncated"


def test_types_that_parquet_has_and_a_feed_understands(staged: Stage) -> None:
    table = pa.table(
        {
            "store_code": pa.array([17, 18], pa.int32()),
            "id": pa.array(["x", "y"]).dictionary_encode(),
            "gtin": pa.array([36000291452.0, float("nan")]),
            "quantity": pa.array([12.0, None]),
            "availability": pa.array([True, False]),
            "price": pa.array([decimal.Decimal("5.49"), None], pa.decimal128(9, 2)),
            "timestamp": pa.array([1762340400000000] * 2, pa.timestamp("us", "America/New_York")),
        }
    )
    first, second = Read(staged(as_parquet(table))).rows
    told = ["17", "x", "36000291452", "12", "true", "5.49", "2025-11-05 11:00:00Z"]
    assert [first[name] for name in ("store_code", "id", "gtin", "quantity", "availability", "price")] == told[:-1]
    assert first["timestamp"] == told[-1]
    assert (second["gtin"], second["quantity"], second["price"]) == (None, None, None)


def test_a_number_of_half_the_digits_says_no_others(staged: Stage) -> None:
    numbers = pa.array([5.49, 1e6, 3, None, float("nan")], pa.float32())
    table = pa.table({"store_code": ["A"] * 5, "id": list("BCDEF"), "quantity": ["1"] * 5, "price": numbers})
    assert [row["price"] for row in Read(staged(as_parquet(table))).rows[:3]] == ["5.49", "1000000", "3"]
    table = table.set_column(3, "price", pa.array([5.5] * 5, pa.float16()))
    assert Read(staged(as_parquet(table))).rows[0]["price"] == "5.5"


def test_nested_columns_are_told_and_not_read(staged: Stage) -> None:
    table = pa.table({"store_code": ["A"], "id": ["B"], "quantity": [[3]], "availability": ["in_stock"]})
    read = Read(staged(as_parquet(table)))
    assert list(read.told) == ["column_unknown"]
    assert "quantity" not in read.rows[0]


def test_cells_of_a_table_are_held_to_the_rules_of_a_text(staged: Stage) -> None:
    table = pa.table({"store_code": ["A", "A\0", "\u00a0B"], "id": ["x", "y", "z"], "quantity": [1, 2, 3]})
    read = Read(staged(as_parquet(table)))
    assert [(row["store_code"], row["id"]) for row in read.rows] == [("A", "x"), ("B", "z")]
    assert (read.told["control_character"], read.rejected) == ([2, 3], 1)


def test_twins_in_a_table(staged: Stage) -> None:
    same = {"Store": ["A"], "Location": ["A"], "id": ["B"], "quantity": [1]}
    assert list(Read(staged(as_parquet(pa.table(same)))).told) == ["column_duplicate"]
    other = same | {"Location": ["C"]}
    assert refusal(staged(as_parquet(pa.table(other)))).code == "column_duplicate"
    equal_names = pa.table([["A"], ["A"], ["B"], [1]], names=["Store", "Store", "id", "quantity"])
    assert list(Read(staged(as_parquet(equal_names))).told) == ["column_duplicate"]


def test_a_parquet_file_of_nothing(staged: Stage) -> None:
    empty = pa.table({"store_code": pa.array([], pa.string()), "id": [], "quantity": []})
    assert refusal(staged(as_parquet(empty))).code == "empty_feed"
    assert refusal(staged(as_parquet(pa.table({"a": [1]})))).code == "header_missing"


def test_text_that_is_not_utf8(staged: Stage) -> None:
    column = pa.array([b"caf\xe9"], pa.binary())
    table = pa.table({"store_code": column, "id": ["B"], "quantity": [1]})
    assert refusal(staged(as_parquet(table))).code == "encoding_invalid"


def test_one_long_value_a_million_times(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "MAX_BATCH_BYTES", 1 << 20)
    codes = pa.DictionaryArray.from_arrays(pa.array([0] * 1000, pa.int32()), pa.array(["x" * 5000]))
    many = pa.DictionaryArray.from_arrays(pa.array([0] * 3, pa.int32()), pa.array(["x" * 600_000, *map(str, range(9))]))
    small = pa.table({"store_code": codes, "id": ["B"] * 1000, "quantity": [1] * 1000})
    assert len(Read(staged(as_parquet(small))).rows) == 1000
    large = pa.table({"store_code": many, "id": ["B"] * 3, "quantity": [1] * 3})
    assert refusal(staged(as_parquet(large))).code == "archive_bomb"


_WORKBOOK = as_workbook([COLUMNS, ("A", "B", "", "in_stock", 3, 5.49, dt.datetime(2026, 11, 5))])
_PARQUET = as_parquet(pa.table({"store_code": ["A"] * 9, "id": list("abcdefghi"), "quantity": range(9)}))


@pytest.mark.parametrize("content", [_WORKBOOK, _PARQUET], ids=["workbook", "parquet"])
def test_a_table_cut_anywhere_never_reads_as_whole(staged: Stage, content: bytes) -> None:
    for length in range(4, len(content), max(1, len(content) // 300)):
        assert refusal(staged(content[:length])).code == "truncated", length


@settings(max_examples=200)
@given(content=st.sampled_from([_WORKBOOK, _PARQUET]), seed=st.integers(0, 1 << 30))
def test_damaged_tables_give_rows_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, seed: int
) -> None:
    numbers = random.Random(seed)
    damaged = bytearray(content)
    for _ in range(numbers.randint(1, 6)):
        damaged[numbers.randrange(len(damaged))] = numbers.randrange(256)
    path = tmp_path_factory.mktemp("fuzz") / "staged"
    path.write_bytes(bytes(damaged))
    with contextlib.suppress(FeedRejected):
        Read(path)
    inner = _edited(_WORKBOOK, _SHEET, lambda xml: _mutated(xml, numbers))
    path.write_bytes(inner)
    with contextlib.suppress(FeedRejected):
        Read(path)


def _mutated(text: bytes, numbers: random.Random) -> bytes:
    changed = bytearray(text)
    for _ in range(numbers.randint(1, 4)):
        changed[numbers.randrange(len(changed))] = numbers.randrange(256)
    return bytes(changed)
