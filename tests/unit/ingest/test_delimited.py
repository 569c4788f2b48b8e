"""One thin test for each notice and refusal of the delimited reader."""

from __future__ import annotations

import codecs
import datetime as dt
import io
from typing import Any

import pytest

from ingest.formats.delimited import blocks, read_delimited, rows
from ingest.notices import NoticeBook
from ingest.rows import FeedContext
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
HEADER = b"store_code\tid\tquantity\n"
ROW = b"US00017\tSKU-1\t3\n"


class Read:
    """A file read to its end: its rows as dictionaries with their line, and its notices."""

    def __init__(
        self,
        data: bytes,
        kind: FeedKind = FeedKind.INVENTORY,
        *,
        block_bytes: int = 1 << 20,
        encoding: str = "cp1252",
        store_code: str | None = None,
    ) -> None:
        self.rows: list[dict[str, Any]] = []
        self.rejected = 0
        self.progress: list[int] = []
        book = NoticeBook()
        for batch in read_delimited(
            lambda: io.BytesIO(data),
            kind=kind,
            context=FeedContext(received_at=NOON, as_of=NOON, encoding=encoding, store_code=store_code),
            notices=book,
            on_progress=self.progress.append,
            block_bytes=block_bytes,
        ):
            columns = {name: column.to_pylist() for name, column in batch.columns.items()}
            for position, line in enumerate(batch.line.tolist()):
                self.rows.append({"line": line} | {name: column[position] for name, column in columns.items()})
            self.rejected += batch.rejected
        self.notices = {(n["code"], n["severity"]): n for n in book.report()}

    def samples(self, code: str, severity: str) -> list[tuple[int | None, str | None]]:
        """Line and column of each sample of a notice."""
        return [(s["line"], s["column"]) for s in self.notices[code, severity]["samples"]]


def refusal(data: bytes, kind: FeedKind = FeedKind.INVENTORY, *, block_bytes: int = 1 << 20) -> FeedRejected:
    """Why a file is refused."""
    with pytest.raises(FeedRejected) as caught:
        Read(data, kind, block_bytes=block_bytes)
    return caught.value


def test_a_clean_file_has_no_notice() -> None:
    """And gives its rows with their lines."""
    read = Read(HEADER + ROW + ROW)
    assert read.rows == [
        {"line": 2, "store_code": "US00017", "id": "SKU-1", "quantity": "3"},
        {"line": 3, "store_code": "US00017", "id": "SKU-1", "quantity": "3"},
    ]
    assert read.notices == {}


def test_progress_counts_the_bytes_read() -> None:
    """Up to the whole of the text."""
    read = Read(HEADER + ROW * 100, block_bytes=300)
    assert read.progress == sorted(read.progress)
    assert read.progress[-1] == len(HEADER + ROW * 100)


@pytest.mark.parametrize(
    "head",
    [
        b"<!DOCTYPE html><html>",
        b"\n <html>",
        b"<?xml version='1.0'?>",
        b'{"items": []}',
        b"[1]",
        b"ISA*00*",
        b"%PDF-1",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\xfd7zXZ\x00\x00\x04",
        b"\x1f\x8b\x08\x00",
        b"7z\xbc\xaf'\x1c",
    ],
)
def test_not_a_feed(head: bytes) -> None:
    """Another kind of file is named by its first bytes."""
    assert refusal(head + b"\n").code == "not_a_feed"
    if head.isascii():
        assert refusal(codecs.BOM_UTF8 + head + b"\n").code == "not_a_feed"


