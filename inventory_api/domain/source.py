"""Feed sources: where a retailer's feed comes from, how often, and how its files are read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.profile import FeedProfile


class Protocol(StrEnum):
    """How a source's content reaches us: it is uploaded, we fetch it, or a point of sale tells each event."""

    UPLOAD = "upload"
    HTTPS = "https"
    SFTP = "sftp"
    S3 = "s3"
    FOLDER = "folder"
    SHOPIFY = "shopify"
    SQUARE = "square"
    LIGHTSPEED = "lightspeed"
    GENERIC = "generic"


PULLED = frozenset({Protocol.HTTPS, Protocol.SFTP, Protocol.S3, Protocol.FOLDER})
HOOKED = frozenset({Protocol.SHOPIFY, Protocol.SQUARE, Protocol.LIGHTSPEED, Protocol.GENERIC})


@dataclass(slots=True)
class FeedSource:
    """One source of one retailer; ``id`` is the retailer's own word for it. Times are aware UTC.

    Attributes:
        settings: By protocol: ``url``, ``host``, ``path``, ``glob``, ...; ``every_s`` is the schedule.
        credentials: Sealed (``storage.vault``); None where none are needed. Never shown.
        state: What the last visits left behind; ``attempted_at``, ``run_id`` and ``failing_since`` are for people,
            ``sha256`` and ``as_of`` are of the last content, ``visit`` is the protocol's own.
        due_at: When it is fetched next; None where we do not fetch.
        fetching_until: A fetch in progress is somebody's until then.
        failures: Fetches in a row that failed.
        disabled: Why it is not fetched any more; None where it is.
        heard_at: When content, or word that nothing changed, last came.
    """

    retailer_id: str
    id: str
    kind: FeedKind
    mode: FeedMode
    protocol: Protocol
    created_at: dt.datetime
    updated_at: dt.datetime
    store_code: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    profile: FeedProfile = field(default_factory=FeedProfile)
    version: int = 1
    credentials: bytes | None = None
    state: dict[str, Any] = field(default_factory=dict)
    due_at: dt.datetime | None = None
    fetching_until: dt.datetime | None = None
    failures: int = 0
    disabled: str | None = None
    heard_at: dt.datetime | None = None

    @property
    def host(self) -> str | None:
        """The machine that is asked, where there is one."""
        url = self.settings.get("url") or self.settings.get("endpoint")
        return urlsplit(url).hostname if url else self.settings.get("host")
