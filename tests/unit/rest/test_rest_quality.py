"""How well feeds keep the promise, summed up for the retailer alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from inventory_api.channels.rest.schema import QualityOut
from inventory_api.domain.feed import FeedKind, RowCounts, RunStatus
from inventory_api.domain.freshness import FreshnessPolicy
from inventory_api.domain.quality import MAX_LISTED, assess
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.stock import to_observed
from inventory_api.domain.store import Store
from tests.fakes import NOON, a_run
from tests.unit.rest.world import Client, World, problem_of

ACME = Retailer("acme", "Acme", freshness=FreshnessPolicy(expires_s=7200))


def a_store(number: int, age_s: int | None) -> Store:
    snapshot = 0 if age_s is None else to_observed(NOON - dt.timedelta(seconds=age_s))
    return Store(number, "acme", f"{number:03d}", number, "a store", latitude=1.0, longitude=1.0, snapshot_at=snapshot)


def test_ages_are_held_against_the_retailers_own_promise() -> None:
    stores = [a_store(1, 60), a_store(2, 7200), a_store(3, 7201), a_store(4, None)]
    found = assess(ACME, stores, {1, 2, 3}, [], NOON)
    assert (found.stores, found.never, found.kept) == (4, 1, 0.5)
    assert [(each.store.store_code, each.age_s) for each in found.stale] == [("003", 7201)]
    assert [store.store_code for store in found.never_stocked] == ["004"]
    assert (found.median_age_s, found.oldest_age_s) == (7200, 7201)
    assert sum(found.freshness.values()) + found.never == found.stores
    assert (found.reject_rate, found.notice_rates) == (None, {})


def test_without_stores_nothing_is_claimed() -> None:
    found = assess(ACME, [], set(), [], NOON)
    assert (found.kept, found.median_age_s, found.oldest_age_s) == (None, None, None)


def test_rates_are_of_rows_read_and_trials_do_not_count() -> None:
    notice = {"code": "price_invalid", "severity": "warning", "count": 5, "hint": "", "samples": []}
    good = replace(a_run("run_3"), rows=RowCounts(90, 81, 0, 9, 0), notices=[notice])
    bad = replace(a_run("run_2", status=RunStatus.REJECTED), rows=RowCounts(10, 0, 0, 10, 0))
    trial = replace(a_run("run_1"), rows=RowCounts(100, 0, 0, 100, 0), dry_run=True)
    stores = replace(a_run("run_0"), kind=FeedKind.STORES, rows=RowCounts(5, 0, 0, 5, 0))
    found = assess(ACME, [], set(), [good, bad, trial, stores], NOON)
    assert found.reject_rate == 0.19
    assert found.notice_rates == {"price_invalid": 0.05}
    assert found.runs == {RunStatus.PUBLISHED: 1, RunStatus.REJECTED: 1}
    assert [run.id for run in found.last] == ["run_0", "run_3"]


def test_many_stale_stores_are_counted_and_the_oldest_named() -> None:
    found = assess(ACME, [a_store(number, 8000 + number) for number in range(300)], set(), [], NOON)
    assert (found.stale_count, len(found.stale)) == (300, MAX_LISTED)
    assert found.stale[0].store.store_code == "299"


def test_the_summary_has_the_documented_shape_and_is_the_retailers_alone(client: Client, world: World) -> None:
    world.quality.stores = [a_store(1, 60), replace(a_store(2, None), latitude=None, longitude=None)]
    world.quality.runs = [a_run()]
    response = client.get("/v1/retailers/acme/quality")
    shown = QualityOut.model_validate_json(response.content)
    assert (shown.stores.total, shown.stores.imprecise, shown.outcomes) == (2, 1, None)
    assert response.headers["cache-control"] == "private"
    problem_of(client.get("/v1/retailers/bolt/quality"), 404, "not_found")
    problem_of(client.get("/v1/retailers/acme/quality", headers={"X-API-Key": "pk_acme"}), 401, "unauthorized")
