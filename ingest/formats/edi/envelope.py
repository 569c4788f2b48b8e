"""Whether all is there that an interchange says it has: counts and control numbers of its envelopes.

They are what shows a file that lost its middle, so a count that does not fit refuses the whole file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.formats.edi.segments import Segment


@dataclass(frozen=True, slots=True)
class _Level:
    """One kind of envelope; ``reference`` is the element of its header that its trailer repeats."""

    depth: int
    trailer: str
    reference: int
    counts: str


_MESSAGE = 2
_LEVELS = {
    "ISA": _Level(0, "IEA", 13, "groups"),
    "GS": _Level(1, "GE", 6, "transaction sets"),
    "ST": _Level(_MESSAGE, "SE", 2, "segments"),
    "UNB": _Level(0, "UNZ", 5, "messages or groups"),
    "UNG": _Level(1, "UNE", 5, "messages"),
    "UNH": _Level(_MESSAGE, "UNT", 1, "segments"),
}
_TRAILERS = frozenset(level.trailer for level in _LEVELS.values())
HEADERS = frozenset(tag for tag, level in _LEVELS.items() if level.depth == _MESSAGE)
TRAILERS = frozenset(level.trailer for level in _LEVELS.values() if level.depth == _MESSAGE)
"""Tags that begin and end a message."""


@dataclass(slots=True)
class _Open:
    level: _Level
    header: Segment
    children: int = 0


def verified(segments: Iterator[Segment]) -> Iterator[Segment]:
    """Yield the segments of messages, headers and trailers included, and check every envelope.

    Nothing may be published before the last segment came.

    Raises:
        FeedRejected: ``control_count`` where an envelope is not closed, or its trailer's count or
            control number does not fit; ``truncated`` where that trailer is itself cut off.
    """
    envelopes: list[_Open] = []
    for segment in segments:
        tag = segment.elements[0]
        level = _LEVELS.get(tag)
        if level is not None:
            _enter(level, segment, envelopes)
            if level.depth == _MESSAGE:
                yield segment
        elif tag in _TRAILERS:
            _leave(segment, envelopes)
            if tag in TRAILERS:
                yield segment
        elif envelopes and envelopes[-1].level.depth == _MESSAGE:
            yield segment


def _enter(level: _Level, segment: Segment, envelopes: list[_Open]) -> None:
    if envelopes:
        parent = envelopes[-1]
        if parent.level.depth >= level.depth:
            raise segment.refused("control_count", f"{parent.level.trailer} is missing before it.")
        parent.children += 1
    envelopes.append(_Open(level, segment))


def _leave(segment: Segment, envelopes: list[_Open]) -> None:
    envelope = envelopes[-1] if envelopes else None
    if envelope is None or envelope.level.trailer != segment.elements[0]:
        missing = "its header" if envelope is None else envelope.level.trailer
        raise segment.refused("control_count", f"{missing} is missing before it.")
    envelopes.pop()
    header, level = envelope.header, envelope.level
    count = segment.number - header.number + 1 if level.depth == _MESSAGE else envelope.children
    code = "control_count" if segment.whole else "truncated"
    said = segment.part(1)
    if not _says(said, count):
        raise segment.refused(code, f"it counts {said[:20] or 'no'} {level.counts}, the file has {count}.")
    opened, closed = header.part(level.reference), segment.part(2)
    if opened.strip().lstrip("0") != closed.strip().lstrip("0"):
        parent = header.elements[0]
        raise segment.refused(code, f"its control number is {closed[:40]!r}, that of its {parent} {opened[:40]!r}.")


def _says(text: str, count: int) -> bool:
    digits = text.strip()
    return digits.isascii() and digits.isdigit() and len(digits) <= 12 and int(digits) == count


def check_line_count(segment: Segment, said: str, count: int) -> None:
    """Hold a message's own count of lines against the lines.

    Raises:
        FeedRejected: ``control_count``.
    """
    if not _says(said, count):
        raise segment.refused("control_count", f"it counts {said[:20] or 'no'} lines, the message has {count}.")
