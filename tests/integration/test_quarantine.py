"""A bad file never empties a shop: quarantine, approval, rejection, held stores, replays and repeats, end to end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.housekeeping import ORPHANS_KEPT_S
from ingest.worker import Surroundings, Worker
from inventory_api.domain.errors import Conflict, FeedRejected, IndexUnavailable, UnknownRun
from inventory_api.domain.feed import FeedKind, FeedMode, FeedRun, RunStage, RunStatus
from inventory_api.domain.ports import FeedUpload, StockChange
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.source import FeedSource, Protocol
from inventory_api.domain.stock import from_observed, to_observed
from inventory_api.storage.sql.keys import KeyRing
from tests.integration.asking import asking
from tests.integration.world import World

STORES = ("001", "002", "003")
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
SIX, TEN, TWELVE, LATER = (NOW - dt.timedelta(hours=hours) for hours in (8, 4, 2, 1))
ITEMS = 60

Stock = dict[tuple[str, int], tuple[int, float]]
"""Quantity and price by store and article."""


def gtin(item: int) -> str:
    digits = f"04006381{item:05}"
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def base() -> Stock:
    return {(store, item): (5, 5.49) for store in STORES for item in range(ITEMS)}


def text(stock: Stock) -> str:
    rows = [f"{store},{gtin(item)},{units},{price:.2f} USD" for (store, item), (units, price) in stock.items()]
    return "\n".join(["store_code,gtin,quantity,price", *rows]) + "\n"


@pytest.fixture
def stocked(world: World) -> Iterator[World]:
    """Three stores with sixty articles each, published as of six o'clock."""
    world.add_retailer("acme", STORES)
    assert world.push("inventory", text(base()), as_of=SIX).status is RunStatus.PUBLISHED
    yield world
    assert world.verify() == 0
    assert world.index() == world.truth()


def codes(run: FeedRun) -> list[str]:
    return [notice["code"] for notice in run.notices]


def approve(world: World, run: FeedRun) -> FeedRun:
    assert world.desk.approve("acme", run.id).status is RunStatus.QUEUED
    world.work()
    return world.run(run)


FIRST, LAST = int(gtin(0)), int(gtin(ITEMS - 1))
ALL_IN = dict.fromkeys(STORES, ("in_stock", 5))


def test_a_file_that_lost_its_rows_waits_and_one_call_publishes_it(stocked: World) -> None:
    few = {key: said for key, said in base().items() if key[1] < 3}
    run = stocked.push("inventory", text(few), as_of=TEN)
    assert run.status is RunStatus.QUARANTINED
    assert "feed_shrank" in codes(run)
    assert stocked.on_shelf(LAST, now=NOW) == ALL_IN
    assert list((stocked.data_dir / "segments" / "acme").glob(f"{run.id}*")) == []

    assert approve(stocked, run).status is RunStatus.PUBLISHED
    assert stocked.on_shelf(LAST, now=NOW) == dict.fromkeys(STORES, ("out_of_stock", 0))
    assert stocked.on_shelf(FIRST, now=NOW) == ALL_IN


def test_the_numbers_of_each_store_are_kept_with_the_run(stocked: World) -> None:
    zeros = {key: (0, price) for key, (_, price) in base().items() if key[0] == "002" and key[1] < 9}
    bad = "".join(f"003,{gtin(item)}9,1,5.49 USD\n" for item in range(4))
    run = stocked.push("inventory", text(base() | zeros) + bad + "004,x,1,\n001,,1,\n", as_of=TEN)
    assert run.stats is not None
    per_store = [run.stats[name] for name in ("stores", "stores_in_stock", "stores_rejected")]
    assert per_store == [[60, 60, 60], [60, 51, 60], [1, 0, 4]]

    run = stocked.push("inventory", text({key: said for key, said in base().items() if key[1] < 3}), as_of=TWELVE)
    assert (run.status, run.stats and run.stats["stores_in_stock"]) == (RunStatus.QUARANTINED, [3, 3, 3])
    half = {key: said for key, said in base().items() if key[0] != "002" or key[1] < 20}
    run = stocked.push("inventory", text(half), as_of=TWELVE)
    assert run.stats is not None
    assert (run.held_stores, run.stats["stores"], run.stats["stores_in_stock"]) == (["002"], [60] * 3, [60, 51, 60])


