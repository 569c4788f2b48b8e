"""Shoppers as they are kept: a keyed hash to find them by, and, while an alert needs it, the sealed number."""

from __future__ import annotations

import hmac
import logging

from inventory_api.domain.errors import Refused
from inventory_api.domain.ports import WatchWish
from inventory_api.storage.vault import Vault

logger = logging.getLogger(__name__)


class Subscribers:
    """Hashes and seals.

    Args:
        secret: Of this installation: all numbers of a country are soon hashed without one.
        vault: Seals numbers.
    """

    def __init__(self, secret: bytes, vault: Vault) -> None:
        self._secret = secret
        self._vault = vault

    def of(self, wish: WatchWish) -> bytes:
        """Who wishes: a number; else what an app calls its shopper, or where its events go."""
        if wish.phone is not None:
            return self.of_phone(wish.phone)
        kind, name = ("app", wish.subscriber) if wish.subscriber is not None else ("url", wish.url)
        return self._hash(f"{kind}\n{wish.owner or ''}\n{name}")

    def of_phone(self, phone: str) -> bytes:
        """The owner of a number in E.164."""
        return self._hash(f"phone\n{phone}")

    def seal(self, phone: str) -> bytes:
        """The number, encrypted."""
        return self._vault.seal({"phone": phone})

    def open(self, sealed: bytes) -> str:
        """The number again.

        Raises:
            Refused: It was sealed under another key: nothing will ever reach it.
        """
        try:
            phone: str = self._vault.open(sealed)["phone"]
        except ValueError as error:
            logger.warning("a number is sealed under another key: was vault.secret replaced?")
            raise Refused("the number cannot be read") from error
        return phone

    def _hash(self, text: str) -> bytes:
        return hmac.digest(self._secret, text.encode(), "sha256")
