"""Questions about several products at once: a batch, a basket, one store's answer to a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from inventory_api.channels.http import Answerer
from inventory_api.channels.ports import AppPorts, Ports
from inventory_api.channels.problem import describe
from inventory_api.channels.reading import JSON, Reading, instant, negotiate, tag_without_clock
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.answers import AnswerWriter, PrintedItem
from inventory_api.channels.rest.availability import find_product, named_product, statuses_of, store_number
from inventory_api.channels.rest.body import json_of, read_json
from inventory_api.channels.rest.openapi import answer, body_of, problems, query_parameters
from inventory_api.channels.rest.origin import (
    Origin,
    find_origin,
    resolve_origin,
    resolve_radius_m,
    wording_for,
)
from inventory_api.channels.rest.parameters import known_retailers, resolve_open_at
from inventory_api.channels.rest.query import query
from inventory_api.channels.rest.render import encode, json_response, origin_json, radius_json
from inventory_api.channels.rest.schema import BasketOut, BatchOut
from inventory_api.channels.rest.several_body import BasketIn, BatchIn, ItemIn, ListParams, SearchIn, WantedIn
from inventory_api.domain.errors import (
    BatchTooLarge,
    InvalidInput,
    InventoryError,
    OriginRequired,
    UnknownProduct,
    UnknownStore,
)
from inventory_api.domain.identifiers import format_product_id, parse_gtin, parse_product_id
from inventory_api.locales.catalog import language_of_header
from inventory_api.locales.wording import wording_of
from inventory_api.lookup.answer import Question
from inventory_api.lookup.basket import Basket, Baskets, Item, Plan
from inventory_api.lookup.several import MAX_PRODUCTS, Several

router = APIRouter(tags=["availability"])

_WRITER = AnswerWriter()
"""Remembers each store's JSON, which is half of every answer."""


@router.post(
    "/v1/availability/batch",
    operation_id="getAvailabilityBatch",
    summary="Ask about up to 50 products at one place",
    description="A result an item, in the order sent: what `/v1/availability` says of it, or its own `error`.",
    response_model=BatchOut,
    responses=problems(
        "invalid_coordinates", "origin_required", "place_not_found", "ambiguous_place", "radius_too_large",
        "batch_too_large", "unknown_store", "not_found", "unsupported_media_type", "index_unavailable",
    )
    | {200: answer(examples.BATCH, "A result an item.")},
    openapi_extra={"requestBody": body_of(BatchIn)},
)  # fmt: skip
async def get_batch(request: Request, ports: Ports) -> Response:
    """Several products, one place. In the whole app ``HotPaths`` answers before this."""
    return await _answer_batch(ports, request.scope, request.receive)


def answerer(ports: AppPorts) -> Answerer:
    """What answers a batch, bound to its ports."""
    return partial(_answer_batch, ports)


async def _answer_batch(ports: AppPorts, scope: Scope, receive: Receive) -> Response:
    request = Request(scope, receive)
    negotiate(scope["state"]["headers"].get(b"accept"), JSON)
    body = await json_of(request, BatchIn)
    found = await _resolve(body.items, ports)
    origin = await find_origin(body, ports.places)
    if body.store_ids and (origin is not None or body.radius is not None):
        raise OriginRequired("give either store_ids or a position, not both", parameter="/store_ids")
    if not body.store_ids:
        origin = await resolve_origin(body, ports.places)
    now = dt.datetime.now(dt.UTC)
    question = _question(body, origin, request, ports, now)
    question.limit = body.limit
    question.statuses = statuses_of(body.availability, "/availability")
    question.store_ids = _known_stores(body.store_ids, ports) or None
    ids = list(dict.fromkeys([one for one in found if isinstance(one, int)]))
    said = await _items(Several(ports.index, ports.directory), ids, question, now, is_compact=body.view == "compact")
    items: list[PrintedItem | dict[str, Any] | None] = [said.get(one) for one in found]
    for position, one in enumerate(found):
        if items[position] is None:
            error = UnknownProduct(format_product_id(one)) if isinstance(one, int) else one
            items[position] = {"error": _error(error, f"/items/{position}", request.method)}
    asked = {"query": _asked(question, origin), "as_of": instant(now), "items": items}
    return json_response(asked, headers=_told_in(question))


