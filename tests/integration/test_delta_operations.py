"""Deletions and adjustments in a whole installation: what shoppers see, after any kill and any repetition."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from typing import Any

import pytest

from ingest import append
from inventory_api.domain.feed import FeedRun, FeedSequence, RunStatus
from inventory_api.domain.ports import StockChange
from tests.integration.faults import Killed, Wire, WiredDatabase, WiredSegments, wired_client
from tests.integration.world import TIMEOUT_S, World

GTIN = "04006381333931"
OTHER = "00036000291452"
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


def at(minutes: int) -> str:
    return (NOW + dt.timedelta(minutes=minutes)).isoformat()


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps({"gtin": GTIN, "store_code": "A"} | row) + "\n" for row in rows)


def notices(run: FeedRun) -> dict[tuple[str, str], int]:
    return {(notice["severity"], notice["code"]): notice["count"] for notice in run.notices}


def full(world: World, quantity: int, minutes: int) -> FeedRun:
    text = f"store_code,gtin,quantity,price\nA,{GTIN},{quantity},5.49 USD\nB,{OTHER},5,5.49 USD\n"
    return world.push("inventory", text, as_of=NOW + dt.timedelta(minutes=minutes))


def test_a_till_counts_down(world: World) -> None:
    world.add_retailer(stores=["A", "B"])
    full(world, 10, -60)
    run = world.push(
        "inventory",
        lines(
            {"op": "adjust", "delta": -1, "as_of": at(-50), "seq": 2},
            {"op": "adjust", "delta": -2, "as_of": at(-51), "seq": 1},
            {"op": "delete", "gtin": OTHER, "store_code": "B", "as_of": at(-50), "seq": 3},
        ),
        mode="delta",
    )

    assert (run.status, notices(run)) == (RunStatus.PUBLISHED, {})
    assert world.on_shelf(
        GTIN,
    ) == {"A": ("in_stock", 7)}
    assert world.on_shelf(OTHER)["B"] == ("out_of_stock", 0)
    assert [record.price for record in world.truth().values()] == [549, 549]


def test_a_file_that_comes_again_adjusts_nothing_again(world: World) -> None:
    world.add_retailer(stores=["A", "B"])
    full(world, 10, -60)
    text = lines(
        {"quantity": 20, "as_of": at(-50), "seq": 1}, {"op": "adjust", "delta": -1, "as_of": at(-50), "seq": 2}
    )
    world.push("inventory", text, mode="delta")
    run = world.push("inventory", text, mode="delta")

    assert notices(run) == {("info", "delta_repeated"): 1}
    assert world.on_shelf(GTIN)["A"] == ("in_stock", 19)
    with world.db.read() as tx:
        assert tx.sequences.get("acme", None) == FeedSequence(2)


def test_after_a_gap_adjustments_wait_for_a_full_feed(world: World) -> None:
    world.add_retailer(stores=["A", "B"])
    full(world, 10, -60)
    world.push("inventory", lines({"op": "adjust", "delta": -1, "as_of": at(-50), "seq": 1}), mode="delta")
    run = world.push("inventory", lines({"op": "adjust", "delta": -1, "as_of": at(-40), "seq": 3}), mode="delta")
    assert notices(run) == {("error", "delta_gap"): 1, ("warning", "delta_gap"): 1}
    assert (run.rows.accepted, run.rows.rejected) == (0, 1)
    assert world.on_shelf(GTIN)["A"] == ("in_stock", 9)

    full(world, 7, -30)
    world.push("inventory", lines({"op": "adjust", "delta": -1, "as_of": at(-20), "seq": 4}), mode="delta")
    assert world.on_shelf(GTIN)["A"] == ("in_stock", 6)


def test_an_adjustment_builds_on_the_newest_change(world: World) -> None:
    world.add_retailer(stores=["A", "B"])
    full(world, 10, -60)
    change = StockChange("A", gtin=GTIN, quantity=4, observed_at=NOW - dt.timedelta(minutes=30))
    world.changes.apply("acme", [change])
    old = {"op": "adjust", "delta": -1, "as_of": at(-40), "seq": 1}
    world.push("inventory", lines(old, {"op": "adjust", "delta": -1, "as_of": at(-20), "seq": 2}), mode="delta")

    assert world.on_shelf(GTIN)["A"] == ("in_stock", 3)


@pytest.mark.parametrize("kind", ["begin", "commit", "committed", "send", "sent"])
def test_a_worker_killed_anywhere_adjusts_nothing_twice(
    world: World, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(append, "PORTION_ROWS", 1)
    world.add_retailer(stores=["A", "B"])
    full(world, 100, -60)
    world.push("inventory", lines({"gtin": OTHER, "quantity": 100, "as_of": at(-50), "seq": 1}), mode="delta")
    left, seq, kills = 100, 2, 0
    for number in range(100):
        rows = [
            {"op": "adjust", "gtin": gtin, "delta": -1, "as_of": at(-40), "seq": seq + n}
            for n, gtin in enumerate((GTIN, OTHER))
        ]
        left, seq = left - 1, seq + 2
        run = world.upload("inventory", lines(*rows), mode="delta")
        is_killed = work_until_killed(world, kind, number)
        world.expire_leases()
        world.new_worker()
        world.work()

        assert world.run(run).status is RunStatus.PUBLISHED
        assert {record.quantity for key, record in world.truth().items() if key.store_code == "A"} == {left}
        assert world.index() == world.truth()
        with world.db.read() as tx:
            assert tx.sequences.get("acme", None) == FeedSequence(seq - 1)
        if not is_killed:
            break
        kills += 1
    assert kills > 3


def work_until_killed(world: World, kind: str, number: int) -> bool:
    """Let a worker step until it dies at the n-th effect of a kind; False where there are not that many."""
    wire = Wire()
    db = WiredDatabase(f"sqlite:///{world.data_dir / 'inventory.sqlite'}", wire)
    segments = WiredSegments(world.data_dir / "segments", wire)
    worker = world.new_worker(
        db=db, segments=segments, connect=lambda: wired_client(world.redis_url, wire, timeout_s=TIMEOUT_S)
    )
    wire.kill_at(kind, number)
    with contextlib.suppress(Killed):
        while worker.step():
            pass
    is_killed = wire.disarm()
    db.close()
    return is_killed
