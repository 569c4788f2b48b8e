"""What the channels and the questions ask of the world outside; ``cli`` wires the implementations.

Few and domain-shaped: a port stands only where two implementations or a fake earn it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inventory_api.domain.feed import FeedKind, FeedMode, FeedRun
from inventory_api.domain.place import Place
from inventory_api.domain.product import Product
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.quality import Quality
from inventory_api.domain.source import FeedSource
from inventory_api.domain.source import Protocol as SourceProtocol
from inventory_api.domain.trust import Report
from inventory_api.domain.webhook import Delivery, WebhookEndpoint

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Statements:
    """Stock records as columns, one element a record: the words of ``domain.stock``, unpacked."""

    state: Ints
    quantity: Ints
    price: Ints
    observed: Ints


@dataclass(slots=True)
class IndexEntry:
    """What the index holds of one product: its card (JSON bytes) and the records in the asked tiles.

    One element a record: ``asked`` is the position of its tile in the question, ``slot`` its store's
    slot there. ``read`` unpacks the statements of the records at these positions: most of them are too
    far away to be worth it.
    """

    card: bytes | None
    asked: Ints
    slot: Ints
    read: Callable[[Ints], Statements]

    @property
    def is_empty(self) -> bool:
        """Whether the index holds nothing of this product here, not even a card."""
        return self.card is None and len(self.slot) == 0


@dataclass(slots=True)
class IndexEntries:
    """What the index holds of several products in the same tiles: an ``IndexEntry`` of all, and whose each record is.

    ``card`` of ``all`` is None; ``product`` is the position, in the question, of each record's product, ascending.
    ``is_complete``: whether the index may say "nobody has it".
    """

    cards: list[bytes | None]
    product: Ints
    all: IndexEntry
    is_complete: bool

    def entry(self, position: int) -> IndexEntry:
        """One product's part."""
        begin, end = np.searchsorted(self.product, [position, position + 1]).tolist()
        whole = self.all
        return IndexEntry(
            self.cards[position], whole.asked[begin:end], whole.slot[begin:end], lambda which: whole.read(which + begin)
        )


class IndexReader(Protocol):
    """The serving index, read side."""

    async def fetch(self, product_id: int, tiles: Sequence[int]) -> IndexEntry:
        """One round trip.

        Raises:
            IndexUnavailable: Redis does not answer.
        """

    async def fetch_many(self, product_ids: Sequence[int], tiles: Sequence[int]) -> IndexEntries:
        """``fetch`` of several products, in one round trip."""

    async def fetch_extras(self, product_id: int, places: Sequence[int]) -> list[bytes | None]:
        """Rare attributes (JSON) of the records at these places; asked only where a record says it has some."""

    async def is_complete(self) -> bool:
        """Whether the index may say "nobody has it"; False while it is being filled.

        Raises:
            IndexUnavailable: Redis does not answer.
        """


class Gazetteer(Protocol):
    """Places by name, offline. Synchronous, tens of microseconds a call."""

    def postal_codes(self, code: str) -> list[Place]:
        """The places of this postal code (folded, no blanks), of all countries."""

    def postal_prefix(self, prefix: str, length: int) -> list[Place]:
        """The middle of the postal codes of this length that begin so, or that are just this; a place a country."""

    def named(self, folded: str) -> list[Place]:
        """The cities and areas of exactly this folded name, the largest first."""

    def sounding(self, skeletons: str) -> list[Place]:
        """Cities and areas with a name of this skeleton, the largest first."""

    def starting(self, folded: str, limit: int) -> list[Place]:
        """Places with a name that begins so, the largest first."""

    def bounds(self, country: str) -> tuple[float, float, float, float] | None:
        """South, north, west, east of all places of a country; None where none is known."""


