"""The files of ``formats``: the same records of a retailer's stock, written as each format has them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from loadtests.bench import cells
from loadtests.bench.cells import Bytes

PER_STORE = 10_000
_STORES_A_LINE = 100
_SEED = 846

Columns = dict[str, Bytes]


def google_columns(rows: int) -> Iterator[Columns]:
    """Google's local inventory, ten attributes a record, store by store."""
    for first in range(0, rows, PER_STORE):
        count = min(PER_STORE, rows - first)
        product = np.arange(count)
        quantity = (product * 7 + first) % 40
        yield {
            "store_code": cells.constant(b"ST%d" % (1000 + first // PER_STORE), count),
            "id": np.hstack([cells.constant(b"SKU-", count), cells.integers(product * 7 + 100_000, 7)]),
            "gtin": cells.integers(cells.gtins(product), 14, padded=True),
            "availability": cells.chosen([b"out_of_stock", b"in_stock"], (quantity > 0).astype(np.int64)),
            "quantity": cells.integers(quantity, 4),
            "price": np.hstack([cells.decimals(product % 900 * 10 + 9, 4), cells.constant(b" USD", count)]),
            "pickup_method": cells.constant(b"buy", count),
            "pickup_sla": cells.constant(b"same day", count),
            "instore_product_location": np.hstack([cells.constant(b"Aisle ", count), cells.integers(product % 30, 2)]),
            "timestamp": cells.constant(b"2026-11-05T06:00:00-06:00", count),
        }


def write_tsv(path: Path, rows: int) -> None:
    """Write the records as tab-separated text."""
    with path.open("wb") as file:
        for number, columns in enumerate(google_columns(rows)):
            if number == 0:
                file.write("\t".join(columns).encode() + b"\n")
            file.write(cells.join(list(columns.values())))


def write_shuffled(path: Path, rows: int) -> None:
    """Write the same records in no order: what a feed costs that is sorted by nothing we use."""
    write_tsv(path, rows)
    header, *lines = path.read_bytes().splitlines(keepends=True)
    order = np.random.default_rng(_SEED).permutation(len(lines)).tolist()
    path.write_bytes(header + b"".join([lines[number] for number in order]))


def write_rss(path: Path, rows: int) -> None:
    """Write the records as items of an RSS channel, one a line."""
    with path.open("wb") as file:
        file.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" ')
        file.write(b'xmlns:g="http://base.google.com/ns/1.0"><channel>\n<title>stock</title>\n')
        for columns in google_columns(rows):
            parts: list[Bytes] = []
            for name, texts in columns.items():
                tag = name.encode()
                parts += [cells.constant(b"<g:%s>" % tag, len(texts)), texts]
                parts += [cells.constant(b"</g:%s>" % tag, len(texts))]
            rows_here = len(parts[0])
            ends = cells.constant(b"<item>", rows_here), cells.constant(b"</item>", rows_here)
            file.write(cells.join([np.hstack([ends[0], *parts, ends[1]])]))
        file.write(b"</channel></rss>\n")


def write_ndjson(path: Path, rows: int) -> None:
    """Write the records as one JSON object a line, every value a text."""
    with path.open("wb") as file:
        for columns in google_columns(rows):
            parts: list[Bytes] = []
            for number, (name, texts) in enumerate(columns.items()):
                opening = b'{"' if number == 0 else b'","'
                parts += [cells.constant(opening + name.encode() + b'":"', len(texts)), texts]
            parts.append(cells.constant(b'"}', len(parts[0])))
            file.write(cells.join([np.hstack(parts)]))


def write_sdq(path: Path, rows: int) -> None:
    """Write so many store quantities as one X12 846 with SDQ segments, a hundred stores an article."""
    articles = -(-rows // _STORES_A_LINE)
    codes = cells.gtins(np.arange(articles))
    pairs = [b"%05d*%d" % (600 + store, store % 40) for store in range(_STORES_A_LINE)]
    segments = 4
    with path.open("wb") as file:
        file.write(
            b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261105*0600*U*00401*000000001*0*P*>"
            b"~\n"
            b"GS*IB*SENDER*RECEIVER*20261105*0600*1*X*004010~\nST*846*0001~\nBIA*00*SI*1*20261105*0600~\n"
        )
        left = rows
        for code in codes.tolist():
            here = pairs[: min(left, _STORES_A_LINE)]
            parts = [b"*".join(here[first : first + 10]) for first in range(0, len(here), 10)]
            file.write(b"LIN**UK*%014d~\n" % code + b"".join(b"SDQ*EA*92*%b~\n" % part for part in parts))
            left -= len(here)
            segments += 1 + len(parts)
        file.write(b"SE*%d*0001~\nGE*1*1~\nIEA*1*000000001~\n" % (segments - 1))


_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.'
    'openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Stock" '
    'sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}


def write_xlsx(path: Path, rows: int) -> None:
    """Write the records as a workbook of one sheet, texts in place."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(_SHEET)
            for number, columns in enumerate(google_columns(rows)):
                if number == 0:
                    names = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in columns)
                    sheet.write(f"<row>{names}</row>".encode())
                parts: list[Bytes] = [cells.constant(b"<row>", len(columns["id"]))]
                for texts in columns.values():
                    parts += [cells.constant(b'<c t="inlineStr"><is><t>', len(texts)), texts]
                    parts.append(cells.constant(b"</t></is></c>", len(texts)))
                parts.append(cells.constant(b"</row>", len(parts[0])))
                sheet.write(cells.join([np.hstack(parts)]))
            sheet.write(b"</sheetData></worksheet>")
