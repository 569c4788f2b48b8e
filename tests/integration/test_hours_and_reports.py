"""From a stores feed to open doors, and from shoppers' reports to the confidence of later answers, over HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from ingest.calibrate import Calibrator
from tests.integration.asking import Api, asking
from tests.integration.world import World

TIDE = "00037000185062"
HERE = f"gtin={TIDE}&lat=37.77&lon=-122.42"
# A Thursday, ten in the morning in Los Angeles; and one in the morning of the same day there.
MORNING, NIGHT = "2026-11-05T18:00:00Z", "2026-11-05T09:00:00Z"


@pytest.fixture
def api(world: World) -> Iterator[Api]:
    world.add_retailer("acme")
    world.push(
        "stores",
        "store_code,name,lat,lon,country,opening_hours\n"
        '001,Night,37.77,-122.42,US,"Mon-Sun 6pm-2am"\n'
        '002,Day,37.78,-122.42,US,"Mon: 9-5; Tue: 9-5; Wed: 9-5; Thurs: 9-5; Fri: 9-5"\n'
        "003,Odd,37.79,-122.42,US,ask inside\n"
        "004,Always,37.80,-122.42,US,24/7\n",
    )
    run = world.push("inventory", "store_code,gtin,quantity\n" + "".join(f"00{n},{TIDE},7\n" for n in range(1, 5)))
    assert run.rows.accepted == 4, run.notices
    with asking(world) as made:
        yield made


def test_only_stores_that_are_open_then(api: Api) -> None:
    asked = f"{HERE}&open_at={MORNING}"
    answer = api.ask(asked)
    assert api.codes(asked) == ["acme:002", "acme:004"]
    assert answer["excluded"] == {"closed": 1, "hours_unknown": 1}
    assert answer["best"]["reason"] == "in_stock_open_nearest"
    assert api.codes(f"{HERE}&open_at={NIGHT}") == ["acme:001", "acme:004"]
    assert api.codes(HERE) == ["acme:001", "acme:002", "acme:003", "acme:004"]
    assert api.ask(HERE)["best"]["reason"] == "in_stock_nearest"
    explained = api.ask(f"{asked}&explain=true")["explain"]
    assert [each["reason"] for each in explained] == ["closed", "hours_unknown"]


def test_several_products_are_asked_of_open_stores(api: Api) -> None:
    at = {"lat": 37.77, "lon": -122.42, "open_at": MORNING}
    [item] = api.send("POST", "/v1/availability/batch", json=at | {"items": [{"gtin": TIDE}]}).json()["items"]
    assert [hit["store"]["store_code"] for hit in item["stores"]] == ["002", "004"]
    assert item["excluded"] == {"closed": 1, "hours_unknown": 1}
    basket = api.send("POST", "/v1/basket", json=at | {"all_of": [{"gtin": TIDE}]}).json()
    assert [stop["store"]["store_code"] for stop in basket["best_store"]["stores"]] == ["002"]
    assert basket["summary"]["checked"] == 4
    ids = {hit["store"]["store_code"]: hit["store"]["id"] for hit in api.ask(HERE)["stores"]}
    for code, shown in (("001", 0), ("002", 1), ("003", 0)):
        path = f"/v1/stores/{ids[code]}/availability?gtin={TIDE}&open_at={MORNING}"
        assert len(api.get(path).json()["items"][0]["stores"]) == shown


def test_every_store_shown_says_whether_it_is_open(api: Api) -> None:
    shown = {hit["store"]["store_code"]: hit["store"] for hit in api.ask(HERE)["stores"]}
    assert (shown["004"]["open_now"], shown["004"]["opens_at"], shown["004"]["closes_at"]) == (True, None, None)
    assert (shown["003"]["open_now"], shown["003"]["timezone"]) == (None, "America/Los_Angeles")
    for code in ("001", "002"):
        store = shown[code]
        change = dt.datetime.fromisoformat(store["closes_at"] if store["open_now"] else store["opens_at"])
        assert change > dt.datetime.now(dt.UTC)
        assert change.minute == change.second == 0
    open_now = {code for code, store in shown.items() if store["open_now"]}
    assert {each.split(":")[1] for each in api.codes(f"{HERE}&open_now=true")} == open_now


def test_hours_that_are_mended_are_known(api: Api, world: World) -> None:
    for hours, expected in (("24/7", True), ("off", False), ("ask outside", None)):
        world.push("stores", f"store_code,lat,lon,opening_hours\n003,37.79,-122.42,{hours}\n", mode="delta")
        api.refresh()
        store = {hit["store"]["store_code"]: hit["store"] for hit in api.ask(HERE)["stores"]}["003"]
        assert store["open_now"] is expected


def test_reports_move_the_confidence_of_the_store_s_retailer_and_no_stock(api: Api, world: World) -> None:
    store = api.ask(HERE)["stores"][0]
    for device in range(60):
        body = {"store_id": store["store"]["id"], "gtin": TIDE, "outcome": "not_found", "device": str(device)}
        assert api.send("POST", "/v1/reports", json=body).status_code == 202
    assert api.ask(HERE)["stores"][0]["confidence"] == store["confidence"], "not before it was added up"
    Calibrator(world.db).calibrate(dt.datetime.now(dt.UTC))
    api.refresh()
    later = api.ask(HERE)["stores"][0]
    # Sixty devices of one address are three voices, beside a prior of ten, twice.
    assert later["confidence"] == pytest.approx(store["confidence"] * (10 / 13) ** 2, abs=0.011)
    assert (later["availability"], later["quantity"]) == ("in_stock", 7)
    assert api.codes(f"{HERE}&min_confidence=0.9") == []
    with world.db.read() as tx:
        outcomes = tx.reports.outcomes("acme", dt.datetime.now(dt.UTC))
    assert outcomes is not None
    assert outcomes.kept == 0.0
