"""The numbers that take texts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import sms_channel

_COLUMNS = ("id", "provider", "number", "country", "countries", "options")


@dataclass(frozen=True, slots=True)
class SmsChannelRow:
    """A channel as it is kept: ``options`` sealed."""

    id: str
    provider: str
    number: str
    country: str
    countries: list[str]
    options: bytes


SmsChannelList = list[SmsChannelRow]


class SmsChannelRows(Repository):
    """Channels, by id and by the hash of the secret in their address."""

    def find(self, secret: bytes) -> SmsChannelRow | None:
        """The channel of this hash."""
        columns = [sms_channel.c[name] for name in _COLUMNS]
        row = self._connection.execute(select(*columns).where(sms_channel.c.secret == secret)).mappings().first()
        return None if row is None else SmsChannelRow(**row)

    def list(self) -> SmsChannelList:
        """All of them, by id."""
        statement = select(*[sms_channel.c[name] for name in _COLUMNS]).order_by(sms_channel.c.id)
        return [SmsChannelRow(**row) for row in self._connection.execute(statement).mappings()]

    def put(self, row: SmsChannelRow, secret: bytes, now: dt.datetime) -> None:
        """Keep a channel, in place of one of the same id."""
        self.delete(row.id)
        values = {name: getattr(row, name) for name in _COLUMNS}
        self._connection.execute(insert(sms_channel).values(**values, secret=secret, created_at=now))

    def delete(self, channel_id: str) -> bool:
        """Forget a channel; whether there was one."""
        return self._connection.execute(delete(sms_channel).where(sms_channel.c.id == channel_id)).rowcount > 0
