"""Tell a file's format by its first bytes, and name what is no feed, so that its sender knows what to send."""

from __future__ import annotations

import codecs
import re

from inventory_api.domain.profile import FeedFormat

HEAD_BYTES = 4096
"""Of a file's beginning that tell its format."""

SEND_INSTEAD = "send a tab- or comma-separated text file in UTF-8, plain or compressed"

_BINARY: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook (.xlsx)"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"%PDF", "a PDF document"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive inside another one"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "a gzip archive inside another one"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
)
_TEXT: tuple[tuple[bytes, str], ...] = (
    (b"<?xml", "XML"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<", "XML or a web page"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)
_EDI: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"ISA([^0-9A-Za-z \r\n])[0-9A-Z ]{2}\1"), "an X12 EDI interchange"),
    (re.compile(rb"UNA.{6}\s*UNB|UNB[^0-9A-Za-z\s]UNO[A-Z]", re.DOTALL), "an EDIFACT interchange"),
)
"""Any delimiters: X12 and EDIFACT name theirs by where they stand."""

_FORMATS = {
    "a zip archive or an Excel workbook (.xlsx)": FeedFormat.XLSX,
    "a Parquet file": FeedFormat.PARQUET,
    "XML": FeedFormat.XML,
    "XML or a web page": FeedFormat.XML,
    "JSON": FeedFormat.JSON,
    "an X12 EDI interchange": FeedFormat.X12,
    "an EDIFACT interchange": FeedFormat.EDIFACT,
}


def format_of(head: bytes) -> FeedFormat:
    """The format of a decompressed file by its first bytes; delimited where nothing else is told."""
    look = binary_look(head) or text_look(_without_bom(head))
    return _FORMATS.get(look or "", FeedFormat.DELIMITED)


def _without_bom(head: bytes) -> bytes:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return head.removeprefix(codecs.BOM_UTF8)


def binary_look(head: bytes) -> str | None:
    """Say what the first bytes of a file look like; None unless they are of a known binary format."""
    if head[257:262] == b"ustar":
        return "a tar archive inside another one"
    return next((name for magic, name in _BINARY if head.startswith(magic)), None)


def text_look(head: bytes) -> str | None:
    """Say what UTF-8 text looks like by its first characters; None where it may be delimited rows."""
    start = head.lstrip()[:256]
    edi = next((name for opening, name in _EDI if opening.match(start)), None)
    return edi or next((name for opening, name in _TEXT if start.lower().startswith(opening)), None)
