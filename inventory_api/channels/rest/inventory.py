"""``PATCH /v1/inventory``: single stock changes, visible at once, a result for each."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request
from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from inventory_api.channels.ports import Ports
from inventory_api.channels.rest import examples
from inventory_api.channels.rest.auth import Holder
from inventory_api.channels.rest.body import json_bytes
from inventory_api.channels.rest.openapi import answer, problems
from inventory_api.channels.rest.query import NoParams, query, unknown_name
from inventory_api.channels.rest.render import json_response
from inventory_api.channels.rest.schema import ChangesOut
from inventory_api.domain.errors import BatchTooLarge, InvalidInput
from inventory_api.domain.ports import ChangeResult, StockChange

MAX_ITEMS = 2_000
REJECTED = "rejected"

router = APIRouter(tags=["feeds"])

_PRINTED = r"^[^\x00-\x1f\x7f]+$"
Code = Annotated[str, Meta(max_length=64, pattern=_PRINTED)]
Text = Annotated[str, Meta(max_length=256, pattern=_PRINTED)]
Quantity = Annotated[int, Meta(ge=-(10**9), le=10**9)]
Aware = Annotated[dt.datetime, Meta(tz=True)]


class Item(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One change. Needs ``id`` or ``gtin``, and ``quantity`` or ``availability``."""

    store_code: Code
    id: Text | None = None
    gtin: Text | None = None
    quantity: Quantity | None = None
    availability: Text | None = None
    price: Text | None = None
    observed_at: Aware | None = None


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    # Items stay raw at first, so that a malformed one costs only itself.
    items: list[msgspec.Raw]


_documents = msgspec.json.Decoder(_Document)
_items = msgspec.json.Decoder(Item)
_AT = re.compile(r" - at `\$\.?(.*)`$")
_NAMED = re.compile(r"Object (missing required|contains unknown) field `(.*)`", re.DOTALL)
_BOUND = re.compile(r"Expected `\w+` (of length )?([<>]=) (-?\d+)")
_TYPES = re.compile(r"Expected `(\w+)(?: \| null)?`, got `(\w+)`")
_CALLED = {
    "str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
    "object": "an object", "null": "null", "datetime": "text",
}  # fmt: skip
_SCHEMA = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "maxItems": MAX_ITEMS,
            "items": msgspec.json.schema(Item)["$defs"]["Item"],
        }
    },
    "required": ["items"],
    "additionalProperties": False,
}


@router.patch(
    "/v1/inventory",
    operation_id="changeInventory",
    summary="Change stock at once",
    description="Up to 2,000 changes. Answers 200 with a result for each, in the order sent; they are kept by then.",
    response_model=ChangesOut,
    responses=problems("unauthorized", "forbidden", "batch_too_large", "payload_too_large", "unsupported_media_type")
    | {200: answer(examples.PATCHED, "A result for each item; `pending` is true while they are not yet visible.")},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _SCHEMA, "example": examples.PATCH}},
        }
    },
    dependencies=[Depends(query(NoParams))],
)
async def change_inventory(request: Request, ports: Ports, holder: Holder) -> Response:
    """Apply changes of the key's retailer."""
    raws = await _read_items(request)
    results: list[dict[str, Any] | None] = []
    changes: list[StockChange] = []
    for position, raw in enumerate(raws):
        change = parse_item(raw)
        if isinstance(change, StockChange):
            changes.append(change)
            results.append(None)
        else:
            results.append(_result(position, change))
    pending = False
    if changes:
        outcome = await run_in_threadpool(ports.stock.apply, holder.retailer_id, changes)
        pending = outcome.pending
        places = [position for position, result in enumerate(results) if result is None]
        for position, applied in zip(places, outcome.results, strict=True):
            results[position] = _result(position, applied)
    return json_response({"items": results, "pending": True} if pending else {"items": results})


def parse_item(raw: msgspec.Raw) -> StockChange | ChangeResult:
    """Read one item: a change, or the result that says why it is none."""
    try:
        item = _items.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return _rejected(*_read_apart(error))
    # As in a feed's cells, outer blanks are nobody's meaning.
    store_code, sku, gtin = item.store_code.strip(), _trimmed(item.id), _trimmed(item.gtin)
    if not store_code:
        return _rejected("is blank", "store_code")
    if sku is None and gtin is None:
        return _rejected("needs id or gtin")
    if item.quantity is None and item.availability is None:
        return _rejected("needs quantity or availability")
    try:
        observed_at = None if item.observed_at is None else item.observed_at.astimezone(dt.UTC)
    except OverflowError:
        return _rejected("there is no such instant", "observed_at")
    return StockChange(
        store_code=store_code,
        id=sku,
        gtin=gtin,
        quantity=item.quantity,
        availability=item.availability,
        price=item.price,
        observed_at=observed_at,
    )


def _read_apart(error: Exception) -> tuple[str, str | None]:
    """What is wrong, in our words, and in which field where it is in one."""
    message = str(error)
    named = _NAMED.fullmatch(message)
    if named is not None:
        kind, name = named.groups()
        what = "is missing" if kind == "missing required" else unknown_name(name, Item.__struct_fields__)
        return what, name.replace("~", "~0").replace("/", "~1")
    at = _AT.search(message)
    return _worded(_AT.sub("", message)), at[1] if at else None


def _worded(message: str) -> str:
    if "matching regex" in message:
        return "is empty or has a control character"
    if "timezone" in message or "RFC3339" in message:
        return "write an RFC 3339 instant with its offset, for example 2026-10-30T17:00:00Z"
    bound = _BOUND.fullmatch(message)
    if bound is not None:
        length, sign, number = bound.groups()
        return f"{'at most' if sign == '<=' else 'at least'} {number}{' characters' if length else ''}"
    types = _TYPES.fullmatch(message)
    if types is None:
        return message
    wanted, found = (_CALLED.get(name, name) for name in types.groups())
    return f"send {wanted}, not {found}"


async def _read_items(request: Request) -> list[msgspec.Raw]:
    try:
        items = _documents.decode(await json_bytes(request)).items
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        what, where = _read_apart(error)
        raise InvalidInput(f'send {{"items": [...]}}: {what}', parameter=where and f"/{where}") from None
    if len(items) > MAX_ITEMS:
        raise BatchTooLarge(
            f"{len(items):,} items, at most {MAX_ITEMS:,} a call; a feed takes any number", parameter="/items"
        )
    return items


def _trimmed(text: str | None) -> str | None:
    return (text.strip() or None) if text is not None else None


def _rejected(message: str, field: str | None = None) -> ChangeResult:
    return ChangeResult(REJECTED, code="invalid_request", field=field, message=message)


def _result(position: int, result: ChangeResult) -> dict[str, Any]:
    pointer = f"/items/{position}" if result.field is None else f"/items/{position}/{result.field}"
    shown = {"status": result.status, "code": result.code, "pointer": pointer}
    return shown if result.message is None else shown | {"message": result.message}
