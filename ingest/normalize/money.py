"""Prices of rows: one currency a store, a sale below the price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.normalize.cells import Cells
from ingest.normalize.identity import StoreBook
from ingest.normalize.ledger import Ledger
from ingest.normalize.price import BARE, CODES, NONE, Currencies, PriceReader, pack_currency, unpack_currency
from ingest.notices import Severity
from ingest.rows import FeedContext
from inventory_api.domain.arrays import Ints, Mask

_CODES = tuple(
    zip(CODES, (Severity.WARNING,) * 3 + (Severity.INFO,) * 3, strict=True),
)


_PARKED = "The store is not known yet, and the price is not in your currency; the price was dropped."


@dataclass(frozen=True, slots=True)
class _Amounts:
    minor: Ints
    currency: Currencies
    flags: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Prices:
    """Price and sale price of each row in minor units of its store's currency, negative for none."""

    minor: Ints
    sale: Ints


class PriceRules:
    """Reads the prices of one feed."""

    def __init__(self, context: FeedContext, stores: StoreBook) -> None:
        self._default = context.currency
        self._stores = stores
        self._reader = PriceReader(context.decimal)

    def read(self, prices: Cells, sales: Cells, store: Ints, ledger: Ledger) -> Prices:
        """Read both columns; stores without a currency learn theirs from rows not rejected."""
        price = self._amounts(prices)
        has_sales = bool((sales.texts.length > 0).any())
        sale = self._amounts(sales) if has_sales else None
        expected = self._learn(price, sale, store, ledger)
        self._settle(price, prices, "price", expected, store, ledger)
        if sale is None:
            return Prices(price.minor, np.full(len(store), NONE, np.int64))
        self._settle(sale, sales, "sale_price", expected, store, ledger)
        too_high = (sale.minor >= price.minor) & (sale.minor >= 0) & (price.minor >= 0)
        ledger.tell("sale_price_not_lower", Severity.WARNING, np.flatnonzero(too_high), "sale_price", sales)
        sale.minor[too_high] = NONE
        return Prices(price.minor, sale.minor)

    def _amounts(self, cells: Cells) -> _Amounts:
        minor, currency, flags = self._reader.read(cells.texts, self._default)
        return _Amounts(cells.spread(minor).copy(), cells.spread(currency).copy(), cells.spread(flags).copy())

    def _learn(self, price: _Amounts, sale: _Amounts | None, store: Ints, ledger: Ledger) -> Currencies:
        """Teach stores without a currency the first that they sell in; return what each row must be in."""
        currency, is_given = price.currency, price.minor >= 0
        if sale is not None:
            currency = np.where(is_given, currency, sale.currency)
            is_given |= sale.minor >= 0
        book = self._stores
        if self._default is None:
            currency, is_given = self._at_home(price, sale, store, currency, is_given)
        rows = np.flatnonzero(is_given & (store >= 0) & ~ledger.rejected & (book.currency[store] == 0))
        numbers, first = np.unique(store[rows], return_index=True)
        for number, row in zip(numbers.tolist(), rows[first].tolist(), strict=True):
            book.learn_currency(number, int(currency[row]))
        default = pack_currency(self._default)
        expected = np.where(store >= 0, book.currency[store], default).astype(np.uint32)
        if default == 0:
            # A bare amount takes no currency from a later row: another batch might have held that.
            for number, row in zip(numbers.tolist(), rows[first].tolist(), strict=True):
                expected[:row][store[:row] == number] = 0
        return expected

    def _at_home(
        self, price: _Amounts, sale: _Amounts | None, store: Ints, currency: Currencies, is_given: Mask
    ) -> tuple[Currencies, Mask]:
        """Take rows that have only a bare amount for ones in the currency of their store's country."""
        is_bare = price.flags & BARE != 0
        if sale is not None:
            is_bare |= sale.flags & BARE != 0
        home = np.where(store >= 0, self._stores.home[store], 0).astype(np.uint32)
        taken = is_bare & ~is_given & (home > 0)
        return np.where(taken, home, currency), is_given | taken

    def _settle(
        self, amounts: _Amounts, cells: Cells, name: str, expected: Currencies, store: Ints, ledger: Ledger
    ) -> None:
        """Report one column and drop what is not in the currency that its row must be in."""
        if amounts.flags.any():
            self._read_bare(amounts, cells, expected, ledger)
            ledger.tell_flags(amounts.flags, _CODES, name, cells)
        other = (amounts.minor >= 0) & (amounts.currency != expected) & ~ledger.rejected
        if other.any():
            ledger.tell("price_currency", Severity.WARNING, np.flatnonzero(other & (store >= 0)), name, cells)
            parked = np.flatnonzero(other & (store < 0))
            ledger.tell("price_currency", Severity.WARNING, parked, name, cells, message=_PARKED)
            amounts.minor[other] = NONE

    def _read_bare(self, amounts: _Amounts, cells: Cells, expected: Currencies, ledger: Ledger) -> None:
        """Read amounts that name no currency again where the store's is not the retailer's."""
        is_bare = (amounts.flags & BARE != 0) & ~ledger.rejected
        rows = np.flatnonzero(is_bare & (expected != pack_currency(self._default)) & (expected != 0))
        for packed in np.unique(expected[rows]).tolist():
            same = rows[expected[rows] == packed]
            part = cells.take(same)
            minor, currency, flags = self._reader.read(part.texts, unpack_currency(packed))
            amounts.minor[same] = part.spread(minor)
            amounts.currency[same] = part.spread(currency)
            amounts.flags[same] = part.spread(flags)
