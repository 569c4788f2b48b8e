"""Every error as RFC 9457 ``application/problem+json``: one writer, over the table in ``codes``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from inventory_api.channels.codes import INTERNAL_ERROR, INVALID_REQUEST, KINDS, Kind
from inventory_api.domain import errors as e
from inventory_api.domain.place import Place

MEDIA_TYPE = "application/problem+json"
ERRORS_PATH = "/docs/errors"


@dataclass(slots=True)
class Problem:
    """One occurrence. ``errors`` names what is at fault, by ``parameter`` or JSON ``pointer``."""

    kind: Kind
    detail: str
    errors: Sequence[Mapping[str, Any]] = ()
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)


Dialect = Callable[[Scope, Problem, dict[str, str]], Response | None]
"""Says a problem in the shape of another protocol, given the headers that belong to it whatever its shape.

None: this request takes problem+json after all.
"""


class ProblemWriter:
    """Turns whatever was raised into a response. Echoes no query string: it may hold a position.

    Args:
        public_base_url: Begins the ``type`` of problems.
        dialects: By how paths begin, whoever does not speak RFC 9457 there; the longest beginning counts.
    """

    def __init__(self, public_base_url: str = "", dialects: Mapping[str, Dialect] | None = None) -> None:
        self._type_prefix = f"{public_base_url}{ERRORS_PATH}#"
        self._dialects = sorted((dialects or {}).items(), key=lambda item: -len(item[0]))

    async def handle(self, request: Request, exc: Exception) -> Response:
        """The exception handler of the app; leaves faults of ours to ``Manners``, which logs them."""
        problem = describe(exc, method=request.method)
        if problem.kind is INTERNAL_ERROR:
            raise exc
        return self.of_problem(request.scope, problem)

    def of_exception(self, scope: Scope, exc: Exception) -> Response:
        """Answer an exception."""
        return self.of_problem(scope, describe(exc, method=scope["method"]))

    def of_problem(self, scope: Scope, problem: Problem) -> Response:
        """Answer a problem that no exception stands for."""
        headers = {"Cache-Control": "no-store", **problem.headers}
        status = problem.status or problem.kind.status
        if status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="inventory-api"'
        if status in (429, 503):
            headers.setdefault("Retry-After", "2")
        path = scope["path"]
        dialect = next((dialect for start, dialect in self._dialects if path.startswith(start)), None)
        said = None if dialect is None else dialect(scope, problem, headers)
        return said or self._plain(scope, problem, headers)

    def _plain(self, scope: Scope, problem: Problem, headers: dict[str, str]) -> Response:
        kind, status = problem.kind, problem.status or problem.kind.status
        state = scope.get("state", {})
        content = {
            "type": self._type_prefix + kind.code,
            "title": kind.title,
            "status": status,
            "detail": problem.detail,
            "instance": scope["path"],
            "code": kind.code,
            "errors": [_as_sent(error, state.get("pointers", {})) for error in problem.errors],
            "request_id": state.get("request_id"),
            **problem.extensions,
        }
        return Response(orjson.dumps(content), status, headers, MEDIA_TYPE)


def describe(exc: Exception, *, method: str) -> Problem:
    """Say what a client may know of an exception; of one that nobody foresaw, nothing."""
    if isinstance(exc, HTTPException):
        return _of_status(exc, method)
    kind = next(KINDS[cls] for cls in type(exc).__mro__ if cls in KINDS)
    match exc:
        case e.AmbiguousPlace():
            candidates = [place_json(place) for place in exc.candidates]
            return Problem(kind, exc.reason, _at(exc.parameter, exc.reason), extensions={"candidates": candidates})
        case e.InvalidInput():
            return Problem(kind, exc.reason, _at(exc.parameter, exc.reason))
        case e.NotFound():
            title = "No retailer has this id" if isinstance(exc, e.UnknownRetailer) else kind.title
            detail = f"{title}: {exc.name}"
            return Problem(kind, detail, _at(exc.parameter, detail))
        case e.FeedRejected():
            line = {} if exc.line is None else {"line": exc.line}
            return Problem(kind, str(exc), [{"code": exc.code, **line, "detail": str(exc)}])
        case e.RateLimited():
            headers = {
                "Retry-After": str(exc.retry_after_s),
                "RateLimit": f'"{exc.policy}";r=0;t={exc.retry_after_s}',
                "RateLimit-Policy": f'"{exc.policy}";q={exc.limit};w={exc.window_s}',
            }
            return Problem(kind, exc.reason, headers=headers)
        case e.Conflict() | e.Refused():
            return Problem(kind, exc.reason)
        case e.Unavailable():
            return Problem(kind, exc.reason, headers={"Retry-After": str(exc.retry_after_s)})
        case RequestValidationError():
            mistakes = [_mistake(error) for error in exc.errors()]
            return Problem(kind, mistakes[0]["detail"] if mistakes else kind.title, mistakes)
    return Problem(kind, "The fault is logged under the request id.")


def unreadable(error: ValidationError, *, where: str = "body") -> RequestValidationError:
    """What pydantic has against a part of a request, to be raised in its place; of what was sent it says nothing."""
    details = error.errors(include_url=False, include_input=False, include_context=False)
    return RequestValidationError([{**mistake, "loc": (where, *mistake["loc"])} for mistake in details])


def place_json(place: Place) -> dict[str, Any]:
    """A place as candidates and lists show it."""
    return {
        "name": place.name,
        "label": place.label,
        "kind": place.kind.value,
        "precision": place.precision,
        "lat": round(place.latitude, 5),
        "lon": round(place.longitude, 5),
        "country": place.country or None,
        "region": place.region,
        "source": place.source or None,
    }


def _of_status(exc: HTTPException, method: str) -> Problem:
    status = exc.status_code
    kind = KINDS.get(status) or (INTERNAL_ERROR if status >= 500 else INVALID_REQUEST)
    headers = dict(exc.headers or {})
    detail = exc.detail
    if status == 405:
        detail = f"{method} is not answered here; Allow: {headers.get('Allow', '')}."
    elif status >= 500 and kind is INTERNAL_ERROR:
        detail = "The fault is logged under the request id."
    return Problem(kind, detail, status=status, headers=headers)


def _at(parameter: str | None, detail: str) -> list[dict[str, str]]:
    if parameter is None:
        return []
    return [{"pointer" if parameter.startswith("/") else "parameter": parameter, "detail": detail}]


def _as_sent(error: Mapping[str, Any], pointers: Mapping[str, str]) -> Mapping[str, Any]:
    """What is at fault by its place in the body, where there was one: ``pointers`` says where each name stood."""
    pointer = pointers.get(error.get("parameter", ""))
    return error if pointer is None else {"pointer": pointer} | {k: v for k, v in error.items() if k != "parameter"}


_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is unknown here",
    "unexpected_keyword_argument": "is unknown here",
    "model_type": "send an object",
    "list_type": "send a list",
    "tuple_type": "send a list",
    "string_type": "send text, in quotes",
}
"""By kind of mistake, what pydantic says in its own terms."""


def _mistake(error: Mapping[str, Any]) -> dict[str, str]:
    where, *rest = error["loc"] or ("body",)
    detail = _WORDS.get(error.get("type", ""), str(error["msg"]))
    detail = detail.replace("Tuple", "List", 1).replace(" after validation", "")
    if where != "body":
        name = str(rest[0]) if rest else str(where)
        return {"parameter": name, "detail": f"{name}: {detail}"}
    if error.get("type") == "json_invalid":
        return {"pointer": "", "detail": detail}
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in rest)
    pointer = "".join(f"/{step}" for step in steps)
    return {"pointer": pointer, "detail": f"{pointer}: {detail}" if pointer else detail}
