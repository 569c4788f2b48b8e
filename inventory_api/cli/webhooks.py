"""``inventory-api webhook``: the endpoints of a retailer."""

from __future__ import annotations

from typing import Annotated

import typer

from inventory_api.cli.compose import sql_installation
from inventory_api.cli.output import print_json, words
from inventory_api.domain.webhook import SUBSCRIBABLE, WebhookEndpoint

app = typer.Typer(no_args_is_help=True, help="Where retailers are told of their feeds.")

Retailer = Annotated[str, typer.Option(help="Id of the retailer.")]
Json = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]


@app.command("put")
def put(
    id: str,
    url: str,
    retailer: Retailer,
    event: Annotated[list[str] | None, typer.Option(help="Repeatable; everything where absent.")] = None,
    json: Json = False,
) -> None:
    """Set up an endpoint and print its secret, once; or change one, or enable it again."""
    with sql_installation() as here:
        events = event or [each.value for each in SUBSCRIBABLE]
        endpoint, secret = here.webhooks.put(retailer, id, url=url, events=events)
    _show(endpoint, secret, json)


@app.command("list")
def list_(retailer: Retailer, json: Json = False) -> None:
    """List endpoints."""
    with sql_installation() as here:
        endpoints = here.webhooks.list(retailer)
    if json:
        print_json([_plain(endpoint) for endpoint in endpoints])
    for endpoint in [] if json else endpoints:
        typer.echo(f"{endpoint.id:24} {endpoint.disabled or 'enabled':24} {endpoint.url}")


@app.command("rotate")
def rotate(id: str, retailer: Retailer, json: Json = False) -> None:
    """Replace the secret; the one before signs beside it for 24 hours."""
    with sql_installation() as here:
        endpoint, secret = here.webhooks.rotate(retailer, id)
    _show(endpoint, secret, json)


@app.command("test")
def send_test(id: str, retailer: Retailer, json: Json = False) -> None:
    """Send a test event; a worker delivers it."""
    with sql_installation() as here:
        delivery = here.webhooks.send_test(retailer, id)
    print_json({"id": delivery.id}) if json else typer.echo(f"{delivery.id} is on its way")


@app.command("delete")
def delete(id: str, retailer: Retailer) -> None:
    """Delete an endpoint and what is on its way to it."""
    with sql_installation() as here:
        here.webhooks.delete(retailer, id)


def _show(endpoint: WebhookEndpoint, secret: str | None, json: bool) -> None:
    if json:
        print_json(_plain(endpoint) | ({} if secret is None else {"secret": secret}))
        return
    if secret is not None:
        words.print(f"Endpoint {endpoint.id}. This secret is shown once; receivers verify with it:")
        typer.echo(secret)
    else:
        typer.echo(f"{endpoint.id} {endpoint.url}")


def _plain(endpoint: WebhookEndpoint) -> dict[str, object]:
    return {name: getattr(endpoint, name) for name in ("id", "url", "events", "disabled")}
