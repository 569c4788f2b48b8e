"""Who asks: the profile that an agent's ``UCP-Agent`` header names, fetched where the operator wants it verified."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import http_sf
import orjson
from cachetools import TTLCache
from pydantic import ValidationError
from ucp_sdk.models.schemas.profile import PlatformSchema

from inventory_api.channels.agents.ucp.envelope import VERSION, Refused
from inventory_api.domain.ports import Documents, Unreachable

HEADER = b"ucp-agent"
KEEP_S = 60
"""A verdict, good or bad, counts so long."""

MAX_PROFILES = 1_000
MAX_BYTES = 256 * 1024
FETCH_S = 1.5
"""Less than the answer may take."""

FETCHES = 4
"""Threads of their own: strangers' slow servers must not hold up our own work."""


class Agents:
    """Lets agents in.

    Args:
        documents: Where their profiles are read; None: they are taken at their word.
    """

    def __init__(self, documents: Documents | None) -> None:
        self._documents = documents
        self._threads = ThreadPoolExecutor(FETCHES, thread_name_prefix="agent-profile")
        # Running fetches, too: however many calls wait for a profile, it is fetched once.
        self._fetched: TTLCache[str, asyncio.Future[frozenset[str]]] = TTLCache(MAX_PROFILES, KEEP_S)

    async def admit(self, headers: Mapping[bytes, bytes], capability: str) -> None:
        """Check who asks.

        Raises:
            Refused: The header is wrong; or its profile is, or does not go together with what is asked.
        """
        header = headers.get(HEADER)
        url = None if header is None else _profile_url(header)
        if self._documents is None:
            return
        if url is None:
            raise Refused("invalid_profile_url", 400, 'say who asks: UCP-Agent: profile="https://..."')
        if capability not in await self._capabilities(self._documents, url):
            raise Refused("capabilities_incompatible", 200, f"the profile does not list {capability} of {VERSION}")

    async def _capabilities(self, documents: Documents, url: str) -> frozenset[str]:
        fetched = self._fetched.get(url)
        if fetched is None:
            loop = asyncio.get_running_loop()
            fetched = loop.run_in_executor(self._threads, _fetch, documents, url)
            self._fetched[url] = fetched
        # Whoever gives up waiting does not end it for the others.
        return await asyncio.shield(fetched)


def _profile_url(header: bytes) -> str:
    try:
        members = http_sf.parse(header, tltype="dictionary")
        member = members.get("profile") if isinstance(members, dict) else None
        url = member[0] if isinstance(member, tuple) else None
        parts = urlsplit(url) if isinstance(url, str) else None
    except ValueError:
        parts = None
    if parts is None or parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise Refused("invalid_profile_url", 400, 'UCP-Agent names an https URL: profile="https://..."')
    return parts.geturl()


def _fetch(documents: Documents, url: str) -> frozenset[str]:
    """The capabilities of a profile that are of our version."""
    try:
        body = documents.fetch(url, max_bytes=MAX_BYTES, total_s=FETCH_S)
    except Unreachable as error:
        # Not why: that would tell of our network.
        raise Refused("profile_unreachable", 424, "the profile cannot be fetched") from error
    try:
        document = orjson.loads(body)
        version = document["ucp"]["version"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise Refused("profile_malformed", 422, "the profile is no JSON with a ucp.version") from error
    if version != VERSION:
        raise Refused("version_unsupported", 422, f"only {VERSION} is spoken here")
    try:
        profile = PlatformSchema.model_validate_json(body)
    except ValidationError as error:
        raise Refused("profile_malformed", 422, f"the profile has {error.error_count()} mistakes") from error
    offered = profile.ucp.capabilities or {}
    return frozenset(name for name, several in offered.items() if any(one.version == VERSION for one in several))
