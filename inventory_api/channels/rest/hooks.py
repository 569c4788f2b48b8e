"""``POST /v1/hooks/{protocol}/{source}``: events from points of sale, signed by their sender."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from inventory_api.channels.ports import Ports
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.openapi import answer, problems
from inventory_api.channels.rest.query import NoParams, query
from inventory_api.channels.rest.render import json_response
from inventory_api.channels.rest.schema import HookOut
from inventory_api.domain.errors import UnknownSource
from inventory_api.domain.ports import HookDelivery
from inventory_api.domain.source import HOOKED

MAX_CHARS = 200
"""Of the name of a source; a longer one is none."""

router = APIRouter(tags=["feeds"])

Platform = Annotated[str, Path(description="Who sends.", json_schema_extra={"enum": sorted(HOOKED)})]
Source = Annotated[str, Path(description="`{retailer}.{source}`: the retailer's id, a dot, the id of the feed source.")]


@router.post(
    "/v1/hooks/{protocol}/{source}",
    operation_id="receiveHook",
    summary="Receive an event of a point of sale",
    description="Up to 1 MiB. The signature over the raw body stands for a key. Answers 200 when what was said is "
    "kept, be it used or not: a message that cannot be used shows in the state of its feed source.",
    response_model=HookOut,
    responses=problems("unauthorized", "not_found", "payload_too_large", "overloaded")
    | {200: answer(examples.HOOKED, "What became of the events in it.")},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {}, "application/x-www-form-urlencoded": {}},
        }
    },
    dependencies=[Depends(query(NoParams))],
)
async def receive_hook(request: Request, ports: Ports, protocol: Platform, source: Source) -> Response:
    """Take in one delivery."""
    if len(source) > MAX_CHARS or not source.isprintable():
        raise UnknownSource(repr(source[:64]))
    delivery = HookDelivery(
        protocol=protocol,
        source=source,
        url=(ports.public_base_url or str(request.base_url).rstrip("/")) + request.url.path,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.body(),
    )
    return json_response(asdict(await run_in_threadpool(ports.events.receive, delivery)))
