"""Which URLs events are sent to, whoever named them."""

from __future__ import annotations

from urllib.parse import urlsplit

from ingest.outbound import Outbound, OutboundRefused
from ingest.webhooks.secrets import Secrets
from inventory_api.domain.errors import InvalidInput


class OneTimeEndpoints:
    """``domain.ports.EndpointMaker``."""

    def __init__(self, secrets: Secrets, outbound: Outbound) -> None:
        self._secrets = secrets
        self._outbound = outbound

    def admit(self, url: str) -> tuple[str, bytes]:
        """A new secret for a URL, to be shown once, and what is kept of it. Raises InvalidInput."""
        check_url(self._outbound, url, "/webhook")
        return self._secrets.make()


def check_url(outbound: Outbound, url: str, parameter: str) -> None:
    """Refuse what needs no question to a name server; what does is refused when it is sent.

    Raises:
        InvalidInput: Nothing is sent to this URL; ``parameter`` is at fault.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput(f"this is no URL: {error}", parameter=parameter) from None
    if not host or parts.username is not None or parts.fragment or not url.isprintable() or " " in url:
        raise InvalidInput("write https://host/path, without a login and a fragment", parameter=parameter)
    try:
        outbound.check(parts.scheme, host, port)
    except OutboundRefused as error:
        raise InvalidInput(str(error), parameter=parameter) from None
