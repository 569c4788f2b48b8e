"""``POST`` and ``GET /v1/sms/{provider}/{channel_secret}``: where providers deliver texts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from inventory_api.channels.ports import Ports
from inventory_api.channels.rest.openapi import faults
from inventory_api.channels.sms.gateway import Gateway
from inventory_api.channels.sms.ports import SmsPorts
from inventory_api.channels.sms.providers import PROVIDERS, Call, provider_of
from inventory_api.domain.errors import Forbidden

MAX_SECRET = 200

router = APIRouter(tags=["sms"])

Provider = Annotated[str, Path(description="Who sends.", json_schema_extra={"enum": sorted(PROVIDERS)})]
Secret = Annotated[str, Path(description="Of the channel; `inventory-api sms channel add` prints the whole address.")]

_RESPONSES = faults("forbidden", "invalid_request", "payload_too_large", "overloaded") | {
    200: {
        "description": "The reply, in the provider's own format; empty where nothing is said.",
        "content": {"text/xml": {}, "text/plain": {}, "application/octet-stream": {}},
    },
    204: {"description": "Taken; the reply, if any, is sent by a call of its own."},
}


@router.post(
    "/v1/sms/{provider}/{channel_secret}",
    operation_id="receiveSms",
    summary="Receive a text message",
    description="For providers, not for apps. What it is signed with stands for a key. The same message is answered "
    "once, however often it is delivered; within eight seconds.",
    response_class=Response,
    responses=_RESPONSES,
    openapi_extra={
        "requestBody": {
            "required": False,
            "content": {"application/x-www-form-urlencoded": {}, "application/json": {}},
        }
    },
)
async def receive_sms(request: Request, ports: Ports, provider: Provider, channel_secret: Secret) -> Response:
    """Take in one call."""
    sms: SmsPorts | None = request.app.state.sms
    if sms is None or provider not in PROVIDERS or not 0 < len(channel_secret) <= MAX_SECRET:
        raise Forbidden("there is no such channel")
    channel = await run_in_threadpool(sms.channels.find, provider, channel_secret)
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1")
    call = Call(
        method=request.method,
        # Never the Host that the caller names: signatures are over the address that we were registered by.
        url=f"{ports.public_base_url}{path}{'?' if query else ''}{query}",
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.body(),
        address=request.client.host if request.client else "",
    )
    gateway: Gateway = request.app.state.gateway
    return await gateway.receive(provider_of(channel, sms.client), call)


@router.get(
    "/v1/sms/{provider}/{channel_secret}",
    operation_id="receiveSmsByGet",
    summary="Receive a text message",
    description="The same for providers that put it into the query: Vonage and Kannel.",
    response_class=Response,
    responses=_RESPONSES,
)
async def receive_sms_by_get(request: Request, ports: Ports, provider: Provider, channel_secret: Secret) -> Response:
    """Take in one call."""
    return await receive_sms(request, ports, provider, channel_secret)
