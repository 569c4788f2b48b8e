"""``POST /v1/reports``: a visit's end against what we said, and who may not say it too often."""

from __future__ import annotations

import pytest

from inventory_api.channels.rest.schema import QualityOut, ReportOut
from inventory_api.domain.trust import Outcome, Outcomes
from tests.unit.rest.world import TIDE, Client, World, problem_of

GOOD = {"store_id": "s3", "gtin": "037000185062", "outcome": "not_found"}


def test_a_report_is_kept_beside_what_was_said(client: Client, world: World) -> None:
    world.index.stocked = frozenset([TIDE.id])
    response = client.post("/v1/reports", json=GOOD | {"device": "abc"})
    assert response.status_code == 202, response.text
    assert ReportOut.model_validate_json(response.content).product_id == "00037000185062"
    [(report, address, device)] = world.reports.kept
    assert (report.retailer_id, report.store_id, report.product_id) == ("acme", 3, TIDE.id)
    assert (report.outcome, report.cell, report.kept) == (Outcome.NOT_FOUND, None, False), "nothing was promised"
    assert (address, device) == ("127.0.0.1", "abc")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"outcome": "stolen"}, 422, "invalid_request"),
        ({"store_id": "12"}, 404, "unknown_store"),
        ({"store_id": "s99"}, 404, "unknown_store"),
        ({"gtin": "037000185063"}, 422, "invalid_gtin"),
        ({"product_id": "00037000185062"}, 422, "invalid_request"),
        ({"gtin": "4006381333931"}, 404, "unknown_product"),
        ({"lat": 37.77}, 422, "invalid_request"),
        ({"device": "x" * 65}, 422, "invalid_request"),
    ],
)
def test_what_is_refused(client: Client, world: World, change: dict[str, object], status: int, code: str) -> None:
    world.index.stocked = frozenset([TIDE.id])
    problem_of(client.post("/v1/reports", json=GOOD | change), status, code)
    assert world.reports.kept == []


def test_too_many_reports(client: Client, world: World) -> None:
    world.index.stocked = frozenset([TIDE.id])
    world.reports.is_full = True
    response = client.post("/v1/reports", json=GOOD)
    problem_of(response, 429, "rate_limited")
    assert response.headers["retry-after"] == "77"


def test_a_report_needs_json(client: Client) -> None:
    problem_of(client.post("/v1/reports", content=b"store_id=s3"), 415, "unsupported_media_type")


def test_quality_tells_outcomes(client: Client, world: World) -> None:
    counts = {Outcome.FOUND: 7, Outcome.NOT_FOUND: 2, Outcome.WRONG_PRICE: 1}
    world.quality.outcomes = Outcomes(counts, 0.8, 0.91234567)
    response = client.get("/v1/retailers/acme/quality")
    outcomes = QualityOut.model_validate_json(response.content).outcomes
    assert outcomes is not None
    assert outcomes.model_dump() == {
        "window_days": 30, "reports": 10, "found": 7, "not_found": 2, "wrong_price": 1,
        "hit_rate": 0.8, "stated_confidence": 0.912346,
    }  # fmt: skip
