"""Written fakes of our ports: small, honest, and never patched in."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from inventory_api.domain.errors import (
    Conflict,
    IndexUnavailable,
    InvalidInput,
    InventoryError,
    NotFound,
    RateLimited,
    Unauthorized,
    UnknownEndpoint,
    UnknownProduct,
    UnknownRun,
    UnknownSource,
    UnknownUpload,
    UnknownWatch,
    VersionMismatch,
)
from inventory_api.domain.feed import FeedKind, FeedMode, FeedRun, RunStage, RunStatus
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.ports import (
    ChangeOutcome,
    ChangeResult,
    Continuation,
    FeedUpload,
    HookDelivery,
    HookOutcome,
    IndexEntries,
    IndexEntry,
    KeyHolder,
    Match,
    Matches,
    PartialUpload,
    Reply,
    SourceDraft,
    Statements,
    StockChange,
    Unreachable,
    WatchWish,
)
from inventory_api.domain.product import Product
from inventory_api.domain.quality import Quality, assess
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.source import FeedSource
from inventory_api.domain.store import Store
from inventory_api.domain.trust import Outcomes, Report
from inventory_api.domain.watch import LIFE, Means, Watch
from inventory_api.domain.webhook import Delivery, WebhookEndpoint

NOON = dt.datetime(2026, 10, 30, 12, tzinfo=dt.UTC)


class FakeIndex:
    """An index that holds one record of each product ``stocked``; ``complete`` None: Redis is away."""

    def __init__(self, *, complete: bool | None = True, stocked: frozenset[int] = frozenset()) -> None:
        self.complete = complete
        self.stocked = stocked

    async def fetch(self, product_id: int, tiles: Sequence[int]) -> IndexEntry:
        await self.is_complete()
        nothing = np.empty(0, np.int64)
        record = np.zeros(1 if tiles and product_id in self.stocked else 0, np.int64)
        return IndexEntry(None, record, record, lambda which: Statements(*[nothing] * 4))

    async def fetch_many(self, product_ids: Sequence[int], tiles: Sequence[int]) -> IndexEntries:
        entries = [await self.fetch(product_id, tiles) for product_id in product_ids]
        counts = [len(entry.slot) for entry in entries]
        record = np.zeros(sum(counts), np.int64)
        nothing = np.empty(0, np.int64)
        whole = IndexEntry(None, record, record, lambda which: Statements(*[nothing] * 4))
        return IndexEntries(
            [entry.card for entry in entries], np.arange(len(entries)).repeat(counts), whole, bool(self.complete)
        )

    async def fetch_extras(self, product_id: int, places: Sequence[int]) -> list[bytes | None]:
        return [None] * len(places)

    async def is_complete(self) -> bool:
        if self.complete is None:
            raise IndexUnavailable("the index does not answer", retry_after_s=7)
        return self.complete


class FakeGazetteer:
    """A few places; names are folded, postal codes too."""

    def __init__(self, **places: list[Place]) -> None:
        self._places = places

    def postal_codes(self, code: str) -> list[Place]:
        return self._of(code, is_code=True)

    def postal_prefix(self, prefix: str, length: int) -> list[Place]:
        return []

    def named(self, folded: str) -> list[Place]:
        return self._of(folded, is_code=False)

    def sounding(self, sound: str) -> list[Place]:
        return []

    def starting(self, folded: str, limit: int) -> list[Place]:
        return [place for name, places in self._places.items() if name.startswith(folded) for place in places][:limit]

    def regions(self, folded: str) -> frozenset[tuple[str, str]]:
        return frozenset()

    def bounds(self, country: str) -> tuple[float, float, float, float] | None:
        return None

    def _of(self, name: str, *, is_code: bool) -> list[Place]:
        return [p for p in self._places.get(name, []) if (p.kind is PlaceKind.POSTAL_CODE) == is_code]


class FakeRemotePlaces:
    """A geocoder that knows a few places by the text written, and remembers what it was asked."""

    source = "nominatim"
    attribution = "© OpenStreetMap contributors"

    def __init__(self, **places: Place) -> None:
        self._places = places
        self.asked: list[tuple[str, str | None]] = []

    async def find(self, text: str, *, country: str | None) -> list[Place]:
        self.asked.append((text, country))
        return [self._places[text]] if text in self._places else []


class FakeProducts:
    """Products by id."""

    def __init__(self, *products: Product) -> None:
        self._products = {product.id: product for product in products}

    def get(self, product_id: int) -> Product:
        if product_id not in self._products:
            raise UnknownProduct(str(product_id))
        return self._products[product_id]

    def get_many(self, product_ids: Iterable[int]) -> dict[int, Product]:
        return {product_id: self._products[product_id] for product_id in product_ids if product_id in self._products}

    def find_sku(self, retailer_id: str, sku: str) -> int | None:
        return None


class FakeKeys:
    """``sk_<retailer>`` is a secret key, ``pk_<retailer>`` a publishable one."""

    def verify(self, key: str) -> KeyHolder:
        prefix, _, retailer_id = key.partition("_")
        if prefix not in ("sk", "pk") or not retailer_id:
            raise Unauthorized("no such key")
        return KeyHolder(retailer_id, secret=prefix == "sk")


class FakeReception:
    """Hashes and counts what it is given, and keeps the first 10 kB."""

    def __init__(self, desk: FakeDesk) -> None:
        self.desk = desk
        self.state = "open"
        self.size = 0
        self.head = b""
        self.writes: list[int] = []
        self.upload: FeedUpload | None = None
        self._digest = hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        assert self.state == "open"
        if self.desk.full:
            raise OSError("no space left on device")
        self.size += len(chunk)
        self.writes.append(len(chunk))
        self.head = (self.head + chunk)[:10_000]
        self._digest.update(chunk)

    def accept(self, upload: FeedUpload) -> FeedRun:
        assert self.state == "open"
        self.state, self.upload = "accepted", upload
        run = a_run(
            f"run_{len(self.desk.runs):026d}",
            retailer_id=upload.retailer_id,
            status=RunStatus.QUEUED,
            sha256=self._digest.hexdigest(),
            size=self.size,
            upload=upload,
        )
        self.desk.runs.append(run)
        return run

    def abandon(self) -> None:
        assert self.state == "open"
        self.state = "abandoned"


class FakeDesk:
    """Keeps receptions and runs in lists; ``full``: the disk has no space."""

    def __init__(self, *runs: FeedRun) -> None:
        self.runs = list(runs)
        self.receptions: list[FakeReception] = []
        self.full = False

    def receive(self) -> FakeReception:
        self.receptions.append(FakeReception(self))
        return self.receptions[-1]

    def get_run(self, retailer_id: str, run_id: str) -> FeedRun:
        for run in self.runs:
            if (run.retailer_id, run.id) == (retailer_id, run_id):
                return run
        raise UnknownRun(run_id)

    def list_runs(self, retailer_id: str, *, limit: int, before: str | None = None) -> list[FeedRun]:
        mine = sorted(
            (run for run in self.runs if run.retailer_id == retailer_id), key=lambda run: run.id, reverse=True
        )
        return [run for run in mine if before is None or run.id < before][:limit]

    def history(self, run: FeedRun, *, limit: int) -> list[FeedRun]:
        return [run, *self.list_runs(run.retailer_id, limit=limit - 1, before=run.id)]

    def read_notices(self, run: FeedRun) -> Iterator[bytes]:
        if run.notices and run.notice_log is None:
            raise NotFound(f"all notices of {run.id}")
        return iter(((run.notice_log or "").encode(),))

    def approve(self, retailer_id: str, run_id: str) -> FeedRun:
        return self._decide(retailer_id, run_id, RunStatus.QUEUED)

    def reject(self, retailer_id: str, run_id: str) -> FeedRun:
        return self._decide(retailer_id, run_id, RunStatus.REJECTED)

    def replay(self, retailer_id: str, run_id: str) -> FeedRun:
        old = self.get_run(retailer_id, run_id)
        self.runs.append(replace(old, id=f"{run_id}X", status=RunStatus.QUEUED, replay_of=run_id))
        return self.runs[-1]

    def _decide(self, retailer_id: str, run_id: str, status: RunStatus) -> FeedRun:
        run = self.get_run(retailer_id, run_id)
        if run.status is not RunStatus.QUARANTINED:
            raise Conflict(f"run {run_id} is {run.status}")
        run.status = status
        return run


class FakeStock:
    """Remembers every change; ``judge`` says what becomes of one."""

    def __init__(self) -> None:
        self.applied: list[tuple[str, StockChange]] = []
        self.calls = 0
        self.pending = False
        self.judge: Callable[[StockChange], ChangeResult] = lambda change: ChangeResult("applied")

    def apply(self, retailer_id: str, changes: Sequence[StockChange]) -> ChangeOutcome:
        self.calls += 1
        self.applied += [(retailer_id, change) for change in changes]
        return ChangeOutcome([self.judge(change) for change in changes], self.pending)


class FakeSources:
    """Sources in memory, versioned; ``drafts`` is what was put, credentials and all."""

    def __init__(self) -> None:
        self.drafts: dict[tuple[str, str], SourceDraft] = {}
        self._sources: dict[tuple[str, str], FeedSource] = {}

    def list(self, retailer_id: str) -> list[FeedSource]:
        return [source for (owner, _), source in sorted(self._sources.items()) if owner == retailer_id]

    def get(self, retailer_id: str, source_id: str) -> FeedSource:
        if (retailer_id, source_id) not in self._sources:
            raise UnknownSource(source_id)
        return self._sources[retailer_id, source_id]

    def put(
        self, retailer_id: str, source_id: str, draft: SourceDraft, *, if_version: int | None = None
    ) -> tuple[FeedSource, bool]:
        key = retailer_id, source_id
        old = self._sources.get(key)
        version = old.version if old else 0
        self._check(version, if_version)
        self.drafts[key] = draft
        self._sources[key] = FeedSource(
            retailer_id, source_id, draft.kind, draft.mode, draft.protocol, NOON, NOON, store_code=draft.store_code,
            settings=draft.settings, profile=draft.profile, version=version + 1,
            credentials=b"sealed" if draft.credentials else None, due_at=NOON,
        )  # fmt: skip
        return self._sources[key], old is None

    def delete(self, retailer_id: str, source_id: str, *, if_version: int | None = None) -> None:
        self._check(self.get(retailer_id, source_id).version, if_version)
        del self._sources[retailer_id, source_id]

    @staticmethod
    def _check(found: int, wanted: int | None) -> None:
        if wanted is not None and wanted != found:
            raise VersionMismatch(f"it has version {found}")


class FakeHooks:
    """Remembers every delivery."""

    def __init__(self) -> None:
        self.received: list[HookDelivery] = []

    def receive(self, delivery: HookDelivery) -> HookOutcome:
        self.received.append(delivery)
        return HookOutcome(applied=1)


class FakeUploads:
    """Nobody has begun one."""

    def create(self, upload: FeedUpload, length: int) -> PartialUpload:
        return PartialUpload("upl_1", length, 0, NOON)

    def get(self, retailer_id: str, upload_id: str) -> PartialUpload:
        raise UnknownUpload(upload_id)

    def resume(self, retailer_id: str, upload_id: str, offset: int, *, checked: bool = False) -> Continuation:
        raise UnknownUpload(upload_id)

    def remove(self, retailer_id: str, upload_id: str) -> None:
        raise UnknownUpload(upload_id)


class FakeWebhooks:
    """Keeps endpoints in a dictionary; delivers nothing."""

    def __init__(self) -> None:
        self.endpoints: dict[tuple[str, str], WebhookEndpoint] = {}

    def list(self, retailer_id: str) -> Sequence[WebhookEndpoint]:
        return [endpoint for (owner, _), endpoint in sorted(self.endpoints.items()) if owner == retailer_id]

    def get(self, retailer_id: str, endpoint_id: str) -> tuple[WebhookEndpoint, Sequence[Delivery]]:
        if (retailer_id, endpoint_id) not in self.endpoints:
            raise UnknownEndpoint(endpoint_id)
        return self.endpoints[retailer_id, endpoint_id], [self._delivery(retailer_id, endpoint_id)]

    def put(
        self, retailer_id: str, endpoint_id: str, *, url: str, events: Sequence[str]
    ) -> tuple[WebhookEndpoint, str | None]:
        if not url.startswith("https://"):
            raise InvalidInput("use https", parameter="/url")
        is_new = (retailer_id, endpoint_id) not in self.endpoints
        endpoint = WebhookEndpoint(retailer_id, endpoint_id, url, b"sealed", [*events], NOON)
        self.endpoints[retailer_id, endpoint_id] = endpoint
        return endpoint, "whsec_new" if is_new else None

    def rotate(self, retailer_id: str, endpoint_id: str) -> tuple[WebhookEndpoint, str]:
        return self.get(retailer_id, endpoint_id)[0], "whsec_rotated"

    def delete(self, retailer_id: str, endpoint_id: str) -> None:
        self.get(retailer_id, endpoint_id)
        del self.endpoints[retailer_id, endpoint_id]

    def send_test(self, retailer_id: str, endpoint_id: str) -> Delivery:
        self.get(retailer_id, endpoint_id)
        return self._delivery(retailer_id, endpoint_id)

    @staticmethod
    def _delivery(retailer_id: str, endpoint_id: str) -> Delivery:
        return Delivery("msg_1", retailer_id, endpoint_id, "test", {}, NOON, due_at=NOON)


class FakeWatches:
    """Keeps watches in a dictionary; looks at nothing. ``error`` is raised instead."""

    def __init__(self) -> None:
        self.wishes: list[WatchWish] = []
        self.watches: dict[str, Watch] = {}
        self.error: InventoryError | None = None

    async def create(self, wish: WatchWish) -> tuple[Watch, str | None]:
        if self.error is not None:
            raise self.error
        self.wishes.append(wish)
        watch = Watch(
            id=f"watch_{len(self.wishes):022d}",
            product_id=wish.product_id,
            means=Means.SMS if wish.url is None else Means.WEBHOOK,
            subscriber=b"",
            radius_m=wish.radius_m,
            created_at=NOON,
            expires_at=NOON + LIFE,
            look_at=NOON,
            owner=wish.owner,
            latitude=wish.latitude,
            longitude=wish.longitude,
            label=wish.label,
        )
        self.watches[watch.id] = watch
        return watch, None if wish.url is None else "whsec_new"

    def get(self, owner: str, watch_id: str) -> tuple[Watch, Delivery | None]:
        watch = self.watches.get(watch_id)
        if watch is None or watch.owner != owner:
            raise UnknownWatch(watch_id)
        return watch, Delivery("msg_1", owner, f"once:{watch_id}", "watch.triggered", {}, NOON, due_at=NOON)

    def delete(self, owner: str, watch_id: str) -> None:
        self.get(owner, watch_id)
        del self.watches[watch_id]

    def undo(self, phone: str) -> Watch | None:
        return self.watches.pop(max(self.watches), None) if self.watches else None

    def opt_out(self, phone: str) -> bool:
        self.watches.clear()
        return True

    def opt_in(self, phone: str) -> None:
        pass

    def is_opted_out(self, phone: str) -> bool:
        return False

    def forget(self, phone: str) -> None:
        self.watches.clear()


class FakeReports:
    """Keeps reports, with who sent them."""

    def __init__(self) -> None:
        self.kept: list[tuple[Report, str, str | None]] = []
        self.is_full = False

    def put(self, report: Report, *, address: str, device: str | None) -> None:
        if self.is_full:
            raise RateLimited("reports", 100, 86_400, 77)
        self.kept.append((report, address, device))


class FakeQuality:
    """Sums up stores and runs that are handed in."""

    def __init__(self) -> None:
        self.stores: list[Store] = []
        self.stocked: set[int] = set()
        self.runs: list[FeedRun] = []
        self.outcomes: Outcomes | None = None

    def assess(self, retailer_id: str, now: dt.datetime) -> Quality:
        return assess(Retailer(retailer_id, retailer_id), self.stores, self.stocked, self.runs, now, self.outcomes)


class FakeReplies:
    """Answers to writes in memory; nothing expires."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], tuple[bytes, Reply | None]] = {}

    def begin(self, owner: str, key: str, fingerprint: bytes) -> Reply | None:
        before, reply = self.kept.setdefault((owner, key), (fingerprint, None))
        if before != fingerprint:
            raise Conflict("another request")
        return reply

    def finish(self, owner: str, key: str, reply: Reply) -> None:
        self.kept[owner, key] = self.kept[owner, key][0], reply

    def forget(self, owner: str, key: str) -> None:
        del self.kept[owner, key]