def test_shifted_prices_wait_although_no_row_is_missing(stocked: World) -> None:
    run = stocked.push("inventory", text(dict.fromkeys(base(), (5, 549.0))), as_of=TEN)
    assert (run.status, codes(run)) == (RunStatus.QUARANTINED, ["price_shift"])
    hit = stocked.ask(FIRST, now=NOW, limit=1).hits[0]
    assert hit.price is not None
    assert approve(stocked, run).changes.updated == len(base())


def test_a_file_without_a_store_waits_and_approved_makes_it_unknown(stocked: World) -> None:
    two = {key: said for key, said in base().items() if key[0] != "003"}
    run = stocked.push("inventory", text(two), as_of=TEN)
    assert (run.status, set(codes(run))) == (RunStatus.QUARANTINED, {"store_missing", "feed_shrank"})
    assert stocked.on_shelf(FIRST, now=NOW) == ALL_IN
    approve(stocked, run)
    assert stocked.on_shelf(FIRST, now=NOW)["003"][0] == "unknown"
    # What was approved is what later versions are compared with.
    again = stocked.push("inventory", text(dict.fromkeys(two, (4, 5.49))), as_of=TWELVE)
    assert (again.status, again.notices) == (RunStatus.PUBLISHED, [])


def test_a_halved_store_is_held_and_the_rest_is_published(stocked: World) -> None:
    half = {key: (4, price) for key, (_, price) in base().items() if key[0] != "002" or key[1] < 20}
    run = stocked.push("inventory", text(half), as_of=TEN)
    assert (run.status, run.held_stores, codes(run)) == (RunStatus.PUBLISHED, ["002"], ["store_shrank"])
    assert stocked.on_shelf(FIRST, now=NOW) == {"001": ("in_stock", 4), "002": ("in_stock", 5), "003": ("in_stock", 4)}
    assert stocked.store("002").snapshot_at == to_observed(SIX)

    # It stays held until somebody decides.
    run = stocked.push("inventory", text(half), as_of=TWELVE)
    assert run.held_stores == ["002"]
    run = approve(stocked, run)
    assert (run.status, run.held_stores) == (RunStatus.PUBLISHED, None)
    assert stocked.on_shelf(FIRST, now=NOW)["002"] == ("in_stock", 4)
    assert stocked.on_shelf(LAST, now=NOW)["002"] == ("out_of_stock", 0)
    with pytest.raises(Conflict):
        stocked.desk.approve("acme", run.id)


def test_a_rejected_run_changes_nothing(stocked: World) -> None:
    run = stocked.push("inventory", text({("001", 0): (1, 5.49)}), as_of=TEN)
    before = stocked.index()
    assert stocked.desk.reject("acme", run.id).status is RunStatus.REJECTED
    stocked.work()
    assert stocked.index() == before
    for decide in (stocked.desk.approve, stocked.desk.reject):
        with pytest.raises(Conflict):
            decide("acme", run.id)
        with pytest.raises(UnknownRun):
            decide("zeta", run.id)


def test_a_newer_healthy_version_lets_a_quarantined_one_expire(stocked: World) -> None:
    bad = stocked.push("inventory", text({("001", 0): (1, 5.49)}), as_of=TEN)
    stocked.push("inventory", text(dict.fromkeys(base(), (4, 5.49))), as_of=TWELVE)
    bad = stocked.run(bad)
    assert (bad.status, codes(bad)[0]) == (RunStatus.OUTDATED, "outdated_feed")
    with pytest.raises(Conflict):
        stocked.desk.approve("acme", bad.id)


