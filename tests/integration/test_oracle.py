"""Random questions against a brute-force oracle: no store missing, none too many, none out of order."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from inventory_api.domain.availability import STATUSES
from inventory_api.domain.errors import UnknownProduct
from inventory_api.lookup.availability import Answer, Availability, Hit, Question
from inventory_api.lookup.directory import Directory
from inventory_api.storage.index.connection import Multiplexed, connect
from inventory_api.storage.index.reader import RedisIndexReader
from tests.integration.oracle import WORDS, Expected, Oracle, exact_m, vincenty_m
from tests.integration.oracle_world import (
    CARDED,
    NEVER_NAMED,
    NOON,
    PRODUCT,
    RETAILERS,
    SERVICES,
    Planet,
    build_planet,
    small_planet,
    wrapped,
)

INSTANTS = (NOON, NOON + dt.timedelta(seconds=1), NOON + dt.timedelta(hours=1), NOON - dt.timedelta(minutes=5))
BATCH = 1_000
AT_ONCE = 100
MAX_M = 160_000.0
SAME_M = 1e-6
"""Two stores this close in distance may come in either order, unless they stand on one spot."""

Asked = tuple[Question, dt.datetime]

POLES_AND_SEAMS = [
    # latitude, longitude, radius_m: where trigonometry, wrapping or the sign of zero goes wrong first.
    (90.0, 0.0, 160_000.0),
    (90.0, 123.4, 10.0),
    (-90.0, 180.0, 160_000.0),
    (-90.0, -180.0, 50_000.0),
    (89.9999999, -77.0, 20_000.0),
    (0.0, 180.0, 160_000.0),
    (0.0, -180.0, 160_000.0),
    (-16.9, 179.9999999, 30_000.0),
    (-16.9, -179.9999999, 30_000.0),
    (65.0, -180.0, 10.0),
    (65.0, 180.0, 0.001),
    (0.0, 0.0, 160_000.0),
    (-0.0, -0.0, 10.0),
    (0.0, 0.0, 0.001),
    (51.48, 0.0, 160_000.0),
    (51.48, -0.0, 1_000.0),
    (5.6, 0.0, 160_000.0),
    (12.0, -120.0, 160_000.0),
]
"""Vectors that run first, with every sort and product."""


_SPOT = (34.05, -118.24)
REGRESSIONS: dict[str, tuple[list[tuple[float, float]], tuple[float, float, float]]] = {
    # What went wrong once: stores, then latitude, longitude and radius_m of the question.
    "twins beside a third: one of the twins was measured exactly, the other not": (
        [(34.15, -118.24), (34.1500001, -118.24), (34.15, -118.24), (34.1499999, -118.24), (34.15, -118.24)],
        (*_SPOT, 20_000.0),
    ),
    "on the edge: the chord to it, rounded, was longer than the radius": (
        [(34.05 + north, -118.24 + north / 3) for north in (1e-5, 2e-5, 3e-5, 5e-5, 7e-5, 1e-4, 1.1e-4, 1.3e-4)],
        (*_SPOT, 0.0),
    ),
    "on the edge: the exact distance lost its last digit on the way through kilometres": (
        [(33.790477356364285, -118.15180019960908), (34.1, -118.3), (33.9, -118.2), (34.3, -118.1)],
        (34.05251182819667, -118.23728772132193, 0.0),
    ),
}
"""A radius of 0 stands for one question for each store, with its exact distance for a radius."""


@pytest.fixture(scope="module")
def planet() -> Planet:
    """The planet; the same in every run."""
    return build_planet(random.Random(20261030))


@pytest.fixture(scope="module")
def oracle(planet: Planet) -> Oracle:
    """Its brute force."""
    return Oracle(planet, INSTANTS)


@pytest.fixture
def inquiry(planet: Planet, redis_url: str) -> Iterator[Inquiry]:
    """The planet in the real index, and the lookup before it."""
    with inquiring(planet, redis_url) as made:
        yield made


@contextmanager
def inquiring(planet: Planet, redis_url: str) -> Iterator[Inquiry]:
    """Put a planet into the real index, alone, and the lookup before it."""
    client = connect(redis_url, timeout_s=5)
    client.flushall()
    planet.publish(client)
    client.close()
    with asyncio.Runner() as runner:
        made = Inquiry(planet, redis_url, runner)
        try:
            yield made
        finally:
            made.close()


class Inquiry:
    """Asks the lookup, many questions at once."""

    def __init__(self, planet: Planet, redis_url: str, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._connection = Multiplexed(redis_url, timeout_s=30)
        self._lookup = Availability(RedisIndexReader(self._connection), Directory(planet.stores, RETAILERS))

    def close(self) -> None:
        self._runner.run(self._connection.aclose())

    def ask(self, asked: Sequence[Asked], *, to_the_end: Sequence[bool]) -> list[list[Answer]]:
        """The pages of each question: the first, or all of them."""
        return self._runner.run(self._ask(asked, to_the_end))

    async def _ask(self, asked: Sequence[Asked], to_the_end: Sequence[bool]) -> list[list[Answer]]:
        pages: list[list[Answer]] = []
        for at in range(0, len(asked), AT_ONCE):
            part = zip(asked[at : at + AT_ONCE], to_the_end[at : at + AT_ONCE], strict=True)
            pages += await asyncio.gather(*(self._pages(*one, whole) for one, whole in part))
        return pages

    async def _pages(self, question: Question, now: dt.datetime, to_the_end: bool) -> list[Answer]:
        pages = [await self._lookup.ask(question, now)]
        while to_the_end and pages[-1].next is not None:
            assert len(pages) < 1_000, f"paging goes round in circles: {question}"
            pages.append(await self._lookup.ask(replace(question, after=pages[-1].next), now))
        return pages


def test_the_oracle_measures_as_karney_does(planet: Planet) -> None:
    chance = random.Random(1)
    located = [store for store in planet.stores if store.latitude is not None]
    pairs = []
    while len(pairs) < 2_000:
        one = chance.choice(located)
        assert one.latitude is not None
        assert one.longitude is not None
        pairs.append((one.latitude, one.longitude, *_offset(chance, one.latitude, one.longitude, MAX_M)))
    columns = (np.array(column) for column in zip(*pairs, strict=True))
    assert vincenty_m(*columns) == pytest.approx([exact_m(*pair) for pair in pairs], abs=1e-4)


@pytest.mark.parametrize("name", REGRESSIONS)
def test_regression(name: str, redis_url: str) -> None:
    points, (latitude, longitude, radius_m) = REGRESSIONS[name]
    planet = small_planet(points)
    radii = [radius_m] if radius_m else [exact_m(latitude, longitude, *point) for point in points]
    asked = [(Question(PRODUCT, latitude, longitude, radius, statuses=None), NOON) for radius in radii]
    with inquiring(planet, redis_url) as inquiry:
        assert check(Oracle(planet, INSTANTS), inquiry, asked, [True] * len(asked)) > 0


def test_poles_and_seams(planet: Planet, oracle: Oracle, inquiry: Inquiry) -> None:
    asked = [
        (Question(product, *where, statuses=None, sort=sort, limit=50), now)
        for where in POLES_AND_SEAMS
        for sort in ("best", "distance", "price", "updated")
        for product in planet.statements
        for now in INSTANTS[:1]
    ]
    assert check(oracle, inquiry, asked, [True] * len(asked)) > 10_000


def test_2_000_questions(planet: Planet, oracle: Oracle, inquiry: Inquiry) -> None:
    hits = check_random(planet, oracle, inquiry, random.Random(2), 2_000)
    assert hits > 5_000


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.timeout(900)
def test_100_000_questions(planet: Planet, oracle: Oracle, inquiry: Inquiry) -> None:
    hits = check_random(planet, oracle, inquiry, random.Random(3), 100_000)
    assert hits > 200_000


def test_a_product_without_any_record(inquiry: Inquiry) -> None:
    carded = Question(CARDED, 40.71, -74.01, MAX_M)
    [[answer]] = inquiry.ask([(carded, NOON)], to_the_end=[True])
    assert (answer.hits, answer.next, answer.summary["checked"]) == ([], None, 0)
    with pytest.raises(UnknownProduct):
        inquiry.ask([(Question(NEVER_NAMED, 40.71, -74.01, MAX_M), NOON)], to_the_end=[True])


def check_random(planet: Planet, oracle: Oracle, inquiry: Inquiry, chance: random.Random, count: int) -> int:
    """Ask so many random questions; every fourth is paged to its end. Returns the hits compared."""
    hits = 0
    for at in range(0, count, BATCH):
        asked = [random_question(chance, planet) for _ in range(min(BATCH, count - at))]
        hits += check(oracle, inquiry, asked, [chance.random() < 0.25 for _ in asked])
    return hits


def check(oracle: Oracle, inquiry: Inquiry, asked: Sequence[Asked], to_the_end: Sequence[bool]) -> int:
    """Compare answers with the oracle's; returns how many hits were compared."""
    # A page of one for a thousand stores proves nothing more than a page of fifty.
    expected = oracle.answer(asked)
    asked = [
        (replace(question, limit=min(50, max(question.limit, len(right.store_ids) // 6))), now)
        for (question, now), right in zip(asked, expected, strict=True)
    ]
    hits = 0
    for (question, now), right, pages, whole in zip(
        asked, expected, inquiry.ask(asked, to_the_end=to_the_end), to_the_end, strict=True
    ):
        try:
            hits += compare(question, right, pages, whole)
        except AssertionError as error:
            raise AssertionError(f"{question} at {now}: {error}\n{_difference(right, pages)}") from error
    return hits


def compare(question: Question, right: Expected, pages: list[Answer], whole: bool) -> int:
    """Hold the pages of one answer against the oracle's; returns how many hits they have."""
    for page in pages:
        assert page.summary == right.summary
        assert page.excluded == right.excluded
        assert len(page.hits) <= question.limit
    hits = [hit for page in pages for hit in page.hits]
    found = [hit.store.id for hit in hits]
    count = len(right.store_ids) if whole else min(question.limit, len(right.store_ids))
    assert len(found) == count
    assert (pages[-1].next is None) == (whole or count == len(right.store_ids))
    for hit, metres in zip(hits, right.distance, strict=False):
        assert hit.distance_m is not None
        assert abs(hit.distance_m - metres) <= 0.1, "an order of magnitude better than the metre promised"
        assert _told(hit) == _right(right, hit), hit
    if found != right.store_ids[:count]:
        assert right.is_moot, "out of order"
        assert question.max_per_retailer is not None or not whole or sorted(found) == sorted(right.store_ids)
        for one, other, metres, further in zip(hits, hits[1:], right.distance, right.distance[1:], strict=False):
            same_spot = _spot(one) == _spot(other)
            assert one.rank[0] <= other.rank[0]
            assert not same_spot or one.rank[0] < other.rank[0] or one.store.id < other.store.id
            assert one.rank[0] < other.rank[0] or metres <= further + SAME_M
    return len(found)


def _difference(right: Expected, pages: list[Answer]) -> str:
    """Where the answer first departs from the oracle's: (store id, metres) of each."""
    found = [(hit.store.id, hit.distance_m) for page in pages for hit in page.hits]
    wanted = list(zip(right.store_ids, right.distance, strict=True))
    pairs = zip(found, wanted, strict=False)
    at = next((i for i, (one, other) in enumerate(pairs) if one[0] != other[0]), min(len(found), len(wanted)))
    return f"at {at}: found {found[at : at + 4]}, not {wanted[at : at + 4]}; {len(wanted)} in all"


def _told(hit: Hit) -> tuple[object, ...]:
    last = None if hit.last_known is None else str(hit.last_known)
    shown = (hit.quantity, hit.quantity_bucket, hit.price, hit.age_s, str(hit.freshness))
    return (str(hit.availability), last, *shown)


def _right(right: Expected, hit: Hit) -> tuple[object, ...]:
    said = right.verdicts[hit.store.id]
    shown = (said.quantity, said.bucket, said.price, said.age_s, said.freshness)
    return (said.availability, said.last_known, *shown)


def _spot(hit: Hit) -> tuple[float | None, float | None]:
    return hit.store.latitude, hit.store.longitude


def random_question(chance: random.Random, planet: Planet) -> Asked:
    """A question near stores or on a seam, of any radius from 10 m to 160 km, with any filters."""
    radius_m = 10 * 16_000 ** (chance.random() ** 0.6) if chance.random() < 0.95 else MAX_M
    latitude, longitude = _origin(chance, planet, radius_m)
    if chance.random() < 0.07:
        radius_m = _edge(chance, planet, latitude, longitude) or radius_m
    statuses: frozenset[int] | None = frozenset({0, 1})
    if chance.random() < 0.6:
        statuses = chance.choice((None, None, frozenset(chance.sample(range(len(WORDS)), chance.randint(1, 4)))))
    retailers = None
    if chance.random() < 0.2:
        retailers = frozenset(retailer.id for retailer in chance.sample(RETAILERS, chance.randint(1, 3)))
    question = Question(
        chance.choice(list(planet.statements)),
        latitude,
        longitude,
        radius_m,
        statuses=statuses,
        min_quantity=chance.choice((1, 1, 1, 1, 1, 2, 3, 10, 1000)),
        max_age_s=chance.choice((None, None, None, None, None, None, 0, 60, 900, 3600, 86_400)),
        retailer_ids=retailers,
        services=frozenset(chance.sample(SERVICES, chance.choice((0, 0, 0, 0, 0, 1, 2)))),
        max_per_retailer=chance.choice((None, None, None, None, 1, 2, 7)),
        sort=chance.choice(("best", "distance", "price", "updated")),
        limit=chance.choice((1, 2, 3, 5, 10, 10, 10, 50)),
    )
    return question, chance.choice(INSTANTS)


def _origin(chance: random.Random, planet: Planet, radius_m: float) -> tuple[float, float]:
    kind = chance.random()
    if kind < 0.05:
        return math.degrees(math.asin(chance.uniform(-1, 1))), chance.uniform(-180, 180)
    if kind < 0.12:
        where = chance.choice(POLES_AND_SEAMS)
        return where[0], where[1]
    latitude, longitude = _a_place(chance, planet)
    if kind < 0.2:
        return latitude, longitude
    return _offset(chance, latitude, longitude, 1.2 * radius_m * chance.random())


def _edge(chance: random.Random, planet: Planet, latitude: float, longitude: float) -> float | None:
    """The exact distance to some store, or a hair to either side of it."""
    for _ in range(20):
        exact = exact_m(latitude, longitude, *_a_place(chance, planet))
        if 0.001 < exact < MAX_M:
            return exact + chance.choice((0, 0, 0, 0.01, -0.01, 1e-5, -1e-5))
    return None


def _a_place(chance: random.Random, planet: Planet) -> tuple[float, float]:
    while True:
        store = chance.choice(planet.stores)
        if store.latitude is not None and store.longitude is not None:
            return store.latitude, store.longitude


def _offset(chance: random.Random, latitude: float, longitude: float, metres: float) -> tuple[float, float]:
    """A point about so many metres away in any direction."""
    angle = chance.uniform(0, 2 * math.pi)
    north, east = metres * math.cos(angle) / 111_000, metres * math.sin(angle) / 111_000
    return wrapped(latitude + north, longitude + east / max(0.01, math.cos(math.radians(latitude))))


def test_the_words_are_in_the_order_of_the_code() -> None:
    """The oracle's statuses are its own words; questions name them by index."""
    assert tuple(map(str, STATUSES)) == WORDS
