"""``/v1/feed-sources``: where a retailer's feeds come from."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container
from typing import Any

import orjson
from fastapi import APIRouter, Depends, Request
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from inventory_api.channels.ports import Ports
from inventory_api.channels.reading import instant
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.auth import Holder
from inventory_api.channels.rest.body import json_bytes
from inventory_api.channels.rest.openapi import answer, problems
from inventory_api.channels.rest.query import NoParams, query
from inventory_api.channels.rest.render import json_response
from inventory_api.channels.rest.schema import SourceOut, SourcesOut
from inventory_api.channels.rest.source_body import SHAPES, read_source
from inventory_api.domain.errors import InvalidInput, UnknownSource
from inventory_api.domain.ports import VERSIONS
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.source import FeedSource

router = APIRouter(tags=["feeds"])

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_STRONG_TAG = re.compile(r'(?<!W/)"(\d{1,9})"')
_PROFILE: TypeAdapter[FeedProfile] = TypeAdapter(FeedProfile)
_BODY = {"oneOf": [{"$ref": f"#/components/schemas/{shape.__name__}"} for shape in dict.fromkeys(SHAPES.values())]}
_CONDITION = {"in": "header", "required": False, "schema": {"type": "string"}}
_IF_MATCH = _CONDITION | {
    "name": "If-Match",
    "description": "The ETag that was read, or `*`: 412 where there is another by now, or none.",
}
_IF_NONE_MATCH = _CONDITION | {"name": "If-None-Match", "description": "`*`: 412 where there is one already."}


@router.get(
    "/v1/feed-sources",
    operation_id="listFeedSources",
    summary="List feed sources",
    response_model=SourcesOut,
    responses=problems("unauthorized", "forbidden") | {200: answer(examples.SOURCES, "All of them, by id.")},
    dependencies=[Depends(query(NoParams))],
)
def list_feed_sources(ports: Ports, holder: Holder) -> Response:
    """Sources of the key's retailer."""
    found = ports.sources.list(holder.retailer_id)
    return json_response({"feed_sources": [source_json(source) for source in found], "next_cursor": None})


@router.get(
    "/v1/feed-sources/{source_id}",
    operation_id="getFeedSource",
    summary="Show a feed source and how its last visit went",
    response_model=SourceOut,
    responses=problems("unauthorized", "forbidden", "not_found") | {200: answer(examples.SOURCE, "The source.")},
    dependencies=[Depends(query(NoParams))],
)
def get_feed_source(ports: Ports, holder: Holder, source_id: str) -> Response:
    """One source of the key's retailer."""
    return _answer(ports.sources.get(holder.retailer_id, _known(source_id)))


@router.put(
    "/v1/feed-sources/{source_id}",
    operation_id="putFeedSource",
    summary="Declare a feed source, or change it",
    description="The whole source; it is fetched at once. Credentials are never shown; left out, they stay.",
    response_model=SourceOut,
    responses=problems(
        "unauthorized", "forbidden", "unknown_store", "precondition_failed", "payload_too_large",
        "unsupported_media_type",
    )
    | {200: answer(examples.SOURCE, "Changed."), 201: answer(examples.SOURCE, "New.") | {"model": SourceOut}},
    openapi_extra={
        "parameters": [_IF_MATCH, _IF_NONE_MATCH],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _BODY, "example": examples.PUT_SOURCE}},
        },
    },
    dependencies=[Depends(query(NoParams))],
)  # fmt: skip
async def put_feed_source(request: Request, ports: Ports, holder: Holder, source_id: str) -> Response:
    """Take in a source of the key's retailer."""
    if not _ID.fullmatch(source_id):
        raise InvalidInput(
            "an id is a-z, 0-9, - and _, at most 63, and begins with a letter or digit", parameter="source_id"
        )
    try:
        document = orjson.loads(await json_bytes(request))
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the body is no JSON: {error}") from None
    draft = read_source(document)
    put = ports.sources.put
    wanted = _wanted(request)
    source, is_new = await run_in_threadpool(put, holder.retailer_id, source_id, draft, if_version=wanted)
    return _answer(source, 201 if is_new else 200)


@router.delete(
    "/v1/feed-sources/{source_id}",
    operation_id="deleteFeedSource",
    summary="Forget a feed source",
    status_code=204,
    response_class=Response,
    responses=problems("unauthorized", "forbidden", "not_found", "precondition_failed"),
    openapi_extra={"parameters": [_IF_MATCH]},
    dependencies=[Depends(query(NoParams))],
)
def delete_feed_source(request: Request, ports: Ports, holder: Holder, source_id: str) -> Response:
    """Forget a source of the key's retailer; what it brought stays."""
    ports.sources.delete(holder.retailer_id, _known(source_id), if_version=_wanted(request))
    return Response(status_code=204)


def source_json(source: FeedSource) -> dict[str, Any]:
    """A source as it is shown; of credentials only that there are some."""
    attempted_at = source.state.get("attempted_at")
    return {
        "id": source.id,
        "version": source.version,
        "kind": source.kind.value,
        "mode": source.mode.value,
        "store_code": source.store_code,
        "protocol": source.protocol.value,
        **source.settings,
        "credentials": "set" if source.credentials else None,
        "profile": _PROFILE.dump_python(source.profile, mode="json", exclude_defaults=True)
        | {"version": source.profile.version},
        "state": {
            "attempted_at": attempted_at and instant(dt.datetime.fromisoformat(attempted_at)),
            "run_id": source.state.get("run_id"),
            "heard_at": source.heard_at and instant(source.heard_at),
            "failures": source.failures,
            "disabled": source.disabled,
            "due_at": source.due_at and instant(source.due_at),
            "events": source.state.get("events"),
            "problems": source.state.get("problems", []),
        },
        "created_at": instant(source.created_at),
        "updated_at": instant(source.updated_at),
    }


def _answer(source: FeedSource, status: int = 200) -> Response:
    headers = {"ETag": f'"{source.version}"'}
    if status == 201:
        headers["Location"] = f"/v1/feed-sources/{source.id}"
    return json_response(source_json(source), status, headers)


def _known(source_id: str) -> str:
    if not _ID.fullmatch(source_id):
        raise UnknownSource(repr(source_id[:64]))
    return source_id


def _wanted(request: Request) -> Container[int]:
    """The versions that the caller's condition allows; 0 is that there is none."""
    if_match, if_none = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if if_none is not None:
        if if_none.strip() != "*" or if_match is not None:
            raise InvalidInput("only If-None-Match: * is understood, and alone", parameter="If-None-Match")
        return {0}
    if if_match is None:
        return VERSIONS
    if if_match.strip() == "*":
        return VERSIONS[1:]
    return {int(version) for version in _STRONG_TAG.findall(if_match)}
