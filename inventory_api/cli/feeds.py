"""``inventory-api feed``: check a file without an installation, or push it into one."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from inventory_api.cli.check import File, Json, Mode, StoreCode, check
from inventory_api.cli.compose import Installation, sql_installation
from inventory_api.cli.output import EXIT_REFUSED, print_json, words
from inventory_api.cli.report import show_report
from inventory_api.domain.feed import FINAL, FeedKind, FeedMode, FeedRun, RunStatus
from inventory_api.domain.ports import FeedUpload

app = typer.Typer(no_args_is_help=True, help="Feed files.")

Kind = Annotated[FeedKind, typer.Option(help="What the rows are about.")]

Owner = Annotated[str, typer.Option("--retailer", help="Id of the retailer.")]
RunId = Annotated[str, typer.Argument(help="Id of the run.")]

_GOOD = (RunStatus.PUBLISHED, RunStatus.UNCHANGED)
_CHUNK = 1 << 20


app.command("check")(check)


@app.command("push")
def push(
    file: File,
    retailer: Annotated[str, typer.Option(help="Id of the retailer.")],
    kind: Kind = FeedKind.INVENTORY,
    mode: Mode = FeedMode.FULL,
    store_code: StoreCode = None,
    as_of: Annotated[dt.datetime | None, typer.Option(help="UTC instant that the file speaks of.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Id of the feed source whose profile tells how to read it.")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Wait until a worker has finished it.")] = True,
    json: Json = False,
) -> None:
    """Hand a file to the worker of this installation."""
    with sql_installation() as here:
        run = hand_in(here, file, FeedUpload(retailer, kind, mode, store_code, _utc(as_of), source_id=source))
        if wait:
            run = wait_for(here, run)
    show_run(run, json, is_over=wait)


@app.command("runs")
def runs(retailer: Owner, limit: Annotated[int, typer.Option(help="How many.")] = 20, json: Json = False) -> None:
    """List feed runs, newest first."""
    with sql_installation() as here:
        found = here.desk.list_runs(retailer, limit=limit)
    if json:
        print_json({"feed_runs": [report_of(run) for run in found]})
        return
    for run in found:
        typer.echo(f"{run.id}  {run.received_at:%Y-%m-%d %H:%M}  {run.kind} {run.mode}  {run.status}")


@app.command("show")
def show(run_id: RunId, retailer: Owner, json: Json = False) -> None:
    """Report on one feed run."""
    with sql_installation() as here:
        show_report(report_of(here.desk.get_run(retailer, run_id)), json)


@app.command("approve")
def approve(run_id: RunId, retailer: Owner, json: Json = False) -> None:
    """Publish a quarantined run, past all rails."""
    with sql_installation() as here:
        show_report(report_of(here.desk.approve(retailer, run_id)), json)


@app.command("reject")
def reject(run_id: RunId, retailer: Owner, json: Json = False) -> None:
    """Discard a quarantined run."""
    with sql_installation() as here:
        show_report(report_of(here.desk.reject(retailer, run_id)), json)


@app.command("replay")
def replay(run_id: RunId, retailer: Owner, json: Json = False) -> None:
    """Go back to the file of an older run; newer versions are withdrawn."""
    with sql_installation() as here:
        show_report(report_of(here.desk.replay(retailer, run_id)), json)


def hand_in(here: Installation, file: Path, upload: FeedUpload) -> FeedRun:
    """Put a file into the incoming folder and queue its run."""
    reception = here.desk.receive()
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            reception.write(chunk)
    return reception.accept(upload)


def _utc(instant: dt.datetime | None) -> dt.datetime | None:
    return instant.replace(tzinfo=dt.UTC) if instant is not None and instant.tzinfo is None else instant


def report_of(run: FeedRun) -> dict[str, Any]:
    """A run as the command line prints it."""
    return {
        "id": run.id,
        "kind": run.kind,
        "mode": run.mode,
        "status": run.status,
        "received_at": run.received_at.isoformat(),
        "published_at": None if run.published_at is None else run.published_at.isoformat(),
        "rows": {name: getattr(run.rows, name) for name in run.rows.__slots__},
        "changes": {name: getattr(run.changes, name) for name in run.changes.__slots__},
        "notices": run.notices,
    }


def show_run(run: FeedRun, json: bool, *, is_over: bool = True) -> None:
    """Print a run's report; exit as refused where it is over and did not go well."""
    show_report(report_of(run), json)
    if is_over and run.status not in _GOOD:
        raise typer.Exit(EXIT_REFUSED)


def wait_for(here: Installation, run: FeedRun) -> FeedRun:
    """Wait until a worker is done with a run, or has put it before the retailer."""
    started, told = time.monotonic(), False
    while run.status not in FINAL and run.status is not RunStatus.QUARANTINED:
        time.sleep(0.1)
        run = here.desk.get_run(run.retailer_id, run.id)
        if not told and run.status is RunStatus.QUEUED and time.monotonic() - started > 5:
            words.print("Waiting for a worker: is `inventory-api up` or `inventory-api worker` running?")
            told = True
    return run
