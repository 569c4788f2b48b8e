"""Bodies that are files: accepted types, multipart taken apart on the way, digests checked."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Any, TypeVar

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from inventory_api.channels.rest.query import QueryModel
from inventory_api.domain.digest import promised_sha256
from inventory_api.domain.errors import InvalidInput, UnsupportedMediaType

Model = TypeVar("Model", bound=QueryModel)

FILE_TYPES = frozenset(
    {
        "text/csv",
        "text/tab-separated-values",
        "text/plain",
        "text/xml",
        "application/json",
        "application/x-ndjson",
        "application/jsonl",
        "application/xml",
        "application/rss+xml",
        "application/atom+xml",
        "application/gzip",
        "application/x-gzip",
        "application/zip",
        "application/x-zip-compressed",
        "application/zstd",
        "application/x-tar",
        "application/vnd.apache.parquet",
        # What browsers on Windows call a CSV file, too.
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/edi-x12",
        "application/edifact",
        "application/octet-stream",
    }
)
FORM = "multipart/form-data"

_DIGEST = "Content-Digest"
_CALLED: Mapping[type, str] = {list: "a list", str: "text"}


def media_type(request: Request) -> str | None:
    """The body's type without its parameters, None where none is sent."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() or None


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


class Upload:
    """The one file that a request carries, raw or as the only part of a form.

    ``content_type`` is the file's own; for a form it is known once the chunks are read.

    Raises:
        UnsupportedMediaType: Neither a form nor a type that a feed has.
        InvalidInput: A digest or boundary that cannot be read.
    """

    def __init__(self, request: Request) -> None:
        kind = media_type(request)
        if kind not in FILE_TYPES and kind not in (None, FORM):
            # The formats themselves are told by the first bytes.
            raise UnsupportedMediaType(
                f"{kind} is not read here. curl -F file=@FILE sends a feed, or -H 'Content-Type: text/csv' with "
                f"--data-binary @FILE, or no Content-Type at all; also read: {', '.join(sorted(FILE_TYPES))}",
                parameter="Content-Type",
            )
        self._request = request
        self._part = _FilePart(request.headers["content-type"]) if kind == FORM else None
        self._expected = expected_digest(request)
        self.content_type = kind

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file as it arrives.

        Raises:
            InvalidInput: A broken form, or a digest that does not fit: then what was read is worthless.
            ClientDisconnect: The caller went away.
        """
        digest = hashlib.sha256()
        async for chunk in self._request.stream():
            if self._expected is not None:
                digest.update(chunk)
            yield chunk if self._part is None else self._part.read(chunk)
        if self._part is not None:
            self.content_type = self._part.finish()
        check_digest(self._expected, digest.digest())


def expected_digest(request: Request) -> bytes | None:
    """The SHA-256 that ``Content-Digest`` (RFC 9530) promises; other algorithms are passed over.

    Raises:
        InvalidInput: It names sha-256, but holds none.
    """
    try:
        return promised_sha256(",".join(request.headers.getlist(_DIGEST)))
    except ValueError as error:
        raise InvalidInput(str(error), parameter=_DIGEST) from error


def check_digest(expected: bytes | None, actual: bytes) -> None:
    """Refuse a body that is not the one promised.

    Raises:
        InvalidInput: They differ.
    """
    if expected is not None and not hmac.compare_digest(expected, actual):
        raise InvalidInput(f"the body that arrived has the SHA-256 {actual.hex()}; send it again", parameter=_DIGEST)


class _FilePart:
    """The one file of a form, chunk by chunk; nothing is kept."""

    def __init__(self, content_type: str) -> None:
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise InvalidInput(f"{FORM} needs its boundary", parameter="Content-Type")
        self._field = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._found = bytearray()
        self._files = 0
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_part_data,
                    "on_end": self._on_end,
                },
            )
        except FormParserError as error:
            raise InvalidInput("the boundary is too long", parameter="Content-Type") from error

    def read(self, chunk: bytes) -> bytes:
        """What of the file is in this chunk of the form."""
        self._found.clear()
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise InvalidInput("the body is not the form that its Content-Type says") from error
        return bytes(self._found)

    def finish(self) -> str | None:
        """Make sure that the form is whole; the file's own type."""
        if not self._ended:
            raise InvalidInput("the form ends before its last boundary")
        if not self._files:
            raise InvalidInput("the form has no file part")
        return self._headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower() or None

    def _on_part_begin(self) -> None:
        self._headers = {}

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field = self._value = b""

    def _on_headers_finished(self) -> None:
        options = parse_options_header(self._headers.get(b"content-disposition"))[1]
        if b"filename" not in options:
            name = options.get(b"name", b"").decode("latin-1")[:40]
            raise InvalidInput(f"the form field {name!r} is not read: parameters go in the query string")
        self._files += 1
        if self._files > 1:
            raise InvalidInput("the form has more than one file; send one a call")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._found += data[start:end]

    def _on_end(self) -> None:
        self._ended = True
