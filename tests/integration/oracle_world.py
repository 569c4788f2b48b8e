"""A made-up planet for the oracle: stores where distances are hardest, statements of every kind and age.

Nothing here comes from the code under test but the shapes of its values and the door into the index.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from dataclasses import dataclass, field, replace

import numpy as np
import redis

from inventory_api.domain.freshness import FreshnessPolicy
from inventory_api.domain.retailer import Disclosure, Retailer
from inventory_api.domain.stock import Basis, Claim, StockTable, pack_keys, pack_state, pack_value, to_observed
from inventory_api.domain.store import Store
from inventory_api.storage.index.tiles import place_stores
from inventory_api.storage.index.writer import IndexWriter

NOON = dt.datetime(2026, 10, 30, 12, tzinfo=dt.UTC)
PRODUCT = 4_000_000_000_000
"""The first of those that are carried."""
CARDED = 4006381333931
"""A product that has a card and is carried nowhere."""
NEVER_NAMED = 5901234123457
SERVICES = ("pickup", "delivery", "returns")
RETAILERS = (
    Retailer("exact", "Exact"),
    Retailer("bucket", "Bucket", disclosure=Disclosure.BUCKET, low_stock_at=0),
    Retailer("boolean", "Boolean", disclosure=Disclosure.BOOLEAN, low_stock_at=5),
    Retailer("quick", "Quick", freshness=FreshnessPolicy(live_s=60, recent_s=600, expires_s=3600)),
    Retailer("slow", "Slow", freshness=FreshnessPolicy(live_s=3600, recent_s=86_400, expires_s=30 * 86_400)),
)
_CITIES = (
    (40.71, -74.01), (34.05, -118.24), (-33.87, 151.21), (51.51, -0.13), (64.15, -21.94), (-54.80, -68.30),
    (24.86, 67.00), (17.38, 78.49), (35.68, 139.69), (1.35, 103.82), (-1.29, 36.82), (69.65, 18.96),
    (78.22, 15.65), (19.43, -99.13), (-0.18, -78.47), (37.77, -122.42),
)  # fmt: skip
_SEAMS = (
    (0.0, 0.0), (0.0, 180.0), (-16.9, 180.0), (65.0, 180.0), (89.9, 12.0), (-89.9, 80.0),
    (0.0, -78.5), (0.0, 101.4), (51.48, 0.0), (5.6, 0.0), (-77.85, 166.67),
)  # fmt: skip
_CLAIMS = tuple(claim for claim in Claim for _ in range(1 if claim is Claim.UNKNOWN else 3))
_UNITS = (None, 0, 0, 1, 2, 3, 4, 5, 6, 9, 10, 40, 999, 65_534)
_PRICES = (None, 0, 1, 199, 499, 499, 499, 1299, 2_000_000_000)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one store is on record with for one product; ``observed`` in seconds of the index."""

    claim: Claim
    quantity: int | None
    price: int | None
    observed: int
    dated: bool


@dataclass(slots=True)
class Planet:
    """Stores by position in a list (position = number), statements by product and position."""

    stores: list[Store]
    statements: dict[int, dict[int, Statement]] = field(default_factory=dict)

    def publish(self, client: redis.Redis) -> None:
        """Fill an empty index."""
        writer = IndexWriter(client)
        places = np.array([store.place for store in self.stores], np.int64)
        keys, values, observed = [], [], []
        for product, of_stores in sorted(self.statements.items()):
            for number, said in sorted(of_stores.items()):
                state = pack_state(said.claim, Basis.FEED, dated=said.dated)
                keys.append(int(pack_keys(np.array([product], np.uint64), np.array([number]))[0]))
                values.append(pack_value(state, said.quantity, said.price))
                observed.append(said.observed)
        rows = StockTable(
            np.array(keys, np.uint64),
            np.array(values, np.uint64),
            np.array(observed, np.uint32),
            np.zeros(len(keys), np.uint64),
        )
        assert writer.merge(rows, places) == len(keys)
        writer.put_cards(dict.fromkeys((*self.statements, CARDED), b'{"title":"made up"}'))
        writer.mark_complete()


