"""Names of everything in Redis, and the cluster slot that a product lives in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FORMAT = b"1"
"""Version of the record layout; the value of the marker. A new layout means a new prefix."""

COMPLETE = b"index:complete"
"""Set only while every published record is in the index. Missing: lookups answer 503, never "nobody"."""

SERVER, BEAT = b"index:server", b"index:beat"
"""Which server the index was last found whole on, and when it was last written for certain (see ``pulse``)."""

DIRECTORY_STREAM = "directory:changes"
"""A doorbell: an entry says that SQL knows newer stores. The facts stay in SQL."""

CARD_FIELD = b"c"

BUCKETS = 256
_SLOTS = 16384


def product_key(product_id: int) -> bytes:
    """The hash of a product's records; the braces make it one cluster slot with its extras."""
    return b"s:{%d}" % product_id


def extras_key(product_id: int) -> bytes:
    """The hash of the rare attributes of a product's records, by place."""
    return b"x:{%d}" % product_id


def _crc_table() -> NDArray[np.uint16]:
    table = np.zeros(256, np.uint16)
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
        table[byte] = crc
    return table


_CRC = _crc_table()


def buckets_of(products: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Bucket (cluster slot // 64) of each product id: CRC16 of its decimal digits, as Redis Cluster does."""
    crc = np.zeros(len(products), np.uint16)
    rest, power, started = products.copy(), np.uint64(10**19), np.zeros(len(products), bool)
    ten = np.uint64(10)
    while power:
        digit = rest // power
        rest -= digit * power
        started |= (digit > 0) | (power == 1)
        byte = (digit + np.uint64(48)).astype(np.uint16)
        stepped = (crc << np.uint16(8)) ^ _CRC[(crc >> np.uint16(8)) ^ byte]
        crc = np.where(started, stepped, crc)
        power = power // ten
    return ((crc % _SLOTS) // (_SLOTS // BUCKETS)).astype(np.uint8)
