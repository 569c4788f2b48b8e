"""``/v1/products``: search by words or by the code on the package, suggestions while typing, one product by its id.

One that only inventory feeds have named is found by its code alone, with a bare card.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope

from inventory_api.channels.cursor import Cursors
from inventory_api.channels.http import Answerer
from inventory_api.channels.ports import AppPorts, Ports
from inventory_api.channels.reading import JSON, negotiate, reading
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.openapi import answer, problems, query_parameters
from inventory_api.channels.rest.origin import OriginParams, find_origin, resolve_radius_m
from inventory_api.channels.rest.parameters import Cursor, Flag, Limit, Word, known_retailers
from inventory_api.channels.rest.query import NoParams, asked_of, parse_query, query
from inventory_api.channels.rest.render import card_of, origin_json, product_json, radius_json
from inventory_api.channels.rest.schema import ProductOut, ProductPage
from inventory_api.domain.errors import InvalidInput, OriginRequired, UnknownProduct
from inventory_api.domain.identifiers import format_product_id, parse_gtin, parse_product_id
from inventory_api.lookup.answer import Question
from inventory_api.lookup.products import is_stocked
from inventory_api.lookup.search import Listing, Search, Wanted

MAX_QUERY = 200

router = APIRouter(tags=["products"])

Text = Annotated[str, Field(min_length=1, max_length=MAX_QUERY)]


class SearchParams(OriginParams):
    """Where products are wanted, and whose."""

    retailer: Word | None = Field(None, description="`q` may be one of its article numbers; only its stores count.")
    carried: Flag = Field(False, description="Only what a store in range has in stock. Needs an origin.")
    limit: Limit = 10


class SuggestParams(SearchParams):
    """A text that is still being typed."""

    q: Text = Field(description="What is wanted, in any language and script.", examples=["mil"])


class ProductsParams(SearchParams):
    """Exactly one of `q` and `gtin`."""

    q: Text | None = Field(
        None,
        description="Words of title, brand or category, a GTIN in any spelling, or with `retailer` an article number. "
        "Misspelt words are corrected, staples and brands are found in other scripts.",
        examples=["milk"],
    )
    gtin: Annotated[str, Field(max_length=64)] | None = Field(
        None, description="GTIN-8, -12, -13 or -14.", examples=["037000185062"]
    )
    cursor: Cursor | None = None


_SEARCH_PROBLEMS = problems(
    "invalid_gtin", "invalid_coordinates", "origin_required", "place_not_found", "ambiguous_place",
    "radius_too_large", "not_found", "index_unavailable",
)  # fmt: skip


@router.get(
    "/v1/products",
    operation_id="listProducts",
    summary="Find products by words or by their barcode",
    description="With an origin, products that a store in range has in stock come first. At most the best 100 are "
    "listed. `match` says how a product was found, the surest first: `code`, `words`, `meaning` (another language), "
    "`prefix`, `spelling`, `sound` (another script), `some_words`.",
    response_model=ProductPage,
    responses=_SEARCH_PROBLEMS
    | {200: answer(examples.PRODUCTS, "Products that fit, the best first; empty where none does.")},
    openapi_extra={"parameters": query_parameters(ProductsParams)},
)
async def list_products(ports: Ports, params: Annotated[ProductsParams, Depends(query(ProductsParams))]) -> Response:
    """A page of products."""
    if (params.q is None) == (params.gtin is None):
        raise InvalidInput("give one of q and gtin", parameter="gtin")
    cursors, asked = Cursors(ports.cursor_secret), asked_of("products", params)
    last = None if params.cursor is None else cursors.open(asked, params.cursor)
    if params.q is not None:
        wanted, echo = Wanted(params.q, params.retailer), {"q": params.q}
    else:
        assert params.gtin is not None
        code = format_product_id(parse_gtin(params.gtin))
        wanted, echo = Wanted(code, is_code=True), {"gtin": code}
    listing, where = await _find(ports, params, wanted)
    begin = _after(listing, last)
    end = begin + params.limit
    more = None
    if end < len(listing.candidates):
        more = cursors.seal(asked, [end, listing.candidates[end - 1].product_id])
    return await _render(ports, listing, slice(begin, end), echo | where, more)


@router.get(
    "/v1/products/suggest",
    operation_id="suggestProducts",
    summary="Suggest products while the shopper types",
    description="Like the search, but the last word may go on. There is no second page.",
    response_model=ProductPage,
    responses=_SEARCH_PROBLEMS | {200: answer(examples.PRODUCTS, "Products that may be meant, the likeliest first.")},
    openapi_extra={"parameters": query_parameters(SuggestParams)},
)
async def suggest_products(ports: Ports, params: Annotated[SuggestParams, Depends(query(SuggestParams))]) -> Response:
    """A few products. In the whole app ``HotPaths`` answers before this."""
    return await _suggest(ports, params)


def suggester(ports: AppPorts) -> Answerer:
    """What answers a text that is being typed, bound to its ports: people ask it with every letter."""

    async def suggest(scope: Scope, receive: Receive) -> Response:
        negotiate(scope["state"]["headers"].get(b"accept"), JSON)
        return await _suggest(ports, parse_query(SuggestParams, scope["query_string"]))

    return suggest


async def _suggest(ports: AppPorts, params: SuggestParams) -> Response:
    listing, where = await _find(ports, params, Wanted(params.q, params.retailer, is_typing=True))
    return await _render(ports, listing, slice(params.limit), {"q": params.q} | where, None)


def _after(listing: Listing, last: list[int] | None) -> int:
    """Where the next page begins: behind the last product shown, wherever that stands by now."""
    if last is None:
        return 0
    shown, product_id = last
    ids = [candidate.product_id for candidate in listing.candidates]
    return ids.index(product_id) + 1 if product_id in ids else shown


async def _find(ports: AppPorts, params: SearchParams, wanted: Wanted) -> tuple[Listing, dict[str, Any]]:
    """What fits, and where it was looked for as the answer echoes it."""
    origin = await find_origin(params, ports.places)
    if params.carried and origin is None:
        raise OriginRequired("say where: carried=true needs lat=37.77&lon=-122.42, or place=94103", parameter="carried")
    retailers = known_retailers(ports.directory, [] if params.retailer is None else [params.retailer])
    where: dict[str, Any] = {}
    if origin is not None:
        radius_m = resolve_radius_m(params)
        where = {"origin": origin_json(origin), "radius_m": radius_json(radius_m)}
        near = Question(0, origin.latitude, origin.longitude, radius_m, retailer_ids=retailers)
        wanted = replace(wanted, near=near, only_carried=params.carried)
    search = Search(ports.search, ports.products, ports.index, ports.directory)
    return await search.find(wanted, dt.datetime.now(dt.UTC)), where


async def _render(ports: AppPorts, listing: Listing, page: slice, echo: dict[str, Any], more: str | None) -> Response:
    shown = listing.candidates[page]
    ids = [candidate.product_id for candidate in shown]
    described = await run_in_threadpool(ports.products.get_many, ids)
    products = []
    for hit in shown:
        product = described.get(hit.product_id)
        card = None if product is None else card_of(product)
        found: dict[str, Any] = {"product": product_json(hit.product_id, card), "match": hit.match.value}
        if "origin" in echo:
            distance_m = None if hit.distance_m is None else round(hit.distance_m)
            found |= {"carried_nearby": distance_m is not None, "distance_m": distance_m}
        products.append(found)
    query = echo if listing.understood is None else echo | {"understood": listing.understood}
    return reading({"query": query, "products": products, "next_cursor": more})


@router.get(
    "/v1/products/{product_id}",
    operation_id="getProduct",
    summary="Get a product",
    response_model=ProductOut,
    responses=problems("invalid_gtin", "unknown_product", "index_unavailable")
    | {200: answer(examples.PRODUCT, "The product.")},
    dependencies=[Depends(query(NoParams))],
)
async def get_product(ports: Ports, product_id: str) -> Response:
    """One product, by its id or any spelling of its GTIN."""
    return reading(await _get(ports, parse_product_id(product_id)))


async def _get(ports: AppPorts, product_id: int) -> dict[str, Any]:
    try:
        product = await run_in_threadpool(ports.products.get, product_id)
    except UnknownProduct:
        if not await is_stocked(ports.index, ports.directory, product_id):
            raise UnknownProduct(format_product_id(product_id)) from None
        return product_json(product_id, None)
    return product_json(product.id, card_of(product))
