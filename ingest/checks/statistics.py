"""What a full feed looked like as a whole: kept with its run, and compared with those that come after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ingest.reconcile import find
from inventory_api.domain.stock import NO_PRICE, StockTable

_PRICE_SHIFT = np.uint64(24)


@dataclass(slots=True)
class FeedStatistics:
    """One file's numbers; JSON in ``FeedRun.stats``.

    Attributes:
        rows: Rows that could be used, those of stores not heard of included.
        accepted: Rows of known stores.
        in_stock: Of these, rows that say that the product is there.
        unknown_products: Rows whose article number nobody had named before.
        stores: By store number, rows that named the store; of a store that was held, those of the version before.
        stores_in_stock: Of the rows of each store, those that say that the product is there.
        stores_rejected: By store number, rows that named the store and could not be used.
        has_times: Whether any row gave a time of its own.
        spoken: Observed time of the newest snapshot that it set.
        newest: Observed time of the newest record or snapshot in the stock that it led to.
        absent_since: Observed time of the oldest zero that stands for a product left out; 0: there is none.
        reading: Fingerprint of everything but the file that decides how it is read.
    """

    rows: int = 0
    accepted: int = 0
    in_stock: int = 0
    unknown_products: int = 0
    stores: list[int] = field(default_factory=list)
    stores_in_stock: list[int] = field(default_factory=list)
    stores_rejected: list[int] = field(default_factory=list)
    has_times: bool = False
    spoken: int = 0
    newest: int = 0
    absent_since: int = 0
    reading: str = ""

    def rows_of(self, store: int) -> int:
        """Rows that named this store."""
        return self.stores[store] if store < len(self.stores) else 0

    def keep(self, held: Sequence[int], last: FeedStatistics) -> None:
        """Count the rows that stores which are held have in the version before: they are what stands."""
        for mine, theirs in ((self.stores, last.stores), (self.stores_in_stock, last.stores_in_stock)):
            mine += [0] * (len(last.stores) - len(mine))
            for store in held:
                mine[store] = theirs[store] if store < len(theirs) else 0


@dataclass(slots=True)
class PriceMoves:
    """How prices moved against what was known, product by product and store by store.

    Attributes:
        factor: By which a price must move to be counted as risen or fallen.
        compared: Records that had a price and have one.
        risen, fallen: Of these, those that moved by more than the factor.
        shifted: Of these, those that moved by a factor of 10 or 100: a decimal point that moved.
    """

    factor: float = 2.0
    compared: int = 0
    risen: int = 0
    fallen: int = 0
    shifted: int = 0

    def add(self, base: StockTable, rows: StockTable) -> None:
        """Compare the rows of one bucket, both sorted by key; costs next to nothing where prices stay."""
        at, found = find(base, rows)
        old, new = base.value[at[found]] >> _PRICE_SHIFT, rows.value[found] >> _PRICE_SHIFT
        priced = (old != NO_PRICE) & (new != NO_PRICE)
        self.compared += int(np.count_nonzero(priced))
        moved = priced & (old != new)
        before, after = old[moved].astype(np.float64), new[moved].astype(np.float64)
        self.risen += int(np.count_nonzero(after > self.factor * before))
        self.fallen += int(np.count_nonzero(before > self.factor * after))
        high, low = np.maximum(before, after), np.minimum(before, after)
        # The lower one was rounded to a whole minor unit.
        is_shifted = (np.abs(high - 10 * low) <= 5) | (np.abs(high - 100 * low) <= 50)
        self.shifted += int(np.count_nonzero(is_shifted))
