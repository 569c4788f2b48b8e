"""What the SMS channel asks of the world: its gateways, what it remembers for a while, and how fast somebody texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class SmsChannel:
    """One number at one provider, as the operator set it up.

    ``number`` is ours, E.164 or a short code; ``country`` is its ISO 3166 code; ``countries`` are those whose numbers
    are answered. ``options`` are the provider's own words, credentials among them: never logged.
    """

    id: str
    provider: str
    number: str
    country: str
    countries: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


class SmsChannels(Protocol):
    """The channels that are set up. Synchronous (SQL), remembered for at most five seconds."""

    def find(self, provider: str, secret: str) -> SmsChannel:
        """The channel whose address has this secret.

        Raises:
            Forbidden: There is none, or it is of another provider.
        """

    def list(self) -> Sequence[SmsChannel]:
        """All of them, by id."""


class Seals(Protocol):
    """Encrypts and signs small JSON objects under the installation's key."""

    def seal(self, secret: dict[str, Any]) -> bytes:
        """Encrypt and sign."""

    def open(self, sealed: bytes) -> dict[str, Any]:
        """Decrypt. Raises ValueError where another key sealed it."""


class Memos(Protocol):
    """Small JSON objects that all processes remember for a while, sealed wherever they are kept.

    Losing them loses a menu or an answer to repeat, never a fact. Every method raises Unavailable where nobody answers.
    """

    async def get(self, key: str) -> dict[str, Any] | None:
        """What is remembered under a key."""

    async def put(self, key: str, memo: dict[str, Any], *, keep_s: int) -> None:
        """Remember, in place of what was there."""

    async def claim(self, key: str, memo: dict[str, Any], *, keep_s: int) -> dict[str, Any] | None:
        """Remember where there was nothing: None then, else what was there. Of all who claim at once, one gets None."""

    async def gather(self, key: str, part: str, memo: dict[str, Any], *, keep_s: int) -> dict[str, dict[str, Any]]:
        """Add a part to those under a key; all there are then, by name."""

    async def forget(self, *keys: str) -> None:
        """Remember nothing under these keys."""


class Leases(Protocol):
    """Lets one at a time go ahead under a name, in all processes. Every method raises Unavailable."""

    async def take(self, name: str, token: str, *, keep_s: int) -> bool:
        """Whether the lease is ours: until ``end`` with this token, and no longer than ``keep_s``."""

    async def end(self, name: str, token: str) -> None:
        """Let the next one go ahead, if the lease is still ours."""


class Step(IntEnum):
    """What becomes of a message: it is answered, its sender is told once to slow down, or nothing is said."""

    ANSWER = 0
    TELL = 1
    SILENT = 2


class Pace(Protocol):
    """Says who texts too much."""

    async def step(self, who: str, said: str, now: dt.datetime) -> Step:
        """Count a message.

        Args:
            who: A pseudonym of the sender.
            said: A pseudonym of what was said, "" where repeating it is no wonder.
            now: When it came.

        Raises:
            Unavailable: Nobody counts.
        """


class OptOuts(Protocol):
    """Who wants no texts. Synchronous (Redis and SQL); raises Unavailable where neither takes a word."""

    def opt_out(self, phone: str) -> bool:
        """Send this number nothing from now on; whether that is new."""

    def opt_in(self, phone: str) -> None:
        """Take an opt-out back."""

    def is_opted_out(self, phone: str) -> bool:
        """Whether this number wants nothing."""


class OptOutJournal(Protocol):
    """Opt-outs, and their ends, that SQL has yet to take. Synchronous; every method raises Unavailable."""

    def put(self, subscriber: bytes, *, is_out: bool) -> bool:
        """Keep the last word of a subscriber; whether another waited, or none."""

    def get(self, subscriber: bytes) -> bool | None:
        """The word that waits; None where none does."""

    def subscribers(self) -> Collection[bytes]:
        """All of whom a word waits."""

    def drop(self, subscriber: bytes, *, is_out: bool) -> None:
        """Forget a word that SQL has taken, unless another has taken its place."""
