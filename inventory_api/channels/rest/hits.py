"""A hit as JSON text: parts that many hits share, joined hit by hit, or for many hits column by column.

A dictionary of it costs as much again to make, and again to print.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from inventory_api.channels.reading import BEFORE_AGE, instant
from inventory_api.channels.rest.render import store_json
from inventory_api.domain import stock
from inventory_api.domain.availability import STATUSES, Availability
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.hours import ALWAYS, opening_of
from inventory_api.domain.money import format_minor
from inventory_api.domain.stock import Basis
from inventory_api.domain.store import Store
from inventory_api.lookup.answer import Columns, Hit

WORDS: dict[str, str] = {word: word.value for word in (*STATUSES, *Freshness)}
"""As plain strings: a member's own ``value`` costs more than the rest of its line."""

_NULL = b"null"
_EVER = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class _StoreText:
    """A store's own JSON, what its hits usually say beside their stock, and from when until when it may be shown."""

    store: Store
    json: bytes
    usual: bytes
    since: dt.datetime
    until: dt.datetime


class HitWriter:
    """Writes hits; remembers what of a store changes no sooner than its doors open or close: half of every answer."""

    def __init__(self) -> None:
        self._made: dict[int, _StoreText] = {}

    def write(self, hit: Hit, now: dt.datetime) -> bytes:
        """A store, and what it says of the product."""
        made = self._of(hit.store, now)
        return _where(made, hit.distance_m) + _said(hit, made.usual)

    def write_all(self, shown: Columns, now: dt.datetime) -> list[bytes]:
        """``write`` of hits around one point, where a store has but one distance."""
        wheres: dict[int, bytes] = {}
        usual: dict[int, bytes] = {}
        numbers = [store.id for store in shown.store]
        for number, store, metres in zip(numbers, shown.store, shown.distance_m, strict=True):
            if number not in wheres:
                made = self._of(store, now)
                wheres[number], usual[number] = _where(made, metres), made.usual
        rests = [usual[number] for number in numbers]
        for at, extra in shown.extra.items():
            if extra:
                rests[at] = _rare(extra, shown.store[at])
        parts = zip(
            map(wheres.__getitem__, numbers),
            map(_amount, shown.availability, shown.quantity, shown.quantity_bucket),
            map(money, shown.price, [store.currency for store in shown.store]),
            rests,
            map(_observed_at, shown.observed),
            map(_age, shown.age_s),
            map(_worth, shown.freshness, shown.confidence, shown.basis),
            map(_end, shown.last_known, shown.observed),
            strict=True,
        )
        return list(map(b"".join, parts))

    def visit(self, hits: Mapping[int, tuple[int, Hit]], now: dt.datetime) -> dict[str, Any]:
        """One store with several products, as ``/v1/availability`` shows them.

        Args:
            hits: By product id: how many are wanted, and what the store says.
            now: When it is asked.
        """
        first = next(iter(hits.values()))[1]
        made = self._of(first.store, now)
        items = [
            b'{"product_id":"%014d","wanted":%d,%b' % (product_id, wanted, _said(hit, made.usual))
            for product_id, (wanted, hit) in hits.items()
        ]
        return {
            "store": orjson.Fragment(made.json),
            "distance_m": None if first.distance_m is None else round(first.distance_m),
            "items": [orjson.Fragment(item) for item in items],
        }

    def _of(self, store: Store, now: dt.datetime) -> _StoreText:
        made = self._made.get(store.id)
        if made is None or made.store is not store or not made.since <= now < made.until:
            opening = opening_of(store, now)
            since, until = (_EVER, ALWAYS) if opening is None else (opening.since, opening.until)
            usual = _rest(_NULL, _pickup(store.pickup_method, store.pickup_sla), _NULL)
            made = _StoreText(store, orjson.dumps(store_json(store, opening)), usual, since, until)
            self._made[store.id] = made
        return made


def _where(made: _StoreText, metres: float | None) -> bytes:
    return b'{"store":%b,"distance_m":%b,' % (made.json, _NULL if metres is None else b"%d" % round(metres))


def _said(hit: Hit, usual: bytes) -> bytes:
    """What is said of the product at a store: all members of a hit behind the store and its distance."""
    return b"".join(
        (
            _amount(hit.availability, hit.quantity, hit.quantity_bucket),
            money(hit.price, hit.store.currency),
            _rare(hit.extra, hit.store) if hit.extra else usual,
            _observed_at(hit.observed),
            _age(hit.age_s),
            _worth(hit.freshness, hit.confidence, hit.basis),
            _end(hit.last_known, hit.observed),
        )
    )


@lru_cache(maxsize=65_536)
def _amount(status: Availability, quantity: int | None, bucket: str) -> bytes:
    units = "null" if quantity is None else quantity
    return f'"availability":"{WORDS[status]}","quantity":{units},"quantity_bucket":"{bucket}","price":'.encode()


@lru_cache(maxsize=65_536)
def money(amount: int | None, currency: str | None) -> bytes:
    """An amount in minor units as JSON."""
    if amount is None or currency is None:
        return _NULL
    return orjson.dumps({"amount": format_minor(amount, currency), "currency": currency})


def _rest(sale: bytes, pickup: bytes, aisle: bytes) -> bytes:
    return b',"sale_price":%b,"pickup":%b,"aisle":%b,"observed_at":' % (sale, pickup, aisle)


def _rare(extra: dict[str, Any], store: Store) -> bytes:
    """Sale price, pickup and aisle of a record that has some of them, in place of the usual."""
    sale = _sale(extra["sale"], store.currency) if "sale" in extra else _NULL
    pickup = extra.get("pickup", (store.pickup_method, store.pickup_sla))
    return _rest(sale, _pickup(*pickup), orjson.dumps(extra.get("aisle")))


@lru_cache(maxsize=65_536)
def _observed_at(observed: int) -> bytes:
    return told_at(observed) + BEFORE_AGE + b',"age_s":'


@lru_cache(maxsize=65_536)
def _age(age_s: int | None) -> bytes:
    return _NULL if age_s is None else b"%d" % age_s


@lru_cache(maxsize=65_536)
def _worth(freshness: Freshness, confidence: float, basis: Basis | None) -> bytes:
    source = "null" if basis is None else f'"{basis.name.lower()}"'
    return f',"freshness":"{WORDS[freshness]}","confidence":{confidence},"basis":{source}'.encode()


def _end(last_known: Availability | None, observed: int) -> bytes:
    if last_known is None:
        return b"}"
    told = WORDS[last_known].encode()
    return b',"last_known":{"availability":"%b","observed_at":%b}}' % (told, told_at(observed))


@lru_cache(maxsize=65_536)
def told_at(observed: int) -> bytes:
    """An instant in observed seconds as JSON; null for never."""
    return orjson.dumps(instant(stock.from_observed(observed)) if observed else None)


@lru_cache(maxsize=256)
def _pickup(method: str | None, sla: str | None) -> bytes:
    return _NULL if method is None else orjson.dumps({"method": method, "sla": sla})


def _sale(sale: dict[str, Any], currency: str | None) -> bytes:
    """The sale price, while its period lasts."""
    now = stock.to_observed(dt.datetime.now(dt.UTC))
    if (sale.get("from") or 0) <= now <= (sale.get("to") or now):
        return money(sale["price"], currency)
    return _NULL
