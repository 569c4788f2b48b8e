"""``Idempotency-Key``: a write that is sent again is answered again, and done once.

The request is known by the hash of its body, so the key is claimed when the last byte has come, before whoever
answers has seen it. A process that dies between the claim and the answer leaves a claim that expires soon; what it
had done by then is done again, which every write of ours survives: files and changes carry their own times.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inventory_api.channels.callers import address_of
from inventory_api.domain.errors import Conflict
from inventory_api.domain.ports import Replies, Reply

KEY = b"idempotency-key"
REPLAYED = "Idempotent-Replayed"

_KEY = re.compile(rb"[\x21-\x7e]{1,255}")


class Replayed(HTTPException):
    """The request was answered before. An HTTPException, because FastAPI lets no other pass through its reading."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


async def answer_replayed(request: Request, error: Exception) -> Response:
    """The exception handler of ``Replayed``."""
    assert isinstance(error, Replayed)
    return _response(error.reply)


def _response(reply: Reply) -> Response:
    return Response(reply.body, reply.status, dict(reply.headers) | {REPLAYED: "true"})


class Repeatable:
    """Gives ``POST`` requests with an ``Idempotency-Key`` the answer that they got the first time.

    Args:
        app: Does what is asked.
        replies: Keeps the answers.
        secret: Keys the hashes of what was asked and from where: a plain hash of a number would give it away.
        passed: Paths that change nothing, where the key means nothing.
    """

    def __init__(self, app: ASGIApp, replies: Replies, secret: bytes, passed: frozenset[str]) -> None:
        self._app = app
        self._replies = replies
        self._secret = secret
        self._passed = passed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] in self._passed:
            await self._app(scope, receive, send)
            return
        headers: Mapping[bytes, bytes] = scope["state"]["headers"]
        key = headers.get(KEY)
        if key is None:
            await self._app(scope, receive, send)
            return
        if not _KEY.fullmatch(key):
            raise HTTPException(422, "Idempotency-Key takes 1 to 255 printable characters, no blanks")
        owner = self._owner_of(scope)
        body = _Fingerprint(self._secret, scope, headers.get(b"content-type", b""))
        call = _Call(self._replies, owner, key.decode("ascii"), body)
        try:
            if headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers:
                # Nobody will ask for a body that is not there.
                await call.claim()
            await self._app(scope, call.reading(receive), call.writing(send))
        except Replayed as error:
            await _response(error.reply)(scope, receive, send)
        except BaseException:
            await call.fail()
            raise

    def _owner_of(self, scope: Scope) -> str:
        """Whose answers this may be one of: of a retailer's secret keys, of its publishable ones, of an address."""
        holder = scope["state"].get("holder")
        if holder is None:
            return "?" + hmac.new(self._secret, address_of(scope).encode(), "sha256").hexdigest()
        return str(holder.retailer_id if holder.secret else f"{holder.retailer_id}?")


class _Call:
    """One request with a key, from its last byte to its answer."""

    def __init__(self, replies: Replies, owner: str, key: str, body: _Fingerprint) -> None:
        self._replies = replies
        self._owner, self._key = owner, key
        self._body = body
        self._is_ours = False
        self._start: Message | None = None
        self._sent = bytearray()

    def reading(self, receive: Receive) -> Receive:
        """Claims the key when the body has come whole."""

        async def receive_hashed() -> Message:
            message = await receive()
            if message["type"] == "http.request" and not self._is_ours:
                self._body.update(message.get("body", b""))
                if not message.get("more_body", False):
                    await self.claim()
            return message

        return receive_hashed

    def writing(self, send: Send) -> Send:
        """Keeps the answer before it is sent, so that nobody has seen one that is not kept."""

        async def send_kept(message: Message) -> None:
            if not self._is_ours:
                await send(message)
                return
            if message["type"] == "http.response.start":
                self._start = message
                return
            self._sent += message.get("body", b"")
            if message.get("more_body", False):
                return
            assert self._start is not None
            await self._keep(self._start)
            await send(self._start)
            await send({"type": "http.response.body", "body": bytes(self._sent)})

        return send_kept

    async def fail(self) -> None:
        """Give the key free, where nobody was answered."""
        if self._is_ours:
            self._is_ours = False
            await run_in_threadpool(self._replies.forget, self._owner, self._key)

    async def claim(self) -> None:
        """Take the key for this request. Raises Replayed where it was answered before."""
        try:
            reply = await run_in_threadpool(self._replies.begin, self._owner, self._key, self._body.digest())
        except Conflict as error:
            raise HTTPException(409, error.reason) from error
        if reply is not None:
            raise Replayed(reply)
        self._is_ours = True

    async def _keep(self, start: Message) -> None:
        if start["status"] >= 500:
            # A fault of ours is no outcome: the same request may be sent again.
            await self.fail()
            return
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
        reply = Reply(start["status"], headers, bytes(self._sent))
        await run_in_threadpool(self._replies.finish, self._owner, self._key, reply)


class _Fingerprint:
    """The keyed hash of what is asked: path, query, body without the boundary that a form makes up anew each time."""

    def __init__(self, secret: bytes, scope: Scope, content_type: bytes) -> None:
        kind, options = parse_options_header(content_type)
        self._boundary = options.get(b"boundary", b"") if kind.startswith(b"multipart/") else b""
        self._hash = hmac.new(secret, scope["path"].encode() + b"?" + scope["query_string"] + b"\n", "sha256")
        self._kept = b""

    def update(self, chunk: bytes) -> None:
        """Take in a part of the body."""
        if not self._boundary:
            self._hash.update(chunk)
            return
        # What may be the beginning of a boundary waits for the next chunk.
        text = (self._kept + chunk).replace(self._boundary, b"")
        cut = max(0, len(text) - len(self._boundary) + 1)
        self._hash.update(text[:cut])
        self._kept = text[cut:]

    def digest(self) -> bytes:
        """Of the whole."""
        self._hash.update(self._kept)
        return self._hash.digest()
