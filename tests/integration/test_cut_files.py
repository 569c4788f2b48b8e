"""A packed file that ends too soon, wherever it ends, changes nothing that shoppers see."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
import zstandard

from inventory_api.domain.feed import RunStatus
from tests.feeds.test_fuzz import zipped
from tests.integration.world import World

PACKERS = {"gzip": gzip.compress, "zip": zipped, "zstd": zstandard.compress}


def feed(units: int) -> bytes:
    return f"store_code,id,quantity\n001,a,{units}\n001,b,{units}\n".encode()


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_cut_at_any_byte_nothing_of_it_is_published(world: World, pack: Callable[[bytes], bytes]) -> None:
    world.add_retailer("acme", ["001"])
    world.push("inventory", feed(3))
    before, packed = world.index(), pack(feed(4))
    # The readers' own tests cut the others at every byte, too.
    step = 1 if pack is gzip.compress else 5
    runs = [world.upload("inventory", packed[:length]) for length in range(0, len(packed), step)]
    world.work()
    ended = [world.run(run) for run in runs]
    assert {run.status for run in ended} == {RunStatus.REJECTED}
    assert all(notice["severity"] == "error" for run in ended for notice in run.notices[:1])
    assert world.index() == before == world.truth()
    assert world.push("inventory", packed).status is RunStatus.PUBLISHED
    assert world.index() != before