def test_not_a_feed_an_endless_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is not filled in search of a newline."""
    monkeypatch.setattr(blocks, "MAX_RECORD_BYTES", 1000)
    refused = refusal(HEADER + ROW + b"x" * 5000, block_bytes=500)
    assert (refused.code, refused.line) == ("not_a_feed", 3)


@pytest.mark.parametrize("data", [b"", b"\n\n", codecs.BOM_UTF8, HEADER, HEADER.strip(), HEADER + b"\n\n", b"# hint\n"])
def test_empty_feed(data: bytes) -> None:
    """No row is never an answer."""
    assert refusal(data).code == "empty_feed"


def test_truncated_in_a_row() -> None:
    """A short last row without a newline; a long one is only wrong."""
    refused = refusal(HEADER + ROW + b"US00017\tSKU")
    assert (refused.code, refused.line) == ("truncated", 3)
    assert Read(HEADER + ROW + b"US00017\tSKU-2\t4").rows[-1]["quantity"] == "4"
    assert Read(HEADER + ROW + b"US00017\tSKU-2\t4\t5").rejected == 1


def test_truncated_in_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row that opened the quote is named, at the end of the file or long before."""
    data = b'store_code,id,quantity\nUS1,A,1\nUS1,"B,2\nUS1,C,3\n'
    refused = refusal(data)
    assert (refused.code, refused.line) == ("truncated", 3)
    monkeypatch.setattr(blocks, "MAX_RECORD_BYTES", 1000)
    refused = refusal(data + b"US1,D,4\n" * 1000, block_bytes=100)
    assert (refused.code, refused.line) == ("truncated", 3)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_truncated_in_a_character(encoding: str) -> None:
    """The file's other characters show what it was written in."""
    bom = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else b""
    text = "store_code\tid\tquantity\nÜ\té\t1\nÜ\té\t1é"
    assert refusal(bom + text.encode(encoding)[:-1]).code == "truncated"


def test_a_final_accent_alone_is_no_cut_character() -> None:
    """In a one-byte encoding it looks like one."""
    read = Read("store_code\tquantity\tid\nUS1\t1\tcafé".encode("cp1252"))
    assert read.rows[0]["id"] == "café"


@pytest.mark.parametrize("bom", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8])
@pytest.mark.parametrize("block_bytes", [1, 7, 1 << 20])
def test_boms(bom: bytes, block_bytes: int) -> None:
    """A byte order mark decides, and is not part of the first name."""
    encoding = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}.get(bom, "utf-8")
    read = Read(bom + "store_code\tid\tquantity\r\nÜ\té𝄞\t1\r\n".encode(encoding), block_bytes=block_bytes)
    assert read.rows == [{"line": 2, "store_code": "Ü", "id": "é𝄞", "quantity": "1"}]
    assert read.notices == {}


def test_encoding_fallback_holds_for_the_whole_file() -> None:
    """An undecodable byte at the very end decides how the first rows are read."""
    data = HEADER + "é\tSKU\t1\n".encode() + ROW * 100_000 + "é\tSKU\t1\n".encode("cp1252")
    read = Read(data)
    assert (read.rows[0]["store_code"], read.rows[-1]["store_code"]) == ("Ã©", "é")
    assert read.notices["encoding_fallback", "warning"]["count"] == 1


def test_encoding_fallback_to_the_declared_one() -> None:
    """No guessing: the profile says which."""
    read = Read(HEADER + "Łódź\tSKU\t1\n".encode("cp1250"), encoding="cp1250")
    assert read.rows[0]["store_code"] == "Łódź"


def test_encoding_invalid() -> None:
    """Bytes that the fallback does not know, or that the BOM denies."""
    assert refusal(HEADER + b"\x81\tSKU\t1\n").code == "encoding_invalid"
    assert refusal(codecs.BOM_UTF8 + HEADER + b"\xe9\tSKU\t1\n").code == "encoding_invalid"


def test_header_missing() -> None:
    """The first row is data."""
    assert refusal(ROW + ROW).code == "header_missing"


