"""Who texts too much, or from where nobody should be answered: attackers earn on our replies to their numbers."""

from __future__ import annotations

import datetime as dt
import logging

from inventory_api.channels.sms.message import Inbound
from inventory_api.channels.sms.phone import HIDDEN_DIGITS, Pseudonyms, country_of
from inventory_api.channels.sms.segments import cut, measure
from inventory_api.domain.errors import Unavailable
from inventory_api.domain.ports import Pace, SharedCounts, SmsChannel, Step

PREFIX_HOURLY = 100
"""Messages an hour from numbers that differ in their last four digits alone."""

SHORT = 14
"""Characters of what anybody may well say three times: 1, MORE, "inka chupinchu"."""

_HOUR_S, _DAY_S = 3_600, 86_400

_logger = logging.getLogger(__name__)


class Limits:
    """Judges each message; where nobody counts (Redis is away), it is answered.

    Args:
        pace: Counts each sender.
        counts: Counts ranges of senders, and segments.
        pseudonyms: Under which senders are counted.
        daily_segments: See ``SmsPorts``.
    """

    def __init__(self, pace: Pace, counts: SharedCounts, pseudonyms: Pseudonyms, daily_segments: int) -> None:
        self._pace = pace
        self._counts = counts
        self._pseudonyms = pseudonyms
        self._daily_segments = daily_segments

    async def step(self, channel: SmsChannel, inbound: Inbound, now: dt.datetime) -> Step:
        """What becomes of a message, whose sender is E.164."""
        sender, text = inbound.sender, inbound.text.strip().casefold()
        if country_of(sender) not in channel.countries:
            return Step.SILENT
        said = self._pseudonyms.of("said", sender, text) if len(text) > SHORT else ""
        try:
            step = await self._pace.step(self._pseudonyms.of("pace", sender), said, now)
            if step is not Step.ANSWER:
                return step
            prefix = self._pseudonyms.of("prefix", sender[:-HIDDEN_DIGITS])
            name = f"sms-prefix:{int(now.timestamp()) // _HOUR_S}:{prefix}"
            if await self._counts.add(name, 1, keep_s=2 * _HOUR_S) > PREFIX_HOURLY:
                return Step.SILENT
        except Unavailable:
            _logger.warning("texts are not counted: Redis is away")
        return Step.ANSWER

    async def afford(self, text: str, now: dt.datetime) -> str:
        """A reply as it may be sent today; spends its segments."""
        if not self._daily_segments:
            return text
        name = f"sms-segments:{now:%Y-%m-%d}"
        try:
            spent = await self._counts.add(name, measure(text).segments, keep_s=2 * _DAY_S)
        except Unavailable:
            return text
        if spent <= self._daily_segments:
            return text
        _logger.warning("today's segments are spent: replies are cut to one")
        return cut(text, 1)


class NoLimits(Limits):
    """For a terminal, where nobody pays."""

    def __init__(self) -> None:
        """Nothing to count."""

    async def step(self, channel: SmsChannel, inbound: Inbound, now: dt.datetime) -> Step:
        """Every message is answered."""
        return Step.ANSWER

    async def afford(self, text: str, now: dt.datetime) -> str:
        """Everything may be said."""
        return text
