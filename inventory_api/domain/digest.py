"""``Content-Digest`` and ``Repr-Digest`` (RFC 9530): the SHA-256 that a sender promises."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

_SHA_256 = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]*):", re.ASCII)


def promised_sha256(header: str) -> bytes | None:
    """The 32 bytes that a digest header promises; None where it names other algorithms only, or nothing.

    Raises:
        ValueError: It names sha-256, but holds none.
    """
    if "sha-256" not in header:
        return None
    found = _SHA_256.search(header)
    try:
        digest = base64.b64decode(found[1], validate=True) if found else b""
    except binascii.Error:
        digest = b""
    if len(digest) != hashlib.sha256().digest_size:
        raise ValueError("write sha-256=:BASE64 OF 32 BYTES:")
    return digest
