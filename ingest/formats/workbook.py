"""A look at an Excel workbook's archive before it is loaded: whole, no bomb, and where its formulas failed.

calamine decompresses what it is given, makes room for the rectangle around a sheet's cells, and reads
``#N/A`` as an empty cell. So the archive is read once before, with limits, and each sheet's XML searched
for the places of its cells and for errors.
"""

from __future__ import annotations

import copy
import posixpath
import re
import sys
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO
from xml.parsers import expat

from ingest.formats.compression import Allowance
from ingest.formats.sniff import SEND_INSTEAD
from inventory_api.domain.errors import FeedRejected

MAX_WORKBOOK_BYTES = 2 << 30
"""Unpacked: a full sheet of ten columns is a fifth of it."""

MAX_CELLS = 48 << 20
"""Of the rectangle around a sheet's cells, about 24 bytes each: 1,048,576 rows of 48 columns."""

_MAX_ENTRIES = 10_000
_MAX_DIRECTORY_BYTES = 4 << 20
_CHUNK_BYTES = 4 << 20
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,9})([0-9]{1,9})""")
_FAR = re.compile(rb"""r\s*=\s*["'](?:[A-Za-z]{2}|[A-Za-z][0-9]{7})""")
_NEAR_ROWS, _NEAR_COLUMNS = 999_999, 26
"""Where no place is far: few enough cells not to be counted, which takes as long as loading them."""

_ERROR = re.compile(rb"""<(?:\w+:)?c\s(?=[^>]*\bt\s*=\s*["']e["'])[^>]*""")
_WORKBOOK = "xl/workbook.xml"


@dataclass(slots=True)
class SheetSurvey:
    """Where a sheet's cells end at most, and (row from 1, column from 0) of the formulas that failed."""

    rows: int = _NEAR_ROWS
    columns: int = _NEAR_COLUMNS
    errors: list[tuple[int, int]] = field(default_factory=list)

    @property
    def cells(self) -> int:
        """Of the rectangle from the first cell of all."""
        return self.rows * self.columns

    def look(self, tags: Callable[[], Iterator[bytes]]) -> None:
        """Look through a sheet's XML, in chunks of whole tags; a second time only where some cell is far."""
        is_near = True
        for xml in tags():
            is_near = is_near and _FAR.search(xml) is None
            if b'"e"' in xml or b"'e'" in xml:
                self._find_errors(xml)
        if not is_near:
            self.rows = self.columns = 0
            for xml in tags():
                self._measure(xml)

    def _find_errors(self, xml: bytes) -> None:
        for tag in _ERROR.finditer(xml):
            place = _PLACE.search(tag.group())
            if place is not None:
                self.errors.append((int(place[2]), _column(place[1]) - 1))

    def _measure(self, xml: bytes) -> None:
        places = _PLACE.findall(xml)
        if places:
            self.rows = max(self.rows, max(map(int, {row for _, row in places})))
            self.columns = max(self.columns, max(map(_column, {letters for letters, _ in places})))


def survey(stream: BinaryIO) -> dict[str, SheetSurvey]:
    """Read a workbook's archive to its end.

    Returns:
        A survey of each sheet by the sheet's name.

    Raises:
        FeedRejected: ``not_a_feed`` for another zip archive, ``truncated`` for a damaged one, ``archive_bomb``.
    """
    size = stream.seek(0, 2)
    try:
        with zipfile.ZipFile(stream) as archive:
            infos = archive.infolist()
            names = {info.filename for info in infos}
            if any(not 0 <= info.header_offset < size for info in infos):
                raise zipfile.BadZipFile("a member lies outside of it")
            if _WORKBOOK not in names:
                raise FeedRejected("not_a_feed", f"The file is an archive inside another one; {SEND_INSTEAD}.")
            if len(infos) > _MAX_ENTRIES:
                raise FeedRejected("archive_bomb", f"The workbook has {len(infos):,} members.")
            found: dict[str, SheetSurvey] = {}
            allowance = Allowance(size, at_most=MAX_WORKBOOK_BYTES)
            for info in infos:
                tags = partial(_tags, archive, info, allowance.meter())
                if info.filename.startswith("xl/worksheets/"):
                    found[info.filename] = SheetSurvey()
                    found[info.filename].look(tags)
                else:
                    deque(tags(), maxlen=0)
            return {name: found.get(target, SheetSurvey()) for name, target in _sheets(archive, names)}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        reason = f"The workbook is damaged or its end is missing ({error}); save and send it again."
        raise FeedRejected("truncated", reason) from error


def _tags(archive: zipfile.ZipFile, info: zipfile.ZipInfo, meter: Callable[[int], None]) -> Iterator[bytes]:
    """A member in chunks that end with a tag, read to where its data end, whatever the directory claims."""
    whole = copy.copy(info)
    whole.file_size = sys.maxsize
    rest, done = b"", 0
    with archive.open(whole) as member:
        while chunk := member.read(_CHUNK_BYTES):
            done += len(chunk)
            meter(done)
            rest += chunk
            end = rest.rfind(b">") + 1 or len(rest)
            yield rest[:end]
            rest = rest[end:]
    yield rest


def _sheets(archive: zipfile.ZipFile, names: set[str]) -> Iterator[tuple[str, str]]:
    """Name of each sheet, and of the member that holds it."""
    relations = "xl/_rels/workbook.xml.rels"
    targets = {}
    if relations in names:
        for attributes in _elements(archive, relations, "Relationship"):
            targets[attributes.get("Id", "")] = attributes.get("Target", "")
    for attributes in _elements(archive, _WORKBOOK, "sheet"):
        target = targets.get(attributes.get("id", ""), "")
        yield attributes.get("name", ""), posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _elements(archive: zipfile.ZipFile, member: str, element: str) -> list[dict[str, str]]:
    """The attributes of each element of a name, namespaces left out."""
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == element:
            found.append({key.rpartition(":")[2]: value for key, value in attributes.items()})

    def forbid(*_: object) -> None:
        raise ValueError("it declares a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = forbid
    with archive.open(member) as stream:
        text = stream.read(_MAX_DIRECTORY_BYTES)
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return found


def _column(letters: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