def test_an_approved_run_waits_for_one_whose_segment_is_on_its_way(stocked: World) -> None:
    bad = stocked.push("inventory", text({("001", 0): (1, 5.49)}), as_of=TEN)
    good = stocked.upload("inventory", text(dict.fromkeys(base(), (4, 5.49))), as_of=TWELVE)

    def lose_index(stage: str, done: int, all_: int) -> None:
        if (stage, done) == ("comparing", all_):
            stocked.redis.delete("index:complete")

    around = Surroundings(stocked.db, stocked.segments, stocked.connect, stocked.data_dir)
    with pytest.raises(IndexUnavailable):
        Worker(around, lose_index).step()
    assert (stocked.run(good).status, stocked.run(good).stage) == (RunStatus.QUEUED, RunStage.SEGMENTED)
    stocked.desk.approve("acme", bad.id)
    stocked.work()
    assert (stocked.run(good).status, stocked.run(bad).status) == (RunStatus.PUBLISHED, RunStatus.OUTDATED)


def test_going_back_keeps_newer_changes_and_shows_the_true_age(stocked: World) -> None:
    (first,) = [run for run in stocked.desk.list_runs("acme", limit=9) if run.kind is FeedKind.INVENTORY]
    bad = stocked.push("inventory", text({key: (9, 5.49) for key in base() if key[1] < 50}), as_of=TEN)
    assert bad.status is RunStatus.PUBLISHED
    stocked.patch(StockChange("001", gtin=gtin(0), quantity=7, observed_at=TWELVE))
    replay = stocked.desk.replay("acme", first.id)
    stocked.work()
    replay = stocked.run(replay)
    assert (replay.status, replay.replay_of, replay.as_of) == (RunStatus.PUBLISHED, first.id, SIX)
    assert stocked.on_shelf(FIRST, now=NOW) == ALL_IN | {"001": ("in_stock", 7)}
    assert stocked.on_shelf(LAST, now=NOW) == ALL_IN
    assert stocked.store("001").snapshot_at == to_observed(SIX)
    hit = next(hit for hit in stocked.ask(LAST, now=NOW, limit=9).hits if hit.store.store_code == "001")
    assert from_observed(to_observed(SIX)) == hit.observed_at
    bad = stocked.run(bad)
    assert (bad.status, codes(bad)[0]) == (RunStatus.REJECTED, "withdrawn")
    # A file that is older than what was withdrawn is welcome again.
    again = stocked.push("inventory", text(dict.fromkeys(base(), (6, 5.49))), as_of=SIX + dt.timedelta(hours=1))
    assert again.status is RunStatus.PUBLISHED
    assert stocked.on_shelf(LAST, now=NOW) == dict.fromkeys(STORES, ("in_stock", 6))


def test_a_replay_needs_an_ended_run_and_its_file(stocked: World) -> None:
    runs = stocked.desk.list_runs("acme", limit=9)
    waiting = stocked.upload("inventory", text(base()), as_of=TEN)
    with pytest.raises(Conflict):
        stocked.desk.replay("acme", waiting.id)
    Path(runs[0].path).unlink()
    with pytest.raises(Conflict, match="no longer kept"):
        stocked.desk.replay("acme", runs[0].id)
    stocked.work()


def test_a_file_that_no_reading_can_accept_is_not_read_again(stocked: World) -> None:
    empty = stocked.push("inventory", "", as_of=TEN)
    assert empty.status is RunStatus.REJECTED
    with pytest.raises(FeedRejected, match="Send at least one data row") as refused:
        stocked.desk.replay("acme", empty.id)
    assert refused.value.code == "empty_feed"


def test_a_damaged_file_is_no_version(stocked: World) -> None:
    replay = stocked.desk.replay("acme", stocked.desk.list_runs("acme", limit=1)[0].id)
    Path(replay.path).write_text("store_code,gtin,quantity\n001,1,1\n")
    stocked.work()
    assert stocked.run(replay).status is RunStatus.FAILED
    assert stocked.on_shelf(FIRST, now=NOW) == ALL_IN


