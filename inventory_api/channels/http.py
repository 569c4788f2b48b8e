"""What every request gets, whatever it asks: an id, a limit on its body, its time, and no bare 500.

Plain ASGI: Starlette's ``BaseHTTPMiddleware`` costs a task group a request and breaks streaming.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inventory_api.channels.problem import ProblemWriter
from inventory_api.domain.errors import InventoryError

BODY_LIMIT = 1 << 20
UPLOAD_LIMIT = 4 << 30
UPLOADS = ("/v1/feeds/", "/v1/uploads")

Answerer = Callable[[bytes], Awaitable[ASGIApp]]

_log = logging.getLogger(__name__)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:=/+-]{1,128}")


class Manners:
    """The outermost layer of ours. Logs the path alone: a query string may hold a shopper's position.

    Args:
        app: What answers.
        writer: Words the problems that arise outside the app's own handlers.
        body_limit: Bytes that a body may have.
        upload_limit: Bytes that the body of a feed upload may have.
    """

    def __init__(
        self, app: ASGIApp, writer: ProblemWriter, body_limit: int = BODY_LIMIT, upload_limit: int = UPLOAD_LIMIT
    ) -> None:
        self._app = app
        self._writer = writer
        self._body_limit = body_limit
        self._upload_limit = upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        answered = False

        async def send_framed(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                duration_ms = (time.perf_counter() - begun) * 1000
                # A new list: a response object that is reused must not gather headers.
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"request-id", request_id.encode()),
                    (b"server-timing", b"total;dur=%.1f" % duration_ms),
                ]
            await send(message)

        try:
            await self._app(scope, self._limited(scope, receive), send_framed)
        except ClientDisconnect:
            _log.info("%s %s: the client went away, request %s", scope["method"], scope["path"], request_id)
        except Exception as error:
            if not isinstance(error, HTTPException) or error.status_code >= 500:
                _log.exception("%s %s failed, request %s", scope["method"], scope["path"], request_id)
            if answered:
                raise
            await self._writer.of_exception(scope, error)(scope, receive, send_framed)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        limit = self._upload_limit if scope["path"].startswith(UPLOADS) else self._body_limit
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not declared.isdigit() or int(declared[:20]) > limit:
            raise _too_large(limit)
        left = limit

        async def receive_limited() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise _too_large(limit)
            return message

        return receive_limited


class LeanJson:
    """A 200 of JSON bytes: what Starlette's ``Response`` would send, without what it could."""

    __slots__ = ("_body",)

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self._body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})


class HotPaths:
    """Answers the paths that are asked most before routing, handlers and dependencies: they cost more than the answer.

    Args:
        app: What answers everything else, other methods on these paths included.
        writer: Words what the answers raise.
        answers: By path, from the raw query string to a response; only ``GET`` comes here.
    """

    def __init__(self, app: ASGIApp, writer: ProblemWriter, answers: Mapping[str, Answerer]) -> None:
        self._app = app
        self._writer = writer
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        answerer = self._answers.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        if answerer is None:
            await self._app(scope, receive, send)
            return
        response: ASGIApp
        try:
            response = await answerer(scope["query_string"])
        except (InventoryError, RequestValidationError) as error:
            response = self._writer.of_exception(scope, error)
        await response(scope, receive, send)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"request-id" and _REQUEST_ID.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(13).upper()


def _too_large(limit: int) -> HTTPException:
    # An HTTPException, because FastAPI lets no other pass through its own reading of a body.
    return HTTPException(413, f"This endpoint takes bodies of at most {limit:,} bytes.")
