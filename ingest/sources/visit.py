"""What every protocol shares: a visit to a source, what it brings, and how it fails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.outbound import Outbound
from ingest.sources.incoming import IncomingFile
from inventory_api.domain.feed import FeedMode


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may take. Seconds and bytes."""

    read_s: float = 10.0
    total_s: float = 600.0
    max_bytes: int = 4 << 30


class FetchFailed(Exception):
    """Nothing was fetched, and the sender or the configuration is why.

    Args:
        code: The notice code.
        reason: A sentence for the retailer; holds no secret.
        retry_after_s: How long the sender asked to be left alone.
    """

    def __init__(self, code: str, reason: str, *, retry_after_s: float = 0) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.retry_after_s = retry_after_s


class NotKept(Exception):
    """Our own disk did not take what came: a fault of ours, not to be read as one of the sender's."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit.

    Attributes:
        settings: Of the source, by protocol.
        credentials: Opened; empty where there are none.
        mode: A full feed's newest file is enough, of a delta feed each is taken.
        remembered: What the last successful visit left (``Arrival.remember``).
        file: Where the content goes, through ``write``.
        outbound: The one way out.
        limits: What the fetch may take.
        beat: Called with every chunk; raises where the time is over or the worker stops.
    """

    settings: Mapping[str, Any]
    credentials: Mapping[str, str]
    mode: FeedMode
    remembered: Mapping[str, Any]
    file: IncomingFile
    outbound: Outbound
    limits: Limits
    beat: Callable[[], None]

    def write(self, chunk: bytes) -> None:
        """Take in a piece of the content.

        Raises:
            FetchFailed: It is too much, or takes too long.
            NotKept: Our own disk is full or broken.
        """
        try:
            self.file.write(chunk)
        except OSError as error:
            raise NotKept(f"incoming file: {error.strerror}") from error
        if self.file.bytes > self.limits.max_bytes:
            raise FetchFailed("fetch_too_large", f"It is larger than {self.limits.max_bytes} bytes.")
        self.beat()


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a visit brought.

    Attributes:
        is_new: Whether there is content in the visit's file; else the source says that nothing changed.
        remember: For the next visit.
        name: Of the file, without folders.
        modified: When the sender's machine says that the content was made; aware.
        content_type: As the sender says.
        look_again_s: Come back sooner than the schedule says: something else is waiting there.
    """

    is_new: bool
    remember: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    modified: dt.datetime | None = None
    content_type: str | None = None
    look_again_s: float | None = None
