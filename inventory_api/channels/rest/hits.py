"""Hits as they are printed: structs that ``encode`` writes in C, of parts that many hits share.

A dictionary of a hit costs ten times as much to make and to print.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET, Raw, Struct, UnsetType

from inventory_api.channels.reading import BEFORE_AGE, instant
from inventory_api.channels.rest.render import encode, store_json
from inventory_api.domain import stock
from inventory_api.domain.availability import BUCKETS, STATUS_WORDS, STATUSES
from inventory_api.domain.freshness import FRESHNESS
from inventory_api.domain.hours import ALWAYS, opening_of
from inventory_api.domain.money import format_minor
from inventory_api.domain.stock import BASES
from inventory_api.domain.store import Store
from inventory_api.lookup.answer import Columns, Hit, named, or_none

WORDS: dict[str, str] = {word: word.value for word in (*STATUSES, *FRESHNESS)}
"""As plain strings: a member's own ``value`` costs more than the rest of its line."""

_FRESHNESS_WORDS = [WORDS[word] for word in FRESHNESS]
_BASIS_WORDS = [*(basis.name.lower() for basis in BASES), None]
_NULL = Raw(b"null")
_EVER = dt.datetime.min.replace(tzinfo=dt.UTC)


class LastKnown(Struct, gc=False):
    """What was true before it was unknown."""

    availability: str
    observed_at: str | None


class PrintedHit(Struct, gc=False):
    """``StoreAvailability`` of the document."""

    store: Raw
    distance_m: int | None
    availability: str
    quantity: int | None
    quantity_bucket: str
    price: Raw
    sale_price: Raw
    pickup: Raw
    aisle: str | None
    observed_at: str | None
    age_s: Raw
    freshness: str
    confidence: float
    basis: str | None
    last_known: LastKnown | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class _StoreText:
    """A store's own JSON, how it usually hands over, its prices, and from when until when this may be shown."""

    store: Store
    json: Raw
    pickup: Raw
    price: Callable[[int | None], Raw]
    since: dt.datetime
    until: dt.datetime


class HitPrinter:
    """Makes hits printable; remembers what of a store changes no sooner than its doors open or close."""

    def __init__(self) -> None:
        self._made: dict[int, _StoreText] = {}

    def print(self, hit: Hit, now: dt.datetime) -> PrintedHit:
        """A store, and what it says of the product."""
        made = self._of(hit.store, now)
        printed = PrintedHit(
            made.json,
            None if hit.distance_m is None else round(hit.distance_m),
            WORDS[hit.availability],
            hit.quantity,
            hit.quantity_bucket,
            made.price(hit.price),
            _NULL,
            made.pickup,
            None,
            told_at(hit.observed),
            _age(hit.age_s),
            WORDS[hit.freshness],
            hit.confidence,
            None if hit.basis is None else _BASIS_WORDS[hit.basis],
        )
        if hit.extra:
            _add_rare(printed, hit.extra, made)
        if hit.last_known is not None:
            printed.last_known = LastKnown(WORDS[hit.last_known], printed.observed_at)
        return printed

    def print_all(self, shown: Columns, now: dt.datetime) -> list[PrintedHit]:
        """``print`` of many hits."""
        made = [self._of(store, now) for store in shown.store]
        ways = repeat(None) if shown.distance_m is None else np.rint(shown.distance_m).astype(np.int64).tolist()
        hits = list(
            map(
                PrintedHit,
                [text.json for text in made],
                ways,
                named(STATUS_WORDS, shown.availability),
                or_none(shown.quantity),
                named(BUCKETS, shown.quantity_bucket),
                [text.price(price) for text, price in zip(made, or_none(shown.price), strict=True)],
                repeat(_NULL),
                [text.pickup for text in made],
                repeat(None),
                map(told_at, shown.observed.tolist()),
                map(_age, or_none(shown.age_s)),
                named(_FRESHNESS_WORDS, shown.freshness),
                shown.confidence.tolist(),
                named(_BASIS_WORDS, shown.basis),
            )
        )
        for at, extra in shown.extra.items():
            if extra:
                _add_rare(hits[at], extra, made[at])
        for at in np.flatnonzero(shown.last_known >= 0).tolist():
            hits[at].last_known = LastKnown(STATUS_WORDS[shown.last_known[at]], hits[at].observed_at)
        return hits

    def visit(self, hits: Mapping[int, tuple[int, Hit]], now: dt.datetime) -> dict[str, Any]:
        """One store with several products, as ``/v1/availability`` shows them.

        Args:
            hits: By product id: how many are wanted, and what the store says.
            now: When it is asked.
        """
        items = []
        for product_id, (wanted, hit) in hits.items():
            said = msgspec.structs.asdict(self.print(hit, now))
            where = {name: said.pop(name) for name in ("store", "distance_m")}
            named_as = {"product_id": f"{product_id:014d}", "wanted": wanted}
            items.append(named_as | {name: value for name, value in said.items() if value is not UNSET})
        return where | {"items": items}

    def _of(self, store: Store, now: dt.datetime) -> _StoreText:
        made = self._made.get(store.id)
        if made is None or made.store is not store or not made.since <= now < made.until:
            opening = opening_of(store, now)
            since, until = (_EVER, ALWAYS) if opening is None else (opening.since, opening.until)
            pickup = _pickup(store.pickup_method, store.pickup_sla)
            made = _StoreText(
                store, Raw(encode(store_json(store, opening))), pickup, _price_in(store.currency), since, until
            )
            self._made[store.id] = made
        return made


def _add_rare(printed: PrintedHit, extra: Mapping[str, Any], made: _StoreText) -> None:
    """Sale price, pickup and aisle of a record that has some of them, in place of the usual."""
    if "sale" in extra:
        printed.sale_price = _sale(extra["sale"], made)
    if "pickup" in extra:
        printed.pickup = _pickup(*extra["pickup"])
    printed.aisle = extra.get("aisle")


@lru_cache(maxsize=256)
def _price_in(currency: str | None) -> Callable[[int | None], Raw]:
    """How amounts of a currency are printed, each remembered."""

    @lru_cache(maxsize=65_536)
    def price(amount: int | None) -> Raw:
        if amount is None or currency is None:
            return _NULL
        return Raw(encode({"amount": format_minor(amount, currency), "currency": currency}))

    return price


def money(amount: int | None, currency: str | None) -> Raw:
    """An amount in minor units as JSON."""
    return _price_in(currency)(amount)


@lru_cache(maxsize=65_536)
def _age(age_s: int | None) -> Raw:
    return _NULL if age_s is None else Raw(BEFORE_AGE + b"%d" % age_s)


@lru_cache(maxsize=65_536)
def told_at(observed: int) -> str | None:
    """An instant in observed seconds as it is told; None for never."""
    return instant(stock.from_observed(observed)) if observed else None


@lru_cache(maxsize=256)
def _pickup(method: str | None, sla: str | None) -> Raw:
    return _NULL if method is None else Raw(encode({"method": method, "sla": sla}))


def _sale(sale: Mapping[str, Any], made: _StoreText) -> Raw:
    """The sale price, while its period lasts."""
    now = stock.to_observed(dt.datetime.now(dt.UTC))
    if (sale.get("from") or 0) <= now <= (sale.get("to") or now):
        return made.price(sale["price"])
    return _NULL
