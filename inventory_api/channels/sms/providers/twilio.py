"""Twilio: a form in, TwiML out, ``X-Twilio-Signature`` over the public URL and every parameter."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
from collections import defaultdict
from typing import ClassVar
from urllib.parse import urlsplit, urlunsplit
from xml.sax.saxutils import escape

import httpx
from pydantic import Field
from starlette.responses import Response

from inventory_api.channels.sms.message import Caps, Inbound, Media, Reply, SendResult, StatusUpdate
from inventory_api.channels.sms.providers.provider import Call, Options, SmsProvider, equal, refuse

OPTED_OUT = "21610"
_MAX_MEDIA = 10
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DIGESTS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}


class TwilioOptions(Options):
    """``auth_tokens``: the primary one, and the next while it rotates; ``signing_keys``: by id, where there are any."""

    account_sid: str
    auth_tokens: list[str] = Field(min_length=1)
    signing_keys: dict[str, str] = Field(default_factory=dict)
    messaging_service_sid: str | None = None
    status_callback: str | None = None
    api_url: str = "https://api.twilio.com"


class Twilio(SmsProvider[TwilioOptions]):
    """Programmable Messaging."""

    name = "twilio"
    caps = Caps(inline_reply=True, mms=True, opt_out_managed=True)
    options_of = TwilioOptions
    media_hosts: ClassVar[tuple[str, ...]] = ("api.twilio.com", ".twiliocdn.com")

    @property
    def media_auth(self) -> tuple[str, str]:
        """Twilio keeps photos behind the account's own password."""
        return self.options.account_sid, self.options.auth_tokens[0]

    def verify(self, call: Call) -> None:
        """Every parameter that came is signed, known or not. Raises Forbidden."""
        given = call.headers.get("x-twilio-signature", "")
        secrets, digest = self._signers(call)
        form = [] if call.is_json else call.form
        if call.is_json:
            hashes = [value for name, value in call.query if name == "bodySHA256"]
            if len(hashes) != 1 or not equal(hashlib.sha256(call.body).hexdigest(), hashes[0].lower()):
                raise refuse("the body is not the one that was signed")
        expected = [
            signature(secret, url, form, digest) for secret in secrets for url in with_and_without_port(call.url)
        ]
        # All are compared, whichever fits.
        if not any([equal(each, given) for each in expected]):  # noqa: C419
            raise refuse("the signature does not fit")

    def parse(self, call: Call) -> list[Inbound]:
        """One message a call; none where it tells of a status."""
        found = dict(call.json().items()) if call.is_json else dict(call.form)
        fields = {name: str(value) for name, value in found.items()}
        if "From" not in fields or _is_status(fields):
            return []
        media = [
            Media(fields[f"MediaUrl{n}"], fields.get(f"MediaContentType{n}", ""))
            for n in range(_MAX_MEDIA)
            if f"MediaUrl{n}" in fields
        ]
        return [
            Inbound(
                provider=self.name,
                message_id=fields.get("MessageSid") or fields.get("SmsMessageSid") or fields.get("SmsSid"),
                sender=fields["From"].removeprefix("whatsapp:"),
                to=fields.get("To", self.channel.number),
                text=fields.get("Body", ""),
                received_at=dt.datetime.now(dt.UTC),
                media=tuple(media),
                location=_location(fields),
                opt_out_type=fields.get("OptOutType") or None,
            )
        ]

    def parse_status(self, call: Call) -> list[StatusUpdate]:
        """A status callback."""
        if call.is_json:
            return []
        fields = dict(call.form)
        if not _is_status(fields):
            return []
        code = fields.get("ErrorCode") or None
        return [
            StatusUpdate(
                fields.get("MessageSid", ""),
                fields["MessageStatus"],
                code,
                opted_out=fields.get("To") if code == OPTED_OUT else None,
            )
        ]

    def render_inline(self, reply: Reply | None) -> Response:
        """TwiML; an empty response is silence."""
        inner = "" if reply is None else f"<Message>{escape(_NOT_XML.sub('', reply.text))}</Message>"
        xml = f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>'
        return Response(xml.encode(), media_type="text/xml")

    async def _send(self, to: str, reply: Reply) -> SendResult:
        options = self.options
        sender = (
            {"MessagingServiceSid": options.messaging_service_sid}
            if options.messaging_service_sid
            else {"From": self.channel.number}
        )
        callback = {"StatusCallback": options.status_callback} if options.status_callback else {}
        return await self._deliver(
            f"{options.api_url}/2010-04-01/Accounts/{options.account_sid}/Messages.json",
            _read,
            data={"To": to, "Body": reply.text, **sender, **callback},
            auth=(options.account_sid, options.auth_tokens[0]),
        )

    def _signers(self, call: Call) -> tuple[list[str], str]:
        """The secrets that may have signed, and how."""
        settings = call.headers.get("x-twilio-webhooks-signature-settings")
        if not settings:
            return self.options.auth_tokens, "sha1"
        named = dict(part.strip().partition("=")[::2] for part in settings.split(","))
        digest = _DIGESTS.get(named.get("algorithm", "HMAC_SHA1").upper())
        key = self.options.signing_keys.get(named.get("key", ""))
        if digest is None or (key is None and digest != "sha1"):
            raise refuse("signed in a way that is not set up here")
        return self.options.auth_tokens if key is None else [key], digest


def signature(secret: str, url: str, form: list[tuple[str, str]], digest: str = "sha1") -> str:
    """What Twilio signs: the URL, then each distinct value of each parameter behind its name, all in order."""
    values: defaultdict[str, set[str]] = defaultdict(set)
    for name, value in form:
        values[name].add(value)
    signed = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.digest(secret.encode(), signed.encode(), digest)).decode()


def with_and_without_port(url: str) -> list[str]:
    """A URL in both spellings: Twilio's own parts do not agree on which one they sign."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return [urlunsplit(parts._replace(netloc=netloc)) for netloc in (host, f"{host}:{port}")]


def _is_status(fields: dict[str, str]) -> bool:
    return "MessageStatus" in fields and "Body" not in fields


def _location(fields: dict[str, str]) -> tuple[float, float] | None:
    try:
        latitude, longitude = float(fields["Latitude"]), float(fields["Longitude"])
    except (KeyError, ValueError):
        return None
    return (latitude, longitude) if -90 <= latitude <= 90 and -180 <= longitude <= 180 else None


def _read(response: httpx.Response) -> SendResult:
    said = response.json()
    if response.is_success:
        return SendResult("accepted", said["sid"])
    code = str(said.get("code", response.status_code))
    return SendResult("opted_out" if code == OPTED_OUT else "refused", code=code)
