"""Rare attributes of a row, as one small JSON document that many rows share."""

from __future__ import annotations

import json
import re
import zoneinfo
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from ingest.normalize.cells import MEMO_LIMIT, Cells, factorize
from ingest.normalize.pickup import unpack_pickup
from ingest.normalize.time import BLANK, LOCAL, UNREADABLE, offset_s, parse_moment
from inventory_api.domain.arrays import Ints, Mask

MAX_AISLE_BYTES = 20
_SEPARATORS = (re.compile(r"\s*/\s*"), re.compile(r"\s*,\s*"), re.compile(r"\s+"))


def parse_aisle(text: str) -> tuple[str, tuple[str, ...]]:
    """Read a place in the store: at most 20 bytes, cut between characters."""
    raw = text.encode()
    if len(raw) <= MAX_AISLE_BYTES:
        return text, ()
    return raw[:MAX_AISLE_BYTES].decode(errors="ignore").rstrip(), ("column_value_too_long",)


def parse_period(
    text: str, zone: zoneinfo.ZoneInfo | None, date_order: str | None = None
) -> tuple[tuple[int | None, int | None] | None, tuple[str, ...]]:
    """Read two times separated by a slash, a comma or a blank, either of which may be ``null``.

    Returns:
        Observed times of begin and end, None where open; None for both and a code where the text
        is no period.
    """
    for separator in _SEPARATORS:
        parts = separator.split(text)
        if len(parts) == 2:
            ends = [_end(part, zone, date_order) for part in parts]
            if -1 not in ends:
                begin, end = (None if at == 0 else at for at in ends)
                return (begin, end), ()
    return None, ("timestamp_invalid",)


def _end(text: str, zone: zoneinfo.ZoneInfo | None, date_order: str | None) -> int:
    """Observed time of one end, 0 where it is open, -1 where it cannot be read."""
    if text.lower() == "null":
        return 0
    seconds, kind = parse_moment(text, date_order)
    if kind in (BLANK, UNREADABLE) or (kind == LOCAL and zone is None):
        return -1
    if kind == LOCAL and zone is not None:
        seconds -= offset_s(zone, seconds)
    return min(max(1, seconds), 2**32 - 1)


@dataclass(frozen=True, slots=True)
class Attributes:
    """The rare attributes of each row.

    Attributes:
        sale: Sale price in minor units, negative for none.
        begin, end: Observed times of the sale, 0 where open.
        aisle: Place in the store.
        has_aisle: Where ``aisle`` says something.
        pickup: Packed pickup terms where they differ from the store's, else 0.
    """

    sale: Ints
    begin: Ints
    end: Ints
    aisle: Cells
    has_aisle: Mask
    pickup: NDArray[np.int16]


class ExtraWriter:
    """Writes the documents of one feed."""

    def __init__(self) -> None:
        self._memo: dict[tuple[int, int, int, str, int], tuple[int, bytes]] = {}

    def write(self, given: Attributes) -> tuple[NDArray[np.uint64], dict[int, bytes]]:
        """The hash of each row's document, 0 for none, and the documents by hash."""
        extra = np.zeros(len(given.sale), np.uint64)
        has_sale = given.sale >= 0
        rows = np.flatnonzero(has_sale | given.has_aisle | (given.pickup > 0))
        if len(rows) == 0:
            return extra, {}
        pickup = given.pickup[rows].astype(np.int64)
        aisle = given.aisle.take(rows)
        has_aisle = given.has_aisle[rows]
        place = np.arange(len(rows)) if aisle.row is None else aisle.row.astype(np.int64)
        keys = [pickup + 64 * np.where(has_aisle, place + 1, 0)]
        if has_sale.any():
            keys += [given.sale[rows] + 1, given.begin[rows], given.end[rows]]
        first, number = _combinations(keys)
        texts = aisle.strings(first)
        documents = [
            self._document(
                (int(given.sale[row]), int(given.begin[row]), int(given.end[row]), text if known else "", int(terms))
            )
            for row, text, known, terms in zip(rows[first], texts, has_aisle[first], pickup[first], strict=True)
        ]
        extra[rows] = np.array([digest for digest, _ in documents], np.uint64)[number]
        return extra, dict(documents)

    def _document(self, key: tuple[int, int, int, str, int]) -> tuple[int, bytes]:
        document = self._memo.get(key)
        if document is None:
            if len(self._memo) >= MEMO_LIMIT:
                self._memo.clear()
            raw = _encode(*key)
            document = self._memo[key] = xxh3_64_intdigest(raw), raw
        return document


def _combinations(keys: list[Ints]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """``factorize`` of several columns at once."""
    first, number = factorize(keys[0])
    for key in keys[1:]:
        _, other = factorize(key)
        first, number = factorize(number.astype(np.int64) * (int(other.max()) + 1) + other)
    return first, number


def _encode(sale: int, begin: int, end: int, aisle: str, pickup: int) -> bytes:
    attributes: dict[str, object] = {}
    if sale >= 0:
        attributes["sale"] = {"price": sale, "from": begin or None, "to": end or None}
    if aisle:
        attributes["aisle"] = parse_aisle(aisle)[0]
    if pickup:
        attributes["pickup"] = unpack_pickup(pickup)
    return json.dumps(attributes, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
