"""``inventory-api gazetteer``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inventory_api.cli.output import EXIT_REFUSED, print_json
from inventory_api.settings import Settings
from inventory_api.storage.gazetteer.build import build, ensure, import_file
from inventory_api.storage.gazetteer.gathering import gather

app = typer.Typer(no_args_is_help=True, help="Places by name: postal codes, cities, neighborhoods.")

Json = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]


@app.command("build")
def build_gazetteer(json: Json = False) -> None:
    """Make it anew from the installed packages; imported postal codes have to be imported again."""
    path = Settings().gazetteer_path
    _tell({"path": str(path), "places": build(path, gather())}, json)


@app.command("import")
def import_postal_codes(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="allCountries.txt, GB.txt, ...")],
    json: Json = False,
) -> None:
    """Add postal codes of a GeoNames postal dump, in place of ours of the same countries. Then restart the API."""
    path = ensure(Settings().gazetteer_path)
    try:
        count = import_file(path, file)
    except ValueError as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(EXIT_REFUSED) from error
    _tell({"path": str(path), "places": count}, json)


def _tell(result: dict[str, object], json: bool) -> None:
    if json:
        print_json(result)
    else:
        typer.echo(f"{result['places']:,} places in {result['path']}")
