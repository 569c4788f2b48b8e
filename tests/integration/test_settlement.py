"""Changes while a segment is on its way: settled in turns, and at no moment is an older one shown again."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
import redis
from numpy.typing import NDArray

from ingest import append
from ingest.publish import settle, stock
from ingest.worker import Surroundings, Worker
from inventory_api.domain.feed import RunStatus
from inventory_api.domain.ports import StockChange
from inventory_api.domain.stock import StockTable
from inventory_api.storage.index.writer import IndexWriter, MergeMode, Wins
from tests.integration.world import World

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
STORES = ("001", "002", "003")
SKUS = [f"a{number}" for number in range(40)]


def feed(units: int) -> str:
    return "\n".join(["store_code,id,quantity", *(f"{s},{sku},{units}" for s in STORES for sku in SKUS)]) + "\n"


@pytest.mark.parametrize("turn_rows", [2, 7, 500])
def test_what_changes_said_meanwhile_stands_and_never_goes_back(
    world: World, monkeypatch: pytest.MonkeyPatch, turn_rows: int
) -> None:
    monkeypatch.setattr(settle, "TURN_ROWS", turn_rows)
    world.add_retailer("acme", STORES)
    as_of = NOW - dt.timedelta(hours=2)
    world.push("inventory", feed(3), as_of=as_of)
    said: dict[tuple[str, str], int] = {}
    turns = 0

    def change(stage: str, done: int, all_: int) -> None:
        """Changes of old and of new, at every step of the run; some again and again."""
        nonlocal turns
        if stage != "comparing" or done % 8:
            return
        turns += 1
        for number in (done, done // 8, 1):
            place = STORES[number % 3], SKUS[number % len(SKUS)]
            said[place] = 100 + turns
            at = NOW + dt.timedelta(seconds=turns)
            outcome = world.patch(StockChange(place[0], quantity=said[place], id=place[1], observed_at=at))
            assert outcome.results[0].status == "applied"

    worker = Worker(Surroundings(world.db, world.segments, world.connect, world.data_dir), change)
    run = world.upload("inventory", feed(4), as_of=NOW - dt.timedelta(hours=1))
    while worker.step():
        pass
    assert (world.run(run).status, turns) == (RunStatus.PUBLISHED, 32)
    assert world.index() == world.truth()
    assert world.verify() == 0
    shown = {(key.store_code, key.product): record.quantity for key, record in world.index().items()}
    expected = {(s, sku): said.get((s, sku), 4) for s in STORES for sku in SKUS}
    assert shown == {(s, world.product_id(sku)): units for (s, sku), units in expected.items()}


class _Breaking(IndexWriter):
    """Loses its connection after some merges."""

    merges = 3

    def merge(self, rows: StockTable, places: NDArray[np.int64], mode: Wins = MergeMode.NEWER) -> int:
        self.merges -= mode is MergeMode.NEWER
        if self.merges < 0:
            raise redis.ConnectionError
        return super().merge(rows, places, mode)


def test_a_long_log_is_published_in_turns_between_which_others_may_write(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "TURN_ROWS", 7)
    monkeypatch.setattr(append, "PORTION_ROWS", 30)
    world.add_retailer("acme", STORES)
    world.push("inventory", feed(3), as_of=NOW - dt.timedelta(hours=2))
    world.push("inventory", feed(4), mode="delta", as_of=NOW - dt.timedelta(hours=1))
    assert world.index() == world.truth()
    with world.db.read() as tx:
        rows, _ = tx.deltas.after("acme", 0)
    assert len(rows) == len(STORES) * len(SKUS)
    with world.db.write() as tx:
        last = tx.deltas.append("acme", rows)
    publisher = world.publisher()
    publisher.writer = _Breaking(publisher.client)
    with pytest.raises(redis.ConnectionError):
        publisher.publish_deltas("acme")
    with world.db.read() as tx:
        assert last - tx.deltas.published_seq("acme") == len(rows) - 3 * 7
    assert world.publisher().publish_deltas("acme") == len(rows) - 3 * 7
    assert world.index() == world.truth()
