"""What the OpenAPI document says of our own ways: parameters read by ``parse_query``, problems, examples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from inventory_api.channels.codes import BY_CODE
from inventory_api.channels.head import as_get, is_as_get
from inventory_api.channels.http import QUESTIONS, SIGNED, HotPath
from inventory_api.channels.problem import ERRORS_PATH, MEDIA_TYPE
from inventory_api.channels.reading import GEOJSON, JSON, NDJSON
from inventory_api.channels.rest.events import declare_events
from inventory_api.channels.rest.source_body import body_schemas
from inventory_api.locales.catalog import Language

Responses = dict[int | str, dict[str, Any]]

PROBLEM_SCHEMA = {
    "title": "Problem",
    "description": "RFC 9457. Branch on `code`: it never changes.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "enum": sorted(BY_CODE)},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "parameter": {"type": "string"},
                    "pointer": {"type": "string"},
                    "code": {"type": "string", "description": "Of the notice that a feed was rejected with."},
                    "line": {"type": "integer"},
                    "detail": {"type": "string"},
                },
                "required": ["detail"],
            },
        },
        "request_id": {"type": "string"},
        "candidates": {
            "type": "array",
            "description": "Of an ambiguous place: what may be meant, the likeliest first.",
            "items": {
                "type": "object",
                "properties": {
                    "label": {"type": "string"},
                    "kind": {"type": "string"},
                    "lat": {"type": "number"},
                    "lon": {"type": "number"},
                    "country": {"type": ["string", "null"]},
                    "source": {"type": ["string", "null"]},
                },
                "required": ["label", "kind", "lat", "lon", "country"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "instance", "code", "errors", "request_id"],
}


_OF_MANNERS = ("unauthorized", "not_acceptable", "rate_limited", "overloaded", "deadline_exceeded")

_OTHER: Mapping[str, Any] = {
    GEOJSON: {
        "schema": {
            "title": "GeoJson",
            "type": "object",
            "properties": {
                "type": {"enum": ["FeatureCollection", "Feature"]},
                "features": {"type": "array", "items": {"type": "object"}},
            },
            "required": ["type"],
            "description": "RFC 7946; the properties of a feature are what JSON says of the store.",
        },
        "example": {"type": "FeatureCollection", "features": []},
    },
    NDJSON: {
        "schema": {"type": "string", "description": "A line of JSON each; a `Link` leads to the next page."},
        "example": '{"id":"..."}\n{"id":"..."}\n',
    },
}


HEADERS = {
    name: {"description": text, "schema": {"type": "integer" if name == "Retry-After" else "string"}}
    for name, text in {
        "Request-Id": "Names this request in our log; yours, where you sent one.",
        "Server-Timing": "Milliseconds that the answer took.",
        "ETag": "Names the facts of the answer, not its time: send it in `If-None-Match`.",
        "Cache-Control": "`private` where the URL tells a position of more than three decimals.",
        "Content-Language": "Of `say`.",
        "Vary": "What of a request the answer depends on.",
        "RateLimit": "Calls left and seconds until they are full again (IETF draft, version 11).",
        "RateLimit-Policy": "Calls in a window of seconds (IETF draft, version 11).",
        "Retry-After": "Seconds to wait before the same call may work.",
    }.items()
}


class DocumentedApp(FastAPI):
    """FastAPI, whose document also holds the schemas of problems and of bodies that we read ourselves.

    ``hot`` are routes that ``front`` answers, past FastAPI's own five layers.
    """

    front: ASGIApp
    hot: frozenset[HotPath] = frozenset()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "HEAD" and is_as_get(scope["path"]):
            scope, send = as_get(scope, send)
        if scope["type"] == "http" and (scope["method"], scope["path"]) in self.hot:
            await self.front(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document."""
        if self.openapi_schema is not None:
            return self.openapi_schema
        document = super().openapi()
        document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        document["components"]["schemas"] |= body_schemas()
        document["components"]["headers"] = HEADERS
        declare_events(document)
        # Nobody needs a key, unless the operation says so.
        document["security"] = []
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _declare_manners(path, method, operation)
                _unpack_example(operation)
        _declare_doubles(document)
        return document


_SPEAKING = QUESTIONS | {"/v1/availability", "/v1/stores/{store_id}/availability"}
"""What answers with a sentence."""

_LANGUAGES = f"Of `say`: {', '.join(Language)}."


