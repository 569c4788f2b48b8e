"""Who is right: the rules that turn statements made at different times into one truth.

All pure functions over ``StockTable`` columns; the oracle in the tests is a plain dictionary.

The age of a record is its own time, or, unless it is ``dated``, its store's last full snapshot if that
is newer: what a full feed repeats needs no rewriting. From that follow the two cases handled with
care here: a record that the snapshot did *not* confirm must become ``dated``, and a statement older
than the snapshot may only outdo a record that is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from inventory_api.domain.arrays import Mask
from inventory_api.domain.feed import ChangeCounts
from inventory_api.domain.stock import DATED, NO_PRICE, NO_QUANTITY, Basis, Claim, StockTable, pack_state

ZEROS_KEPT_S = 7 * 24 * 3600
"""An absent product stays as a zero this long, lest a late row revive it."""

_PRICE_BITS = np.uint64(NO_PRICE << 24)
_ABSENT = np.uint64(pack_state(Claim.OUT_OF_STOCK, Basis.FEED))
_UNSURE = np.uint64(NO_QUANTITY << 8 | pack_state(Claim.UNKNOWN, Basis.FEED))

_T = TypeVar("_T", bound=np.generic)

Snapshots = NDArray[np.uint32]
"""Observed time of the last full feed by store number; 0, or beyond the end: none."""


@dataclass(frozen=True, slots=True)
class FullFeed:
    """What a full feed as a whole says, beside its rows.

    Attributes:
        snapshots: By store number, the time the feed speaks of; 0 for stores out of its scope.
        broken: True for stores with rows lost for their product key: absence there proves nothing.
        unconfirmed: Sorted keys whose row was rejected: neither present nor absent.
        retains: Leaving a product out says nothing: its record stays, at its age.
        replace_up_to: The feed goes back behind newer ones: what its stores said up to this observed time
            is withdrawn. 0: nothing is.
    """

    snapshots: Snapshots
    broken: Mask
    unconfirmed: NDArray[np.uint64]
    retains: bool = False
    replace_up_to: int = 0

    def after(self, before: Snapshots) -> Snapshots:
        """The snapshots under which the truth is known once this feed is applied."""
        return np.maximum(np.where(self._is_withdrawn(before), np.uint32(0), before), self.snapshots)

    def withdraw(self, base: StockTable, before: Snapshots) -> tuple[StockTable, Snapshots]:
        """What is left of what was known: statements withdrawn are as old as can be, newer events stand."""
        if not self.replace_up_to:
            return base, before
        is_withdrawn = self._is_withdrawn(before)
        gone = _at(is_withdrawn, base) & (effective(base, before) <= self.replace_up_to)
        observed = np.where(gone, np.uint32(0), base.observed)
        left = StockTable(base.key, base.value, observed, base.extra, base.extras)
        return left, np.where(is_withdrawn, np.uint32(0), before)

    def _is_withdrawn(self, before: Snapshots) -> Mask:
        """True for stores of which the feed replaces what a newer one said."""
        return (self.snapshots > 0) & (before <= self.replace_up_to) & (self.replace_up_to > 0)


def latest(rows: StockTable) -> StockTable:
    """One record a key, sorted by key: the newest, of equal times the last in order."""
    order = np.lexsort((rows.observed, rows.key))
    key = rows.key[order]
    last = np.ones(len(key), bool)
    last[:-1] = key[1:] != key[:-1]
    return rows.take(order[last])


def effective(rows: StockTable, snapshots: Snapshots) -> NDArray[np.uint32]:
    """When each record was last known to be true."""
    return np.where(rows.dated, rows.observed, np.maximum(rows.observed, _at(snapshots, rows)))


def is_late(rows: StockTable, snapshots: Snapshots) -> Mask:
    """True where a newer full feed of the store has spoken since."""
    return rows.observed < _at(snapshots, rows)


def as_dated(rows: StockTable, which: Mask) -> StockTable:
    """The records, some of them marked as dated."""
    value = np.where(which, rows.value | np.uint64(DATED), rows.value)
    return StockTable(rows.key, value, rows.observed, rows.extra, rows.extras)


def fold(base: StockTable, snapshots: Snapshots, deltas: StockTable) -> StockTable:
    """Apply a log of deltas, in its order, to a base sorted by key; the result is sorted by key.

    Last writer wins on the observed time, equal times go to the later delta. A late delta outdoes
    only a dated record, and stays dated itself.
    """
    if len(deltas) == 0:
        return base
    patch = latest(deltas)
    late = is_late(patch, snapshots)
    patch = as_dated(patch, late)
    at, found = find(base, patch)
    floor = np.zeros(len(patch), np.uint32)
    floor[found] = effective(base, snapshots)[at[found]]
    wins = np.where(found, patch.observed >= floor, ~late)
    return overlay(base, patch.take(wins))


def apply_full(
    base: StockTable, before: Snapshots, rows: StockTable, feed: FullFeed
) -> tuple[StockTable, ChangeCounts]:
    """Make a full feed's rows (sorted by key, one a key) the truth of its stores.

    Where a store's snapshot is newer already, a row counts as a late delta does.

    Args:
        base: What was known, deltas folded in, sorted by key.
        before: Snapshots that ``base`` was known under.
        rows: The feed's statements about stores in its scope, ``observed`` filled in, dated where they
            have a time of their own.
        feed: Scope and doubts.

    Returns:
        The new truth, sorted by key, and what changed in it.
    """
    if len(base) == 0 and len(rows) == 0:
        return base, ChangeCounts()
    base, before = feed.withdraw(base, before)
    told, spoken = _at(feed.snapshots, rows), _at(before, rows)
    late = (rows.observed < spoken) & (told < spoken)
    if late.any():
        rows = as_dated(rows, late)
    at, found = find(base, rows)
    base_time = effective(base, before)
    floor = np.zeros(len(rows), np.uint32)
    floor[found] = base_time[at[found]]
    current = np.where(found, rows.observed >= floor, ~late)
    repeated = np.zeros(len(rows), bool)
    hit = at[found]
    repeated[found] = (base.value[hit] == rows.value[found]) & (base.extra[hit] == rows.extra[found])
    # A dated record that only moved its own time must be rewritten, a dateless one is renewed by its store.
    repeated &= ~rows.dated | (rows.observed == floor)
    written = current & ~repeated

    listed = np.zeros(len(base), bool)
    listed[hit] = True
    ignored = np.zeros(len(base), bool)
    ignored[at[found & ~current]] = True
    snapshot = _at(feed.snapshots, base)
    in_scope = snapshot > 0
    doubted = np.full(len(base), feed.retains)
    if len(feed.unconfirmed):
        doubted |= np.isin(base.key, feed.unconfirmed)
    stands = (ignored | (doubted & ~listed)) & in_scope & (base_time < snapshot)
    absent = in_scope & ~listed & ~doubted & (base_time <= snapshot)
    truth, removed, dropped = _without(base, absent, snapshot, _at(feed.broken, base), snapshot < _at(before, base))
    truth = _stand_still(truth, stands & ~truth.dated, base_time)

    merged = overlay(truth, rows.take(written))
    if dropped.any():
        gone = base.key[dropped]
        merged = merged.take(~np.isin(merged.key, gone))
    counts = ChangeCounts(
        inserted=int((written & ~found).sum()),
        updated=int((written & found).sum()),
        removed=int(removed.sum()),
        unchanged=int((found & ~written).sum()),
    )
    return merged, counts


def oldest_absence(truth: StockTable, rows: StockTable, feed: FullFeed) -> int:
    """Observed time of the oldest zero that stands for a product which the feed left out; 0: there is none."""
    zeros = truth.take((truth.value & np.uint64(0x70)) == _ABSENT & np.uint64(0x70))
    zeros = zeros.take((_at(feed.snapshots, zeros) > 0) & ~find(rows, zeros)[1])
    return int(zeros.observed.min()) if len(zeros) else 0


def difference(old: StockTable, new: StockTable) -> tuple[StockTable, StockTable]:
    """What must be sent to make an index of ``old`` one of ``new``: records to merge, records to drop."""
    at, found = find(old, new)
    same = found.copy()
    hit = at[found]
    same[found] = (
        (old.value[hit] == new.value[found])
        & (old.observed[hit] == new.observed[found])
        & (old.extra[hit] == new.extra[found])
    )
    kept = np.zeros(len(old), bool)
    kept[hit] = True
    return new.take(~same), old.take(~kept)


def find(base: StockTable, rows: StockTable) -> tuple[NDArray[np.intp], Mask]:
    """Position of each row's key in a base sorted by key, and whether it is there."""
    if len(base) == 0:
        return np.zeros(len(rows), np.intp), np.zeros(len(rows), bool)
    at = np.minimum(np.searchsorted(base.key, rows.key), len(base) - 1)
    return at, base.key[at] == rows.key


