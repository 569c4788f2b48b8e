"""A whole installation in one process: SQLite, segments, a real Redis, and a worker that steps when told.

Nothing is faked but the clock of nobody: feeds go in as text through the upload desk, changes through the
change desk, questions come out of the index through the lookup.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import redis

from ingest.publish.rebuild import Rebuilder, fold_log
from ingest.publish.roster import Roster
from ingest.publish.stock import StockPublisher
from ingest.publish.touched import FoldedSegment
from ingest.sources.changes import ChangeDesk
from ingest.sources.hooks.desk import EventDesk, VerifiedHooks
from ingest.sources.resumable import ResumableUploads
from ingest.sources.upload import UploadDesk
from ingest.worker import Surroundings, Worker
from inventory_api.domain.feed import FeedKind, FeedMode, FeedRun, RunStatus
from inventory_api.domain.identifiers import OWN_BASE
from inventory_api.domain.ports import ChangeOutcome, FeedUpload, StockChange
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.stock import DATED, HAS_EXTRA, NO_PRICE, NO_QUANTITY, Basis, Claim, StockTable
from inventory_api.domain.store import TILE_SLOTS, Store
from inventory_api.lookup.availability import Answer, Availability, Question
from inventory_api.lookup.directory import Directory
from inventory_api.storage.index import codec, keys
from inventory_api.storage.index.connection import Multiplexed, connect
from inventory_api.storage.index.keys import BUCKETS
from inventory_api.storage.index.reader import RedisIndexReader
from inventory_api.storage.segments import SegmentStore
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.vault import Vault
from tests.model import Record

__all__ = ["Key", "Record", "World", "as_records", "stores_feed"]

TIMEOUT_S = 5.0
STEPS = 1_000
"""More than any test's queue is long: a worker that is still busy then goes round in circles."""


class Key(NamedTuple):
    """Which record. ``product`` is the product's id."""

    retailer_id: str
    store_code: str
    product: int


