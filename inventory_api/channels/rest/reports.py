"""``POST /v1/reports``: whether a shopper found what we had said."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from inventory_api.channels.ports import Ports
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.availability import find_product, name_given, store_number
from inventory_api.channels.rest.body import read_json
from inventory_api.channels.rest.openapi import answer, body_of, problems
from inventory_api.channels.rest.parameters import Sku, Word
from inventory_api.channels.rest.query import NoParams, QueryModel, query
from inventory_api.channels.rest.render import json_response
from inventory_api.channels.rest.schema import ReportOut
from inventory_api.domain.availability import STATUSES, UNKNOWN
from inventory_api.domain.errors import UnknownProduct
from inventory_api.domain.identifiers import format_product_id
from inventory_api.domain.stock import NO_QUANTITY
from inventory_api.domain.trust import Outcome, Report, cell_of_one, is_kept
from inventory_api.lookup.availability import Availability, Hit, Question

router = APIRouter(tags=["availability"])

_LEAST = {"0": 0, "1-2": 1, "3-9": 3, "10+": 10, "unknown": NO_QUANTITY}
"""Cells are no finer than what a retailer discloses."""


class ReportIn(QueryModel):
    """How a visit to a store ended. Where the shopper is does not belong here."""

    store_id: Word = Field(description="The store that was visited.")
    gtin: Word | None = Field(None, description="Any spelling of the product's GTIN.")
    product_id: Word | None = Field(None, description="The product's id, instead of `gtin`.")
    sku: Sku | None = Field(None, description="The retailer's own article number, instead of `gtin`.")
    outcome: Outcome
    device: Word | None = Field(
        None, description="A random token that tells apart who shares an address; only a keyed hash of it is kept."
    )


@router.post(
    "/v1/reports",
    operation_id="createReport",
    summary="Say whether a product was found at a store",
    description="Anonymous. Of one reporter, product, store and day the last report counts, and many reports of one "
    "reporter count little. They change no stock: they calibrate `confidence`, within minutes. Neither a position nor "
    "an address is kept.",
    status_code=202,
    response_model=ReportOut,
    responses=problems(
        "invalid_gtin", "unknown_store", "unknown_product", "unsupported_media_type", "rate_limited",
        "index_unavailable",
    )
    | {202: answer(examples.REPORTED, "The report was taken.")},
    openapi_extra={"requestBody": body_of(ReportIn)},
    dependencies=[Depends(query(NoParams))],
)  # fmt: skip
async def create_report(
    request: Request, ports: Ports, body: Annotated[ReportIn, Depends(read_json(ReportIn))]
) -> Response:
    """Weigh what was said against what was found."""
    number = store_number(body.store_id, "/store_id")
    store = ports.directory.get(number)
    product_id = await find_product(ports, body, store.retailer_id)
    now = dt.datetime.now(dt.UTC)
    question = Question(product_id=product_id, store_ids=(number,), statuses=None)
    try:
        said = await Availability(ports.index, ports.directory).ask(question, now)
    except UnknownProduct as error:
        error.parameter = name_given(body)
        raise
    report = _report(said.hits[0], product_id, body.outcome, now)
    address = "" if request.client is None else request.client.host
    await run_in_threadpool(lambda: ports.reports.put(report, address=address, device=body.device))
    told = {"store_id": store.public_id, "product_id": format_product_id(product_id), "outcome": body.outcome.value}
    return json_response(told, 202)


def _report(hit: Hit, product_id: int, outcome: Outcome, now: dt.datetime) -> Report:
    status = STATUSES.index(hit.availability)
    cell = None
    if status != UNKNOWN:
        cell = cell_of_one(status, hit.age_s or 0, _LEAST[hit.quantity_bucket])
    return Report(
        retailer_id=hit.store.retailer_id,
        store_id=hit.store.id,
        product_id=product_id,
        outcome=outcome,
        cell=cell,
        kept=cell is not None and is_kept(status, outcome),
        stated=hit.confidence,
        reported_at=now,
    )
