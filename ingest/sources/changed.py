"""One change as a caller wrote it, read into the words of the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.normalize.availability import agree, parse_availability
from ingest.normalize.countries import currency_of
from ingest.normalize.gtin import unwrap
from ingest.normalize.price import parse_price
from inventory_api.domain.errors import InvalidGtin
from inventory_api.domain.identifiers import GTIN_LENGTHS, OWN_BASE, is_restricted, parse_gtin
from inventory_api.domain.ports import ChangeResult, StockChange
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.stock import MAX_QUANTITY, Basis, Claim, pack_state, pack_value, to_observed
from inventory_api.domain.store import Store
from inventory_api.storage.sql.engine import Transaction

MAX_AHEAD = dt.timedelta(minutes=10)
MAX_UNITS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A well-formed change; ``value`` and ``observed`` as in ``domain.stock``, ``extra`` as JSON."""

    store: Store
    product_id: int
    value: int
    observed: int
    extra: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Refusal(Exception):
    code: str
    field: str
    message: str


def read_change(
    tx: Transaction,
    retailer: Retailer,
    stores: Mapping[str, Store],
    currencies: Mapping[str, str | None],
    change: StockChange,
    now: dt.datetime,
) -> ChangedRow | ChangeResult:
    """Read one change; a ``ChangeResult`` where it is refused or older than what is published.

    Articles that are new get their number in this transaction. ``currencies`` is by store code.
    """
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
    return ChangedRow(store, product_id, value, observed)


def find_product(tx: Transaction, retailer_id: str, change: StockChange) -> int | None:
    """The product of a change that needs no new number, None for any other."""
    known = None if change.id is None else tx.products.find_sku(retailer_id, change.id)
    if known is not None or change.gtin is None:
        return known
    try:
        gtin = parse_gtin(unwrap(change.gtin))
    except InvalidGtin:
        return None
    return tx.products.find_sku(retailer_id, change.id or change.gtin) if is_restricted(gtin) else gtin


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
    if claim is Claim.UNKNOWN and units < 0 and not change.untracked:
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


def currencies_of(
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


def _refused(code: str, field: str, message: str) -> ChangeResult:
    return ChangeResult("rejected", code, field, message)
