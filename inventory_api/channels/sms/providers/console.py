"""Ourselves on a terminal: the same way through, with nobody to pay."""

from __future__ import annotations

import orjson
from starlette.responses import Response

from inventory_api.channels.sms.message import Caps, Inbound, Reply, SendResult
from inventory_api.channels.sms.providers.provider import Call, Options, SmsProvider, refuse
from inventory_api.channels.sms.segments import measure


class Console(SmsProvider[Options]):
    """Never reached over HTTP."""

    name = "console"
    caps = Caps(inline_reply=True)
    options_of = Options

    def verify(self, call: Call) -> None:
        """Raises Forbidden: whoever calls is nobody at our terminal."""
        raise refuse("the console is no provider")

    def parse(self, call: Call) -> list[Inbound]:
        """Nothing: messages come from the terminal."""
        return []

    def render_inline(self, reply: Reply | None) -> Response:
        """What was said and what it would have cost, as JSON."""
        size = None if reply is None else measure(reply.text)
        said = {
            "reply": None if reply is None else reply.text,
            "encoding": None if size is None else size.encoding,
            "units": 0 if size is None else size.units,
            "segments": 0 if size is None else size.segments,
        }
        return Response(orjson.dumps(said), media_type="application/json")

    async def _send(self, to: str, reply: Reply) -> SendResult:
        return SendResult("refused", code="console")
