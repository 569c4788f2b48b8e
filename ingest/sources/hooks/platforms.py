"""What each platform's message says of stock, as absolute events; whatever else it says is passed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, TypeVar
from urllib.parse import parse_qs

import msgspec
from msgspec import Meta, Struct

from inventory_api.domain.event import StockEvent
from inventory_api.domain.ports import HookDelivery
from inventory_api.domain.source import Protocol

MAX_AHEAD = dt.timedelta(minutes=10)
"""How far a sender's clock may be ahead: a later time would outrank every event to come."""

Aware = Annotated[dt.datetime, Meta(tz=True)]
Position = Annotated[int, Meta(ge=0, le=2**63 - 1)]
# PostgreSQL takes no NUL, and an id of a kilobyte is none.
Word = Annotated[str, Meta(max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]
Code = Annotated[str, Meta(max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Decimals = Annotated[str, Meta(pattern=r"^-?[0-9]{1,10}(\.[0-9]{1,10})?$")]
_T = TypeVar("_T")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Unusable:
    """A part of a message that nothing can be done with; ``code`` is a notice code."""

    code: str
    message: str


Read = Iterator[StockEvent | Unusable]
Reader = Callable[[HookDelivery, dt.datetime], Read]


def read_events(protocol: Protocol, delivery: HookDelivery, now: dt.datetime) -> list[StockEvent | Unusable]:
    """Read a verified message; an empty list where it says nothing of stock."""
    try:
        return list(_READERS[protocol](delivery, now))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return [Unusable("event_unreadable", str(error)[:200])]


class _ShopifyLevel(Struct):
    inventory_item_id: int
    location_id: int
    available: int | None
    updated_at: Aware


def _shopify(delivery: HookDelivery, now: dt.datetime) -> Read:
    """``inventory_levels/update``; ``available`` is null where nobody counts."""
    if delivery.headers.get("x-shopify-topic", "").lower() != "inventory_levels/update":
        return
    level = msgspec.json.decode(delivery.body, type=_ShopifyLevel)
    yield StockEvent(
        location=str(level.location_id),
        item=str(level.inventory_item_id),
        position=_micros(level.updated_at, now) + _within_second(delivery.headers, level.updated_at),
        observed_at=level.updated_at.astimezone(dt.UTC),
        quantity=level.available,
    )


def _within_second(headers: Mapping[str, str], updated_at: dt.datetime) -> int:
    """Microseconds by which events of one second are told apart.

    ``updated_at`` has whole seconds. The header is not signed, so it may order within the second and no further.
    """
    try:
        triggered_at = msgspec.convert(headers.get("x-shopify-triggered-at"), Aware, strict=False)
    except msgspec.ValidationError:
        return 0
    return min(max((triggered_at - updated_at) // _MICROSECOND, 0), 999_999)


class _SquareCount(Struct):
    catalog_object_id: Word
    state: str
    calculated_at: Aware
    quantity: Decimals = "0"
    location_id: Word | None = None


class _SquareCounts(Struct):
    inventory_counts: list[msgspec.Raw]


class _SquareData(Struct):
    object: _SquareCounts


class _SquareEvent(Struct):
    data: _SquareData


class _Typed(Struct):
    type: str = ""


def _square(delivery: HookDelivery, now: dt.datetime) -> Read:
    """``inventory.count.updated``; of the states only ``IN_STOCK`` is stock."""
    if msgspec.json.decode(delivery.body, type=_Typed).type != "inventory.count.updated":
        return
    for raw in msgspec.json.decode(delivery.body, type=_SquareEvent).data.object.inventory_counts:
        count = _part(raw, _SquareCount)
        if isinstance(count, Unusable):
            yield count
        elif count.state == "IN_STOCK" and count.location_id is not None:
            yield StockEvent(
                location=count.location_id,
                item=count.catalog_object_id,
                position=_micros(count.calculated_at, now),
                observed_at=count.calculated_at.astimezone(dt.UTC),
                quantity=_units(count.quantity),
            )


class _LightspeedLevel(Struct):
    outlet_id: Word
    product_id: Word
    count: Decimals | Annotated[int, Meta(ge=-(10**9), le=10**9)]
    version: Position


def _lightspeed(delivery: HookDelivery, now: dt.datetime) -> Read:
    """``inventory.update`` of the X-Series: a form whose ``payload`` is JSON. It tells an order, but no time."""
    form = parse_qs(delivery.body.decode(), max_num_fields=100)
    if form.get("type", ["inventory.update"]) != ["inventory.update"]:
        return
    level = msgspec.json.decode(form.get("payload", [""])[0], type=_LightspeedLevel)
    yield StockEvent(
        location=level.outlet_id,
        item=level.product_id,
        position=level.version,
        observed_at=now,
        quantity=_units(str(level.count)),
    )


class _Change(Struct):
    store_code: Code
    op: str = "upsert"
    id: Word | None = None
    gtin: Word | None = None
    quantity: Annotated[int, Meta(ge=-(10**9), le=10**9)] | None = None
    availability: Word | None = None
    price: Word | None = None
    as_of: Aware | None = None
    seq: Position | None = None


class _Envelope(Struct):
    data: msgspec.Raw = msgspec.Raw(b"")
    items: list[msgspec.Raw] | None = None


def _generic(delivery: HookDelivery, now: dt.datetime) -> Read:
    """Our delta shape: one change, ``{"items": [...]}``, or either as the ``data`` of a Standard Webhook."""
    sent_at = _EPOCH + dt.timedelta(seconds=int(float(delivery.headers["webhook-timestamp"])))
    body = msgspec.Raw(delivery.body)
    envelope = msgspec.json.decode(body, type=_Envelope)
    if bytes(envelope.data):
        body = envelope.data
        envelope = msgspec.json.decode(body, type=_Envelope)
    for raw in [body] if envelope.items is None else envelope.items:
        change = _part(raw, _Change)
        yield change if isinstance(change, Unusable) else _stated(change, sent_at, now)


def _stated(change: _Change, sent_at: dt.datetime, now: dt.datetime) -> StockEvent | Unusable:
    item = change.id or change.gtin
    if item is None:
        return Unusable("id_missing", f"a change at {change.store_code} has neither id nor gtin")
    if change.op == "adjust":
        return Unusable("event_relative", f"{item} at {change.store_code} is adjusted, not counted")
    is_gone = change.op == "delete"
    if not is_gone and change.quantity is None and change.availability is None:
        return Unusable("quantity_missing", f"{item} at {change.store_code}")
    at = change.as_of or sent_at
    return StockEvent(
        location=change.store_code,
        item=item,
        position=_micros(at, now) if change.seq is None else change.seq,
        observed_at=at.astimezone(dt.UTC),
        quantity=0 if is_gone else change.quantity,
        availability=None if is_gone else change.availability,
        price=None if is_gone else change.price,
        gtin=change.gtin,
        is_named=True,
    )


_READERS: Mapping[Protocol, Reader] = {
    Protocol.SHOPIFY: _shopify,
    Protocol.SQUARE: _square,
    Protocol.LIGHTSPEED: _lightspeed,
    Protocol.GENERIC: _generic,
}


def _part(raw: msgspec.Raw, kind: type[_T]) -> _T | Unusable:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, ValueError) as error:
        return Unusable("event_unreadable", str(error)[:200])


def _micros(instant: dt.datetime, now: dt.datetime) -> int:
    return (min(instant, now + MAX_AHEAD) - _EPOCH) // _MICROSECOND


def _units(text: str) -> int:
    """Whole units: half a kilo is none."""
    return int(Decimal(text))
