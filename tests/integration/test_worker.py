"""The worker between runs and outages: told to stop, without its functions, with a run that cannot succeed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import redis as redis_py

from ingest.housekeeping import ORPHANS_KEPT_S
from ingest.worker import MAX_FAULTS, Surroundings, Worker
from inventory_api.domain.feed import RunStatus
from inventory_api.domain.ports import StockChange
from inventory_api.storage.index.keys import CARD_FIELD, SERVER, buckets_of, product_key
from inventory_api.storage.index.pulse import Pulse
from tests.integration.world import World

GTIN = "00037000185062"
OTHER = "00036000291452"
STORES = ["001", "002"]
ROWS = f"store_code,gtin,quantity\n001,{GTIN},5\n002,{GTIN},6\n"
SHELF = {"001": ("in_stock", 5), "002": ("in_stock", 6)}


def worker_of(world: World, told: list[str], stop: threading.Event, stop_at: str = "") -> Worker:
    """A worker that is told to stop when it reaches a stage."""

    def progress(stage: str, done: int, all_: int) -> None:
        told.append(stage)
        if stage == stop_at:
            stop.set()

    return Worker(Surroundings(world.db, world.segments, world.connect, world.data_dir), progress)


@pytest.mark.parametrize("stage", ["parsing", "comparing", "publishing"])
def test_a_run_in_hand_is_given_back_when_the_worker_is_told_to_stop(world: World, stage: str) -> None:
    world.add_retailer("acme", STORES)
    run = world.upload("inventory", ROWS)
    told: list[str] = []
    stop = threading.Event()
    worker_of(world, told, stop, stage).run(stop)
    given_back = world.run(run)
    assert (given_back.status, given_back.attempts) == (RunStatus.QUEUED, 0)
    assert told.count(stage) == 1
    # At once, without waiting for a lease or a lock.
    began = time.monotonic()
    world.work()
    assert time.monotonic() - began < 5
    assert world.run(run).status is RunStatus.PUBLISHED
    assert world.on_shelf(GTIN) == SHELF
    assert world.index() == world.truth()


def test_a_rebuild_in_hand_ends_when_the_worker_is_told_to_stop(world: World) -> None:
    world.add_retailer("acme", STORES)
    world.push("inventory", ROWS)
    world.flush()
    told: list[str] = []
    stop = threading.Event()
    worker_of(world, told, stop, "rebuilding").run(stop)
    assert told == ["rebuilding"]
    world.work()
    assert world.on_shelf(GTIN) == SHELF


@pytest.mark.parametrize("ahead_s", [0, 3600], ids=["feeds", "changes alone"])
def test_what_a_crashed_server_lost_is_sent_again(world: World, ahead_s: int) -> None:
    """It comes back with a beginning of what was written, up to a beat, and looks complete."""
    world.add_retailer("acme", STORES)
    world.push("inventory", ROWS)
    world.patch(StockChange("001", gtin=OTHER, quantity=3))
    Pulse(world.redis).beat(int(time.time()) + ahead_s)
    saved = {key: world.redis.dump(key) for key in world.redis.scan_iter()}

    world.patch(StockChange("001", gtin=GTIN, quantity=8), StockChange("002", gtin=OTHER, quantity=4))
    if not ahead_s:
        world.push("products", f"gtin,title\n{GTIN},Soap\n")
        world.push("inventory", f"store_code,gtin,quantity\n002,{GTIN},1\n")
    wanted, card = world.index(), world.redis.hget(product_key(int(GTIN)), CARD_FIELD)

    world.redis.flushdb()
    for key, value in saved.items():
        world.redis.restore(key, 0, value)
    world.redis.set(SERVER, "the same before its crash")
    assert world.index() != wanted
    world.new_worker()
    world.work()
    assert world.index() == wanted == world.truth()
    assert world.redis.hget(product_key(int(GTIN)), CARD_FIELD) == card
    assert Pulse(world.redis).is_known()
    told: list[str] = []
    worker_of(world, told, threading.Event()).step()
    assert told == []


def test_functions_that_were_lost_are_loaded_again(world: World) -> None:
    world.add_retailer("acme", STORES)
    world.redis.function_flush()
    run = world.upload("inventory", ROWS)
    stop = threading.Event()
    thread = threading.Thread(target=world.worker.run, args=(stop,))
    thread.start()
    try:
        wait_until(lambda: world.run(run).status is RunStatus.PUBLISHED)
    finally:
        stop.set()
        thread.join()
    assert world.on_shelf(GTIN) == SHELF


def test_a_run_that_redis_refuses_every_time_fails_and_leaves_no_trace(world: World) -> None:
    products = [f"{n:08}" for n in range(400)]
    world.add_retailer("acme", STORES)
    world.add_retailer("zeta", ["z"])

    def feed(quantity: int, name: str = "acme") -> str:
        return "store_code,id,quantity\n" + "".join(
            f"{'z' if name == 'zeta' else '001'},{p},{quantity}\n" for p in products
        )

    world.push("inventory", feed(5))
    published = world.index()
    # A key of another type stands where a product belongs: Redis refuses it, and always will.
    victim = max(published, key=lambda key: bucket_of(key.product))
    name = product_key(victim.product)
    world.redis.delete(name)
    world.redis.set(name, "not a hash")
    run, other = world.upload("inventory", feed(6)), world.upload("inventory", feed(1, "zeta"), retailer_id="zeta")
    for attempt in range(1, MAX_FAULTS + 1):
        assert world.worker.step()
        assert world.run(run).attempts == attempt
    failed = world.run(run)
    assert failed.status is RunStatus.FAILED
    assert "WRONGTYPE" in str(failed.fault)
    # Nearly all of it was sent; nothing of it may stay.
    assert world.index() == published == world.truth()
    world.work()
    assert world.run(other).status is RunStatus.PUBLISHED
    world.push("inventory", feed(7))
    assert world.index() == world.truth() != published


def test_an_outage_is_no_attempt(world: World) -> None:
    world.add_retailer("acme", STORES)
    run = world.upload("inventory", ROWS)
    # Full: writes are refused, reads go on.
    world.redis.config_set("maxmemory", "1mb")
    try:
        for _ in range(MAX_FAULTS + 2):
            with pytest.raises(redis_py.RedisError):
                world.worker.step()
    finally:
        world.redis.config_set("maxmemory", 256 * 2**20)
    assert (world.run(run).status, world.run(run).attempts) == (RunStatus.QUEUED, 0)
    world.work()
    assert world.on_shelf(GTIN) == SHELF


def test_a_change_that_nobody_published_is_published_by_the_sweeper(world: World) -> None:
    world.add_retailer("acme", STORES)
    world.push("inventory", ROWS)
    world.redis.function_flush()
    world.redis.config_set("maxmemory", "1mb")
    assert world.patch(StockChange("001", gtin=GTIN, quantity=9)).pending
    world.redis.config_set("maxmemory", 256 * 2**20)
    stop = threading.Event()
    thread = threading.Thread(target=world.worker.run, args=(stop,))
    thread.start()
    try:
        wait_until(lambda: world.on_shelf(GTIN)["001"] == ("in_stock", 9))
    finally:
        stop.set()
        thread.join()


def test_files_that_no_run_names_are_swept_after_a_day(world: World) -> None:
    world.add_retailer("acme", STORES)
    run = world.push("inventory", ROWS)
    incoming = world.data_dir / "incoming"
    old = time.time() - ORPHANS_KEPT_S - 60
    half, lost, fresh = incoming / "run_1.part", incoming / "run_2", incoming / "run_3.part"
    for path in (half, lost, fresh):
        path.write_bytes(b"x")
    for path in (half, lost, Path(run.path)):
        os.utime(path, (old, old))
    world.desk.sweep(older_than_s=ORPHANS_KEPT_S, versions=1)
    assert sorted(path.name for path in incoming.iterdir() if path in (half, lost, fresh)) == ["run_3.part"]
    assert Path(run.path).exists()


def wait_until(check: Callable[[], bool], timeout_s: float = 15.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def bucket_of(product: int) -> int:
    return int(buckets_of(np.array([product], np.uint64))[0])
