"""The commands, joined."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import redis
import typer
from rich.console import Console

from inventory_api.cli import ask, doctor, feeds, gazetteer, index, retailers, sms, sources, webhooks
from inventory_api.cli.children import LOG_FORMAT, run_worker
from inventory_api.cli.compose import installation, sms_sender
from inventory_api.cli.listening import CannotListen, listen
from inventory_api.cli.output import EXIT_FAULT, EXIT_REFUSED, StageProgress
from inventory_api.domain.errors import Conflict, InvalidInput, InventoryError, NotFound, Refused
from inventory_api.settings import Settings
from inventory_api.storage.index.embedded import NoServerFound, ServerNotStarted

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Is this product on a shelf near me?")
app.add_typer(retailers.app, name="retailer")
app.add_typer(feeds.app, name="feed")
app.add_typer(sources.app, name="source")
app.add_typer(webhooks.app, name="webhook")
app.add_typer(sms.app, name="sms")
app.add_typer(index.app, name="index")
app.add_typer(gazetteer.app, name="gazetteer")
app.command("lookup")(ask.lookup)
app.command("doctor")(doctor.doctor)
db_app = typer.Typer(no_args_is_help=True, help="The SQL database.")
app.add_typer(db_app, name="db")

Port = Annotated[int | None, typer.Option(help="TCP port of the API; INVENTORY_PORT where absent.")]


@app.command()
def demo(port: Port = None) -> None:
    """Live in a made-up world: feeds ingested, stock changing, questions answered."""
    from inventory_api.cli.demo_run import run_demo

    run_demo(_settings(port))


@app.command()
def up(port: Port = None) -> None:
    """Run the embedded server, the API and the worker in one process tree."""
    from inventory_api.cli.tree import running_tree

    with running_tree(_settings(port)) as tree:
        if tree.wait_ready():
            Console(stderr=True).print(f"Ready: {tree.base_url}/docs")
        tree.wait()


@app.command()
def serve(port: Port = None) -> None:
    """Run the API alone."""
    from inventory_api.cli.serve import run_api

    settings = _settings(port)
    with listen(settings.host, settings.port) as opened, installation(settings) as here:
        run_api(settings, here.redis_url, opened)


@app.command()
def worker() -> None:
    """Run the ingest worker alone."""
    with installation() as here, StageProgress(enabled=sys.stderr.isatty()) as progress:
        run_worker(here, progress)


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to this release's schema."""
    from inventory_api.storage.sql.schema import upgrade

    settings = Settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(settings.sql_url)


def main() -> None:
    """Run a command; turn what went wrong into an exit code and a sentence."""
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT)
    errors = Console(stderr=True)
    try:
        app(standalone_mode=True)
    except (InvalidInput, NotFound, Conflict, Refused) as error:
        from inventory_api.channels.problem import describe

        errors.print(describe(error, method="").detail, style="red", highlight=False, markup=False)
        sys.exit(EXIT_REFUSED)
    except (InventoryError, redis.RedisError, NoServerFound, ServerNotStarted, CannotListen) as error:
        errors.print(str(error), style="red", highlight=False, markup=False)
        sys.exit(EXIT_FAULT)
    except Exception:
        logging.getLogger(__name__).exception("a fault of ours")
        sys.exit(EXIT_FAULT)


def _settings(port: int | None) -> Settings:
    """The settings to serve with; what a child would refuse is refused before it is started."""
    settings = Settings()
    sms_sender(settings)
    return settings if port is None else settings.model_copy(update={"port": port})
