"""``/livez``, ``/readyz`` and ``/metrics``: for whoever restarts or routes, not for shoppers."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from inventory_api.channels.codes import BY_CODE
from inventory_api.channels.metrics import Metrics
from inventory_api.channels.ports import Ports
from inventory_api.channels.problem import Problem, ProblemWriter
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.openapi import answer, faults
from inventory_api.channels.rest.render import NO_STORE, json_response
from inventory_api.channels.rest.schema import Live, Ready
from inventory_api.domain.errors import IndexUnavailable

METRICS_TYPE = "text/plain; version=1.0.0; charset=utf-8"
_TEXT = {"schema": {"type": "string"}, "example": "inventory_http_in_flight 0.0\n"}

router = APIRouter(tags=["operations"])


@router.get(
    "/livez",
    operation_id="getLiveness",
    summary="Say whether the process answers",
    response_model=Live,
    responses=faults() | {200: answer({"status": "ok"}, "It does.")},
)
async def get_liveness() -> Response:
    """Answer, without asking anybody."""
    return json_response({"status": "ok"})


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Say whether questions can be answered",
    response_model=Ready,
    responses=faults("index_unavailable") | {200: answer(examples.READY, "They can, on an empty installation too.")},
)
async def get_readiness(request: Request, ports: Ports) -> Response:
    """Ask the index for its marker."""
    reason, retry_after_s = "the index is still being filled", 5
    try:
        complete = await ports.index.is_complete()
    except IndexUnavailable as error:
        complete, reason, retry_after_s = False, error.reason, error.retry_after_s
    index = {"format": ports.index_format, "complete": complete}
    if complete:
        return json_response({"status": "ready", "index": index})
    problem = Problem(
        BY_CODE["index_unavailable"],
        reason,
        headers={"Retry-After": str(retry_after_s)},
        extensions={"index": index},
    )
    return ProblemWriter(ports.public_base_url).of_problem(request.scope, problem)


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Count what was answered, for Prometheus",
    response_class=Response,
    responses=faults() | {200: {"description": "Text format 1.0.0 of Prometheus.", "content": {METRICS_TYPE: _TEXT}}},
)
async def get_metrics(request: Request) -> Response:
    """Counts of all processes of this listener."""
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.exposition(), headers=NO_STORE, media_type=METRICS_TYPE)
