"""``inventory-api lookup``: one question from the command line."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Annotated

import typer

from inventory_api.cli.compose import Installation, installation
from inventory_api.cli.output import print_json
from inventory_api.domain.identifiers import parse_product_id
from inventory_api.locales.catalog import Language
from inventory_api.locales.wording import wording_of
from inventory_api.lookup.answer import USABLE
from inventory_api.lookup.availability import Answer, Availability, Question
from inventory_api.lookup.directory import Directory
from inventory_api.storage.index.multiplexed import Multiplexed
from inventory_api.storage.index.reader import RedisIndexReader


def lookup(
    product: Annotated[str, typer.Argument(help="GTIN or product id.")],
    near: Annotated[str, typer.Option(help="A postal code, city, neighborhood, or lat,lon.")],
    radius_km: Annotated[float, typer.Option(min=0.001, max=160)] = 16.0,
    everything: Annotated[bool, typer.Option("--all", help="Stores of every status.")] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
) -> None:
    """Say which stores near a place have a product."""
    statuses = None if everything else USABLE
    question = Question(parse_product_id(product), radius_m=radius_km * 1000, statuses=statuses)
    with installation() as here:
        answer = asyncio.run(ask_near(here, question, near))
    if json:
        print_json(
            {
                "say": answer.say,
                "summary": answer.summary,
                "stores": [
                    {
                        "store_id": hit.store.public_id,
                        "name": hit.store.name,
                        "distance_m": hit.distance_m,
                        "availability": hit.availability,
                        "quantity": hit.quantity,
                        "observed_at": hit.observed_at,
                    }
                    for hit in answer.hits
                ],
            }
        )
        return
    typer.echo(answer.say)
    for hit in answer.hits:
        typer.echo(f"{hit.distance_m or 0:8.0f} m  {hit.availability:20} {hit.store.name}, {hit.store.city or ''}")


async def ask_near(here: Installation, question: Question, near: str) -> Answer:
    """Ask it where a text says.

    Raises:
        PlaceNotFound, AmbiguousPlace: The text, and not exactly one place.
    """
    with here.db.read() as tx:
        directory = Directory(tx.stores.list(), tx.retailers.list(), tx.reports.trust())
    places = here.places(directory)
    place = places.called(await places.locate(near, parameter="--near"))
    question.latitude, question.longitude = place.latitude, place.longitude
    question.wording = wording_of(Language.ENGLISH, place.country or None)
    connection = Multiplexed(here.redis_url, timeout_s=2.0)
    try:
        return await Availability(RedisIndexReader(connection), directory).ask(question, dt.datetime.now(dt.UTC))
    finally:
        await connection.aclose()
