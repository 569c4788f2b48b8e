"""What an app is made of, handed in once by the composition root."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request

from inventory_api.domain.ports import (
    Documents,
    FeedDesk,
    HookDesk,
    IndexReader,
    Keys,
    Products,
    ProductSearch,
    QualityDesk,
    Replies,
    ReportDesk,
    ResumableDesk,
    SharedCounts,
    Sources,
    StockDesk,
    WatchDesk,
    WebhookDesk,
)
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.places import Places

UPLOAD_BYTES = 4 << 30
"""The largest feed."""


class Hook(Protocol):
    """Something that lives as long as the app: a connection, a refresher of the directory."""

    async def start(self) -> None:
        """Called before the first request, in order."""

    async def stop(self) -> None:
        """Called after the last request, in reverse order, even where a later ``start`` failed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is too much, of one process unless it says otherwise; 0: no limit.

    ``anonymous`` calls a minute from an address and ``keyed`` ones of a retailer, over all processes; ``in_flight``
    calls at once; ``lookup_s`` seconds until a lookup is given up, ``read_s`` until any other read is; ``receive_s``
    that a body is waited for, beside those that its bytes earn; ``body_bytes`` and, of a feed, ``upload_bytes``, of a
    photo ``photo_bytes``, that a body may have.
    """

    anonymous: int = 600
    keyed: int = 6_000
    in_flight: int = 256
    lookup_s: float = 0.3
    read_s: float = 2.0
    receive_s: float = 5.0
    body_bytes: int = 1 << 20
    photo_bytes: int = 10 << 20
    upload_bytes: int = UPLOAD_BYTES


@dataclass(frozen=True, slots=True)
class Site:
    """How we present ourselves to shoppers; "" where there is none.

    ``sms_number`` takes questions by text message, ``contact`` is where help is given.
    """

    sms_number: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class AppPorts:
    """The world outside, as the channels see it.

    ``cursor_secret`` must be the same in every process, else a cursor of one is refused by another.
    ``counts`` joins the counts of callers over all processes, ``metrics_folder`` those of answers over the processes
    of one listener; None: there is but one.
    ``documents`` are where agents say who they are; None: they are taken at their word.
    ``public_base_url`` (no trailing slash) begins the ``type`` of problems; "" makes it a relative reference.
    """

    directory: Directory
    index: IndexReader
    products: Products
    search: ProductSearch
    places: Places
    keys: Keys
    desk: FeedDesk
    stock: StockDesk
    webhooks: WebhookDesk
    quality: QualityDesk
    reports: ReportDesk
    watches: WatchDesk
    sources: Sources
    events: HookDesk
    uploads: ResumableDesk
    replies: Replies
    cursor_secret: bytes
    version: str
    index_format: int | str | None = None
    public_base_url: str = ""
    hooks: Sequence[Hook] = ()
    limits: Limits = Limits()
    site: Site = Site()
    counts: SharedCounts | None = None
    metrics_folder: Path | None = None
    documents: Documents | None = None


def ports_of(request: Request) -> AppPorts:
    """The ports of the app that serves this request."""
    return cast(AppPorts, request.app.state.ports)


async def _ports_of(request: Request) -> AppPorts:
    # Async, so that FastAPI does not pay for a thread to read an attribute.
    return ports_of(request)


Ports = Annotated[AppPorts, Depends(_ports_of)]
