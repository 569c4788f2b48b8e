"""JSON of what several endpoints show, in the words of the contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from inventory_api.channels.rest.origin import Origin
from inventory_api.domain.hours import Opening
from inventory_api.domain.identifiers import format_product_id, is_gtin
from inventory_api.domain.product import Product
from inventory_api.domain.store import Store

NO_STORE = {"Cache-Control": "no-store"}

encode: Callable[[object], bytes] = msgspec.json.Encoder().encode
"""JSON of plain values and structs. NaN and infinity become null."""


def json_response(content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer that nobody keeps: to a write, or of a retailer's own things."""
    return Response(encode(content), status, {**NO_STORE, **(headers or {})}, "application/json")


def store_json(store: Store, opening: Opening | None) -> dict[str, Any]:
    """The ``store`` object. ``open_now`` is null where the hours are not known.

    Args:
        store: The store.
        opening: Its state now.
    """
    return {
        "id": store.public_id,
        "retailer": store.retailer_id,
        "store_code": store.store_code,
        "name": store.name,
        "phone": store.phone,
        "address": {
            "street": store.street,
            "city": store.city,
            "region": store.region,
            "postal_code": store.postal_code,
            "country": store.country,
        },
        "lat": store.latitude,
        "lon": store.longitude,
        "precision": store.precision,
        "timezone": store.timezone,
        "open_now": None if opening is None else opening.is_open,
        "opens_at": None if opening is None else _local(opening.opens_at),
        "closes_at": None if opening is None else _local(opening.closes_at),
        "services": list(store.services),
    }


def _local(at: dt.datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def feature_json(store: Store, properties: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of a store as a GeoJSON ``Feature`` (RFC 7946); without coordinates it has no geometry."""
    here = None if store.latitude is None else {"type": "Point", "coordinates": [store.longitude, store.latitude]}
    return {"type": "Feature", "id": store.public_id, "geometry": here, "properties": properties}


def product_json(product_id: int, card: Mapping[str, Any] | None) -> dict[str, Any]:
    """The ``product`` object; without a card it is bare. ``gtin`` is null for a number of our own."""
    card = card or {}
    printed = format_product_id(product_id)
    return {
        "id": printed,
        "gtin": printed if is_gtin(product_id) else None,
        "title": card.get("title"),
        "brand": card.get("brand"),
        "image_url": card.get("image_url"),
    }


def card_of(product: Product) -> dict[str, Any]:
    """What ``product_json`` shows of a product beside its id."""
    return {"title": product.title, "brand": product.brand, "image_url": product.image_url}


def origin_json(origin: Origin) -> dict[str, Any]:
    """The origin as the answer echoes it."""
    echo: dict[str, Any] = {"lat": origin.latitude, "lon": origin.longitude, "precision": origin.precision}
    return echo if origin.label is None else echo | {"label": origin.label}


def radius_json(radius_m: float) -> int | float:
    """The effective radius; an integer wherever it is one."""
    return int(radius_m) if radius_m.is_integer() else round(radius_m, 3)
