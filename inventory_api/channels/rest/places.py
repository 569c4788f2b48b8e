"""``GET /v1/places``: what a shopper calls a place, as coordinates with an honest precision."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from inventory_api.channels.ports import Ports
from inventory_api.channels.problem import place_json
from inventory_api.channels.reading import reading
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.openapi import answer, problems, query_parameters
from inventory_api.channels.rest.origin import PlaceName
from inventory_api.channels.rest.parameters import Flag, Limit
from inventory_api.channels.rest.query import QueryModel, query
from inventory_api.channels.rest.schema import PlacePage

router = APIRouter(tags=["places"])


class PlacesParams(QueryModel):
    """What somebody calls a place."""

    q: PlaceName = Field(
        description="A postal code, city, neighborhood, Plus Code, or `lat,lon`.", examples=["Springfield"]
    )
    country: Annotated[str, Field(pattern="^[A-Za-z]{2}$")] | None = Field(
        None, description="ISO 3166 alpha-2: places there come alone, where there are any.", examples=["US"]
    )
    prefix: Flag = Field(False, description="Suggest while the shopper types: names that begin with `q`.")
    limit: Limit = 5


@router.get(
    "/v1/places",
    operation_id="listPlaces",
    summary="Find a place by what people call it",
    description="Answered from a gazetteer of our own; for what it does not know, a geocoder is asked where the "
    "operator chose one, never with `prefix`. `source` says who knew, `attribution` whom to credit beside it. "
    "Places with stores come first.",
    response_model=PlacePage,
    responses=problems() | {200: answer(examples.PLACES, "The likeliest first; empty where none is known.")},
    openapi_extra={"parameters": query_parameters(PlacesParams)},
)
async def list_places(ports: Ports, params: Annotated[PlacesParams, Depends(query(PlacesParams))]) -> Response:
    """Places of this name."""
    country = params.country and params.country.upper()
    if params.prefix:
        found = ports.places.suggest(params.q, limit=params.limit, country=country)
    else:
        found = (await ports.places.search(params.q, country=country))[: params.limit]
    places = [place_json(one.place) | {"has_stores": one.has_stores} for one in found]
    credit = ports.places.credit(one.place for one in found) or None
    return reading({"places": places, "attribution": credit, "next_cursor": None})
