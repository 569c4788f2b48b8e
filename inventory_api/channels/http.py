"""What every request gets, whatever it asks: an id, its turn, a limit on its body, its time, and no bare 500.

Plain ASGI: Starlette's ``BaseHTTPMiddleware`` costs a task group a request and breaks streaming.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_compress import CompressMiddleware, add_compress_type

from inventory_api.channels.admission import Admission
from inventory_api.channels.arrival import arriving, too_large
from inventory_api.channels.callers import Callers
from inventory_api.channels.faults import story_of
from inventory_api.channels.metrics import Metrics
from inventory_api.channels.ports import Limits
from inventory_api.channels.problem import ProblemWriter
from inventory_api.channels.reading import NDJSON, is_keyed
from inventory_api.domain.errors import DeadlineExceeded, InventoryError

RETAILER = "/retailer"
"""Pages behind a session; no page of somebody else's reads them."""

UPLOADS = ("/v1/feeds/", "/v1/uploads", f"{RETAILER}/upload")
PHOTOS = "/scan"
OPERATIONS = frozenset({"/livez", "/readyz", "/metrics"})
"""Answered however much there is to do, and to anybody: who restarts us must not be refused."""

SMS = "/v1/sms/"
SIGNED = ("/v1/hooks/", SMS)
"""Where a platform speaks for many from few addresses, and its signature stands for a key."""

QUESTIONS = frozenset(
    {"/v1/availability/batch", "/v1/basket", "/ucp/locations/search", "/ucp/locations/lookup", "/mcp"}
)
"""Asked with ``POST``, for their length; they change nothing."""

QUICK = frozenset({"/v1/availability"})
"""Single lookups: they have a shorter time."""

COMPRESSED_BYTES = 1_000
"""Smaller answers fit in one packet as they are."""

Answerer = Callable[[Scope, Receive], Awaitable[ASGIApp]]
HotPath = tuple[str, str]
"""A method and a path."""

Header = tuple[bytes, bytes]

_log = logging.getLogger(__name__)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:=/+-]{1,128}")
_TRACE = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-.*)?")
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_ANY_ORIGIN = (b"access-control-allow-origin", b"*")
_EXPOSED = (b"access-control-expose-headers", b"ETag, Link, RateLimit, RateLimit-Policy, Request-Id, Retry-After")
_PREFLIGHT: list[Header] = [
    _ANY_ORIGIN,
    (b"access-control-allow-methods", b"GET, POST"),
    # Neither Authorization nor X-API-Key: a page of somebody else's has no business with a key.
    (
        b"access-control-allow-headers",
        b"Accept, Content-Digest, Content-Type, If-None-Match, Mcp-Method, Mcp-Name, MCP-Protocol-Version, Request-Id, "
        b"Signature, Signature-Input, traceparent, UCP-Agent",
    ),
    (b"access-control-max-age", b"86400"),
    (b"vary", b"Access-Control-Request-Headers, Access-Control-Request-Method"),
]

add_compress_type(NDJSON)
add_compress_type("application/problem+json")


class BrokenOff(Exception):
    """An answer failed when a part of it had been sent; why is in the log."""


