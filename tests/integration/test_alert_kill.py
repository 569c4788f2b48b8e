"""Kill -9 at every moment of a look at two fulfilled watches: one event exactly, one text or none, never two."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inventory_api.domain.watch import WatchStatus
from inventory_api.notify.notifier import SENDING
from tests.integration.alerting import PHONE, Rig, settle
from tests.integration.receiver import receiving
from tests.integration.world import World

pytestmark = pytest.mark.serial


class Workers:
    """Makes a child for each look, over a copy of one moment."""

    def __init__(self, rig: Rig) -> None:
        self.folder = rig.world.data_dir
        self.live = self.folder / "live"
        self.redis_url = rig.world.redis_url
        self.now = rig.clock()
        with sqlite3.connect(self.folder / "inventory.sqlite") as sql:
            sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sql.close()
        self.program = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.mortal"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip

    def reset(self) -> None:
        shutil.rmtree(self.live, ignore_errors=True)
        self.live.mkdir()
        shutil.copy(self.folder / "inventory.sqlite", self.live)

    def look(self, after: dt.timedelta = dt.timedelta(), kill_at: int = 0) -> dict[str, Any]:
        request = {"act": "look", "data_dir": str(self.live), "redis_url": self.redis_url, "kill_at": kill_at}
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        self.program.stdin.write(json.dumps(request | {"now": (self.now + after).isoformat()}) + "\n")
        self.program.stdin.flush()
        answer: dict[str, Any] = json.loads(self.program.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer

    def close(self) -> None:
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        self.program.stdin.close()
        self.program.wait()
        self.program.stdout.close()

    def query(self, statement: str) -> list[Any]:
        with sqlite3.connect(self.live / "inventory.sqlite") as sql:
            found = sql.execute(statement).fetchall()
        sql.close()
        return found

    @property
    def texts(self) -> list[str]:
        path = self.live / "texts"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def workers(world: World) -> Iterator[Workers]:
    """A text and an event to be sent."""
    settle(world)
    with receiving() as receiver:
        rig = Rig(world, receiver)
        rig.watch()
        rig.hook()
        rig.say("001", 3)
        made = Workers(rig)
        yield made
        made.close()


def test_whenever_a_worker_dies_nobody_is_told_twice(workers: Workers) -> None:
    workers.reset()
    ticks: list[str] = workers.look()["ticks"]
    assert workers.texts == [f"{PHONE} 001"]
    silent = 0
    for moment, tick in enumerate(ticks, 1):
        if tick.startswith("sql SELECT"):
            # As if killed at the beginning of the transaction, which is another moment.
            continue
        workers.reset()
        assert workers.look(kill_at=moment) == {"killed": True}
        workers.look(SENDING)
        statuses = dict(workers.query("SELECT means, status FROM watch"))
        events = workers.query("SELECT event FROM webhook_delivery")
        at = f"{moment}: {tick}"
        assert (events, statuses["webhook"]) == ([("watch.triggered",)], WatchStatus.TRIGGERED), at
        assert len(workers.texts) <= 1, at
        if statuses["sms"] == WatchStatus.UNCERTAIN:
            silent += not workers.texts
        else:
            assert (statuses["sms"], len(workers.texts)) == (WatchStatus.TRIGGERED, 1), at
        assert workers.query("SELECT count(*) FROM watch WHERE sealed IS NOT NULL OR latitude IS NOT NULL") == [(0,)]
    # Behind the commit of the attempt, before the provider has it.
    assert silent == 1
