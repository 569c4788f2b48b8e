"""Plivo: a form in, XML out, ``X-Plivo-Signature-V3`` with a nonce."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx
from pydantic import Field

from inventory_api.channels.sms.message import Caps, Inbound, Reply, SendResult, StatusUpdate
from inventory_api.channels.sms.providers.provider import Call, Options, SmsProvider, equal, international, refuse


class PlivoOptions(Options):
    """``auth_tokens``: the one in use, and the next while it rotates."""

    auth_id: str
    auth_tokens: list[str] = Field(min_length=1)
    api_url: str = "https://api.plivo.com"


class Plivo(SmsProvider[PlivoOptions]):
    """Its Message API."""

    name = "plivo"
    caps = Caps(inline_reply=False)
    options_of = PlivoOptions

    def verify(self, call: Call) -> None:
        """One of the signatures must fit: calls about messages carry that of the account beside that of the app."""
        nonce = call.headers.get("x-plivo-signature-v3-nonce", "")
        names = ("x-plivo-signature-ma-v3", "x-plivo-signature-v3")
        given = [each.strip() for name in names for each in call.headers.get(name, "").split(",") if each.strip()]
        expected = [signature(token, call.url, call.form, nonce) for token in self.options.auth_tokens]
        if not nonce or not any([equal(one, other) for one in expected for other in given]):  # noqa: C419
            raise refuse("the signature does not fit")

    def parse(self, call: Call) -> list[Inbound]:
        """One message a call."""
        fields = dict(call.form)
        if "From" not in fields or "Text" not in fields:
            return []
        return [
            Inbound(
                provider=self.name,
                message_id=fields.get("MessageUUID") or None,
                sender=international(fields["From"]),
                to=fields.get("To") or self.channel.number,
                text=fields["Text"],
                received_at=dt.datetime.now(dt.UTC),
            )
        ]

    def parse_status(self, call: Call) -> list[StatusUpdate]:
        """A message status call."""
        fields = dict(call.form)
        if "Status" not in fields or "Text" in fields:
            return []
        return [StatusUpdate(fields.get("MessageUUID", ""), fields["Status"], fields.get("ErrorCode"))]

    async def _send(self, to: str, reply: Reply) -> SendResult:
        options, dlt = self.options, self.options.dlt
        registered = {} if dlt is None else {"dlt_entity_id": dlt.entity, "dlt_template_id": dlt.templates[reply.key]}
        return await self._deliver(
            f"{options.api_url}/v1/Account/{options.auth_id}/Message/",
            _read,
            json={"src": self.channel.number, "dst": to, "text": reply.text, **registered},
            auth=(options.auth_id, options.auth_tokens[0]),
        )


def signature(token: str, url: str, form: list[tuple[str, str]], nonce: str) -> str:
    """What Plivo signs: the address, the query's parameters in order, the form's in order, and the nonce."""
    parts = urlsplit(url)
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    signed = urlunsplit(parts._replace(query="", fragment=""))
    if query or form:
        signed += "?" + "&".join(f"{name}={value}" for name, value in query)
    if query and form:
        signed += "."
    signed += "".join(name + value for name, value in sorted(form)) + f".{nonce}"
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha256")).decode()


def _read(response: httpx.Response) -> SendResult:
    if response.is_success:
        return SendResult("accepted", response.json()["message_uuid"][0])
    return SendResult("refused", code=str(response.status_code))
