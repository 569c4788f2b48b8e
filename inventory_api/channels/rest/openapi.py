"""What the OpenAPI document says of our own ways: parameters read by ``parse_query``, problems, examples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from inventory_api.channels.problem import BY_CODE, ERRORS_PATH, MEDIA_TYPE
from inventory_api.channels.rest.source_body import body_schemas

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
                    "detail": {"type": "string"},
                },
                "required": ["detail"],
            },
        },
        "request_id": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail", "instance", "code", "errors", "request_id"],
}


class DocumentedApp(FastAPI):
    """FastAPI, whose document also holds the schemas of problems and of bodies that we read ourselves."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document."""
        document = super().openapi()
        document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        document["components"]["schemas"] |= body_schemas()
        return document


def problems(*codes: str) -> Responses:
    """The problem responses of a route, by status; every route can answer 422 and 500."""
    by_status = defaultdict(list)
    for code in dict.fromkeys((*codes, "invalid_request", "internal_error")):
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


def answer(example: Mapping[str, Any], description: str) -> dict[str, Any]:
    """A JSON response with its example."""
    return {"description": description, "content": {"application/json": {"example": example}}}


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