class Products(Protocol):
    """Products by the keys that the index does not hold. Synchronous (SQL): not for the hot path."""

    def get(self, product_id: int) -> Product:
        """A product by its id.

        Raises:
            UnknownProduct: No feed ever named it.
        """

    def get_many(self, product_ids: Iterable[int]) -> dict[int, Product]:
        """The products of these ids that a feed named, by id."""

    def find_sku(self, retailer_id: str, sku: str) -> int | None:
        """The product id of a retailer's own article number."""


class Match(StrEnum):
    """How a search found a product, the surest first."""

    CODE = "code"
    WORDS = "words"
    MEANING = "meaning"
    PREFIX = "prefix"
    SPELLING = "spelling"
    SOUND = "sound"
    SOME_WORDS = "some_words"


@dataclass(frozen=True, slots=True)
class Matches:
    """Products that fit a text, the best first: ids, all different, and how each was found.

    ``understood`` is the text as it was read where that is not what was written: other spelling, other script.
    """

    product_ids: list[int]
    how: list[Match]
    understood: str | None = None


class ProductSearch(Protocol):
    """Products by words. Synchronous, about a millisecond a call: not for the event loop."""

    def find(self, text: str, limit: int) -> Matches:
        """At most ``limit`` products that fit a text in any script, spelt as people spell.

        Raises:
            IndexUnavailable: It was never built.
        """

    def suggest(self, text: str, limit: int) -> Matches:
        """The same for a text that is still being typed: its last word may go on.

        Raises:
            IndexUnavailable: It was never built.
        """


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Who a key belongs to. ``secret``: may write; else a publishable key, which only reads."""

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


@dataclass(frozen=True, slots=True)
class FeedUpload:
    """What came with an uploaded file. ``as_of`` None: the time of receipt.

    ``source_id`` names the feed source whose profile tells how the file is read; ``sequence`` is the sender's
    own count of its versions, which goes before ``as_of``.
    """

    retailer_id: str
    kind: FeedKind
    mode: FeedMode
    store_code: str | None = None
    as_of: dt.datetime | None = None
    content_type: str | None = None
    dry_run: bool = False
    source_id: str | None = None
    sequence: int | None = None


class Reception(Protocol):
    """One file on its way in. Exactly one of ``accept`` and ``abandon`` ends it."""

    def write(self, chunk: bytes) -> None:
        """Append to the temporary file; hashed on the way."""

    def accept(self, upload: FeedUpload) -> FeedRun:
        """Make it durable (fsync, rename, SQL row) and queue it. When this returns, the file is ours to keep."""

    def abandon(self) -> None:
        """Forget it: the caller went away or sent too much."""


class FeedDesk(Protocol):
    """Where uploads arrive and runs are looked up. Synchronous."""

    def receive(self) -> Reception:
        """Begin an upload."""

    def get_run(self, retailer_id: str, run_id: str) -> FeedRun:
        """One run of this retailer.

        Raises:
            UnknownRun: No such run, or another retailer's.
        """

    def list_runs(self, retailer_id: str, *, limit: int, before: str | None = None) -> list[FeedRun]:
        """Runs of this retailer, newest first; ``before`` is the id of the last one already seen."""

    def history(self, run: FeedRun, *, limit: int) -> list[FeedRun]:
        """This run and the ones of its scope that were published before it, newest first."""

    def read_notices(self, run: FeedRun) -> Iterator[bytes]:
        """Every notice of the run as CSV, in pieces, each spreadsheet formula made harmless.

        Raises:
            NotFound: They are no longer kept, or never were.
        """

    def approve(self, retailer_id: str, run_id: str) -> FeedRun:
        """Queue a quarantined run again, past all rails; or a published one of which stores are held.

        Raises:
            UnknownRun: No such run, or another retailer's.
            Conflict: It waits for no approval.
        """

    def reject(self, retailer_id: str, run_id: str) -> FeedRun:
        """End a quarantined run as rejected. Raises UnknownRun, Conflict."""

    def replay(self, retailer_id: str, run_id: str) -> FeedRun:
        """Queue a new run over the file of one that has ended; newer versions of its scope are withdrawn by it.

        Raises:
            UnknownRun: No such run, or another retailer's.
            Conflict: It has not ended, was a dry run, or its file is no longer kept.
        """


@dataclass(frozen=True, slots=True)
class SourceDraft:
    """What a retailer says of a source. ``credentials`` None: those that it has stay; empty: it has none."""

    kind: FeedKind
    mode: FeedMode
    protocol: SourceProtocol
    settings: dict[str, Any]
    profile: FeedProfile
    store_code: str | None = None
    credentials: dict[str, str] | None = None


class Sources(Protocol):
    """Where feed sources are declared. Synchronous."""

    def list(self, retailer_id: str) -> list[FeedSource]:
        """All sources of this retailer, by id."""

    def get(self, retailer_id: str, source_id: str) -> FeedSource:
        """One source of this retailer.

        Raises:
            UnknownSource: No such source, or another retailer's.
        """

    def put(
        self, retailer_id: str, source_id: str, draft: SourceDraft, *, if_version: int | None = None
    ) -> tuple[FeedSource, bool]:
        """Declare a source, or change it; it is fetched at once, and enabled if it was given up.

        Args:
            retailer_id: Whose it is.
            source_id: The retailer's word for it.
            draft: All of it.
            if_version: The version that the caller read; None: whatever there is. 0: there must be none.

        Returns:
            The source, and whether it is new.

        Raises:
            InvalidInput: An address that we do not connect to; credentials kept for another host.
            UnknownStore: ``store_code`` names none of the retailer's stores.
            VersionMismatch: It has another version.
        """

    def delete(self, retailer_id: str, source_id: str, *, if_version: int | None = None) -> None:
        """Forget a source; its runs stay.

        Raises:
            UnknownSource: No such source.
            VersionMismatch: It has another version.
        """


@dataclass(frozen=True, slots=True)
class StockChange:
    """One row of ``PATCH /v1/inventory``, types checked, values not yet.

    ``untracked``: what was known no longer holds and nothing takes its place; a point of sale stopped counting.
    """

    store_code: str
    id: str | None = None
    gtin: str | None = None
    quantity: int | None = None
    availability: str | None = None
    price: str | None = None
    observed_at: dt.datetime | None = None
    untracked: bool = False


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """What became of one change: ``applied``, ``older_ignored`` or ``rejected`` with a notice code."""

    status: str
    code: str | None = None
    field: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """A result per change, in order. ``pending``: committed, not yet visible (Redis is away)."""

    results: list[ChangeResult]
    pending: bool


class StockDesk(Protocol):
    """Where single stock changes arrive. Synchronous."""

    def apply(self, retailer_id: str, changes: Sequence[StockChange]) -> ChangeOutcome:
        """Commit the changes, then publish them; when this returns they are durable."""


@dataclass(frozen=True, slots=True)
class HookDelivery:
    """One call of a point of sale, untouched: signatures cover the bytes.

    ``protocol`` and ``source`` are the words of the path; ``url`` is how the sender reached us, ``headers`` are
    by lower-case name.
    """

    protocol: str
    source: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class HookOutcome:
    """What became of the events of one delivery; durable when it is returned, whatever the figures.

    ``parked`` wait for their store or product to be named; ``rejected`` cannot be used and stand in the state of
    the source; ``ignored`` say nothing of stock. ``pending``: applied, not yet visible (Redis is away).
    """

    applied: int = 0
    older_ignored: int = 0
    parked: int = 0
    rejected: int = 0
    ignored: int = 0
    pending: bool = False


class HookDesk(Protocol):
    """Where events from points of sale arrive. Synchronous."""

    def receive(self, delivery: HookDelivery) -> HookOutcome:
        """Verify, keep and publish.

        Raises:
            UnknownSource: No such source, or one of another protocol.
            Unauthorized: No signature, or a wrong one.
            Unavailable: SQL is away; the sender tries again.
        """


@dataclass(frozen=True, slots=True)
class PartialUpload:
    """A resumable upload. Bytes below ``received`` survive a crash; ``run_id`` stands once it is whole."""

    id: str
    length: int
    received: int
    expires_at: dt.datetime
    run_id: str | None = None


class Continuation(Protocol):
    """More bytes of a resumable upload on their way in. ``keep`` or ``discard`` ends it."""

    def write(self, chunk: bytes) -> None:
        """Append; now and then what arrived is made durable.

        Raises:
            PayloadTooLarge: More than was announced.
        """

    def keep(self) -> PartialUpload:
        """Make durable what arrived; the whole file becomes a run."""

    def discard(self) -> None:
        """Forget what arrived since the last durable byte."""


class ResumableDesk(Protocol):
    """Where uploads arrive in pieces. Synchronous; an upload of another retailer is unknown."""

    def create(self, upload: FeedUpload, length: int) -> PartialUpload:
        """Announce a file of so many bytes.

        Raises:
            UnknownStore: ``store_code`` names none of the retailer's stores.
        """

    def get(self, retailer_id: str, upload_id: str) -> PartialUpload:
        """How far it is.

        Raises:
            UnknownUpload: None such, or it expired.
        """

    def resume(self, retailer_id: str, upload_id: str, offset: int, *, checked: bool = False) -> Continuation:
        """Go on at ``offset``; ``checked``: nothing counts before ``keep``, a checksum comes first.

        Raises:
            UnknownUpload: None such, or it expired.
            Conflict: Another offset is next, or another call is at it.
        """

    def remove(self, retailer_id: str, upload_id: str) -> None:
        """Forget it; a run that it became stays.

        Raises:
            UnknownUpload: None such, or it expired.
        """


class WebhookDesk(Protocol):
    """Where a retailer says what it wants to be told, and where. Synchronous.

    Every method that takes an ``endpoint_id`` raises UnknownEndpoint where this retailer has none of that id,
    ``put`` excepted.
    """

    def list(self, retailer_id: str) -> Sequence[WebhookEndpoint]:
        """All endpoints of this retailer, by id."""

    def get(self, retailer_id: str, endpoint_id: str) -> tuple[WebhookEndpoint, Sequence[Delivery]]:
        """One endpoint and its newest deliveries, the newest first."""

    def put(
        self, retailer_id: str, endpoint_id: str, *, url: str, events: Sequence[str]
    ) -> tuple[WebhookEndpoint, str | None]:
        """Set up or change an endpoint; a new one's secret comes with it, once.

        Raises:
            InvalidInput: A URL that nothing is sent to, an unknown event, or too many endpoints.
        """

    def rotate(self, retailer_id: str, endpoint_id: str) -> tuple[WebhookEndpoint, str]:
        """Give an endpoint a new secret; the one before signs beside it for a day."""

    def delete(self, retailer_id: str, endpoint_id: str) -> None:
        """Forget an endpoint and what is on its way to it."""

    def send_test(self, retailer_id: str, endpoint_id: str) -> Delivery:
        """Queue an event that says nothing."""


class ReportDesk(Protocol):
    """Where shoppers' reports arrive. Synchronous."""

    def put(self, report: Report, *, address: str, device: str | None) -> None:
        """Keep a report; neither address nor device are kept as they are.

        Args:
            report: Of one voice, product, store and day the last counts.
            address: Where it came from: weight and limits go by it.
            device: A token that tells apart who shares an address.

        Raises:
            RateLimited: Too many from this address today.
        """


class QualityDesk(Protocol):
    """What is known of how well a retailer keeps its promise. Synchronous."""

    def assess(self, retailer_id: str, now: dt.datetime) -> Quality:
        """Sum it up as of an aware instant.

        Raises:
            UnknownRetailer: No such retailer.
        """
