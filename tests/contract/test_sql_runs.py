"""Feed runs, leases, segment pointers and parked files, alike on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from inventory_api.domain.errors import UnknownRun
from inventory_api.domain.feed import (
    Awaited,
    ChangeCounts,
    FeedKind,
    FeedMode,
    FeedRun,
    RowCounts,
    RunStage,
    RunStatus,
)
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.runs import LeaseLost, SegmentVersion

NOON = dt.datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=dt.UTC)


def a_run(run_id: str, retailer_id: str = "acme", **changed: object) -> FeedRun:
    """A queued full inventory run."""
    run = FeedRun(
        id=run_id,
        retailer_id=retailer_id,
        kind=FeedKind.INVENTORY,
        mode=FeedMode.FULL,
        status=RunStatus.QUEUED,
        stage=RunStage.RECEIVED,
        received_at=NOON,
        as_of=NOON,
        path="incoming/x",
        sha256="0" * 64,
        bytes=3_000_000_000,
    )
    return replace(run, **changed)  # type: ignore[arg-type]


def create(database: Database, *runs: FeedRun) -> None:
    with database.write() as transaction:
        for run in runs:
            transaction.runs.create(run)


def claim(database: Database, now: dt.datetime = NOON, lease_s: float = 60) -> FeedRun | None:
    with database.write() as transaction:
        return transaction.runs.claim("worker", now, lease_s)


def claimed_id(database: Database, now: dt.datetime = NOON) -> str | None:
    run = claim(database, now)
    return None if run is None else run.id


def finish(database: Database, run: FeedRun | None, status: RunStatus = RunStatus.PUBLISHED) -> None:
    assert run is not None
    with database.write() as transaction:
        transaction.runs.save(replace(run, status=status))


def test_every_field_is_read_back(database: Database) -> None:
    run = a_run(
        "1",
        status=RunStatus.QUARANTINED,
        stage=RunStage.SEGMENTED,
        mode=FeedMode.DELTA,
        kind=FeedKind.STORES,
        received_at=NOON.astimezone(dt.timezone(dt.timedelta(hours=5))),
        store_code="s",
        content_type="text/csv",
        dry_run=True,
        published_at=NOON + dt.timedelta(seconds=1),
        segment="seg",
        cursor=4,
        fence=2,
        attempts=1,
        rows=RowCounts(1, 2, 3, 4, 5),
        changes=ChangeCounts(1, 2, 3, 4),
        notices=[{"code": "x", "count": 2, "samples": [{"line": 1, "value": "\u0646"}]}],
        fault="boom",
    )
    create(database, run, a_run("2"))
    with database.read() as transaction:
        found = transaction.runs.get("acme", "1")
        assert found == run
        assert found.received_at.tzinfo is dt.UTC
        assert found.dry_run is True
        assert transaction.runs.get("acme", "2") == a_run("2")
        with pytest.raises(UnknownRun):
            transaction.runs.get("zeta", "1")
        with pytest.raises(UnknownRun):
            transaction.runs.get("acme", "3")


def test_runs_are_listed_newest_first(database: Database) -> None:
    create(database, *(a_run(str(number)) for number in range(1, 6)), a_run("9", "zeta"))
    with database.read() as transaction:
        assert [run.id for run in transaction.runs.list("acme", 2, None)] == ["5", "4"]
        assert [run.id for run in transaction.runs.list("acme", 9, "4")] == ["3", "2", "1"]
        assert transaction.runs.list("nobody", 9) == []


def test_a_claim_gives_a_lease_under_a_new_fence(database: Database) -> None:
    create(database, a_run("1"))
    run = claim(database)
    assert run == a_run("1", status=RunStatus.RUNNING, fence=1, attempts=1)
    assert claim(database) is None
    again = claim(database, NOON + dt.timedelta(seconds=60))
    assert again == a_run("1", status=RunStatus.RUNNING, fence=2, attempts=2)


def test_a_retailer_has_one_running_run_in_order_of_arrival(database: Database) -> None:
    kinds = (FeedKind.INVENTORY, FeedKind.STORES, FeedKind.PRODUCTS)
    create(database, *(a_run(f"{index}", kind=kind) for index, kind in enumerate(kinds)), a_run("3", "zeta"))
    first = claim(database)
    assert first is not None
    assert first.id == "0"
    assert claimed_id(database) == "3"
    assert claim(database) is None
    finish(database, first)
    second = claim(database)
    assert second is not None
    assert second.id == "1"
    finish(database, second, RunStatus.QUARANTINED)
    assert claimed_id(database) == "2"


def test_an_interrupted_run_is_finished_before_an_older_one_that_came_late(database: Database) -> None:
    create(database, a_run("5"))
    assert claimed_id(database) == "5"
    create(database, a_run("4"), a_run("6"))
    assert claim(database) is None
    assert claimed_id(database, NOON + dt.timedelta(hours=1)) == "5"


def test_a_lease_is_renewed_only_by_its_holder(database: Database) -> None:
    create(database, a_run("1"))
    run = claim(database)
    assert run is not None
    later = NOON + dt.timedelta(seconds=50)
    with database.write() as transaction:
        assert transaction.runs.renew("1", run.fence, later, 60)
        assert not transaction.runs.renew("1", run.fence - 1, later, 60)
        assert not transaction.runs.renew("2", run.fence, later, 60)
    assert claim(database, NOON + dt.timedelta(seconds=100)) is None
    finish(database, run)
    with database.write() as transaction:
        assert not transaction.runs.renew("1", run.fence, later, 60)


def test_saving_keeps_the_lease_while_running(database: Database) -> None:
    create(database, a_run("1"))
    run = claim(database)
    assert run is not None
    progress = replace(
        run, cursor=7, stage=RunStage.SEGMENTED, segment="s", rows=RowCounts(5, 4), notices=[{"code": "x"}]
    )
    with database.write() as transaction:
        transaction.runs.save(progress)
    assert claim(database) is None
    with database.read() as transaction:
        assert transaction.runs.get("acme", "1") == progress


def test_who_lost_the_lease_writes_nothing(database: Database) -> None:
    create(database, a_run("1"))
    zombie = claim(database)
    successor = claim(database, NOON + dt.timedelta(hours=1))
    assert zombie is not None
    assert successor is not None

    def commit_late(run: FeedRun) -> None:
        with database.write() as transaction:
            transaction.products.reserve_own_numbers(5)
            transaction.runs.save(replace(run, cursor=9))

    with pytest.raises(LeaseLost):
        commit_late(zombie)
    with pytest.raises(LeaseLost), database.write() as transaction:
        transaction.runs.release(zombie)
    with database.write() as transaction:
        assert transaction.runs.get("acme", "1") == successor
        assert transaction.products.reserve_own_numbers(1) == 0
        transaction.runs.save(replace(successor, cursor=3))


def test_a_released_run_is_queued_again(database: Database) -> None:
    create(database, a_run("1"))
    run = claim(database)
    assert run is not None
    with database.write() as transaction:
        transaction.runs.save(replace(run, cursor=3))
        transaction.runs.release(run)
    again = claim(database)
    assert again is not None
    assert (again.cursor, again.fence, again.attempts) == (3, 2, 2)


def test_a_run_that_has_ended_is_nobody_s_any_more(database: Database) -> None:
    create(database, a_run("1"))
    run = claim(database)
    assert run is not None
    ended = replace(run, status=RunStatus.PUBLISHED)
    with database.write() as transaction:
        transaction.runs.save(ended)
        assert not transaction.runs.renew("1", run.fence, NOON, 10)
    with pytest.raises(LeaseLost), database.write() as transaction:
        transaction.runs.release(run)
    with pytest.raises(LeaseLost), database.write() as transaction:
        transaction.runs.save(replace(run, status=RunStatus.FAILED))
    with database.read() as transaction:
        assert transaction.runs.get("acme", "1") == ended


def test_concurrent_claimers_never_share_a_run_or_a_retailer(database: Database) -> None:
    create(database, *(a_run(f"{number:02}", "acme" if number % 2 else "zeta") for number in range(20)))
    running: dict[str, str] = {}
    done: list[str] = []
    guard = threading.Lock()

    def work(_: int) -> None:
        for _ in range(200):
            run = claim(database)
            if run is None:
                with guard:
                    if len(done) == 20:
                        return
                continue
            with guard:
                assert run.retailer_id not in running
                running[run.retailer_id] = run.id
            with guard:
                del running[run.retailer_id]
                done.append(run.id)
            finish(database, run)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sorted(done) == [f"{number:02}" for number in range(20)]
    for remainder in (0, 1):
        of_retailer = [run_id for run_id in done if int(run_id) % 2 == remainder]
        assert of_retailer == sorted(of_retailer)


def test_last_published_is_the_newest_of_its_scope(database: Database) -> None:
    def at(hour: int) -> dt.datetime:
        return NOON + dt.timedelta(hours=hour)

    published = {"status": RunStatus.PUBLISHED}
    create(
        database,
        a_run("1", as_of=at(3), status=RunStatus.UNCHANGED),
        a_run("2", as_of=at(2), **published),
        a_run("3", as_of=at(9), mode=FeedMode.DELTA, **published),
        a_run("4", as_of=at(9), status=RunStatus.REJECTED),
        a_run("5", as_of=at(9), kind=FeedKind.STORES, **published),
        a_run("6", as_of=at(9), store_code="s", **published),
        a_run("7", as_of=at(9), dry_run=True, **published),
        a_run("8", "zeta", as_of=at(9), **published),
        a_run("9", as_of=at(9), status=RunStatus.UNCHANGED, path=""),
    )
    with database.read() as transaction:
        last = transaction.runs.last_published
        found = last("acme", FeedKind.INVENTORY, None)
        assert found is not None
        assert found.id == "1"
        of_store = last("acme", FeedKind.INVENTORY, "s")
        assert of_store is not None
        assert of_store.id == "6"
        assert last("acme", FeedKind.INVENTORY, "t") is None
        assert last("acme", FeedKind.PRODUCTS, None) is None


def test_a_pending_segment_becomes_the_published_one(database: Database) -> None:
    first = SegmentVersion("one", 10, 5, 1_000, NOON)
    second = SegmentVersion("two", 2**40, 6, 2_000, NOON)
    with database.write() as transaction:
        runs = transaction.runs
        assert runs.published_segment("acme") is None
        assert runs.pending_segment("acme") is None
        runs.publish_pending("acme")
        runs.set_pending("acme", first)
        assert (runs.published_segment("acme"), runs.pending_segment("acme")) == (None, first)
        runs.publish_pending("acme")
        runs.publish_pending("acme")
        assert (runs.published_segment("acme"), runs.pending_segment("acme")) == (first, None)
        runs.set_pending("acme", SegmentVersion("lost", 1, 1, 1, NOON))
        runs.set_pending("acme", second)
        runs.set_pending("zeta", replace(second, name="three"))
        assert runs.current_segment("acme") == second
        assert runs.published_segments() == {"acme": first}
        assert runs.all_segment_names() == {"one", "two", "three"}
        runs.publish_pending("acme")
        assert runs.current_segment("acme") == second
        assert runs.all_segment_names() == {"two", "three"}


def test_parked_files_are_found_once_a_name_they_wait_for_is_known(database: Database) -> None:
    with database.write() as transaction:
        runs = transaction.runs
        runs.add_parked("acme", "z", Awaited({"a", "b"}, {"b"}), "1")
        runs.add_parked("acme", "y", Awaited({"b"}), "2")
        runs.add_parked("acme", "w", Awaited(skus={"a"}), "3")
        runs.add_parked("zeta", "x", Awaited({"a", "b"}, {"a", "b"}), "4")
        assert runs.awaited_stores("acme") == {"a", "b"}
        assert runs.parked_named("acme", []) == []
        assert [path for _, path in runs.parked_named("acme", ["b"])] == ["z", "y"]
        transaction.products.link_skus("acme", [("a", 1)])
        assert [path for _, path in runs.parked_named("acme", ["b"])] == ["z", "y", "w"]
        assert runs.parked_named("zeta", []) == []
        assert (runs.has_parked("zeta"), runs.has_parked("none")) == (True, False)


def test_a_parked_file_is_forgotten_with_the_last_name_it_waits_for(database: Database) -> None:
    with database.write() as transaction:
        runs = transaction.runs
        runs.add_parked("acme", "y", Awaited({"a", "b"}, {"a"}), "1")
        ((parked_id, _),) = runs.parked_named("acme", ["a"])
        assert runs.awaited(parked_id, ["a", "b", "c"], ["a", "b"]) == Awaited({"a", "b"}, {"a"})
        assert runs.awaited(parked_id, ["b"], []) == Awaited({"b"})
        assert runs.unpark(parked_id, Awaited({"a"})) is False
        assert runs.awaited(parked_id, ["a", "b"], ["a", "b"]) == Awaited({"b"}, {"a"})
        assert (runs.parked_named("acme", ["a"]), runs.all_parked_paths()) == ([], {"y"})
        assert runs.unpark(parked_id, Awaited({"a", "c"}, {"a", "b"})) is False
        assert runs.unpark(parked_id, Awaited()) is False
        assert runs.unpark(parked_id, Awaited({"b"})) is True
        assert (runs.awaited(parked_id, ["b"], []), runs.all_parked_paths()) == (Awaited(), set())


def test_of_visits_that_brought_nothing_the_newest_of_each_source_stay(database: Database) -> None:
    def visit(number: int, source_id: str | None, **changed: object) -> FeedRun:
        in_vain = {"status": RunStatus.UNCHANGED, "path": ""}
        return a_run(f"{number:02}", source_id=source_id, **in_vain | changed)

    published = {"status": RunStatus.PUBLISHED, "path": "incoming/x"}
    create(
        database,
        visit(1, "a", **published),
        visit(2, "a"),
        visit(3, "a", status=RunStatus.FETCH_FAILED),
        visit(4, "b"),
        visit(5, "a"),
        visit(6, "a", path="incoming/dry", dry_run=True),
        visit(7, "a", path="incoming/same"),
        visit(8, None, path="incoming/same"),
        visit(9, "a", status=RunStatus.FETCH_FAILED),
        replace(visit(10, "a"), retailer_id="zeta"),
    )
    with database.write() as transaction:
        assert transaction.runs.forget_visits(2, 1) == 1
        assert transaction.runs.forget_visits(2, 9) == 1
        assert transaction.runs.forget_visits(2, 9) == 0
        left = {run.id for retailer in ("acme", "zeta") for run in transaction.runs.list(retailer, 99)}
    assert left == {"01", "04", "05", "06", "07", "08", "09", "10"}
