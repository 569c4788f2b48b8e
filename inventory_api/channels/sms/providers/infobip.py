"""Infobip: JSON in, several messages a call; replies are sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from inventory_api.channels.sms.message import Caps, Inbound, Reply, SendResult, StatusUpdate
from inventory_api.channels.sms.providers.provider import (
    Call,
    Options,
    SmsProvider,
    equal,
    instant_of,
    international,
    refuse,
)


class InfobipOptions(Options):
    """``authorization``: the header that the subscription was told to send; nothing else shows who calls."""

    api_key: str
    api_url: str
    authorization: str | None = None


class Infobip(SmsProvider[InfobipOptions]):
    """Its SMS API, version 3."""

    name = "infobip"
    caps = Caps(inline_reply=False)
    options_of = InfobipOptions

    def verify(self, call: Call) -> None:
        """By the header, where one is set up; the secret of the address was right already. Raises Forbidden."""
        expected = self.options.authorization
        if expected is not None and not equal(expected, call.headers.get("authorization", "")):
            raise refuse("the Authorization header is not the one that is set up")

    def parse(self, call: Call) -> list[Inbound]:
        """A batch."""
        return [
            Inbound(
                provider=self.name,
                message_id=str(result.get("messageId") or "") or None,
                sender=international(str(result["from"])),
                to=str(result.get("to") or self.channel.number),
                text=str(result["text"]),
                received_at=instant_of(str(result.get("receivedAt", ""))),
            )
            for result in _results(call)
            if "from" in result and "text" in result
        ]

    def parse_status(self, call: Call) -> list[StatusUpdate]:
        """Delivery reports."""
        return [
            StatusUpdate(str(result.get("messageId", "")), str(result["status"].get("groupName", "unknown")))
            for result in _results(call)
            if "text" not in result and isinstance(result.get("status"), dict)
        ]

    async def _send(self, to: str, reply: Reply) -> SendResult:
        message: dict[str, Any] = {
            "sender": self.channel.number.removeprefix("+"),
            "destinations": [{"to": to.removeprefix("+")}],
            "content": {"text": reply.text},
        }
        dlt = self.options.dlt
        if dlt is not None:
            registered = {"principalEntityId": dlt.entity, "contentTemplateId": dlt.templates[reply.key]}
            message["options"] = {"regional": {"indiaDlt": registered}}
        return await self._deliver(
            f"{self.options.api_url}/sms/3/messages",
            _read,
            json={"messages": [message]},
            headers={"Authorization": f"App {self.options.api_key}"},
        )


def _results(call: Call) -> Iterator[dict[str, Any]]:
    results = call.json().get("results")
    yield from (each for each in (results if isinstance(results, list) else ()) if isinstance(each, dict))


def _read(response: httpx.Response) -> SendResult:
    if not response.is_success:
        return SendResult("refused", code=str(response.status_code))
    message = response.json()["messages"][0]
    is_taken = message["status"]["groupName"] in ("PENDING", "DELIVERED", "ACCEPTED")
    return SendResult("accepted" if is_taken else "refused", message["messageId"], str(message["status"]["name"]))
