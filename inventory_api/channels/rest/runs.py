"""``/v1/feed-runs``: what became of a retailer's files."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import HTMLResponse, Response, StreamingResponse

from inventory_api.channels.cursor import Cursors
from inventory_api.channels.ports import Ports
from inventory_api.channels.reading import NDJSON, lines, media_type_of, next_page
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.auth import Holder
from inventory_api.channels.rest.openapi import Responses, answer, problems, query_parameters
from inventory_api.channels.rest.parameters import WHOLE, Cursor
from inventory_api.channels.rest.query import NoParams, QueryModel, asked_of, query
from inventory_api.channels.rest.render import json_response
from inventory_api.channels.rest.schema import RunOut, RunPage
from inventory_api.channels.runs import CSV, known_run, notices_response, report_response, run_json, run_path
from inventory_api.domain.feed import FeedRun

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
    responses=problems("unauthorized", "forbidden") | {200: answer(examples.RUNS, "A page of runs.", NDJSON)},
    openapi_extra={"parameters": query_parameters(RunsParams)},
)
def list_feed_runs(
    request: Request, ports: Ports, holder: Holder, params: Annotated[RunsParams, Depends(query(RunsParams))]
) -> Response:
    """Runs of the key's retailer."""
    cursors = Cursors(ports.cursor_secret)
    asked = asked_of(f"feed-runs of {holder.retailer_id}", params)
    before = cursors.open(asked, params.cursor)[0] if params.cursor else None
    runs = ports.desk.list_runs(holder.retailer_id, limit=params.limit + 1, before=before)
    page = runs[: params.limit]
    more = cursors.seal(asked, [page[-1].id]) if len(runs) > len(page) else None
    if media_type_of(request) == NDJSON:
        return lines(map(run_json, page), next_page(request, more))
    return json_response({"feed_runs": [run_json(run) for run in page], "next_cursor": more})


def _known_run(ports: Ports, holder: Holder, run_id: str) -> FeedRun:
    return known_run(ports, holder, run_id)


Run = Annotated[FeedRun, Depends(_known_run)]


@router.get(
    "/v1/feed-runs/{run_id}",
    operation_id="getFeedRun",
    summary="Report on a feed run",
    response_model=RunOut,
    responses=problems("unauthorized", "forbidden", "unknown_run") | {200: answer(examples.RUN, "The run.")},
    dependencies=[Depends(query(NoParams))],
)
def get_feed_run(run: Run) -> Response:
    """One run of the key's retailer."""
    return json_response(run_json(run))


@router.get(
    "/v1/feed-runs/{run_id}/notices.csv",
    operation_id="getFeedRunNotices",
    summary="Every notice of a feed run, as CSV",
    description="Up to 100,000 of each code and severity, kept for 90 days. A cell that a spreadsheet would calculate "
    "stands behind an apostrophe.",
    responses=problems("unauthorized", "forbidden", "unknown_run", "not_found")
    | {200: {"description": "UTF-8, CRLF, a header line.", "content": {CSV: {"schema": {"type": "string"}}}}},
    response_class=StreamingResponse,
    dependencies=[Depends(query(NoParams))],
)
def get_feed_run_notices(ports: Ports, run: Run) -> Response:
    """The log of a run of the key's retailer."""
    return notices_response(ports, run)


@router.get(
    "/v1/feed-runs/{run_id}/report.html",
    operation_id="getFeedRunReport",
    summary="Report on a feed run, as a page to read",
    description="One page that holds everything it needs: no script, no request to anybody.",
    responses=problems("unauthorized", "forbidden", "unknown_run")
    | {200: {"description": "The page.", "content": {"text/html": {"schema": {"type": "string"}}}}},
    response_class=HTMLResponse,
    dependencies=[Depends(query(NoParams))],
)
def get_feed_run_report(ports: Ports, run: Run) -> Response:
    """The page of a run of the key's retailer."""
    return report_response(ports, run, run_path(run))


_DECIDED: Responses = {202: answer(examples.QUEUED, "Queued; `Location` leads to its report.")}
_PROBLEMS = problems("unauthorized", "forbidden", "unknown_run", "conflict")


@router.post(
    "/v1/feed-runs/{run_id}/approve",
    operation_id="approveFeedRun",
    summary="Publish a quarantined run",
    description="Queues the run again, past all rails: what it leaves out is gone, and of stores that it leaves out "
    "nothing is known any more. Also for a published run of which stores are held.",
    status_code=202,
    response_model=RunOut,
    responses=_PROBLEMS | _DECIDED,
    dependencies=[Depends(query(NoParams))],
)
def approve_feed_run(ports: Ports, run: Run) -> Response:
    """Vouch for a file."""
    return _queued(ports.desk.approve(run.retailer_id, run.id))


@router.post(
    "/v1/feed-runs/{run_id}/reject",
    operation_id="rejectFeedRun",
    summary="Discard a quarantined run",
    response_model=RunOut,
    responses=problems("unauthorized", "forbidden", "unknown_run", "conflict")
    | {200: answer(examples.RUN, "The run, rejected.")},
    dependencies=[Depends(query(NoParams))],
)
def reject_feed_run(ports: Ports, run: Run) -> Response:
    """End a run that waits for approval."""
    return json_response(run_json(ports.desk.reject(run.retailer_id, run.id)))


@router.post(
    "/v1/feed-runs/{run_id}/replay",
    operation_id="replayFeedRun",
    summary="Go back to an older version",
    description="A new run over the file that was kept. Newer versions of the same scope are withdrawn; changes that "
    "came after them stand. A file that was refused for its own bytes is refused again, at once.",
    status_code=202,
    response_model=RunOut,
    responses=problems("unauthorized", "forbidden", "unknown_run", "conflict", "feed_rejected") | _DECIDED,
    dependencies=[Depends(query(NoParams))],
)
def replay_feed_run(ports: Ports, run: Run) -> Response:
    """Publish the file of a run that has ended once more."""
    return _queued(ports.desk.replay(run.retailer_id, run.id))


def _queued(run: FeedRun) -> Response:
    return json_response(run_json(run), 202, {"Location": run_path(run)})
