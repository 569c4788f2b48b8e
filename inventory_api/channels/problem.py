"""Every error as RFC 9457 ``application/problem+json``: one table, one writer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from inventory_api.domain import errors as e
from inventory_api.domain.place import Place

MEDIA_TYPE = "application/problem+json"
ERRORS_PATH = "/docs/errors"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a client may branch on: the code never changes; title and status belong to it."""

    code: str
    status: int
    title: str


INVALID_REQUEST = Kind("invalid_request", 422, "The request cannot be understood")
INTERNAL_ERROR = Kind("internal_error", 500, "A fault of ours")
NOT_FOUND = Kind("not_found", 404, "There is nothing here")
UNAUTHORIZED = Kind("unauthorized", 401, "A valid key is needed")
FORBIDDEN = Kind("forbidden", 403, "This key may not do that")
CONFLICT = Kind("conflict", 409, "The state of the thing does not allow this")
PRECONDITION = Kind("precondition_failed", 412, "It was changed since you read it")
TOO_LARGE = Kind("payload_too_large", 413, "The body is too large")
MEDIA = Kind("unsupported_media_type", 415, "This endpoint does not read that format")
LIMITED = Kind("rate_limited", 429, "Too many requests")
NOT_ACCEPTABLE = Kind("not_acceptable", 406, "There is no answer in that format")
OVERLOADED = Kind("overloaded", 503, "More requests than we can answer well")

KINDS: Mapping[type[Exception] | int, Kind] = {
    e.InvalidInput: INVALID_REQUEST,
    e.InvalidGtin: Kind("invalid_gtin", 422, "Not a valid GTIN"),
    e.InvalidCoordinates: Kind("invalid_coordinates", 422, "Not a point on earth"),
    e.OriginRequired: Kind("origin_required", 422, "Exactly one origin is needed"),
    e.PlaceNotFound: Kind("place_not_found", 422, "No such place is known"),
    e.AmbiguousPlace: Kind("ambiguous_place", 422, "Several places have this name"),
    e.RadiusTooLarge: Kind("radius_too_large", 422, "The radius is above the maximum"),
    e.BatchTooLarge: Kind("batch_too_large", 422, "More items than one call takes"),
    e.PayloadTooLarge: TOO_LARGE,
    e.UnsupportedMediaType: MEDIA,
    e.NotAcceptable: NOT_ACCEPTABLE,
    e.NotFound: NOT_FOUND,
    e.UnknownProduct: Kind("unknown_product", 404, "No retailer ever named this product"),
    e.UnknownStore: Kind("unknown_store", 404, "No store has this id"),
    e.UnknownRetailer: NOT_FOUND,
    e.UnknownSource: NOT_FOUND,
    e.UnknownUpload: NOT_FOUND,
    e.UnknownEndpoint: NOT_FOUND,
    e.UnknownWatch: NOT_FOUND,
    e.UnknownRun: Kind("unknown_run", 404, "No feed run has this id"),
    e.Conflict: CONFLICT,
    e.VersionMismatch: PRECONDITION,
    e.AlreadyAvailable: Kind("already_available", 409, "A store within the radius has it now"),
    e.TooManyWatches: Kind("too_many_watches", 409, "The subscriber has as many active watches as one may"),
    e.OptedOut: Kind("opted_out", 409, "The owner of this number wants no texts"),
    e.Refused: FORBIDDEN,
    e.Unauthorized: UNAUTHORIZED,
    e.Forbidden: FORBIDDEN,
    e.RateLimited: LIMITED,
    e.FeedRejected: Kind("feed_rejected", 422, "The feed cannot be used"),
    e.Unavailable: OVERLOADED,
    e.IndexUnavailable: Kind("index_unavailable", 503, "The serving index cannot answer now"),
    e.Overloaded: OVERLOADED,
    e.DeadlineExceeded: Kind("deadline_exceeded", 503, "The answer did not come in time"),
    RequestValidationError: INVALID_REQUEST,
    Exception: INTERNAL_ERROR,
    401: UNAUTHORIZED,
    403: FORBIDDEN,
    404: NOT_FOUND,
    406: NOT_ACCEPTABLE,
    405: Kind("method_not_allowed", 405, "This endpoint does not answer that method"),
    409: CONFLICT,
    412: PRECONDITION,
    413: TOO_LARGE,
    415: MEDIA,
    460: Kind("checksum_mismatch", 460, "The bytes that arrived are not the ones that were sent"),
    429: LIMITED,
    503: OVERLOADED,
}
"""Exception class, or status of a bare ``HTTPException``, to what a client sees."""

BY_CODE: Mapping[str, Kind] = {kind.code: kind for kind in KINDS.values()}


@dataclass(slots=True)
class Problem:
    """One occurrence. ``errors`` names what is at fault, by ``parameter`` or JSON ``pointer``."""

    kind: Kind
    detail: str
    errors: Sequence[Mapping[str, Any]] = ()
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)


class ProblemWriter:
    """Turns whatever was raised into a response. Echoes no query string: it may hold a position."""

    def __init__(self, public_base_url: str = "") -> None:
        self._type_prefix = f"{public_base_url}{ERRORS_PATH}#"

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
        kind, status = problem.kind, problem.status or problem.kind.status
        content = {
            "type": self._type_prefix + kind.code,
            "title": kind.title,
            "status": status,
            "detail": problem.detail,
            "instance": scope["path"],
            "code": kind.code,
            "errors": list(problem.errors),
            "request_id": scope.get("state", {}).get("request_id"),
            **problem.extensions,
        }
        headers = {"Cache-Control": "no-store", **problem.headers}
        if status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="inventory-api"'
        if status in (429, 503):
            headers.setdefault("Retry-After", "2")
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
            return Problem(kind, str(exc), [{"code": exc.code, "line": exc.line, "detail": str(exc)}])
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
    }


def _of_status(exc: HTTPException, method: str) -> Problem:
    status = exc.status_code
    kind = KINDS.get(status) or (INTERNAL_ERROR if status >= 500 else INVALID_REQUEST)
    headers = dict(exc.headers or {})
    detail = exc.detail
    if status == 404:
        detail = "Nothing is served at this path; /openapi.json lists what is."
    elif status == 405:
        detail = f"{method} is not answered here; Allow: {headers.get('Allow', '')}."
    elif status >= 500 and kind is INTERNAL_ERROR:
        detail = "The fault is logged under the request id."
    return Problem(kind, detail, status=status, headers=headers)


def _at(parameter: str | None, detail: str) -> list[dict[str, str]]:
    if parameter is None:
        return []
    return [{"pointer" if parameter.startswith("/") else "parameter": parameter, "detail": detail}]


def _mistake(error: Mapping[str, Any]) -> dict[str, str]:
    where, *rest = error["loc"] or ("body",)
    detail = str(error["msg"])
    if where != "body":
        name = str(rest[0]) if rest else str(where)
        return {"parameter": name, "detail": f"{name}: {detail}"}
    if error.get("type") == "json_invalid":
        return {"pointer": "", "detail": detail}
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in rest)
    return {"pointer": "".join(f"/{step}" for step in steps), "detail": detail}
