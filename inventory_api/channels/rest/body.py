"""Bodies that are JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.requests import Request

from inventory_api.channels.rest.query import QueryModel
from inventory_api.channels.upload import check_digest, expected_digest, media_type
from inventory_api.domain.errors import InvalidInput, UnsupportedMediaType

Model = TypeVar("Model", bound=QueryModel)

_CALLED: Mapping[type, str] = {list: "a list", str: "text"}


async def json_of(request: Request, model: type[Model]) -> Model:
    """A JSON body as this model; other spellings of its fields are taken too.

    Raises:
        UnsupportedMediaType: It is not said to be JSON.
        InvalidInput: It is no JSON object, or not the one that its digest promises.
        RequestValidationError: It does not fit the model; lists every mistake.
    """
    kind = media_type(request)
    if kind != "application/json":
        raise UnsupportedMediaType(
            f"{kind or 'a body without Content-Type'} is not read here; send Content-Type: application/json",
            parameter="Content-Type",
        )
    expected = expected_digest(request)
    body = await request.body()
    if expected is not None:
        check_digest(expected, hashlib.sha256(body).digest())
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the body is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidInput(f"send a JSON object, not {_CALLED.get(type(document), 'a bare value')}")
    document = {model.aliases.get(name, name): value for name, value in document.items()}
    try:
        return model.model_validate(document)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in details]) from None


def read_json(model: type[Model]) -> Callable[[Request], Coroutine[Any, Any, Model]]:
    """A FastAPI dependency that reads the body as ``json_of`` does."""

    async def read(request: Request) -> Model:
        return await json_of(request, model)

    return read
