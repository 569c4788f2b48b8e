"""A phone network before a real app: real Redis, real SQL, a conversation of a few lines."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx

from inventory_api.channels.app import create_app
from inventory_api.channels.sms.message import Inbound, Reply
from inventory_api.channels.sms.outgoing import new_client
from inventory_api.channels.sms.ports import SmsPorts
from inventory_api.channels.sms.providers.twilio import signature
from inventory_api.channels.sms.session import Menu, Session, Whereabouts
from inventory_api.storage.index.counts import RedisCounts
from inventory_api.storage.index.memos import RedisLeases, RedisMemos, RedisPace
from inventory_api.storage.index.multiplexed import Multiplexed
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.sms_desk import SqlSmsChannels
from inventory_api.storage.vault import Vault
from tests.unit.rest.world import BASE_URL, World

OURS, SHOPPER = "+14155550199", "+14155550134"
TOKEN = "the token"

_T = TypeVar("_T")


@dataclass
class FewWords:
    """A conversation.

    ``sleep`` takes too long, ``break`` fails, ``quiet`` is not answered, ``where`` remembers, ``count`` counts.
    """

    heard: list[Inbound] = field(default_factory=list)
    pause_s: float = 0.0

    async def answer(self, inbound: Inbound, session: Session) -> Reply | None:
        self.heard.append(inbound)
        await asyncio.sleep(60 if inbound.text == "sleep" else self.pause_s)
        match inbound.text.split():
            case ["break", *_]:
                raise ValueError(inbound.text, inbound.sender)
            case ["quiet"]:
                return None
            case ["STOP"]:
                return Reply("stop", {}, "You are opted out.")
            case ["where", *words]:
                session.language, session.place = "en", Whereabouts(" ".join(words), (37.77493, -122.41942))
                session.menu = Menu("stores", ("s1", "s2"), 2, {"q": "milk"})
            case ["count"]:
                session.menu = Menu("count", (), 1 + (session.menu.shown if session.menu else 0))
            case ["forget"]:
                session.forget()
            case ["recall"]:
                return Reply("recall", {}, f"{session.language} {session.place} {session.menu}")
        return Reply("list", {"q": inbound.text}, f"{len(self.heard)}: {inbound.text}")

    def is_farewell(self, inbound: Inbound) -> bool:
        return inbound.text == "STOP"

    def apology(self, session: Session) -> Reply:
        return Reply("error", {}, "Sorry, we cannot check stock right now.")

    def slow_down(self, session: Session) -> Reply:
        return Reply("slow", {}, "One at a time, please.")


@dataclass
class OptOuts:
    out: set[str] = field(default_factory=set)

    def opt_out(self, phone: str) -> bool:
        is_new = phone not in self.out
        self.out.add(phone)
        return is_new

    def opt_in(self, phone: str) -> None:
        self.out.discard(phone)

    def is_opted_out(self, phone: str) -> bool:
        return phone in self.out


class Texting:
    """Sends texts to an app. Close it.

    Args:
        redis_url: Of a server whose content may be thrown away.
        folder: With an upgraded ``inventory.sqlite``.
        transport: What our own calls reach.
        daily_segments: See ``SmsPorts``.
    """

    def __init__(
        self,
        redis_url: str,
        folder: Path,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        daily_segments: int = 0,
    ) -> None:
        self.db = Database(f"sqlite:///{folder / 'inventory.sqlite'}")
        self.runner = asyncio.Runner()
        self.words, self.opt_outs = FewWords(), OptOuts()
        self.redis_url = redis_url
        self.connection = Multiplexed(redis_url, timeout_s=0.5)
        vault = Vault(bytes(32))
        self.channels = SqlSmsChannels(self.db, vault)
        self.memos = RedisMemos(self.connection, vault)
        self.ports = SmsPorts(
            conversation=self.words,
            channels=self.channels,
            memos=self.memos,
            leases=RedisLeases(self.connection),
            pace=RedisPace(self.connection),
            counts=RedisCounts(self.connection),
            opt_outs=self.opt_outs,
            client=new_client(transport),
            key=bytes(range(32)),
            daily_segments=daily_segments,
        )
        self.app = create_app(World().ports(), self.ports)
        self.path = self.add("twilio", account_sid="ACaa", auth_tokens=[TOKEN])

    def close(self) -> None:
        self.run(self.connection.aclose())
        self.run(self.ports.client.aclose())
        self.runner.close()
        self.db.close()

    def run(self, doing: Coroutine[Any, Any, _T]) -> _T:
        return self.runner.run(doing)

    def add(self, provider: str, **options: Any) -> str:
        """Set up a channel; the path of its address."""
        country = {"countries": ("US",), "country": "US"}
        secret = self.channels.put(provider, provider=provider, number=OURS, options=options, **country)
        return f"/v1/sms/{provider}/{secret}"

    async def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **request)

    async def deliver(self, text: str, *, message_id: str = "", sender: str = SHOPPER, **more: str) -> httpx.Response:
        """One delivery by Twilio, signed."""
        message_id = message_id or f"SM{secrets.token_hex(16)}"
        form = {"MessageSid": message_id, "From": sender, "To": OURS, "Body": text, "NumMedia": "0"} | more
        signed = signature(TOKEN, BASE_URL + self.path, list(form.items()))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signed}
        return await self.call("POST", self.path, content=urlencode(form).encode(), headers=headers)

    def text(self, text: str, **how: str) -> str | None:
        """Deliver a text; what is said, None for silence."""
        response = self.run(self.deliver(text, **how))
        assert response.status_code == 200, response.text
        return said_in(response)


def said_in(response: httpx.Response) -> str | None:
    """The reply in TwiML."""
    body = response.text.partition("<Response>")[2].removesuffix("</Response>")
    return body.removeprefix("<Message>").removesuffix("</Message>") if body else None