@pytest.mark.parametrize(
    ("kind", "header", "missing"),
    [
        (FeedKind.INVENTORY, b"id\tquantity", "store_code"),
        (FeedKind.INVENTORY, b"store_code\tquantity", "id or gtin"),
        (FeedKind.INVENTORY, b"store_code\tid", "quantity or availability"),
        (FeedKind.STORES, b"name\tcity", "store_code"),
        (FeedKind.PRODUCTS, b"title\tbrand", "id or gtin"),
    ],
)
def test_column_missing(kind: FeedKind, header: bytes, missing: str) -> None:
    """Each kind of feed needs its own."""
    refused = refusal(header + b"\na\tb\n", kind)
    assert (refused.code, refused.line) == ("column_missing", 1)
    assert missing in refused.reason


def test_the_store_may_be_given_outside_the_file() -> None:
    """The corner shop's file: barcode, quantity, price."""
    read = Read(b"barcode,quantity,price\n036000291452,3,5.49\n", store_code="17")
    assert read.rows == [{"line": 2, "gtin": "036000291452", "quantity": "3", "price": "5.49"}]


def test_column_duplicate_equal() -> None:
    """Harmless, and told."""
    read = Read(b"Store #,id,qty,Store #\n17,A,1,17\n")
    assert read.rows == [{"line": 2, "store_code": "17", "id": "A", "quantity": "1"}]
    assert read.samples("column_duplicate", "warning") == [(1, "Store #")]


def test_column_duplicate_different() -> None:
    """Which of the two is right nobody knows."""
    refused = refusal(b"Store #,id,qty,Store #\n17,A,1,17\n17,B,1,18\n")
    assert (refused.code, refused.line) == ("column_duplicate", 3)


def test_a_columns_own_name_outranks_aliases() -> None:
    """A feed with both id and sku means id."""
    read = Read(b"sku,id,store_code,qty\nx,A,17,1\n")
    assert read.rows[0]["id"] == "A"
    assert read.notices == {}


def test_a_google_business_profile_is_a_stores_feed() -> None:
    """Its spreadsheet is where many shops have their stores written down already."""
    header = (
        "Store code,Business name,Address line 1,Locality,Administrative area,Country / Region,Postal code,"
        "Latitude,Longitude,Primary phone,Primary category"
    )
    values = ("S1", "Acme", "1 Main St", "Boston", "MA", "US", "02134", "42.35", "-71.06", "617-555-0100", "Grocer")
    read = Read(f"{header}\n{','.join(values)}\n".encode(), FeedKind.STORES)
    names = ("store_code", "name", "street", "city", "region", "country", "postal_code", "lat", "lon", "phone")
    assert read.rows == [{"line": 2} | dict(zip(names, values, strict=False))]


def test_googles_two_categories_are_no_duplicates() -> None:
    """Its product feed has both by design."""
    read = Read(b"id,product_type,google_product_category\nA,Home,2847\n", FeedKind.PRODUCTS)
    assert read.rows[0]["category"] == "2847"


def test_of_a_books_numbers_the_longer_counts() -> None:
    read = Read(b"title,isbn,isbn13\nCosmos,0345331354,9780345331359\n", FeedKind.PRODUCTS)
    assert read.rows[0]["gtin"] == "9780345331359"
    assert read.notices == {}


def test_shopifys_inventory_is_read_as_it_is_exported() -> None:
    header = (
        b"Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,HS Code,"
        b"COO,Location,Bin name,Incoming (not editable),Unavailable (not editable),Committed (not editable),"
        b"Available (not editable),On hand (current),On hand (new)\n"
    )
    rows = (
        b'mug,Mug,Color,Blue,,,,,MUG-1,6912.00,PT,"Main Street 5, Springfield",A-12,0,1,2,4,7,\n'
        b"mug,Mug,Color,Red,,,,,MUG-2,6912.00,PT,Harbor,,0,0,0,not stocked,not stocked,\n"
    )
    read = Read(header + rows)
    assert [(row["store_code"], row["id"], row["quantity"]) for row in read.rows] == [
        ("Main Street 5, Springfield", "MUG-1", "4"), ("Harbor", "MUG-2", "not stocked"),
    ]  # fmt: skip
    assert read.notices == {}


