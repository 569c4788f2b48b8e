"""The cells of a sheet: at the angle brackets as by events, wherever it is cut, and as calamine reads it."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineError, CalamineWorkbook

from ingest.formats.xlsx.archive import Archive
from ingest.formats.xlsx.sheet import Sheet
from ingest.formats.xlsx.table import tables
from ingest.formats.xlsx.values import as_text
from inventory_api.domain.errors import FeedRejected

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
BEGIN, END = f'<worksheet xmlns="{MAIN}"><cols/><sheetData>', "</sheetData><mergeCells/></worksheet>"
ROW = '<row r="1"><c r="A1" s="1" t="str"><v>a &lt; b</v></c><c r="AB1"><f>1+1</f><v>2</v></c></row>'
FORMATS = (0, 14, 22, 46, 170, 171)
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Stock" sheetId="1" '
    'r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{OFFICE}/styles" '
    f'Target="styles.xml"/><Relationship Id="r3" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    "</Relationships>",
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="170" formatCode="[h]:mm"/>'
    '<numFmt numFmtId="171" formatCode="&quot;days&quot; 0"/></numFmts><cellXfs>'
    f"{''.join(f'<xf numFmtId={chr(34)}{number}{chr(34)}/>' for number in FORMATS)}</cellXfs></styleSheet>",
    "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>plain</t></si><si><r><t>ri</t></r><r><t>ch</t></r>'
    '<rPh sb="0" eb="1"><t>reading</t></rPh></si><si><t xml:space="preserve"> _x0041_&amp; </t></si><si/></sst>',
}


def workbook(sheet: str) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in (PARTS | {"xl/worksheets/sheet1.xml": sheet}).items():
            archive.writestr(name, content)
    packed.seek(0)
    return packed


def cells(xml: bytes, chunk_bytes: int) -> Any:
    """Place, kind and text of each cell, or None where the sheet is refused."""
    sheet = Sheet()
    found: list[tuple[int, int, int, str]] = []
    try:
        for part in sheet.cells(xml[at : at + chunk_bytes] for at in range(0, len(xml), chunk_bytes)):
            found += zip(part.rows.tolist(), part.columns.tolist(), part.kinds.tolist(), part.texts.to_pylist())  # noqa: B905
    except ValueError:
        return None
    kinds = list(sheet.kinds)
    return [(row, column, *kinds[kind], text) for row, column, kind, text in found]


def by_events(text: str) -> Any:
    """The cells of the same sheet in UTF-16, in which no tag is the bytes that the fast way looks for."""
    return cells(text.encode("utf-16"), 1 << 16)


def test_where_a_cell_is_and_what_it_is() -> None:
    rows = (
        ROW
        + '<row r="7"><c t="b"><v>1</v></c><c/><c r="C9" t="inlineStr"><is><t>x</t></is></c></row>'
        + "<row><c><v>5</v></c></row>"
    )
    assert cells(f"{BEGIN}{rows}{END}".encode(), 1 << 16) == [
        (1, 0, "str", "1", "a < b"),
        (1, 27, "", "", "2"),
        (7, 0, "b", "", "1"),
        (9, 2, "inlineStr", "", "x"),
        (8, 0, "", "", "5"),
    ]


@pytest.mark.parametrize(
    "odd",
    ["<!-- </row><row><c><v>9</v></c></row> -->", "<![CDATA[</row>]]>", "<x><c><v>1</v></c></x>", "<?pi </row>?>"],
)
def test_what_no_program_writes_costs_events_and_nothing_else(odd: str) -> None:
    text = f"{BEGIN}{ROW * 4}{ROW.replace('<row r=', f'{odd}<row r=')}{ROW * 4}{END}"
    assert {repr(cells(text.encode(), size)) for size in range(90, 900, 30)} == {repr(by_events(text))}


@pytest.mark.parametrize("place", ["A0", "1A", "ABCD1", "A12345678", "A", "$A$1", ""])
def test_a_place_that_is_none_is_damage(place: str) -> None:
    sheet = f'{BEGIN}<row><c r="{place}"><v>1</v></c></row>{END}'
    with pytest.raises(FeedRejected, match="damaged"):
        list(tables(Archive(workbook(sheet)), "Stock", "."))


@pytest.mark.parametrize(
    "odd", ["<c/><v>3</v>", '<c r="B9"/><v>3</v>', "<c><v>1</v></c><v>3</v>", "<row/>", "<row><c/></row>"]
)
def test_what_is_outside_of_its_place_is_the_same_to_both(odd: str) -> None:
    text = f"{BEGIN}{ROW}<row r='2'>{odd}</row>{ROW}{END}".replace("'", '"')
    assert {repr(cells(text.encode(), size)) for size in range(90, 900, 30)} == {repr(by_events(text))}


def test_a_row_may_say_its_number_last() -> None:
    row = "<row><c><v>1</v></c></row>"
    late = row.replace("<row", '<row s="1" r="20"')
    text = f"{BEGIN}{row * 9}{late}{row * 9}{END}"
    found = cells(text.encode(), 60)
    assert [line for line, *_ in found] == [*range(1, 10), *range(20, 30)]


@pytest.mark.parametrize("row", ["<row><f>1</f></row>", "<row><c><f>1</f></c></row>", "<row><c/><f>1</f></row>"])
def test_a_formula_without_a_value_is_the_same_to_both(row: str) -> None:
    text = f"{BEGIN}<row></row>{row}{END}"
    assert {repr(cells(text.encode(), size)) for size in (1, 90, 900)} == {repr(by_events(text))}


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1"])
def test_encodings_in_which_a_tag_is_the_same_bytes(encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?>{BEGIN}{ROW.replace('a &lt;', 'Köln')}{END}"
    assert cells(text.encode(encoding), 1 << 16)[0][-1] == "Köln b"


def test_a_document_type_is_damage() -> None:
    sheet = f"<!DOCTYPE worksheet [<!ENTITY a 'b'>]>{BEGIN}{ROW}{END}"
    with pytest.raises(FeedRejected, match="document type"):
        list(tables(Archive(workbook(sheet)), "Stock", "."))


def test_rows_in_no_order_are_damage() -> None:
    rows = '<row r="3"><c><v>1</v></c></row><row r="2"><c><v>1</v></c></row>'
    with pytest.raises(FeedRejected, match="order"):
        list(tables(Archive(workbook(f"{BEGIN}{rows}{END}")), "Stock", "."))


TEXTS = st.sampled_from(
    ["", "1", "12.0", "5.4900000000000002", "46331.270845", "0.5", "-3", "A&amp;B", "_x0041_", " x\r\ny "]
)
NUMBERS = st.sampled_from(
    ["0", "12", "5.4900000000000002", "46331.270845", "46331", "0.5", "59.5", "1e3", "-3", "junk"]
)


@st.composite
def sheets(draw: st.DrawFn) -> str:
    """Rows as programs write them: placed or not, with gaps, cells of every type, some of them odd in their tags."""
    is_placed, row = draw(st.booleans()), 0
    parts: list[str] = []
    for _ in range(draw(st.integers(0, 12))):
        row += draw(st.sampled_from([1, 1, 1, 4]))
        parts.append(f'<row r="{row}" spans="1:3">' if is_placed or draw(st.booleans()) else "<row>")
        row = row if is_placed or "r=" in parts[-1] else _row_of(parts)
        for column in range(draw(st.integers(0, 4))):
            place = f' r="{"ABCDE"[column]}{row}"' if is_placed else ""
            style = draw(st.sampled_from(["", ' s="0"', ' s="1"', ' s="2"', ' s="3"', ' s="4"', ' s="5"']))
            type_ = draw(st.sampled_from(["", "n", "s", "str", "inlineStr", "b", "e", "empty", "formula"]))
            if type_ == "empty":
                parts.append(f"<c{place}{style}/>")
            elif type_ == "formula":
                formula = draw(st.sampled_from(["<f>1+1</f>", '<f t="shared" si="0"/>', "<f/>"]))
                result = draw(st.sampled_from(["", "<v/>", "<v></v>", "<v>2</v>"]))
                given_type = draw(st.sampled_from(["", ' t="str"']))
                parts.append(f"<c{place}{style}{given_type}>{formula}{result}</c>")
            elif type_ == "inlineStr":
                parts.append(f'<c{place}{style} t="inlineStr"><is><t>{draw(TEXTS)}</t></is></c>')
            else:
                text = draw(
                    {"s": st.sampled_from("0123"), "b": st.sampled_from("01"), "str": TEXTS}.get(type_, NUMBERS)
                )
                text = "#N/A" if type_ == "e" else text
                given_type = f' t="{type_}"' if type_ else ""
                parts.append(f"<c{place}{style}{given_type}><v>{text}</v></c>")
        parts.append("</row>")
    return f"{BEGIN}{''.join(parts)}{END}"


def _row_of(parts: list[str]) -> int:
    """The number of the last of these rows, which does not say so."""
    number = 0
    for part in parts:
        if part.startswith("<row"):
            number = int(part.split('"')[1]) if "r=" in part else number + 1
    return number


ODD = st.sampled_from(
    [
        "<!-- </row> -->",
        "<!-- </row><row><c><v>9</v></c></row> -->",
        "<?pi?>",
        "&#x31;",
        "<c/>",
        "<row/>",
        '<row r="9"/>',
        '<row r="9"><c><v>7</v></c></row>',
        '<row s="1" r="9"><c><v>7</v></c></row>',
        "<row r='9'><c><v>7</v></c></row>",
        "<c><v>1</v><v>2</v></c>",
        "<c r='B2'><v>1</v></c>",
        '<c r="B2"><v>1</v></c>',
        '<c s="1" r="B2"><v>1</v></c>',
        '<c a=">"><v>1</v></c>',
        "<v>3</v>",
        "<f>1</f>",
        "<is><r><t>x</t></r><t>y</t></is>",
        "<x><c><v>1</v></c></x>",
        "</row>",
        "<row>",
        "&",
    ]
)


class TestEquality:
    @given(sheets(), st.lists(st.tuples(st.floats(0, 1), ODD), max_size=2), st.sampled_from([1, 60, 100, 250, 1 << 16]))
    @settings(max_examples=120, deadline=None)
    def test_at_the_brackets_as_by_events(self, text: str, odd: list[tuple[float, str]], chunk_bytes: int) -> None:
        for share, put in odd:
            at = int(share * len(text))
            at = text.find("<", at) if "<" in text[at:] else at
            text = text[:at] + put + text[at:]
        assert cells(text.encode(), chunk_bytes) == by_events(text)

    @given(sheets())
    @settings(max_examples=60, deadline=None)
    def test_as_calamine_reads_it(self, text: str) -> None:
        try:
            sheet = CalamineWorkbook.from_filelike(workbook(text)).get_sheet_by_index(0)
        except CalamineError:
            with pytest.raises(FeedRejected):
                list(tables(Archive(workbook(text)), "Stock", "."))
            return
        rows: dict[int, list[str]] = {}
        for table in tables(Archive(workbook(text)), "Stock", "."):
            rows |= {line: table.row(index) for index, line in enumerate(table.lines.tolist())}
        theirs = {line: [as_text(value, ".") for value in row] for line, row in enumerate(sheet.iter_rows(), 1)}
        first = [""] * (sheet.start[1] if sheet.start else 0)
        expected = {line: first + row for line, row in theirs.items() if any(row)}
        assert {line: _trimmed(row) for line, row in rows.items()} == {
            line: _trimmed(row) for line, row in expected.items()
        }


def _trimmed(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row = row[:-1]
    return [text.replace("\r\n", "\n").strip() for text in row]
