"""What SQL and its backups never hold in clear, sealed: credentials, webhook secrets, phone numbers."""

from __future__ import annotations

import base64
import hmac
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken


class Vault:
    """Seals and opens small JSON objects under one installation's key.

    Args:
        key: 32 random bytes, the same in every process of the installation.
    """

    def __init__(self, key: bytes) -> None:
        self._names = hmac.digest(key, b"pseudonyms", "sha256")
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def pseudonym(self, text: str) -> bytes:
        """What a text is looked up by, where it must not be read: always the same, and nobody else's."""
        return hmac.digest(self._names, text.encode(), "sha256")

    def seal(self, secret: dict[str, Any]) -> bytes:
        """Encrypt and sign."""
        return self._fernet.encrypt(orjson.dumps(secret))

    def open(self, sealed: bytes) -> dict[str, Any]:
        """The secret again.

        Raises:
            ValueError: Sealed under another key, or damaged.
        """
        try:
            opened: dict[str, Any] = orjson.loads(self._fernet.decrypt(sealed))
        except InvalidToken as error:
            raise ValueError("sealed under another key; give the credentials anew") from error
        return opened
