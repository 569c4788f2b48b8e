"""Deletions and adjustments as whole records, so that the log holds nothing relative.

An adjustment (``-1``) is right only if every row before it was heard, and it says something only of a
quantity that is known. So a source that adjusts numbers its rows, without gaps; where numbers are missing
its adjustments are refused in every store until a full feed of that store is newer than the gap, which has
then made good for whatever was missing. A row that was rejected is as good as missing.

All pure functions; the oracle in the tests is a plain loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest import reconcile
from ingest.notices import NoticeBook, Severity
from ingest.reconcile import Snapshots
from ingest.rows import ADJUST_ZERO, NO_SEQ, OP_SHIFT, Numbered, Op
from inventory_api.domain.arrays import Ints
from inventory_api.domain.feed import FeedSequence
from inventory_api.domain.profile import Absence, FeedProfile
from inventory_api.domain.stock import HAS_EXTRA, MAX_QUANTITY, NO_PRICE, NO_QUANTITY, Claim, StockTable

_PRICE = NO_PRICE << 24
_STATE = 0xFF
_BASIS = 0x0C
_COUNTED = frozenset({Claim.OUT_OF_STOCK, Claim.LOW_STOCK, Claim.IN_STOCK, Claim.ON_DISPLAY})
"""Claims whose quantity is a count, not a band."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A file's numbers against what was heard of its source before.

    Attributes:
        before, after: Where the source stood, and stands once the file is applied.
        numbers: The new numbers, sorted.
        gap_at: For each, as in ``FeedSequence``.
    """

    before: FeedSequence
    after: FeedSequence
    numbers: Ints
    gap_at: Ints

    def is_repeated(self, seq: Ints) -> NDArray[np.bool_]:
        """Which numbers were heard before this file."""
        repeated: NDArray[np.bool_] = (seq != NO_SEQ) & (seq <= _last(self.before))
        return repeated

    def gap_before(self, seq: int) -> int:
        """The time before which rows are missing that a new number builds upon."""
        return int(self.gap_at[np.searchsorted(self.numbers, seq)])


def hear(numbered: Sequence[Numbered], before: FeedSequence, as_of: int, notices: NoticeBook) -> Heard:
    """Hear the numbers of a file, in whatever order its rows stand.

    Args:
        numbered: Its rows, but for those rejected.
        before: Where the source stood.
        as_of: Observed time of rows that give none.
        notices: Gets a ``delta_gap`` for each jump.
    """
    seq = np.concatenate([rows.seq for rows in numbered]) if numbered else np.empty(0, np.int64)
    is_new = seq > _last(before)
    numbers, first = np.unique(seq[is_new], return_index=True)
    if len(numbers) == 0:
        return Heard(before, before, numbers, numbers)
    line = np.concatenate([rows.line for rows in numbered])[is_new][first]
    observed = np.concatenate([rows.observed for rows in numbered])[is_new][first].astype(np.int64)
    expected = np.concatenate([[numbers[0] if before.last is None else before.last + 1], numbers[:-1] + 1])
    jumps = numbers != expected
    notices.add_rows(
        "delta_gap",
        Severity.WARNING,
        line[jumps],
        column="seq",
        value=lambda at: f"{expected[jumps][at]} expected, {numbers[jumps][at]} found",
    )
    times = np.where(jumps, np.where(observed == 0, as_of, observed), before.gap_at)
    gap_at = np.maximum(np.maximum.accumulate(times), before.gap_at)
    return Heard(before, FeedSequence(int(numbers[-1]), int(gap_at[-1])), numbers, gap_at)


def _last(sequence: FeedSequence) -> int:
    return NO_SEQ if sequence.last is None else sequence.last


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a delta feed with times, their lines and numbers."""

    table: StockTable
    line: Ints
    seq: Ints

    def sorted(self) -> Rows:
        """By key, then number; rows without numbers first, in the order of the file."""
        order = np.lexsort((self.seq, self.table.key))
        return Rows(self.table.take(order), self.line[order], self.seq[order])


def settle(
    rows: Rows, base: StockTable, snapshots: Snapshots, heard: Heard, profile: FeedProfile, notices: NoticeBook
) -> tuple[StockTable, int]:
    """Make every row a whole record.

    Args:
        rows: All rows of the file about some products.
        base: What is known of them now, sorted by key.
        snapshots: That it is known under.
        heard: The file's numbers.
        profile: Says what a deletion means, and whether a quantity below zero is worth a notice.
        notices: Gets the refused adjustments.

    Returns:
        The records for the log, in order, and how many rows were refused.
    """
    rows = rows.sorted()
    operation = rows.table.value >> np.uint64(OP_SHIFT)
    special = (operation != Op.UPSERT) | heard.is_repeated(rows.seq)
    touched = np.isin(rows.table.key, rows.table.key[special])
    if not touched.any():
        return rows.table, 0
    shelf = _Shelf(base, snapshots, heard, profile, notices)
    part = rows.table.take(touched)
    for row in zip(
        *(column.tolist() for column in (part.key, part.value, part.observed, part.extra)),
        rows.line[touched].tolist(),
        rows.seq[touched].tolist(),
        strict=True,
    ):
        shelf.take(*row)
    return StockTable.join([rows.table.take(~touched), shelf.written(part.extras)]), shelf.refused


