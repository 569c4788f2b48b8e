"""Query strings, read strictly and in one way for every route, with errors that say how to mend them.

FastAPI's own reading takes an unknown parameter for nothing and the last of two values for the value;
``parse_query`` refuses both. Routes outside FastAPI use it too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from inventory_api.domain.errors import InvalidInput

MAX_PARAMETERS = 200

_ENCODED = re.compile(r"[%+\x00-\x1f\x7f]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PAGING = (b"cursor=", b"limit=")


class QueryModel(BaseModel):
    """Base of the parameters of an endpoint.

    ``aliases`` maps other spellings to ours; ``repeatable`` parameters take several values, repeated or
    joined by commas.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    aliases: ClassVar[Mapping[str, str]] = {}
    repeatable: ClassVar[frozenset[str]] = frozenset()

    query_string: ClassVar[bytes] = b""
    """The raw query string that an instance was read from."""

    spelled: ClassVar[Mapping[str, str]] = {}
    """How the caller spelled our parameters, where differently: errors speak the caller's words."""


class NoParams(QueryModel):
    """Of an endpoint that takes none: any is unknown."""


Model = TypeVar("Model", bound=QueryModel)


def parse_query(model: type[Model], query_string: bytes) -> Model:
    """Read a raw query string as this model.

    Raises:
        InvalidInput: It is no query string at all.
        RequestValidationError: Unknown, repeated or malformed parameters; lists every one.
        InventoryError: What the model's own types raise, ``InvalidCoordinates`` for one.
    """
    pairs = _pairs(query_string)
    given: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    mistakes = []
    for name, text in pairs:
        field = model.aliases.get(name, name)
        if field is not name:
            spelled[field] = name
        if field not in model.model_fields:
            mistakes.append(_mistake(name, unknown_name(name, [*model.model_fields, *model.aliases])))
        elif _CONTROL.search(text):
            mistakes.append(_mistake(name, "has a control character"))
        elif field in model.repeatable:
            given.setdefault(field, []).extend(text.split(","))
        elif field in given:
            mistakes.append(_mistake(name, "is given more than once"))
        else:
            given[field] = text
    if mistakes:
        raise RequestValidationError(mistakes)
    try:
        params = model.model_validate(given)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError([_at(each, spelled) for each in details]) from None
    except InvalidInput as error:
        error.parameter = spelled.get(error.parameter or "", error.parameter)
        raise
    # Past the model: pydantic prepares private attributes anew for every instance.
    params.__dict__["query_string"] = query_string
    if spelled:
        params.__dict__["spelled"] = spelled
    return params


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    """Split a query string; most hold nothing to decode, and the library is ten times slower on those."""
    try:
        text = query_string.decode()
        if text and not _ENCODED.search(text) and text.count("&") < MAX_PARAMETERS:
            return [(name, value) for name, _, value in [part.partition("=") for part in text.split("&")] if name]
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS, errors="strict")
    except ValueError as error:
        raise InvalidInput(f"the query string is not UTF-8, or has over {MAX_PARAMETERS} parameters") from error


def query(model: type[Model]) -> Callable[[Request], Coroutine[Any, Any, Model]]:
    """A FastAPI dependency that reads the request's query string as this model."""

    async def read(request: Request) -> Model:
        return parse_query(model, request.scope["query_string"])

    return read


def asked_of(endpoint: str, params: QueryModel) -> bytes:
    """What makes two requests the same query, for a cursor: everything asked, in any order, but the page."""
    pairs = params.query_string.split(b"&")
    return endpoint.encode() + b"?" + b"&".join(sorted(pair for pair in pairs if not pair.startswith(_PAGING)))


_MEANT = {
    "gtin": "upc ean isbn barcode code product",
    "near": "ll latlng latlon location coordinates position around",
    "place": "city town address postcode zipcode zip_code",
    "radius": "distance range within max_distance",
    "limit": "count per_page page_size size max_results",
    "cursor": "page offset after start next",
    "retailer": "chain merchant seller brand",
    "store_id": "store stores storeid store_code",
    "q": "query search text term name",
}
"""What other APIs call it: by our name, since no spelling brings the two together."""

_OURS = {theirs: ours for ours, all_theirs in _MEANT.items() for theirs in all_theirs.split()}


def unknown_name(name: str, known: Sequence[str]) -> str:
    """What to say of a name that is none of these: which one is meant, where that can be guessed."""
    if name in ("q", *_MEANT["q"].split()) and "q" not in known and "gtin" in known:
        return "is unknown here; name the product by its gtin: /v1/products?q= finds that by words"
    ours = _OURS.get(name.lower())
    near = [ours] if ours in known else get_close_matches(name, known, n=1)
    if near:
        return f"is unknown here; did you mean {near[0]}?"
    return f"is unknown here; known: {', '.join(known)}" if known else "is unknown; this endpoint takes no parameters"


def _at(error: ErrorDetails, spelled: Mapping[str, str]) -> dict[str, Any]:
    field, *rest = error["loc"] or ("",)
    return {**error, "loc": ("query", spelled.get(str(field), field), *rest)}


def _mistake(name: str, message: str) -> dict[str, Any]:
    return {"type": "parameter", "loc": ("query", name[:100]), "msg": message}