async def _items(
    several: Several, ids: Sequence[int], question: Question, now: dt.datetime, *, is_compact: bool
) -> Mapping[object, PrintedItem | dict[str, Any]]:
    """What is said of each product; those that no feed ever named are missing."""
    if not ids:
        return {}
    pages = None if is_compact else await several.ask_usual(ids, question, now)
    if pages is not None:
        items: dict[object, PrintedItem | dict[str, Any]] = dict(zip(ids, _WRITER.items(pages, ids), strict=True))
        for at in pages.unnamed:
            del items[ids[at]]
        return items
    answers = zip(ids, await several.ask(ids, question, now), strict=True)
    return {one: _WRITER.item(said, one, is_compact=is_compact) for one, said in answers if said is not None}


@router.post(
    "/v1/basket",
    operation_id="getBasket",
    summary="Find the best store, and the best two, for a shopping list",
    description="`all_of`: everything is wanted, in the quantities given. `any_of`: the nearest store with any of it.",
    response_model=BasketOut,
    responses=problems(
        "invalid_gtin", "invalid_coordinates", "origin_required", "place_not_found", "ambiguous_place",
        "radius_too_large", "batch_too_large", "unknown_product", "not_found", "unsupported_media_type",
        "index_unavailable",
    )
    | {200: answer(examples.BASKET, "Where to go, and what is missing there.")},
    openapi_extra={"requestBody": body_of(BasketIn)},
)  # fmt: skip
async def get_basket(
    request: Request, ports: Ports, body: Annotated[BasketIn, Depends(read_json(BasketIn))]
) -> Response:
    """A shopping list."""
    if (body.all_of is None) == (body.any_of is None):
        raise InvalidInput("give exactly one of all_of and any_of", parameter="/all_of")
    name, wanted = ("all_of", body.all_of) if body.all_of is not None else ("any_of", body.any_of or [])
    resolved = await _resolve(wanted, ports, name)
    items = _merged(resolved, wanted, name)
    origin = await resolve_origin(body, ports.places)
    now = dt.datetime.now(dt.UTC)
    question = _question(body, origin, request, ports, now)
    baskets = Baskets(Several(ports.index, ports.directory))
    try:
        found = await (baskets.all_of if body.all_of is not None else baskets.any_of)(items, question, now)
    except UnknownProduct as error:
        at = next(
            at for at, one in enumerate(resolved) if isinstance(one, int) and format_product_id(one) == error.name
        )
        error.parameter = f"/{name}/{at}"
        raise
    asked = [{"product_id": format_product_id(item.product_id), "quantity": item.quantity} for item in items]
    return json_response(
        {
            "query": _asked(question, origin) | {name: asked},
            "as_of": instant(now),
            "best_store": _plan(found.single, items, now),
            "best_two_stores": _plan(found.two, items, now),
            "summary": {"checked": found.checked},
            "say": _say(found, items, question, is_any=body.any_of is not None),
        },
        headers=_told_in(question),
    )


@router.get(
    "/v1/stores/{store_id}/availability",
    operation_id="getStoreAvailability",
    summary="Ask one store about a list of products",
    response_model=BatchOut,
    responses=problems("invalid_gtin", "batch_too_large", "unknown_store", "index_unavailable")
    | {200: answer(examples.BATCH, "A result a product, in the order asked.")},
    openapi_extra={"parameters": query_parameters(ListParams)},
)
async def get_store_availability(
    request: Request, ports: Ports, store_id: str, params: Annotated[ListParams, Depends(query(ListParams))]
) -> Response:
    """One store, several products; every status is told."""
    named = [*(parse_gtin(text) for text in params.gtin), *(parse_product_id(text) for text in params.product_id)]
    ids = list(dict.fromkeys(named))
    if not ids:
        raise InvalidInput("name products: gtin=...&gtin=..., or product_id=...", parameter="gtin")
    if len(ids) > MAX_PRODUCTS:
        raise BatchTooLarge(f"{len(ids)} products, at most {MAX_PRODUCTS} a call", parameter="gtin")
    now = dt.datetime.now(dt.UTC)
    question = Question(
        product_id=0,
        store_ids=(store_number(store_id, "store_id"),),
        statuses=None,
        open_at=resolve_open_at(params, now),
        wording=wording_of(language_of_header(request.scope["state"]["headers"].get(b"accept-language"))),
    )
    answers = await Several(ports.index, ports.directory).ask(ids, question, now)
    items = [
        {"error": _error(UnknownProduct(format_product_id(one)), None, request.method)}
        if said is None
        else _WRITER.item(said, one, is_compact=False)
        for one, said in zip(ids, answers, strict=True)
    ]
    body = encode({"query": _asked(question, None), "as_of": instant(now), "items": items})
    return Reading(body, tag_without_clock(body), language=question.wording.language)