class _Shelf:
    """The records of some products while the rows of a file pass by, sorted by key and number."""

    def __init__(
        self, base: StockTable, snapshots: Snapshots, heard: Heard, profile: FeedProfile, notices: NoticeBook
    ) -> None:
        self._base = base
        self._times = reconcile.effective(base, snapshots)
        self._snapshots = snapshots
        self._heard = heard
        self._notices = notices
        self._profile = profile
        self._key: int | None = None
        self._seq = NO_SEQ
        self._value: int | None = None
        self._observed = 0
        self._extra = 0
        self._written: list[tuple[int, int, int, int]] = []
        self.refused = 0

    def take(self, key: int, value: int, observed: int, extra: int, line: int, seq: int) -> None:
        """Apply one row."""
        if key != self._key:
            self._open(key)
        elif seq == self._seq != NO_SEQ:
            return
        self._seq = seq
        is_repeated = seq != NO_SEQ and seq <= _last(self._heard.before)
        operation = value >> OP_SHIFT
        if operation == Op.ADJUST:
            self._adjust(key, (value >> 8 & 0xFFFF) - ADJUST_ZERO, observed, line, seq, is_repeated=is_repeated)
            return
        # What was heard before and is as old as what is known has been applied, and perhaps adjusted since.
        if is_repeated and self._value is not None and observed <= self._observed:
            return
        if operation == Op.DELETE and self._profile.absence is Absence.RETAIN:
            self._notices.add("record_ignored", Severity.INFO, line=line, column="op", value="delete")
            return
        if operation == Op.DELETE:
            price = _PRICE if self._value is None else self._value & _PRICE
            value = value & 0xFFFFFF | price
        self._write(key, value, observed, extra)

    def written(self, extras: dict[int, bytes]) -> StockTable:
        """The records that came of it."""
        columns = [np.array(column, np.uint64) for column in zip(*self._written, strict=True)]
        if not columns:
            return StockTable.empty()
        key, value, observed, extra = columns
        return StockTable(key, value, observed.astype(np.uint32), extra, self._base.extras | extras)

    def _open(self, key: int) -> None:
        self._key = key
        at = int(np.searchsorted(self._base.key, np.uint64(key)))
        if at < len(self._base) and int(self._base.key[at]) == key:
            self._value = int(self._base.value[at])
            self._observed, self._extra = int(self._times[at]), int(self._base.extra[at])
        else:
            self._value, self._observed, self._extra = None, 0, 0

    def _adjust(self, key: int, delta: int, observed: int, line: int, seq: int, *, is_repeated: bool) -> None:
        if is_repeated:
            self._notices.add("delta_repeated", Severity.INFO, line=line, column="seq", value=seq)
            return
        store = key & (1 << 17) - 1
        snapshot = int(self._snapshots[store]) if store < len(self._snapshots) else 0
        if snapshot < self._heard.gap_before(seq):
            self._refuse("delta_gap", line, seq)
            return
        units = None if self._value is None else self._value >> 8 & NO_QUANTITY
        claim = Claim.UNKNOWN if self._value is None else Claim(self._value >> 4 & 7)
        if self._value is None or units is None or units >= MAX_QUANTITY or claim not in _COUNTED:
            self._refuse("adjust_without_quantity", line, seq)
            return
        if observed < self._observed:
            # The newer count has seen this change already.
            return
        if units + delta < 0 and not self._profile.negative_is_normal:
            self._notices.add("quantity_negative", Severity.WARNING, line=line, column="delta", value=delta)
        left = min(max(units + delta, 0), MAX_QUANTITY)
        if claim is not Claim.ON_DISPLAY:
            claim = Claim.IN_STOCK if left else Claim.OUT_OF_STOCK
        state = claim << 4 | self._value & (_BASIS | HAS_EXTRA)
        self._write(key, self._value & _PRICE | left << 8 | state, observed, self._extra)

    def _refuse(self, code: str, line: int, seq: int) -> None:
        self.refused += 1
        self._notices.add(code, Severity.ERROR, line=line, column="seq", value=seq)

    def _write(self, key: int, value: int, observed: int, extra: int) -> None:
        self._written.append((key, value, observed, extra))
        if self._value is None or observed >= self._observed:
            self._value, self._observed, self._extra = value, observed, extra
