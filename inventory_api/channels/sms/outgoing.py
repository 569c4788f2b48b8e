"""The HTTP client that providers are reached by."""

from __future__ import annotations

import logging

import httpx


def new_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client without proxies, ``.netrc`` or redirects of the environment's choosing; each call has its own times.

    httpx writes every URL to its log, and Kannel's hold number and text: only what is wrong is logged from here on.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False)


class ClosingClient:
    """A hook that closes a client when the app stops."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def start(self) -> None:
        """Nothing: it connects when it is used."""

    async def stop(self) -> None:
        """Close."""
        await self._client.aclose()
