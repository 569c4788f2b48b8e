"""What every answer to a read has in common: a tag, and how long who may keep it.

Tags are weak, because the same facts leave in several encodings. They cover what was said, not when: a client
that asks again a minute later gets 304 unless something changed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

import mimeparse
import orjson
import xxhash
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from inventory_api.domain.errors import NotAcceptable
from inventory_api.locales.catalog import Language

JSON = "application/json"
GEOJSON = "application/geo+json"
NDJSON = "application/x-ndjson"

SHARED = b"public, max-age=15, stale-while-revalidate=30"
OWN = b"private, max-age=15, stale-while-revalidate=30"
_GOOD = frozenset({200, 201, 202})
BEFORE_AGE = b"\t"
"""Blank space in JSON, and so in no text; ``HitPrinter`` puts one before each age."""

_VARY = b"Accept, Accept-Encoding"
_VARY_PACKED = b"Accept"
"""Of an answer that goes through the compressor, which adds its own word."""

_CLOCK = re.compile(rb'"as_of":"[^"]*"|"age_s":\t?[0-9]+|"say":"[^"\\]*(?:\\.[^"\\]*)*"')
_INSTANT_CHARS = len("2026-10-30T17:04:05Z")
# A position of a hundred meters is shared by many; with more decimals the URL is somebody's own place.
_EXACT = re.compile(rb"\.[0-9]{4}")
_PLUS_CODE = re.compile(rb"[2-9CFGHJMPQRVWX]{4}\+[2-9CFGHJMPQRVWX]{2}", re.IGNORECASE)
"""One to the doorstep, be it short."""


class Reading(Response):
    """A 200, or the 304 that stands for it; sends what Starlette's ``Response`` would, without what it could.

    Args:
        body: The answer.
        tag: Names its facts; see ``tag_of``.
        media_type: Of the body.
        link: Where the next page is, as a ``Link`` header has it.
        language: That it speaks, where it says anything to a reader.
    """

    background = None

    def __init__(
        self,
        body: bytes,
        tag: bytes,
        media_type: str = JSON,
        link: bytes | None = None,
        language: Language | None = None,
    ) -> None:
        self.status_code = 200
        self.body = body
        self._tag = tag if language is None or language is Language.ENGLISH else tag[:-1] + _said_in(language)
        self._type = media_type
        self._link = link
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, or that nothing has changed."""
        asked = scope["state"]["headers"]
        headers = [(b"etag", self._tag), (b"cache-control", caching_of(scope["query_string"], asked))]
        if self._link is not None:
            headers.append((b"link", self._link))
        known = asked.get(b"if-none-match")
        is_same = known is not None and is_known(self._tag, known)
        # A 304 passes the compressor untouched, and its words replace those of the answer that a cache holds.
        headers += _negotiated(self._language, is_packed=b"accept-encoding" in asked and not is_same)
        if is_same:
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        headers += (b"content-type", _encoded(self._type)), (b"content-length", b"%d" % len(self.body))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def instant(at: dt.datetime) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def reading(content: Mapping[str, Any], media_type: str = JSON) -> Reading:
    """A read's answer without a clock in it: its tag covers all of it."""
    body = orjson.dumps(content)
    return Reading(body, tag_of(body), media_type)


def tag_of(*facts: bytes) -> bytes:
    """The weak tag of these facts; the same in every process."""
    return b'W/"%s"' % xxhash.xxh3_64_hexdigest(facts[0] if len(facts) == 1 else b"".join(facts)).encode()


def tag_without_clock(body: bytes) -> bytes:
    """The tag of an answer with a clock in it, of all but ``as_of``, ``age_s`` and ``say``. 10 us for ten stores."""
    return tag_of(_CLOCK.sub(b"", body))