class FakeCounts:
    """The count of all processes; ``fails``: nobody answers."""

    def __init__(self) -> None:
        self.totals: dict[str, int] = {}
        self.calls = 0
        self.fails = False

    async def add(self, name: str, count: int, *, keep_s: int) -> int:
        self.calls += 1
        if self.fails:
            raise IndexUnavailable("nobody answers")
        self.totals[name] = self.totals.get(name, 0) + count
        return self.totals[name]


def a_run(
    run_id: str = "run_01J9ZQ6H3V0000000000000000",
    *,
    retailer_id: str = "acme",
    status: RunStatus = RunStatus.PUBLISHED,
    sha256: str = "0" * 64,
    size: int = 10,
    upload: FeedUpload | None = None,
) -> FeedRun:
    """A feed run with full defaults."""
    return FeedRun(
        id=run_id,
        retailer_id=retailer_id,
        kind=upload.kind if upload else FeedKind.INVENTORY,
        mode=upload.mode if upload else FeedMode.FULL,
        status=status,
        stage=RunStage.RECEIVED,
        received_at=NOON,
        as_of=(upload.as_of if upload else None) or NOON,
        path="/nowhere",
        sha256=sha256,
        bytes=size,
        published_at=NOON if status is RunStatus.PUBLISHED else None,
    )


