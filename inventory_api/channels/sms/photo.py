"""The photo in a message: fetched from the provider alone, read, gone."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from inventory_api.channels.scan import read_barcode
from inventory_api.channels.sms.message import Inbound, Media
from inventory_api.channels.sms.providers import SmsProvider

MAX_BYTES = 5 << 20
FETCH_S = 5.0
MAX_REDIRECTS = 3
MAX_PHOTOS = 2
"""Of one message; two is a mishap, more is a test of our patience."""

_logger = logging.getLogger(__name__)


async def read_photos(provider: SmsProvider[Any], inbound: Inbound) -> Inbound:
    """A message whose photo is read: its digits lead the text, the photo is gone. Without a code all stays as it is."""
    for media in inbound.media[:MAX_PHOTOS]:
        photo = await _fetch(provider, media)
        if photo is None:
            continue
        digits = await read_barcode(photo)
        if digits is not None:
            return replace(inbound, text=f"{digits} {inbound.text}".strip(), media=())
    return inbound


async def _fetch(provider: SmsProvider[Any], media: Media) -> bytes | None:
    """The bytes, held in memory alone; None where they are not to be had in time, in size, or from this host."""
    url = media.url
    try:
        async with asyncio.timeout(FETCH_S):
            for _ in range(1 + MAX_REDIRECTS):
                if not is_of(provider, url):
                    _logger.warning("a photo was not fetched: its host is not one of %s", provider.name)
                    return None
                host = urlsplit(url).hostname
                auth = provider.media_auth if host == provider.media_hosts[0] else None
                async with provider.client.stream("GET", url, auth=auth, follow_redirects=False) as response:
                    if response.is_redirect:
                        url = urljoin(url, response.headers.get("location", ""))
                        continue
                    return await _body(response)
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
        _logger.info("a photo was not fetched: %s", type(error).__name__)
    return None


def is_of(provider: SmsProvider[Any], url: str) -> bool:
    """Whether a URL is at one of the provider's hosts, encrypted, on the usual port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    is_host = any(host.endswith(each) if each[0] == "." else host == each for each in provider.media_hosts)
    return is_host and parts.scheme == "https" and port in (None, 443) and parts.username is None


async def _body(response: httpx.Response) -> bytes | None:
    if not response.is_success:
        return None
    photo = bytearray()
    async for chunk in response.aiter_bytes():
        photo += chunk
        if len(photo) > MAX_BYTES:
            return None
    return bytes(photo)
