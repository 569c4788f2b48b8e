"""Which messages were answered, and how: providers deliver again, and nobody shall pay or wait twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from inventory_api.channels.sms.message import Inbound, Part, Reply
from inventory_api.channels.sms.phone import Pseudonyms
from inventory_api.domain.ports import Memos

SEEN_S = 172_800
"""Two days: longer than any provider repeats itself."""

PENDING_S = 30
"""After that long whoever was answering has died, and the next delivery is answered."""

GUARD_S = 4
"""Where messages have no id of their own, the same words within this time are the same message."""

PARTS_S = 600

_PENDING: dict[str, Any] = {"pending": True}
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Given:
    """An answer given before; ``reply`` None: nothing was said."""

    reply: Reply | None


class Memory:
    """Remembers messages; every method raises Unavailable where Redis is away.

    Args:
        memos: Where.
        pseudonyms: Of what would tell who wrote what.
    """

    def __init__(self, memos: Memos, pseudonyms: Pseudonyms) -> None:
        self._memos = memos
        self._pseudonyms = pseudonyms

    async def begin(self, inbound: Inbound) -> Given | None:
        """Take a message to answer it.

        Returns:
            None where it is ours to answer: ``end`` must follow. Else what was answered; waits for whoever is at it.
        """
        claimed: list[str] = []
        for key, keep_s in self._keys(inbound):
            memo = await self._memos.claim(key, _PENDING, keep_s=min(keep_s, PENDING_S))
            while memo is not None and memo.get("pending"):
                await asyncio.sleep(_LOOK_S)
                # Whoever was at it may have died; then it is claimed like new.
                memo = await self._memos.claim(key, _PENDING, keep_s=min(keep_s, PENDING_S))
            if memo is not None:
                for mine in claimed:
                    await self._memos.put(mine, memo, keep_s=SEEN_S)
                return Given(None if memo["reply"] is None else Reply(**memo["reply"]))
            claimed.append(key)
        return None

    async def end(self, inbound: Inbound, reply: Reply | None) -> None:
        """Remember what was answered."""
        said = None if reply is None else {"key": reply.key, "slots": dict(reply.slots), "text": reply.text}
        for key, keep_s in self._keys(inbound):
            await self._memos.put(key, {"reply": said}, keep_s=keep_s)
        if inbound.part is not None:
            await self._memos.forget(self._parts_of(inbound, inbound.part))

    async def join(self, inbound: Inbound) -> Inbound | None:
        """The whole message that a part completes; None while parts are missing. They are kept until its ``end``."""
        part = inbound.part
        if part is None:
            return inbound
        found = await self._memos.gather(
            self._parts_of(inbound, part), str(part.number), {"text": inbound.text}, keep_s=PARTS_S
        )
        names = [str(number) for number in range(1, part.total + 1)]
        if not all(name in found for name in names):
            return None
        # Two deliveries may both complete it: it has one id, so it is answered once.
        text = "".join(found[name]["text"] for name in names)
        return replace(inbound, message_id=self._pseudonyms.of("joined", inbound.sender, part.ref, text), text=text)

    def _parts_of(self, inbound: Inbound, part: Part) -> str:
        return f"sms:part:{self._pseudonyms.of('part', inbound.sender, inbound.to, part.ref)}"

    def _keys(self, inbound: Inbound) -> list[tuple[str, int]]:
        """Where a message is remembered, and for how long."""
        if inbound.message_id is not None:
            name = inbound.message_id if len(inbound.message_id) <= 100 else self._pseudonyms.of(inbound.message_id)
            return [(f"sms:seen:{inbound.provider}:{name}", SEEN_S)]
        sender, text = inbound.sender, inbound.text
        exactly = self._pseudonyms.of("seen", sender, text, inbound.received_at.isoformat())
        roughly = self._pseudonyms.of("guard", sender, text)
        return [
            (f"sms:seen:{inbound.provider}:{exactly}", SEEN_S),
            (f"sms:guard:{inbound.provider}:{roughly}", GUARD_S),
        ]