def build_planet(chance: random.Random, *, city_stores: int = 170, seam_stores: int = 110) -> Planet:
    """A few thousand stores and two dozen products."""
    points = [_near(chance, *city, spread_m=chance.choice((300, 3_000, 20_000)))
              for city in _CITIES for _ in range(city_stores)]  # fmt: skip
    for seam in _SEAMS:
        points += [_near(chance, *seam, spread_m=chance.choice((30, 2_000, 40_000))) for _ in range(seam_stores)]
        points += [_onto_seam(chance, seam, point) for point in points[-seam_stores // 3 :]]
    points += [(90.0, 0.0), (90.0, 0.0), (90.0, 57.3), (-90.0, 0.0), (-90.0, -180.0), (0.0, 0.0), (0.0, 0.0)]
    points += [(0.0, 180.0), (0.0, -180.0), (-16.9, 180.0), (-16.9, -180.0), (65.0, 179.9999999), (65.0, -179.9999999)]
    points += [chance.choice(points) for _ in range(len(points) // 12)]
    points += [_nudged(chance, *chance.choice(points)) for _ in range(len(points) // 12)]
    located: list[tuple[float, float] | None] = [*points, *[None] * 40]
    chance.shuffle(located)
    planet = Planet(_placed([_store(chance, number, point) for number, point in enumerate(located)]))
    for n in range(24):
        density = (1.0, 1.0, 0.7, 0.4, 0.1, 0.01)[n % 6]
        carried = [number for number in range(len(planet.stores)) if chance.random() < density]
        planet.statements[PRODUCT + n] = {number: _statement(chance, planet.stores[number]) for number in carried}
    return planet


def small_planet(points: list[tuple[float, float]]) -> Planet:
    """Stores at just these points, each with ten pieces of one product."""
    stores = [_bare_store(number, point, RETAILERS[0], 0) for number, point in enumerate(points)]
    said = Statement(Claim.IN_STOCK, 10, 499, to_observed(NOON), True)
    return Planet(_placed(stores), {PRODUCT: {store.number: said for store in stores}})


def policy_of(store: Store) -> Retailer:
    """The retailer of a store."""
    return next(retailer for retailer in RETAILERS if retailer.id == store.retailer_id)


def _store(chance: random.Random, number: int, point: tuple[float, float] | None) -> Store:
    retailer = chance.choice(RETAILERS)
    told = 0 if chance.random() < 0.4 else to_observed(NOON) - _an_age(chance, retailer)
    services = tuple(word for word in SERVICES if chance.random() < 0.5)
    return replace(_bare_store(number, point, retailer, told), services=services)


def _bare_store(number: int, point: tuple[float, float] | None, retailer: Retailer, snapshot_at: int) -> Store:
    return Store(
        id=3 * number + 7,
        retailer_id=retailer.id,
        store_code=str(number),
        number=number,
        name=f"Store {number}",
        latitude=None if point is None else point[0],
        longitude=None if point is None else point[1],
        currency="USD",
        snapshot_at=snapshot_at,
    )


def _placed(stores: list[Store]) -> list[Store]:
    """Every store in the index, in two generations: the second finds the first's stock in the way."""
    tiles = iter(range(10_000))

    def reserve(count: int) -> int:
        return min(next(tiles) for _ in range(count))

    half = len(stores) // 2
    places = place_stores(stores[:half], set(), reserve)
    stores = [replace(store, place=places.get(store.id, store.place)) for store in stores]
    places = place_stores(stores, {store.id for store in stores[: half // 2]}, reserve)
    return [replace(store, place=places.get(store.id, store.place)) for store in stores]


def _statement(chance: random.Random, store: Store) -> Statement:
    claim = chance.choice(_CLAIMS)
    unsure = claim is Claim.UNKNOWN
    observed = to_observed(NOON) - _an_age(chance, policy_of(store))
    return Statement(
        claim,
        None if unsure else chance.choice(_UNITS),
        chance.choice(_PRICES),
        observed,
        chance.random() < 0.3,
    )


def _an_age(chance: random.Random, retailer: Retailer) -> int:
    """Seconds, most of them within a second of where the label changes; a few lie in the future."""
    policy = retailer.freshness
    edge = chance.choice((0, policy.live_s, policy.recent_s, policy.expires_s))
    if chance.random() < 0.5:
        return edge + chance.choice((-1, 0, 1))
    return int(chance.random() ** 2 * 2 * policy.expires_s)


def _near(chance: random.Random, latitude: float, longitude: float, spread_m: float) -> tuple[float, float]:
    """A point around another, scattered by so many metres; over a pole and around the world."""
    latitude += chance.gauss(0, spread_m / 111_000)
    longitude += chance.gauss(0, spread_m / 111_000) / max(0.001, math.cos(math.radians(latitude)))
    return wrapped(latitude, longitude)


def _onto_seam(chance: random.Random, seam: tuple[float, float], point: tuple[float, float]) -> tuple[float, float]:
    """The same point moved exactly onto the seam's parallel or meridian."""
    if abs(seam[0]) > 89 or chance.random() < 0.5:
        return point[0], seam[1] if abs(seam[1]) < 180 else chance.choice((-180.0, 180.0))
    return (seam[0] + 0.0, point[1])


def _nudged(chance: random.Random, latitude: float, longitude: float) -> tuple[float, float]:
    """A point centimetres to metres away: closer than the chord formula can tell apart."""
    step = 10 ** chance.uniform(-8, -5)
    return wrapped(latitude + chance.uniform(-step, step), longitude + chance.uniform(-step, step))


def wrapped(latitude: float, longitude: float) -> tuple[float, float]:
    """The point with latitude within 90 and longitude within 180 degrees."""
    if abs(latitude) > 90:
        latitude, longitude = (180 - abs(latitude)) * (1 if latitude > 0 else -1), longitude + 180
    if abs(longitude) > 180:
        longitude = (longitude + 180) % 360 - 180
    return latitude, longitude
