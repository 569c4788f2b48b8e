"""An XML document taken in by expat, and everything that makes it unusable as a whole.

Neither the size of the file nor what an enemy wrote into it decides the memory: a document type
declaration is refused, so that there are no entities to expand, and a record is limited in bytes,
which limits its depth, its texts and expat's own buffers too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from xml.parsers import expat

from inventory_api.domain.errors import FeedRejected

MAX_RECORD_BYTES = 2 << 20
"""Of one record, or of what stands before, between and behind records. Google's products have 20 kB at most."""

MAX_NAMES = 10_000
"""Different names of elements and attributes; expat and pyexpat keep every one to the end."""

SEPARATOR = " "
"""Between namespace and name in what expat calls an element."""

_WRONG_ENCODING = {
    expat.errors.codes[message]
    for message in (expat.errors.XML_ERROR_INCORRECT_ENCODING, expat.errors.XML_ERROR_UNKNOWN_ENCODING)
}
_INVALID_TOKEN = expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]


class Shape(Protocol):
    """Gathers the records of one shape of document, as a handler of expat's events from the root on."""

    def prepare(self, xml: bytes, at: int) -> int:
        """Look at the bytes that come next, from this one of the file on; no encoding but UTF-8 or UTF-16 has them.

        Returns:
            How many bytes of it the parser shall get before the next ``drain``; the others are shown again.
        """

    def drain(self, *, ended: bool) -> int:
        """Hand on the records that are complete; how many these were."""


class Document:
    """Parses a document chunk by chunk.

    Args:
        on_root: Called with the root element's name (as ``namespace name``, or ``name``) and the
            parser; sets the parser's handlers and returns what gathers the records.

    Attributes:
        fed: Bytes taken in so far.
    """

    def __init__(self, on_root: Callable[[str, expat.XMLParserType], Shape]) -> None:
        self.fed = 0
        self._parsed = 0
        self._held = b""
        self._without_record = 0
        self._encoding = "UTF-8"
        self._on_root = on_root
        self._shape: Shape | None = None
        self._parser = parser = expat.ParserCreate(namespace_separator=SEPARATOR)
        parser.buffer_text = True
        parser.buffer_size = 1 << 16
        parser.ordered_attributes = True
        parser.XmlDeclHandler = self._declare
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._begin

    def feed(self, chunk: bytes) -> None:
        """Take in the next bytes and hand on the records that they completed.

        Raises:
            FeedRejected: What these bytes show the document to be.
        """
        self.fed += len(chunk)
        xml = self._held + chunk
        count = len(xml)
        if self._shape is not None and self._encoding.upper() == "UTF-8":
            count = self._shape.prepare(xml, self._parsed)
        self._held = xml[count:]
        self._parse(xml[:count])
        self._limit(count)

    def close(self) -> None:
        """Say that there are no more bytes.

        Raises:
            FeedRejected: ``truncated`` where the document does not end here.
        """
        self._parse(self._held)
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            if self.fed == 0:
                raise FeedRejected("empty_feed", "The file is empty.") from error
            reason = f"The XML ends in the middle, on line {error.lineno}; send it again, whole."
            raise FeedRejected("truncated", reason, line=error.lineno) from error
        if self._shape is not None:
            self._shape.drain(ended=True)

    def _parse(self, xml: bytes) -> None:
        try:
            self._parser.Parse(xml, False)
        except expat.ExpatError as error:
            raise self._refusal(error, xml) from error
        except (LookupError, ValueError) as error:
            # pyexpat's way to say that it has no such encoding, or none that it can read byte by byte.
            if self._shape is None or isinstance(error, UnicodeError):
                raise self._wrong_encoding(str(error)) from error
            raise
        self._parsed += len(xml)

    def _begin(self, name: str, attributes: list[str]) -> None:
        self._shape = self._on_root(name, self._parser)

    def _declare(self, version: str, encoding: str | None, standalone: int) -> None:
        self._encoding = encoding or self._encoding

    def _refuse_doctype(self, name: str, system_id: str | None, public_id: str | None, internal: int) -> None:
        if name.lower() == "html":
            raise FeedRejected("not_a_feed", "The file is a web page; send the feed itself.")
        line = self._parser.CurrentLineNumber
        reason = f"Line {line} declares a document type (<!DOCTYPE {name[:40]}); a feed needs none."
        raise FeedRejected("xml_dtd_forbidden", reason, line=line)

    def _limit(self, count: int) -> None:
        """Refuse what grows without a record coming to its end.

        Expat 2.5 reads an unfinished tag from its start with every chunk: the limit keeps that linear as well.
        """
        ended = self._shape.drain(ended=False) if self._shape is not None else 0
        self._without_record = 0 if ended else self._without_record + count
        line = self._parser.CurrentLineNumber
        if self._without_record > MAX_RECORD_BYTES:
            reason = f"At line {line} {MAX_RECORD_BYTES >> 20} MiB have passed without the end of a record."
            raise FeedRejected("record_too_large", reason, line=line)
        if len(self._parser.intern) > MAX_NAMES:
            reason = f"By line {line} the file has more than {MAX_NAMES:,} different element names; a feed has few."
            raise FeedRejected("not_a_feed", reason, line=line)

    def _refusal(self, error: expat.ExpatError, xml: bytes) -> FeedRejected:
        position = self._parser.ErrorByteIndex - self._parsed
        is_byte_wrong = error.code == _INVALID_TOKEN and xml[position : position + 1] >= b"\x80"
        if error.code in _WRONG_ENCODING or is_byte_wrong:
            return self._wrong_encoding(expat.ErrorString(error.code), line=error.lineno)
        words = expat.ErrorString(error.code)
        reason = f"Line {error.lineno}, column {error.offset + 1}: {words}. Nothing of the file was used."
        return FeedRejected("xml_not_well_formed", reason, line=error.lineno)

    def _wrong_encoding(self, words: str, line: int | None = None) -> FeedRejected:
        where = "" if line is None else f" on line {line}"
        reason = f"The text{where} is not readable as {self._encoding}, which the file is said to be in ({words})."
        return FeedRejected("encoding_invalid", reason, line=line)
