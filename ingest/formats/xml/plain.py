"""Stretches of XML that hold tags without attributes, texts, and nothing else, taken apart at their angle brackets.

An event costs several times what it costs expat to find it. Where every ``<`` begins a plain tag there
is nothing to tell: expat only verifies such a stretch, and a text lies between one tag and the next. So
bytes become columns without a Python object for any of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingest.formats.brackets import Bounds, bounds_of_tags, pieces_between, tags_in, texts_behind, with_plain_line_ends
from inventory_api.domain.arrays import Ints

_TAG = re.compile(rb"""<(?P<end>/)?[^\s!?/<>="'&]+(?P<empty>/)?>""")
_MAX_TAGS = 256
"""Different ones, since each is a byte in the key of a record."""

_RECORD = 0
"""The byte of a record's own start tag."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole records: from behind the start tag of the first to behind the start tag of one after the last.

    Attributes:
        xml: The bytes, with the line ends that XML makes of them.
        bounds: Of its tags.
        pieces: Its tags and the texts behind them in turns.
        keys: The tags of each record and of what stands behind it, one byte a tag: equal keys, equal tags.
        ends: Index among all tags of the one behind each record, which is the start tag of the next.
        starts: Of each tag, whether it begins an element.
    """

    xml: bytes
    bounds: Bounds
    pieces: pa.Array
    keys: list[bytes]
    ends: Ints
    starts: NDArray[np.bool_]

    def newlines(self) -> Ints:
        """How many stand before the end of each record."""
        found = np.flatnonzero(np.frombuffer(self.xml, np.uint8) == ord("\n"))
        return np.searchsorted(found, self.bounds[2 * self.ends])

    def columns(self, layouts: Mapping[bytes, Mapping[str, int]]) -> dict[str, pa.Array]:
        """The texts of each column, null where a record has no such element.

        Args:
            layouts: By key: column -> which start tag of the record, from 1, its text stands behind.
        """
        first = np.concatenate([np.zeros(1, np.int64), self.ends[:-1] + 1])
        numbers = {key: number for number, key in enumerate(dict.fromkeys(self.keys))}
        number_of = np.fromiter(map(numbers.__getitem__, self.keys), np.int64, len(self.keys))
        wanted: dict[str, Ints] = {}
        for key, number in numbers.items():
            records = first[number_of == number]
            starts = np.flatnonzero(self.starts[records[0] : records[0] + len(key)])
            for column, position in layouts[key].items():
                tags = wanted.setdefault(column, np.full(len(self.keys), -1))
                tags[number_of == number] = records + starts[position - 1]
        return {column: texts_behind(self.pieces, tags) for column, tags in wanted.items()}


class PlainText:
    """Finds stretches.

    Args:
        record: The start tag of a record.
    """

    def __init__(self, record: bytes) -> None:
        self._numbers = {record: _RECORD}
        self._starts = np.ones(_MAX_TAGS, np.bool_)
        self._has_text = np.ones(_MAX_TAGS, np.bool_)

    def stretch(self, xml: bytes) -> Stretch | None:
        """Take bytes apart; None where anything else is in them than plain tags, texts, and blanks behind end tags.

        Args:
            xml: UTF-8 from behind the start tag of a record to behind that of another. Where expat does
                not find it well-formed the outcome means nothing.
        """
        if b"&#" in xml:
            return None
        xml = with_plain_line_ends(xml)
        bounds = bounds_of_tags(xml)
        if bounds is None:
            return None
        pieces = pieces_between(xml, bounds)
        tags = self._number(tags_in(pieces))
        if tags is None or not self._is_blank_behind_ends(pieces, bounds, tags):
            return None
        keys = tags.tobytes().split(bytes([_RECORD]))
        return Stretch(xml, bounds, pieces, keys[:-1], np.flatnonzero(tags == _RECORD), self._starts[tags])

    def _number(self, tags: pa.DictionaryArray) -> NDArray[np.uint8] | None:
        """The number of each tag, or None where one is not plain or they are too many."""
        distinct = tags.dictionary.to_pylist()
        if len(distinct) > _MAX_TAGS:
            return None
        for tag in distinct:
            if tag not in self._numbers and not self._take_up(tag):
                return None
        numbers = np.array([self._numbers[tag] for tag in distinct], np.uint8)
        indices: NDArray[np.int32] = tags.indices.to_numpy()
        return numbers[indices]

    def _take_up(self, tag: bytes) -> bool:
        plain = _TAG.fullmatch(tag)
        if plain is None or len(self._numbers) == _MAX_TAGS:
            return False
        number = self._numbers[tag] = len(self._numbers)
        self._starts[number] = not plain["end"]
        self._has_text[number] = not plain["end"] and not plain["empty"]
        return True

    def _is_blank_behind_ends(self, pieces: pa.Array, bounds: Bounds, tags: NDArray[np.uint8]) -> bool:
        has_tail = ~self._has_text[tags[:-1]] & (bounds[2::2] > bounds[1:-1:2])
        tails = pieces.take(pa.array(2 * np.flatnonzero(has_tail) + 1)).unique()
        return all(not tail.strip(b" \t\n") for tail in tails.to_pylist())
