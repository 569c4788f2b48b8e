"""Sale periods, aisles and pickup terms of rows: what goes to ``extra``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ingest.normalize import pickup
from ingest.normalize.cells import Cells, Residue
from ingest.normalize.extras import MAX_AISLE_BYTES, Attributes, parse_period
from ingest.normalize.identity import StoreBook
from ingest.normalize.ledger import Ledger
from ingest.normalize.money import Prices
from ingest.normalize.pickup import parse_method, parse_sla
from ingest.notices import Severity
from ingest.rows import FeedContext
from inventory_api.domain.arrays import Ints

_UNREADABLE = -1


class TermRules:
    """Reads the rare attributes of one feed's rows."""

    def __init__(self, context: FeedContext, stores: StoreBook) -> None:
        self._stores = stores
        self._date_order = context.date_order
        self._zone = stores.zones.number(context.timezone)
        self._periods: dict[int, Residue] = {}
        self._methods = Residue(lambda text: (_index(parse_method(text), pickup.METHODS),))
        self._slas = Residue(lambda text: (_index(parse_sla(text), pickup.SLAS),))

    def read(self, columns: dict[str, Cells], blank: Cells, prices: Prices, store: Ints, ledger: Ledger) -> Attributes:
        """Read the columns, and learn the pickup terms of stores that have none."""
        sale = prices.sale
        begin, end = np.zeros(len(store), np.int64), np.zeros(len(store), np.int64)
        if "sale_price_effective_date" in columns and (sale >= 0).any():
            sale = sale.copy()
            self._read_periods(columns["sale_price_effective_date"], sale, begin, end, store, ledger)
        aisle = columns.get("instore_product_location", blank)
        is_long = aisle.texts.length > MAX_AISLE_BYTES
        if is_long.any():
            rows = np.flatnonzero(aisle.spread(is_long))
            ledger.tell("column_value_too_long", Severity.WARNING, rows, "instore_product_location", aisle)
        has_aisle = aisle.spread(aisle.texts.length > 0)
        terms = self._read_pickup(columns.get("pickup_method", blank), columns.get("pickup_sla", blank), store, ledger)
        return Attributes(sale, begin, end, aisle, has_aisle, terms)

    def _read_periods(self, cells: Cells, sale: Ints, begin: Ints, end: Ints, store: Ints, ledger: Ledger) -> None:
        """Set begin and end of each sale; one whose period cannot be read is dropped, lest it never end."""
        rows = np.flatnonzero((sale >= 0) & cells.spread(cells.texts.length > 0))
        zone = self._stores.zone_of(store[rows], self._zone)
        for number in np.unique(zone).tolist():
            same = rows[zone == number]
            part = cells.take(same).encoded()
            begins, ends = np.zeros(len(part.texts), np.int64), np.zeros(len(part.texts), np.int64)
            used = np.zeros(len(part.texts), np.bool_)
            used[part.row] = True
            self._period_residue(number).read_into(part.texts, used, begins, ends)
            begin[same], end[same] = part.spread(begins), part.spread(ends)
        unreadable = np.flatnonzero(begin == _UNREADABLE)
        ledger.tell("timestamp_invalid", Severity.WARNING, unreadable, "sale_price_effective_date", cells)
        sale[unreadable], begin[unreadable] = _UNREADABLE, 0

    def _period_residue(self, number: int) -> Residue:
        if number not in self._periods:
            zone = self._stores.zones.get(number)

            def read(text: str) -> tuple[int, int]:
                period, _ = parse_period(text, zone, self._date_order)
                return (_UNREADABLE, 0) if period is None else (period[0] or 0, period[1] or 0)

            self._periods[number] = Residue(read)
        return self._periods[number]

    def _read_pickup(self, methods: Cells, slas: Cells, store: Ints, ledger: Ledger) -> NDArray[np.int16]:
        """Packed pickup terms where a row's differ from its store's, else 0."""
        method = self._words(methods, self._methods, "pickup_method", ledger)
        if method is None:
            return np.zeros(len(store), np.int16)
        sla = self._words(slas, self._slas, "pickup_sla", ledger)
        terms = pickup.pack_pickups(method, np.zeros(len(store), np.int64) if sla is None else sla)
        learns = (terms > 0) & (store >= 0) & ~ledger.rejected
        learns &= self._stores.pickup[store] == pickup.NONE
        rows = np.flatnonzero(learns)
        numbers, first = np.unique(store[rows], return_index=True)
        for number, row in zip(numbers.tolist(), rows[first].tolist(), strict=True):
            self._stores.learn_pickup(number, int(terms[row]))
        is_default = (store >= 0) & (terms == self._stores.pickup[store])
        terms[is_default] = pickup.NONE
        return terms

    @staticmethod
    def _words(cells: Cells, residue: Residue, name: str, ledger: Ledger) -> Ints | None:
        """1 + index of each row's word, 0 for none; None where the whole column is blank."""
        given = cells.texts.length > 0
        if not given.any():
            return None
        by_text = np.zeros(len(cells.texts), np.int64)
        residue.read_into(cells.texts, given, by_text)
        bad = by_text == _UNREADABLE
        if bad.any():
            ledger.tell("pickup_unknown", Severity.WARNING, np.flatnonzero(cells.spread(bad)), name, cells)
            by_text[bad] = 0
        return cells.spread(by_text)


def _index(word: str | None, words: tuple[str, ...]) -> int:
    return _UNREADABLE if word is None else 1 + words.index(word)
