"""A phone with a SIM as a gateway (capcom6's SMS Gateway for Android): JSON in, replies are sent."""

from __future__ import annotations

import hmac
import time
from typing import Any

import httpx

from inventory_api.channels.sms.message import Caps, Inbound, Reply, SendResult, StatusUpdate
from inventory_api.channels.sms.providers.provider import Call, Options, SmsProvider, equal, instant_of, refuse
from inventory_api.domain.errors import InvalidInput

MAX_AGE_S = 15 * 60
"""Each attempt is signed anew; phones' clocks are off by minutes."""

RECEIVED = "sms:received"
_STATUSES = {"sms:sent": "sent", "sms:delivered": "delivered", "sms:failed": "failed"}


class AndroidOptions(Options):
    """``signing_key``: from the app's settings. ``api_url``: the cloud's, a private server's, or the phone's own."""

    signing_key: str
    username: str
    password: str
    api_url: str = "https://api.sms-gate.app/3rdparty/v1"


class Android(SmsProvider[AndroidOptions]):
    """For pilots, and where no operator sells a number that takes texts."""

    name = "android"
    caps = Caps(inline_reply=False)
    options_of = AndroidOptions

    def verify(self, call: Call) -> None:
        """By the HMAC over body and time. Raises Forbidden."""
        at = call.headers.get("x-timestamp", "")
        signed = hmac.digest(self.options.signing_key.encode(), call.body + at.encode(), "sha256").hex()
        if not equal(signed, call.headers.get("x-signature", "").lower()):
            raise refuse("the signature does not fit")
        if not at.isdecimal() or abs(time.time() - int(at)) > MAX_AGE_S:
            raise refuse("the signature is too old")

    def parse(self, call: Call) -> list[Inbound]:
        """One message a call. Its ``messageId`` is made of its content, so two equal messages share one: not taken."""
        event = call.json()
        if event.get("event") != RECEIVED:
            return []
        payload = _payload(event)
        sender = payload.get("sender") or payload.get("phoneNumber")
        if not isinstance(sender, str) or not isinstance(payload.get("message"), str):
            raise InvalidInput("the payload has no sender or no message")
        return [
            Inbound(
                provider=self.name,
                message_id=None,
                sender=sender,
                to=str(payload.get("recipient") or self.channel.number),
                text=payload["message"],
                received_at=instant_of(str(payload.get("receivedAt", ""))),
            )
        ]

    def parse_status(self, call: Call) -> list[StatusUpdate]:
        """What became of a text that the phone sent."""
        event = call.json()
        status = _STATUSES.get(str(event.get("event")))
        if status is None:
            return []
        payload = _payload(event)
        return [StatusUpdate(str(payload.get("messageId", "")), status)]

    async def _send(self, to: str, reply: Reply) -> SendResult:
        return await self._deliver(
            f"{self.options.api_url}/messages",
            _read,
            json={"textMessage": {"text": reply.text}, "phoneNumbers": [to]},
            auth=(self.options.username, self.options.password),
        )


def _payload(event: dict[str, Any]) -> dict[str, Any]:
    payload = event.get("payload")
    return payload if isinstance(payload, dict) else {}


def _read(response: httpx.Response) -> SendResult:
    if response.is_success:
        return SendResult("accepted", str(response.json()["id"]))
    return SendResult("refused", code=str(response.status_code))
