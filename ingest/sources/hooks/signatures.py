"""Whether a delivery was signed with the secret of its source: over the raw bytes, in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping

from standardwebhooks import Webhook, WebhookVerificationError

from inventory_api.domain.errors import Unauthorized
from inventory_api.domain.ports import HookDelivery
from inventory_api.domain.source import Protocol

_LIGHTSPEED = re.compile(r"\s*signature\s*=\s*([^,\s]+)\s*,\s*algorithm\s*=\s*HMAC-SHA256\s*", re.IGNORECASE)


def verify(protocol: Protocol, secrets: list[str], delivery: HookDelivery, url: str) -> None:
    """Make sure that one of these secrets signed the delivery.

    Args:
        protocol: Whose way of signing.
        secrets: As the platform shows them; two while one replaces the other.
        delivery: Untouched.
        url: The address as it is registered with the platform; Square signs it.

    Raises:
        Unauthorized: None of them did.
    """
    if not any(_CHECKS[protocol](secret, delivery, url) for secret in secrets):
        raise Unauthorized("the signature is missing, or not made with the secret of this source")


def _shopify(secret: str, delivery: HookDelivery, url: str) -> bool:
    return _is(_base64(_hmac(secret, delivery.body)), delivery.headers.get("x-shopify-hmac-sha256"))


def _square(secret: str, delivery: HookDelivery, url: str) -> bool:
    signed = _hmac(secret, url.encode() + delivery.body)
    return _is(_base64(signed), delivery.headers.get("x-square-hmacsha256-signature"))


def _lightspeed(secret: str, delivery: HookDelivery, url: str) -> bool:
    """Lightspeed does not say how it writes the digest: both ways are taken."""
    found = _LIGHTSPEED.fullmatch(delivery.headers.get("x-signature", ""))
    if found is None:
        return False
    digest = _hmac(secret, delivery.body)
    return _is(digest.hex(), found[1].lower()) | _is(_base64(digest), found[1])


def _generic(secret: str, delivery: HookDelivery, url: str) -> bool:
    """Standard Webhooks 1.0: five minutes of tolerance, several signatures."""
    try:
        Webhook(secret).verify(delivery.body, dict(delivery.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        # ValueError: base64, UTF-8 or a header that is not what the standard says.
        return False
    return True


_CHECKS: Mapping[Protocol, Callable[[str, HookDelivery, str], bool]] = {
    Protocol.SHOPIFY: _shopify,
    Protocol.SQUARE: _square,
    Protocol.LIGHTSPEED: _lightspeed,
    Protocol.GENERIC: _generic,
}


def _hmac(secret: str, signed: bytes) -> bytes:
    return hmac.digest(secret.encode(), signed, hashlib.sha256)


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _is(expected: str, given: str | None) -> bool:
    return given is not None and hmac.compare_digest(expected.encode(), given.encode())
