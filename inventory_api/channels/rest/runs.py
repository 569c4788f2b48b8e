"""``/v1/feed-runs``: what became of a retailer's files."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from inventory_api.channels.ports import Ports
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.auth import Holder
from inventory_api.channels.rest.cursor import Cursors, asked_of
from inventory_api.channels.rest.openapi import answer, problems, query_parameters
from inventory_api.channels.rest.parameters import WHOLE, Cursor
from inventory_api.channels.rest.query import NoParams, QueryModel, query
from inventory_api.channels.rest.render import json_response, run_json
from inventory_api.channels.rest.schema import RunOut, RunPage
from inventory_api.domain.errors import UnknownRun

router = APIRouter(tags=["feeds"])


class RunsParams(QueryModel):
    """Which page of runs."""

    limit: Annotated[int, Field(ge=1, le=100, description="Runs on a page."), WHOLE] = 20
    cursor: Cursor | None = None


@router.get(
    "/v1/feed-runs",
    operation_id="listFeedRuns",
    summary="List feed runs, newest first",
    response_model=RunPage,
    responses=problems("unauthorized", "forbidden") | {200: answer(examples.RUNS, "A page of runs.")},
    openapi_extra={"parameters": query_parameters(RunsParams)},
)
def list_feed_runs(ports: Ports, holder: Holder, params: Annotated[RunsParams, Depends(query(RunsParams))]) -> Response:
    """Runs of the key's retailer."""
    cursors = Cursors(ports.cursor_secret)
    asked = asked_of(f"feed-runs of {holder.retailer_id}", params)
    before = cursors.open(asked, params.cursor)[0] if params.cursor else None
    runs = ports.desk.list_runs(holder.retailer_id, limit=params.limit + 1, before=before)
    page = runs[: params.limit]
    more = cursors.seal(asked, [page[-1].id]) if len(runs) > len(page) else None
    return json_response({"feed_runs": [run_json(run) for run in page], "next_cursor": more})


@router.get(
    "/v1/feed-runs/{run_id}",
    operation_id="getFeedRun",
    summary="Report on a feed run",
    response_model=RunOut,
    responses=problems("unauthorized", "forbidden", "unknown_run") | {200: answer(examples.RUN, "The run.")},
    dependencies=[Depends(query(NoParams))],
)
def get_feed_run(ports: Ports, holder: Holder, run_id: str) -> Response:
    """One run of the key's retailer."""
    if not run_id.isprintable() or len(run_id) > 64:
        # PostgreSQL takes no NUL; what cannot be an id need not be asked.
        raise UnknownRun(repr(run_id[:64]))
    return json_response(run_json(ports.desk.get_run(holder.retailer_id, run_id)))