class FakeSearch:
    """Finds products by a word of their title, in the order given; ``built`` False: it was never built."""

    def __init__(self, *products: Product, built: bool = True) -> None:
        self._products = products
        self.built = built

    def find(self, text: str, limit: int) -> Matches:
        return self._where(limit, lambda word: word == text.lower())

    def suggest(self, text: str, limit: int) -> Matches:
        return self._where(limit, lambda word: word.startswith(text.lower()))

    def _where(self, limit: int, fits: Callable[[str], bool]) -> Matches:
        if not self.built:
            raise IndexUnavailable("product search is being built", retry_after_s=5)
        found = [product.id for product in self._products if any(map(fits, (product.title or "").lower().split()))]
        return Matches(found[:limit], [Match.WORDS] * len(found[:limit]))


class FakeDocuments:
    """Documents by URL; an exception is raised instead. ``asked`` are the URLs fetched, in order."""

    def __init__(self, **documents: bytes | Exception) -> None:
        self.documents: dict[str, bytes | Exception] = dict(documents)
        self.asked: list[str] = []

    def fetch(self, url: str, *, max_bytes: int, total_s: float) -> bytes:
        self.asked.append(url)
        document = self.documents.get(url, Unreachable("nobody is there"))
        if isinstance(document, Exception):
            raise document
        return document
