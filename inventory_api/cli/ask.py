"""``inventory-api lookup``: one question from the command line."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from typing import Annotated

import typer

from inventory_api.cli.compose import Installation, installation
from inventory_api.cli.output import print_json
from inventory_api.domain.errors import InvalidCoordinates
from inventory_api.domain.geo import check_coordinates
from inventory_api.domain.identifiers import parse_product_id
from inventory_api.lookup.availability import Answer, Availability, Question
from inventory_api.lookup.directory import Directory
from inventory_api.storage.index.multiplexed import Multiplexed
from inventory_api.storage.index.reader import RedisIndexReader

_POINT = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*", re.ASCII)


def lookup(
    product: Annotated[str, typer.Argument(help="GTIN or product id.")],
    near: Annotated[str, typer.Option(help="lat,lon")],
    radius_km: Annotated[float, typer.Option(min=0.001, max=160)] = 16.0,
    everything: Annotated[bool, typer.Option("--all", help="Stores of every status.")] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
) -> None:
    """Say which stores near a point have a product."""
    point = _POINT.fullmatch(near)
    if point is None:
        raise InvalidCoordinates(f"{near!r} is no lat,lon; write for example --near 37.77,-122.42")
    latitude, longitude = float(point[1]), float(point[2])
    check_coordinates(latitude=latitude, longitude=longitude)
    question = Question(parse_product_id(product), latitude, longitude, radius_km * 1000)
    if everything:
        question = Question(parse_product_id(product), latitude, longitude, radius_km * 1000, statuses=None)
    with installation() as here:
        answer = asyncio.run(_ask(here, question))
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


async def _ask(here: Installation, question: Question) -> Answer:
    with here.db.read() as tx:
        directory = Directory(tx.stores.list(), tx.retailers.list(), tx.reports.trust())
    connection = Multiplexed(here.redis_url, timeout_s=2.0)
    try:
        return await Availability(RedisIndexReader(connection), directory).ask(question, dt.datetime.now(dt.UTC))
    finally:
        await connection.aclose()
