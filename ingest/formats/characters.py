"""What no cell should hold: invisible blanks at its edges, control characters, a spreadsheet's marks of text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingest.notices import NoticeBook, Severity
from ingest.rows import RawBatch

ODD_BLANKS = "".join(map(chr, [0xA0, 0xAD, *range(0x2000, 0x200E), 0x202F, 0x2060, 0x3000, 0xFEFF]))
"""No-break, soft, typographic, zero-width and ideographic blanks, and the byte order mark."""

_CLASS = "".join(f"\\x{{{ord(char):x}}}" for char in ODD_BLANKS)
_CONTROL = r"[\x00\x1a]"
_AT_EDGE = f"^ *[{_CLASS}]|[{_CLASS}] *$"
_AS_TEXT = r"""^(?:="([^"]+)"|'([0-9].*))$"""
_CODES = ("store_code", "id")
"""Columns that are names; what was around a GTIN tells its reader something."""


def cleaned(batch: RawBatch, notices: NoticeBook) -> RawBatch:
    """Reject rows with a NUL or 0x1A, each with a ``control_character`` error, and trim the edges of the others."""
    bad = np.zeros(len(batch), np.bool_)
    for array in batch.columns.values():
        distinct = array.dictionary if isinstance(array, pa.DictionaryArray) else array
        if _has_control(distinct):
            marked = pc.match_substring_regex(distinct, _CONTROL)
            marked = marked.take(array.indices) if isinstance(array, pa.DictionaryArray) else marked
            bad |= pc.fill_null(marked, False).to_numpy(zero_copy_only=False)
    lines, columns = batch.line, batch.columns
    if bad.any():
        notices.add_rows("control_character", Severity.ERROR, lines[bad])
        kept = pa.array(~bad)
        lines, columns = lines[~bad], {name: array.filter(kept) for name, array in columns.items()}
    return RawBatch(lines, trim_edges(columns, lines, notices), batch.rejected + int(bad.sum()))


def unwrap_codes(columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Take codes out of ``="0017"`` and from behind the apostrophe of ``'0017``: there Excel keeps their zeros."""
    return columns | {name: _unwrapped(columns[name]) for name in _CODES if name in columns}


def _unwrapped(array: pa.Array) -> pa.Array:
    distinct = array.dictionary if isinstance(array, pa.DictionaryArray) else array
    if not pc.any(pc.match_substring_regex(distinct, _AS_TEXT)).as_py():
        return array
    plain = pc.replace_substring_regex(distinct, _AS_TEXT, r"\1\2")
    if isinstance(array, pa.DictionaryArray):
        # Two codes may have become one, and a dictionary's are distinct.
        plain = plain.take(array.indices).dictionary_encode()
    return plain


def _has_control(texts: pa.Array) -> bool:
    data = texts.buffers()[2]
    codes = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return bool(((codes == 0) | (codes == 0x1A)).any())


def trim_edges(columns: dict[str, pa.Array], lines: NDArray[np.int64], notices: NoticeBook) -> dict[str, pa.Array]:
    """Take odd blanks off the outer edges of the cells, each with a ``control_character`` warning."""
    return {name: _trimmed(name, array, lines, notices) for name, array in columns.items()}


def _trimmed(name: str, array: pa.Array, lines: NDArray[np.int64], notices: NoticeBook) -> pa.Array:
    distinct = array.dictionary if isinstance(array, pa.DictionaryArray) else array
    odd = pc.fill_null(pc.match_substring_regex(distinct, _AT_EDGE), False)
    if not pc.any(odd).as_py():
        return array
    clean = pc.if_else(odd, pc.utf8_trim(distinct, ODD_BLANKS + " "), distinct)
    if isinstance(array, pa.DictionaryArray):
        odd = pc.fill_null(odd.take(array.indices), False)
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
