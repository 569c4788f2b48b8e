"""Who calls, how often, and what they were answered before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Who a key belongs to. ``secret``: may write; else a publishable key, which reads and makes watches."""

    retailer_id: str
    secret: bool


class Keys(Protocol):
    """API keys. Synchronous (SQL), remembered for at most five seconds."""

    def verify(self, key: str) -> KeyHolder:
        """Who holds this key.

        Raises:
            Unauthorized: Unknown or revoked.
        """


class SharedCounts(Protocol):
    """Counts that all processes share for a while."""

    async def add(self, name: str, count: int, *, keep_s: int) -> int:
        """Add to a count; what it is then.

        Raises:
            Unavailable: Nobody answers there.
        """


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it was given once, kept to be given again."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Replies(Protocol):
    """Answers to writes, by the key that the caller named. Synchronous (SQL)."""

    def begin(self, owner: str, key: str, fingerprint: bytes) -> Reply | None:
        """Claim a key for a request, or get the answer that the same request was given.

        Raises:
            Conflict: The key was used for another request, or the same one is being answered right now.
        """

    def finish(self, owner: str, key: str, reply: Reply) -> None:
        """Keep the answer of a request that was begun."""

    def forget(self, owner: str, key: str) -> None:
        """Give the key free: the request has failed and may be sent again."""
