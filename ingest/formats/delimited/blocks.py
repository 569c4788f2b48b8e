"""Cut a text of any size into blocks of whole records, so that memory stays bounded and lines are counted exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ingest.formats.delimited.quoting import Dialect, outside
from inventory_api.domain.arrays import Ints
from inventory_api.domain.errors import FeedRejected

MAX_RECORD_BYTES = 16 << 20
"""A record that does not end within this never will: a quote left open, or no text at all."""

_END_OF_FILE = b"\x1a"
"""What DOS wrote behind the last line, and programs that came of it still do."""


@dataclass(frozen=True)
class Block:
    """Whole records of a file.

    Attributes:
        text: The records, each with its newline.
        first_line: Physical line on which the first begins.
        ends: Position of the newline that ends each record; None where that is every newline.
        quotes: Positions of all quotes, which pair up; None where there are none.
        cut_off: The last record came without its newline (there is one in ``text``).
    """

    text: bytes
    first_line: int
    ends: Ints | None = None
    quotes: Ints | None = None
    cut_off: bool = False

    @cached_property
    def newlines(self) -> Ints:
        """Positions of all newlines."""
        return np.flatnonzero(np.frombuffer(self.text, np.uint8) == ord("\n"))

    @property
    def line_count(self) -> int:
        """Physical lines in the block."""
        return len(self.newlines)

    def record_ends(self) -> Ints:
        """Position of the newline that ends each record."""
        return self.newlines if self.ends is None else self.ends

    def record_lines(self) -> Ints:
        """Physical line on which each record begins."""
        if self.ends is None:
            return np.arange(self.first_line, self.first_line + self.line_count, dtype=np.int64)
        lines = np.searchsorted(self.newlines, self.ends) + self.first_line + 1
        return np.concatenate([np.array([self.first_line], np.int64), lines[:-1]])


def cut_blocks(chunks: Iterable[bytes], dialect: Dialect, first_line: int) -> Iterator[Block]:
    """Yield the text as blocks, each cut behind the last record that ends within what was read.

    A CR that belongs to no newline becomes NUL: both are refused in a row, and only NUL leaves the
    lines as they are counted.

    Raises:
        FeedRejected: ``truncated`` where a quote is never closed; ``not_a_feed`` where a line
            has no end within ``MAX_RECORD_BYTES``.
    """
    rest = b""
    line = first_line
    for chunk in chunks:
        rest += chunk
        block = _last_whole(rest, dialect, line)
        if block is not None:
            text, rest = block
            yield text
            line += text.line_count
        if len(rest) > MAX_RECORD_BYTES:
            raise _endless(rest, dialect, line)
    if rest.strip(_END_OF_FILE):
        block = _last_whole(rest + b"\n", dialect, line)
        if block is None or block[1]:
            opened_on = line + (block[0].line_count if block else 0)
            raise _unclosed(opened_on)
        last = block[0]
        yield Block(last.text, line, last.ends, last.quotes, cut_off=True)


def _last_whole(buffer: bytes, dialect: Dialect, line: int) -> tuple[Block, bytes] | None:
    """The whole records of a buffer as a block, and what is behind them; None where no record ends."""
    end = buffer.rfind(b"\n") + 1
    if end == 0:
        return None
    text = _without_lone_cr(buffer[:end])
    if not dialect.quoted or b'"' not in text:
        return Block(text, line), buffer[end:]
    block = _paired(text, dialect, line)
    if block is not None:
        taken = len(block.text)
    else:
        repaired, taken = dialect.regular(text)
        block = _paired(repaired, dialect, line)
    if block is None or not taken:
        return None
    return block, text[taken:] + buffer[end:]


def _without_lone_cr(text: bytes) -> bytes:
    if b"\r" not in text:
        return text
    while b"\r\r\n" in text:
        text = text.replace(b"\r\r\n", b"\r\n")
    if text.count(b"\r") == text.count(b"\r\n"):
        return text
    data = np.frombuffer(text, np.uint8).copy()
    returns = np.flatnonzero(data == ord("\r"))
    data[returns[data[returns + 1] != ord("\n")]] = 0
    return data.tobytes()


def _paired(text: bytes, dialect: Dialect, line: int) -> Block | None:
    quotes = dialect.quotes(text)
    if quotes is None:
        return None
    newlines = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
    ends = outside(newlines, quotes)
    if len(ends) == 0:
        return Block(b"", line)
    whole = int(ends[-1]) + 1
    quotes = quotes[: np.searchsorted(quotes, whole)]
    every_newline = len(ends) == np.searchsorted(newlines, whole)
    return Block(text[:whole], line, None if every_newline else ends, quotes)


def _endless(rest: bytes, dialect: Dialect, line: int) -> FeedRejected:
    if dialect.quoted and b'"' in rest:
        return _unclosed(line)
    reason = f"Line {line} is longer than {MAX_RECORD_BYTES >> 20} MiB: this is no list of rows."
    return FeedRejected("not_a_feed", reason, line=line)


def _unclosed(line: int) -> FeedRejected:
    reason = f"A quote opened in the row that begins on line {line} is never closed: the end of the file is missing."
    return FeedRejected("truncated", reason, line=line)
