"""One file before the rails: its verdicts, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from ingest import versions
from ingest.checks import rails
from ingest.checks.rails import Limits, Verdict
from ingest.checks.statistics import FeedStatistics, PriceMoves
from ingest.notices import NoticeBook, Severity
from inventory_api.domain.feed import FeedKind, FeedMode, FeedRun, RowCounts
from inventory_api.domain.store import Store
from inventory_api.storage.sql.engine import Transaction


@dataclass(slots=True)
class Trial:
    """The verdicts on an inventory file; there are none on one that the retailer vouches for.

    Attributes:
        statistics: Of this file; of stores that are held, those of the version before.
        limits: Where the rails stand for it.
        held: Numbers of the stores of which the old rows stay.
        given_up: Numbers of the stores that an approved file leaves out: nothing is known of them any more.
    """

    statistics: FeedStatistics
    limits: Limits
    held: list[int] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    _verdicts: list[Verdict] = field(default_factory=list)
    _is_vouched_for: bool = False

    @classmethod
    def of(cls, tx: Transaction, run: FeedRun, counts: RowCounts, statistics: FeedStatistics, limits: Limits) -> Self:
        """Judge a file by what is known of it once it was read."""
        trial = cls(statistics, limits, _is_vouched_for=is_vouched_for(run))
        history = versions.history_of(tx, run) if run.mode is FeedMode.FULL else []
        if trial._is_vouched_for:
            if run.approved and run.store_code is None:
                trial.given_up = [n for last in history[:1] for n in rails.missing_stores(statistics, last)]
            return trial
        trial._verdicts += needs_approval(tx, run)
        if run.mode is FeedMode.FULL:
            trial._verdicts += rails.row_errors(counts, limits)
            has_catalog = tx.runs.last_published(run.retailer_id, FeedKind.PRODUCTS, None) is not None
            trial._verdicts += rails.judge_feed(statistics, history, limits, has_catalog=has_catalog)
        if history and run.store_code is None:
            trial._judge_stores(history[0])
        return trial

    def compare_prices(self, moves: PriceMoves) -> None:
        """Judge its prices, once they were compared with what is published."""
        if not self._is_vouched_for:
            self._verdicts += rails.price_shift(moves, self.limits)

    @property
    def is_quarantined(self) -> bool:
        """Whether the file as a whole waits for approval."""
        return any(verdict.store is None for verdict in self._verdicts)

    def tell(self, notices: NoticeBook, stores: Sequence[Store]) -> None:
        """Report every verdict."""
        codes = {store.number: store.store_code for store in stores}
        for verdict in self._verdicts:
            column, value = (None, None) if verdict.store is None else ("store_code", codes[verdict.store])
            notices.add(verdict.code, Severity.WARNING, column=column, value=value, message=verdict.message)

    def _judge_stores(self, last: FeedStatistics) -> None:
        verdicts = rails.judge_stores(self.statistics, last, self.limits)
        self._verdicts += verdicts
        self.held = [verdict.store for verdict in verdicts if verdict.store is not None]
        self.statistics.keep(self.held, last)


def is_vouched_for(run: FeedRun) -> bool:
    """Whether the retailer has said that this very content shall be published."""
    return run.approved or run.replay_of is not None


def needs_approval(tx: Transaction, run: FeedRun) -> list[Verdict]:
    """The first file of a source that we fetch, of whatever kind, waits unless its profile lets it pass."""
    auto_first = (run.profile or {}).get("auto_first")
    if is_vouched_for(run) or auto_first or not versions.is_first_pull(tx, run):
        return []
    return [Verdict("first_version", "Nothing that came by this source was published before.")]