def test_the_same_file_again_is_not_read_and_only_renews(stocked: World) -> None:
    run = stocked.upload("inventory", text(base()), as_of=TEN)
    # It is so little read that it may be anything.
    Path(run.path).write_text("nonsense")
    stocked.work()
    run = stocked.run(run)
    assert (run.status, codes(run), run.rows.accepted) == (RunStatus.UNCHANGED, ["unchanged"], len(base()))
    assert run.changes.unchanged == len(base())
    assert stocked.store("001").snapshot_at == to_observed(TEN)
    again = stocked.push("inventory", text(base()), as_of=TWELVE)
    assert (again.status, codes(again)) == (RunStatus.UNCHANGED, ["unchanged"])


@pytest.mark.parametrize("when", [TEN, LATER])
def test_the_same_file_again_undoes_what_came_between(stocked: World, when: dt.datetime) -> None:
    stocked.patch(StockChange("001", gtin=gtin(0), quantity=1, observed_at=when))
    run = stocked.push("inventory", text(base()), as_of=TWELVE)
    shown = stocked.on_shelf(FIRST, now=NOW)["001"]
    assert (run.status, shown) == (
        (RunStatus.PUBLISHED, ("in_stock", 5)) if when < TWELVE else (RunStatus.UNCHANGED, ("low_stock", 1))
    )
    # The change was newer than that file, and is older than this one.
    run = stocked.push("inventory", text(base()), as_of=NOW)
    assert stocked.on_shelf(FIRST, now=NOW) == ALL_IN


def test_a_file_from_the_future_speaks_of_now(stocked: World) -> None:
    run = stocked.push("inventory", text(base()), as_of=NOW + dt.timedelta(days=1))
    assert run.as_of == run.received_at
    assert "timestamp_future" in codes(run)


def test_the_sender_s_count_goes_before_the_time(stocked: World) -> None:
    def push(sequence: int, as_of: dt.datetime) -> RunStatus:
        reception = stocked.desk.receive()
        reception.write(text(dict.fromkeys(base(), (sequence, 5.49))).encode())
        upload = FeedUpload("acme", FeedKind.INVENTORY, FeedMode.FULL, as_of=as_of, sequence=sequence)
        run = reception.accept(upload)
        stocked.work()
        return stocked.run(run).status

    assert push(7, TWELVE) is RunStatus.PUBLISHED
    assert push(6, LATER) is RunStatus.OUTDATED
    assert push(8, LATER) is RunStatus.PUBLISHED


def add_source(world: World, protocol: Protocol, profile: FeedProfile, source_id: str = "s") -> None:
    source = FeedSource(
        "acme", source_id, FeedKind.INVENTORY, FeedMode.FULL, protocol, created_at=NOW, updated_at=NOW, profile=profile
    )
    with world.db.write() as tx:
        tx.sources.put(source)


def by_source(world: World, content: str, as_of: dt.datetime, source_id: str = "s") -> FeedRun:
    reception = world.desk.receive()
    reception.write(content.encode())
    run = reception.accept(FeedUpload("acme", FeedKind.INVENTORY, FeedMode.FULL, as_of=as_of, source_id=source_id))
    world.work()
    return world.run(run)


def test_the_first_file_of_a_pulled_source_waits(stocked: World) -> None:
    add_source(stocked, Protocol.HTTPS, FeedProfile())
    first = by_source(stocked, text(dict.fromkeys(base(), (4, 5.49))), TEN)
    assert (first.status, codes(first)) == (RunStatus.QUARANTINED, ["first_version"])
    assert approve(stocked, first).status is RunStatus.PUBLISHED
    assert by_source(stocked, text(dict.fromkeys(base(), (3, 5.49))), TWELVE).status is RunStatus.PUBLISHED


