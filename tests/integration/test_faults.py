"""Single faults at single effects, found by ``test_model`` and kept by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis

from inventory_api.domain.errors import Unavailable
from inventory_api.domain.feed import FeedRun, RunStatus
from tests.integration.faults import Wire, WiredDatabase, WiredSegments, wired_client
from tests.integration.world import TIMEOUT_S, World

GTIN = "00037000185062"
ROWS = f"store_code,gtin,quantity\n001,{GTIN},5\n"


def work_until(world: World, is_there: Callable[[Wire], bool], fault: Exception) -> None:
    """Let a worker meet a fault at its first effect at which the world is in some state, then go on."""
    wire = Wire()
    db = WiredDatabase(f"sqlite:///{world.data_dir / 'inventory.sqlite'}", wire)
    segments = WiredSegments(world.data_dir / "segments", wire)
    worker = world.new_worker(
        db=db, segments=segments, connect=lambda: wired_client(world.redis_url, wire, timeout_s=TIMEOUT_S)
    )

    def look() -> None:
        if is_there(wire):
            raise fault
        wire.call_at("send", 0, look)

    wire.call_at("send", 0, look)
    for _ in range(20):
        try:
            if not worker.step():
                break
        except (redis.RedisError, Unavailable):
            continue
    assert wire.disarm(), "the fault never happened"
    db.close()


@pytest.mark.parametrize("fault", [redis.ConnectionError("gone"), RuntimeError("a fault of ours")], ids=str)
@pytest.mark.parametrize("again", [False, True], ids=["published", "unchanged"])
def test_a_fault_after_a_run_has_ended_does_not_begin_it_anew(world: World, fault: Exception, again: bool) -> None:
    """The doorbell comes after the last commit; its loss is nobody's loss."""
    world.add_retailer("acme", ["001"])
    if again:
        world.push("inventory", ROWS)
    run = world.upload("inventory", ROWS)
    expected = RunStatus.UNCHANGED if again else RunStatus.PUBLISHED

    def has_ended(wire: Wire) -> bool:
        return not wire.in_transaction and world.run(run).status is expected

    work_until(world, has_ended, fault)
    ended: FeedRun = world.run(run)
    assert (ended.status, ended.attempts, ended.fault) == (expected, 1, None)
    assert world.index() == world.truth() != {}


def test_an_index_that_is_flushed_at_any_moment_of_its_rebuild_is_never_called_complete(world: World) -> None:
    """Between the last look at the lock and the marker, too: an empty index would say that nobody has anything."""
    world.add_retailer("acme", ["001"])
    world.push("inventory", ROWS)
    number, happened = 0, True
    while happened:
        world.flush()
        wire = Wire()
        worker = world.new_worker(connect=lambda wire=wire: wired_client(world.redis_url, wire, timeout_s=TIMEOUT_S))
        wire.call_at("send", number, world.flush)
        for _ in range(20):
            try:
                if not worker.step():
                    break
            except (redis.RedisError, Unavailable):
                continue
        happened = wire.disarm()
        world.new_worker()
        world.work()
        assert world.index() == world.truth() != {}, f"flushed at command {number}"
        number += 1
    assert number > 5
