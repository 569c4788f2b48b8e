"""Africa's Talking: a form in, replies are sent. It signs nothing: the secret in the address is all there is."""

from __future__ import annotations

import httpx

from inventory_api.channels.sms.message import Caps, Inbound, Reply, SendResult, StatusUpdate
from inventory_api.channels.sms.providers.provider import Call, Options, SmsProvider, instant_of, international

_OPTED_OUT = "UserInBlacklist"


class AfricasTalkingOptions(Options):
    """Of the application."""

    username: str
    api_key: str
    api_url: str = "https://api.africastalking.com"


class AfricasTalking(SmsProvider[AfricasTalkingOptions]):
    """Its two-way SMS."""

    name = "africas-talking"
    caps = Caps(inline_reply=False)
    options_of = AfricasTalkingOptions

    def verify(self, call: Call) -> None:
        """Nothing more to see: the secret of the address was right."""

    def parse(self, call: Call) -> list[Inbound]:
        """One message a call."""
        fields = dict(call.form)
        if "from" not in fields or "text" not in fields:
            return []
        return [
            Inbound(
                provider=self.name,
                message_id=fields.get("id") or None,
                sender=international(fields["from"]),
                to=fields.get("to") or self.channel.number,
                text=fields["text"],
                received_at=instant_of(fields.get("date", "")),
            )
        ]

    def parse_status(self, call: Call) -> list[StatusUpdate]:
        """A delivery report."""
        fields = dict(call.form)
        if "status" not in fields or "text" in fields:
            return []
        reason = fields.get("failureReason") or None
        opted_out = fields.get("phoneNumber") if reason == _OPTED_OUT else None
        return [StatusUpdate(fields.get("id", ""), fields["status"], reason, opted_out)]

    async def _send(self, to: str, reply: Reply) -> SendResult:
        return await self._deliver(
            f"{self.options.api_url}/version1/messaging",
            _read,
            data={"username": self.options.username, "to": to, "message": reply.text, "from": self.channel.number},
            headers={"apiKey": self.options.api_key, "Accept": "application/json"},
        )


def _read(response: httpx.Response) -> SendResult:
    if not response.is_success:
        return SendResult("refused", code=str(response.status_code))
    recipient = response.json()["SMSMessageData"]["Recipients"][0]
    status = str(recipient["status"])
    if recipient["statusCode"] in (100, 101, 102):
        return SendResult("accepted", recipient["messageId"])
    return SendResult("opted_out" if status == _OPTED_OUT else "refused", code=status)
