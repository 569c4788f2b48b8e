"""Feed runs as every channel shows them: found for their retailer alone, as JSON, as a page, as CSV."""

from __future__ import annotations

from typing import Any

from starlette.responses import HTMLResponse, Response, StreamingResponse

from inventory_api.channels.ports import AppPorts
from inventory_api.channels.reading import instant
from inventory_api.channels.report import HISTORY, PAGE_HEADERS, points_of, report_page
from inventory_api.domain.errors import UnknownRun
from inventory_api.domain.feed import FeedRun, RunStatus
from inventory_api.domain.ports import KeyHolder

CSV = "text/csv"


def known_run(ports: AppPorts, holder: KeyHolder, run_id: str) -> FeedRun:
    """The run that the path names, of the key's retailer.

    Raises:
        UnknownRun: No such run, or another retailer's.
    """
    if not run_id.isprintable() or len(run_id) > 64:
        # PostgreSQL takes no NUL; what cannot be an id need not be asked.
        raise UnknownRun(repr(run_id[:64]))
    return ports.desk.get_run(holder.retailer_id, run_id)


def report_response(ports: AppPorts, run: FeedRun, path: str) -> Response:
    """The page of a run, its links below this path."""
    history = ports.desk.history(run, limit=HISTORY)
    report = run_json(run, path)
    if run.dry_run:
        # What shoppers would see of it was not looked at, so nothing is said of it.
        del report["changes"]
        report["status"] = "checked" if run.status is RunStatus.UNCHANGED else report["status"]
    page = report_page(
        report,
        stats=run.stats,
        before=history[1].stats if len(history) > 1 else None,
        codes=ports.directory.codes_of(run.retailer_id),
        held=run.held_stores or (),
        history=points_of(history),
    )
    return HTMLResponse(page, headers=PAGE_HEADERS)


def notices_response(ports: AppPorts, run: FeedRun) -> Response:
    """The log of a run."""
    name = f'attachment; filename="{run.id}-notices.csv"'
    headers = {"Content-Disposition": name, "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(ports.desk.read_notices(run), 200, headers, f"{CSV}; header=present")


def run_json(run: FeedRun, path: str | None = None) -> dict[str, Any]:
    """The report of a feed run, its links below this path; None: where the API serves it."""
    path = run_path(run) if path is None else path
    return {
        "id": run.id,
        "kind": run.kind.value,
        "mode": run.mode.value,
        "status": run.status.value,
        "received_at": instant(run.received_at),
        "published_at": None if run.published_at is None else instant(run.published_at),
        "as_of": instant(run.as_of),
        "sha256": run.sha256,
        "bytes": run.bytes,
        "rows": {
            "read": run.rows.read,
            "accepted": run.rows.accepted,
            "repaired": run.rows.repaired,
            "rejected": run.rows.rejected,
            "parked": run.rows.parked,
        },
        "changes": {
            "inserted": run.changes.inserted,
            "updated": run.changes.updated,
            "removed": run.changes.removed,
            "unchanged": run.changes.unchanged,
        },
        "notices": run.notices,
        "links": {
            "self": path,
            "report": f"{path}/report.html",
            "notices": f"{path}/notices.csv",
        },
    }


def run_path(run: FeedRun) -> str:
    """Where a run is reported."""
    return f"/v1/feed-runs/{run.id}"
