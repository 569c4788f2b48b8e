"""Kannel, in front of an operator's SMPP: ``GET`` with parameters of our choosing, the body is the reply.

The ``get-url`` of the ``sms-service``, with ``catch-all = true``, ``omit-empty = true``, ``max-messages = 3``,
``accept-x-kannel-headers = true``::

    .../v1/sms/kannel/SECRET?id=%I&ts=%T&sender=%q&to=%Q&message=%a
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from urllib.parse import quote_from_bytes, urlencode

import httpx
from starlette.responses import Response

from inventory_api.channels.sms.message import Caps, Inbound, Reply, SendResult, StatusUpdate
from inventory_api.channels.sms.providers.provider import Call, Options, SmsProvider, international, refuse
from inventory_api.channels.sms.segments import is_gsm7

UNICODE = "2"
"""Kannel's ``coding``: UTF-16BE, and no charset beside it, since builds without iconv refuse one."""

_STATUSES = {"1": "delivered", "2": "failed", "4": "queued", "8": "submitted", "16": "rejected"}


class KannelOptions(Options):
    """``allow``: addresses and networks that Kannel calls from. ``send_url``: its ``sendsms``."""

    allow: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    send_url: str = "http://127.0.0.1:13013/cgi-bin/sendsms"
    username: str = ""
    password: str = ""
    dlr_url: str | None = None


class Kannel(SmsProvider[KannelOptions]):
    """An SMPP front of our own."""

    name = "kannel"
    caps = Caps(inline_reply=True)
    options_of = KannelOptions

    def verify(self, call: Call) -> None:
        """By the address that calls, where some are named; the secret was right already. Raises Forbidden."""
        if not self.options.allow:
            return
        try:
            address = ipaddress.ip_address(call.address)
        except ValueError:
            raise refuse("it comes from no address") from None
        if not any(address in network for network in self.options.allow):
            raise refuse("Kannel does not call from there")

    def parse(self, call: Call) -> list[Inbound]:
        """One message a call."""
        fields = dict(call.query) | dict(call.form)
        if "sender" not in fields or "message" not in fields:
            return []
        stamp = fields.get("ts", "")
        now = dt.datetime.now(dt.UTC)
        return [
            Inbound(
                provider=self.name,
                message_id=fields.get("id") or None,
                sender=international(fields["sender"]),
                to=fields.get("to") or self.channel.number,
                text=fields["message"],
                received_at=dt.datetime.fromtimestamp(int(stamp), dt.UTC) if _is_time(stamp) else now,
            )
        ]

    def parse_status(self, call: Call) -> list[StatusUpdate]:
        """A delivery report: the ``dlr_url`` ends in ``?id=...&dlr=%d``."""
        fields = dict(call.query)
        if "dlr" not in fields:
            return []
        return [StatusUpdate(fields.get("id", ""), _STATUSES.get(fields["dlr"], "unknown"), fields["dlr"])]

    def render_inline(self, reply: Reply | None) -> Response:
        """Plain text, or UTF-16BE where the small alphabet does not do; nothing is silence."""
        if reply is None:
            return Response(b"", media_type="text/plain")
        if is_gsm7(reply.text):
            return Response(reply.text.encode(), media_type="text/plain")
        headers = {"X-Kannel-Coding": UNICODE}
        return Response(reply.text.encode("utf-16-be"), headers=headers, media_type="application/octet-stream")

    async def _send(self, to: str, reply: Reply) -> SendResult:
        options, dlt = self.options, self.options.dlt
        is_plain = is_gsm7(reply.text)
        fields = {"username": options.username, "password": options.password, "from": self.channel.number, "to": to}
        fields |= {} if is_plain else {"coding": UNICODE}
        if options.dlr_url is not None:
            fields |= {"dlr-mask": "31", "dlr-url": options.dlr_url}
        if dlt is not None:
            fields["meta-data"] = f"?smpp?PEID={dlt.entity}&TID={dlt.templates[reply.key]}"
        text = quote_from_bytes(reply.text.encode("utf-8" if is_plain else "utf-16-be"), safe="")
        url = f"{options.send_url}?{urlencode(fields)}&text={text}{'&charset=UTF-8' if is_plain else ''}"
        return await self._deliver(url, _read, method="GET")


def _is_time(text: str) -> bool:
    return text.isdecimal() and len(text) <= 11


def _read(response: httpx.Response) -> SendResult:
    # "0: Accepted for delivery", or "3: Queued for later delivery".
    code = response.text.partition(":")[0].strip()
    if response.status_code == 202 and code in ("0", "3"):
        return SendResult("accepted")
    return SendResult("refused", code=code[:20] or str(response.status_code))
