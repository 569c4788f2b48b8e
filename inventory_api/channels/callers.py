"""Who calls, and whether they may call once more."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from inventory_api.channels.quota import Meter, caller_of
from inventory_api.channels.reading import is_keyed
from inventory_api.domain.errors import Unauthorized
from inventory_api.domain.ports import KeyHolder, Keys

FAILURES = 30
"""Bad keys a minute from one address. Guessing is hopeless anyway: it is the asking that costs."""

_BEARER = "bearer "


class Callers:
    """Counts anonymous callers by their address, others by the retailer whose key they hold.

    Args:
        keys: Knows the keys.
        anonymous: Limits each address.
        keyed: Limits each retailer.
        failures: Limits the bad keys of each address.
    """

    def __init__(self, keys: Keys, anonymous: Meter, keyed: Meter, failures: Meter) -> None:
        self._keys = keys
        self._anonymous = anonymous
        self._keyed = keyed
        self._failures = failures

    async def admit(self, scope: Scope, headers: Mapping[bytes, bytes]) -> bytes | None:
        """Count a call; the holder of its key, if it has one, is then in ``scope["state"]["holder"]``.

        Returns:
            What ``RateLimit`` says, None where there is no limit.

        Raises:
            Unauthorized: The key is unknown, or there are two different ones.
            RateLimited: One call, or one bad key, too many.
        """
        key = _key_of(headers) if is_keyed(headers) else None
        if key is None:
            return self._anonymous.take(address_of(scope))
        holder = await self.verify(scope, key)
        scope["state"]["holder"] = holder
        return self._keyed.take(holder.retailer_id)

    async def verify(self, scope: Scope, key: str) -> KeyHolder:
        """Who holds a key; bad ones are counted, wherever in the call they stood.

        Raises:
            Unauthorized: The key is unknown.
            RateLimited: One bad key too many.
        """
        address = address_of(scope)
        self._failures.check(address)
        try:
            return await run_in_threadpool(self._keys.verify, key)
        except Unauthorized:
            self._failures.take(address)
            raise


def address_of(scope: Scope) -> str:
    """Where a call comes from, as far as callers are told apart by it."""
    client = scope["client"]
    return caller_of(client[0]) if client else "local"


def _key_of(headers: Mapping[bytes, bytes]) -> str | None:
    """The key of a call, None where it has none. Raises Unauthorized for two different ones."""
    scheme = headers.get(b"authorization", b"").decode("latin-1")
    bearer = scheme[len(_BEARER) :].strip() if scheme.lower().startswith(_BEARER) else ""
    own = headers.get(b"x-api-key", b"").decode("latin-1").strip()
    if bearer and own and bearer != own:
        raise Unauthorized("Authorization and X-API-Key hold different keys; send one")
    return bearer or own or None
