"""``POST /v1/feeds/{kind}``: a retailer's file arrives, chunk by chunk, and becomes a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from inventory_api.channels.ports import Ports
from inventory_api.channels.reading import JSON
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.auth import Holder
from inventory_api.channels.rest.openapi import answer, problems, query_parameters
from inventory_api.channels.rest.parameters import Flag, Instant, Word
from inventory_api.channels.rest.query import QueryModel, query
from inventory_api.channels.rest.render import json_response
from inventory_api.channels.rest.schema import RunOut
from inventory_api.channels.runs import run_json, run_path
from inventory_api.channels.upload import FILE_TYPES, FORM, Upload, kind_of, receive
from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.ports import FeedUpload, KeyHolder

router = APIRouter(tags=["feeds"])


class FeedParams(QueryModel):
    """What the file does not say itself."""

    mode: FeedMode = Field(FeedMode.FULL, description="`full`: absence says something. `delta`: changes only.")
    dry_run: Flag = Field(False, description="Check and report, publish nothing.")
    store_code: Word | None = Field(None, description="The one store that an inventory file is of.")
    source: Word | None = Field(None, description="The feed source whose profile tells how the file is read.")
    sequence: int | None = Field(
        None,
        ge=0,
        le=2**53,
        description="The sender's own count of its versions; a lower one than published is outdated.",
    )
    as_of: Instant | None = Field(None, description="The instant the file speaks of (RFC 3339); default: its receipt.")


Kind = Annotated[str, Path(description="What the rows are about.", json_schema_extra={"enum": [*FeedKind]})]

_FILE = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}


@router.post(
    "/v1/feeds/{kind}",
    operation_id="uploadFeed",
    summary="Upload a feed",
    description="The raw file, or one file as a form; up to 4 GiB, gzip welcome. Answers when the file is safely kept; "
    "what is wrong with it, its run says.",
    status_code=202,
    response_model=RunOut,
    responses=problems("unauthorized", "forbidden", "not_found", "payload_too_large", "unsupported_media_type")
    | {
        202: answer(examples.QUEUED, "Kept and queued; `Location` leads to its report.")
        | {"headers": {"Location": {"description": "The run.", "schema": {"type": "string"}}}}
    },
    openapi_extra={
        "parameters": query_parameters(FeedParams),
        "requestBody": {
            "content": {**dict.fromkeys(sorted(FILE_TYPES), _FILE), JSON: {"schema": {}}, FORM: {"schema": _FORM}}
        },
    },
)
async def upload_feed(
    request: Request,
    ports: Ports,
    holder: Holder,
    kind: Kind,
    params: Annotated[FeedParams, Depends(query(FeedParams))],
) -> Response:
    """Receive a file."""
    announced = feed_upload(holder, kind, params)
    upload = Upload(request)
    reception = await receive(ports.desk, upload.chunks())
    run = await run_in_threadpool(reception.accept, replace(announced, content_type=upload.content_type))
    return json_response(run_json(run), 202, {"Location": run_path(run)})


def feed_upload(holder: KeyHolder, kind: str, params: FeedParams) -> FeedUpload:
    """What is to be uploaded, in whatever way its bytes come.

    Raises:
        NotFound: No such kind of feed.
        InvalidInput: Parameters that do not go together.
    """
    return FeedUpload(
        retailer_id=holder.retailer_id,
        kind=kind_of(kind, params.store_code),
        mode=params.mode,
        store_code=params.store_code,
        as_of=params.as_of,
        dry_run=params.dry_run,
        source_id=params.source,
        sequence=params.sequence,
    )
