"""A lookup's answer as JSON: full, or compact for slow lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from inventory_api.channels.reading import BEFORE_AGE, instant
from inventory_api.channels.rest.origin import Origin
from inventory_api.channels.rest.render import feature_json, origin_json, radius_json, store_json
from inventory_api.domain import stock
from inventory_api.domain.availability import STATUSES, Availability
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.hours import ALWAYS, opening_of
from inventory_api.domain.identifiers import format_product_id, is_gtin
from inventory_api.domain.money import format_minor
from inventory_api.domain.store import Store
from inventory_api.lookup.availability import Answer, Hit

_WORDS: dict[str, str] = {word: word.value for word in (*STATUSES, *Freshness)}
"""As plain strings: a member's own ``value`` costs more than the rest of its line."""

_BASIS_WORDS = {basis: f'"{basis.name.lower()}"' for basis in stock.Basis}
_BEFORE_AGE = BEFORE_AGE.decode()
_FIRST_OF = {"best": "nearest", "distance": "nearest", "price": "cheapest", "updated": "latest"}
"""What the first store of a list is, by the list's order."""

_BARE_CARD = b'"title":null,"brand":null,"image_url":null}'


class AnswerWriter:
    """Writes answers; remembers what of each store's JSON never changes."""

    def __init__(self) -> None:
        self._fragments = _StoreFragments()

    def write(
        self,
        answer: Answer,
        origin: Origin | None,
        more: str | None,
        *,
        is_compact: bool,
        explains: bool,
        is_geo: bool = False,
    ) -> bytes:
        """The JSON of an answer.

        Args:
            answer: What the lookup found.
            origin: Where it was asked, None where stores were named.
            more: The cursor to the next page.
            is_compact: Leave out what a phone on a slow line does without.
            explains: Say why stores were left out.
            is_geo: As a GeoJSON ``FeatureCollection``, the rest of the answer beside its ``features``.
        """
        body = _compact(answer, more) if is_compact else self._full(answer, origin, more)
        if is_geo:
            if is_compact:
                properties = body["stores"]
            else:
                properties = [orjson.Fragment(_hit(hit, self._fragments, answer.as_of)) for hit in answer.hits]
            shown = [feature_json(hit.store, said) for hit, said in zip(answer.hits, properties, strict=True)]
            body = {"type": "FeatureCollection"} | {
                "features" if name == "stores" else name: shown if name == "stores" else value
                for name, value in body.items()
            }
        if explains:
            body["explain"] = [{"store_id": store.public_id, "reason": reason} for store, reason in answer.left_out]
        return orjson.dumps(body)

    def item(self, answer: Answer, product_id: int, *, is_compact: bool) -> dict[str, Any]:
        """One of several answers that share their question; fragments included, for ``orjson.dumps``."""
        if is_compact:
            body = _compact(answer, None)
            return {"product": _compact_product(answer, product_id)} | {name: body[name] for name in _ITEM}
        return {
            "product": _product(product_id, answer.card),
            "best": _best(answer),
            "stores": self._hits(answer),
            "excluded": answer.excluded,
            "summary": answer.summary,
            "say": answer.say,
        }

    def _hits(self, answer: Answer) -> orjson.Fragment:
        return orjson.Fragment(f"[{','.join([_hit(hit, self._fragments, answer.as_of) for hit in answer.hits])}]")

    def visit(self, hits: Mapping[int, tuple[int, Hit]], now: dt.datetime) -> dict[str, Any]:
        """One store with several products, as ``/v1/availability`` shows them.

        Args:
            hits: By product id: how many are wanted, and what the store says.
            now: When it is asked.
        """
        first = next(iter(hits.values()))[1]
        made = self._fragments.of(first.store, now)
        items = [
            f'{{"product_id":"{format_product_id(product_id)}","wanted":{wanted},{_said(hit, made.pickup)}'
            for product_id, (wanted, hit) in hits.items()
        ]
        return {
            "store": orjson.Fragment(made.store_json),
            "distance_m": None if first.distance_m is None else round(first.distance_m),
            "items": [orjson.Fragment(item) for item in items],
        }

    def _full(self, answer: Answer, origin: Origin | None, more: str | None) -> dict[str, Any]:
        question = answer.question
        printed = format_product_id(question.product_id)
        gtin = printed if is_gtin(question.product_id) else None
        asked: dict[str, Any] = {"product_id": printed, "gtin": gtin}
        if origin is not None:
            asked |= {"origin": origin_json(origin), "radius_m": radius_json(question.radius_m)}
        elif question.store_ids is not None:
            asked["store_ids"] = [f"s{number}" for number in question.store_ids]
        return {
            "query": asked,
            "as_of": _instant(stock.to_observed(answer.as_of)),
            "product": _product(question.product_id, answer.card),
            "best": _best(answer),
            "stores": self._hits(answer),
            "excluded": answer.excluded,
            "summary": answer.summary,
            "say": answer.say,
            "next_cursor": more,
        }


_ITEM = ("best", "stores", "excluded", "summary", "say")


def _compact_product(answer: Answer, product_id: int) -> dict[str, Any]:
    card = orjson.loads(answer.card) if answer.card else {}
    return {"id": format_product_id(product_id), "title": card.get("title")}


