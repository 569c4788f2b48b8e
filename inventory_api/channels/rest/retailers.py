"""``/v1/retailers/{id}/quality``: how well a retailer's feeds keep its promise."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from inventory_api.channels.ports import Ports
from inventory_api.channels.reading import instant
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.auth import Holder
from inventory_api.channels.rest.openapi import answer, problems
from inventory_api.channels.rest.query import NoParams, query
from inventory_api.channels.rest.render import json_response
from inventory_api.channels.rest.schema import QualityOut
from inventory_api.channels.runs import run_path
from inventory_api.domain.errors import UnknownRetailer
from inventory_api.domain.quality import Quality, StoreAge
from inventory_api.domain.trust import WINDOW, Outcomes

router = APIRouter(tags=["feeds"])


@router.get(
    "/v1/retailers/{retailer_id}/quality",
    operation_id="getRetailerQuality",
    summary="Say how well a retailer's feeds keep its promise",
    description="Of the key's own retailer. Rates are of the last 50 runs. `outcomes` is what shoppers reported in 30 "
    "days, null where nobody did.",
    response_model=QualityOut,
    responses=problems("unauthorized", "forbidden", "not_found") | {200: answer(examples.QUALITY, "The summary.")},
    dependencies=[Depends(query(NoParams))],
)
def get_quality(ports: Ports, holder: Holder, retailer_id: str) -> Response:
    """The summary of the key's retailer."""
    if retailer_id != holder.retailer_id:
        raise UnknownRetailer(repr(retailer_id[:64]))
    now = dt.datetime.now(dt.UTC)
    return json_response(_json(ports.quality.assess(retailer_id, now), now), headers={"Cache-Control": "private"})


def _json(quality: Quality, now: dt.datetime) -> dict[str, Any]:
    return {
        "retailer": quality.retailer.id,
        "as_of": instant(now),
        "freshness": {
            "promise_s": quality.retailer.freshness.expires_s,
            "kept": _rounded(quality.kept),
            "median_age_s": quality.median_age_s,
            "oldest_age_s": quality.oldest_age_s,
        },
        "stores": {
            "total": quality.stores,
            **{label.value: count for label, count in quality.freshness.items()},
            "never_in_a_full_feed": quality.never,
            "never_stocked": quality.never_stocked_count,
            "imprecise": quality.imprecise,
        },
        "stale_stores": [_stale_json(each) for each in quality.stale],
        "never_stocked_stores": [
            {"id": store.public_id, "store_code": store.store_code} for store in quality.never_stocked
        ],
        "runs": {status.value: count for status, count in quality.runs.items()},
        "reject_rate": _rounded(quality.reject_rate),
        "notice_rates": {code: _rounded(rate) for code, rate in quality.notice_rates.items()},
        "last_runs": [
            {
                "id": run.id,
                "kind": run.kind.value,
                "mode": run.mode.value,
                "status": run.status.value,
                "received_at": instant(run.received_at),
                "as_of": instant(run.as_of),
                "links": {"self": run_path(run)},
            }
            for run in quality.last
        ],
        "outcomes": None if quality.outcomes is None else _outcomes_json(quality.outcomes),
    }


def _outcomes_json(outcomes: Outcomes) -> dict[str, Any]:
    return {
        "window_days": WINDOW.days,
        "reports": sum(outcomes.counts.values()),
        **{outcome.value: count for outcome, count in outcomes.counts.items()},
        "hit_rate": _rounded(outcomes.kept),
        "stated_confidence": _rounded(outcomes.stated),
    }


def _stale_json(each: StoreAge) -> dict[str, Any]:
    return {"id": each.store.public_id, "store_code": each.store.store_code, "age_s": each.age_s}


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 6)
