"""Opaque cursors: where the next page begins, sealed so that only the same query can use them."""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson

from inventory_api.domain.errors import InvalidInput

_FORM = re.compile(r"[A-Za-z0-9_-]{20,512}", re.ASCII)
_MAC_BYTES = 12


class Cursors:
    """Seals and opens cursors.

    Args:
        secret: The same in every process of an installation.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def seal(self, asked: bytes, position: list[Any]) -> str:
        """A cursor to what comes after ``position`` (JSON values) of the query ``asked``."""
        payload = orjson.dumps(position)
        return urlsafe_b64encode(self._mac(asked, payload) + payload).rstrip(b"=").decode()

    def open(self, asked: bytes, cursor: str, parameter: str = "cursor") -> list[Any]:
        """The position that was sealed.

        Raises:
            InvalidInput: Not a cursor of ours, or one of another query.
        """
        try:
            sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)) if _FORM.fullmatch(cursor) else b""
        except binascii.Error:
            sealed = b""
        mac, payload = sealed[:_MAC_BYTES], sealed[_MAC_BYTES:]
        if not hmac.compare_digest(self._mac(asked, payload), mac):
            raise InvalidInput("not a next_cursor of this very query; begin again without it", parameter=parameter)
        position: list[Any] = orjson.loads(payload)
        return position

    def _mac(self, asked: bytes, payload: bytes) -> bytes:
        return hmac.digest(self._secret, asked + b"\0" + payload, "sha256")[:_MAC_BYTES]
