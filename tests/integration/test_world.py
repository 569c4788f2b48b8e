"""The shortest way through the whole machine: a feed goes in, an answer comes out."""

from __future__ import annotations

import datetime as dt

from inventory_api.domain.feed import RunStatus
from inventory_api.domain.ports import StockChange
from tests.integration.world import World

GTIN = "00037000185062"
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


def test_a_feed_a_change_and_an_answer(world: World) -> None:
    world.add_retailer("acme", ["001", "002"])
    rows = f"store_code,gtin,quantity,price\n001,{GTIN},5,5.49 USD\n002,{GTIN},0,5.49 USD\n"
    run = world.push("inventory", rows)
    assert (run.status, run.rows.accepted) == (RunStatus.PUBLISHED, 2), run
    assert world.on_shelf(GTIN) == {"001": ("in_stock", 5), "002": ("out_of_stock", 0)}

    outcome = world.patch(StockChange("002", gtin=GTIN, quantity=9))
    assert ([r.status for r in outcome.results], outcome.pending) == (["applied"], False)
    assert world.on_shelf(GTIN) == {"001": ("in_stock", 5), "002": ("in_stock", 9)}
    assert world.index() == world.truth()
    assert world.verify() == 0


def test_what_a_change_leaves_unsaid_stays(world: World) -> None:
    world.add_retailer("acme", ["001"], currency="USD")
    header = "store_code,gtin,quantity,price,instore_product_location"
    world.push("inventory", f"{header}\n001,{GTIN},5,5.49 USD,A12\n")
    world.patch(StockChange("001", gtin=GTIN, quantity=7))
    (record,) = world.index().values()
    assert (record.quantity, record.price, record.extra) == (7, 549, b'{"aisle":"A12"}')
    world.patch(StockChange("001", gtin=GTIN, quantity=6, price="4.99"))
    (record,) = world.index().values()
    assert (record.quantity, record.price, record.extra) == (6, 499, b'{"aisle":"A12"}')
    assert world.index() == world.truth()


def test_an_index_that_was_lost_is_rebuilt(world: World) -> None:
    world.add_retailer("acme", ["001", "002"])
    world.push("inventory", f"store_code,gtin,quantity,price\n001,{GTIN},5,5.49 USD\n")
    before = world.index()
    world.flush()
    world.work()
    assert world.index() == before
    assert world.fold() is True
    assert world.rebuild(repack=True) == 1
    assert world.index() == before