def _declare_manners(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add what ``Manners``, ``Reading`` and ``Repeatable`` do to every route, said in one place."""
    responses, is_ours = operation["responses"], path.startswith("/v1/")
    is_read = is_ours and method == "get" and "security" not in operation and not path.startswith(SIGNED)
    if is_read:
        responses["304"] = {"description": "Nothing has changed since the `ETag` that `If-None-Match` names."}
        operation.setdefault("parameters", []).append(_header("If-None-Match", "`ETag` of an answer held already.", 0))
    if path in _SPEAKING:
        operation.setdefault("parameters", []).append(_header("Accept-Language", _LANGUAGES, 0, maxLength=255))
    if method == "post" and path not in QUESTIONS:
        text = "Sent again within a day with the same body, the request is answered as before and done once."
        operation.setdefault("parameters", []).append(_header("Idempotency-Key", text, 1, maxLength=255))
        responses |= {status: responses.get(status, said) for status, said in _CONFLICT.items()}
    for status, response in responses.items():
        names = ["Request-Id", "Server-Timing"]
        if is_read and status in ("200", "304"):
            names += ["ETag", "Cache-Control", "Vary"]
        if path in _SPEAKING and status < "400":
            names += ["Content-Language"]
        if is_ours and status < "400":
            names += ["RateLimit"]
        if status == "429":
            names += ["RateLimit", "RateLimit-Policy"]
        if status in ("429", "503"):
            names += ["Retry-After"]
        headers = response.setdefault("headers", {})
        headers |= {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    operation["responses"] = dict(sorted(responses.items()))


def _unpack_example(operation: dict[str, Any]) -> None:
    for response in operation["responses"].values():
        content = response.get("content", {}).get(JSON, {})
        if "example" in content:
            content["example"] = orjson.loads(content["example"])


def _declare_doubles(node: Any) -> None:  # noqa: ANN401  any JSON
    """Say of every number what it is, else Kotlin's generator takes it for an endless decimal."""
    if isinstance(node, dict):
        if node.get("type") == "number":
            node["format"] = "double"
        for value in node.values():
            _declare_doubles(value)
    elif isinstance(node, list):
        for value in node:
            _declare_doubles(value)


def _header(name: str, description: str, shortest: int, **schema: int) -> dict[str, Any]:
    field = {"type": "string", "minLength": shortest} | schema
    return {"name": name, "in": "header", "required": False, "description": description, "schema": field}


def problems(*codes: str) -> Responses:
    """The problem responses of a route, by status: its own, and those that every route has."""
    return faults(*codes, "invalid_request", *_OF_MANNERS)


def faults(*codes: str) -> Responses:
    """The problem responses of a route that answers whoever asks, however much there is to do."""
    by_status = defaultdict(list)
    for code in dict.fromkeys((*codes, "internal_error")):
        by_status[BY_CODE[code].status].append(code)
    return {
        status: {
            "description": ", ".join(f"`{code}`" for code in listed),
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {code: {"value": _example(code)} for code in listed},
                }
            },
        }
        for status, listed in sorted(by_status.items())
    }


def answer(example: Mapping[str, Any], description: str, *other_types: str) -> dict[str, Any]:
    """A JSON response with its example, and what else it may be had in: ``acceptable`` holds routes to it."""
    # As text, until the document is made: FastAPI drops every null from it, and our examples have some.
    content: dict[str, Any] = {JSON: {"example": orjson.dumps(example).decode()}}
    return {"description": description, "content": content | {name: _OTHER[name] for name in other_types}}


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """A JSON body of this model, as OpenAPI has it; nested models stand in place."""
    schema = model.model_json_schema()
    return {"required": True, "content": {"application/json": {"schema": _inlined(schema, schema.pop("$defs", {}))}}}


def _inlined(node: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401  any JSON
    if isinstance(node, dict):
        if "$ref" in node:
            return _inlined(definitions[node["$ref"].rpartition("/")[2]], definitions)
        return {key: _inlined(value, definitions) for key, value in node.items()}
    return [_inlined(each, definitions) for each in node] if isinstance(node, list) else node


def query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    """The fields of a query model as OpenAPI parameters."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    parameters = []
    for name, field in schema.get("properties", {}).items():
        field = _plain(field, definitions)
        described = {"name": name, "in": "query", "required": name in schema.get("required", ())}
        if text := field.pop("description", None):
            described["description"] = text
        if field.get("type") == "array":
            described |= {"style": "form", "explode": True}
        parameters.append(described | {"schema": field})
    return parameters


def _plain(field: dict[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A field's schema without references and without null, which a query string cannot say."""
    field = {key: value for key, value in field.items() if key != "title" and not (key == "default" and value is None)}
    for reference in [field.pop("$ref", None)]:
        if reference:
            target = definitions[reference.rpartition("/")[2]]
            field = {key: value for key, value in target.items() if key not in ("title", "description")} | field
    if "anyOf" in field:
        choices = [choice for choice in field.pop("anyOf") if choice.get("type") != "null"]
        field = (_plain(choices[0], definitions) if len(choices) == 1 else {"anyOf": choices}) | field
    return field


def _example(code: str) -> dict[str, Any]:
    kind = BY_CODE[code]
    return {
        "type": f"{ERRORS_PATH}#{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.title,
        "instance": "/v1/...",
        "code": code,
        "errors": [],
        "request_id": "01J9ZQ6H3V0000000000000000",
    }


_CONFLICT = {str(status): response for status, response in faults("conflict").items() if status == 409}
