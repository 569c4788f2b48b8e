"""What we send unasked: alerts, over whichever channel is nearest to the number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import httpx
from starlette.concurrency import run_in_threadpool

from inventory_api.channels.sms.message import Reply
from inventory_api.channels.sms.phone import country_of, e164
from inventory_api.channels.sms.providers import provider_of
from inventory_api.channels.sms.segments import plain
from inventory_api.domain.errors import Refused, Unavailable
from inventory_api.domain.ports import SmsChannel, SmsChannels


class Uncertain(Exception):
    """Nobody knows whether a text went out; it must not be sent again."""


class Outbox:
    """Sends single texts.

    Args:
        channels: Those that are set up.
        client: Makes a client, which is closed again: texts unasked are rare, and whoever sends them has an event
            loop for each.
    """

    def __init__(self, channels: SmsChannels, client: Callable[[], httpx.AsyncClient]) -> None:
        self._channels = channels
        self._client = client

    async def send(self, phone: str, reply: Reply) -> None:
        """Hand one text over, once.

        Args:
            phone: E.164.
            reply: What to say. Whether its owner wants texts is the caller's to know.

        Raises:
            Unavailable: It surely was not handed over, and may be later.
            Refused: It never will be: no channel reaches the number, or its owner told the provider to stop.
            Uncertain: Nobody knows.
        """
        number = e164(phone)
        channel = None if number is None else nearest(await run_in_threadpool(self._channels.list), number)
        if number is None or channel is None:
            raise Refused("no channel reaches this number")
        async with self._client() as client:
            provider = provider_of(channel, client)
            text = reply.text if provider.options.dlt else plain(reply.text)
            result = await provider.send(number, Reply(reply.key, reply.slots, text))
        reason = f"{channel.provider}: {result.outcome} {result.code or ''}".strip()
        match result.outcome:
            case "unavailable":
                raise Unavailable(reason)
            case "refused" | "opted_out":
                raise Refused(reason)
            case "unknown":
                raise Uncertain(reason)


def nearest(channels: Sequence[SmsChannel], number: str) -> SmsChannel | None:
    """The channel to reach a number by: of its own country, else one that answers it anyway; None: no text is due."""
    country = country_of(number)
    reaching = [channel for channel in channels if country in channel.countries]
    return min(reaching, key=lambda channel: (channel.country != country, channel.id), default=None)
