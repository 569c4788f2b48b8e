"""What the wire asks of the conversation, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import httpx

from inventory_api.channels.sms.message import Inbound, Reply
from inventory_api.channels.sms.session import Session
from inventory_api.domain.ports import Leases, Memos, OptOuts, Pace, SharedCounts, SmsChannels


class Conversation(Protocol):
    """The half with words: grammar, dialogue, texts."""

    async def answer(self, inbound: Inbound, session: Session) -> Reply | None:
        """What to say; None: nothing. What it changes in the session is kept.

        May be cancelled after eight seconds. Whatever it raises, the shopper gets ``apology``.
        """

    def is_farewell(self, inbound: Inbound) -> bool:
        """Whether this is an opt-out: it is heard from whoever has texted too much, too. Cheap, and never raises."""

    def apology(self, session: Session) -> Reply:
        """What is said where there is no answer in time. Cheap, and never raises."""

    def slow_down(self, session: Session) -> Reply:
        """What is said once to whoever texts too much. Cheap, and never raises."""


@dataclass(frozen=True, slots=True)
class SmsPorts:
    """The world of the SMS channel.

    ``key`` makes pseudonyms of phone numbers, the same in every process; ``client`` reaches the providers;
    ``daily_segments`` is what may be sent in a day (UTC) before answers are cut to one segment each, 0: any number.
    """

    conversation: Conversation
    channels: SmsChannels
    memos: Memos
    leases: Leases
    pace: Pace
    counts: SharedCounts
    opt_outs: OptOuts
    client: httpx.AsyncClient
    key: bytes
    daily_segments: int = 0
