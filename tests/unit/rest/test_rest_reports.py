"""What a retailer reads of a run: the page and the CSV; hostile cells stay text."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

from inventory_api.channels.app import create_app
from inventory_api.channels.report import Point, report_page
from inventory_api.channels.report.plot import plot_of
from inventory_api.domain.feed import FeedRun, RowCounts, RunStatus
from tests.fakes import a_run
from tests.unit.rest.world import Client, World, problem_of

KEY = {"Authorization": "Bearer sk_acme"}
HOSTILE = "<script>alert(1)</script>"
SAMPLE = {"line": 17, "column": '"><img src=x>', "value": HOSTILE, "message": "=cmd()|'/C calc'!A0"}
NOTICE = {"code": "gtin_check_digit", "severity": "error", "count": 9001, "hint": "Check it.", "samples": [SAMPLE]}
STATS = {"in_stock": 60, "accepted": 80, "stores": [0, 49, 0, 31], "stores_in_stock": [0, 40, 0, 20]}


def run_of(number: int, status: RunStatus = RunStatus.PUBLISHED, **fields: Any) -> FeedRun:
    run = a_run(f"run_{number:026d}", status=status)
    return replace(run, **{"rows": RowCounts(100, 80, 0, 20, 0)} | fields)


def page_of(client: Client, run: FeedRun) -> str:
    response = client.get(f"/v1/feed-runs/{run.id}/report.html", headers=KEY)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "unsafe" not in policy
    assert response.headers["cache-control"] == "private, no-store"
    return response.text


def parsed(page: str) -> ET.Element:
    """Read it as XML: every element closed, every value quoted and escaped."""
    return ET.fromstring(page.replace("<!DOCTYPE html>\n", ""))  # noqa: S314 - our own page


def test_the_page_is_well_formed_and_hostile_values_stay_text(client: Client, world: World) -> None:
    world.desk.runs += [run_of(1), run_of(2, notices=[NOTICE], stats=STATS, held_stores=["003"])]
    page = page_of(client, world.desk.runs[1])
    root = parsed(page)
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert not {"script", "img", "iframe", "link", "form", "b"} & set(tags)
    assert "svg" in tags
    assert HOSTILE in "".join(root.itertext())
    assert "9,001" in page
    assert "yes: shoppers see its old rows" in page


def test_the_page_asks_nobody_for_anything(client: Client, world: World) -> None:
    world.desk.runs += [run_of(1, notices=[NOTICE])]
    root = parsed(page_of(client, world.desk.runs[0]))
    for element in root.iter():
        assert not {"src", "srcset", "action", "data", "poster", "style", "onload"} & set(element.attrib)
        assert element.attrib.get("href", "/v1/feed-runs/").startswith("/v1/feed-runs/")
        assert "url(" not in (element.text or "")
        assert "@import" not in (element.text or "")


def test_a_page_can_be_read_aloud(client: Client, world: World) -> None:
    world.desk.runs += [run_of(1), run_of(2, notices=[NOTICE], stats=STATS)]
    root = parsed(page_of(client, world.desk.runs[1]))
    space = {"h": "http://www.w3.org/1999/xhtml", "s": "http://www.w3.org/2000/svg"}
    assert root.attrib["lang"] == "en"
    assert len(root.findall(".//h:h1", space)) == 1
    for table in root.findall(".//h:table", space):
        assert table.find("h:caption", space) is not None
        assert all("scope" in head.attrib for head in table.findall(".//h:th", space))
    assert root.find(".//s:svg/s:title", space) is not None


def test_every_status_says_what_shoppers_see(client: Client, world: World) -> None:
    world.desk.runs += [run_of(number, status) for number, status in enumerate(RunStatus)]
    for run in world.desk.runs:
        page = page_of(client, run)
        parsed(page)
        assert "hopper" in page or run.status is RunStatus.UNCHANGED or run.status is RunStatus.OUTDATED
    quarantined = next(run for run in world.desk.runs if run.status is RunStatus.QUARANTINED)
    assert f"/v1/feed-runs/{quarantined.id}/approve" in page_of(client, quarantined)


def test_a_check_has_a_page_without_run_and_links() -> None:
    report = {"status": "accepted", "kind": "stores", "mode": "full", "rows": {"read": 1}, "notices": [NOTICE]}
    page = report_page(report)
    parsed(page)
    assert "notices.csv" not in page


def test_bars_rise_from_zero_and_the_line_breaks_where_nothing_is_known() -> None:
    plot = plot_of([Point("a", 50, 0.5), Point("b", 100, None), Point("c", 0, 1.0), Point("d", 100, 0.0)])
    assert [bar.height for bar in plot.bars] == [80, 160, 0, 160]
    assert plot.lines == ["80.0,80.0", "400.0,0.0 560.0,160.0"]


def test_the_csv_streams_and_is_the_retailers_alone(client: Client, world: World) -> None:
    world.desk.runs += [run_of(1, notice_log="code\r\n"), run_of(2, notices=[NOTICE])]
    first, second = (f"/v1/feed-runs/{run.id}/notices.csv" for run in world.desk.runs)
    response = client.get(first, headers=KEY)
    assert (response.status_code, response.text) == (200, "code\r\n")
    assert response.headers["content-type"].startswith("text/csv")
    assert response.headers["content-disposition"].startswith("attachment; ")
    problem_of(client.get(second, headers=KEY), 404, "not_found")
    for path in (first, first.replace("notices.csv", "report.html")):
        problem_of(client.get(path, headers={"Authorization": "Bearer sk_bolt"}), 404, "unknown_run")
        problem_of(Client(create_app(world.ports())).get(path), 401, "unauthorized")
        problem_of(client.get(path, headers={"Authorization": "Bearer pk_acme"}), 403, "forbidden")
    assert client.get(first.removesuffix("/notices.csv"), headers=KEY).json()["links"]["notices"] == first
