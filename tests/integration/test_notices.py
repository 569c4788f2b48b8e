"""Every notice of a run from the file to its reader: kept with the commit that ends it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from inventory_api.domain.errors import NotFound
from inventory_api.domain.feed import RunStatus
from tests.integration.world import World

BAD = "00037000185063"
GOOD = "00037000185062"


def feed(bad: int) -> str:
    rows = [f"001,{BAD},{number}" for number in range(bad)]
    return "\n".join(["store_code,gtin,quantity", f"001,{GOOD},5", *rows, *[f"001,{GOOD},5"] * bad]) + "\n"


def logged(world: World, run_id: str) -> list[dict[str, str]]:
    run = world.desk.get_run("acme", run_id)
    return list(csv.DictReader(io.StringIO(b"".join(world.desk.read_notices(run)).decode(), newline="")))


def test_the_log_has_every_notice_that_the_report_counts(world: World) -> None:
    world.add_retailer("acme", ["001"])
    run = world.push("inventory", feed(200))
    # A third of its rows is rejected: quarantined, and its sender needs the log all the more.
    assert run.status is RunStatus.QUARANTINED
    rows = logged(world, run.id)
    for notice in run.notices:
        mine = [row for row in rows if (row["code"], row["severity"]) == (notice["code"], notice["severity"])]
        assert len(mine) == notice["count"]
        assert [row["line"] for row in mine][:20] == [str(sample["line"] or "") for sample in notice["samples"]]
    assert sum(notice["count"] for notice in run.notices) == len(rows) >= 400


def test_a_delta_and_a_refused_feed_have_theirs_and_a_clean_one_an_empty_file(world: World) -> None:
    world.add_retailer("acme", ["001"])
    for mode, text in (("delta", feed(3)), ("full", "store_code,gtin,quantity\n")):
        assert logged(world, world.push("inventory", text, mode=mode).id)
    clean = world.push("inventory", f"store_code,gtin,quantity\n001,{GOOD},5\n")
    assert (clean.notice_log, logged(world, clean.id)) == (None, [])


def test_a_log_that_was_swept_is_told_as_gone(world: World) -> None:
    world.add_retailer("acme", ["001"])
    run = world.push("inventory", feed(2))
    assert run.notice_log is not None
    Path(run.notice_log).unlink()
    with pytest.raises(NotFound, match="90 days"):
        world.desk.read_notices(run)


def test_the_history_is_of_the_runs_own_scope(world: World) -> None:
    world.add_retailer("acme", ["001"])
    runs = [world.push("inventory", f"store_code,gtin,quantity\n001,{GOOD},{count}\n") for count in (1, 2, 3)]
    world.push("inventory", f"store_code,gtin,quantity\n001,{GOOD},9\n", dry_run=True)
    assert [run.id for run in world.desk.history(runs[2], limit=3)] == [run.id for run in reversed(runs)]
    assert [run.id for run in world.desk.history(runs[2], limit=2)] == [runs[2].id, runs[1].id]
