"""Columns as distinct texts: bytes for array kernels, strings for the few odd ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from inventory_api.domain.arrays import Ints, Mask

Rows = NDArray[np.intp]
_Scalar = TypeVar("_Scalar", bound=np.generic)

MEMO_LIMIT = 200_000
_BLANKS = " \t\r\n\v\f"
_INVISIBLE = (
    _BLANKS + "\u00a0\u00ad\u1680\u2028\u2029\u202f\u205f\u2060\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x2010)))
)


@dataclass(frozen=True, slots=True)
class Texts:
    """An Arrow string array without nulls, and its bytes.

    ``data[start[i]:end[i]]`` is the UTF-8 of text ``i``; ``data`` is never empty, so that a clipped
    ``take`` is always legal.
    """

    array: pa.StringArray
    data: NDArray[np.uint8]
    start: Ints
    end: Ints

    @classmethod
    def of(cls, array: pa.StringArray) -> Texts:
        """View an array's buffers; nothing is copied but the offsets."""
        _, offsets, data = array.buffers()
        bounds = np.zeros(1, np.int64)
        if len(array):
            bounds = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1].astype(np.int64)
        raw = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
        return cls(array, raw, bounds[:-1], bounds[1:])

    def __len__(self) -> int:
        return len(self.start)

    @property
    def length(self) -> Ints:
        """Bytes of each text."""
        return self.end - self.start

    def utf8(self) -> list[bytes]:
        """Each text as bytes; several times as fast as ``to_pylist``."""
        if len(self) == 0:
            return []
        first = int(self.start[0])
        block = self.data[first : int(self.end[-1])].tobytes()
        return [block[a:b] for a, b in zip((self.start - first).tolist(), (self.end - first).tolist(), strict=True)]

    def before_end(self, positions: int) -> NDArray[np.uint8]:
        """The byte this many positions before the end of each text; arbitrary where there is none."""
        return self.data.take(self.end - positions, mode="clip")

    def whole_numbers(self, max_digits: int, *, suffix: int | Ints = 0) -> tuple[Ints, Mask]:
        """Read each text but for its last ``suffix`` bytes as ASCII digits.

        Returns:
            The numbers, and where they are numbers of 1 to ``max_digits`` digits; elsewhere arbitrary.
        """
        end = self.end - suffix
        length = end - self.start
        is_number = (length >= 1) & (length <= max_digits)
        value = np.zeros(len(self), np.int64)
        for position in range(int(length[is_number].max(initial=0))):
            digit = self.data.take(end - 1 - position, mode="clip") - np.uint8(48)
            inside = length > position
            is_number &= (digit < 10) | ~inside
            value += (digit * inside) * np.int64(10**position)
        return value, is_number


@dataclass(frozen=True, slots=True)
class Cells:
    """A column: its texts, trimmed, and which of them each row holds.

    ``row`` is None where row i holds text i (then texts may repeat). ``odd`` marks texts that had
    invisible characters other than plain blanks around them.
    """

    texts: Texts
    row: NDArray[np.int32] | None
    odd: Mask | None = None

    @classmethod
    def of(cls, column: pa.Array | None, rows: int) -> Cells:
        """Read a column of a raw batch; an absent one is blank in every row."""
        if column is None:
            return cls(Texts.of(pa.array([""], pa.string())), np.zeros(rows, np.int32))
        if not pa.types.is_dictionary(column.type):
            return cls._trimmed(column.cast(pa.string()).fill_null(""), None)
        values = column.dictionary.cast(pa.string()).fill_null("")
        if len(values) > len(column):
            return cls._trimmed(column.cast(pa.string()).fill_null(""), None)
        index = column.indices
        if index.null_count:
            index = index.cast(pa.int32()).fill_null(len(values))
            values = pa.concat_arrays([values, pa.array([""], pa.string())])
        return cls._trimmed(values, index.to_numpy(zero_copy_only=False).astype(np.int32, copy=False))

    @classmethod
    def _trimmed(cls, values: pa.StringArray, row: NDArray[np.int32] | None) -> Cells:
        texts = Texts.of(values)
        edges = np.concatenate([texts.data.take(texts.start, mode="clip"), texts.before_end(1)])
        if not np.any((edges <= 32) | (edges >= 127)):
            return cls(texts, row)
        trimmed = Texts.of(pc.utf8_trim(values, _INVISIBLE))
        odd = None
        if np.any(edges >= 127):
            odd = Texts.of(pc.utf8_trim(values, _BLANKS)).length != trimmed.length
        return cls(trimmed, row, odd)

    def __len__(self) -> int:
        return len(self.texts) if self.row is None else len(self.row)

    def encoded(self) -> Cells:
        """The same column with each text held once."""
        if self.row is not None:
            return self
        column = self.texts.array.dictionary_encode()
        return Cells(Texts.of(column.dictionary), column.indices.to_numpy(), None)

    def spread(self, values: NDArray[_Scalar]) -> NDArray[_Scalar]:
        """Turn one value per text into one per row."""
        return values if self.row is None else values.take(self.row)

    def text(self, row: int) -> str:
        """The trimmed text of one row."""
        return str(self.texts.array[row if self.row is None else int(self.row[row])])

    def strings(self, rows: Rows) -> list[str]:
        """The trimmed texts of some rows."""
        which = rows if self.row is None else self.row[rows]
        found: list[str] = self.texts.array.take(pa.array(which)).to_pylist()
        return found

    def take(self, rows: Rows) -> Cells:
        """The column of some rows only."""
        if self.row is None:
            return Cells(Texts.of(self.texts.array.take(pa.array(rows))), None)
        return Cells(self.texts, self.row[rows])


class Residue:
    """Reads with Python what a kernel left, each text once as long as memory allows.

    Args:
        read: A cell function whose result is a tuple of integers, always of one length.
    """

    def __init__(self, read: Callable[[str], tuple[int, ...]], *, limit: int = MEMO_LIMIT) -> None:
        self._read = read
        self._limit = limit
        self._memo: dict[str, tuple[int, ...]] = {}

    def read_into(self, texts: Texts, todo: Mask, *outputs: NDArray[Any]) -> None:
        """Set the entries of ``outputs`` marked in ``todo`` to what their texts mean."""
        which = np.flatnonzero(todo)
        if len(which) == 0:
            return
        encoded = texts.array.take(pa.array(which)).dictionary_encode()
        results = np.array([self._one(text) for text in encoded.dictionary.to_pylist()], np.int64)
        by_text = encoded.indices.to_numpy()
        for position, output in enumerate(outputs):
            output[which] = results[:, position].take(by_text)

    def _one(self, text: str) -> tuple[int, ...]:
        result = self._memo.get(text)
        if result is None:
            if len(self._memo) >= self._limit:
                self._memo.clear()
            result = self._memo[text] = self._read(text)
        return result


def flags_of(codes: Sequence[str], names: Sequence[str]) -> int:
    """Notice codes as bits: bit i for ``names[i]``."""
    return sum(1 << names.index(code) for code in codes)


def factorize(values: Ints) -> tuple[Rows, Rows]:
    """Number the distinct values of an array of integers >= 0.

    Returns:
        A position of each distinct value, and for each entry the number of its value.
    """
    if len(values) == 0:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    if int(values.max()) >= 1 << 20:
        _, first, number = np.unique(values, return_index=True, return_inverse=True)
        return first, number
    position = np.full(int(values.max()) + 1, -1, np.intp)
    position[values] = np.arange(len(values))
    present = position >= 0
    return position[present], (np.cumsum(present) - 1)[values]
