"""Blanks that look like nothing at the edges of a cell: no-break and zero-width ones, which make ids differ."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.formats.delimited.quoting import I64
from ingest.notices import NoticeBook, Severity

ODD_BLANKS = "".join(map(chr, [0xA0, 0xAD, *range(0x2000, 0x200E), 0x202F, 0x2060, 0x3000, 0xFEFF]))
"""No-break, soft, typographic, zero-width and ideographic blanks, and the byte order mark."""

_CLASS = "".join(f"\\x{{{ord(char):x}}}" for char in ODD_BLANKS)
_AT_EDGE = f"^ *[{_CLASS}]|[{_CLASS}] *$"


def trim_edges(columns: dict[str, pa.Array], lines: I64, notices: NoticeBook) -> dict[str, pa.Array]:
    """Take odd blanks off the outer edges of the cells, each with a ``control_character`` warning."""
    return {name: _trimmed(name, array, lines, notices) for name, array in columns.items()}


def _trimmed(name: str, array: pa.Array, lines: I64, notices: NoticeBook) -> pa.Array:
    distinct = array.dictionary if isinstance(array, pa.DictionaryArray) else array
    odd = pc.match_substring_regex(distinct, _AT_EDGE)
    if not pc.any(odd).as_py():
        return array
    clean = pc.if_else(odd, pc.utf8_trim(distinct, ODD_BLANKS + " "), distinct)
    if isinstance(array, pa.DictionaryArray):
        odd = odd.take(array.indices)
        # Two values may have become one, and a dictionary's are distinct.
        clean = clean.take(array.indices).dictionary_encode()
    rows = np.flatnonzero(odd.to_numpy(zero_copy_only=False))
    notices.add_rows(
        "control_character",
        Severity.WARNING,
        lines[rows],
        column=name,
        value=lambda position: array[int(rows[position])].as_py(),
        message="Odd blanks at the edge of the field were dropped.",
    )
    return clean
