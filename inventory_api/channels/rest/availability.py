"""``GET /v1/availability``: the hot path.

Answered before FastAPI's routing (``HotPaths``): the same parameter model and the same problem answers,
without the machinery of dependencies that would cost more than the answer.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any, ClassVar, Literal

import orjson
from pydantic import Field, field_validator
from starlette.concurrency import run_in_threadpool

from inventory_api.channels.http import Answerer, LeanJson
from inventory_api.channels.ports import AppPorts
from inventory_api.channels.rest.cursor import Cursors, asked_of
from inventory_api.channels.rest.parameters import (
    DECIMAL,
    WHOLE,
    Cursor,
    Flag,
    Instant,
    Limit,
    OriginParams,
    Word,
    find_origin,
    known_retailers,
    resolve_radius_m,
)
from inventory_api.channels.rest.query import parse_query
from inventory_api.channels.rest.render import instant, origin_json, radius_json, store_json
from inventory_api.domain import stock
from inventory_api.domain.availability import STATUSES
from inventory_api.domain.errors import InvalidInput, OriginRequired, UnknownProduct, UnknownStore
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.identifiers import format_product_id, is_gtin, parse_gtin, parse_product_id
from inventory_api.domain.money import format_minor
from inventory_api.domain.store import Store, parse_store_id
from inventory_api.lookup.availability import Answer, Availability, Hit, Question

MAX_STORE_IDS = 50
_DEFAULT = frozenset({0, 1})
_STATUS = {str(status): index for index, status in enumerate(STATUSES)}
_WORDS: dict[str, str] = {word: word.value for word in (*STATUSES, *Freshness)}
"""As plain strings: a member's own ``value`` costs more than the rest of its line."""

_BASIS_WORDS = {basis: basis.name.lower() for basis in stock.Basis}
_BARE_CARD = b'"title":null,"brand":null,"image_url":null}'


class AvailabilityParams(OriginParams):
    """One product, one origin."""

    aliases: ClassVar[dict[str, str]] = {**OriginParams.aliases}
    repeatable: ClassVar[frozenset[str]] = frozenset({"availability", "retailer", "services", "store_id"})

    gtin: Word | None = Field(None, description="GTIN-8, -12, -13 or -14.", examples=["036000291452"])
    product_id: Word | None = Field(None, description="A product's id, instead of `gtin`.")
    sku: Word | None = Field(None, description="A retailer's own article number; needs one `retailer`.")
    store_id: tuple[Word, ...] = Field((), max_length=MAX_STORE_IDS, description="Ask these stores alone: no radius.")
    availability: tuple[Word, ...] = Field((), description="`in_stock,low_stock` where absent; `all` for every status.")
    min_quantity: int = Field(1, ge=1, description="An unknown quantity passes only at 1.")
    max_age: int | None = Field(None, ge=0, description="Seconds; older statements are dropped and counted.")
    min_confidence: float = Field(0.0, ge=0, le=1)
    open_now: Flag = Field(False, description="Stores whose hours are unknown never match.")
    open_at: Instant | None = None
    retailer: tuple[Word, ...] = Field((), max_length=50)
    services: tuple[Word, ...] = Field((), max_length=20)
    max_per_retailer: int | None = Field(None, ge=1, le=50)
    sort: Literal["best", "distance", "price", "updated"] = "best"
    limit: Limit = 10
    cursor: Cursor | None = None
    view: Literal["compact", "full"] = "full"
    explain: Flag = False

    _numbers = field_validator("min_quantity", "max_age", "max_per_retailer", mode="before")(WHOLE.func)
    _decimals = field_validator("min_confidence", mode="before")(DECIMAL.func)


def answerer(ports: AppPorts) -> Answerer:
    """What answers a raw query string, bound to its ports."""
    lookup = Availability(ports.index, ports.directory)
    cursors = Cursors(ports.cursor_secret)
    fragments = _StoreFragments()

    async def get_availability(query_string: bytes) -> LeanJson:
        params = parse_query(AvailabilityParams, query_string)
        retailer_ids = known_retailers(ports.directory, params.retailer)
        product_id = await _product_of(params, ports)
        question = _question(params, product_id, retailer_ids, cursors)
        answer = await lookup.ask(question, dt.datetime.now(dt.UTC))
        return LeanJson(_body(params, answer, cursors, fragments))

    return get_availability


async def _product_of(params: AvailabilityParams, ports: AppPorts) -> int:
    given = [name for name in ("gtin", "product_id", "sku") if getattr(params, name) is not None]
    if len(given) != 1:
        what = "name the product: gtin, product_id, or retailer and sku"
        raise InvalidInput(f"{what}; {'none' if not given else ' and '.join(given)} given", parameter="gtin")
    if params.gtin is not None:
        return parse_gtin(params.gtin)
    if params.product_id is not None:
        return parse_product_id(params.product_id)
    if len(params.retailer) != 1:
        raise InvalidInput(
            "sku needs exactly one retailer: an article number means something only there", parameter="retailer"
        )
    assert params.sku is not None
    found = await run_in_threadpool(ports.products.find_sku, params.retailer[0], params.sku)
    if found is None:
        raise UnknownProduct(params.sku, parameter="sku")
    return found