@dataclass
class World:
    """An installation and the hands to work it with. Close it.

    Args:
        db: With its schema.
        redis_url: Of a server whose content may be thrown away.
        data_dir: For segments, uploads and scratch files.
    """

    db: Database
    redis_url: str
    data_dir: Path
    clients: list[redis.Redis] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.redis = self.connect()
        self.redis.flushall()
        self.segments = SegmentStore(self.data_dir / "segments")
        self.desk = UploadDesk(self.db, self.data_dir / "incoming")
        self.uploads = ResumableUploads(self.db, self.data_dir / "uploads", self.data_dir / "incoming")
        self.changes = ChangeDesk(self.db, self.publisher)
        self.vault = Vault(bytes(32))
        self.events = EventDesk(self.db, self.changes)
        self.hooks = VerifiedHooks(self.db, self.vault, self.events)
        self.worker = self.new_worker()

    def connect(self) -> redis.Redis:
        """Open one more client, closed with the world."""
        self.clients.append(connect(self.redis_url, timeout_s=TIMEOUT_S))
        return self.clients[-1]

    def close(self) -> None:
        """Close all clients; the database is the caller's."""
        for client in self.clients:
            client.close()

    # -- what a process of its own would have ---------------------------------------------------------

    def new_worker(self, **others: Any) -> Worker:
        """Build the worker of a new process; the one before is not told. ``others``: fields of ``Surroundings``."""
        usual = {"db": self.db, "segments": self.segments, "connect": self.connect, "data_dir": self.data_dir}
        self.worker = Worker(Surroundings(**usual | others), lambda stage, done, all_: None)
        return self.worker

    def publisher(self) -> StockPublisher:
        """Build a publisher of its own connection."""
        return StockPublisher(self.db, self.segments, self.connect(), Roster())

    def rebuilder(self) -> Rebuilder:
        """Build a rebuilder of its own connection."""
        roster = Roster()
        publisher = StockPublisher(self.db, self.segments, self.connect(), roster)
        return Rebuilder(self.db, self.segments, publisher, roster)

    # -- feeds and changes ----------------------------------------------------------------------------

    def add_retailer(self, retailer_id: str = "acme", stores: Sequence[str] = (), **fields: Any) -> None:
        """Add a retailer, and send a feed of its stores, all in San Francisco, a kilometre from each other."""
        with self.db.write() as tx:
            tx.retailers.add(Retailer(retailer_id, retailer_id.title(), **({"currency": "USD"} | fields)))
        if stores:
            self.push("stores", stores_feed(stores), retailer_id=retailer_id)

    def upload(
        self,
        kind: str,
        text: str | bytes,
        *,
        retailer_id: str = "acme",
        mode: str = "full",
        as_of: dt.datetime | None = None,
        store_code: str | None = None,
        dry_run: bool = False,
        source_id: str | None = None,
    ) -> FeedRun:
        """Hand in a file; nobody works on it yet."""
        reception = self.desk.receive()
        reception.write(text.encode() if isinstance(text, str) else text)
        upload = FeedUpload(retailer_id, FeedKind(kind), FeedMode(mode), store_code, as_of, dry_run=dry_run)
        upload = replace(upload, source_id=source_id)
        return reception.accept(upload)

    def push(self, kind: str, text: str | bytes, **options: Any) -> FeedRun:
        """Hand in a file and let the worker finish everything that waits (``options`` as for ``upload``)."""
        run = self.upload(kind, text, **options)
        self.work()
        return self.run(run)

    def run(self, run: FeedRun) -> FeedRun:
        """Read a run as SQL has it now."""
        return self.desk.get_run(run.retailer_id, run.id)

    def work(self) -> None:
        """Step until the worker finds nothing to do."""
        for _ in range(STEPS):
            if not self.worker.step():
                return
        raise AssertionError("the worker never came to rest")

    def sweep(self) -> None:
        """Publish what was committed and not published, as the worker's sweeper does."""
        with self.db.read() as tx:
            lagging = tx.deltas.lagging()
        for retailer_id in lagging:
            self.publisher().publish_deltas(retailer_id)

    def expire_leases(self) -> None:
        """Let the leases of all running runs run out now, as those of a killed worker do in time."""
        long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
        with self.db.write() as tx:
            for retailer in tx.retailers.list():
                for run in tx.runs.list(retailer.id, STEPS):
                    if run.status is RunStatus.RUNNING:
                        assert tx.runs.renew(run.id, run.fence, long_ago, 0)

    def patch(self, *changes: StockChange, retailer_id: str = "acme") -> ChangeOutcome:
        """Send single changes, as ``PATCH /v1/inventory`` does."""
        return self.changes.apply(retailer_id, changes)

    # -- the index ------------------------------------------------------------------------------------

    def rebuild(self, *, repack: bool = False) -> int:
        """Rebuild the whole index from the truth."""
        return self.rebuilder().rebuild(lambda done, all_: None, repack=repack)

    def verify(self, *, repair: bool = False) -> int:
        """Count the records that differ between index and truth."""
        return self.rebuilder().verify(lambda done, all_: None, repair=repair)

    def flush(self) -> None:
        """Lose the whole index, functions and locks included, as a server that came back empty does."""
        self.redis.flushall()
        self.redis.function_flush()

    def fold(self, retailer_id: str = "acme") -> bool:
        """Fold the retailer's log into a new segment."""
        return fold_log(self.db, self.segments, retailer_id, f"{retailer_id}/fold-{time.time_ns()}")

    # -- what is known --------------------------------------------------------------------------------

    def stores(self) -> list[Store]:
        """All stores, by id."""
        with self.db.read() as tx:
            return tx.stores.list()

    def store(self, store_code: str, retailer_id: str = "acme") -> Store:
        """One store by its code."""
        return next(s for s in self.stores() if (s.retailer_id, s.store_code) == (retailer_id, store_code))

    def product_id(self, sku: str, retailer_id: str = "acme") -> int:
        """The product that a retailer's article is known as."""
        with self.db.read() as tx:
            found = tx.products.find_sku(retailer_id, sku)
        assert found is not None, sku
        return found

    def index(self) -> dict[Key, Record]:
        """Everything that the serving index holds; a record at a place of no store is an error."""
        owner = {store.place: store for store in self.stores()}
        found: dict[Key, Record] = {}
        for name in sorted(self.redis.scan_iter(match="s:{*", count=1000)):
            product = int(name[3:-1])
            extras = self.redis.hgetall(keys.extras_key(product))
            for tile, value in self.redis.hgetall(name).items():
                if tile == keys.CARD_FIELD:
                    continue
                records = codec.decode([value])
                slots = codec.slot_of(records).tolist()
                assert slots == sorted(set(slots)), f"slots of {product} in tile {tile!r}: {slots}"
                for slot, word, observed in zip(
                    slots, codec.value_of(records).tolist(), records["observed"].tolist(), strict=True
                ):
                    place = int(tile) * TILE_SLOTS + slot
                    store = owner[place]
                    extra = extras.pop(b"%d" % place) if word & HAS_EXTRA else None
                    found[Key(store.retailer_id, store.store_code, product)] = _record(word, observed, extra)
            assert not extras, f"extras of {product} without their record: {extras}"
        return found

    def truth(self, *, pending: bool = False) -> dict[Key, Record]:
        """Everything that segments and logs hold: what the index should, or with ``pending`` soon will."""
        found: dict[Key, Record] = {}
        with self.db.read() as tx:
            pointers = tx.runs.published_segments()
            codes = {(s.retailer_id, s.number): s.store_code for s in tx.stores.list()}
            for retailer in tx.retailers.list():
                pointer = tx.runs.current_segment(retailer.id) if pending else pointers.get(retailer.id)
                segment = self.segments.open(pointer.name) if pointer else None
                deltas, _ = tx.deltas.after(retailer.id, pointer.folded_seq if pointer else 0)
                folded = FoldedSegment(segment, deltas)
                for key, record in as_records(StockTable.join([folded.bucket(n) for n in range(BUCKETS)])).items():
                    product, number = key
                    found[Key(retailer.id, codes[retailer.id, number], product)] = record
        return found

    def ask(self, product: int | str, *, now: dt.datetime | None = None, **question: Any) -> Answer:
        """Ask for availability near the stores of ``stores_feed``.

        Args:
            product: A product id, or a GTIN.
            now: When the question is asked.
            question: Fields of ``Question``.
        """
        with self.db.read() as tx:
            directory = Directory(tx.stores.list(), tx.retailers.list())
        where = {"latitude": LATITUDE, "longitude": LONGITUDE, "statuses": None} | question
        return asyncio.run(self._ask(directory, Question(int(product), **where), now or dt.datetime.now(dt.UTC)))

    async def _ask(self, directory: Directory, question: Question, now: dt.datetime) -> Answer:
        connection = Multiplexed(self.redis_url, timeout_s=TIMEOUT_S)
        try:
            return await Availability(RedisIndexReader(connection), directory).ask(question, now)
        finally:
            await connection.aclose()

    def on_shelf(self, product: int | str, **question: Any) -> dict[str, tuple[str, int | None]]:
        """Availability and quantity by store code, as a shopper is told."""
        hits = self.ask(product, limit=100, **question).hits
        return {hit.store.store_code: (str(hit.availability), hit.quantity) for hit in hits}


