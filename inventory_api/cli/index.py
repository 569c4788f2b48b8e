"""``inventory-api index``."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from inventory_api.cli.compose import installation, sql_installation
from inventory_api.cli.output import EXIT_REFUSED, StageProgress, print_json
from inventory_api.storage.index.server_settings import server_version

app = typer.Typer(no_args_is_help=True, help="The serving index, and product search.")

Json = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]


@app.command("rebuild")
def rebuild(
    repack: Annotated[bool, typer.Option(help="Place stores anew; lookups answer 503 meanwhile.")] = False,
    json: Json = False,
) -> None:
    """Put the whole truth into the index, while it serves."""
    with installation() as here, StageProgress() as progress:
        written = here.rebuilder().rebuild(lambda done, all_: progress("rebuilding", done, all_), repack=repack)
    if json:
        print_json({"records": written})
    else:
        typer.echo(f"{written:,} records written")


@app.command("rebuild-search")
def rebuild_search(json: Json = False) -> None:
    """Make product search anew from SQL, while the old one serves."""
    with sql_installation() as here, StageProgress() as progress:
        count = here.search_publisher().rebuild(progress)
    if json:
        print_json({"products": count})
    else:
        typer.echo(f"{count:,} products indexed")


@app.command("verify")
def verify(
    repair: Annotated[bool, typer.Option(help="Mend what differs.")] = False,
    json: Json = False,
) -> None:
    """Compare the index with the truth, record by record."""
    with installation() as here, StageProgress() as progress:
        wrong = here.rebuilder().verify(lambda done, all_: progress("verifying", done, all_), repair=repair)
    if json:
        print_json({"wrong": wrong, "repaired": wrong if repair else 0})
    else:
        typer.echo(f"{wrong:,} records differ{', mended' if repair and wrong else ''}")
    if wrong and not repair:
        raise typer.Exit(EXIT_REFUSED)


@app.command("stats")
def stats(json: Json = False) -> None:
    """Count what the index holds and what it costs."""
    with installation() as here:
        client = here.connect()
        memory = client.info("memory")
        publisher = here.publisher()
        with here.db.read() as tx:
            stores = tx.stores.list()
            report: dict[str, Any] = {
                "complete": publisher.writer.is_complete(),
                "server": server_version(client),
                "retailers": len(tx.retailers.list()),
                "stores": len(stores),
                "tiles": len({store.place // 512 for store in stores}),
                "products": tx.products.count(),
                "log_rows": sum(tx.deltas.log_sizes().values()),
            }
        with StageProgress(enabled=sys.stderr.isatty()) as progress:
            report["records"] = publisher.audit.count_records(lambda done, all_: progress("counting", done, all_))
        report["used_memory_bytes"] = memory["used_memory"]
        report["bytes_per_record"] = round(memory["used_memory"] / max(1, report["records"]), 2)
    if json:
        print_json(report)
        return
    for name, value in report.items():
        typer.echo(f"{name:20} {value:,}" if isinstance(value, (int, float)) else f"{name:20} {value}")