def _question(
    params: AvailabilityParams, product_id: int, retailer_ids: frozenset[str] | None, cursors: Cursors
) -> Question:
    origin = find_origin(params)
    if params.store_id and (origin is not None or params.radius is not None):
        raise OriginRequired("give either store_id or a position, not both", parameter="store_id")
    if origin is None and not params.store_id:
        raise OriginRequired("say where: lat=37.77&lon=-122.42, near=37.77,-122.42, or store_id", parameter="lat")
    after: Any = None
    if params.cursor is not None:
        tier, distance, store_id = cursors.open(asked_of("availability", params), params.cursor)
        after = (float("inf") if tier is None else tier, distance, store_id)
    return Question(
        product_id=product_id,
        latitude=0.0 if origin is None else origin.latitude,
        longitude=0.0 if origin is None else origin.longitude,
        radius_m=resolve_radius_m(params),
        store_ids=tuple(_store_number(text) for text in params.store_id) if params.store_id else None,
        statuses=_statuses(params.availability),
        min_quantity=params.min_quantity,
        max_age_s=params.max_age,
        min_confidence=params.min_confidence,
        needs_hours=params.open_now or params.open_at is not None,
        retailer_ids=retailer_ids,
        services=frozenset(params.services),
        max_per_retailer=params.max_per_retailer,
        sort=params.sort,
        limit=params.limit,
        after=after,
        explain=params.explain,
    )


def _store_number(text: str) -> int:
    number = parse_store_id(text)
    if number is None:
        raise UnknownStore(f"{text[:40]!r}; ids look like s12", parameter="store_id")
    return number


def _statuses(asked: tuple[str, ...]) -> frozenset[int] | None:
    if not asked:
        return _DEFAULT
    unknown = [word for word in asked if word not in _STATUS and word != "all"]
    if unknown:
        raise InvalidInput(
            f"{unknown[0]!r} is no availability; known: {', '.join(_STATUS)}, all", parameter="availability"
        )
    return None if "all" in asked else frozenset(_STATUS[word] for word in asked)


class _StoreFragments:
    """What of each store's JSON never changes, made once: it is half of every answer."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Store, orjson.Fragment, orjson.Fragment | None]] = {}

    def of(self, store: Store) -> tuple[Store, orjson.Fragment, orjson.Fragment | None]:
        """The store, its ``store`` object and its own way of ``pickup``."""
        made = self._made.get(store.id)
        if made is None or made[0] is not store:
            pickup = _pickup(store.pickup_method, store.pickup_sla)
            made = (store, orjson.Fragment(orjson.dumps(store_json(store))), pickup)
            self._made[store.id] = made
        return made


def _body(params: AvailabilityParams, answer: Answer, cursors: Cursors, fragments: _StoreFragments) -> bytes:
    question = answer.question
    printed = format_product_id(question.product_id)
    gtin = printed if is_gtin(question.product_id) else None
    asked: dict[str, Any] = {"product_id": printed, "gtin": gtin}
    if question.store_ids is None:
        origin = find_origin(params)
        assert origin is not None
        asked |= {"origin": origin_json(origin), "radius_m": radius_json(question.radius_m)}
    else:
        asked["store_ids"] = [f"s{number}" for number in question.store_ids]
    best = answer.best
    body: dict[str, Any] = {
        "query": asked,
        "as_of": _instant(stock.to_observed(answer.as_of)),
        "product": _product(printed, gtin, answer.card),
        "best": None if best is None else {"store_id": best.store.public_id, "reason": f"{best.availability}_nearest"},
        "stores": [_full(hit, fragments) for hit in answer.hits]
        if params.view == "full"
        else [_compact(hit) for hit in answer.hits],
        "excluded": answer.excluded,
        "summary": answer.summary,
        "say": answer.say,
        "next_cursor": None
        if answer.next is None
        else cursors.seal(asked_of("availability", params), list(answer.next)),
    }
    if params.explain:
        body["explain"] = [{"store_id": store.public_id, "reason": reason} for store, reason in answer.left_out]
    return orjson.dumps(body)


def _product(printed: str, gtin: str | None, card: bytes | None) -> orjson.Fragment:
    head = orjson.dumps({"id": printed, "gtin": gtin})[:-1] + b","
    return orjson.Fragment(head + (card[1:] if card else _BARE_CARD))


def _full(hit: Hit, fragments: _StoreFragments) -> dict[str, Any]:
    store, store_fragment, pickup = fragments.of(hit.store)
    observed_at = _instant(hit.observed)
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
        "observed_at": observed_at,
        "age_s": hit.age_s,
        "freshness": _WORDS[hit.freshness],
        "confidence": hit.confidence,
        "basis": None if hit.basis is None else _BASIS_WORDS[hit.basis],
    }
    if hit.last_known is not None:
        body["last_known"] = {"availability": _WORDS[hit.last_known], "observed_at": observed_at}
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


def _compact(hit: Hit) -> dict[str, Any]:
    store = hit.store
    return {
        "store": {"id": store.public_id, "name": store.name, "lat": store.latitude, "lon": store.longitude},
        "distance_m": None if hit.distance_m is None else round(hit.distance_m),
        "availability": _WORDS[hit.availability],
        "price": _money(hit.price, store.currency),
        "age_s": hit.age_s,
    }


@lru_cache(maxsize=65_536)
def _money(amount: int | None, currency: str | None) -> orjson.Fragment | None:
    if amount is None or currency is None:
        return None
    return orjson.Fragment(orjson.dumps({"amount": format_minor(amount, currency), "currency": currency}))


@lru_cache(maxsize=65_536)
def _instant(observed: int) -> str | None:
    return instant(stock.from_observed(observed)) if observed else None


@lru_cache(maxsize=256)
def _pickup(method: str | None, sla: str | None) -> orjson.Fragment | None:
    return None if method is None else orjson.Fragment(orjson.dumps({"method": method, "sla": sla}))


def _sale(sale: dict[str, Any], currency: str | None) -> orjson.Fragment | None:
    """The sale price, while its period lasts."""
    now = stock.to_observed(dt.datetime.now(dt.UTC))
    if (sale.get("from") or 0) <= now <= (sale.get("to") or now):
        return _money(sale["price"], currency)
    return None
