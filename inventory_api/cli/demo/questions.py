"""Questions that the demo world can answer, for the printed example and for load tests."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple, TypedDict

import numpy as np

from inventory_api.cli.demo.model import DemoWorld
from inventory_api.cli.demo.places import distance_km

RADIUS_KM = 10
NEAR_A_STORE_DEGREES = 0.03
"""Askers stand within about 3 km of a store."""


class ExampleQuestion(TypedDict):
    """A product near a place; ``radius`` in kilometers, as the API's default."""

    gtin: str
    title: str
    lat: float
    lon: float
    radius: int
    place: str
    country: str


class _Landmark(NamedTuple):
    name: str
    latitude: float
    longitude: float


_LANDMARKS = {
    "US": _Landmark("Downtown Chicago", 41.8781, -87.6298),
    "IN": _Landmark("Charminar, Hyderabad", 17.3616, 78.4747),
    "PK": _Landmark("Liberty Market, Lahore", 31.5102, 74.3441),
}
_LANGUAGE = {"US": "en", "IN": "te", "PK": "ur"}


def example_question(world: DemoWorld, country: str = "US") -> ExampleQuestion:
    """The grocery question of a country (US, IN or PK) to which most stores near a landmark say yes.

    The product's title is in the script read there, so that the example shows it.
    """
    landmark = _LANDMARKS[country]
    stores_with: dict[str, int] = defaultdict(int)
    titles = {}
    for shelves in world.shelves.values():
        if shelves.retailer.country != country:
            continue
        near = [
            distance_km(store.latitude, store.longitude, landmark.latitude, landmark.longitude) < RADIUS_KM
            for store in shelves.stores
        ]
        rows = np.array(near, dtype=bool)[shelves.store] & (shelves.quantity > 2)
        for offer in shelves.offer[rows].tolist():
            product = shelves.offers[offer].product
            if product.department == "groceries" and product.language == _LANGUAGE[country]:
                stores_with[product.gtin] += 1
                titles[product.gtin] = product.title
    gtin = max(stores_with, key=lambda code: (stores_with[code], code))
    return ExampleQuestion(
        gtin=gtin,
        title=titles[gtin],
        lat=landmark.latitude,
        lon=landmark.longitude,
        radius=RADIUS_KM,
        place=landmark.name,
        country=country,
    )


def write_questions(world: DemoWorld, path: Path, count: int = 200, seed: int = 2011) -> None:
    """Write questions for the load tests: CSV with ``gtin,lat,lon``, askers near stores that sell the product."""
    rng = random.Random(seed)  # noqa: S311 - a reproducible sample, no secret
    weights = [len(world.shelves[retailer.id].quantity) for retailer in world.retailers]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("gtin", "lat", "lon"))
        for retailer in rng.choices(world.retailers, weights=weights, k=count):
            shelves = world.shelves[retailer.id]
            record = rng.randrange(len(shelves.quantity))
            store = shelves.stores[shelves.store[record]]
            lat, lon = (
                round(middle + rng.uniform(-NEAR_A_STORE_DEGREES, NEAR_A_STORE_DEGREES), 4)
                for middle in (store.latitude, store.longitude)
            )
            writer.writerow((shelves.offers[shelves.offer[record]].product.gtin, lat, lon))
