"""``inventory-api feed``: check a file without an installation, or push it into one."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.geocode.addresses import AddressBook
from ingest.offline import check_file
from inventory_api.channels.report import report_page
from inventory_api.cli.compose import Installation, sql_installation
from inventory_api.cli.output import EXIT_REFUSED, StageProgress, print_json, words
from inventory_api.cli.retailers import Currency, NumberLocale, Timezone
from inventory_api.domain.feed import FINAL, FeedKind, FeedMode, FeedRun, RunStatus
from inventory_api.domain.ports import FeedUpload
from inventory_api.domain.retailer import Retailer
from inventory_api.settings import Settings
from inventory_api.storage.gazetteer.build import ensure
from inventory_api.storage.gazetteer.reader import GazetteerFile

app = typer.Typer(no_args_is_help=True, help="Feed files.")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
Json = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]
Kind = Annotated[FeedKind, typer.Option(help="What the rows are about.")]
Mode = Annotated[FeedMode, typer.Option(help="full: absence says something; delta: changes only.")]
StoreCode = Annotated[str | None, typer.Option(help="The one store that the file is about.")]

_GOOD = (RunStatus.PUBLISHED, RunStatus.UNCHANGED)
_CHUNK = 1 << 20


@app.command("check")
def check(
    file: File,
    kind: Kind = FeedKind.INVENTORY,
    mode: Mode = FeedMode.FULL,
    store_code: StoreCode = None,
    currency: Currency = None,
    timezone: Timezone = None,
    locale: NumberLocale = "en",
    html: Annotated[Path | None, typer.Option(help="Also write the report as one page to this file.")] = None,
    json: Json = False,
) -> None:
    """Say what is wrong with a file, without sending it anywhere."""
    retailer = Retailer("check", "check", currency=currency, timezone=timezone, locale=locale)
    with StageProgress() as progress, tempfile.TemporaryDirectory() as folder:
        report = check_file(
            file,
            kind=kind,
            mode=mode,
            store_code=store_code,
            retailer=retailer,
            work=Path(folder),
            progress=progress,
            book=AddressBook(GazetteerFile(ensure(Settings().gazetteer_path))) if kind is FeedKind.STORES else None,
        )
    if html is not None:
        html.write_text(report_page(report), encoding="utf-8")
    _show(report, json)
    if report["status"] == RunStatus.REJECTED:
        raise typer.Exit(EXIT_REFUSED)


@app.command("push")
def push(
    file: File,
    retailer: Annotated[str, typer.Option(help="Id of the retailer.")],
    kind: Kind = FeedKind.INVENTORY,
    mode: Mode = FeedMode.FULL,
    store_code: StoreCode = None,
    as_of: Annotated[dt.datetime | None, typer.Option(help="UTC instant that the file speaks of.")] = None,
    wait: Annotated[bool, typer.Option(help="Wait until a worker has finished it.")] = True,
    json: Json = False,
) -> None:
    """Hand a file to the worker of this installation."""
    with sql_installation() as here:
        run = hand_in(here, retailer, file, kind=kind, mode=mode, store_code=store_code, as_of=as_of)
        if wait:
            run = _wait(here, run)
    _show(report_of(run), json)
    if wait and run.status not in _GOOD:
        raise typer.Exit(EXIT_REFUSED)


def hand_in(
    here: Installation,
    retailer_id: str,
    file: Path,
    *,
    kind: FeedKind,
    mode: FeedMode,
    store_code: str | None = None,
    as_of: dt.datetime | None = None,
) -> FeedRun:
    """Put a file into the incoming folder and queue its run."""
    reception = here.desk.receive()
    with file.open("rb") as source:
        while chunk := source.read(_CHUNK):
            reception.write(chunk)
    instant = as_of.replace(tzinfo=dt.UTC) if as_of is not None and as_of.tzinfo is None else as_of
    return reception.accept(FeedUpload(retailer_id, kind, mode, store_code, instant))


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


def _wait(here: Installation, run: FeedRun) -> FeedRun:
    started, told = time.monotonic(), False
    while run.status not in FINAL and run.status is not RunStatus.QUARANTINED:
        time.sleep(0.1)
        run = here.desk.get_run(run.retailer_id, run.id)
        if not told and run.status is RunStatus.QUEUED and time.monotonic() - started > 5:
            words.print("Waiting for a worker: is `inventory-api up` or `inventory-api worker` running?")
            told = True
    return run


def _show(report: dict[str, Any], json: bool) -> None:
    if json:
        print_json(report)
        return
    rows = report["rows"]
    typer.echo(f"{report['status']}: {rows['read']:,} rows read, {rows['accepted']:,} accepted, "
               f"{rows['rejected']:,} rejected, {rows['parked']:,} parked")  # fmt: skip
    for notice in report["notices"]:
        typer.echo(f"{notice['severity']:8}{notice['code']} x {notice['count']:,}: {notice['hint']}")
        for sample in notice["samples"][:3]:
            where = "file" if sample["line"] is None else f"line {sample['line']}"
            value = "" if sample["value"] is None else f" {sample['column'] or ''}={sample['value']!r}"
            typer.echo(f"          {where}{value} {sample['message']}")
