"""The archive that a workbook is: its members within limits, its sheets by name, its damage told as the sender's."""

from __future__ import annotations

import copy
import io
import posixpath
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from xml.parsers import expat

from python_calamine import CalamineError

from ingest.formats.compression import Allowance
from ingest.formats.sniff import SEND_INSTEAD
from inventory_api.domain.errors import FeedRejected

MAX_WORKBOOK_BYTES = 2 << 30
"""Unpacked: a full sheet of ten columns is a fifth of it."""

_MAX_ENTRIES = 10_000
_MAX_SMALL_BYTES = 16 << 20
_CHUNK_BYTES = 1 << 20
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STRINGS = "xl/sharedStrings.xml"
_STYLES = "xl/styles.xml"
_SMALL = ("[Content_Types].xml", "_rels/.rels", _WORKBOOK, _RELATIONS, _STYLES)


class Archive:
    """A workbook's members, read to where their data end, whatever the directory claims.

    Args:
        stream: The workbook.

    Attributes:
        sheets: The member of each sheet by the sheet's name.

    Raises:
        FeedRejected: ``not_a_feed`` for another zip archive, ``archive_bomb``.
    """

    def __init__(self, stream: BinaryIO) -> None:
        size = stream.seek(0, 2)
        self._zip = zipfile.ZipFile(stream)
        self._allowance = Allowance(size, at_most=MAX_WORKBOOK_BYTES)
        infos = self._zip.infolist()
        # Some programs write SharedStrings.xml, or xl\worksheets: to Excel these are the same names.
        self._infos = {_folded(info.filename): info for info in infos}
        if any(not 0 <= info.header_offset < size for info in infos):
            raise zipfile.BadZipFile("a member lies outside of it")
        if _folded(_WORKBOOK) not in self._infos:
            raise FeedRejected("not_a_feed", f"The file is an archive inside another one; {SEND_INSTEAD}.")
        if len(infos) > _MAX_ENTRIES:
            raise FeedRejected("archive_bomb", f"The workbook has {len(infos):,} members.")
        self._small = {name: self._small_member(name) for name in _SMALL if _folded(name) in self._infos}
        self.sheets = dict(self._sheets())

    def chunks(self, member: str) -> Iterator[bytes]:
        """The bytes of a member; none where there is no such member."""
        if _folded(member) not in self._infos:
            return
        whole = copy.copy(self._infos[_folded(member)])
        whole.file_size = sys.maxsize
        meter, done = self._allowance.meter(), 0
        with self._zip.open(whole) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                done += len(chunk)
                meter(done)
                yield chunk

    def strings(self) -> Iterator[bytes]:
        """The bytes of the strings that cells refer to."""
        return self.chunks(_STRINGS)

    def styles(self) -> bytes:
        """The XML of the styles; none where the workbook has none."""
        return self._small.get(_STYLES, b"")

    def size_of(self, member: str) -> int:
        """As the directory claims."""
        return max(1, self._infos[_folded(member)].file_size)

    def with_rows(self, sheet: str | None = None, rows: str = "") -> io.BytesIO:
        """A workbook of the same sheets and styles, of which one sheet holds these rows, and the others are missing."""
        xml = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}'
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as small:
            for name, content in self._small.items():
                small.writestr(name, content)
            if sheet is not None:
                small.writestr(self.sheets[sheet], f"{xml}</sheetData></worksheet>")
        packed.seek(0)
        return packed

    def _small_member(self, name: str) -> bytes:
        content = b""
        for chunk in self.chunks(name):
            content += chunk
            if len(content) > _MAX_SMALL_BYTES:
                raise FeedRejected("archive_bomb", f"The workbook's {name} has more than {_MAX_SMALL_BYTES:,} bytes.")
        return content

    def _sheets(self) -> Iterator[tuple[str, str]]:
        targets = {}
        for attributes in _elements(self._small.get(_RELATIONS, b"<none/>"), "Relationship"):
            targets[attributes.get("Id", "")] = attributes.get("Target", "")
        for attributes in _elements(self._small[_WORKBOOK], "sheet"):
            target = targets.get(attributes.get("id", ""), "")
            yield attributes.get("name", ""), posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _folded(member: str) -> str:
    return member.replace("\\", "/").lower()


@contextmanager
def damage_told() -> Iterator[None]:
    """Tell what is wrong with a workbook to its sender. Raises FeedRejected: ``truncated``."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
        CalamineError,
    ) as error:
        reason = f"The workbook is damaged or its end is missing ({error}); save and send it again."
        raise FeedRejected("truncated", reason) from error


def _elements(xml: bytes, element: str) -> list[dict[str, str]]:
    """The attributes of each element of a name, namespaces left out."""
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == element:
            found.append({key.rpartition(":")[2]: value for key, value in attributes.items()})

    parser = parser_of_parts()
    parser.StartElementHandler = start
    parse(parser, xml, is_last=True)
    return found


def parser_of_parts() -> expat.XMLParserType:
    """A parser for a part of a workbook; a document type is damage."""

    def forbid(*_: object) -> None:
        raise ValueError("it declares a document type")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = forbid
    return parser


def parse(parser: expat.XMLParserType, xml: bytes, *, is_last: bool) -> None:
    """Go on parsing. Raises ValueError where it is not well-formed."""
    try:
        parser.Parse(xml, is_last)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
