"""The life of a message: verified, told from its copies, limited, answered in time, sent back."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from inventory_api.channels.faults import story_of
from inventory_api.channels.sms.memory import Given, Memory
from inventory_api.channels.sms.message import Inbound, Reply, StatusUpdate
from inventory_api.channels.sms.pacing import Limits
from inventory_api.channels.sms.phone import Pseudonyms, e164
from inventory_api.channels.sms.photo import read_photos
from inventory_api.channels.sms.ports import SmsPorts
from inventory_api.channels.sms.providers import Call, SmsProvider
from inventory_api.channels.sms.segments import cut, plain
from inventory_api.channels.sms.session import Session, Sessions
from inventory_api.domain.errors import Unavailable
from inventory_api.domain.ports import Step

DEADLINE_S = 8.0
"""Until the apology is said. The least patient provider gives up at ten seconds."""

OPTED_S = 1.0
"""How long it may take to learn that somebody wants no apology."""

_logger = logging.getLogger(__name__)


class Gateway:
    """Answers messages. Neither a number nor a word of theirs is logged.

    Args:
        ports: The world.
        limits: Instead of those of ``ports``.
        deadline_s: Until the apology.
        now: The time of day.
    """

    def __init__(
        self,
        ports: SmsPorts,
        *,
        limits: Limits | None = None,
        deadline_s: float = DEADLINE_S,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        pseudonyms = Pseudonyms(ports.key)
        self._conversation = ports.conversation
        self._opt_outs = ports.opt_outs
        self._limits = limits or Limits(ports.pace, ports.counts, pseudonyms, ports.daily_segments)
        self._memory = Memory(ports.memos, pseudonyms)
        self._sessions = Sessions(ports.memos, ports.leases, pseudonyms)
        self._deadline_s = deadline_s
        self._now = now

    async def receive(self, provider: SmsProvider[Any], call: Call) -> Response:
        """Take in one call of a provider, and answer it.

        Raises:
            Forbidden: The provider did not make it.
            InvalidInput: It made it, and nobody can read it.
            Unavailable: An opt-out that neither Redis nor SQL can keep.
        """
        provider.verify(call)
        for update in provider.parse_status(call):
            await self._note(provider, update)
        replies = await asyncio.gather(*(self.answer(provider, inbound) for inbound in provider.parse(call)))
        said = [reply for reply in replies if reply is not None]
        return provider.render_inline(said[0] if said else None)

    async def answer(self, provider: SmsProvider[Any], inbound: Inbound) -> Reply | None:
        """Answer one message, once however often it comes.

        Returns:
            The reply, where the provider takes it as the answer to its call; else it was sent.
        """
        sender = e164(inbound.sender, provider.channel.country)
        if sender is None:
            # A name or a short code is a machine, and two machines never stop.
            return None
        until = asyncio.get_running_loop().time() + self._deadline_s
        try:
            whole = await self._memory.join(replace(inbound, sender=sender))
            if whole is None:
                return None
            given = await self._given(whole, until)
        except Unavailable:
            # Better answered twice than not at all; of a message in parts, its first.
            if inbound.part is not None and inbound.part.number > 1:
                return None
            whole, given = replace(inbound, sender=sender, part=None), None
        if given is not None:
            return given.reply if provider.replies_inline else None
        reply = await self._reply(provider, whole, until)
        try:
            await self._memory.end(whole, reply)
        except Unavailable:
            _logger.warning("an answer is not remembered: Redis is away")
        if reply is None or provider.replies_inline:
            return reply
        await self._send(provider, sender, reply)
        return None

    async def _given(self, inbound: Inbound, until: float) -> Given | None:
        """What was answered before, None where nothing was; the apology where that does not end in time."""
        try:
            async with asyncio.timeout_at(until):
                return await self._memory.begin(inbound)
        except TimeoutError:
            return Given(await self._apology(inbound, Session(is_kept=False)))

    async def _reply(self, provider: SmsProvider[Any], inbound: Inbound, until: float) -> Reply | None:
        """What to say to a message that is new."""
        if inbound.opt_out_type is not None:
            await self._heed(inbound)
            return None
        is_farewell = self._conversation.is_farewell(inbound)
        step = await self._limits.step(provider.channel, inbound, self._now())
        if step is Step.SILENT and not is_farewell:
            return None
        reply: Reply | None
        if is_farewell:
            # It waits for nobody.
            reply = await self._said(provider, inbound, until)
        elif step is Step.TELL:
            is_out = await self._is_out(inbound.sender)
            reply = None if is_out else self._conversation.slow_down(await self._session(inbound.sender))
        else:
            reply = await self._said_in_order(provider, inbound, until)
        if reply is None or step is Step.SILENT:
            return None
        return await self._fit(provider, reply)

    async def _said_in_order(self, provider: SmsProvider[Any], inbound: Inbound, until: float) -> Reply | None:
        """What is said once the texts before it are answered: it may be about their answers."""
        try:
            async with self._sessions.hold(inbound.sender, until):
                return await self._said(provider, inbound, until)
        except TimeoutError:
            # Nobody has looked at it: what the session keeps is an older search.
            return await self._apology(inbound, replace(await self._session(inbound.sender), is_kept=False))

    async def _said(self, provider: SmsProvider[Any], inbound: Inbound, until: float) -> Reply | None:
        """What the conversation says, or its apology."""
        session = await self._session(inbound.sender)
        reply: Reply | None
        try:
            async with asyncio.timeout_at(until):
                if inbound.media:
                    inbound = await read_photos(provider, inbound)
                reply = await self._conversation.answer(inbound, session)
        except TimeoutError:
            _logger.warning("a text was not answered within %g s", self._deadline_s)
            reply = await self._apology(inbound, session)
        except Exception as error:
            _logger.error("answering a text failed\n%s", story_of(error))
            reply = await self._apology(inbound, session)
        if session.is_kept:
            try:
                await self._sessions.save(inbound.sender, session)
            except Unavailable:
                _logger.warning("a session is not kept: Redis is away")
        return reply

    async def _apology(self, inbound: Inbound, session: Session) -> Reply | None:
        """What is said in place of an answer; to whoever opted out before, nothing.

        Raises:
            Unavailable: It is an opt-out: its provider shall deliver it again.
        """
        if self._conversation.is_farewell(inbound):
            raise Unavailable("an opt-out could not be kept")
        return None if await self._is_out(inbound.sender) else self._conversation.apology(session)

    async def _is_out(self, sender: str) -> bool:
        """Whether a sender wants nothing, as far as that is known at once."""
        try:
            async with asyncio.timeout(OPTED_S):
                return await asyncio.to_thread(self._opt_outs.is_opted_out, sender)
        except (TimeoutError, Unavailable):
            return False

    async def _session(self, sender: str) -> Session:
        """What is remembered of a sender; where that cannot be read, a session that shall not replace it."""
        try:
            return await self._sessions.load(sender)
        except Unavailable:
            return Session(is_kept=False)

    async def _fit(self, provider: SmsProvider[Any], reply: Reply) -> Reply:
        """A reply as it can be afforded; a registered text must not be touched."""
        if provider.options.dlt is not None:
            return reply
        text = await self._limits.afford(plain(reply.text), self._now())
        return replace(reply, text=cut(text, provider.caps.max_segments))

    async def _send(self, provider: SmsProvider[Any], to: str, reply: Reply) -> None:
        result = await provider.send(to, reply)
        if result.outcome == "opted_out":
            await run_in_threadpool(self._opt_outs.opt_out, to)
        if result.outcome != "accepted":
            _logger.warning("a reply over %s was not sent: %s %s", provider.name, result.outcome, result.code or "")

    async def _heed(self, inbound: Inbound) -> None:
        """Keep what the shopper told the provider, which has answered it already."""
        if inbound.opt_out_type == "STOP":
            await run_in_threadpool(self._opt_outs.opt_out, inbound.sender)
        elif inbound.opt_out_type == "START":
            await run_in_threadpool(self._opt_outs.opt_in, inbound.sender)

    async def _note(self, provider: SmsProvider[Any], update: StatusUpdate) -> None:
        """Keep what a provider tells of a text that was sent."""
        _logger.info("a text over %s: %s %s", provider.name, update.status, update.code or "")
        phone = None if update.opted_out is None else e164(update.opted_out, provider.channel.country)
        if phone is not None:
            await run_in_threadpool(self._opt_outs.opt_out, phone)
