"""Single stock changes over the API: committed to the log, then published, then answered."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import redis
import xxhash

from ingest.publish.stock import StockPublisher
from ingest.sources.changed import ChangedRow, currencies_of, find_product, read_change
from inventory_api.domain.errors import Unavailable
from inventory_api.domain.ports import ChangeOutcome, ChangeResult, StockChange
from inventory_api.domain.stock import HAS_EXTRA, NO_PRICE, StockTable, pack_keys
from inventory_api.storage.sql.engine import Database, Transaction

logger = logging.getLogger(__name__)

AWAY_S = 1.0
"""Redis that did not answer is not asked again so soon: callers wait for it in line, and the sweeper asks anyway."""

_PRICE = NO_PRICE << 24
_T = TypeVar("_T")
Reading = ChangedRow | ChangeResult
"""One change, read: a row for the log, or why there is none."""

Judge = Callable[[Transaction, list[Reading]], list[Reading]]
"""Looks at what was read, in the transaction and under the retailer's lock, and says what shall stand."""

_Known = dict[tuple[int, int], tuple[int, bytes | None]]
"""Value word and rare attributes of records, by (product id, place)."""


@dataclass(slots=True)
class _Outage:
    """Redis did not answer; nobody asks it ``until`` then (monotonic seconds)."""

    until: float = 0.0


class _Line:
    """One connection to the index, and those who wait in line for it."""

    def __init__(self, connect: Callable[[], StockPublisher], outage: _Outage) -> None:
        self._connect = connect
        self._publisher: StockPublisher | None = None
        self._outage = outage
        self._lock = threading.Lock()

    def ask(self, question: Callable[[StockPublisher], _T]) -> _T | None:
        """Ask the index; None while Redis is away."""
        with self._lock:
            if time.monotonic() < self._outage.until:
                return None
            try:
                try:
                    return question(self._open())
                except redis.ConnectionError:
                    # The server was started again since the last change, and an old connection tells so only now.
                    self._publisher = None
                    return question(self._open())
            except (redis.RedisError, Unavailable, OSError) as error:
                logger.warning("the index does not take changes now, they wait in the log: %s", error)
                self._publisher, self._outage.until = None, time.monotonic() + AWAY_S
                return None

    def _open(self) -> StockPublisher:
        if self._publisher is None:
            self._publisher = self._connect()
        return self._publisher


class ChangeDesk:
    """``domain.ports.StockDesk`` on SQL and the index.

    Args:
        connect: Makes a publisher; tried again at a later call where Redis is away at the first.
    """

    def __init__(self, db: Database, connect: Callable[[], StockPublisher]) -> None:
        self._db = db
        # Nobody who only asks shall wait in line behind those who publish.
        outage = _Outage()
        self._asking, self._publishing = _Line(connect, outage), _Line(connect, outage)

    def apply(
        self, retailer_id: str, changes: Sequence[StockChange], judge: Judge = lambda tx, read: read
    ) -> ChangeOutcome:
        """Commit what is well-formed, publish it, and say what became of each change.

        A change speaks of quantity and availability; the price and the rare attributes that it leaves
        unsaid stay as the index has them. Without Redis the commit stands, ``pending`` is set, and a
        worker publishes later; what was unsaid is then unknown. What ``judge`` writes is committed with it.
        """
        now = dt.datetime.now(dt.UTC)
        known = self._known(retailer_id, changes)
        with self._db.write() as tx:
            tx.retailers.lock(retailer_id)
            retailer = tx.retailers.get(retailer_id)
            stores = tx.stores.by_codes(retailer_id, [change.store_code for change in changes])
            currencies = currencies_of(retailer, stores, changes)
            outcomes = judge(tx, [read_change(tx, retailer, stores, currencies, change, now) for change in changes])
            rows = [_completed(outcome, known) for outcome in outcomes if isinstance(outcome, ChangedRow)]
            learned = {
                row.store.id: {"currency": currencies[row.store.store_code]}
                for row in rows
                if row.store.currency is None and currencies[row.store.store_code] is not None
            }
            if rows:
                tx.stores.mark_stocked({row.store.id for row in rows})
                tx.stores.learn(learned)
                tx.deltas.append(retailer_id, _table(rows))
        visible: list[int] | None = []
        if rows:
            visible = self._publishing.ask(
                lambda publisher: _published(publisher, retailer_id, rows, is_news=bool(learned))
            )
        times = iter(visible or [0] * len(rows))
        results = [
            outcome if isinstance(outcome, ChangeResult) else _applied(outcome, next(times)) for outcome in outcomes
        ]
        return ChangeOutcome(results, pending=visible is None)

    def _known(self, retailer_id: str, changes: Sequence[StockChange]) -> _Known:
        """What the index has of these products in these stores; nothing while Redis is away.

        Asked before the transaction: nobody else's writes shall wait for Redis.
        """
        with self._db.read() as tx:
            stores = tx.stores.by_codes(retailer_id, [change.store_code for change in changes])
            found = [
                (find_product(tx, retailer_id, change), stores[change.store_code].place)
                for change in changes
                if change.store_code in stores
            ]
        places = [(product_id, place) for product_id, place in found if product_id is not None]
        if not places:
            return {}
        records = self._asking.ask(lambda publisher: publisher.writer.read_records(places)) or []
        return {
            place: (record.value, record.extra)
            for place, record in zip(places, records, strict=False)
            if record is not None
        }


def _completed(row: ChangedRow, known: _Known) -> ChangedRow:
    """The row with the price and the rare attributes that the index has, where it names none."""
    record = known.get((row.product_id, row.store.place))
    if record is None:
        return row
    value, extra = row.value, record[1]
    if value & _PRICE == _PRICE:
        value = value & ~_PRICE | record[0] & _PRICE
    if extra is not None:
        value |= HAS_EXTRA
    return replace(row, value=value, extra=extra)


def _published(publisher: StockPublisher, retailer_id: str, rows: list[ChangedRow], *, is_news: bool) -> list[int]:
    """Publish, and read back the time of what now stands there."""
    publisher.publish_deltas(retailer_id)
    if is_news:
        publisher.writer.ring()
    records = publisher.writer.read_records([(row.product_id, row.store.place) for row in rows])
    return [0 if record is None else record.observed for record in records]


def _applied(row: ChangedRow, visible: int) -> ChangeResult:
    if visible > row.observed:
        return ChangeResult("older_ignored", None, "observed_at", "a newer change of this product is published")
    return ChangeResult("applied")


def _table(rows: list[ChangedRow]) -> StockTable:
    product = np.array([row.product_id for row in rows], np.uint64)
    number = np.array([row.store.number for row in rows], np.int64)
    value = np.array([row.value for row in rows], np.uint64)
    observed = np.array([row.observed for row in rows], np.uint32)
    digests = [0 if row.extra is None else xxhash.xxh3_64_intdigest(row.extra) for row in rows]
    extras = {digest: row.extra for digest, row in zip(digests, rows, strict=True) if row.extra is not None}
    return StockTable(pack_keys(product, number), value, observed, np.array(digests, np.uint64), extras)
