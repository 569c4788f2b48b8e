"""An EDI file's bytes as segments, each with its physical line, whatever delimits them.

Bytes are carried as the characters of the same numbers until a segment is cut out: so any byte may be
a delimiter, and only the rare segment that is not ASCII is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ingest.formats.edi.syntax import HEAD_CHARS, Syntax, syntax_of
from ingest.notices import NoticeBook, Severity
from inventory_api.domain.errors import FeedRejected

MAX_SEGMENT_CHARS = 1 << 20
"""Of one segment; standards keep to a few thousand."""

_BLOCK_BYTES = 256 << 10
_BLANKS = " \t\r\n\x00\x1a"
"""Around segments: line ends, indentation, and how old systems pad or end a file."""

_BOM = "\xef\xbb\xbf"
_HEADERS = ("ISA", "UNA", "UNB")
_RELEASED = 0xD800
"""Released delimiters wait as lone surrogates, which no decoded text holds, until fields are split."""


@dataclass(slots=True)
class Segment:
    """One segment: ``elements[0]`` is its tag.

    Attributes:
        line: Physical line on which it begins, from 1.
        number: Of the file's segments, from 1; UNA is none.
        whole: False where the file ends before its terminator.
    """

    line: int
    number: int
    elements: list[str]
    syntax: Syntax
    whole: bool = True

    def element(self, at: int) -> str:
        """One element as it is, for X12, which has no composites where we look; empty where there is none."""
        return self.elements[at] if len(self.elements) > at else ""

    def part(self, element: int, component: int = 0) -> str:
        """One component of a composite element; empty where there is none."""
        if len(self.elements) <= element:
            return ""
        parts = self.elements[element].split(self.syntax.component)
        return _unreleased(parts[component], self.syntax) if len(parts) > component else ""

    def refused(self, code: str, reason: str) -> FeedRejected:
        """The refusal of the whole file for what this segment says."""
        return FeedRejected(code, self.told(reason), line=self.line)

    def told(self, statement: str) -> str:
        """A statement about this segment, its place before it, of bounded length whatever it quotes."""
        return f"Segment {self.number} ({self.part(0)[:3]}): {statement[:200]}"


def read_segments(
    stream: BinaryIO, *, fallback: str, notices: NoticeBook, on_progress: Callable[[int], None] | None = None
) -> Iterator[Segment]:
    """Yield the segments of all interchanges of a file; memory does not depend on its size.

    Args:
        stream: The decompressed bytes.
        fallback: The encoding of segments that are not of the one that their interchange names.
        notices: Gets one ``encoding_fallback`` where that was needed.
        on_progress: Called after each block with the bytes read so far.

    Raises:
        FeedRejected: ``not_a_feed`` where no interchange begins, ``truncated`` where the last one
            does not end, ``encoding_invalid``.
    """
    source = _Source(stream, on_progress)
    decoder = _Decoder(fallback, notices)
    number = 0
    while head := source.head():
        syntax = syntax_of(head)
        if syntax is None:
            raise _no_interchange(head, source.line)
        source.skip(syntax.header_chars)
        tag = ""
        while tag != syntax.trailer:
            line, text, whole = source.segment(syntax)
            number += 1
            if not text.isascii():
                text = decoder.decode(text, syntax.encoding, line)
            if syntax.release and syntax.release in text:
                text = _released(text, syntax)
            segment = Segment(line, number, text.split(syntax.element), syntax, whole)
            tag = segment.elements[0]
            if not whole and tag != syntax.trailer:
                raise segment.refused("truncated", "the file ends here, in the middle of it; send it again, whole.")
            yield segment
    if number == 0:
        raise FeedRejected("empty_feed", "The file holds no interchange.")


def _no_interchange(head: str, line: int) -> FeedRejected:
    is_begun = len(head) < HEAD_CHARS and any(tag.startswith(head[:3]) for tag in _HEADERS)
    if is_begun:
        return FeedRejected("truncated", "The file ends within the header of an interchange.", line=line)
    return FeedRejected(
        "not_a_feed", "Neither an X12 (ISA) nor an EDIFACT interchange (UNA, UNB) begins here.", line=line
    )


class _Source:
    """The file as characters, read block by block, cut at terminators, its lines counted."""

    def __init__(self, stream: BinaryIO, on_progress: Callable[[int], None] | None) -> None:
        self.line = 1
        self._stream = stream
        self._on_progress = on_progress
        self._bytes = 0
        self._text = ""
        self._at = 0
        self._newline = "\n"
        self._more()
        self._text = self._text.removeprefix(_BOM)

    def head(self) -> str:
        """The beginning of what is left, blanks skipped; empty at the end of the file."""
        while True:
            end = self._at
            while end < len(self._text) and self._text[end] in _BLANKS:
                end += 1
            self.skip(end - self._at)
            if len(self._text) - end >= HEAD_CHARS or not self._more():
                return self._text[self._at : self._at + HEAD_CHARS]

    def skip(self, count: int) -> None:
        """Pass over characters."""
        self.line += self._text.count(self._newline, self._at, self._at + count)
        self._at += count

    def segment(self, syntax: Syntax) -> tuple[int, str, bool]:
        """Physical line and text of the next segment that is not blank, and whether it has an end."""
        self._newline = syntax.newline
        while True:
            end = self._find_end(syntax)
            whole = end >= 0
            raw = self._text[self._at : end if whole else len(self._text)]
            body = raw.lstrip(_BLANKS)
            line = self.line + raw.count(syntax.newline, 0, len(raw) - len(body))
            self.skip(len(raw) + whole)
            if body:
                return line, _unwrapped(body), whole
            if not whole:
                raise FeedRejected("truncated", f"The file ends without its {syntax.trailer}.", line=line)

    def _find_end(self, syntax: Syntax) -> int:
        start = self._at
        while True:
            end = self._text.find(syntax.terminator, start)
            if end >= 0 and not self._is_released(end, syntax.release):
                return end
            if end >= 0:
                start = end + 1
                continue
            if len(self._text) - self._at > MAX_SEGMENT_CHARS:
                reason = f"No segment ends within {MAX_SEGMENT_CHARS:,} bytes: {syntax.terminator!r} should end each."
                raise FeedRejected("not_a_feed", reason, line=self.line)
            if not self._more():
                return -1
            start = self._at

    def _is_released(self, end: int, release: str) -> bool:
        start = end
        while release and start > self._at and self._text[start - 1] == release:
            start -= 1
        return (end - start) % 2 == 1

    def _more(self) -> bool:
        block = self._stream.read(_BLOCK_BYTES)
        self._text = self._text[self._at :] + block.decode("latin-1")
        self._at = 0
        self._bytes += len(block)
        if block and self._on_progress is not None:
            self._on_progress(self._bytes)
        return bool(block)


def _unwrapped(text: str) -> str:
    """The text of a segment without trailing blanks, and joined where a system broke its lines."""
    text = text.rstrip(_BLANKS)
    if "\n" in text or "\r" in text:
        text = text.replace("\r", "").replace("\n", "")
    return text


class _Decoder:
    def __init__(self, fallback: str, notices: NoticeBook) -> None:
        self._fallback = fallback
        self._notices = notices
        self._fell_back = False

    def decode(self, text: str, encoding: str, line: int) -> str:
        raw = text.encode("latin-1")
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            pass
        try:
            text = raw.decode(self._fallback)
        except UnicodeDecodeError as error:
            reason = f"Bytes are neither {encoding} nor {self._fallback}."
            raise FeedRejected("encoding_invalid", reason, line=line) from error
        if not self._fell_back:
            self._fell_back = True
            message = f"The file is not {encoding}, as it should be, and was read as {self._fallback}."
            self._notices.add("encoding_fallback", Severity.WARNING, line=line, message=message)
        return text


def _released(text: str, syntax: Syntax) -> str:
    for offset, char in enumerate(_releasable(syntax)):
        text = text.replace(syntax.release + char, chr(_RELEASED + offset))
    return text.replace(syntax.release, "")


def _unreleased(text: str, syntax: Syntax) -> str:
    if not text or text.isascii():
        return text
    return text.translate({_RELEASED + offset: char for offset, char in enumerate(_releasable(syntax))})


def _releasable(syntax: Syntax) -> str:
    # The release character itself comes first, so that of two in a row the second releases nothing.
    return syntax.release + syntax.element + syntax.component + syntax.terminator
