"""NDJSON: an object a line, in blocks, with exact line numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ingest.formats.json.text import BROKEN, DECODER, Object, Objects, excerpt
from ingest.notices import NoticeBook, Severity
from inventory_api.domain.errors import FeedRejected

MAX_LINE_BYTES = 16 << 20
"""A record longer than this is no record; more is never held in memory for one."""

_TOLD = object()
"""Stands for a line that a notice was given of."""


class LineReader:
    """Decodes the lines of a file.

    Args:
        chunks: The file as UTF-8, cut anywhere.
        notices: Gets ``json_invalid`` and ``blank_row``.

    Attributes:
        lost: Lines that are no object, since the caller last set it to 0.
        bytes_read: Of the text, so far.
    """

    def __init__(self, chunks: Iterable[bytes], notices: NoticeBook) -> None:
        self._chunks = chunks
        self._notices = notices
        self.lost = 0
        self.bytes_read = 0

    def __iter__(self) -> Iterator[Objects]:
        """Yield the objects block by block.

        Raises:
            FeedRejected: ``truncated`` where the last line has no end and does not parse.
        """
        held, line = b"", 1
        for chunk in self._chunks:
            self.bytes_read += len(chunk)
            end = chunk.rfind(b"\n") + 1
            if end == 0:
                held += chunk
                if len(held) > MAX_LINE_BYTES:
                    raise FeedRejected("json_invalid", "A line is longer than any record.", line=line)
                continue
            texts = (held + chunk[: end - 1]).split(b"\n")
            held = chunk[end:]
            yield self._decode(texts, line)
            line += len(texts)
        if held.strip():
            try:
                DECODER.decode(held)
            except BROKEN as error:
                reason = "The last line has no end and cannot be read; send the file again, whole."
                raise FeedRejected("truncated", reason, line=line) from error
            yield self._decode([held], line)

    def _decode(self, texts: list[bytes], line: int) -> Objects:
        try:
            found = list(map(DECODER.decode, texts))
        except BROKEN:
            found = [self._decode_one(text, at) for at, text in enumerate(texts, line)]
        rows: list[Object] = [one for one in found if isinstance(one, dict)]
        if len(rows) == len(found):
            return Objects(list(range(line, line + len(rows))), rows)
        lines = [at for at, one in enumerate(found, line) if isinstance(one, dict)]
        for at, one in enumerate(found):
            if not isinstance(one, dict) and one is not _TOLD:
                self._lose(line + at, texts[at], "a row is an object")
        return Objects(lines, rows)

    def _decode_one(self, text: bytes, line: int) -> object:
        if not text.strip():
            self._notices.add("blank_row", Severity.INFO, line=line)
            return _TOLD
        try:
            return DECODER.decode(text)
        except BROKEN as error:
            self._lose(line, text, str(error))
            return _TOLD

    def _lose(self, line: int, text: bytes, reason: str) -> None:
        self.lost += 1
        self._notices.add("json_invalid", Severity.ERROR, line=line, value=excerpt(text), message=f"No row: {reason}.")
