"""``/v1/watches``: to be told once when a product is back near a place."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from inventory_api.channels.ports import AppPorts, Ports
from inventory_api.channels.reading import instant
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.auth import AnyHolder
from inventory_api.channels.rest.availability import find_product, name_given
from inventory_api.channels.rest.body import read_json
from inventory_api.channels.rest.openapi import answer, body_of, problems
from inventory_api.channels.rest.origin import OriginParams, resolve_origin, resolve_radius_m
from inventory_api.channels.rest.parameters import Sku, Word
from inventory_api.channels.rest.query import NoParams, query
from inventory_api.channels.rest.render import card_of, json_response, product_json, radius_json
from inventory_api.channels.rest.schema import WatchOut
from inventory_api.channels.rest.webhooks import delivery_json
from inventory_api.domain.errors import Forbidden, InvalidInput, UnknownProduct, UnknownWatch
from inventory_api.domain.place import EXACT
from inventory_api.domain.ports import WatchWish
from inventory_api.domain.watch import Watch
from inventory_api.domain.webhook import Delivery

router = APIRouter(tags=["watches"])

_PATH = "/v1/watches/{watch_id}"
_ID = re.compile(r"watch_[A-Za-z0-9_-]{22}", re.ASCII)
_KEYED = ("unauthorized", "not_found")


class WatchIn(OriginParams):
    """What to wait for, where, and whom to tell."""

    gtin: Word | None = Field(None, description="Any spelling of the product's GTIN.")
    product_id: Word | None = Field(None, description="The product's id, instead of `gtin`.")
    retailer: Word | None = Field(None, description="Whose `sku` is meant.")
    sku: Sku | None = Field(None, description="A retailer's own article number, instead of `gtin`.")
    webhook: str | None = Field(
        None, min_length=1, max_length=2000, description="`https` URL that gets the event `watch.triggered`, signed."
    )
    sms: str | None = Field(
        None,
        min_length=1,
        max_length=20,
        description="Number in E.164 that gets one text, instead of `webhook`; needs a secret key, whose holder "
        "answers for the consent of the number's owner.",
        examples=["+14155550123"],
    )
    subscriber: Word | None = Field(
        None,
        description="Your own token for the shopper, beside `webhook`: five watches of each may be active. Only a "
        "keyed hash of it is kept. Where absent, `webhook` is one subscriber.",
    )
    locale: str = Field("en", pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=20, description="Of a text.")


@router.post(
    "/v1/watches",
    operation_id="createWatch",
    summary="Be told once when a product is back near a place",
    description="One alert, within seconds of the first store in the radius that newly says that it has the product; "
    "or none within 14 days. The position is kept to three decimals and until the watch has ended. Texts are sent from "
    "9:00 to 21:00 at the watched place: what is back at night is looked at again in the morning. Where a store has it "
    "already, the answer is 409 `already_available`. The same wish of the same subscriber takes the place of the one "
    "before.",
    status_code=201,
    response_model=WatchOut,
    responses=problems(
        "unauthorized", "forbidden", "invalid_gtin", "invalid_coordinates", "origin_required", "place_not_found",
        "ambiguous_place", "radius_too_large", "unknown_product", "already_available", "too_many_watches", "opted_out",
        "unsupported_media_type", "index_unavailable",
    )
    | {201: answer(examples.NEW_WATCH, "The watch; `secret` verifies its event and is shown here alone.")},
    openapi_extra={"requestBody": body_of(WatchIn)},
    dependencies=[Depends(query(NoParams))],
)  # fmt: skip
async def create_watch(
    ports: Ports, holder: AnyHolder, body: Annotated[WatchIn, Depends(read_json(WatchIn))]
) -> Response:
    """Begin to watch."""
    if (body.webhook is None) == (body.sms is None):
        raise InvalidInput("say whom to tell: either webhook or sms", parameter="/webhook")
    if body.sms is not None and not holder.secret:
        raise Forbidden("this is a publishable key; sms needs a secret one")
    if body.sms is not None and body.subscriber is not None:
        raise InvalidInput("the number is the subscriber", parameter="/subscriber")
    origin = await resolve_origin(body, ports.places)
    wish = WatchWish(
        product_id=await find_product(ports, body, body.retailer),
        latitude=origin.latitude,
        longitude=origin.longitude,
        radius_m=resolve_radius_m(body),
        label=None if origin.precision in EXACT else origin.label,
        locale=body.locale,
        phone=body.sms,
        url=body.webhook,
        owner=holder.retailer_id,
        subscriber=body.subscriber,
    )
    try:
        watch, secret = await ports.watches.create(wish)
    except UnknownProduct as error:
        error.parameter = name_given(body)
        raise
    shown = await run_in_threadpool(_json, ports, watch, None)
    headers = {"Location": _PATH.format(watch_id=watch.id)}
    return json_response(shown if secret is None else shown | {"secret": secret}, 201, headers)


@router.get(
    _PATH,
    operation_id="getWatch",
    summary="Get a watch, and how its event fares",
    description="For 30 days after it has ended. It tells nothing then of the shopper and the place.",
    response_model=WatchOut,
    responses=problems(*_KEYED) | {200: answer(examples.WATCH, "The watch.")},
    dependencies=[Depends(query(NoParams))],
)
def get_watch(ports: Ports, holder: AnyHolder, watch_id: str) -> Response:
    """One watch that was made with a key of this retailer."""
    watch, delivery = ports.watches.get(holder.retailer_id, _known(watch_id))
    return json_response(_json(ports, watch, delivery))


@router.delete(
    _PATH,
    operation_id="deleteWatch",
    summary="End a watch",
    status_code=204,
    response_class=Response,
    responses=problems(*_KEYED) | {204: {"description": "Gone, with its event if that was not delivered."}},
    dependencies=[Depends(query(NoParams))],
)
def delete_watch(ports: Ports, holder: AnyHolder, watch_id: str) -> Response:
    """End one watch."""
    ports.watches.delete(holder.retailer_id, _known(watch_id))
    return Response(status_code=204)


def _known(watch_id: str) -> str:
    if not _ID.fullmatch(watch_id):
        raise UnknownWatch(repr(watch_id[:64]))
    return watch_id


def _json(ports: AppPorts, watch: Watch, delivery: Delivery | None) -> dict[str, Any]:
    product = ports.products.get_many([watch.product_id]).get(watch.product_id)
    near = {"lat": watch.latitude, "lon": watch.longitude, "label": watch.label}
    return {
        "id": watch.id,
        "status": watch.status.value,
        "means": watch.means.value,
        "product": product_json(watch.product_id, None if product is None else card_of(product)),
        "near": None if watch.latitude is None else near,
        "radius_m": radius_json(watch.radius_m),
        "created_at": instant(watch.created_at),
        "expires_at": instant(watch.expires_at),
        "ended_at": None if watch.ended_at is None else instant(watch.ended_at),
        "store_id": None if watch.store_id is None else f"s{watch.store_id}",
        "delivery": None if delivery is None else delivery_json(delivery),
    }
