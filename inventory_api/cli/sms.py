"""``inventory-api sms``: texts on a terminal, the numbers that take them, and the sheet that operators want."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import orjson
import typer

from inventory_api.cli.compose import Installation, installation, sms_sender, sql_installation
from inventory_api.cli.directory import DirectoryLoader
from inventory_api.cli.output import print_json, words
from inventory_api.domain.errors import InvalidInput
from inventory_api.lookup.availability import Availability
from inventory_api.lookup.directory import Directory
from inventory_api.storage.index.multiplexed import Multiplexed
from inventory_api.storage.index.reader import RedisIndexReader

app = typer.Typer(help="Text messages: without a command, a phone on the terminal.")
channel_app = typer.Typer(no_args_is_help=True, help="Numbers that take texts, each at a provider.")
app.add_typer(channel_app, name="channel")

Json = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]


@app.callback(invoke_without_command=True)
def texts(
    context: typer.Context,
    sender: Annotated[str, typer.Option("--from", help="Whose phone it is, E.164.")] = "+14155550100",
    json: Json = False,
) -> None:
    """Answer texts from standard input, one a line, as a provider's would be answered; nothing is sent."""
    if context.invoked_subcommand is None:
        with installation() as here:
            asyncio.run(converse_on_terminal(here, sys.stdin, sender, is_json=json))


@app.command("dlt-export")
def dlt_export(
    country: Annotated[str, typer.Option(help="IN, PK or US: whose examples, money and phone numbers.")] = "IN",
) -> None:
    """Write the sheet of all texts, to be registered with operators who let no other pass, as CSV."""
    from inventory_api.channels.sms.talk.sheet import write_sheet

    with sql_installation() as here:
        count = write_sheet(sys.stdout, country.upper(), sms_sender(here.settings))
    words.print(f"{count} texts.")


@channel_app.command("add")
def add(
    id: str,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The provider's options as JSON.")],
    provider: Annotated[str, typer.Option(help="twilio, vonage, kannel, android, plivo, infobip, africas-talking.")],
    number: Annotated[str, typer.Option(help="Ours: E.164, or a short code.")],
    country: Annotated[str | None, typer.Option(help="ISO 3166 code of a short code.")] = None,
    answer: Annotated[
        list[str] | None, typer.Option(help="Country whose numbers are answered; repeatable; the number's own.")
    ] = None,
    json: Json = False,
) -> None:
    """Set up a channel, or change it, and print the address to give to the provider, once."""
    # Here, as FastAPI's parts cost every other command their import.
    from inventory_api.channels.sms.phone import country_of, e164
    from inventory_api.channels.sms.providers import check_options

    try:
        options = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"{file} is no JSON: {error}") from None
    if not isinstance(options, dict):
        raise InvalidInput(f"{file} holds no object")
    check_options(provider, options)
    ours = e164(number) or number
    home = (country or country_of(ours) or "").upper()
    if not home:
        raise InvalidInput(f"{number} tells no country: say which with --country")
    answered = [each.upper() for each in answer or [home]]
    with sql_installation() as here:
        secret = here.sms_channels.put(
            id, provider=provider, number=ours, country=home, countries=answered, options=options
        )
        base_url = here.settings.public_base_url
    address = f"{base_url}/v1/sms/{provider}/{secret}"
    if json:
        print_json({"id": id, "url": address, "countries": answered})
        return
    if not base_url:
        words.print("INVENTORY_PUBLIC_BASE_URL is not set: no signature over an address can be verified without it.")
    words.print(f"Channel {id} answers {', '.join(answered)}. Its address is shown once; it is a secret:")
    typer.echo(address)


@channel_app.command("list")
def list_(json: Json = False) -> None:
    """List channels."""
    with sql_installation() as here:
        channels = here.sms_channels.list()
    plain = [
        {"id": each.id, "provider": each.provider, "number": each.number, "countries": [*each.countries]}
        for each in channels
    ]
    if json:
        print_json(plain)
        return
    for channel in channels:
        typer.echo(f"{channel.id:16} {channel.provider:16} {channel.number:16} answers {', '.join(channel.countries)}")


@channel_app.command("remove")
def remove(id: str) -> None:
    """Forget a channel; within seconds nothing is taken from it."""
    with sql_installation() as here:
        here.sms_channels.remove(id)


async def converse_on_terminal(here: Installation, lines: Iterable[str], sender: str, *, is_json: bool) -> None:
    """Answer texts, one a line, on standard output.

    Raises:
        InvalidInput: The sender is no phone number, or who we are does not fit in a text.
    """
    from inventory_api.channels.sms.simulator import converse
    from inventory_api.cli.texting import sms_ports

    directory, connection = Directory(), Multiplexed(here.redis_url, timeout_s=here.settings.deadline_ms / 1000)
    DirectoryLoader(here.db, directory).refresh()
    index = RedisIndexReader(connection)
    watches = here.watches(Availability(index, directory), is_simulated=True)
    ports = sms_ports(here, connection, index, here.places(directory), directory, watches)
    try:
        async for said in converse(ports, lines, sender=sender):
            text = orjson.dumps(said).decode() if is_json else said["reply"] or "(nothing)"
            typer.echo(text)
    finally:
        await ports.client.aclose()
        await connection.aclose()
