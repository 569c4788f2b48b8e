"""What the HTTP server refuses by itself, over a real connection."""

from __future__ import annotations

import asyncio
from http.client import HTTPResponse
from io import BytesIO
from typing import cast

import orjson
import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from uvicorn.server import ServerState

from inventory_api.cli.wire import ProblemProtocol


async def _exchange(request: bytes) -> bytes:
    """What comes back until the server hangs up."""
    config = uvicorn.Config(PlainTextResponse("well"), http=ProblemProtocol, ws="none", log_level="critical")
    config.load()
    state = ServerState()
    state.default_headers = [(b"date", b"Sun, 22 Nov 2026 09:00:00 GMT")]
    server = await asyncio.get_running_loop().create_server(
        lambda: ProblemProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(request)
        answer = await reader.read()
        writer.close()
    return answer


class _Wire(BytesIO):
    def makefile(self, mode: str) -> _Wire:
        return self


def ask(request: bytes) -> tuple[HTTPResponse, bytes]:
    response = HTTPResponse(cast("object", _Wire(asyncio.run(_exchange(request)))))  # type: ignore[arg-type]
    response.begin()
    return response, response.read()


@pytest.mark.parametrize(
    "request_",
    [
        "GET /v1/products?q=دودھ HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        b"GET /v1/places?q=a b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/places?q=" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/basket HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n{}",
    ],
)
def test_what_is_no_request_is_a_problem_too(request_: bytes) -> None:
    response, body = ask(request_)
    assert (response.status, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert response.headers["Connection"] == "close"
    problem = orjson.loads(body)
    assert (problem["code"], problem["status"]) == ("invalid_request", 400)
    assert "Percent-encode" in problem["detail"]
    assert problem["request_id"] == response.headers["Request-Id"]


def test_a_wish_for_a_websocket_is_passed_over() -> None:
    response, body = ask(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n")
    assert (response.status, body) == (200, b"well")
