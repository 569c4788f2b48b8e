"""What is remembered of a shopper between two messages, under a pseudonym of the number."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from inventory_api.channels.sms.phone import Pseudonyms
from inventory_api.domain.errors import Unavailable
from inventory_api.domain.ports import Leases, Memos

MENU_S = 15 * 60
KNOWN_S = 90 * 86_400
LEASE_S = 10
"""Longer than a text may take; then whoever answered it has died."""

_LOOK_S = 0.05
POSITION_DECIMALS = 2
"""About a kilometer: enough to rank shops by, and no address."""


@dataclass(frozen=True, slots=True)
class Menu:
    """What was offered last: the ranked ids, so that MORE goes on where it stopped, and not what their stock was.

    ``kind`` tells what a choice means, ``asked`` is the question it came from, ``shown`` how many ids were shown;
    ``names`` are what they were called, where a name chooses as a digit does.
    """

    kind: str
    ids: tuple[str, ...]
    shown: int = 0
    asked: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a shopper asks from: the place as they named it, or a position, which is never kept finely."""

    name: str | None = None
    position: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Round."""
        if self.position is not None:
            latitude, longitude = (round(degrees, POSITION_DECIMALS) + 0.0 for degrees in self.position)
            object.__setattr__(self, "position", (latitude, longitude))


@dataclass(slots=True)
class Session:
    """What is remembered. The menu is gone after 15 minutes, language and place after 90 days of silence.

    ``language`` is the last that was used; ``is_chosen``: this shopper asked for it with LANG; ``is_kept``: what is set
    here outlives the answer.
    """

    language: str | None = None
    place: Whereabouts | None = None
    menu: Menu | None = None
    is_chosen: bool = False
    is_kept: bool = True

    def forget(self) -> None:
        """Remember nothing."""
        self.language = self.place = self.menu = None
        self.is_chosen = False


class Sessions:
    """Keeps sessions.

    Args:
        memos: Where to.
        leases: Keep two texts of one number from answering to the same session.
        pseudonyms: Of the numbers.
    """

    def __init__(self, memos: Memos, leases: Leases, pseudonyms: Pseudonyms) -> None:
        self._memos = memos
        self._leases = leases
        self._pseudonyms = pseudonyms

    @asynccontextmanager
    async def hold(self, phone: str, until: float) -> AsyncIterator[None]:
        """Wait until no other text of a number is being answered; where Redis is away, nobody waits.

        Args:
            phone: E.164.
            until: When it is too late, by the clock of the event loop.

        Raises:
            TimeoutError: It was too late.
        """
        name, token = self._pseudonyms.of("lease", phone), secrets.token_hex(8)
        try:
            with suppress(Unavailable):
                async with asyncio.timeout_at(until):
                    while not await self._leases.take(name, token, keep_s=LEASE_S):
                        await asyncio.sleep(_LOOK_S)
            yield
        finally:
            with suppress(Unavailable):
                await self._leases.end(name, token)

    async def load(self, phone: str) -> Session:
        """What is remembered of a number. Raises Unavailable."""
        menu_key, known_key = self._keys(phone)
        menu, known = await self._memos.get(menu_key), await self._memos.get(known_key) or {}
        return Session(
            language=known.get("language"),
            place=_place(known.get("place")),
            menu=None
            if menu is None
            else Menu(**menu | {name: tuple(menu.get(name, ())) for name in ("ids", "names")}),
            is_chosen=known.get("is_chosen", False),
        )

    async def save(self, phone: str, session: Session) -> None:
        """Keep a session; of what is empty no key is left. Raises Unavailable."""
        menu_key, known_key = self._keys(phone)
        if session.menu is None:
            await self._memos.forget(menu_key)
        else:
            await self._memos.put(menu_key, asdict(session.menu), keep_s=MENU_S)
        if session.language is None and session.place is None:
            await self._memos.forget(known_key)
        else:
            place = None if session.place is None else asdict(session.place)
            known = {"language": session.language, "place": place, "is_chosen": session.is_chosen}
            await self._memos.put(known_key, known, keep_s=KNOWN_S)

    async def forget(self, phone: str) -> None:
        """Leave no key of this number's session. Raises Unavailable."""
        await self._memos.forget(*self._keys(phone))

    def _keys(self, phone: str) -> tuple[str, str]:
        who = self._pseudonyms.of("session", phone)
        return f"sms:menu:{who}", f"sms:known:{who}"


def _place(kept: Mapping[str, Any] | None) -> Whereabouts | None:
    if kept is None:
        return None
    position = kept["position"]
    return Whereabouts(kept["name"], None if position is None else (position[0], position[1]))
