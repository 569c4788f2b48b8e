"""The safety rails: a bad file never empties a shop.

Pure functions from the numbers of a file, and of the versions published before it, to verdicts. There are
three: the file as a whole is quarantined (a verdict without a store), the old rows of one store stay (a
verdict with it), or, where nothing speaks against it, there is no verdict. What cannot be used at all is
refused by ``refuse_hopeless``. A retailer who approves a run overrules all verdicts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import median
from typing import Self

from ingest.checks.statistics import FeedStatistics, PriceMoves
from inventory_api.domain.errors import FeedRejected, InvalidInput
from inventory_api.domain.feed import RowCounts

HISTORY = 5
"""Published versions that a new one is compared with."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the rails stand; each can be set by its name in a profile's ``thresholds``. Shares are 0 to 1.

    Attributes:
        rows_lost: Of the median of the last versions' rows; more quarantines.
        stores_lost: Of the stores, or of the rows, of the last version; more quarantines.
        store_rows_lost: Of one store's rows; more holds the store.
        in_stock_shift: Change of the share of rows in stock; more quarantines.
        price_factor: By which most prices rose or fell; more quarantines.
        prices_shifted: Prices that moved by a factor of 10 or 100; more quarantine.
        unknown_products: Rows of articles that nobody named, once a products feed did; more quarantine.
        row_errors: Rejected rows; more quarantine.
        row_errors_refused: Rejected rows; more refuse the file.
        few_rows: A file or store with fewer rows may lose any number of them.
        enough_rows: In fewer rows a share proves nothing, and two trailer lines must not sink a corner shop.
    """

    rows_lost: float = 0.30
    stores_lost: float = 0.05
    store_rows_lost: float = 0.50
    in_stock_shift: float = 0.25
    price_factor: float = 2.0
    prices_shifted: float = 0.20
    unknown_products: float = 0.20
    row_errors: float = 0.05
    row_errors_refused: float = 0.50
    few_rows: float = 20
    enough_rows: float = 100

    @classmethod
    def of(cls, thresholds: Mapping[str, float]) -> Self:
        """The defaults, with a profile's thresholds in place of some.

        Raises:
            InvalidInput: A threshold that does not exist.
        """
        names = {field.name for field in fields(cls)}
        if unknown := sorted(thresholds.keys() - names):
            raise InvalidInput(f"no threshold is called {unknown[0]!r}: there are {', '.join(sorted(names))}")
        return cls(**thresholds)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rail that was met: the notice's code and words, and the number of the store that is held, or None."""

    code: str
    message: str
    store: int | None = None


def refuse_hopeless(counts: RowCounts, limits: Limits | None = None) -> None:
    """Refuse a feed of which nothing, or less than half, could be used.

    Raises:
        FeedRejected: With code ``empty_feed`` or ``row_errors``.
    """
    limits = limits or Limits()
    usable = counts.accepted + counts.parked
    if counts.read == 0:
        raise FeedRejected("empty_feed", "The file has no data row.")
    if usable == 0:
        raise FeedRejected("row_errors", f"None of the {counts.read:,} rows could be used.")
    if counts.read >= limits.enough_rows and counts.rejected > limits.row_errors_refused * counts.read:
        raise FeedRejected("row_errors", f"{counts.rejected:,} of {counts.read:,} rows could not be used.")


def row_errors(counts: RowCounts, limits: Limits) -> Iterator[Verdict]:
    """Too many rows could not be used; of a small file, more than half."""
    allowed = limits.row_errors if counts.read >= limits.enough_rows else limits.row_errors_refused
    if counts.rejected > allowed * counts.read:
        yield Verdict("row_errors", f"{counts.rejected:,} of {counts.read:,} rows could not be used.")


