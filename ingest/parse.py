"""A stock file's bytes to normalized rows on disk, and what the file as a whole says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest import parked
from ingest.checks.statistics import FeedStatistics
from ingest.formats.feed import read_feed
from ingest.normalize.identity import Catalogue, StoreBook
from ingest.normalize.inventory import InventoryNormalizer
from ingest.notices import NoticeBook
from ingest.reconcile import FullFeed
from ingest.rows import FeedContext, Numbered, StockBatch
from ingest.spill import Spill
from inventory_api.domain.feed import Awaited, FeedKind, RowCounts
from inventory_api.domain.profile import Absence
from inventory_api.domain.stock import MAX_STORES, Claim, to_observed

MAX_TIMES = 200_000
"""Distinct (store, time) pairs counted at most: a file with more has a time a row, not a time a store."""


_CLAIM, _LOW_STOCK = np.uint64(0x70), np.uint64(Claim.LOW_STOCK << 4)


@dataclass(slots=True)
class ParsedStock:
    """What one inventory file says; the rows themselves are in the spill.

    ``seen`` marks the stores that the file speaks of; ``rows_of``, ``in_stock_of`` and ``rejected_of`` count
    their rows; ``times`` counts rows by (store << 32 | observed).
    ``numbered`` are the rows of a delta that count themselves; ``awaited`` is what parked rows wait for.
    """

    spill: Spill
    counts: RowCounts = field(default_factory=RowCounts)
    unconfirmed: list[NDArray[np.uint64]] = field(default_factory=list)
    seen: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(MAX_STORES, bool))
    broken: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(MAX_STORES, bool))
    times: dict[int, int] = field(default_factory=dict)
    rows_of: NDArray[np.int64] = field(default_factory=lambda: np.zeros(MAX_STORES, np.int64))
    in_stock_of: NDArray[np.int64] = field(default_factory=lambda: np.zeros(MAX_STORES, np.int64))
    rejected_of: NDArray[np.int64] = field(default_factory=lambda: np.zeros(MAX_STORES, np.int64))
    awaited: Awaited = field(default_factory=Awaited)
    lost_rows: int = 0
    absence: Absence = Absence.OUT_OF_STOCK
    numbered: list[Numbered] = field(default_factory=list)

    def add(self, batch: StockBatch) -> None:
        """Take in one batch."""
        self.spill.add(batch)
        self.counts.read += batch.read
        self.counts.rejected += batch.rejected
        self.counts.repaired += batch.repaired
        self.counts.parked += len(batch.parked)
        self.counts.accepted += len(batch.table)
        store = batch.table.store
        self.seen[store] = True
        _count(self.rows_of, store)
        _count(self.in_stock_of, store[(batch.table.value & _CLAIM) >= _LOW_STOCK])
        _count(self.rejected_of, batch.rejected_stores)
        if len(batch.unconfirmed):
            self.unconfirmed.append(batch.unconfirmed)
            self.seen[(batch.unconfirmed & np.uint64(MAX_STORES - 1)).astype(np.intp)] = True
        # A store of which every row waits for its article is named all the same.
        is_named = np.array([code is None for code in batch.parked_codes], np.bool_)
        self.seen[batch.parked.store[is_named]] = True
        for number in batch.broken_stores:
            self.seen[number] = self.broken[number] = True
        self._count_times(batch, store)
        if batch.seq is not None:
            self.numbered.append(Numbered(batch.line, batch.seq, batch.table.observed))
        if batch.parked_seq is not None and len(batch.parked):
            nowhere = np.zeros(len(batch.parked), np.int64)
            self.numbered.append(Numbered(nowhere, batch.parked_seq, batch.parked.observed))

    def lose(self, rows: int) -> None:
        """Count rows so broken that nobody can say which store or product they were about."""
        self.counts.read += rows
        self.counts.rejected += rows
        self.lost_rows += rows

    def statistics(self, notices: NoticeBook, size: int, reading: str) -> FeedStatistics:
        """The numbers that later versions are compared with; ``size``: stores that the retailer has."""
        named = np.maximum(self.rows_of[:size], self.seen[:size])
        end = int(np.flatnonzero(named).max(initial=-1)) + 1
        return FeedStatistics(
            rows=self.counts.accepted + self.counts.parked,
            accepted=self.counts.accepted,
            in_stock=int(self.in_stock_of.sum()),
            unknown_products=notices.count("product_unknown"),
            stores=named[:end].tolist(),
            stores_in_stock=self.in_stock_of[:end].tolist(),
            stores_rejected=self.rejected_of[:end].tolist(),
            has_times=bool(self.times),
            reading=reading,
        )

    def as_full(
        self,
        as_of: dt.datetime,
        *,
        only: int | None,
        size: int,
        held: Sequence[int] = (),
        given_up: Sequence[int] = (),
        replace_up_to: int = 0,
    ) -> FullFeed:
        """What the file says as a full feed.

        A store's snapshot is the time that at least half of its rows carry, else the feed's own.

        Args:
            as_of: Of the feed.
            only: The one store number that the feed is about, None for all that it names.
            size: Stores that the retailer has.
            held: Store numbers of which it shall say nothing.
            given_up: Store numbers that it leaves out on purpose: nothing is known of them any more.
            replace_up_to: As in ``FullFeed``.
        """
        snapshots = np.zeros(size, np.uint32)
        scope = np.flatnonzero(self.seen[:size]) if only is None else np.array([only])
        snapshots[scope] = snapshots[list(given_up)] = to_observed(as_of)
        snapshots[list(held)] = 0
        # In order of time, so that of two times with half the rows each the later counts, however the file was cut.
        for pair, count in sorted(self.times.items()):
            store, observed = pair >> 32, pair & 0xFFFFFFFF
            if snapshots[store] and 2 * count >= self.rows_of[store]:
                snapshots[store] = observed
        doubts = np.unique(np.concatenate(self.unconfirmed)) if self.unconfirmed else np.empty(0, np.uint64)
        # A lost row may have been about any store: where one is, no absence is proven.
        broken = self.broken[:size] | (self.lost_rows > 0 or self.absence is Absence.UNKNOWN)
        broken[list(given_up)] = True
        return FullFeed(snapshots, broken, doubts, self.absence is Absence.RETAIN, replace_up_to)

    def _count_times(self, batch: StockBatch, store: NDArray[np.intp]) -> None:
        if len(self.times) > MAX_TIMES:
            return
        told = batch.table.observed > 0
        pairs = (store[told].astype(np.int64) << 32) | batch.table.observed[told].astype(np.int64)
        for pair, count in zip(*(a.tolist() for a in np.unique(pairs, return_counts=True)), strict=True):
            self.times[pair] = self.times.get(pair, 0) + count
        if len(self.times) > MAX_TIMES:
            self.times = dict.fromkeys(range(MAX_TIMES + 1), 0)


def _count(counts: NDArray[np.int64], stores: NDArray[np.integer]) -> None:
    """Count a row for each store number."""
    found = np.bincount(stores)
    counts[: len(found)] += found


def parse_stock(
    path: Path,
    *,
    context: FeedContext,
    stores: StoreBook,
    catalogue: Catalogue,
    notices: NoticeBook,
    spill: Spill,
    parked_path: Path,
    on_progress: Callable[[int], None],
) -> ParsedStock:
    """Read and normalize a whole file. Nothing may be published before this returns.

    Raises:
        FeedRejected: The file as a whole cannot be used.
    """
    parsed = ParsedStock(spill, absence=context.profile.absence)
    normalizer = InventoryNormalizer(context, stores, catalogue, notices)
    with ExitStack() as stack:
        waiting: parked.ParkedWriter | None = None
        raws = read_feed(path, kind=FeedKind.INVENTORY, context=context, notices=notices, on_progress=on_progress)
        for raw in raws:
            batch = normalizer.normalize(raw)
            parsed.add(batch)
            parsed.lose(raw.rejected)
            if len(batch.parked):
                waiting = waiting or stack.enter_context(parked.ParkedWriter(parked_path))
                waiting.add(batch.parked, batch.parked_codes, batch.parked_skus, to_observed(context.as_of))
        if waiting is not None:
            parsed.awaited = waiting.awaited
    return parsed