class Manners:
    """The outermost layer of ours. Logs the path alone: a query string may hold a shopper's position.

    Args:
        app: What answers.
        writer: Words the problems that arise outside the app's own handlers.
        admission: Says when there is too much to do.
        callers: Says who calls, and when they call too often.
        metrics: Counts what was answered.
        limits: Of time and bodies.
    """

    def __init__(
        self,
        app: ASGIApp,
        writer: ProblemWriter,
        admission: Admission,
        callers: Callers,
        metrics: Metrics,
        limits: Limits,
    ) -> None:
        self._app = app
        self._compressing = CompressMiddleware(app, minimum_size=COMPRESSED_BYTES)
        self._writer = writer
        self._admission = admission
        self._callers = callers
        self._metrics = metrics
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = perf_counter()
        method, path = scope["method"], scope["path"]
        headers = dict(scope["headers"])
        request_id = _request_id(headers)
        state = scope.setdefault("state", {})
        state["headers"], state["request_id"] = headers, request_id
        said: list[Header] = [(b"request-id", request_id.encode()), _NOSNIFF]
        is_read = not path.startswith(SIGNED) if method == "GET" else method == "POST" and path in QUESTIONS
        if is_read and not is_keyed(headers) and not path.startswith(RETAILER):
            said += (_ANY_ORIGIN, _EXPOSED) if b"origin" in headers else (_ANY_ORIGIN,)
        if b"traceparent" in headers:
            said += _traced(headers[b"traceparent"])
        turn: asyncio.Task[object] | None = None
        status = 0

        async def send_framed(message: Message) -> None:
            nonlocal status, turn
            if message["type"] == "http.response.start":
                status = message["status"]
                if turn is not None:
                    self._admission.leave(turn)
                    turn = None
                duration_ms = (perf_counter() - begun) * 1000
                # A new list: a response object that is reused must not gather headers.
                message["headers"] = [
                    *message.get("headers", ()),
                    *said,
                    (b"server-timing", b"total;dur=%.1f" % duration_ms),
                ]
            await send(message)

        is_late = False
        try:
            try:
                if path not in OPERATIONS:
                    turn = self._admission.enter(begun + self._time_for(path) if is_read else float("inf"))
                    if method == "OPTIONS" and b"access-control-request-method" in headers:
                        await _answer_preflight(send_framed)
                        return
                    left = None if path.startswith(SIGNED) else await self._callers.admit(scope, headers)
                    if left is not None:
                        said.append((b"ratelimit", left))
                await (self._compressing if b"accept-encoding" in headers else self._app)(
                    scope, receive if method == "GET" else self._limited(path, headers, receive), send_framed
                )
            finally:
                is_late = turn is not None and self._admission.leave(turn)
                turn = None
        except ClientDisconnect:
            _log.info("%s %s: the client went away, request %s", method, _shown(path), request_id)
        except asyncio.CancelledError:
            if status or not is_late:
                raise
            late = DeadlineExceeded("there was no answer in time")
            await self._writer.of_exception(scope, late)(scope, receive, send_framed)
        except Exception as error:
            if not isinstance(error, HTTPException | InventoryError) or getattr(error, "status_code", 0) >= 500:
                _log.error("%s %s failed, request %s\n%s", method, _shown(path), request_id, story_of(error))
            if status:
                # The server cuts the line, and logs what it is told.
                raise BrokenOff from None
            await self._writer.of_exception(scope, error)(scope, receive, send_framed)
        finally:
            self._metrics.observe(scope, status, perf_counter() - begun)

    def _time_for(self, path: str) -> float:
        return self._limits.lookup_s if path in QUICK else self._limits.read_s

    def _limited(self, path: str, headers: Mapping[bytes, bytes], receive: Receive) -> Receive:
        limit = self._limits.photo_bytes if path == PHOTOS else self._limits.body_bytes
        if path.startswith(UPLOADS):
            limit = self._limits.upload_bytes
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared[:20]) > limit:
            raise too_large(limit)
        return arriving(receive, limit=limit, patience_s=self._limits.receive_s)


class HotPaths:
    """Answers the paths that are asked most without routing, handlers and dependencies: they cost more than the answer.

    Args:
        writer: Words what the answers raise.
        answers: By method and path, from the request to a response; nothing else comes here.
    """

    def __init__(self, writer: ProblemWriter, answers: Mapping[HotPath, Answerer]) -> None:
        self._writer = writer
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        response: ASGIApp
        try:
            response = await self._answers[scope["method"], scope["path"]](scope, receive)
        except (InventoryError, RequestValidationError) as error:
            response = self._writer.of_exception(scope, error)
        await response(scope, receive, send)


async def _answer_preflight(send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
    await send({"type": "http.response.body", "body": b""})


def _shown(path: str) -> str:
    """A path for the log: that of an SMS channel ends in its secret."""
    return f"{path.rpartition('/')[0]}/..." if path.startswith(SMS) else path


def _request_id(headers: Mapping[bytes, bytes]) -> str:
    given = headers.get(b"request-id")
    if given is not None and _REQUEST_ID.fullmatch(given):
        return str(given, "ascii")
    return f"{random.getrandbits(104):026X}"


def _traced(parent: bytes) -> list[Header]:
    """The caller's trace, with a span of ours; nothing where it is no W3C trace context."""
    trace = _TRACE.fullmatch(parent)
    if trace is None:
        return []
    return [(b"traceparent", b"00-%b-%016x-%b" % (trace[1], random.getrandbits(64) or 1, trace[2]))]
