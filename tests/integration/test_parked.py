"""Rows that come before their store or their article is named: in whatever order, the end is the same."""

from __future__ import annotations

import datetime as dt
import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory_api.domain.feed import FeedKind, FeedMode, FeedRun, RowCounts, RunStatus
from inventory_api.domain.profile import FeedProfile, UnknownProducts
from inventory_api.domain.source import FeedSource, Protocol
from inventory_api.domain.stock import to_observed
from tests.integration.world import World, stores_feed

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
MORNING = NOW - dt.timedelta(hours=8)
STORES, SKUS = ("001", "002"), ("bread", "milk", "rice")
GTIN = "00037000185062"

names = itertools.count()


def a_retailer(world: World) -> str:
    """Add a retailer whose rows of unknown articles wait."""
    retailer = f"r{next(names)}"
    world.add_retailer(retailer)
    profile = FeedProfile(on_unknown_product=UnknownProducts.PARK)
    with world.db.write() as tx:
        source = FeedSource(
            retailer, "pos", FeedKind.INVENTORY, FeedMode.DELTA, Protocol.UPLOAD, NOW, NOW, None, {}, profile
        )
        tx.sources.put(source)
    return retailer


def said(world: World, retailer: str, rows: list[tuple[str, str, int]], minute: int, mode: str = "delta") -> FeedRun:
    text = "\n".join(["store_code,id,quantity", *[f"{store},{sku},{units}" for store, sku, units in rows]]) + "\n"
    as_of = MORNING + dt.timedelta(minutes=minute)
    return world.push("inventory", text, retailer_id=retailer, mode=mode, as_of=as_of, source_id="pos")


def name_products(world: World, retailer: str, skus: list[str]) -> FeedRun:
    rows = "\n".join(f"{sku},{sku.title()}" for sku in skus)
    return world.push("products", f"id,title\n{rows}\n", retailer_id=retailer, mode="delta")


def shown(world: World, retailer: str) -> dict[tuple[str, str], tuple[int | None, int]]:
    """Quantity and observed time in the index, by store and article."""
    with world.db.read() as tx:
        skus = {product: sku for sku, product in tx.products.catalogue(retailer)}
    return {
        (key.store_code, skus[key.product]): (record.quantity, record.observed)
        for key, record in world.index().items()
        if key.retailer_id == retailer
    }


rows = st.lists(st.tuples(st.sampled_from(STORES), st.sampled_from(SKUS), st.integers(1, 9)), min_size=1, max_size=5)
steps = st.one_of(
    st.tuples(st.just("rows"), rows),
    st.tuples(st.just("stores"), st.lists(st.sampled_from(STORES), min_size=1, unique=True)),
    st.tuples(st.just("products"), st.lists(st.sampled_from(SKUS), min_size=1, unique=True)),
)


@given(st.lists(steps, min_size=2, max_size=7))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_named_counts_as_if_it_had_always_been_named(world: World, story: list[tuple[str, list]]) -> None:
    retailer = a_retailer(world)
    stores: set[str] = set()
    skus: set[str] = set()
    told: dict[tuple[str, str], tuple[int, int]] = {}
    for minute, (what, items) in enumerate(story):
        if what == "rows":
            run = said(world, retailer, items, minute)
            known = sum(store in stores and sku in skus for store, sku, _ in items)
            assert (run.status, run.rows) == (
                RunStatus.PUBLISHED,
                RowCounts(read=len(items), accepted=known, parked=len(items) - known),
            )
            observed = to_observed(MORNING + dt.timedelta(minutes=minute))
            told |= {(store, sku): (units, observed) for store, sku, units in items}
        elif what == "stores":
            stores |= set(items)
            world.push("stores", stores_feed(sorted(stores)), retailer_id=retailer)
        else:
            skus |= set(items)
            name_products(world, retailer, items)
    assert shown(world, retailer) == {key: it for key, it in told.items() if key[0] in stores and key[1] in skus}
    waiting = {key for key in told if key[0] not in stores or key[1] not in skus}
    with world.db.read() as tx:
        kept = [path for path in tx.runs.all_parked_paths() if world.data_dir.joinpath(path).exists()]
    assert len(list((world.data_dir / "work" / "parked").glob("*"))) == len(kept)
    assert bool(waiting) <= bool(kept)


def test_a_full_feed_of_new_articles_names_its_store_and_counts_once_they_are_named(world: World) -> None:
    retailer = a_retailer(world)
    world.push("stores", stores_feed(STORES), retailer_id=retailer)
    run = said(world, retailer, [("001", "bread", 3), ("002", "milk", 4)], 0, mode="full")
    assert (run.status, run.rows.parked) == (RunStatus.PUBLISHED, 2)
    at = to_observed(MORNING)
    assert {store.store_code: store.snapshot_at for store in world.stores()} == dict.fromkeys(STORES, at)

    name_products(world, retailer, ["milk"])
    assert shown(world, retailer) == {("002", "milk"): (4, at)}
    # The next version speaks for the whole store: what it leaves out is no longer waited for.
    said(world, retailer, [("001", "rice", 1), ("002", "milk", 2)], 1, mode="full")
    name_products(world, retailer, ["bread", "rice"])
    later = to_observed(MORNING + dt.timedelta(minutes=1))
    assert shown(world, retailer) == {("001", "rice"): (1, later), ("002", "milk"): (2, later)}


def test_a_parked_store_code_is_found_as_any_other_is(world: World) -> None:
    """In another case, where that is unique; told apart by case alone, neither is meant."""
    retailer = a_retailer(world)
    name_products(world, retailer, ["milk"])
    rows = [("ö1", "milk", 3), ("ab", "milk", 4), ("Ab", "milk", 5)]
    assert said(world, retailer, rows, 0).rows.parked == 3
    world.push("stores", stores_feed(["Ö1", "AB", "aB"]), retailer_id=retailer)
    assert {key: units for key, (units, _) in shown(world, retailer).items()} == {("Ö1", "milk"): 3}


def test_an_article_that_the_same_feed_names_later_is_not_waited_for(world: World) -> None:
    retailer = a_retailer(world)
    world.push("stores", stores_feed(STORES), retailer_id=retailer)
    text = f"store_code,id,gtin,quantity\n001,bread,,3\n002,bread,{GTIN},4\n"
    run = world.push("inventory", text, retailer_id=retailer, as_of=MORNING, source_id="pos")
    assert (run.rows.accepted, run.rows.parked) == (1, 1)
    assert {key: units for key, (units, _) in shown(world, retailer).items()} == {
        ("001", "bread"): 3,
        ("002", "bread"): 4,
    }
    assert world.verify() == 0
