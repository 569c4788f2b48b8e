"""Counting callers: at once in one process, soon over all of them, and without the shared count too."""

from __future__ import annotations

import asyncio

import pytest

from inventory_api.channels.quota import Meter, caller_of
from inventory_api.domain.errors import RateLimited
from tests.fakes import FakeCounts


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


async def allowed(meter: Meter, who: str, calls: int) -> int:
    """How many of so many calls are let through, each heard of by the others before the next."""
    through = 0
    for _ in range(calls):
        try:
            meter.take(who)
            through += 1
        except RateLimited:
            pass
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    return through


def test_two_processes_share_one_limit() -> None:
    async def both() -> list[int]:
        counts, clock = FakeCounts(), Clock()
        first, second = (Meter("m", 10, counts, clock) for _ in range(2))
        return [await allowed(first, "a", 7), await allowed(second, "a", 7), await allowed(second, "b", 7)]

    # The second hears of the first with its first call, which is let through before.
    assert asyncio.run(both()) == [7, 3, 7]


def test_many_calls_cost_few_commands() -> None:
    async def many() -> int:
        counts = FakeCounts()
        assert await allowed(Meter("m", 4_000, counts, Clock()), "a", 5_000) == 4_000
        return counts.calls

    assert asyncio.run(many()) == 40


def test_without_the_shared_count_each_process_keeps_the_limit() -> None:
    async def alone() -> int:
        counts = FakeCounts()
        counts.fails = True
        return await allowed(Meter("m", 10, counts, Clock()), "a", 15)

    assert asyncio.run(alone()) == 10


def test_a_new_minute_begins_anew() -> None:
    clock = Clock()
    meter = Meter("m", 2, None, clock)
    assert asyncio.run(allowed(meter, "a", 3)) == 2
    with pytest.raises(RateLimited) as refused:
        meter.take("a")
    clock.now += refused.value.retry_after_s
    assert asyncio.run(allowed(meter, "a", 3)) == 2
    # A clock that is set back must not shut anybody out.
    clock.now -= 3_600
    assert asyncio.run(allowed(meter, "a", 3)) == 2


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("testclient", "testclient"),
    ],
)
def test_a_customer_of_a_provider_is_one_caller(address: str, caller: str) -> None:
    assert caller_of(address) == caller
