"""API keys: ``inventory_sk_<id>_<random><crc>`` (secret: may write) and ``inventory_pk_...`` (only reads).

The prefix lets secret scanners find a leaked key, the checksum spares SQL a key that was mistyped.
The random part has 256 bits, so a plain SHA-256 keeps it: there is nothing to guess.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
import string
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from inventory_api.domain.errors import Unauthorized
from inventory_api.domain.ports import KeyHolder
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.retailers import KeyRow

REMEMBERED_S = 5.0
"""How long a revoked key may still work in a process that saw it alive."""

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_CHARS = 12
_RANDOM_BYTES, _RANDOM_CHARS = 32, 43
_CRC_CHARS = 6
_KEY = re.compile(
    rf"(?P<body>inventory_(?P<type>[sp]k)_(?P<id>[0-9A-Za-z]{{{_ID_CHARS}}})_[0-9A-Za-z]{{{_RANDOM_CHARS}}})"
    rf"(?P<crc>[0-9A-Za-z]{{{_CRC_CHARS}}})"
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as its holder has it. ``text`` must never be stored or logged."""

    id: str
    secret: bool
    text: str

    @property
    def digest(self) -> bytes:
        """What is stored instead of the key."""
        return hashlib.sha256(self.text.encode()).digest()


def generate_key(*, secret: bool) -> ApiKey:
    """Make a new key from the system's randomness."""
    key_id = "".join(secrets.choice(_ALPHABET) for _ in range(_ID_CHARS))
    body = f"inventory_{'sk' if secret else 'pk'}_{key_id}_"
    body += _base62(int.from_bytes(secrets.token_bytes(_RANDOM_BYTES)), _RANDOM_CHARS)
    return ApiKey(key_id, secret, body + _checksum(body))


def parse_key(text: str) -> ApiKey | None:
    """Read a key; None where it cannot be one of ours."""
    found = _KEY.fullmatch(text)
    if found is None or _checksum(found["body"]) != found["crc"]:
        return None
    return ApiKey(found["id"], found["type"] == "sk", text)


class KeyRing:
    """The keys of all retailers.

    Args:
        db: Where the digests are.
        clock: Seconds, only compared with itself.
        now: The time of day.
    """

    def __init__(
        self,
        db: Database,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._db = db
        self._clock = clock
        self._now = now
        self._lock = threading.Lock()
        self._remembered: dict[str, tuple[float, KeyRow]] = {}

    def issue(self, retailer_id: str, secret: bool = True) -> str:
        """Give a retailer a new key. It is shown here and never again.

        Raises:
            UnknownRetailer: No such retailer.
        """
        key = generate_key(secret=secret)
        with self._db.write() as transaction:
            transaction.retailers.add_key(retailer_id, key.id, key.digest, secret, self._now())
        return key.text

    def verify(self, key: str) -> KeyHolder:
        """Who holds this key; at most one SQL read, none while the key is remembered.

        Raises:
            Unauthorized: Unknown or revoked.
        """
        parsed = parse_key(key)
        row = None if parsed is None else self._find(parsed.id)
        if parsed is None or row is None or not hmac.compare_digest(row.digest, parsed.digest):
            raise Unauthorized("the API key is unknown or revoked")
        return KeyHolder(row.retailer_id, row.secret)

    def _find(self, key_id: str) -> KeyRow | None:
        now = self._clock()
        with self._lock:
            seen_at, row = self._remembered.get(key_id, (float("-inf"), None))
        if row is not None and now - seen_at < REMEMBERED_S:
            return row
        with self._db.read() as transaction:
            row = transaction.retailers.find_key(key_id)
        # Only living keys are remembered: the dictionary cannot grow past the table, and a new key works at once.
        with self._lock:
            if row is None:
                self._remembered.pop(key_id, None)
            else:
                self._remembered[key_id] = (now, row)
        return row


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CRC_CHARS)
