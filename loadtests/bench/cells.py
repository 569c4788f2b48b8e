"""Columns of text as byte matrices, so that numpy writes files of millions of rows in seconds.

A cell is a row of bytes padded with zeros; the zeros go when the rows are joined.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Ints = NDArray[np.integer]
Rows = NDArray[np.intp]

_ZERO = ord("0")


def integers(values: Ints, width: int, *, padded: bool = False) -> Bytes:
    """Non-negative integers as digits, at most ``width`` of them, with leading zeros only where ``padded``."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    cells = (values.astype(np.int64)[:, None] // powers % 10).astype(np.uint8) + np.uint8(_ZERO)
    if not padded:
        leading = np.logical_and.accumulate(cells[:, :-1] == _ZERO, axis=1)
        cells[:, :-1][leading] = 0
    return cells


def decimals(hundredths: Ints, width: int) -> Bytes:
    """Amounts such as ``5.49``, with at most ``width`` digits before the point."""
    return np.hstack([integers(hundredths // 100, width), constant(b".", len(hundredths)),
                      integers(hundredths % 100, 2, padded=True)])  # fmt: skip


def coordinates(degrees: NDArray[np.float64]) -> Bytes:
    """Degrees with five decimals."""
    scaled = np.round(np.abs(degrees) * 100_000).astype(np.int64)
    sign = np.where(degrees < 0, ord("-"), 0).astype(np.uint8)[:, None]
    point = constant(b".", len(degrees))
    return np.hstack([sign, integers(scaled // 100_000, 3), point, integers(scaled % 100_000, 5, padded=True)])


def constant(text: bytes, rows: int) -> Bytes:
    """The same text in every row."""
    return np.broadcast_to(np.frombuffer(text, np.uint8), (rows, len(text))).copy()


def chosen(words: Sequence[bytes], which: Ints) -> Bytes:
    """For each row the word of that number."""
    width = max(map(len, words))
    table = np.frombuffer(b"".join(word.ljust(width, b"\0") for word in words), np.uint8).reshape(-1, width)
    return table[which]


def blank_where(cells: Bytes, rows: NDArray[np.bool_]) -> Bytes:
    """The cells, emptied in some rows."""
    return np.where(rows[:, None], np.uint8(0), cells)


def put(cells: Bytes, rows: Rows, text: bytes) -> None:
    """Set some cells to a text; what does not fit is cut off."""
    cells[rows] = np.frombuffer(text[: cells.shape[1]].ljust(cells.shape[1], b"\0"), np.uint8)


def join(columns: Sequence[Bytes], delimiter: bytes = b"\t", *, between: Sequence[Bytes] | None = None) -> bytes:
    """The rows as text, each with its newline.

    Args:
        columns: All of one length.
        between: The delimiters behind all columns but the last, where not every row has them all.
    """
    rows = len(columns[0])
    if between is None:
        between = [constant(delimiter, rows)] * (len(columns) - 1)
    parts = [part for pair in zip(columns, [*between, constant(b"\n", rows)], strict=True) for part in pair]
    flat = np.hstack(parts).reshape(-1)
    text: bytes = flat[flat != 0].tobytes()
    return text


def gtins(numbers: Ints) -> NDArray[np.int64]:
    """Distinct valid GTINs (13 digits at most, none restricted) for distinct numbers below 10^9."""
    # Prefixes 30 to 59, 0, 1, 3 and 60 to 69: in open trade everywhere.
    prefixes = np.array([*range(30, 60), *range(60, 70), 3, 5, 6, 7, 8], np.int64)
    scattered = numbers.astype(np.int64) * 387_420_489 % 999_999_937
    body = prefixes[numbers % len(prefixes)] * 10**10 + numbers % 7 * 10**9 + scattered
    digits = body[:, None] // 10 ** np.arange(12, dtype=np.int64) % 10
    weighted = (digits * np.where(np.arange(12) % 2 == 0, 3, 1)).sum(axis=1)
    codes: NDArray[np.int64] = body * 10 + (10 - weighted % 10) % 10
    return codes
