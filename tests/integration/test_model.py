"""Any sequence of fulls, deltas, late files, replays, kills and rebuilds ends where a dictionary says it must.

The index, the truth in segments and log, and the model are compared after every step. A run may be killed
at any of its effects; other things then happen before a new worker takes it up. Times are few, so that ties
and late arrivals are the rule.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import hypothesis.strategies as st
import pytest
import redis
from hypothesis import HealthCheck, currently_in_test_context, note, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from ingest.sources.changes import ChangeDesk
from ingest.worker import Worker
from inventory_api.domain.errors import Conflict, Unavailable
from inventory_api.domain.feed import FINAL, FeedMode, FeedRun, RunStatus
from inventory_api.domain.ports import StockChange
from inventory_api.domain.stock import Basis, from_observed, to_observed
from inventory_api.storage.sql.engine import Database
from tests.integration.faults import Killed, Wire, WiredDatabase, WiredSegments, wired_client
from tests.integration.shop_model import (
    GTINS,
    NEW,
    OPEN,
    OWN_ID,
    PRODUCTS,
    Reading,
    Row,
    apply_changes,
    apply_full,
    read,
    statement,
    text_of,
)
from tests.integration.world import TIMEOUT_S, Key, World, stores_feed
from tests.model import Place, Record, Shelves

RETAILERS = ("acme", "zeta")
LEASE_S = 60.0
"""Longer than any run of this test: no heartbeat may come between the effects that a wire counts."""

DAY_S = 24 * 3600
PAST = (-9 * DAY_S, -8 * DAY_S, -DAY_S, -3600, -1800, -60, -1)
FUTURE = (300,)
"""Seconds from the start of an example. A change may be ahead by up to ten minutes; a file never speaks of later."""

TICKS = {"begin": 24, "commit": 24, "committed": 24, "bucket": 256, "written": 1, "send": 12, "sent": 12, "part": 12}
"""How many effects of each kind a run has, about."""


class Fault(NamedTuple):
    """What happens at the n-th effect of a kind: ``kill``, ``error``, ``outage``, ``flush``, or a change."""

    what: str
    kind: str
    number: int
    change: Row | None = None


@st.composite
def faults(draw: st.DrawFn, *, with_change: bool = True) -> Fault | None:
    what = draw(st.sampled_from(["", "", "kill", "kill", "error", "outage", "flush", *["change"] * with_change]))
    if not what:
        return None
    # The world outside can only act where the worker holds no lock on the database.
    kinds = {"kill": list(TICKS), "change": ["begin", "committed", "bucket", "send"]}
    kind = draw(st.sampled_from(kinds.get(what, ["begin", "commit", "bucket", "send"])))
    change = draw(rows(past | future, products=list(GTINS))) if what == "change" else None
    return Fault(what, kind, draw(st.integers(0, TICKS[kind] - 1)), change)


past = st.sampled_from(PAST)
future = st.sampled_from(FUTURE)


@st.composite
def rows(
    draw: st.DrawFn,
    times: st.SearchStrategy[Any],
    products: Sequence[str] = PRODUCTS,
    stores: Sequence[str] = OPEN,
    is_file: bool = False,
) -> Row:
    product, store = draw(st.sampled_from(products)), draw(st.sampled_from(stores))
    row = Row(product, store, draw(st.sampled_from([5, 0, 1])), draw(st.sampled_from([None, 549])), draw(times))
    if not is_file:
        return row
    fault = draw(st.sampled_from([""] * 9 + ["blank", "blank", "key", "torn"]))
    return row._replace(aisle=draw(st.sampled_from([None, None, "A7"])), fault=fault)


own_times = st.sampled_from([None, None, None, *PAST, *FUTURE, "soon"])
files = st.lists(rows(own_times, stores=[*OPEN, NEW], is_file=True), min_size=1, max_size=7)
retailers = st.sampled_from(RETAILERS)


@dataclass
class Sent:
    """A file that was handed in, and what of it the model has not heard yet."""

    run: FeedRun
    rows: Sequence[Row]
    last_seq: int
    changes: list[tuple[int, Place, Record]] = field(default_factory=list)
    heard: Reading | None = None
    known: set[str] = field(default_factory=set)
    """Own products that had a number when it was last begun to be read: what it teaches itself counts in its order."""


class Version(NamedTuple):
    """A full feed that was published: the newest time that it spoke of a store, and what it said."""

    as_of: int
    spoken: int
    run: FeedRun
    rows: Sequence[Row]


class Site(NamedTuple):
    """Where the examples of one test run take place."""

    redis_url: str
    database: Path
    folder: Path


class StockMachine(RuleBasedStateMachine):
    """One example: an installation, its model, and at most one run that was killed."""

    site: ClassVar[Site]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=self.site.folder))
        shutil.copy(self.site.database, self.folder / "inventory.sqlite")
        self.url = f"sqlite:///{self.folder / 'inventory.sqlite'}"
        self.db = Database(self.url)
        self.world = World(self.db, self.site.redis_url, self.folder)
        self.start = to_observed(dt.datetime.now(dt.UTC))
        self.shelves = {retailer: Shelves() for retailer in RETAILERS}
        self.parked: dict[str, list[tuple[Place, Record]]] = {retailer: [] for retailer in RETAILERS}
        self.stores = {retailer: set(OPEN) for retailer in RETAILERS}
        self.newest: dict[tuple[str, str | None], int] = {}
        self.last: dict[str, tuple[Sequence[Row], int, str | None]] = {}
        self.versions: dict[tuple[str, str | None], list[Version]] = {}
        self.listed: dict[str, set[str]] = {retailer: set() for retailer in RETAILERS}
        self.quarantined: list[Sent] = []
        self.killed: Sent | None = None
        self._work(self.world.worker)

    def teardown(self) -> None:
        try:
            if self.killed is not None:
                self._resume()
            self.world.sweep()
            self._compare()
            assert self.world.verify() == 0
        finally:
            self.world.close()
            self.db.close()
            shutil.rmtree(self.folder)

    # -- feeds ----------------------------------------------------------------------------------------

    @precondition(lambda self: self.killed is None)
    @rule(retailer=retailers, drawn=files, as_of=past, fault=faults())
    def full(self, retailer: str, drawn: list[Row], as_of: int, fault: Fault | None) -> None:
        """A full feed, whether it is newer than the last one or not."""
        self._send(retailer, self._at(drawn), as_of + self.start, None, FeedMode.FULL, fault)

    @precondition(lambda self: self.killed is None)
    @rule(retailer=retailers, only=st.sampled_from(OPEN), drawn=files, as_of=past, fault=faults())
    def full_of_a_store(self, retailer: str, only: str, drawn: list[Row], as_of: int, fault: Fault | None) -> None:
        """A full feed about one store; most of its rows are of that store."""
        mine = [row._replace(store=only) if number % 4 else row for number, row in enumerate(drawn, 1)]
        self._send(retailer, self._at(mine), as_of + self.start, only, FeedMode.FULL, fault)

    @precondition(lambda self: self.killed is None)
    @rule(retailer=retailers, drawn=files, as_of=past, fault=faults())
    def delta(self, retailer: str, drawn: list[Row], as_of: int, fault: Fault | None) -> None:
        """A feed of changes only."""
        self._send(retailer, self._at(drawn), as_of + self.start, None, FeedMode.DELTA, fault)

    @precondition(lambda self: self.killed is None and self.last)
    @rule(data=st.data(), later=st.booleans(), fault=faults())
    def same_file_again(self, data: st.DataObject, later: bool, fault: Fault | None) -> None:
        """The bytes of an earlier full feed, with its own time or as of now."""
        retailer = data.draw(st.sampled_from(sorted(self.last)))
        drawn, as_of, only = self.last[retailer]
        self._send(retailer, drawn, self.start if later else as_of, only, FeedMode.FULL, fault)

    @precondition(lambda self: self.killed is None and self.quarantined)
    @rule(data=st.data(), fault=faults())
    def approve(self, data: st.DataObject, fault: Fault | None) -> None:
        """A file that waits is vouched for, unless a newer one was published meanwhile."""
        run, rows = self._decided(data)
        if self._is_expired(run):
            with pytest.raises(Conflict):
                self.world.desk.approve(run.retailer_id, run.id)
            return
        run = self.world.desk.approve(run.retailer_id, run.id)
        self._take(Sent(run, rows, self._last_seq(run.retailer_id)), fault)

    @precondition(lambda self: self.killed is None and self.quarantined)
    @rule(data=st.data())
    def reject(self, data: st.DataObject) -> None:
        run, _ = self._decided(data)
        if not self._is_expired(run):
            self.world.desk.reject(run.retailer_id, run.id)

    @precondition(lambda self: self.killed is None and self.versions)
    @rule(data=st.data(), fault=faults())
    def replay(self, data: st.DataObject, fault: Fault | None) -> None:
        """Go back to an earlier version, or put the last one in place once more."""
        scope = data.draw(st.sampled_from(sorted(self.versions, key=str)))
        version = data.draw(st.sampled_from(self.versions[scope]))
        run = self.world.desk.replay(version.run.retailer_id, version.run.id)
        self._take(Sent(run, version.rows, self._last_seq(run.retailer_id)), fault)

    @precondition(lambda self: self.killed is None and any(self.parked.values()))
    @rule(data=st.data(), fault=faults(with_change=False))
    def a_store_is_named(self, data: st.DataObject, fault: Fault | None) -> None:
        """A stores feed brings the store that rows are waiting for."""
        retailer = data.draw(st.sampled_from([name for name in RETAILERS if self.parked[name]]))
        run = self.world.upload("stores", stores_feed([*OPEN, NEW]), retailer_id=retailer)
        self._take(Sent(run, (), self._last_seq(retailer)), fault)

    # -- single changes -------------------------------------------------------------------------------

    @rule(retailer=retailers, change=rows(past | future))
    def patch(self, retailer: str, change: Row) -> None:
        self._patch(retailer, self._at([change])[0])

    @rule(retailer=retailers, change=rows(past | future))
    def patch_while_redis_is_away(self, retailer: str, change: Row) -> None:
        """Committed, and published only by whoever comes next."""
        self._patch(retailer, self._at([change])[0], is_away=True)

    # -- the index and the files ----------------------------------------------------------------------

    @rule()
    def sweep(self) -> None:
        self.world.sweep()

    @rule(repack=st.booleans(), at=st.integers(1, 256), retailer=retailers, change=st.none() | rows(past | future))
    def rebuild(self, repack: bool, at: int, retailer: str, change: Row | None) -> None:
        """In one piece, or with a change that comes before or after its bucket."""

        def progress(bucket: int, _: int) -> None:
            if bucket == at and change is not None:
                self._patch(retailer, self._at([change])[0])

        self.world.rebuilder().rebuild(progress, repack=repack)

    @rule(fault=faults(with_change=False))
    def flush(self, fault: Fault | None) -> None:
        """The index is lost; the worker that fills it may be lost too."""
        self.world.flush()
        self._meet(fault, None)

    @precondition(lambda self: self.killed is None)
    @rule()
    def verify(self) -> None:
        self.world.sweep()
        assert self.world.verify() == 0

    @rule(retailer=retailers)
    def fold(self, retailer: str) -> None:
        self.world.fold(retailer)

    @precondition(lambda self: self.killed is not None)
    @rule()
    def resume(self) -> None:
        self._resume()

    # -- always ---------------------------------------------------------------------------------------

    @invariant()
    def index_and_truth_are_what_the_model_says(self) -> None:
        self._compare()

    def _compare(self) -> None:
        waiting = self.killed.run.retailer_id if self.killed is not None and not self.killed.rows else None
        expected = {key: record for key, record in self._expected().items() if key[:2] != (waiting, NEW)}
        truth = {k: r for k, r in self.world.truth(pending=True).items() if k[:2] != (waiting, NEW)}
        assert truth == expected
        with self.db.read() as tx:
            is_lagging = bool(tx.deltas.lagging())
        if self.killed is None:
            told = {(store.retailer_id, store.store_code): store.snapshot_at for store in self.world.stores()}
            spoken = {(name, s): time for name in RETAILERS for s, time in self.shelves[name].snapshots.items()}
            assert {store: time for store, time in told.items() if time} == spoken
        if self.killed is None and not is_lagging:
            assert self.world.index() == expected

    def _expected(self) -> dict[Key, Record]:
        numbers = {name: {product: int(gtin) for product, gtin in GTINS.items()} for name in RETAILERS}
        for retailer in RETAILERS:
            numbers[retailer] |= {product: self._own(retailer, product) or -1 for product in OWN_ID}
        return {
            Key(retailer, str(store), numbers[retailer][product]): record
            for retailer in RETAILERS
            for (product, store), record in self.shelves[retailer].records.items()
        }

    # -- a run and what may happen in its midst -------------------------------------------------------

    def _send(
        self, retailer: str, drawn: Sequence[Row], as_of: int, only: str | None, mode: FeedMode, fault: Fault | None
    ) -> None:
        stamp = {row.time: from_observed(row.time).isoformat() for row in drawn if isinstance(row.time, int)}
        run = self.world.upload(
            "inventory",
            text_of(drawn, stamp),
            retailer_id=retailer,
            mode=mode,
            as_of=from_observed(as_of),
            store_code=only,
        )
        self._take(Sent(run, drawn, self._last_seq(retailer)), fault)

    def _take(self, sent: Sent, fault: Fault | None) -> None:
        sent.known = self._known(sent.run.retailer_id)
        self._meet(fault, sent)
        self._hear(sent)

    def _meet(self, fault: Fault | None, sent: Sent | None) -> None:
        """Let a worker do what there is to do, and meet a fault while it does."""
        wire = Wire()
        db = WiredDatabase(self.url, wire)
        segments = WiredSegments(self.folder / "segments", wire)
        clients: list[redis.Redis] = []

        def client() -> redis.Redis:
            clients.append(wired_client(self.site.redis_url, wire, timeout_s=TIMEOUT_S))
            return clients[-1]

        worker = self.world.new_worker(db=db, segments=segments, connect=client, lease_s=LEASE_S)
        try:
            if fault is not None and fault.what == "kill":
                wire.kill_at(fault.kind, fault.number)
            elif fault is not None:
                wire.call_at(fault.kind, fault.number, self._happening(fault, sent, wire))
            self._work(worker)
        except (Killed, RuntimeError):
            # Its time to live would end it; a test need not wait for that.
            self.world.redis.delete("publishing")
        finally:
            if fault is not None:
                _tell(f"{fault.what} {'happened' if wire.disarm() else 'did not happen'}")
            for open_client in clients:
                open_client.close()
            db.close()
            self.world.new_worker()
        # The next process is there at once; a run whose lease lives is not its business yet.
        self._work(self.world.worker)

    def _happening(self, fault: Fault, sent: Sent | None, wire: Wire) -> Callable[[], None]:
        def change() -> None:
            assert fault.change is not None
            assert sent is not None
            if not wire.in_transaction:
                self._patch(sent.run.retailer_id, self._at([fault.change])[0], sent)

        def error() -> None:
            raise RuntimeError("a fault of ours")

        def outage() -> None:
            raise redis.ConnectionError("gone") if fault.kind == "send" else Unavailable("gone")

        return {"change": change, "error": error, "outage": outage, "flush": self.world.flush}[fault.what]

    def _resume(self) -> None:
        sent, self.killed = self.killed, None
        assert sent is not None
        sent.known = self._known(sent.run.retailer_id)
        self.world.expire_leases()
        self._work(self.world.worker)
        self._hear(sent)

    def _work(self, worker: Worker) -> None:
        """Step to rest; what the loop of a real worker waits out is tried again."""
        for _ in range(100):
            try:
                if not worker.step():
                    return
            except (redis.RedisError, Unavailable) as error:
                _tell(repr(error))
        raise AssertionError("the worker never came to rest")

    # -- the model hears ------------------------------------------------------------------------------

    def _hear(self, sent: Sent) -> None:
        """Tell the model what has been committed of a run; decide how it must have ended."""
        sent.run = self.world.run(sent.run)
        is_over = sent.run.status in FINAL or sent.run.status is RunStatus.QUARANTINED
        if not sent.rows:
            if is_over:
                self._hear_stores(sent)
        elif sent.heard is None:
            self._hear_stock(sent, is_over)
        if not is_over:
            assert sent.run.status is RunStatus.RUNNING, sent.run
            self.killed = sent
            return
        assert sent.run.fault is None, sent.run
        if sent.heard is not None:
            self._check_end(sent.run, sent.heard)

    def _hear_stores(self, sent: Sent) -> None:
        assert sent.run.status is RunStatus.PUBLISHED, sent.run
        retailer = sent.run.retailer_id
        self.stores[retailer].add(NEW)
        waiting, self.parked[retailer] = self.parked[retailer], []
        apply_changes(self.shelves[retailer], waiting, 0)

    def _hear_stock(self, sent: Sent, is_over: bool) -> None:
        run, retailer = sent.run, sent.run.retailer_id
        shelves, as_of = self.shelves[retailer], to_observed(run.as_of)
        is_full = run.mode is FeedMode.FULL
        stores, known = self.stores[retailer], sent.known
        reading = read(sent.rows, is_full=is_full, only=run.store_code, stores=stores, known=known)
        is_replay, newest = run.replay_of is not None, self.newest.get((retailer, run.store_code), 0)
        if is_full and not is_replay and newest > as_of:
            self._hear_nothing(sent, RunStatus.OUTDATED, is_over)
        elif reading.is_hopeless:
            self._hear_nothing(sent, RunStatus.REJECTED, is_over)
        elif is_full and reading.is_doubtful and not (run.approved or is_replay):
            self._hear_nothing(sent, RunStatus.QUARANTINED, is_over)
            if is_over:
                self.quarantined.append(sent)
        else:
            position = self._position_in_log(sent)
            earlier = [change for change in sent.changes if position is None or change[0] < position]
            self._hear_changes(shelves, earlier)
            if position is None:
                assert not is_over, run
                sent.changes = []
                return
            if is_full:
                self._hear_full(sent, reading, as_of)
                self.last[retailer] = (sent.rows, as_of, run.store_code)
            else:
                apply_changes(shelves, reading.good, as_of)
            self._hear_changes(shelves, sent.changes[len(earlier) :])
            self.parked[retailer] += [(place, r._replace(observed=r.observed or as_of)) for place, r in reading.parked]
            sent.heard = reading

    def _hear_full(self, sent: Sent, reading: Reading, as_of: int) -> None:
        run, retailer, only = sent.run, sent.run.retailer_id, sent.run.store_code
        versions = self.versions.setdefault((retailer, only), [])
        withdrawn = [version for version in versions if run.replay_of is not None and version.as_of > as_of]
        up_to = max([0, *(max(version.as_of, version.spoken) for version in withdrawn)])
        given_up = self.listed[retailer] - reading.named if run.approved and only is None else ()
        shelves = self.shelves[retailer]
        spoken = apply_full(shelves, reading, as_of, only, given_up=given_up, withdrawn_up_to=up_to)
        if only is None:
            is_vouched_for = run.approved or run.replay_of is not None
            self.listed[retailer] = reading.named | (set() if is_vouched_for else self.listed[retailer])
        self.newest[retailer, only] = as_of
        versions[:] = [version for version in versions if version.as_of <= as_of]
        versions.append(Version(as_of, spoken, run, sent.rows))

    def _decided(self, data: st.DataObject) -> tuple[FeedRun, Sequence[Row]]:
        sent = self.quarantined.pop(data.draw(st.integers(0, len(self.quarantined) - 1)))
        return self.world.run(sent.run), sent.rows

    def _is_expired(self, run: FeedRun) -> bool:
        """Whether a full feed of its scope that is not older was published after it."""
        versions = self.versions.get((run.retailer_id, run.store_code), [])
        assert (run.status is RunStatus.OUTDATED) >= any(
            version.run.id > run.id and version.as_of >= to_observed(run.as_of) for version in versions
        )
        return run.status is not RunStatus.QUARANTINED

    def _hear_nothing(self, sent: Sent, status: RunStatus, is_over: bool) -> None:
        self._hear_changes(self.shelves[sent.run.retailer_id], sent.changes)
        sent.changes = []
        assert not is_over or sent.run.status is status, sent.run

    def _hear_changes(self, shelves: Shelves, changes: Sequence[tuple[int, Place, Record]]) -> None:
        for _, place, record in changes:
            shelves.change(place, record)

    def _position_in_log(self, sent: Sent) -> int | None:
        """The first sequence number that comes after a run in the order of things; None: it is not committed."""
        retailer = sent.run.retailer_id
        if sent.run.mode is FeedMode.FULL:
            with self.db.read() as tx:
                version = tx.runs.current_segment(retailer)
            is_committed = version is not None and sent.run.id in version.name
            return version.folded_seq + 1 if version is not None and is_committed else None
        single = {seq for seq, _, _ in sent.changes}
        appended = [n for n in range(sent.last_seq + 1, self._last_seq(retailer) + 1) if n not in single]
        if not appended:
            reading = read(sent.rows, is_full=False, only=None, stores=self.stores[retailer], known=())
            return self._last_seq(retailer) + 1 if not reading.good and sent.run.status in FINAL else None
        return min(appended)

    def _check_end(self, run: FeedRun, reading: Reading) -> None:
        assert run.status in (RunStatus.PUBLISHED, RunStatus.UNCHANGED), run
        if run.status is RunStatus.UNCHANGED:
            assert run.mode is FeedMode.FULL
            assert run.changes.inserted + run.changes.updated + run.changes.removed == 0
        good, parked = len(reading.good), len(reading.parked)
        assert (run.rows.accepted, run.rows.parked, run.rows.rejected) == (good, parked, run.rows.read - good - parked)

    def _patch(self, retailer: str, change: Row, sent: Sent | None = None, *, is_away: bool = False) -> None:
        """Send a single change; ``sent``: in the midst of a run. The model hears of it then, or with the run."""
        assert isinstance(change.time, int)
        # A new one each time: one that has found Redis away does not ask again for a second.
        desk = ChangeDesk(self.db, _nobody if is_away else self.world.publisher)
        # While a feed is on its way this is still what shoppers are told, not what the model knows to come.
        is_late = change.time < self.world.store(change.store, retailer).snapshot_at
        shown = None if is_away else self._shown(retailer, change)
        outcome = desk.apply(
            retailer,
            [
                StockChange(
                    change.store,
                    id=OWN_ID.get(change.product),
                    gtin=GTINS.get(change.product),
                    quantity=change.quantity,
                    price=None if change.price is None else f"{change.price / 100:.2f} USD",
                    observed_at=from_observed(change.time),
                )
            ],
        )
        (result,) = outcome.results
        assert (result.code == "outdated_feed") == is_late, result
        if is_late:
            return
        place, said = (change.product, change.store), statement(change, change.time, Basis.POS_EVENT)
        if shown is not None:
            said = said._replace(price=said.price if said.price is not None else shown.price, extra=shown.extra)
        if sent is not None:
            sent.changes.append((self._last_seq(retailer), place, said))
            return
        self.shelves[retailer].change(place, said)
        if self.killed is None:
            is_older = self.shelves[retailer].records[place].observed > change.time and not outcome.pending
            assert result.status == ("older_ignored" if is_older else "applied")
        elif self.killed.run.retailer_id == retailer and self.killed.heard is None:
            self.killed.last_seq = self._last_seq(retailer)

    def _shown(self, retailer: str, change: Row) -> Record | None:
        """What the index has where a change goes: it stays as far as the change does not speak of it."""
        gtin, sku = GTINS.get(change.product), OWN_ID.get(change.product)
        product = int(gtin) if gtin else self._own(retailer, change.product) if sku else None
        return None if product is None else self.world.index().get(Key(retailer, change.store, product))

    def _at(self, drawn: Sequence[Row]) -> list[Row]:
        """The rows with times of the index instead of seconds from the start."""
        return [row._replace(time=row.time + self.start) if isinstance(row.time, int) else row for row in drawn]

    def _known(self, retailer: str) -> set[str]:
        return {product for product in OWN_ID if self._own(retailer, product) is not None}

    def _own(self, retailer: str, product: str) -> int | None:
        with self.db.read() as tx:
            return tx.products.find_sku(retailer, OWN_ID[product])

    def _last_seq(self, retailer: str) -> int:
        with self.db.read() as tx:
            return tx.deltas.last_seq(retailer)


def _tell(what: str) -> None:
    if currently_in_test_context():
        note(f"  {what}")


def _nobody() -> Any:
    raise redis.ConnectionError("nobody there")


@pytest.fixture(scope="module")
def site(redis_url: str, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two retailers with three stores each, made once and copied for every example."""
    folder = tmp_path_factory.mktemp("prepared")
    shutil.copy(empty_database, folder / "prepared.sqlite")
    db = Database(f"sqlite:///{folder / 'prepared.sqlite'}")
    world = World(db, redis_url, folder)
    for retailer in RETAILERS:
        world.add_retailer(retailer, OPEN)
    world.close()
    db.close()
    # Nobody pulls the plug of a test: where memory can be had as a disk, an fsync costs nothing.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - not for its name
    examples = Path(tempfile.mkdtemp(prefix="inventory-model-", dir=memory))
    yield Site(redis_url, folder / "prepared.sqlite", examples)
    shutil.rmtree(examples)


@pytest.mark.timeout(900)
def test_every_history_ends_as_the_model_says(site: Site) -> None:
    machine = type("Machine", (StockMachine,), {"site": site})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("INVENTORY_MODEL_EXAMPLES", "30")),
            stateful_step_count=25,
            deadline=None,
            report_multiple_bugs=False,
            derandomize=bool(os.environ.get("CI")),
            suppress_health_check=list(HealthCheck),
        ),
    )
