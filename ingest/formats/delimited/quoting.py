"""Where the records of a text begin and end, and their fields: the rules of quoting in one place.

TSV has none, unless its header is quoted: a quote is a letter (``24" MONITOR``). Elsewhere a quote opens
a field only as its first character, two are one within it, and what follows the closing one is taken
literally, as Python's ``csv`` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from inventory_api.domain.arrays import Ints

U8 = NDArray[np.uint8]

_NEWLINE, _QUOTE, _CR = 10, 34, 13
_QUOTED = re.compile(rb'\s*"[^"]+"\s*')
_PICTURES = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\r\n"}


@dataclass(frozen=True)
class Dialect:
    """How a file separates its fields; ``delimiter`` is one ASCII character, ``quotes_tabs`` of a TSV with quotes."""

    delimiter: bytes
    quotes_tabs: bool = False

    @property
    def quoted(self) -> bool:
        """Whether quotes mean something."""
        return self.delimiter != b"\t" or self.quotes_tabs

    def as_in(self, header: bytes) -> Dialect:
        """The same; with quotes, where every field of a header has some around it, for those are no inches."""
        if self.quoted or not all(_QUOTED.fullmatch(field) for field in self.fields(header)):
            return self
        return replace(self, quotes_tabs=True)

    # Possessive groups with alternatives or captures inside match wrongly in Python before 3.11.5 (gh-106052);
    # possessive quantifiers stand only where nothing inside can be tried again.
    @cached_property
    def _field(self) -> re.Pattern[bytes]:
        d = re.escape(self.delimiter)
        return re.compile(rb'(?:"([^"]*+(?:""[^"]*+)*+)"(?!"))?([^%b\n]*+)(%b|\n)' % (d, d))

    @cached_property
    def _record(self) -> re.Pattern[bytes]:
        d = re.escape(self.delimiter)
        field = rb'(?:"[^"]*+(?:""[^"]*+)*+"[^%b\n]*+|(?!")[^%b\n]*+)' % (d, d)
        return re.compile(rb"%b(?:%b%b)*\n" % (field, d, field))

    @cached_property
    def _regular_run(self) -> re.Pattern[bytes]:
        d = re.escape(self.delimiter)
        field = rb'(?:"[^"]*+(?:""[^"]*+)*+"|[^"%b\n]*+)' % d
        return re.compile(rb"(?:%b(?:%b%b)*+\r?\n)*" % (field, d, field))

    def record_end(self, text: bytes, start: int) -> int | None:
        """Position behind the record that begins at ``start``; None where it does not end within the text."""
        if not self.quoted:
            return text.find(b"\n", start) + 1 or None
        match = self._record.match(text, start)
        return match.end() if match else None

    def fields(self, record: bytes) -> list[bytes]:
        """The cells of one whole record, its newline included."""
        if record.endswith(b"\r\n"):
            record = record[:-2] + b"\n"
        if not self.quoted or b'"' not in record:
            return record[:-1].split(self.delimiter)
        return [
            quoted.replace(b'""', b'"') + plain if quoted else plain for quoted, plain, _ in self._field.findall(record)
        ]

    def regular(self, text: bytes) -> tuple[bytes, int]:
        """Write every field that has a quote where none belongs between quotes, so that ``quotes`` can pair them.

        Returns:
            The whole records of the text, newlines as before, and how many bytes of it they were.
        """
        parts: list[bytes] = []
        start = 0
        while start < len(text):
            run = self._regular_run.match(text, start)
            if run is not None and run.end() > start:
                parts.append(run.group())
                start = run.end()
                continue
            end = self.record_end(text, start)
            if end is None:
                break
            fields = [b'"%b"' % field.replace(b'"', b'""') for field in self.fields(text[start:end])]
            parts.append(self.delimiter.join(fields) + b"\n")
            start = end
        return b"".join(parts), start

    def quotes(self, text: bytes) -> Ints | None:
        """Positions of all quotes of whole lines, where every odd one opens a field and every even one closes it.

        Pairs within a field fit too: the first closes, the second opens again.

        Returns:
            None where some quote stands elsewhere, so that counting does not tell inside from outside.
        """
        data = np.frombuffer(text, np.uint8)
        positions: Ints = np.flatnonzero(data == _QUOTE)
        opening, closing = positions[0::2], positions[1::2]
        before = data[np.maximum(opening - 1, 0)]
        after = data[closing + 1]
        separator = self.delimiter[0]
        opens = (before == separator) | (before == _NEWLINE) | (before == _QUOTE)
        if len(opening) and opening[0] == 0:
            opens[0] = True
        closes = (after == separator) | (after == _NEWLINE) | (after == _QUOTE) | (after == _CR)
        return positions if bool(opens.all() and closes.all()) else None


def visible(text: bytes) -> str:
    """Text to show to people: control characters become pictures, for no database or terminal takes a NUL."""
    return text.decode(errors="replace").translate(_PICTURES)


def outside(positions: Ints, quotes: Ints) -> Ints:
    """Those positions that do not lie within quotes."""
    if len(quotes) == 0:
        return positions
    within: Ints = np.searchsorted(quotes, positions) & 1
    kept: Ints = positions[within == 0]
    return kept
