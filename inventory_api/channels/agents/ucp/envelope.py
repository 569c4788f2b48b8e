"""What is around every answer of the protocol, and what stands in place of one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import BaseModel
from starlette.responses import Response
from starlette.types import Scope
from ucp_sdk.models.schemas.capability import ResponseSchema
from ucp_sdk.models.schemas.common.types.error_response import ErrorResponse
from ucp_sdk.models.schemas.common.types.message_error import MessageError
from ucp_sdk.models.schemas.ucp import ResponseLocationSchema

from inventory_api.channels.codes import INTERNAL_ERROR
from inventory_api.channels.problem import Problem
from inventory_api.channels.reading import JSON

VERSION = "2026-08-25"
SEARCH = "dev.ucp.common.location.search"
LOOKUP = "dev.ucp.common.location.lookup"

_MALFORMED = frozenset({415, 422})
"""Statuses of ours that the protocol's binding calls 400."""

_STEP = re.compile(r"/([^/]*)")


class Refused(Exception):
    """The protocol's own word for why nothing is answered.

    Args:
        code: A code of the protocol.
        status: Of the answer; 200 where the protocol counts it as an outcome.
        reason: For whoever reads the agent's log.
    """

    def __init__(self, code: str, status: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.status = status
        self.reason = reason


def metadata(capability: str) -> ResponseLocationSchema:
    """``ucp`` of an answer: what it was made by."""
    return ResponseLocationSchema(
        version=VERSION, status="success", capabilities={capability: [ResponseSchema(version=VERSION)]}
    )


def answer(content: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A response that nobody keeps: stock is of the moment, and the request may tell a place."""
    body = content.model_dump_json(by_alias=True, exclude_none=True)
    return Response(body, status, {"Cache-Control": "no-store", **(headers or {})}, JSON)


def say_refused(refused: Refused) -> Response:
    """Nothing could be answered, in the protocol's own words."""
    return _error([_message(refused.code, refused.reason)], refused.status)


def say_problem(scope: Scope, problem: Problem, headers: dict[str, str]) -> Response:
    """The dialect of the protocol."""
    kind, status = problem.kind, problem.status or problem.kind.status
    if status in _MALFORMED:
        status = 400
    severity = "unrecoverable" if kind is INTERNAL_ERROR else "recoverable"
    messages = [
        _message(kind.code, mistake["detail"], _path(mistake.get("pointer")), severity) for mistake in problem.errors
    ]
    return _error(messages or [_message(kind.code, problem.detail, None, severity)], status, headers)


def _error(messages: list[MessageError], status: int, headers: Mapping[str, str] | None = None) -> Response:
    metadata = ResponseLocationSchema(version=VERSION, status="error", capabilities={})
    return answer(ErrorResponse(ucp=metadata, messages=list(messages)), status, headers)


def _message(code: str, content: str, path: str | None = None, severity: str = "recoverable") -> MessageError:
    # By a mapping: the severities are literals of the generated model.
    told = {"type": "error", "code": code, "content": content, "path": path, "severity": severity}
    return MessageError.model_validate(told)


def _path(pointer: str | None) -> str | None:
    """A JSON pointer as JSONPath (RFC 9535), as far as names are plain."""
    if pointer is None:
        return None
    return "$" + _STEP.sub(lambda step: f"[{step[1]}]" if step[1].isdigit() else f".{step[1]}", pointer)
