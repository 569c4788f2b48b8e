"""``domain.ports.SmsChannels`` on SQL, and where channels are set up."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inventory_api.domain.errors import Forbidden, NotFound, Unavailable
from inventory_api.domain.ports import Seals, SmsChannel
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.sms_channels import SmsChannelRow

REMEMBERED_S = 5.0
"""How long a removed channel may still answer in a process that saw it."""

OUTLIVES_S = 600.0
"""How long it does while SQL is away."""

SECRET_BYTES = 24


class SqlSmsChannels:
    """The channels of this installation.

    Args:
        db: Where they are.
        seals: Opens their options.
        clock: Seconds, only compared with itself.
    """

    def __init__(self, db: Database, seals: Seals, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._seals = seals
        self._clock = clock
        self._lock = threading.Lock()
        self._remembered: dict[bytes, tuple[float, SmsChannel]] = {}

    def find(self, provider: str, secret: str) -> SmsChannel:
        """At most one SQL read, none while the channel is remembered. Raises Forbidden."""
        digest = _digest(secret)
        channel = self._find(digest)
        if channel is None or channel.provider != provider:
            raise Forbidden("there is no such channel")
        return channel

    def list(self) -> Sequence[SmsChannel]:
        """One SQL read."""
        with self._db.read() as tx:
            return [self._opened(row) for row in tx.sms_channels.list()]

    def put(
        self,
        channel_id: str,
        *,
        provider: str,
        number: str,
        country: str,
        countries: Sequence[str],
        options: Mapping[str, Any],
    ) -> str:
        """Set up a channel, or change one: its address is a new one then.

        Returns:
            The secret of its address, shown here and never again.
        """
        secret = secrets.token_urlsafe(SECRET_BYTES)
        row = SmsChannelRow(channel_id, provider, number, country, [*countries], self._seals.seal(dict(options)))
        with self._db.write() as tx:
            tx.sms_channels.put(row, _digest(secret), dt.datetime.now(dt.UTC))
        return secret

    def remove(self, channel_id: str) -> None:
        """Forget a channel. Raises NotFound."""
        with self._db.write() as tx:
            if not tx.sms_channels.delete(channel_id):
                raise NotFound(channel_id)

    def _find(self, digest: bytes) -> SmsChannel | None:
        now = self._clock()
        with self._lock:
            seen_at, channel = self._remembered.get(digest, (float("-inf"), None))
        if channel is not None and now - seen_at < REMEMBERED_S:
            return channel
        try:
            with self._db.read() as tx:
                row = tx.sms_channels.find(digest)
        except Unavailable:
            if channel is not None and now - seen_at < OUTLIVES_S:
                return channel
            raise
        # Only living channels are remembered: the dictionary cannot grow past the table.
        with self._lock:
            if row is None:
                self._remembered.pop(digest, None)
                return None
            self._remembered[digest] = (now, channel := self._opened(row))
        return channel

    def _opened(self, row: SmsChannelRow) -> SmsChannel:
        options = self._seals.open(row.options)
        return SmsChannel(row.id, row.provider, row.number, row.country, tuple(row.countries), options)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