def feed_shrank(now: FeedStatistics, history: Sequence[FeedStatistics], limits: Limits) -> Iterator[Verdict]:
    """Far fewer rows than the last versions had."""
    usual = median([version.rows for version in history]) if history else 0
    if usual >= limits.few_rows and now.rows < (1 - limits.rows_lost) * usual:
        yield Verdict("feed_shrank", f"{now.rows:,} rows, where the last versions had {usual:,.0f}.")


def instock_shift(now: FeedStatistics, last: FeedStatistics, limits: Limits) -> Iterator[Verdict]:
    """Suddenly everything is there, or nothing."""
    if min(now.accepted, last.accepted) < limits.enough_rows:
        return
    share, before = now.in_stock / now.accepted, last.in_stock / last.accepted
    if abs(share - before) > limits.in_stock_shift:
        yield Verdict("instock_shift", f"{share:.0%} of the rows are in stock, before it were {before:.0%}.")


def price_shift(moves: PriceMoves, limits: Limits) -> Iterator[Verdict]:
    """Most prices jumped, or many by a power of ten."""
    if moves.compared < limits.enough_rows:
        return
    if 2 * max(moves.risen, moves.fallen) > moves.compared or moves.shifted > limits.prices_shifted * moves.compared:
        yield Verdict(
            "price_shift",
            f"Of {moves.compared:,} prices {moves.risen:,} rose and {moves.fallen:,} fell more than "
            f"{limits.price_factor:g}-fold, {moves.shifted:,} of all by a factor of 10 or 100.",
        )


def products_unknown(now: FeedStatistics, *, has_catalog: bool, limits: Limits) -> Iterator[Verdict]:
    """The file names articles that the products feeds do not."""
    if not has_catalog or now.accepted < limits.enough_rows:
        return
    if now.unknown_products > limits.unknown_products * now.accepted:
        yield Verdict("product_unknown", f"{now.unknown_products:,} of {now.accepted:,} rows name unknown articles.")


def missing_stores(now: FeedStatistics, last: FeedStatistics) -> list[int]:
    """Numbers of the stores that the last version had and this one has not."""
    return [store for store, rows in enumerate(last.stores) if rows and not now.rows_of(store)]


def store_missing(now: FeedStatistics, last: FeedStatistics, limits: Limits) -> Iterator[Verdict]:
    """Each store that the last version had and this one has not; many quarantine the run."""
    missing = missing_stores(now, last)
    for store in missing:
        yield Verdict("store_missing", f"{last.stores[store]:,} rows of it stood in the last version.", store)
    total, gone = sum(last.stores), sum(last.stores[store] for store in missing)
    known = sum(1 for rows in last.stores if rows)
    is_many = len(missing) > limits.stores_lost * known or gone > limits.stores_lost * total
    if missing and total >= limits.few_rows and is_many:
        yield Verdict("store_missing", f"{len(missing):,} of {known:,} stores, {gone:,} of {total:,} rows.")


def store_shrank(now: FeedStatistics, last: FeedStatistics, limits: Limits) -> Iterator[Verdict]:
    """Each store that lost half of its rows."""
    for store, before in enumerate(last.stores):
        rows = now.rows_of(store)
        if before >= limits.few_rows and 0 < rows < (1 - limits.store_rows_lost) * before:
            yield Verdict("store_shrank", f"{rows:,} rows, where the last version had {before:,}.", store)


def judge_stores(now: FeedStatistics, last: FeedStatistics, limits: Limits) -> list[Verdict]:
    """The verdicts on single stores, and on all that are missing."""
    return [*store_missing(now, last, limits), *store_shrank(now, last, limits)]


def judge_feed(
    now: FeedStatistics, history: Sequence[FeedStatistics], limits: Limits, *, has_catalog: bool
) -> list[Verdict]:
    """The verdicts on a full feed as a whole, but for its prices; ``history`` begins with the last version."""
    return [
        *feed_shrank(now, history, limits),
        *(verdict for last in history[:1] for verdict in instock_shift(now, last, limits)),
        *products_unknown(now, has_catalog=has_catalog, limits=limits),
    ]
