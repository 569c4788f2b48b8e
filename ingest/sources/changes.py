"""Single stock changes over the API: committed to the log, then published, then answered."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import redis

from ingest.normalize.availability import agree, parse_availability
from ingest.normalize.countries import currency_of
from ingest.normalize.gtin import unwrap
from ingest.normalize.price import parse_price
from ingest.publish.stock import StockPublisher
from inventory_api.domain.errors import InvalidGtin, Unavailable
from inventory_api.domain.identifiers import GTIN_LENGTHS, OWN_BASE, is_restricted, parse_gtin
from inventory_api.domain.ports import ChangeOutcome, ChangeResult, StockChange
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.stock import (
    MAX_QUANTITY,
    Basis,
    Claim,
    StockTable,
    pack_keys,
    pack_state,
    pack_value,
    to_observed,
)
from inventory_api.domain.store import Store
from inventory_api.storage.sql.engine import Database, Transaction

logger = logging.getLogger(__name__)

MAX_AHEAD = dt.timedelta(minutes=10)
MAX_UNITS = 2**31 - 1
AWAY_S = 1.0
"""Redis that did not answer is not asked again so soon: callers wait for it in line, and the sweeper asks anyway."""


@dataclass(frozen=True, slots=True)
class _Row:
    store: Store
    product_id: int
    value: int
    observed: int


@dataclass(frozen=True, slots=True)
class _Refusal(Exception):
    code: str
    field: str
    message: str


class ChangeDesk:
    """``domain.ports.StockDesk`` on SQL and the index.

    Args:
        connect: Makes a publisher; tried again at a later call where Redis is away at the first.
    """

    def __init__(self, db: Database, connect: Callable[[], StockPublisher]) -> None:
        self._db = db
        self._connect = connect
        self._publisher: StockPublisher | None = None
        self._away_until = 0.0
        self._lock = threading.Lock()

    def apply(self, retailer_id: str, changes: Sequence[StockChange]) -> ChangeOutcome:
        """Commit what is well-formed, publish it, and say what became of each change.

        Without Redis the commit stands, ``pending`` is set, and a worker publishes later.
        """
        now = dt.datetime.now(dt.UTC)
        with self._db.write() as tx:
            tx.retailers.lock(retailer_id)
            retailer = tx.retailers.get(retailer_id)
            stores = tx.stores.by_codes(retailer_id, [change.store_code for change in changes])
            currencies = _currencies(retailer, stores, changes)
            outcomes = [_read(tx, retailer, stores, currencies, change, now) for change in changes]
            rows = [outcome for outcome in outcomes if isinstance(outcome, _Row)]
            if rows:
                tx.stores.mark_stocked({row.store.id for row in rows})
                tx.stores.learn(
                    {
                        row.store.id: {"currency": currencies[row.store.store_code]}
                        for row in rows
                        if row.store.currency is None and currencies[row.store.store_code] is not None
                    }
                )
                tx.deltas.append(retailer_id, _table(rows))
        visible = self._publish(retailer_id, rows) if rows else []
        pending = visible is None
        times = iter(visible or [0] * len(rows))
        results = [
            outcome if isinstance(outcome, ChangeResult) else _applied(outcome, next(times)) for outcome in outcomes
        ]
        return ChangeOutcome(results, pending=pending)

    def _publish(self, retailer_id: str, rows: list[_Row]) -> list[int] | None:
        """Publish, and read back what now stands there; None while Redis is away."""
        with self._lock:
            if time.monotonic() < self._away_until:
                return None
            try:
                try:
                    return self._send(retailer_id, rows)
                except redis.ConnectionError:
                    if self._publisher is None:
                        raise
                    # The server was started again since the last change, and an old connection tells so only now.
                    self._publisher = None
                    return self._send(retailer_id, rows)
            except (redis.RedisError, Unavailable, OSError) as error:
                logger.warning("changes of %s are committed, not yet visible: %s", retailer_id, error)
                self._publisher, self._away_until = None, time.monotonic() + AWAY_S
                return None

    def _send(self, retailer_id: str, rows: list[_Row]) -> list[int]:
        if self._publisher is None:
            self._publisher = self._connect()
        self._publisher.publish_deltas(retailer_id)
        return self._publisher.writer.read_observed([(row.product_id, row.store.place) for row in rows])


def _applied(row: _Row, visible: int) -> ChangeResult:
    if visible > row.observed:
        return ChangeResult("older_ignored", None, "observed_at", "a newer change of this product is published")
    return ChangeResult("applied")


def _read(
    tx: Transaction,
    retailer: Retailer,
    stores: Mapping[str, Store],
    currencies: Mapping[str, str | None],
    change: StockChange,
    now: dt.datetime,
) -> _Row | ChangeResult:
    store = stores.get(change.store_code)
    if store is None:
        return _refused("store_unknown", "store_code", f"you have no store {change.store_code!r}")
    try:
        product_id = _product(tx, retailer.id, change)
        value = _value(change, currencies[store.store_code])
        observed = _observed(change, now)
    except _Refusal as refusal:
        return _refused(refusal.code, refusal.field, refusal.message)
    if observed < store.snapshot_at:
        return ChangeResult(
            "older_ignored", "outdated_feed", "observed_at", "a newer full feed of this store is published"
        )
    return _Row(store, product_id, value, observed)


def _product(tx: Transaction, retailer_id: str, change: StockChange) -> int:
    known = None if change.id is None else tx.products.find_sku(retailer_id, change.id)
    if known is not None:
        return known
    if change.gtin is None:
        if change.id is None:
            raise _Refusal("id_missing", "id", "give an id or a gtin")
        return _number(tx, retailer_id, change.id)
    try:
        gtin = parse_gtin(unwrap(change.gtin))
    except InvalidGtin as error:
        raise _Refusal(_code_of(change.gtin), "gtin", error.reason) from None
    if is_restricted(gtin):
        sku = change.id or change.gtin
        return tx.products.find_sku(retailer_id, sku) or _number(tx, retailer_id, sku)
    if change.id is not None:
        tx.products.link_skus(retailer_id, [(change.id, gtin)])
    return gtin


def _code_of(text: str) -> str:
    """Which notice fits a code that is no GTIN."""
    digits = unwrap(text).strip()
    return (
        "gtin_check_digit" if digits.isascii() and digits.isdigit() and len(digits) in GTIN_LENGTHS else "gtin_format"
    )


def _number(tx: Transaction, retailer_id: str, sku: str) -> int:
    product_id = OWN_BASE + tx.products.reserve_own_numbers(1)
    tx.products.link_skus(retailer_id, [(sku, product_id)])
    return product_id


def _value(change: StockChange, currency: str | None) -> int:
    claim, codes = parse_availability((change.availability or "").strip())
    if "availability_unknown" in codes and change.quantity is None:
        raise _Refusal("availability_unknown", "availability", "use in_stock, low_stock or out_of_stock")
    if change.quantity is not None and not -MAX_UNITS <= change.quantity <= MAX_UNITS:
        raise _Refusal("quantity_overflow", "quantity", "larger than any shop holds")
    units = -1 if change.quantity is None else min(max(change.quantity, 0), MAX_QUANTITY)
    if claim is Claim.UNKNOWN and units < 0:
        raise _Refusal("quantity_missing", "quantity", "give a quantity or an availability")
    agreed, quantity, _ = agree(np.array([int(claim)]), np.array([units]), np.array([False]))
    price, price_codes = parse_price((change.price or "").strip(), currency)
    if change.price and (price is None or (currency is not None and price.currency != currency)):
        code = next(
            (c for c in price_codes if c in ("price_zero", "price_overflow", "price_invalid")), "price_currency"
        )
        raise _Refusal(code, "price", f"write the price as 5.49 {currency or 'USD'}")
    state = pack_state(int(agreed[0]), Basis.POS_EVENT)
    known = int(quantity[0])
    return pack_value(state, None if known < 0 else known, None if price is None else price.minor)


def _observed(change: StockChange, now: dt.datetime) -> int:
    if change.observed_at is None:
        return to_observed(now)
    return to_observed(now if change.observed_at > now + MAX_AHEAD else change.observed_at)


def _currencies(
    retailer: Retailer, stores: Mapping[str, Store], changes: Sequence[StockChange]
) -> dict[str, str | None]:
    """What each store sells in; one that has no currency takes that of its first price."""
    found = {code: store.currency for code, store in stores.items()}
    for change in changes:
        if change.price and found.get(change.store_code, "") is None:
            home = retailer.currency or currency_of(stores[change.store_code].country)
            price, _ = parse_price(change.price.strip(), home)
            found[change.store_code] = None if price is None else price.currency
    return found


def _table(rows: list[_Row]) -> StockTable:
    product = np.array([row.product_id for row in rows], np.uint64)
    number = np.array([row.store.number for row in rows], np.int64)
    value = np.array([row.value for row in rows], np.uint64)
    observed = np.array([row.observed for row in rows], np.uint32)
    return StockTable(pack_keys(product, number), value, observed, np.zeros(len(rows), np.uint64))


def _refused(code: str, field: str, message: str) -> ChangeResult:
    return ChangeResult("rejected", code, field, message)
