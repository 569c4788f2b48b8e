"""``/v1/stores``: which shops are near, and one shop."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response

from inventory_api.channels.cursor import Cursors
from inventory_api.channels.ports import Ports
from inventory_api.channels.reading import GEOJSON, NDJSON, lines, media_type_of, next_page, reading
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.openapi import answer, problems, query_parameters
from inventory_api.channels.rest.origin import Origin, OriginParams, resolve_origin, resolve_radius_m
from inventory_api.channels.rest.parameters import (
    Cursor,
    Flag,
    Instant,
    Limit,
    Word,
    known_retailers,
    resolve_open_at,
)
from inventory_api.channels.rest.query import NoParams, asked_of, query
from inventory_api.channels.rest.render import feature_json, origin_json, radius_json, store_json
from inventory_api.channels.rest.schema import LocatedStore, StorePage
from inventory_api.domain.errors import UnknownStore
from inventory_api.domain.hours import is_open, opening_of
from inventory_api.domain.store import Store, parse_store_id

router = APIRouter(tags=["stores"])


class StoresParams(OriginParams):
    """Stores of whom, near where."""

    repeatable: ClassVar[frozenset[str]] = frozenset({"retailer"})

    retailer: list[Word] = Field([], max_length=50, description="Only these retailers; repeatable.")
    open_now: Flag = Field(False, description="Stores whose hours are unknown never match.")
    open_at: Instant | None = Field(None, description="As `open_now`, at that instant.")
    limit: Limit = 10
    cursor: Cursor | None = None


_read_params = query(StoresParams)


async def _origin_of(ports: Ports, params: Annotated[StoresParams, Depends(_read_params)]) -> Origin:
    return await resolve_origin(params, ports.places)


@router.get(
    "/v1/stores",
    operation_id="listStores",
    summary="List stores near a place, nearest first",
    response_model=StorePage,
    responses=problems(
        "invalid_coordinates", "origin_required", "place_not_found", "ambiguous_place", "radius_too_large", "not_found"
    )
    | {200: answer(examples.STORES, "A page of stores; empty where none is in range.", GEOJSON, NDJSON)},
    openapi_extra={"parameters": query_parameters(StoresParams)},
)
def list_stores(
    request: Request,
    ports: Ports,
    params: Annotated[StoresParams, Depends(_read_params)],
    origin: Annotated[Origin, Depends(_origin_of)],
) -> Response:
    """Stores in range."""
    media_type = media_type_of(request)
    radius_m = resolve_radius_m(params)
    found = ports.directory.near(
        latitude=origin.latitude,
        longitude=origin.longitude,
        radius_m=radius_m,
        retailer_ids=known_retailers(ports.directory, params.retailer),
    )
    now = dt.datetime.now(dt.UTC)
    open_at = resolve_open_at(params, now)
    if open_at is not None:
        found = [(store, distance_m) for store, distance_m in found if is_open(store, open_at)]
    cursors, asked = Cursors(ports.cursor_secret), asked_of("stores", params)
    if params.cursor:
        # By position, not by count: a store that came or went since does not shift the page.
        last = tuple(cursors.open(asked, params.cursor))
        found = [(store, distance_m) for store, distance_m in found if (distance_m, store.id) > last]
    # As lines the whole list is taken in one go, unless a page is asked for.
    is_whole = media_type == NDJSON and "limit" not in params.model_fields_set
    page = found if is_whole else found[: params.limit]
    more = cursors.seal(asked, [page[-1][1], page[-1][0].id]) if len(found) > len(page) else None
    shown = [{"store": _located(store, now), "distance_m": round(distance_m)} for store, distance_m in page]
    query = {"origin": origin_json(origin), "radius_m": radius_json(radius_m)}
    if media_type == NDJSON:
        return lines(shown, next_page(request, more))
    if media_type == GEOJSON:
        features = [feature_json(store, said) for (store, _), said in zip(page, shown, strict=True)]
        collection = {"type": "FeatureCollection", "query": query, "features": features, "next_cursor": more}
        return reading(collection, GEOJSON)
    return reading({"query": query, "stores": shown, "next_cursor": more})


@router.get(
    "/v1/stores/{store_id}",
    operation_id="getStore",
    summary="Get a store",
    response_model=LocatedStore,
    responses=problems("unknown_store") | {200: answer(examples.LOCATED_STORE, "The store.", GEOJSON)},
    dependencies=[Depends(query(NoParams))],
)
async def get_store(request: Request, ports: Ports, store_id: str) -> Response:
    """One store."""
    media_type = media_type_of(request)
    number = parse_store_id(store_id)
    if number is None:
        raise UnknownStore(f"{store_id[:40]!r}; ids look like s12")
    store = ports.directory.get(number)
    shown = _located(store, dt.datetime.now(dt.UTC))
    return reading(feature_json(store, shown), GEOJSON) if media_type == GEOJSON else reading(shown)


def _located(store: Store, now: dt.datetime) -> dict[str, Any]:
    """A store with what its hours are, beside what they mean now."""
    return store_json(store, opening_of(store, now)) | {"hours": store.hours or None}