def overlay(base: StockTable, patch: StockTable) -> StockTable:
    """Base with the patch's records in place of its own; both sorted by key, so is the result."""
    if len(patch) == 0:
        return base
    at, found = find(base, patch)
    joined = StockTable(
        base.key.copy(), base.value.copy(), base.observed.copy(), base.extra.copy(), base.extras | patch.extras
    )
    hit = at[found]
    joined.value[hit], joined.observed[hit], joined.extra[hit] = (
        patch.value[found],
        patch.observed[found],
        patch.extra[found],
    )
    if found.all():
        return joined
    both = StockTable.join([joined, patch.take(~found)])
    return both.take(np.argsort(both.key, kind="stable"))


def _at(values: NDArray[_T], rows: StockTable) -> NDArray[_T]:
    """The value of each row's store, zero beyond the end."""
    store = rows.store
    known = store < len(values)
    if known.all():
        return values[store]
    found = np.zeros(len(rows), values.dtype)
    found[known] = values[store[known]]
    return found


def _without(
    base: StockTable, absent: Mask, snapshot: NDArray[np.uint32], broken: Mask, late: Mask
) -> tuple[StockTable, Mask, Mask]:
    """Turn absent records into zeros (or doubts), forget zeros of long ago; the price is remembered."""
    was_zero = (base.value & np.uint64(0x70)) == _ABSENT & np.uint64(0x70)
    was_unsure = (base.value & np.uint64(0x70)) == 0
    emptied = absent & ~broken & (~was_zero | base.dated)
    doubted = absent & broken & (~was_unsure | base.dated)
    dropped = absent & ~broken & was_zero & (snapshot.astype(np.int64) - base.observed > ZEROS_KEPT_S)
    price = base.value & _PRICE_BITS
    removed = emptied | doubted
    state = np.where(broken, _UNSURE, _ABSENT)
    state[late] |= np.uint64(DATED)
    value = np.where(removed, price | state, base.value)
    observed = np.where(removed, snapshot, base.observed)
    extra = np.where(removed, np.uint64(0), base.extra)
    return StockTable(base.key, value, observed, extra, base.extras), removed, dropped


def _stand_still(rows: StockTable, which: Mask, times: NDArray[np.uint32]) -> StockTable:
    """Keep records at the time they were last known, whatever their store's snapshot says from now on."""
    dated = as_dated(rows, which)
    return StockTable(dated.key, dated.value, np.where(which, times, rows.observed), rows.extra, rows.extras)
