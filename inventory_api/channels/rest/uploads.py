"""``/v1/uploads``: feeds in pieces, by tus 1.0 (creation, creation-with-upload, expiration, checksum, termination)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import replace
from email.utils import format_datetime
from typing import Any

import anyio
from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inventory_api.channels.ports import UPLOAD_BYTES, Ports
from inventory_api.channels.rest.auth import Holder
from inventory_api.channels.rest.feeds import FeedParams, feed_upload
from inventory_api.channels.rest.openapi import problems
from inventory_api.channels.rest.query import NoParams, query
from inventory_api.channels.upload import FILE_TYPES, WRITE_BYTES, media_type
from inventory_api.domain.errors import InvalidInput, PayloadTooLarge, UnknownUpload, UnsupportedMediaType
from inventory_api.domain.ports import Continuation, FeedUpload, KeyHolder, PartialUpload, ResumableDesk

PATH = "/v1/uploads"
VERSION = "1.0.0"
CHUNK = "application/offset+octet-stream"
DIGESTS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_ABILITIES = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,creation-with-upload,expiration,checksum,termination",
    "Tus-Max-Size": str(UPLOAD_BYTES),
    "Tus-Checksum-Algorithm": ",".join(DIGESTS),
}


class TusManners:
    """What tus asks of every request and answer below ``/v1/uploads``: its version, and methods under another name.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not (scope["path"] + "/").startswith(f"{PATH}/"):
            await self._app(scope, receive, send)
            return
        for name, value in scope["headers"]:
            if name == b"x-http-method-override" and scope["method"] == "POST":
                scope = {**scope, "method": value.decode("latin-1").upper()}

        async def send_versioned(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"tus-resumable", VERSION.encode())]
            await send(message)

        await self._app(scope, receive, send_versioned)


async def speak_version(request: Request) -> None:
    """Refuse a client of another version: 412, with ours."""
    if request.headers.get("tus-resumable") != VERSION:
        raise HTTPException(412, f"Send Tus-Resumable: {VERSION}.", {"Tus-Version": VERSION})


router = APIRouter(tags=["feeds"], dependencies=[Depends(query(NoParams))])
_SPOKEN = [Depends(speak_version)]
_PROBLEMS = ("unauthorized", "forbidden", "precondition_failed")
_BODY = {"requestBody": {"content": {CHUNK: {"schema": {"type": "string", "format": "binary"}}}}}
_ONWARD = {
    "Upload-Offset": "The next byte; all before it survive a crash.",
    "Upload-Expires": "Until when the upload waits to be continued.",
    "Feed-Run": "The path of the run that the whole file became.",
}


def _told(description: str, **more: str) -> dict[str, Any]:
    headers = {name: {"description": text, "schema": {"type": "string"}} for name, text in (_ONWARD | more).items()}
    return {"description": description, "headers": headers}


@router.options(PATH, operation_id="describeUploads", summary="Say what of tus is spoken", status_code=204)
async def describe_uploads() -> Response:
    """Version, extensions, largest upload, checksums."""
    return Response(status_code=204, headers=_ABILITIES)


@router.post(
    PATH,
    operation_id="createUpload",
    summary="Begin a resumable upload",
    description="`Upload-Metadata` names `kind`, and what `POST /v1/feeds/{kind}` takes as parameters: `mode`, "
    "`store_code`, `source`, `as_of`, `dry_run`; `filetype` is the file's type. A body is its first bytes.",
    status_code=201,
    response_class=Response,
    responses=problems(
        *_PROBLEMS, "payload_too_large", "unsupported_media_type", "checksum_mismatch", "unknown_store", "not_found"
    )
    | {201: _told("It waits for its bytes.", Location="The path of the upload.")},
    openapi_extra=_BODY,
    dependencies=_SPOKEN,
)
async def create_upload(request: Request, ports: Ports, holder: Holder) -> Response:
    """Announce a file, and take in the bytes that came along."""
    length = _number(request, "Upload-Length")
    if length > UPLOAD_BYTES:
        raise PayloadTooLarge(f"a feed has at most {UPLOAD_BYTES:,} bytes", parameter="Upload-Length")
    upload = _announced(request, holder)
    kind = media_type(request)
    if kind not in (None, CHUNK):
        raise UnsupportedMediaType(f"send the first bytes as {CHUNK}", parameter="Content-Type")
    known = await run_in_threadpool(ports.uploads.create, upload, length)
    if kind == CHUNK or length == 0:
        known = await _take(request, ports.uploads, holder, known.id, 0)
    return Response(status_code=201, headers=_state(known) | {"Location": f"{PATH}/{known.id}"})


@router.head(
    f"{PATH}/{{upload_id}}",
    operation_id="getUpload",
    summary="Say how far an upload is",
    response_class=Response,
    responses=problems(*_PROBLEMS, "not_found") | {200: _told("So far.", **{"Upload-Length": "Bytes of the file."})},
    dependencies=_SPOKEN,
)
def get_upload(ports: Ports, holder: Holder, upload_id: str) -> Response:
    """Where to go on."""
    known = ports.uploads.get(holder.retailer_id, _id(upload_id))
    return Response(headers=_state(known) | {"Upload-Length": str(known.length), "Cache-Control": "no-store"})


