"""``HEAD``: what ``GET`` would answer, without its body (RFC 9110, 9.3.2). Watchers and link checkers ask so."""

from __future__ import annotations

from starlette.types import Message, Scope, Send

OWN = ("/v1/uploads/", "/v1/sms/")
"""Where ``HEAD`` has a meaning of its own, and where a ``GET`` does something."""


def is_as_get(path: str) -> bool:
    """Whether ``HEAD`` is answered wherever ``GET`` is."""
    return not path.startswith(OWN)


def as_get(scope: Scope, send: Send) -> tuple[Scope, Send]:
    """A ``HEAD`` as the ``GET`` that it stands for, and where to send the answer, of which the head goes on."""

    async def send_head(message: Message) -> None:
        await send(message if message["type"] == "http.response.start" else {**message, "body": b""})

    return {**scope, "method": "GET"}, send_head
