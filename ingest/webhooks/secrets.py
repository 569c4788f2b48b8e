"""The secrets of an endpoint: two may sign at once, so that a receiver can change to the new one in peace."""

from __future__ import annotations

import base64
import datetime as dt
import secrets

from standardwebhooks import Webhook

from inventory_api.storage.vault import Vault

SECRET_BYTES = 32
OVERLAP = dt.timedelta(hours=24)
"""How long the secret before a rotation goes on to sign."""


class Secrets:
    """Makes, seals and uses the secrets of endpoints."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def make(self) -> tuple[str, bytes]:
        """A new secret, to be shown once, and what is kept of it."""
        secret = f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
        return secret, self._vault.seal({"secret": secret})

    def rotate(self, sealed: bytes, now: dt.datetime) -> tuple[str, bytes]:
        """A new secret beside the one before, which signs for 24 hours more."""
        before = self._vault.open(sealed)["secret"]
        secret, _ = self.make()
        until = (now + OVERLAP).isoformat()
        return secret, self._vault.seal({"secret": secret, "before": before, "until": until})

    def headers(self, sealed: bytes, message_id: str, now: dt.datetime, body: str) -> dict[str, str]:
        """What a receiver verifies the body by.

        Raises:
            ValueError: Sealed under another installation's key.
        """
        kept = self._vault.open(sealed)
        signing = [kept["secret"]]
        if "until" in kept and now < dt.datetime.fromisoformat(kept["until"]):
            signing.append(kept["before"])
        # The library takes the wall clock of the time it is given for UTC.
        at = now.astimezone(dt.UTC)
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(Webhook(secret).sign(message_id, at, body) for secret in signing),
        }
