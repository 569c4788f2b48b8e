"""Bodies that are JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar, get_args

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from inventory_api.channels.rest.query import NoParams, QueryModel, parse_query, unknown_name
from inventory_api.channels.upload import check_digest, expected_digest, media_type
from inventory_api.domain.errors import InvalidInput, UnsupportedMediaType

Model = TypeVar("Model", bound=QueryModel)

MAX_MISTAKES = 50
"""Told of one body, which may hold a hundred thousand."""

_CALLED: Mapping[type, str] = {list: "a list", str: "text"}


async def json_bytes(request: Request) -> bytes:
    """The body of a request that sends JSON, still as text.

    Raises:
        UnsupportedMediaType: It is not said to be JSON, or it is packed.
        InvalidInput: It is not the one that its digest promises.
    """
    kind = media_type(request)
    if kind != "application/json":
        raise UnsupportedMediaType(
            f"{kind or 'a body without Content-Type'} is not read here; send Content-Type: application/json",
            parameter="Content-Type",
        )
    packed = request.headers.get("Content-Encoding", "identity")
    if packed != "identity":
        raise UnsupportedMediaType(
            f"{packed[:40]} is not unpacked here; send JSON as it is", parameter="Content-Encoding"
        )
    expected = expected_digest(request)
    body = await request.body()
    if expected is not None:
        check_digest(expected, hashlib.sha256(body).digest())
    return body


async def json_of(request: Request, model: type[Model]) -> Model:
    """A JSON body as this model, and nothing in the query; other spellings of its fields are taken too.

    Problems, found here or later, speak of the fields as they were spelled.

    Raises:
        UnsupportedMediaType, InvalidInput: As ``json_bytes``, or it is no JSON object.
        RequestValidationError: It does not fit the model, or there is a query; lists the mistakes.
    """
    parse_query(NoParams, request.scope["query_string"])
    try:
        document = orjson.loads(await json_bytes(request))
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the body is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidInput(f"send a JSON object, not {_CALLED.get(type(document), 'a bare value')}")
    spelled: dict[str, str] = {}
    for name in document:
        field = model.aliases.get(name, name)
        if field in spelled:
            raise InvalidInput(f"{spelled[field]} and {name} say the same: send one", parameter=f"/{name}")
        spelled[field] = name
    names = {name: name for name in (*model.model_fields, *model.aliases)} | spelled
    request.state.pointers = {name: f"/{sent}" for name, sent in names.items()}
    try:
        body = model.model_validate({field: document[name] for field, name in spelled.items()})
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError([_at(each, model, spelled) for each in details[:MAX_MISTAKES]]) from None
    # Past the model, which is frozen.
    body.__dict__["spelled"] = spelled
    return body


def read_json(model: type[Model]) -> Callable[[Request], Coroutine[Any, Any, Model]]:
    """A FastAPI dependency that reads the body as ``json_of`` does."""

    async def read(request: Request) -> Model:
        return await json_of(request, model)

    return read


def _at(error: Mapping[str, Any], model: type[QueryModel], spelled: Mapping[str, str]) -> dict[str, Any]:
    field, *rest = error["loc"]
    said = {**error, "loc": ("body", spelled.get(field, field), *rest)}
    if error["type"] == "extra_forbidden":
        known = _item_of(model, field).model_fields if rest else {**model.model_fields, **model.aliases}
        said |= {"type": "parameter", "msg": unknown_name(str([field, *rest][-1]), [*known])}
    return said


def _item_of(model: type[BaseModel], field: str) -> type[BaseModel]:
    """The model of the items of a list: ``ItemIn`` of ``list[ItemIn] | None``."""
    annotations = [model.model_fields[field].annotation]
    for annotation in annotations:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return annotation
        annotations.extend(get_args(annotation))
    raise TypeError(f"{field} holds no items")
