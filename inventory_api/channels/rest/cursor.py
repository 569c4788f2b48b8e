"""Opaque cursors: where the next page begins, sealed so that only the same query can use them."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from typing import Any

import orjson
from pydantic import BaseModel

from inventory_api.domain.errors import InvalidInput

_FORM = re.compile(r"([A-Za-z0-9_-]{1,400})\.([A-Za-z0-9_-]{16})", re.ASCII)
_PAGING = {"cursor", "limit"}


class Cursors:
    """Seals and opens cursors.

    Args:
        secret: The same in every process of an installation.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def seal(self, asked: str, position: list[Any]) -> str:
        """A cursor to what comes after ``position`` (JSON values) of the query ``asked``."""
        payload = orjson.dumps(position)
        return f"{_text(payload)}.{_text(self._mac(asked, payload))}"

    def open(self, asked: str, cursor: str) -> list[Any]:
        """The position that was sealed.

        Raises:
            InvalidInput: Not a cursor of ours, or one of another query.
        """
        form = _FORM.fullmatch(cursor)
        try:
            payload = base64.urlsafe_b64decode(form[1] + "=" * (-len(form[1]) % 4)) if form else b""
        except binascii.Error:
            payload = b""
        if not form or not hmac.compare_digest(_text(self._mac(asked, payload)), form[2]):
            raise InvalidInput("not a next_cursor of this very query; begin again without it", parameter="cursor")
        position: list[Any] = orjson.loads(payload)
        return position

    def _mac(self, asked: str, payload: bytes) -> bytes:
        return hmac.digest(self._secret, asked.encode() + b"\0" + payload, "sha256")[:12]


def asked_of(endpoint: str, params: BaseModel) -> str:
    """What makes two requests the same query: everything asked but the page."""
    return endpoint + params.model_dump_json(exclude=_PAGING)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
