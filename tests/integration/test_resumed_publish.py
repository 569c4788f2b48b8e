"""A publication that was cut off goes on where it stopped only while the index still holds its first part."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis

from ingest.worker import Surroundings, Worker
from inventory_api.domain.feed import FeedRun, RunStage, RunStatus
from tests.integration.world import World

PRODUCTS = 400


def feed(quantity: int) -> str:
    rows = "".join(f"{code},p{number},{quantity}\n" for code in ("001", "002") for number in range(PRODUCTS))
    return f"store_code,id,quantity\n{rows}"


def cut_off(world: World, at_bucket: int) -> FeedRun:
    """Publish 5 of everything, then 7 of everything up to a bucket, where the connection to Redis ends."""
    world.add_retailer("acme", ["001", "002"])
    assert world.push("inventory", feed(5)).status is RunStatus.PUBLISHED
    run = world.upload("inventory", feed(7))

    def progress(stage: str, done: int, _: int) -> None:
        if stage == "publishing" and done >= at_bucket:
            raise redis.ConnectionError("cut off")

    around = Surroundings(world.db, world.segments, world.connect, world.data_dir)
    with pytest.raises(redis.ConnectionError):
        Worker(around, progress).step()
    run = world.run(run)
    assert (run.stage, run.status, run.cursor) == (RunStage.SEGMENTED, RunStatus.QUEUED, at_bucket)
    return run


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param(lambda world: None, id="nothing"),
        pytest.param(lambda world: world.flush(), id="flushed"),
        pytest.param(lambda world: world.rebuild(), id="rebuilt"),
        pytest.param(lambda world: world.verify(repair=True), id="repaired"),
        pytest.param(lambda world: world.rebuild(repack=True), id="repacked"),
    ],
)
def test_a_publication_that_was_cut_off_ends_as_the_truth(world: World, meanwhile: Callable[[World], object]) -> None:
    run = cut_off(world, 128)
    meanwhile(world)
    world.work()
    assert world.run(run).status is RunStatus.PUBLISHED
    records = world.index()
    assert records == world.truth()
    assert {record.quantity for record in records.values()} == {7}
    assert len(records) == 2 * PRODUCTS