async def _resolve(items: Sequence[ItemIn], ports: AppPorts, name: str = "items") -> list[int | InventoryError]:
    """The product id of each item, or why it has none."""
    if len(items) > MAX_PRODUCTS:
        raise BatchTooLarge(f"{len(items)} items, at most {MAX_PRODUCTS} a call", parameter=f"/{name}")
    found: list[int | InventoryError] = []
    for item in items:
        try:
            known = named_product(item)
            found.append(await find_product(ports, item, item.retailer) if known is None else known)
        except (InvalidInput, UnknownProduct) as error:
            found.append(error)
    return found


def _known_stores(store_ids: Sequence[str], ports: AppPorts) -> tuple[int, ...]:
    numbers = tuple(store_number(text, f"/store_ids/{at}") for at, text in enumerate(store_ids))
    for at, number in enumerate(numbers):
        if number not in ports.directory.map.position:
            raise UnknownStore(f"s{number}", parameter=f"/store_ids/{at}")
    return numbers


def _merged(found: Sequence[int | InventoryError], wanted: Sequence[WantedIn], name: str) -> list[Item]:
    """The items of a basket, a product named twice once; one that is no product makes the whole list wrong."""
    quantities: dict[int, int] = {}
    for position, (one, item) in enumerate(zip(found, wanted, strict=True)):
        if isinstance(one, InvalidInput):
            raise type(one)(one.reason, parameter=f"/{name}/{position}") from one
        if isinstance(one, UnknownProduct):
            raise UnknownProduct(one.name, parameter=f"/{name}/{position}") from one
        assert isinstance(one, int)
        quantities[one] = quantities.get(one, 0) + item.quantity
    return [Item(product_id, quantity) for product_id, quantity in quantities.items()]


def _question(body: SearchIn, origin: Origin | None, request: Request, ports: AppPorts, now: dt.datetime) -> Question:
    return Question(
        product_id=0,
        latitude=0.0 if origin is None else origin.latitude,
        longitude=0.0 if origin is None else origin.longitude,
        radius_m=resolve_radius_m(body),
        retailer_ids=known_retailers(ports.directory, body.retailer),
        services=frozenset(body.services),
        wording=wording_for(body, request.scope["state"]["headers"]),
        open_at=resolve_open_at(body, now),
    )


def _told_in(question: Question) -> dict[str, str]:
    return {"Content-Language": question.wording.language}


def _asked(question: Question, origin: Origin | None) -> dict[str, Any]:
    if origin is None:
        return {"store_ids": [f"s{number}" for number in question.store_ids or ()]}
    return {"origin": origin_json(origin), "radius_m": radius_json(question.radius_m)}


def _error(error: InventoryError, pointer: str | None, method: str) -> dict[str, Any]:
    problem = describe(error, method=method)
    told = {"code": problem.kind.code, "title": problem.kind.title, "detail": problem.detail}
    return told if pointer is None else told | {"pointer": pointer}


def _plan(plan: Plan | None, items: Sequence[Item], now: dt.datetime) -> dict[str, Any] | None:
    if plan is None:
        return None
    stores = [
        _WRITER.hits.visit({items[at].product_id: (items[at].quantity, hit) for at, hit in visit.hits.items()}, now)
        for visit in plan.visits
    ]
    missing = [format_product_id(items[position].product_id) for position in plan.missing]
    return {"complete": plan.is_complete, "stores": stores, "missing": missing}


def _say(found: Basket, items: Sequence[Item], question: Question, *, is_any: bool) -> str:
    plan = found.single
    if found.two is not None and (plan is None or len(found.two.missing) < len(plan.missing)):
        plan = found.two
    if plan is None:
        return question.wording.say_nowhere(question.radius_m)
    visits = [(hit.store.name, hit.distance_m) for hit in (next(iter(v.hits.values())) for v in plan.visits)]
    served = len(items) - len(plan.missing)
    calls_first = any(hit.calls_first for visit in plan.visits for hit in visit.hits.values())
    return question.wording.say_basket(visits, served=served, wanted=len(items), is_any=is_any, calls_first=calls_first)
