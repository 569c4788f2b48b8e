"""``inventory-api doctor``: is everything here that is needed?"""

from __future__ import annotations

import platform
import sqlite3
from typing import Annotated, Any

import typer

from inventory_api.cli.compose import installation
from inventory_api.cli.output import EXIT_FAULT, print_json
from inventory_api.storage.index.embedded import find_server
from inventory_api.storage.index.keys import COMPLETE, FORMAT
from inventory_api.storage.index.server_settings import check_server, server_version


def doctor(json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False) -> None:
    """Check the installation and say what to do about what is wrong."""
    with installation() as here:
        settings, client = here.settings, here.connect()
        problems = check_server(client)
        report: dict[str, Any] = {
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "data_dir": str(settings.data_dir.absolute()),
            "database": here.settings.sql_url.split("://", maxsplit=1)[0],
            "redis": server_version(client),
        }
        if settings.redis_url is None:
            binary = find_server(settings.redis_server)
            report["redis_binary"] = f"{binary.path} ({binary.rule})"
        with here.db.read() as tx:
            lagging = tx.deltas.lagging()
        # Not through a writer: that loads our functions, which a full server refuses.
        if client.get(COMPLETE) != FORMAT:
            problems.append("the index is not complete: run `inventory-api worker`, or `inventory-api index rebuild`")
        if lagging:
            problems.append(f"changes of {', '.join(lagging)} are not visible yet: is a worker running?")
        report["problems"] = problems
    if json:
        print_json(report)
    else:
        for name, value in report.items():
            if name != "problems":
                typer.echo(f"{name:14} {value}")
        for problem in problems:
            typer.echo(f"! {problem}")
        typer.echo("all well" if not problems else f"{len(problems)} to mend")
    if problems:
        raise typer.Exit(EXIT_FAULT)