LATITUDE, LONGITUDE = 37.77, -122.42


def stores_feed(codes: Iterable[str], *, latitude: float = LATITUDE, longitude: float = LONGITUDE) -> str:
    """Write a stores feed; each store about a kilometre north of the one before."""
    rows = [
        f"{code},Store {code},{latitude + number * 0.01:.4f},{longitude:.4f},US,USD,UTC"
        for number, code in enumerate(codes)
    ]
    return "\n".join(["store_code,name,lat,lon,country,currency,timezone", *rows]) + "\n"


def as_records(table: StockTable) -> dict[tuple[int, int], Record]:
    """The records of a table by (product id, store number); no key may be there twice."""
    rows = zip(
        table.product.tolist(),
        table.store.tolist(),
        table.value.tolist(),
        table.observed.tolist(),
        table.extra.tolist(),
        strict=True,
    )
    records = {
        (product, store): _record(value, observed, table.extras[extra] if extra else None)
        for product, store, value, observed, extra in rows
    }
    assert len(records) == len(table)
    return records


def is_own(product: int) -> bool:
    """Whether a product id is one of our own numbers, not a GTIN."""
    return product >= OWN_BASE


def _record(value: int, observed: int, extra: bytes | None) -> Record:
    price, quantity = value >> 24, value >> 8 & NO_QUANTITY
    assert bool(value & HAS_EXTRA) == (extra is not None)
    return Record(
        Claim(value >> 4 & 7),
        None if quantity == NO_QUANTITY else quantity,
        None if price == NO_PRICE else price,
        observed,
        bool(value & DATED),
        Basis(value >> 2 & 3),
        extra,
    )