@router.patch(
    f"{PATH}/{{upload_id}}",
    operation_id="continueUpload",
    summary="Send more bytes of an upload",
    status_code=204,
    response_class=Response,
    responses=problems(
        *_PROBLEMS, "not_found", "conflict", "payload_too_large", "unsupported_media_type", "checksum_mismatch"
    )
    | {204: _told("They are kept.")},
    openapi_extra=_BODY,
    dependencies=_SPOKEN,
)
async def continue_upload(request: Request, ports: Ports, holder: Holder, upload_id: str) -> Response:
    """Take in bytes at the offset where the last ones ended."""
    if media_type(request) != CHUNK:
        raise UnsupportedMediaType(f"send bytes of an upload as {CHUNK}", parameter="Content-Type")
    offset = _number(request, "Upload-Offset")
    return Response(
        status_code=204, headers=_state(await _take(request, ports.uploads, holder, _id(upload_id), offset))
    )


@router.delete(
    f"{PATH}/{{upload_id}}",
    operation_id="removeUpload",
    summary="Give up an upload",
    status_code=204,
    response_class=Response,
    responses=problems(*_PROBLEMS, "not_found"),
    dependencies=_SPOKEN,
)
def remove_upload(ports: Ports, holder: Holder, upload_id: str) -> Response:
    """Forget it; a run that it became stays."""
    ports.uploads.remove(holder.retailer_id, _id(upload_id))
    return Response(status_code=204)


async def _take(request: Request, desk: ResumableDesk, holder: KeyHolder, upload_id: str, offset: int) -> PartialUpload:
    """Take in the body, from this offset on."""
    promised = _promised(request)
    checked = promised is not None
    onward = await run_in_threadpool(desk.resume, holder.retailer_id, upload_id, offset, checked=checked)
    try:
        await _receive(request, onward, promised)
    except BaseException as error:
        # What a caller sent who went away is worth keeping, unless a checksum was to vouch for it.
        is_cut = isinstance(error, (ClientDisconnect, asyncio.CancelledError))
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(onward.keep if is_cut and not checked else onward.discard)
        raise
    return await run_in_threadpool(onward.keep)


async def _receive(request: Request, onward: Continuation, promised: tuple[str, bytes] | None) -> None:
    algorithm, expected = promised or ("sha1", None)
    digest = DIGESTS[algorithm](usedforsecurity=False)
    gathered = bytearray()
    async for chunk in request.stream():
        gathered += chunk
        # Starlette ends every body with an empty chunk.
        if len(gathered) >= WRITE_BYTES or not chunk:
            if expected is not None:
                digest.update(gathered)
            await run_in_threadpool(onward.write, bytes(gathered))
            gathered.clear()
    if expected is not None and not hmac.compare_digest(digest.digest(), expected):
        raise HTTPException(460, f"The bytes that arrived have the {algorithm} {digest.hexdigest()}.")


def _announced(request: Request, holder: KeyHolder) -> FeedUpload:
    """What the metadata says that the file is; keys that are not ours are for others."""
    metadata = _metadata(request.headers.get("upload-metadata", ""))
    kind = metadata.get("kind")
    if kind is None:
        raise InvalidInput("Upload-Metadata needs kind: stores, products or inventory", parameter="Upload-Metadata")
    named = {name: metadata[name] for name in FeedParams.model_fields if name in metadata}
    try:
        params = FeedParams.model_validate(named)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(f"{first['loc'][0]}: {first['msg']}", parameter="Upload-Metadata") from None
    file_type = metadata.get("filetype")
    return replace(feed_upload(holder, kind, params), content_type=file_type if file_type in FILE_TYPES else None)


def _metadata(header: str) -> dict[str, str]:
    """Pairs of a key and a value in base64, which may be missing."""
    found = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise InvalidInput(
                f"the value of {key[:40]!r} is not base64 of text", parameter="Upload-Metadata"
            ) from error
    return found


def _promised(request: Request) -> tuple[str, bytes] | None:
    """Algorithm and digest of ``Upload-Checksum``."""
    header = request.headers.get("upload-checksum")
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value.strip(), validate=True)
    except binascii.Error:
        digest = b""
    if algorithm not in DIGESTS or len(digest) != DIGESTS[algorithm]().digest_size:
        raise HTTPException(400, f"Upload-Checksum is one of {', '.join(DIGESTS)}, a blank, and the digest in base64.")
    return algorithm, digest


def _number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not _NUMBER.fullmatch(text):
        raise InvalidInput(f"{header} is a whole number of bytes", parameter=header)
    return int(text)


def _id(upload_id: str) -> str:
    if not upload_id.isprintable() or len(upload_id) > 64:
        raise UnknownUpload(repr(upload_id[:64]))
    return upload_id


def _state(known: PartialUpload) -> dict[str, str]:
    state = {"Upload-Offset": str(known.received), "Upload-Expires": format_datetime(known.expires_at, usegmt=True)}
    if known.run_id is not None:
        state["Feed-Run"] = f"/v1/feed-runs/{known.run_id}"
    return state
