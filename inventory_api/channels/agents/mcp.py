"""``/mcp``: three tools over the Model Context Protocol, by its official SDK, without sessions.

The SDK costs half a second and 14 MB to load. That is done beside the first requests, in a thread; calls of tools
wait for it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from inventory_api.channels.channel import Channel
from inventory_api.channels.codes import INTERNAL_ERROR
from inventory_api.channels.ports import AppPorts
from inventory_api.channels.problem import Problem
from inventory_api.channels.reading import JSON
from inventory_api.domain.errors import Unavailable

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPASGIApp

PATH = "/mcp"

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_SERVER_ERROR, _INTERNAL_ERROR = -32000, -32603
"""Codes of JSON-RPC, which has no more to tell than that."""

_log = logging.getLogger(__name__)


def mcp_channel(ports: AppPorts) -> Channel:
    """The protocol's one route. Only ``POST``: nothing is ever sent that was not asked for."""
    server = _Server(ports)
    return Channel(routes=[Route(PATH, server, methods=["POST"])], hooks=[server], dialects={PATH: say_problem})


def say_problem(scope: Scope, problem: Problem, headers: dict[str, str]) -> Response:
    """The dialect of the protocol: an error of JSON-RPC, of no request in particular."""
    kind = problem.kind
    error = {
        "code": _INTERNAL_ERROR if kind is INTERNAL_ERROR else _SERVER_ERROR,
        "message": f"{kind.title}: {problem.detail}",
        "data": {"code": kind.code, "request_id": scope["state"]["request_id"]}
        | ({"retry_after": int(headers["Retry-After"])} if "Retry-After" in headers else {}),
    }
    body = orjson.dumps({"jsonrpc": "2.0", "id": None, "error": error})
    return Response(body, problem.status or kind.status, headers, JSON)


class _Server:
    """The SDK's server, as an app and as a hook."""

    def __init__(self, ports: AppPorts) -> None:
        self._ports = ports
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to load it."""
        self._loaded: asyncio.Future[StreamableHTTPASGIApp] = asyncio.get_running_loop().create_future()
        self._ended = asyncio.Event()
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End it."""
        if self._running is not None:
            self._ended.set()
            await self._running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if self._running is None:
            raise Unavailable("the tools are not started")
        # Whoever gives up waiting does not end it for the others.
        app = await asyncio.shield(self._loaded)
        await app(scope, receive, send)

    async def _run(self) -> None:
        # In one task from beginning to end, as the SDK's group of tasks wants it.
        try:
            served = await asyncio.to_thread(_load, self._ports)
            async with served.session_manager.run():
                self._loaded.set_result(served)
                await self._ended.wait()
        except Exception as error:
            _log.exception("the tools for agents cannot be served")
            if not self._loaded.done():
                self._loaded.set_exception(error)


def _load(ports: AppPorts) -> StreamableHTTPASGIApp:
    from mcp.server.streamable_http_manager import StreamableHTTPASGIApp
    from mcp.server.transport_security import TransportSecuritySettings

    from inventory_api.channels.agents.tools import tool_server

    server = tool_server(ports)
    # A page elsewhere may make a browser's name for us lead here (DNS rebinding): only our own names are answered to.
    hosts = [name for host in _LOOPBACK for name in (host, f"{host}:*")]
    origins = [f"http://{name}" for name in hosts]
    if ports.public_base_url:
        public = urlsplit(ports.public_base_url)
        hosts.append(public.netloc)
        origins.append(f"{public.scheme}://{public.netloc}")
    server.streamable_http_app(
        json_response=True,
        stateless_http=True,
        max_request_body_size=ports.limits.body_bytes,
        transport_security=TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins),
    )
    # Its app is for who has none: the manager alone answers, inside our manners.
    return StreamableHTTPASGIApp(server.session_manager)
