"""The REST app: routers, error handling and manners, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inventory_api.channels.admission import Admission
from inventory_api.channels.callers import FAILURES, Callers
from inventory_api.channels.channel import Channel
from inventory_api.channels.http import QUESTIONS, Answerer, HotPath, HotPaths, Manners
from inventory_api.channels.metrics import Metrics
from inventory_api.channels.ports import AppPorts
from inventory_api.channels.problem import ProblemWriter
from inventory_api.channels.quota import Meter
from inventory_api.channels.reading import acceptable
from inventory_api.channels.repeatable import Repeatable, Replayed, answer_replayed
from inventory_api.channels.rest import (
    docs,
    feeds,
    hooks,
    inventory,
    ops,
    places,
    products,
    reports,
    retailers,
    runs,
    several,
    sources,
    stores,
    uploads,
    watches,
    webhooks,
)
from inventory_api.channels.rest.openapi import DocumentedApp
from inventory_api.channels.rest.paths import Paths
from inventory_api.channels.rest.uploads import TusManners
from inventory_api.domain.errors import InventoryError

_ROUTERS = (
    stores.router,
    products.router,
    places.router,
    several.router,
    feeds.router,
    runs.router,
    sources.router,
    inventory.router,
    reports.router,
    watches.router,
    uploads.router,
    hooks.router,
    retailers.router,
    webhooks.router,
)


def rest_app(
    ports: AppPorts,
    *,
    hot: Mapping[HotPath, Answerer] | None = None,
    more: Sequence[APIRouter] = (),
    beside: Sequence[Channel] = (),
) -> FastAPI:
    """Build the app.

    Args:
        ports: The world outside.
        hot: Answered before FastAPI's own routing, see ``HotPaths``.
        more: Routers to include beside the ones of this package.
        beside: Channels that have the same manners, and are no part of the OpenAPI document.
    """
    paths = Paths([*more, *_ROUTERS, ops.router])
    dialects = {start: dialect for channel in beside for start, dialect in channel.dialects.items()}
    writer, limits, hot = ProblemWriter(ports.public_base_url, dialects), ports.limits, hot or {}
    admission = Admission(limits.in_flight)
    # FastAPI tells of the routes of its own alone which one answered.
    fixed = {route.path for channel in beside for route in channel.routes if isinstance(route, Route)}
    metrics = Metrics(admission, ports.metrics_folder, fixed | {path for _, path in hot})
    callers = Callers(
        ports.keys,
        Meter("anonymous", limits.anonymous, ports.counts),
        Meter("retailer", limits.keyed, ports.counts),
        Meter("failures", FAILURES, ports.counts),
    )
    manners = partial(
        Manners,
        writer=writer,
        admission=admission,
        callers=callers,
        metrics=metrics,
        limits=limits,
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for hook in (*ports.hooks, admission, metrics, *(hook for channel in beside for hook in channel.hooks)):
                stack.push_async_callback(hook.stop)
                await hook.start()
            yield

    async def handle_status(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            error.headers = {"Allow": paths.methods_at(request) or dict(error.headers or {}).get("Allow", "")}
        if isinstance(error, HTTPException) and error.status_code == HTTPStatus.NOT_FOUND:
            error.detail = paths.nearest_to(request)
        return await writer.handle(request, error)

    app = DocumentedApp(
        title="Local inventory availability",
        summary="Is this product on a shelf near me?",
        version=ports.version,
        servers=[{"url": ports.public_base_url or "/"}],
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[
            Middleware(manners),
            Middleware(Repeatable, replies=ports.replies, secret=ports.cursor_secret, passed=QUESTIONS),
            Middleware(TusManners),
        ],
        exception_handlers={
            Replayed: answer_replayed,
            InventoryError: writer.handle,
            HTTPException: handle_status,
            RequestValidationError: writer.handle,
        },
        # FastAPI's own spans hold the query string, and so a shopper's position.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.front, app.hot = manners(HotPaths(writer, hot)), frozenset(hot)
    app.state.ports = ports
    app.state.metrics = metrics
    app.state.callers = callers
    for router in (*more, *_ROUTERS):
        app.include_router(router, dependencies=[Depends(acceptable)])
    app.include_router(ops.router)
    for routes in (docs.routes(), *(channel.routes for channel in beside)):
        app.router.routes.extend(routes)
    return app