def _compact(answer: Answer, more: str | None) -> dict[str, Any]:
    """Ten stores fit in 2 kB: what the caller knows already, and every zero, has to go."""
    question = answer.question
    return {
        "query": {"radius_m": radius_json(question.radius_m)} if question.store_ids is None else {},
        "as_of": _instant(stock.to_observed(answer.as_of)),
        "product": _compact_product(answer, question.product_id),
        "best": _best(answer),
        "stores": [
            {
                "store": {"id": hit.store.public_id, "name": hit.store.name},
                "distance_m": None if hit.distance_m is None else round(hit.distance_m),
                "availability": _WORDS[hit.availability],
                "price": orjson.Fragment(_money(hit.price, hit.store.currency)),
                "age_s": hit.age_s,
            }
            for hit in answer.hits
        ],
        "excluded": answer.excluded,
        "summary": {word: count for word, count in answer.summary.items() if count or word == "checked"},
        "say": answer.say,
        "next_cursor": more,
    }


@dataclass(frozen=True, slots=True)
class _Made:
    """A store's own JSON, and from when until when it may be shown."""

    store: Store
    store_json: str
    pickup: str
    since: dt.datetime
    until: dt.datetime


class _StoreFragments:
    """What of each store's JSON changes no sooner than its doors open or close: it is half of every answer."""

    def __init__(self) -> None:
        self._made: dict[int, _Made] = {}

    def of(self, store: Store, now: dt.datetime) -> _Made:
        """The store's own JSON as it is now."""
        made = self._made.get(store.id)
        if made is None or made.store is not store or not made.since <= now < made.until:
            opening = opening_of(store, now)
            since, until = (_EVER, ALWAYS) if opening is None else (opening.since, opening.until)
            pickup = _pickup(store.pickup_method, store.pickup_sla)
            made = self._made[store.id] = _Made(store, _text(store_json(store, opening)), pickup, since, until)
        return made


_EVER = dt.datetime.min.replace(tzinfo=dt.UTC)


def _product(product_id: int, card: bytes | None) -> orjson.Fragment:
    printed = format_product_id(product_id)
    gtin = f'"{printed}"' if is_gtin(product_id) else "null"
    return orjson.Fragment(f'{{"id":"{printed}","gtin":{gtin},'.encode() + (card[1:] if card else _BARE_CARD))


def _best(answer: Answer) -> dict[str, str] | None:
    """The store to go to, and why: ``in_stock_nearest``, or just ``in_stock`` where no distance was asked."""
    hit, question = answer.best, answer.question
    if hit is None:
        return None
    reason = _WORDS[hit.availability]
    if question.open_at is not None:
        reason += "_open"
    if question.store_ids is None or question.sort not in ("best", "distance"):
        reason += f"_{_FIRST_OF[question.sort]}"
    return {"store_id": hit.store.public_id, "reason": reason}


def _hit(hit: Hit, fragments: _StoreFragments, now: dt.datetime) -> str:
    """One store's answer. Written as text: a dictionary of it costs as much again to make, and again to print."""
    distance = "null" if hit.distance_m is None else round(hit.distance_m)
    made = fragments.of(hit.store, now)
    return f'{{"store":{made.store_json},"distance_m":{distance},{_said(hit, made.pickup)}'


def _said(hit: Hit, pickup: str) -> str:
    """What is said of the product at a store: all members of ``_hit`` behind the store and its distance."""
    currency = hit.store.currency
    sale, aisle = "null", "null"
    if hit.extra:
        sale, pickup, aisle = _rare(hit.extra, currency, pickup)
    last_known = "}" if hit.last_known is None else f',"last_known":{_last_known(hit.last_known, hit.observed)}}}'
    return (
        f'"availability":"{_WORDS[hit.availability]}"'
        f',"quantity":{"null" if hit.quantity is None else hit.quantity},"quantity_bucket":"{hit.quantity_bucket}"'
        f',"price":{_money(hit.price, currency)},"sale_price":{sale},"pickup":{pickup},"aisle":{aisle}'
        f',"observed_at":{_observed_at(hit.observed)}{_BEFORE_AGE},"age_s":{"null" if hit.age_s is None else hit.age_s}'
        f',"freshness":"{_WORDS[hit.freshness]}","confidence":{hit.confidence}'
        f',"basis":{"null" if hit.basis is None else _BASIS_WORDS[hit.basis]}{last_known}'
    )


def _last_known(status: Availability, observed: int) -> str:
    return f'{{"availability":"{_WORDS[status]}","observed_at":{_observed_at(observed)}}}'


def _rare(extra: dict[str, Any], currency: str | None, pickup: str) -> tuple[str, str, str]:
    """Sale price, pickup and aisle of a record that has some of them, in place of the usual."""
    sale = _sale(extra["sale"], currency) if "sale" in extra else "null"
    pickup = _pickup(*extra["pickup"]) if "pickup" in extra else pickup
    return sale, pickup, _text(extra.get("aisle"))


def _text(value: object) -> str:
    return orjson.dumps(value).decode()


@lru_cache(maxsize=65_536)
def _money(amount: int | None, currency: str | None) -> str:
    if amount is None or currency is None:
        return "null"
    return _text({"amount": format_minor(amount, currency), "currency": currency})


@lru_cache(maxsize=65_536)
def _instant(observed: int) -> str | None:
    return instant(stock.from_observed(observed)) if observed else None


@lru_cache(maxsize=65_536)
def _observed_at(observed: int) -> str:
    return _text(_instant(observed))


@lru_cache(maxsize=256)
def _pickup(method: str | None, sla: str | None) -> str:
    return "null" if method is None else _text({"method": method, "sla": sla})


def _sale(sale: dict[str, Any], currency: str | None) -> str:
    """The sale price, while its period lasts."""
    now = stock.to_observed(dt.datetime.now(dt.UTC))
    if (sale.get("from") or 0) <= now <= (sale.get("to") or now):
        return _money(sale["price"], currency)
    return "null"
