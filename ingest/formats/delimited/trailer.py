"""Lines behind the last row that are none: ``(1234 rows affected)``, ``Total: 1234``, ``EOF``, ``TRL|1234``."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator

from ingest.formats.delimited.header import Header

_HELD_BYTES = 512
_BLANKS = b" \t\r\n\x1a"
_MARKS = _BLANKS + b"-=*#()\"'.;"
_UNITS = rb"(?:row|record|line|item|entrie|entry)(?:\(s\)|s)?"
_NUMBER = rb"(\d[\d.,']*)"
_TRAILER = re.compile(
    rb"%b\s*%b(?:\s+(?:affected|selected|returned|retrieved|fetched|exported|written|copied|in set|in total)\b.*)?"
    rb"|(?:(?:grand )?total(?: number of)?(?: %b)?|%b(?: count| total| affected| selected| exported)?|count"
    rb"|trl|trailer|footer|eof|end(?: of (?:file|data|report|feed))?)\W*%b?"
    rb"|completion time\W.*" % (_NUMBER, _UNITS, _UNITS, _UNITS, _NUMBER),
    re.IGNORECASE,
)


class Trailer:
    """Passes a text on without its trailer, and keeps that.

    Only lines of too few fields at the very end can be one. The text is held back by half a kilobyte at least.

    Args:
        header: Of the text.

    Attributes:
        lines: The lines taken away, in their order, blank ones between them included.
    """

    def __init__(self, header: Header) -> None:
        self._header = header
        self.lines: list[bytes] = []

    def without(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass the text on; ``lines`` is known at its end."""
        held: deque[bytes] = deque()
        for chunk in chunks:
            held.append(chunk)
            while sum(map(len, held)) - len(held[0]) >= _HELD_BYTES:
                yield held.popleft()
        text = b"".join(held)
        begin = text.rfind(b"\n", 0, max(0, len(text) - _HELD_BYTES)) + 1
        lines = text[begin:].splitlines(keepends=True)
        end = len(lines)
        for at in reversed(range(len(lines))):
            if self._is_trailer(lines[at]):
                end = at
            elif lines[at].strip(_BLANKS):
                break
        yield text[: len(text) - sum(map(len, lines[end:]))]
        self.lines = lines[end:]

    def counts(self) -> list[int]:
        """How many rows there are, as the trailer tells."""
        found = filter(None, map(_told, self.lines))
        numbers = [number for match in found for number in match.groups() if number]
        return [int(re.sub(rb"\D", b"", number)) for number in numbers]

    def _is_trailer(self, line: bytes) -> bool:
        fields = self._header.dialect.fields(line.rstrip(b"\r\n") + b"\n")
        return len(fields) < self._header.width and _told(line) is not None


def _told(line: bytes) -> re.Match[bytes] | None:
    return _TRAILER.fullmatch(line.strip(_MARKS))
