"""``inventory-api feed check``: what is wrong with a file, what it seems to be, and what to do about it."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from ingest.geocode.addresses import AddressBook
from ingest.offline import ACCEPTED, check_file
from ingest.profile import as_json, read_profile
from ingest.rows import FeedContext
from ingest.suggest import Suggestion, suggest_profile
from inventory_api.channels.report import report_page
from inventory_api.cli.output import EXIT_REFUSED, StageProgress
from inventory_api.cli.report import show_report
from inventory_api.cli.retailers import Currency, NumberLocale, Timezone
from inventory_api.domain.errors import FeedRejected, InvalidInput
from inventory_api.domain.feed import FeedKind, FeedMode, RunStatus
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.retailer import Retailer
from inventory_api.settings import Settings
from inventory_api.storage.gazetteer.build import ensure
from inventory_api.storage.gazetteer.reader import GazetteerFile

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
Json = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]
Mode = Annotated[FeedMode, typer.Option(help="full: absence says something; delta: changes only.")]
StoreCode = Annotated[str | None, typer.Option(help="The one store that the file is about.")]
ProfileFile = Annotated[
    Path | None,
    typer.Option("--profile", exists=True, dir_okay=False, help="How to read the file: JSON or YAML."),
]


def check(
    file: File,
    kind: Annotated[
        FeedKind | None, typer.Option(help="What the rows are about; told by the columns if absent.")
    ] = None,
    mode: Mode = FeedMode.FULL,
    store_code: StoreCode = None,
    currency: Currency = None,
    timezone: Timezone = None,
    locale: NumberLocale = "en",
    profile: ProfileFile = None,
    suggest: Annotated[Path | None, typer.Option(help="Write the suggested profile to this file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Also write the report as one page to this file.")] = None,
    json: Json = False,
) -> None:
    """Say what is wrong with a file, what its columns are taken for, and what to do; nothing is sent anywhere."""
    declared = _declared(profile, kind)
    retailer = Retailer("check", "check", currency=currency, timezone=timezone, locale=locale)
    now = dt.datetime.now(dt.UTC)
    context = FeedContext.of(
        retailer,
        received_at=now,
        as_of=now,
        is_full=mode is FeedMode.FULL,
        store_code=store_code,
        profile=declared,
    )
    suggestion = _suggestion(file, kind, context)
    read_as = kind or (suggestion.kind if suggestion else FeedKind.INVENTORY)

    def checked(by: FeedProfile) -> dict[str, Any]:
        with StageProgress() as progress, tempfile.TemporaryDirectory() as folder:
            return check_file(
                file,
                kind=read_as,
                mode=mode,
                store_code=store_code,
                retailer=retailer,
                work=Path(folder),
                progress=progress,
                book=_addresses() if read_as is FeedKind.STORES else None,
                profile=by,
                now=now,
            )

    report = checked(declared)
    if suggestion is not None:
        report |= _told(suggestion)
        if suggestion.is_needed and report["status"] == RunStatus.REJECTED:
            better = checked(suggestion.profile)["rows"]
            report["remarks"].append(
                f"With the profile below, {better['accepted']:,} of {better['read']:,} rows are accepted."
            )
    if suggest is not None:
        completed = suggestion.profile if suggestion else declared
        suggest.write_bytes(orjson.dumps(as_json(completed), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    if html is not None:
        html.write_text(report_page(report), encoding="utf-8")
    show_report(report, json)
    if report["status"] != ACCEPTED:
        raise typer.Exit(EXIT_REFUSED)


def _addresses() -> AddressBook:
    return AddressBook(GazetteerFile(ensure(Settings().gazetteer_path)))


def _declared(path: Path | None, kind: FeedKind | None) -> FeedProfile:
    try:
        return FeedProfile() if path is None else read_profile(path.read_bytes(), kind=kind)
    except InvalidInput as error:
        raise typer.BadParameter(error.reason, param_hint="--profile") from error


def _suggestion(file: Path, kind: FeedKind | None, context: FeedContext) -> Suggestion | None:
    """None where the file cannot be looked at; checking it says why."""
    try:
        return suggest_profile(file, kind, context)
    except FeedRejected:
        return None


def _told(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "columns": [asdict(column) for column in suggestion.columns],
        "remarks": list(suggestion.remarks),
        "suggestion": as_json(suggestion.profile) if suggestion.is_needed else None,
    }
