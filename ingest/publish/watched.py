"""Which of the products that somebody waits for a publication changes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inventory_api.domain.stock import U64, StockTable


class Watched:
    """Products that are watched, and those of them that were seen to change.

    A hint, to be quick: what a publication had found when it was killed, the next round over all watches finds.
    """

    def __init__(self, products: U64) -> None:
        self._products = products
        self._found: list[U64] = []

    def among(self, buckets: Iterator[tuple[StockTable, StockTable]]) -> Iterator[tuple[StockTable, StockTable]]:
        """The same buckets of what to merge and what to drop, looked at on their way."""
        for merge, drop in buckets:
            if len(self._products):
                self._found.append(np.intersect1d(self._products, merge.product))
            yield merge, drop

    def changed(self, watched: U64) -> U64:
        """The products that were seen to change, and those that are watched now and were not when it began."""
        return np.unique(np.concatenate([*self._found, np.setdiff1d(watched, self._products)]))
