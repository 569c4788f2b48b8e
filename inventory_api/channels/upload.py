"""A file that a request carries: its type, its form taken apart on the way, its digest checked, received whole or not.

What an upload through the API and one in the browser have in common.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Mapping

import anyio
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from inventory_api.domain.digest import promised_sha256
from inventory_api.domain.errors import InvalidInput, NotFound, UnsupportedMediaType
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.ports import FeedDesk, Reception

WRITE_BYTES = 1 << 20
"""Gathered before a write, so that a large file costs thousands of thread switches, not a million."""

MAX_FIELDS_BYTES = 4096
"""Of the fields of a form beside its file, names and all."""

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

Begin = Callable[[Mapping[str, str]], None]

_DIGEST = "Content-Digest"


def kind_of(kind: str, store_code: str | None) -> FeedKind:
    """What the rows of a file are said to be about.

    Raises:
        NotFound: No such kind of feed.
        InvalidInput: A feed of this kind is of no one store.
    """
    if kind not in list(FeedKind):
        raise NotFound(f"feeds are {', '.join(FeedKind)}, not {kind[:40]!r}")
    if store_code is not None and kind != FeedKind.INVENTORY:
        raise InvalidInput(f"store_code is of inventory feeds, not of {kind}", parameter="store_code")
    return FeedKind(kind)


def media_type(request: Request) -> str | None:
    """The body's type without its parameters, None where none is sent."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() or None


class Upload:
    """The one file that a request carries, raw or as the only part of a form.

    ``content_type`` is the file's own; for a form it is known once the chunks are read.

    Args:
        request: What carries it.
        begin: Given the fields of the form before the first byte of its file, may refuse it; None: there are none.

    Raises:
        UnsupportedMediaType: Neither a form nor a type that a feed has.
        InvalidInput: A digest or boundary that cannot be read.
    """

    def __init__(self, request: Request, begin: Begin | None = None) -> None:
        kind = media_type(request)
        if kind not in FILE_TYPES and kind not in (None, FORM):
            # The formats themselves are told by the first bytes.
            raise UnsupportedMediaType(
                f"{kind} is not read here. curl -F file=@FILE sends a feed, or -H 'Content-Type: text/csv' with "
                f"--data-binary @FILE, or no Content-Type at all; also read: {', '.join(sorted(FILE_TYPES))}",
                parameter="Content-Type",
            )
        self._request = request
        self._part = _FilePart(request.headers["content-type"], begin) if kind == FORM else None
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
        promised = request.headers.getlist(_DIGEST)
        return promised_sha256(",".join(promised)) if promised else None
    except ValueError as error:
        raise InvalidInput(str(error), parameter=_DIGEST) from error


def check_digest(expected: bytes | None, actual: bytes) -> None:
    """Refuse a body that is not the one promised.

    Raises:
        InvalidInput: They differ.
    """
    if expected is not None and not hmac.compare_digest(expected, actual):
        raise InvalidInput(f"the body that arrived has the SHA-256 {actual.hex()}; send it again", parameter=_DIGEST)


async def receive(desk: FeedDesk, chunks: AsyncIterator[bytes]) -> Reception:
    """Take in every chunk, or leave no trace: a caller gone midway is no feed."""
    reception = await run_in_threadpool(desk.receive)
    try:
        gathered = bytearray()
        async for chunk in chunks:
            gathered += chunk
            if len(gathered) >= WRITE_BYTES:
                await run_in_threadpool(reception.write, bytes(gathered))
                gathered.clear()
        if gathered:
            await run_in_threadpool(reception.write, bytes(gathered))
    except BaseException:
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(reception.abandon)
        raise
    return reception


class _FilePart:
    """The one file of a form, chunk by chunk, and the fields before it; nothing of the file is kept."""

    def __init__(self, content_type: str, begin: Begin | None) -> None:
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise InvalidInput(f"{FORM} needs its boundary", parameter="Content-Type")
        self._begin = begin
        self._fields: dict[bytes, bytearray] = {}
        self._field = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._found = self._part = bytearray()
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
            self._on_field(options.get(b"name", b""))
            return
        self._files += 1
        if self._files > 1:
            raise InvalidInput("the form has more than one file; send one a call")
        self._part = self._found
        if self._begin is not None:
            said = {name.decode(errors="replace"): text.decode(errors="replace") for name, text in self._fields.items()}
            self._begin(said)

    def _on_field(self, name: bytes) -> None:
        if self._begin is None:
            shown = name.decode("latin-1")[:40]
            raise InvalidInput(f"the form field {shown!r} is not read: parameters go in the query string")
        if self._files:
            raise InvalidInput("the fields of the form stand before its file")
        self._part = self._fields[name] = bytearray()
        self._check_fields()

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._part += data[start:end]
        if self._part is not self._found:
            self._check_fields()

    def _check_fields(self) -> None:
        if sum(len(name) + len(text) for name, text in self._fields.items()) > MAX_FIELDS_BYTES:
            raise InvalidInput("the fields of the form are too long")

    def _on_end(self) -> None:
        self._ended = True
