"""What a lookup costs, whom it believes, and when it cannot be answered: over the real index."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from inventory_api.domain.ports import StockChange
from tests.integration.asking import asking
from tests.integration.world import World

TIDE = "00037000185062"
NOBODY_HAS_IT = "04006381333931"
NEVER_NAMED = "5901234123457"
HERE = "lat=37.77&lon=-122.42"
TIDE_HERE = f"gtin={TIDE}&{HERE}"


@contextmanager
def _sql_statements() -> Iterator[list[str]]:
    statements: list[str] = []

    def remember(*arguments: Any) -> None:
        statements.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", remember)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", remember)


def _redis_calls(world: World) -> dict[str, int]:
    return {name: int(stats["calls"]) for name, stats in world.redis.info("commandstats").items()}


@pytest.mark.parametrize(("aisle", "round_trips"), [("", 1), ("A12", 2)])
def test_round_trips_and_no_sql(world: World, aisle: str, round_trips: int) -> None:
    """A plain question takes one command; only rare attributes of the stores on the page cost a second."""
    world.add_retailer("acme", ["001"])
    world.push("inventory", f"store_code,gtin,quantity,instore_product_location\n001,{TIDE},5,{aisle}\n")
    with asking(world) as api:
        api.ask(TIDE_HERE)
        before = _redis_calls(world)
        with _sql_statements() as statements:
            assert api.ask(TIDE_HERE)["stores"]
        after = _redis_calls(world)
    spent = {name: calls - before.get(name, 0) for name, calls in after.items() if calls != before.get(name, 0)}
    assert spent == {"cmdstat_hmget": round_trips, "cmdstat_info": 1}
    assert statements == []


def test_an_older_observation_never_replaces_a_newer_one(world: World) -> None:
    world.add_retailer("acme", ["001"])
    now = dt.datetime.now(dt.UTC)
    with asking(world) as api:
        for minutes, quantity, expected in ((10, 5, 5), (20, 9, 5), (10, 6, 6), (5, 0, 0)):
            at = now - dt.timedelta(minutes=minutes)
            world.patch(StockChange("001", gtin=TIDE, quantity=quantity, observed_at=at))
            [hit] = api.ask(f"{TIDE_HERE}&availability=all")["stores"]
            assert (hit["quantity"], hit["basis"]) == (expected, "pos_event")


@pytest.mark.parametrize("product", [TIDE, NOBODY_HAS_IT, NEVER_NAMED])
def test_503_while_the_marker_is_missing(world: World, product: str) -> None:
    world.add_retailer("acme", ["001", "002"])
    world.push("products", f"gtin,title\n{NOBODY_HAS_IT},Highlighter\n")
    world.push("inventory", f"store_code,gtin,quantity\n001,{TIDE},5\n")
    with asking(world) as api:
        world.redis.delete("index:complete")
        problem = api.refused(f"gtin={product}&lat=10&lon=10", 503, "index_unavailable")
        assert int(problem["headers"]["retry-after"]) > 0
        world.flush()
        api.refused(f"gtin={product}&{HERE}", 503, "index_unavailable")


def test_503_rather_than_half_an_answer_while_the_index_is_filled(world: World) -> None:
    """After a flush, a change that comes before the rebuild puts one lonely record into an empty index."""
    world.add_retailer("acme", ["001", "002"])
    world.push("inventory", f"store_code,gtin,quantity\n001,{TIDE},5\n002,{TIDE},5\n")
    world.flush()
    world.patch(StockChange("002", gtin=TIDE, quantity=4))
    with asking(world) as api:
        api.refused(TIDE_HERE, 503, "index_unavailable")
        world.work()
        assert api.codes(TIDE_HERE) == ["acme:001", "acme:002"]