def test_what_can_be_sold_counts_before_what_is_on_hand() -> None:
    read = Read(b"Location,SKU,On hand,Available\nA,1,7,4\n")
    assert (read.rows[0]["quantity"], read.notices) == ("4", {})


def test_column_unknown() -> None:
    """Told once; columns that other feeds know are not misspelt."""
    read = Read(b"store_code,id,qty,title,mpn,colour\n17,A,1,T,M,red\n")
    assert read.samples("column_unknown", "info") == [(1, "colour")]


def test_hint_row_skipped() -> None:
    """Meta's template, with its prefix of overrides."""
    read = Read(b'"# Required | id",# Required\noverride id,store code,availability\nA,17,in stock\n')
    assert read.rows == [{"line": 3, "id": "A", "store_code": "17", "availability": "in stock"}]
    assert read.samples("hint_row_skipped", "info") == [(1, None)]


@pytest.mark.parametrize("delimiter", "\t,;|")
def test_delimiters(delimiter: str) -> None:
    """Told by the header alone, whatever the rows are full of."""
    text = "store_code,id,quantity\n17,A;B|C,1\n" if delimiter == "," else "store_code,id,quantity\n17,A,1\n"
    read = Read(text.replace(",", delimiter).encode())
    assert read.rows[0]["store_code"] == "17"
    assert read.rows[0]["quantity"] == "1"


def test_tsv_has_no_quoting() -> None:
    """A quote is an inch."""
    read = Read(HEADER + b'US1\t24" TV\t1\nUS1\t"open\t2\n')
    assert [row["id"] for row in read.rows] == ['24" TV', '"open']


def test_a_tsv_whose_header_is_quoted_is_quoted() -> None:
    """Databases export so; no shop quotes the names of its columns and means inches."""
    text = '"store_code"\t"id"\t"quantity"\r\n"US1"\t"24"" TV\t4K"\t"1"\r\n"US1"\t"B"\t2\r\n'
    for block_bytes in (9, 1 << 20):
        read = Read(text.encode(), block_bytes=block_bytes)
        assert [(row["store_code"], row["id"], row["quantity"]) for row in read.rows] == [
            ("US1", '24" TV\t4K', "1"),
            ("US1", "B", "2"),
        ]


@pytest.mark.parametrize(("said", "delimiter"), [("sep=;", ";"), ('"sep=|"', "|"), ("SEP=\t", "\t"), ("sep=", ",")])
def test_what_a_file_tells_excel_is_no_header(said: str, delimiter: str) -> None:
    read = Read(f"{said}\r\nstore_code,id,quantity\r\n17,A,1\r\n".replace(",", delimiter).encode())
    assert [(row["line"], row["id"]) for row in read.rows] == [(3, "A")]
    assert read.samples("hint_row_skipped", "info") == [(1, None)]


def test_codes_that_a_spreadsheet_keeps_as_text() -> None:
    """Whoever wants to see 0017 after Excel writes it so; other apostrophes are letters."""
    codes = ['="0017"', '"=""0017"""', "'0017", "0017", "'s-Gravenhage", "O'Hare", '="', "''"]
    read = Read(("store_code,id,quantity\n" + "".join(f"{code},{code},1\n" for code in codes)).encode())
    expected = ["0017", "0017", "0017", "0017", "'s-Gravenhage", "O'Hare", '="', "''"]
    assert [row["store_code"] for row in read.rows] == expected
    assert [row["id"] for row in read.rows] == expected


def test_csv_quoting() -> None:
    """Newlines, delimiters and doubled quotes in quotes; an inch outside is literal."""
    read = Read(b'store_code,id,qty\n17,"a\r\nb, ""c""",1\n17,24" TV,2\n17,"d"e,3\n')
    assert [(row["line"], row["id"]) for row in read.rows] == [(2, 'a\r\nb, "c"'), (4, '24" TV'), (5, "de")]


