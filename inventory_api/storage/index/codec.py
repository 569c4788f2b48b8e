"""Twelve bytes a stock record: how a ``StockTable`` becomes tile values and back.

    head      u16 big-endian   slot in the tile (9 bits) << 7 | state (7 bits, see domain.stock)
    quantity  u16              units, 0xFFFF unknown
    price     u32              minor units of the store's currency, 0xFFFFFFFF none
    observed  u32              seconds since 2020

Big-endian throughout, so that records sort by slot as bytes do and Lua needs no conversion.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

RECORD = np.dtype([("head", ">u2"), ("quantity", ">u2"), ("price", ">u4"), ("observed", ">u4")])
RECORD_BYTES = RECORD.itemsize
_ONE = struct.Struct(">HHII")

STATE_BITS = 7
STATE_MASK = (1 << STATE_BITS) - 1


def encode(slot: NDArray[np.integer], value: NDArray[np.uint64], observed: NDArray[np.uint32]) -> bytes:
    """Records in the order given; the caller sorts by tile, then slot."""
    records = np.empty(len(slot), RECORD)
    state = value & np.uint64(STATE_MASK)
    records["head"] = (slot.astype(np.uint64) << np.uint64(STATE_BITS)) | state
    records["quantity"] = (value >> np.uint64(8)) & np.uint64(0xFFFF)
    records["price"] = value >> np.uint64(24)
    records["observed"] = observed
    return records.tobytes()


def decode(values: Sequence[bytes]) -> NDArray[np.void]:
    """All records of several tile values, in order. Raises ValueError on a torn value."""
    return np.frombuffer(b"".join(values), RECORD)


def one_by_one(value: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Head, quantity, price and observed of each record of a tile value. Raises struct.error on a torn value."""
    return _ONE.iter_unpack(value)


def value_of(records: NDArray[np.void]) -> NDArray[np.uint64]:
    """The ``StockTable.value`` word of decoded records."""
    state = records["head"].astype(np.uint64) & np.uint64(STATE_MASK)
    quantity, price = records["quantity"].astype(np.uint64), records["price"].astype(np.uint64)
    value: NDArray[np.uint64] = (price << np.uint64(24)) | (quantity << np.uint64(8)) | state
    return value


def slot_of(records: NDArray[np.void]) -> NDArray[np.intp]:
    """Slot of each decoded record."""
    return (records["head"] >> STATE_BITS).astype(np.intp)
