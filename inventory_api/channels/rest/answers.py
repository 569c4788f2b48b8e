"""A lookup's answer as JSON: full, or compact for slow lines."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

import orjson

from inventory_api.channels.reading import BEFORE_AGE
from inventory_api.channels.rest.origin import Origin
from inventory_api.channels.rest.render import feature_json, instant, origin_json, radius_json, store_json
from inventory_api.domain import stock
from inventory_api.domain.availability import STATUSES
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.hours import ALWAYS, opening_of
from inventory_api.domain.identifiers import format_product_id, is_gtin
from inventory_api.domain.money import format_minor
from inventory_api.domain.store import Store
from inventory_api.lookup.availability import Answer, Hit, Question

_WORDS: dict[str, str] = {word: word.value for word in (*STATUSES, *Freshness)}
"""As plain strings: a member's own ``value`` costs more than the rest of its line."""

_BASIS_WORDS = {basis: basis.name.lower() for basis in stock.Basis}
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
            hits = zip(answer.hits, body["stores"], strict=True)
            shown = [feature_json(hit.store, said) for hit, said in hits]
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
        printed = format_product_id(product_id)
        return {
            "product": _product(printed, printed if is_gtin(product_id) else None, answer.card),
            "best": None if answer.best is None else _best(answer.best, answer.question),
            "stores": [_full_hit(hit, self._fragments, answer.as_of) for hit in answer.hits],
            "excluded": answer.excluded,
            "summary": answer.summary,
            "say": answer.say,
        }

    def hit(self, hit: Hit, now: dt.datetime) -> dict[str, Any]:
        """One store's answer as ``/v1/availability`` shows it."""
        return _full_hit(hit, self._fragments, now)

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
            "product": _product(printed, gtin, answer.card),
            "best": None if answer.best is None else _best(answer.best, question),
            "stores": [_full_hit(hit, self._fragments, answer.as_of) for hit in answer.hits],
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
        "best": None if answer.best is None else _best(answer.best, question),
        "stores": [
            {
                "store": {"id": hit.store.public_id, "name": hit.store.name},
                "distance_m": None if hit.distance_m is None else round(hit.distance_m),
                "availability": _WORDS[hit.availability],
                "price": _money(hit.price, hit.store.currency),
                "age_s": hit.age_s,
            }
            for hit in answer.hits
        ],
        "excluded": answer.excluded,
        "summary": {word: count for word, count in answer.summary.items() if count or word == "checked"},
        "say": answer.say,
        "next_cursor": more,
    }


class _StoreFragments:
    """What of each store's JSON changes no sooner than its doors open or close: it is half of every answer."""

    def __init__(self) -> None:
        self._made: dict[int, _Made] = {}

    def of(self, store: Store, now: dt.datetime) -> _Made:
        """The store, its ``store`` object and its own way of ``pickup``."""
        made = self._made.get(store.id)
        if made is None or made[0] is not store or not made[3] <= now < made[4]:
            opening = opening_of(store, now)
            since, until = (_EVER, ALWAYS) if opening is None else (opening.since, opening.until)
            pickup = _pickup(store.pickup_method, store.pickup_sla)
            made = (store, orjson.Fragment(orjson.dumps(store_json(store, opening))), pickup, since, until)
            self._made[store.id] = made
        return made


_EVER = dt.datetime.min.replace(tzinfo=dt.UTC)
_Made = tuple[Store, orjson.Fragment, orjson.Fragment | None, dt.datetime, dt.datetime]
"""``_StoreFragments.of``, and from when until when it may be shown."""


def _product(printed: str, gtin: str | None, card: bytes | None) -> orjson.Fragment:
    head = orjson.dumps({"id": printed, "gtin": gtin})[:-1] + b","
    return orjson.Fragment(head + (card[1:] if card else _BARE_CARD))


def _best(hit: Hit, question: Question) -> dict[str, str]:
    """The store to go to, and why: ``in_stock_nearest``, or just ``in_stock`` where no distance was asked."""
    reason = str(hit.availability)
    if question.open_at is not None:
        reason += "_open"
    if question.store_ids is None or question.sort not in ("best", "distance"):
        reason += f"_{_FIRST_OF[question.sort]}"
    return {"store_id": hit.store.public_id, "reason": reason}


def _full_hit(hit: Hit, fragments: _StoreFragments, now: dt.datetime) -> dict[str, Any]:
    store, store_fragment, pickup, _, _ = fragments.of(hit.store, now)
    body: dict[str, Any] = {
        "store": store_fragment,
        "distance_m": None if hit.distance_m is None else round(hit.distance_m),
        "availability": _WORDS[hit.availability],
        "quantity": hit.quantity,
        "quantity_bucket": hit.quantity_bucket,
        "price": _money(hit.price, store.currency),
        "sale_price": None,
        "pickup": pickup,
        "aisle": None,
        "observed_at": _before_age(hit.observed),
        "age_s": hit.age_s,
        "freshness": _WORDS[hit.freshness],
        "confidence": hit.confidence,
        "basis": None if hit.basis is None else _BASIS_WORDS[hit.basis],
    }
    if hit.last_known is not None:
        body["last_known"] = {"availability": _WORDS[hit.last_known], "observed_at": _instant(hit.observed)}
    if hit.extra:
        body |= _rare(hit.extra, store.currency)
    return body


def _rare(extra: dict[str, Any], currency: str | None) -> dict[str, Any]:
    """What only some records have, in place of the usual."""
    rare: dict[str, Any] = {}
    if "aisle" in extra:
        rare["aisle"] = extra["aisle"]
    if "pickup" in extra:
        rare["pickup"] = _pickup(*extra["pickup"])
    if "sale" in extra:
        rare["sale_price"] = _sale(extra["sale"], currency)
    return rare


@lru_cache(maxsize=65_536)
def _money(amount: int | None, currency: str | None) -> orjson.Fragment | None:
    if amount is None or currency is None:
        return None
    return orjson.Fragment(orjson.dumps({"amount": format_minor(amount, currency), "currency": currency}))


@lru_cache(maxsize=65_536)
def _instant(observed: int) -> str | None:
    return instant(stock.from_observed(observed)) if observed else None


@lru_cache(maxsize=65_536)
def _before_age(observed: int) -> orjson.Fragment:
    """``observed_at``, with the mark by which the answer's tag leaves out the age that follows."""
    return orjson.Fragment(orjson.dumps(_instant(observed)) + BEFORE_AGE)


@lru_cache(maxsize=256)
def _pickup(method: str | None, sla: str | None) -> orjson.Fragment | None:
    return None if method is None else orjson.Fragment(orjson.dumps({"method": method, "sla": sla}))


def _sale(sale: dict[str, Any], currency: str | None) -> orjson.Fragment | None:
    """The sale price, while its period lasts."""
    now = stock.to_observed(dt.datetime.now(dt.UTC))
    if (sale.get("from") or 0) <= now <= (sale.get("to") or now):
        return _money(sale["price"], currency)
    return None