def test_column_count() -> None:
    """With the physical line; columns are never shifted."""
    read = Read(HEADER + ROW + b"US1\tA\n" + b"US1\tA\t1\t2\n" + ROW)
    assert [row["line"] for row in read.rows] == [2, 5]
    assert read.samples("column_count", "error") == [(3, None), (4, None)]
    assert read.rejected == 2


def test_blank_row() -> None:
    """Empty, white, or what a spreadsheet leaves of a row; not rejected, for there is nothing."""
    read = Read(b"store_code,id,qty\n17,A,1\n\n  \n,,\r\n17,B,1\n")
    assert [row["line"] for row in read.rows] == [2, 6]
    assert read.samples("blank_row", "info") == [(3, None), (4, None), (5, None)]
    assert read.rejected == 0


@pytest.mark.parametrize("bad", [b"\0", b"\x1a", b"\r"])
def test_control_character_rejects_the_row(bad: bytes) -> None:
    """And is made visible in the sample: no database takes a NUL in a text."""
    read = Read(HEADER + b"US1\tA" + bad + b"B\t1\n" + ROW)
    assert [row["line"] for row in read.rows] == [3]
    assert read.samples("control_character", "error") == [(2, None)]
    (sample,) = read.notices["control_character", "error"]["samples"]
    assert sample["value"].isprintable() or "\t" in sample["value"]
    assert "\0" not in sample["value"]


@pytest.mark.parametrize("end", [b"\x1a", b"\x1a" * 100])
@pytest.mark.parametrize("block_bytes", [7, 1 << 20])
def test_a_dos_end_of_file_is_no_row(end: bytes, block_bytes: int) -> None:
    """Else every full feed of an old till would have lost a row, and none could prove an absence."""
    read = Read(HEADER + ROW + end, block_bytes=block_bytes)
    assert (len(read.rows), read.rejected, read.notices) == (1, 0, {})
    assert refusal(HEADER + end).code == "empty_feed"


@pytest.mark.parametrize("column", ["id", "store_code"])
def test_control_character_trimmed(column: str) -> None:
    """Odd blanks go from the edges, in plain and in dictionary columns, and stay inside."""
    row = {"store_code": "17", "id": "A", "qty": "1"} | {column: "\u00a0x\u00a0y\u200b "}
    read = Read("\n".join([",".join(row), ",".join(row.values()), "x y,b,1\n"]).encode())
    assert read.rows[0][column] == "x\u00a0y"
    assert read.samples("control_character", "warning") == [(2, column)]


def test_column_value_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain or quoted, even over many lines."""
    monkeypatch.setattr(rows, "MAX_FIELD_BYTES", 1000)
    monkeypatch.setattr(rows, "_WINDOW", 500)
    read = Read(HEADER + ROW + b"US1\t" + b"x" * 1001 + b"\t1\n" + b"US1\t" + b"x" * 1000 + b"\t1\n")
    assert [row["line"] for row in read.rows] == [2, 4]
    assert read.samples("column_value_too_long", "error") == [(3, None)]
    quoted = b'17,"' + b"x\n" * 501 + b'",1\n'
    read = Read(b"store_code,id,qty\n17,A,1\n" + quoted + b"17,B,1\n")
    assert [row["line"] for row in read.rows] == [2, 505]
    assert read.samples("column_value_too_long", "error") == [(3, None)]


def test_old_mac_newlines() -> None:
    """A file of lone CRs has lines too."""
    assert [row["line"] for row in Read(b"store_code,id,qty\r17,A,1\r17,B,1\r").rows] == [2, 3]


def test_low_cardinality_columns_are_dictionaries() -> None:
    """So that normalizers look at each distinct value once."""
    context = FeedContext(received_at=NOON, as_of=NOON)
    (batch,) = read_delimited(
        lambda: io.BytesIO(HEADER + ROW), kind=FeedKind.INVENTORY, context=context, notices=NoticeBook()
    )
    assert str(batch.columns["store_code"].type).startswith("dictionary")
    assert str(batch.columns["id"].type).startswith("dictionary")