def test_auto_first_lets_it_pass_and_thresholds_move_the_rails(stocked: World) -> None:
    add_source(
        stocked, Protocol.HTTPS, FeedProfile(auto_first=True, thresholds={"rows_lost": 0.9, "store_rows_lost": 0.9})
    )
    run = by_source(stocked, text({key: said for key, said in base().items() if key[1] < 10}), TEN)
    assert (run.status, run.notices) == (RunStatus.PUBLISHED, [])


def test_files_of_old_versions_go_and_those_that_may_be_needed_stay(stocked: World) -> None:
    runs = [
        stocked.push("inventory", text(dict.fromkeys(base(), (units, 5.49))), as_of=SIX + dt.timedelta(minutes=units))
        for units in (6, 7, 8)
    ]
    bad = stocked.push("inventory", text({("001", 0): (1, 5.49)}), as_of=TEN)
    assert bad.status is RunStatus.QUARANTINED
    stocked.desk.sweep(older_than_s=ORPHANS_KEPT_S, versions=2)
    assert [Path(run.path).exists() for run in (*runs, bad)] == [False, True, True, True]
    with pytest.raises(Conflict, match="no longer kept"):
        stocked.desk.replay("acme", runs[0].id)
    replay = stocked.desk.replay("acme", runs[1].id)
    stocked.desk.sweep(older_than_s=ORPHANS_KEPT_S, versions=1)
    stocked.work()
    assert stocked.run(replay).status is RunStatus.PUBLISHED


def test_the_whole_story_over_http(stocked: World) -> None:
    """A shop's file loses nearly all rows; shoppers notice nothing, and one call decides."""
    few = text({key: said for key, said in base().items() if key[1] == 0})
    with stocked.db.write() as tx:
        tx.retailers.add(Retailer("zeta", "Zeta"))
    keys = KeyRing(stocked.db)
    with asking(stocked) as api:
        mine, other = ({"Authorization": f"Bearer {keys.issue(owner)}"} for owner in ("acme", "zeta"))

        def shown() -> list[tuple[str, str]]:
            api.refresh()
            stores = api.ask(f"gtin={gtin(9)}&lat=37.77&lon=-122.42&availability=all")["stores"]
            return [(hit["store"]["store_code"], hit["availability"]) for hit in stores]

        before = shown()
        sent = api.send("POST", "/v1/feeds/inventory", content=few, headers=mine | {"Content-Type": "text/csv"})
        assert sent.status_code == 202
        stocked.work()
        path = sent.headers["location"]
        report = api.send("GET", path, headers=mine).json()
        assert (report["status"], report["published_at"]) == ("quarantined", None)
        assert "feed_shrank" in [notice["code"] for notice in report["notices"]]
        assert shown() == before
        for verb in ("approve", "reject", "replay"):
            assert api.send("POST", f"{path}/{verb}", headers=other).json()["code"] == "unknown_run"
        assert api.send("POST", f"{path}/replay", headers=mine).json()["code"] == "conflict"

        approved = api.send("POST", f"{path}/approve", headers=mine)
        assert (approved.status_code, approved.json()["status"]) == (202, "queued")
        assert approved.headers["location"] == path
        stocked.work()
        assert api.send("GET", path, headers=mine).json()["status"] == "published"
        assert shown() != before
        for verb in ("approve", "reject"):
            assert api.send("POST", f"{path}/{verb}", headers=mine).status_code == 409

        runs = api.send("GET", "/v1/feed-runs", headers=mine).json()["feed_runs"]
        first = next(run for run in runs if run["kind"] == "inventory" and run["id"] != report["id"])
        replay = api.send("POST", f"/v1/feed-runs/{first['id']}/replay", headers=mine)
        assert replay.status_code == 202
        stocked.work()
        assert api.send("GET", replay.headers["location"], headers=mine).json()["status"] == "published"
        assert api.send("GET", path, headers=mine).json()["status"] == "rejected"
        assert shown() == before
        unknown = api.send(
            "POST", "/v1/feeds/inventory?source=none", content=few, headers=mine | {"Content-Type": "text/csv"}
        )
        assert unknown.status_code == 404
