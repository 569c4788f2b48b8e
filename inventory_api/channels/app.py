"""The one entry to the channels: ``create_app(ports)``."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from inventory_api.channels import agents
from inventory_api.channels.ports import AppPorts, Hook
from inventory_api.channels.reading import GEOJSON
from inventory_api.channels.rest import availability, examples, products, several
from inventory_api.channels.rest.api import rest_app
from inventory_api.channels.rest.openapi import answer, problems, query_parameters
from inventory_api.channels.rest.schema import AvailabilityOut
from inventory_api.channels.sms import routes
from inventory_api.channels.sms.gateway import Gateway
from inventory_api.channels.sms.ports import SmsPorts
from inventory_api.channels.web import pages as web

__all__ = ["AppPorts", "Hook", "create_app"]

_documented = APIRouter(tags=["availability"])


@_documented.get(
    "/v1/availability",
    operation_id="getAvailability",
    summary="Say which stores near a place have a product",
    response_model=AvailabilityOut,
    responses=problems(
        "invalid_gtin",
        "invalid_coordinates",
        "origin_required",
        "place_not_found",
        "ambiguous_place",
        "radius_too_large",
        "unknown_product",
        "unknown_store",
        "index_unavailable",
        "overloaded",
        "deadline_exceeded",
    )
    | {200: answer(examples.AVAILABILITY, "The answer; an empty list where nobody has a known product.", GEOJSON)},
    openapi_extra={"parameters": query_parameters(availability.AvailabilityParams)},
)
async def get_availability() -> Response:
    """Stands for the hot path in the OpenAPI document, and for 405; ``HotPaths`` answers before it."""
    raise NotImplementedError


def create_app(ports: AppPorts, sms: SmsPorts | None = None) -> FastAPI:
    """Join every channel into one app.

    Args:
        ports: The world outside; ``ports.hooks`` start and stop with the app.
        sms: That of text messages; None: there are none, and whoever delivers one is refused.
    """
    hot = {
        ("GET", "/v1/availability"): availability.answerer(ports),
        ("POST", "/v1/availability/batch"): several.answerer(ports),
        ("GET", "/v1/products/suggest"): products.suggester(ports),
    }
    app = rest_app(
        ports,
        hot=hot,
        more=[_documented, routes.router],
        beside=[web.channel(ports), *agents.channels(ports)],
    )
    app.state.sms = sms
    app.state.gateway = None if sms is None else Gateway(sms)
    return app
