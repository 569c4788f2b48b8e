"""Batches say what single questions say; baskets are what brute force over single answers gives."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import pytest

from inventory_api.domain.errors import IndexUnavailable, UnknownProduct, UnknownStore
from inventory_api.lookup.availability import Answer, Availability, Hit, Question
from inventory_api.lookup.basket import Basket, Baskets, Item, Plan
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.several import Several
from inventory_api.storage.index.connection import Multiplexed, connect
from inventory_api.storage.index.keys import COMPLETE
from inventory_api.storage.index.reader import RedisIndexReader
from tests.integration.oracle_world import CARDED, NEVER_NAMED, NOON, RETAILERS, Planet, build_planet
from tests.integration.test_oracle import random_question

SHOWN = ("summary", "excluded", "left_out", "say", "card", "as_of")
NOWHERE = (0.0, 0.0, 0)


class Shopper:
    """Asks one at a time, and several at once, from synchronous code."""

    def __init__(self, planet: Planet, redis_url: str, runner: asyncio.Runner) -> None:
        self.runner = runner
        self.connection = Multiplexed(redis_url, timeout_s=30)
        self._index = RedisIndexReader(self.connection)
        self._directory = Directory(planet.stores, RETAILERS)
        self._single = Availability(self._index, self._directory)
        self._several = Several(self._index, self._directory)

    def one(self, product_id: int, question: Question, now: dt.datetime) -> Answer | None:
        try:
            return self.runner.run(self._single.ask(replace(question, product_id=product_id), now))
        except UnknownProduct:
            return None

    def many(self, product_ids: Sequence[int], question: Question, now: dt.datetime) -> list[Answer | None]:
        return self.runner.run(self._several.ask(product_ids, question, now))

    def basket(self, items: Sequence[Item], question: Question, now: dt.datetime, *, is_any: bool = False) -> Basket:
        baskets = Baskets(self._several)
        return self.runner.run((baskets.any_of if is_any else baskets.all_of)(items, question, now))


@pytest.fixture(scope="module")
def planet() -> Planet:
    return build_planet(random.Random(20261122))


@pytest.fixture
def shopper(planet: Planet, redis_url: str) -> Iterator[Shopper]:
    client = connect(redis_url, timeout_s=5)
    client.flushall()
    planet.publish(client)
    client.close()
    with asyncio.Runner() as runner:
        made = Shopper(planet, redis_url, runner)
        yield made
        runner.run(made.connection.aclose())


def test_a_batch_says_what_single_questions_say(planet: Planet, shopper: Shopper) -> None:
    chance, compared = random.Random(5), 0
    products = [*planet.statements, CARDED, NEVER_NAMED]
    for _ in range(300):
        question, now = random_question(chance, planet)
        if chance.random() < 0.5:
            # The usual question, which is answered in one pass.
            question = Question(0, question.latitude, question.longitude, question.radius_m, limit=question.limit)
        chosen = chance.sample(products, chance.randint(1, len(products)))
        for product_id, found in zip(chosen, shopper.many(chosen, question, now), strict=True):
            expected = shopper.one(product_id, question, now)
            assert (found is None) == (expected is None), product_id
            if found is not None and expected is not None:
                for name in SHOWN:
                    assert getattr(found, name) == getattr(expected, name), (name, question)
                pairs = [*zip(found.hits, expected.hits, strict=True), (found.best, expected.best)]
                for one, other in pairs:
                    assert _without_way(one) == _without_way(other), question
                    # Near ties are measured exactly, and what ties with what depends on who else is looked at.
                    assert one is None or other is None or one.distance_m == pytest.approx(other.distance_m, abs=0.1)
                compared += len(found.hits)
    assert compared > 1_000


def test_a_batch_of_named_stores(planet: Planet, shopper: Shopper) -> None:
    chance = random.Random(6)
    products = [*planet.statements, CARDED, NEVER_NAMED]
    for _ in range(40):
        stores = tuple(store.id for store in chance.sample(planet.stores, 5))
        question = Question(0, store_ids=stores, statuses=None, limit=50)
        for product_id, found in zip(products, shopper.many(products, question, NOON), strict=True):
            expected = shopper.one(product_id, question, NOON)
            assert found == expected or (found and expected and found.hits == expected.hits)
            assert (found is None) == (product_id == NEVER_NAMED)


def test_a_batch_refuses_what_a_question_refuses(shopper: Shopper, redis_url: str) -> None:
    with pytest.raises(UnknownStore):
        shopper.many([1], Question(0, store_ids=(999_999_999,)), NOON)
    with connect(redis_url, timeout_s=5) as client:
        client.delete(COMPLETE)
    with pytest.raises(IndexUnavailable):
        shopper.many([CARDED], Question(0, 40.71, -74.01), NOON)


def test_baskets_are_what_brute_force_gives(planet: Planet, shopper: Shopper) -> None:
    chance, pairs = random.Random(7), 0
    for _ in range(150):
        question, now = random_question(chance, planet)
        # Every third list is for stores that are open then.
        open_at = now if chance.random() < 1 / 3 else None
        question = Question(0, question.latitude, question.longitude, question.radius_m, open_at=open_at)
        products = chance.sample(list(planet.statements), chance.randint(1, len(planet.statements)))
        items = [Item(product_id, chance.choice((1, 1, 1, 2, 3, 10))) for product_id in products]
        basket = shopper.basket(items, question, now)
        served, way, checked = _served(shopper, items, question, now)
        assert basket.checked == checked
        _as_good(_told(basket.single), _best([(store,) for store in served], served, way), served, way)
        two = _best(list(combinations(sorted(served), 2)), served, way)
        alone = len(served[basket.single.visits[0].store_id]) if basket.single else 0
        if two is None or len(set().union(*(served[store] for store in two))) <= alone:
            two = None
        _as_good(_told(basket.two), two, served, way)
        pairs += two is not None
        for plan in filter(None, (basket.single, basket.two)):
            having = set().union(*(served[visit.store_id] for visit in plan.visits))
            assert plan.missing == [n for n in range(len(items)) if n not in having]
            assert [set(visit.hits) for visit in plan.visits] == [served[visit.store_id] for visit in plan.visits]
            assert [visit.distance_m for visit in plan.visits] == sorted(visit.distance_m for visit in plan.visits)
        nearest = shopper.basket(items, question, now, is_any=True).single
        first = min(((store,) for store in served), key=lambda one: (way[one[0]], one), default=None)
        _as_good(_told(nearest), first, {store: {0} for store in served}, way)
    assert pairs > 20


def _served(
    shopper: Shopper, items: Sequence[Item], question: Question, now: dt.datetime
) -> tuple[dict[int, set[int]], dict[int, float], int]:
    """By store that serves any item: which items; how far it is; and how many stores have a record of any."""
    served: dict[int, set[int]] = {}
    way: dict[int, float] = {}
    seen: set[int] = set()
    for position, item in enumerate(items):
        everything = shopper.one(item.product_id, replace(question, statuses=None, limit=10**6, open_at=None), now)
        wanted = shopper.one(item.product_id, replace(question, min_quantity=item.quantity, limit=10**6), now)
        assert everything is not None
        assert wanted is not None
        seen |= {hit.store.id for hit in everything.hits}
        way |= {hit.store.id: hit.distance_m or 0.0 for hit in everything.hits}
        for hit in wanted.hits:
            served.setdefault(hit.store.id, set()).add(position)
    return served, way, len(seen)


def _best(
    choices: Sequence[tuple[int, ...]], served: dict[int, set[int]], way: dict[int, float]
) -> tuple[int, ...] | None:
    def worth(choice: tuple[int, ...]) -> tuple[int, float, tuple[int, ...]]:
        having = set().union(*(served[store] for store in choice))
        return -len(having), sum(way[store] for store in choice), choice

    return min(choices, key=worth, default=None)


def _without_way(hit: Hit | None) -> Hit | None:
    return hit and replace(hit, distance_m=None, rank=NOWHERE)


def _as_good(
    found: tuple[int, ...] | None, best: tuple[int, ...] | None, served: dict[int, set[int]], way: dict[int, float]
) -> None:
    """Of choices that differ by centimetres of way either will do: the chord formula decides."""
    assert (found is None) == (best is None)
    if found is not None and best is not None:
        assert len(set().union(*(served[i] for i in found))) == len(set().union(*(served[i] for i in best)))
        assert sum(way[i] for i in found) == pytest.approx(sum(way[i] for i in best), abs=0.2)


def _told(plan: Plan | None) -> tuple[int, ...] | None:
    return None if plan is None else tuple(visit.store_id for visit in plan.visits)
