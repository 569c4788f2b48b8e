"""``inventory-api source``: where feeds are pulled from."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Annotated

import orjson
import typer

from inventory_api.cli.compose import Installation, sql_installation
from inventory_api.cli.feeds import show_run, wait_for
from inventory_api.cli.output import EXIT_REFUSED, print_json, words
from inventory_api.domain.errors import Conflict, InvalidInput
from inventory_api.domain.source import PULLED

app = typer.Typer(no_args_is_help=True, help="Feed sources.")

Json = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]
Owner = Annotated[str, typer.Option("--retailer", help="Id of the retailer.")]


@app.command("put")
def put(
    id: str,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The source as JSON, as the API takes it.")],
    retailer: Owner,
    json: Json = False,
) -> None:
    """Declare a source, or change it."""
    # Here, as FastAPI costs every other command its import.
    from fastapi.exceptions import RequestValidationError

    from inventory_api.channels.problem import describe
    from inventory_api.channels.rest.source_body import read_source
    from inventory_api.channels.rest.sources import source_json

    try:
        draft = read_source(orjson.loads(file.read_bytes()))
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"{file} is no JSON: {error}") from None
    except RequestValidationError as error:
        for mistake in describe(error, method="").errors:
            words.print(f"{mistake.get('pointer') or '/'}: {mistake['detail']}", markup=False)
        raise typer.Exit(EXIT_REFUSED) from None
    with sql_installation() as here:
        source, is_new = here.sources.put(retailer, id, draft)
    if json:
        print_json(source_json(source))
    else:
        typer.echo(f"{id}: {'new' if is_new else f'version {source.version}'}")


@app.command("list")
def list_(retailer: Owner, json: Json = False) -> None:
    """List sources and how their last visits went."""
    with sql_installation() as here:
        sources = here.sources.list(retailer)
    if json:
        from inventory_api.channels.rest.sources import source_json

        print_json([source_json(source) for source in sources])
        return
    for source in sources:
        state = source.disabled or (f"{source.failures} failures" if source.failures else "in order")
        due = "" if source.due_at is None or source.disabled else f", due {source.due_at:%Y-%m-%d %H:%M} UTC"
        typer.echo(f"{source.id:24} {source.kind} {source.mode} by {source.protocol}: {state}{due}")


@app.command("remove")
def remove(id: str, retailer: Owner) -> None:
    """Forget a source; what it brought stays."""
    with sql_installation() as here:
        here.sources.delete(retailer, id)


@app.command("fetch")
def fetch(
    id: str,
    retailer: Owner,
    wait: Annotated[bool, typer.Option(help="Wait until a worker has fetched it and is done with what came.")] = True,
    json: Json = False,
) -> None:
    """Have a source visited now."""
    with sql_installation() as here:
        before = _make_due(here, retailer, id)
        if not wait:
            return
        run_id = before
        words.print("Waiting for a worker to visit it.")
        while run_id == before:
            time.sleep(0.1)
            run_id = here.sources.get(retailer, id).state.get("run_id")
        run = wait_for(here, here.desk.get_run(retailer, str(run_id)))
    show_run(run, json)


def _make_due(here: Installation, retailer: str, id: str) -> str | None:
    """The run of the last visit, before the next."""
    with here.db.write() as tx:
        source = tx.sources.get(retailer, id)
        if source.protocol not in PULLED:
            raise Conflict(f"{id} is not fetched: it comes by {source.protocol}")
        if source.disabled:
            raise Conflict(f"{id} is not fetched any more: {source.disabled}; put it again")
        source.due_at = dt.datetime.now(dt.UTC)
        tx.sources.save(source)
    run_id: str | None = source.state.get("run_id")
    return run_id
