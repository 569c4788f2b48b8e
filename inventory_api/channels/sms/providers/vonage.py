"""Vonage's SMS API: ``GET`` or ``POST``, form or JSON; long messages come in parts; replies are sent."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Literal

import httpx

from inventory_api.channels.sms.message import Caps, Inbound, Part, Reply, SendResult, StatusUpdate
from inventory_api.channels.sms.providers.provider import (
    Call,
    Options,
    SmsProvider,
    equal,
    instant_of,
    international,
    refuse,
)
from inventory_api.channels.sms.segments import is_gsm7

MAX_AGE_S = 25 * 3600
"""Vonage repeats a call for a day. What is older is a replay; what is not meets the memory of messages seen."""

_PART_NUMBERS = {str(number): number for number in range(1, 21)}


class VonageOptions(Options):
    """``signature_secret``: once Vonage signs for this account, which it does when asked to."""

    api_key: str
    api_secret: str
    signature_secret: str | None = None
    signature_method: Literal["md5hash", "md5", "sha1", "sha256", "sha512"] = "sha256"
    api_url: str = "https://rest.nexmo.com"


class Vonage(SmsProvider[VonageOptions]):
    """The SMS API (not the Messages API)."""

    name = "vonage"
    caps = Caps(inline_reply=False)
    options_of = VonageOptions

    def verify(self, call: Call) -> None:
        """By ``sig``, where a signature is set up; else the secret of the address is all there is. Raises Forbidden."""
        secret = self.options.signature_secret
        if secret is None:
            return
        fields = _fields(call)
        given = fields.pop("sig", "")
        if not equal(signature(secret, fields, self.options.signature_method).lower(), given.lower()):
            raise refuse("the signature does not fit")
        at = fields.get("timestamp", "")
        if not at.isdecimal() or abs(time.time() - int(at)) > MAX_AGE_S:
            raise refuse("the signature is too old")

    def parse(self, call: Call) -> list[Inbound]:
        """One message a call, or a part of one."""
        fields = _fields(call)
        if "msisdn" not in fields or "text" not in fields:
            return []
        return [
            Inbound(
                provider=self.name,
                message_id=fields.get("messageId"),
                sender=international(fields["msisdn"]),
                to=fields.get("to", self.channel.number),
                text=fields["text"],
                received_at=instant_of(fields.get("message-timestamp", "")),
                part=_part(fields),
            )
        ]

    def parse_status(self, call: Call) -> list[StatusUpdate]:
        """A delivery receipt."""
        fields = _fields(call)
        if "status" not in fields or "text" in fields:
            return []
        return [StatusUpdate(fields.get("messageId", ""), fields["status"], fields.get("err-code"))]

    async def _send(self, to: str, reply: Reply) -> SendResult:
        dlt = self.options.dlt
        registered = {} if dlt is None else {"entity-id": dlt.entity, "content-id": dlt.templates[reply.key]}
        return await self._deliver(
            f"{self.options.api_url}/sms/json",
            _read,
            data={
                "api_key": self.options.api_key,
                "api_secret": self.options.api_secret,
                "from": self.channel.number.removeprefix("+"),
                "to": to.removeprefix("+"),
                "text": reply.text,
                "type": "text" if is_gsm7(reply.text) else "unicode",
                **registered,
            },
        )


def signature(secret: str, fields: dict[str, str], method: str) -> str:
    """What Vonage signs: all parameters in order, ``&`` and ``=`` in their values replaced."""
    signed = "".join(f"&{name}={value.replace('&', '_').replace('=', '_')}" for name, value in sorted(fields.items()))
    if method == "md5hash":
        return hashlib.md5((signed + secret).encode(), usedforsecurity=False).hexdigest()
    return hmac.digest(secret.encode(), signed.encode(), method).hex()


def _fields(call: Call) -> dict[str, str]:
    fields = dict(call.query)
    if call.is_json:
        return fields | {name: str(value) for name, value in call.json().items()}
    return fields | dict(call.form)


def _part(fields: dict[str, str]) -> Part | None:
    number, total = (_PART_NUMBERS.get(fields.get(name, "")) for name in ("concat-part", "concat-total"))
    if fields.get("concat", "").lower() != "true" or number is None or total is None or number > total:
        return None
    return Part(fields.get("concat-ref", ""), number, total)


def _read(response: httpx.Response) -> SendResult:
    message = response.json()["messages"][0]
    status = str(message["status"])
    if status == "0":
        return SendResult("accepted", message["message-id"])
    # 1: too many at once; 5: a fault of theirs before it was taken.
    return SendResult("unavailable" if status in ("1", "5") else "refused", code=status)