def tag_of_lookup(body: bytes) -> bytes:
    """``tag_without_clock`` at a third of its cost, for a full answer of ``AnswerWriter``, where ages are marked.

    A control character inside a JSON text is escaped, and so is a quotation mark.
    """
    # The sentence is looked for from the end, where it stands: from the front costs ten times as much.
    told, _, end = body.rpartition(b'"say":"')
    head, *facts = told.split(BEFORE_AGE)
    before, _, after = head.partition(b'"as_of":"')
    ages = [fact.lstrip(b"0123456789") for fact in facts]
    return tag_of(before, after[_INSTANT_CHARS:], *ages, end.partition(b'","next_cursor"')[2])


def is_known(tag: bytes, if_none_match: bytes) -> bool:
    """Whether one of the tags that a client holds is this one, compared weakly."""
    opaque = tag.removeprefix(b"W/")
    return any(one.strip().removeprefix(b"W/") in (opaque, b"*") for one in if_none_match.split(b","))


def caching_of(query_string: bytes, headers: Mapping[bytes, bytes]) -> bytes:
    """Who may keep the answer: anybody, unless the URL tells an exact position or the call came with a key."""
    if is_keyed(headers):
        return OWN
    if b"%" in query_string:
        query_string = unquote_to_bytes(query_string)
    is_own = _EXACT.search(query_string) or (b"+" in query_string and _PLUS_CODE.search(query_string))
    return OWN if is_own else SHARED


async def acceptable(request: Request) -> None:
    """A dependency of routes: settles ``media_type_of``, from what the document says that the route answers in.

    Raises:
        NotAcceptable: The client takes none of it.
    """
    declared = request.scope["route"].responses
    offers = next((tuple(declared[status].get("content", ())) for status in declared if status in _GOOD), ())
    if offers:
        # The usual one stands first in the document, and last where the best is looked for.
        offers = offers[::-1]
        request.state.media_type = negotiate(request.scope["state"]["headers"].get(b"accept"), *offers)


def media_type_of(request: Request) -> str:
    """What to answer in."""
    media_type: str = request.state.media_type
    return media_type


def lines(items: Iterable[Mapping[str, Any]], link: bytes | None = None) -> Reading:
    """A list as a line of JSON each."""
    body = b"".join(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE) for item in items)
    return Reading(body, tag_of(body), NDJSON, link)


def next_page(request: Request, cursor: str | None) -> bytes | None:
    """The ``Link`` to the page after this one (RFC 8288), where there is one."""
    if cursor is None:
        return None
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f'<{request.url.path}?{urlencode([*query, ("cursor", cursor)])}>; rel="next"'.encode("latin-1")


def is_keyed(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the call came with a key, good or bad."""
    return b"authorization" in headers or b"x-api-key" in headers


@lru_cache(maxsize=512)
def negotiate(accept: bytes | None, *offers: str) -> str:
    """The media type to answer in; the last of those that the client likes best.

    Args:
        accept: The header; None takes anything, and so does what cannot be read.
        offers: What there is; the usual one last.

    Raises:
        NotAcceptable: Nothing fits.
    """
    if not accept:
        return offers[-1]
    try:
        found: str = mimeparse.best_match(offers, accept.decode("latin-1"))
    except mimeparse.MimeTypeParseException:
        return offers[-1]
    if not found:
        raise NotAcceptable(f"this is answered as {' or '.join(reversed(offers))}", parameter="Accept")
    return found


@lru_cache(maxsize=16)
def _negotiated(language: Language | None, is_packed: bool) -> tuple[tuple[bytes, bytes], ...]:
    """What of the request the answer depends on, and the language that came of it."""
    vary = _VARY_PACKED if is_packed else _VARY
    if language is None:
        return ((b"vary", vary),)
    return (b"vary", vary + b", Accept-Language"), (b"content-language", language.encode())


def _said_in(language: Language) -> bytes:
    """The end of a tag: the same facts in another language are another answer."""
    return b'-%s"' % _encoded(language)


@lru_cache(maxsize=16)
def _encoded(media_type: str) -> bytes:
    return media_type.encode()
