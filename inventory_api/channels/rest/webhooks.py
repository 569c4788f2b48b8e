"""``/v1/webhook-endpoints``: where a retailer wants to be told of its feeds."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field, WithJsonSchema
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from inventory_api.channels.ports import Ports
from inventory_api.channels.reading import instant
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.auth import Holder
from inventory_api.channels.rest.body import read_json
from inventory_api.channels.rest.openapi import answer, body_of, problems
from inventory_api.channels.rest.query import NoParams, QueryModel, query
from inventory_api.channels.rest.render import json_response
from inventory_api.channels.rest.schema import DeliveryOut, EndpointOut, EndpointPage
from inventory_api.domain.errors import InvalidInput, UnknownEndpoint
from inventory_api.domain.webhook import SUBSCRIBABLE, Delivery, WebhookEndpoint

router = APIRouter(tags=["webhooks"])

_PATH = "/v1/webhook-endpoints/{endpoint_id}"
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}", re.ASCII)
_ALL = [event.value for event in SUBSCRIBABLE]


Event = Annotated[str, WithJsonSchema({"type": "string", "enum": _ALL})]


class EndpointIn(QueryModel):
    """What is to be sent where."""

    url: str = Field(max_length=2000, examples=[examples.ENDPOINT["url"]], json_schema_extra={"format": "uri"})
    events: list[Event] = Field(
        _ALL, min_length=1, max_length=20, description="All where absent.", examples=[examples.ENDPOINT["events"]]
    )


_KEYED = ("unauthorized", "forbidden", "not_found")


@router.get(
    "/v1/webhook-endpoints",
    operation_id="listWebhookEndpoints",
    summary="List webhook endpoints",
    response_model=EndpointPage,
    responses=problems("unauthorized", "forbidden") | {200: answer(examples.ENDPOINTS, "All of the key's retailer.")},
    dependencies=[Depends(query(NoParams))],
)
def list_endpoints(ports: Ports, holder: Holder) -> Response:
    """Endpoints of the key's retailer."""
    found = ports.webhooks.list(holder.retailer_id)
    return json_response({"webhook_endpoints": [_json(endpoint) for endpoint in found], "next_cursor": None})


@router.get(
    _PATH,
    operation_id="getWebhookEndpoint",
    summary="Get a webhook endpoint with its last deliveries",
    response_model=EndpointOut,
    responses=problems(*_KEYED) | {200: answer(examples.ENDPOINT, "The endpoint.")},
    dependencies=[Depends(query(NoParams))],
)
def get_endpoint(ports: Ports, holder: Holder, endpoint_id: str) -> Response:
    """One endpoint of the key's retailer."""
    endpoint, deliveries = ports.webhooks.get(holder.retailer_id, _known(endpoint_id))
    return json_response(_json(endpoint) | {"deliveries": [delivery_json(each) for each in deliveries]})


@router.put(
    _PATH,
    operation_id="putWebhookEndpoint",
    summary="Set up or change a webhook endpoint",
    description="Standard Webhooks 1.0. The answer to the first `PUT` (201) holds the `secret`, once. A later one "
    "keeps the secret and enables an endpoint that was disabled.",
    response_model=EndpointOut,
    responses=problems(*_KEYED, "unsupported_media_type", "payload_too_large")
    | {
        200: answer(examples.ENDPOINT, "Changed."),
        201: answer(examples.NEW_ENDPOINT, "Set up; `secret` is shown here and never again.") | {"model": EndpointOut},
    },
    openapi_extra={"requestBody": body_of(EndpointIn)},
    dependencies=[Depends(query(NoParams))],
)
async def put_endpoint(
    ports: Ports, holder: Holder, endpoint_id: str, body: Annotated[EndpointIn, Depends(read_json(EndpointIn))]
) -> Response:
    """Set up an endpoint of the key's retailer."""
    if not _ID.fullmatch(endpoint_id):
        raise InvalidInput("an id is a-z, 0-9, - and _, at most 63 characters", parameter="endpoint_id")
    endpoint, secret = await run_in_threadpool(
        ports.webhooks.put, holder.retailer_id, endpoint_id, url=body.url, events=body.events
    )
    return json_response(_json(endpoint, secret), 200 if secret is None else 201, _PRIVATE)


@router.delete(
    _PATH,
    operation_id="deleteWebhookEndpoint",
    summary="Delete a webhook endpoint and what is on its way to it",
    status_code=204,
    response_class=Response,
    responses=problems(*_KEYED) | {204: {"description": "Gone."}},
    dependencies=[Depends(query(NoParams))],
)
def delete_endpoint(ports: Ports, holder: Holder, endpoint_id: str) -> Response:
    """Delete an endpoint of the key's retailer."""
    ports.webhooks.delete(holder.retailer_id, _known(endpoint_id))
    return Response(status_code=204)


@router.post(
    f"{_PATH}/rotate",
    operation_id="rotateWebhookSecret",
    summary="Replace the secret; the one before signs beside it for 24 hours",
    response_model=EndpointOut,
    responses=problems(*_KEYED) | {200: answer(examples.NEW_ENDPOINT, "`secret` is shown here and never again.")},
    dependencies=[Depends(query(NoParams))],
)
def rotate_secret(ports: Ports, holder: Holder, endpoint_id: str) -> Response:
    """A new secret."""
    endpoint, secret = ports.webhooks.rotate(holder.retailer_id, _known(endpoint_id))
    return json_response(_json(endpoint, secret), headers=_PRIVATE)


@router.post(
    f"{_PATH}/test",
    operation_id="testWebhookEndpoint",
    summary="Send a test event",
    status_code=202,
    response_model=DeliveryOut,
    responses=problems(*_KEYED) | {202: answer(examples.DELIVERY, "On its way; the endpoint shows how it ends.")},
    dependencies=[Depends(query(NoParams))],
)
def test_endpoint(ports: Ports, holder: Holder, endpoint_id: str) -> Response:
    """Queue an event that says nothing."""
    return json_response(delivery_json(ports.webhooks.send_test(holder.retailer_id, _known(endpoint_id))), 202)


_PRIVATE = {"Cache-Control": "no-store"}


def _known(endpoint_id: str) -> str:
    if not _ID.fullmatch(endpoint_id):
        # What cannot be an id need not be asked, and PostgreSQL takes no NUL.
        raise UnknownEndpoint(repr(endpoint_id[:64]))
    return endpoint_id


def _json(endpoint: WebhookEndpoint, secret: str | None = None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": endpoint.events,
        "created_at": instant(endpoint.created_at),
        "disabled": endpoint.disabled,
    }
    return shown if secret is None else shown | {"secret": secret}


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """An event on its way, as its receiver's owner sees it."""
    return {
        "id": delivery.id,
        "event": delivery.event,
        "created_at": instant(delivery.created_at),
        "attempts": delivery.attempts,
        "delivered_at": None if delivery.delivered_at is None else instant(delivery.delivered_at),
        "next_attempt_at": None if delivery.due_at is None else instant(delivery.due_at),
        "answer": delivery.answer,
    }
