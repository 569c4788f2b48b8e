"""Kill -9 at every stage of everything that is written: what follows is as if nothing had happened.

A dry run counts the moments (``mortal.Clockwork``); then, for many of them, a child is killed there, a second
one takes over, and the end is compared with that of the uninterrupted run: SQL, segments, parked files and
every key of the index. All the while a reader asks for products that are in stock before and after.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis as redis_py

from inventory_api.domain.feed import FeedKind, FeedMode, FeedRun
from inventory_api.domain.ports import ChangeOutcome, FeedUpload, StockChange
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.source import FeedSource, Protocol
from inventory_api.domain.stock import Claim
from inventory_api.domain.store import TILE_SLOTS
from inventory_api.storage.index import codec, keys
from tests.integration.snapshot import State, state_of
from tests.integration.world import World

pytestmark = pytest.mark.serial

ROOT = Path(__file__).parents[2]
T0 = dt.datetime(2026, 11, 5, 6, 0, tzinfo=dt.UTC)
BLOCK_BYTES = 8 << 20
"""A file is read in pieces of this size, and committed so where it has to be."""
LANES = 2
"""Points tried at once, each lane with a folder, a database of the server and a forking program of its own."""


def gtin(number: int) -> str:
    """A valid GTIN-14 for each number below 10 million."""
    digits = f"0003700{number:06d}"
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


ALWAYS = (1, 2, 3)
"""Products that store 001 has in stock at any moment: unchanged, changed by the feed, changed by the log."""


@dataclass
class Case:
    """One thing to interrupt."""

    act: str
    points: int
    """At least so many moments, or all that there are."""
    prepare: Callable[[World], None] = lambda world: None
    request: dict[str, Any] = field(default_factory=dict)
    finish: Callable[[Lane], object] = lambda lane: lane.ask("work")
    """What is done after the kill."""


class Lane:
    """A place to try one point after the other."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.live = folder
        self.redis_url = redis_url
        self.client = redis_py.Redis.from_url(redis_url)
        self.program = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.mortal"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip

    def close(self) -> None:
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        self.program.stdin.close()
        self.program.wait()
        self.program.stdout.close()
        self.client.close()

    def reset(self, template: Template) -> None:
        """Back to the moment before."""
        shutil.rmtree(self.live, ignore_errors=True)
        shutil.copytree(template.folder, self.live)
        with sqlite3.connect(self.live / "inventory.sqlite") as sql:
            for table in ("feed_run", "parked_file"):
                sql.execute(f"UPDATE {table} SET path = replace(path, ?, ?)", (str(template.folder), str(self.live)))  # noqa: S608
        sql.close()
        self.client.flushdb()
        for key, value in template.index.items():
            self.client.restore(key, 0, value)

    def ask(self, act: str, kill_at: int = 0, **request: Any) -> dict[str, Any]:
        """Let a child do something; it is killed at a tick, or tells how many there were."""
        request |= {"act": act, "data_dir": str(self.live), "redis_url": self.redis_url, "kill_at": kill_at}
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        self.program.stdin.write(json.dumps(request) + "\n")
        self.program.stdin.flush()
        answer: dict[str, Any] = json.loads(self.program.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer

    def wait_for_leases(self) -> None:
        """What a killed worker holds runs out in time; that time is not spent here."""
        with sqlite3.connect(self.live / "inventory.sqlite") as sql:
            sql.execute("UPDATE feed_run SET lease_until = 0 WHERE lease_until IS NOT NULL")
        sql.close()
        self.client.delete("publishing")

    def state(self) -> State:
        return state_of(self.live, self.client)


@dataclass
class Template:
    """An installation as it stands before something is interrupted."""

    folder: Path
    index: dict[bytes, bytes]
    places: dict[str, int]


class Reader(threading.Thread):
    """A shopper who asks without pause; for products that are always there the shelf is never empty."""

    def __init__(self, redis_url: str, place: int) -> None:
        super().__init__(name="reader", daemon=True)
        self._client = redis_py.Redis.from_url(redis_url)
        self._place = place
        self._stop_asking = threading.Event()
        self.answers = 0
        self.wrong: list[str] = []

    def run(self) -> None:
        while not self._stop_asking.wait(0.004):
            for number in ALWAYS:
                # An index that is being filled may lack records, but only while it lacks its marker.
                if not self._is_there(number) and self._is_complete() and not self._is_there(number):
                    self.wrong.append(f"product {number} was not on its shelf")
                self.answers += 1

    def _is_there(self, number: int) -> bool:
        tile, slot = divmod(self._place, TILE_SLOTS)
        value = self._client.hget(keys.product_key(int(gtin(number))), str(tile))
        records = codec.decode([value or b""])
        found = records[codec.slot_of(records) == slot]
        return (codec.value_of(found) >> 4 & 7).tolist() == [Claim.IN_STOCK]

    def _is_complete(self) -> bool:
        return bool(self._client.get(keys.COMPLETE) == keys.FORMAT)

    def __enter__(self) -> Reader:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_asking.set()
        self.join()
        self._client.close()


@pytest.fixture(scope="module")
def lanes(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Lane]]:
    """The lanes; database 0 of the server is left to the world that the templates are made in."""
    folder = tmp_path_factory.mktemp("lanes")
    built = [Lane(folder / str(n), redis_url.replace("db=0", f"db={n}")) for n in range(1, LANES + 1)]
    yield built
    for lane in built:
        lane.close()


def template_of(world: World, prepare: Callable[[World], None], folder: Path) -> Template:
    """A retailer with stock, a log of changes and everything else that a run may meet."""
    build(world)
    prepare(world)
    places = {store.store_code: store.place for store in world.stores()}
    index = {key: world.redis.dump(key) for key in world.redis.scan_iter()}
    world.close()
    world.db.close()
    shutil.copytree(world.data_dir, folder)
    with sqlite3.connect(folder / "inventory.sqlite") as sql:
        for table in ("feed_run", "parked_file"):
            sql.execute(f"UPDATE {table} SET path = replace(path, ?, ?)", (str(world.data_dir), str(folder)))  # noqa: S608
    sql.close()
    return Template(folder, index, places)


# -- the retailer ---------------------------------------------------------------------------------------------

COLUMNS = "store_code,id,gtin,quantity,price,instore_product_location"


def row(store: str, number: int, quantity: int, price: float = 5.49, *, aisle: str = "") -> str:
    return f"{store},a{number},{gtin(number)},{quantity},{price:.2f} USD,{aisle}"


def feed(rows: Sequence[str], header: str = COLUMNS) -> str:
    return "\n".join([header, *rows]) + "\n"


def build(world: World) -> None:
    """Four stores; 120 products in three of them; parked rows of stores to come; a log of changes."""
    world.add_retailer("acme", ["001", "002", "003", "004"])
    world.add_retailer("zeta", ["z1"])
    products = [f"a{n},{gtin(n)},Product {n},Brand" for n in range(40)]
    world.push("products", feed(products, "id,gtin,title,brand"), as_of=T0)
    rows = [row(store, n, 1 + n % 7, aisle="A1" if n % 9 == 0 else "") for n in range(120) for store in STORES]
    world.push("inventory", feed([*rows, row("005", 1, 3), row("006", 2, 4), row("007", 2, 4)]), as_of=T0)
    world.push("inventory", feed([row("z1", n, 2) for n in range(0, 120, 3)]), as_of=T0, retailer_id="zeta")
    assert not world.patch(change("001", 3, 8, 10), change("002", 7, 0, 10), change("004", 500, 2, 11)).pending


STORES = ("001", "002", "003")


def change(store: str, number: int, quantity: int, minutes: int) -> StockChange:
    at = T0 + dt.timedelta(minutes=minutes)
    return StockChange(store, id=f"a{number}", gtin=gtin(number), quantity=quantity, observed_at=at)


def commit_unseen(world: World, *changes: StockChange) -> ChangeOutcome:
    """Commit changes that nobody publishes: the API process died right after its commit."""

    def nobody() -> Any:
        raise redis_py.ConnectionError("gone")

    return type(world.changes)(world.db, nobody).apply("acme", changes)


def queue_full(world: World) -> None:
    """The full feed from a source whose rails let it pass: store 003 is held."""
    profile = FeedProfile(thresholds={"rows_lost": 1, "stores_lost": 1})
    kind, mode = FeedKind.INVENTORY, FeedMode.FULL
    with world.db.write() as tx:
        tx.sources.put(FeedSource("acme", "s", kind, mode, Protocol.UPLOAD, T0, T0, profile=profile))
    queue_file(world, source_id="s")


def queue_approved(world: World) -> None:
    """The full feed, quarantined and approved: of store 003 nothing will be known."""
    run = queue_file(world)
    world.work()
    world.desk.approve("acme", run.id)


def queue_replay(world: World) -> None:
    """Back to the first full feed, behind a bad one and beside a change that came after that."""
    first = next(run for run in world.desk.list_runs("acme", limit=9) if run.kind is FeedKind.INVENTORY)
    rows = [row(store, n, 9, 6.49) for n in range(110) for store in STORES]
    world.push("inventory", feed(rows), as_of=T0 + dt.timedelta(hours=1))
    world.patch(change("001", 5, 3, 90), change("002", 119, 4, 91))
    assert commit_unseen(world, change("002", 9, 1, 92)).pending
    world.desk.replay("acme", first.id)


def queue_file(world: World, source_id: str | None = None) -> FeedRun:
    """A full feed with changes, absences, new articles, a bad row, a parked row; store 003 is missing from it."""
    assert commit_unseen(world, change("002", 9, 1, 50), change("001", 110, 6, 59)).pending
    rows = [row(store, n, 1 + n % 7 + (n % 10 == 2), 5.49 if n % 11 else 4.99, aisle="B2" if n % 18 == 0 else "")
            for n in range(110) for store in ("001", "002")]  # fmt: skip
    rows += [row("001", n, 5) for n in range(200, 205)]
    rows += ["002,own-1,,3,1.99 USD,", "002,own-2,,0,,", "001,bad,123,x,,", row("008", 3, 2)]
    reception = world.desk.receive()
    reception.write(feed(rows).encode())
    at = T0 + dt.timedelta(hours=1)
    return reception.accept(FeedUpload("acme", FeedKind.INVENTORY, FeedMode.FULL, as_of=at, source_id=source_id))


def queue_delta(world: World) -> None:
    """A delta in two blocks, by a column that nobody reads, with new articles and parked rows."""
    padding = "x" * 60_000
    rows = [f"{row(STORES[n % 3], n, 9)},{padding}" for n in range(10, 155)]
    rows += [f"002,own-{n},,3,1.99 USD,,{padding}" for n in range(3)]
    rows += [f"{row('008', n, 2)},{padding}" for n in range(3)]
    text = feed(rows, f"{COLUMNS},remark")
    assert len(text) > BLOCK_BYTES
    world.upload("inventory", text, mode="delta", as_of=T0 + dt.timedelta(hours=1))


def queue_stores(world: World) -> None:
    """A stores feed that names two of the three stores for which rows are parked, and a new one."""
    world.push("inventory", feed([row("005", 8, 4), row("006", 9, 4)]), mode="delta", as_of=T0)
    rows = ["001,First,37.77,-122.42", "005,Fifth,37.80,-122.40", "006,Sixth,37.81,-122.41", "009,Ninth,40.7,-74.0"]
    world.upload("stores", feed(rows, "store_code,name,lat,lon"), as_of=T0)


def queue_products(world: World) -> None:
    """A products feed in two blocks with changed cards, new ones, and articles without a number."""
    padding = "x" * 60_000
    rows = [f"a{n},{gtin(n)},{'New' if n % 2 else 'Product'} {n},Brand,{padding}" for n in range(145)]
    rows += [f"own-{n},,Own {n},Brand,{padding}" for n in range(5)]
    text = feed(rows, "id,gtin,title,brand,remark")
    assert len(text) > BLOCK_BYTES
    world.upload("products", text, as_of=T0)


def flush(world: World) -> None:
    world.flush()


CASES = {
    "full": Case("work", 35, queue_full),
    "approved": Case("work", 20, queue_approved),
    "replay": Case("work", 20, queue_replay),
    "delta": Case("work", 35, queue_delta),
    "stores": Case("work", 35, queue_stores),
    "products": Case("work", 35, queue_products),
    "rebuild": Case("work", 20, flush),
    "fold": Case("fold", 12, request={"name": "acme/fold-1"}, finish=lambda lane: lane.ask("fold", name="acme/fold-2")),
}


@pytest.mark.parametrize("name", CASES)
def test_a_worker_is_killed(
    name: str, world: World, lanes: list[Lane], tmp_path_factory: pytest.TempPathFactory
) -> None:
    case = CASES[name]
    template = template_of(world, case.prepare, tmp_path_factory.mktemp(name) / "before")
    lanes[0].reset(template)
    ticks: list[str] = lanes[0].ask(case.act, **case.request)["ticks"]
    wanted = lanes[0].state()

    def attempt(lane: Lane, point: tuple[int, ...]) -> list[str]:
        lane.reset(template)
        with Reader(lane.redis_url, template.places["001"]) as reader:
            for moment in point:
                lane.ask(case.act, kill_at=moment, **case.request)
                lane.wait_for_leases()
            case.finish(lane)
        assert reader.answers
        return [*reader.wrong[:1], *differences(wanted, lane.state())]

    failures = try_all(lanes, choose(ticks, case.points), attempt, ticks)
    assert not failures, "\n".join(failures[:10])


CHANGES = [
    {"store_code": "001", "id": "a3", "quantity": 4, "observed_at": "2026-11-05T06:30:00+00:00"},
    {"store_code": "002", "id": "a4", "quantity": 0, "observed_at": "2026-11-05T06:30:00+00:00"},
    {"store_code": "004", "id": "own-9", "quantity": 4, "observed_at": "2026-11-05T06:30:00+00:00"},
]
FILE = {
    "kind": "inventory",
    "mode": "full",
    "text": feed([row(store, n, 4) for n in range(120) for store in STORES]),
    "as_of": "2026-11-05T07:00:00+00:00",
}


@pytest.mark.parametrize(
    ("act", "request_"), [("patch", {"items": CHANGES}), ("upload", FILE), ("patch_marking_first", {"items": CHANGES})]
)
def test_an_api_call_is_killed(
    act: str,
    request_: dict[str, Any],
    world: World,
    lanes: list[Lane],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """All of it or nothing, and what is committed becomes visible though nobody calls again."""
    template = template_of(world, lambda _: None, tmp_path_factory.mktemp(act) / "before")
    lane = lanes[0]
    lane.reset(template)
    nothing = lane.state()
    known = nothing["skus"]
    ticks: list[str] = lane.ask(act, **request_)["ticks"]
    lane.ask("work")
    everything = lane.state()
    assert differences(nothing, everything)
    nothing["skus"] = everything["skus"]
    outcomes: set[bool] = set()

    def attempt(lane: Lane, point: tuple[int, ...]) -> list[str]:
        lane.reset(template)
        lane.ask(act, kill_at=point[0], **request_)
        lane.ask("work")
        found = lane.state()
        # A number given to an article whose change was then lost is its number at the next attempt.
        assert found["skus"] in (known, everything["skus"])
        found["skus"] = everything["skus"]
        wrong = {is_done: differences(wanted, found) for is_done, wanted in ((False, nothing), (True, everything))}
        outcomes.update(is_done for is_done, told in wrong.items() if not told)
        return [] if not all(wrong.values()) else min(wrong.values(), key=len)

    failures = try_all(lanes, choose(ticks, 40), attempt, ticks)
    if act == "patch_marking_first":
        assert failures, "these tests would not find the usual mistake"
        return
    assert not failures, "\n".join(failures[:10])
    assert outcomes == {False, True}


def try_all(
    lanes: list[Lane],
    points: list[tuple[int, ...]],
    attempt: Callable[[Lane, tuple[int, ...]], list[str]],
    ticks: list[str],
) -> list[str]:
    """What was wrong at which moment; all lanes at once."""
    waiting = iter(points)
    taking = threading.Lock()
    failures: list[str] = []

    def drive(lane: Lane) -> None:
        while True:
            with taking:
                point = next(waiting, None)
            if point is None:
                return
            where = [f"{moment} ({ticks[moment - 1]})" for moment in point]
            failures.extend(f"killed at {where}: {text}" for text in attempt(lane, point))

    started = time.monotonic()
    with ThreadPoolExecutor(LANES) as pool:
        list(pool.map(drive, lanes))
    print(f"killed at {len(points)} points of {len(ticks)} in {time.monotonic() - started:.1f} s")
    return failures


def choose(ticks: list[str], count: int) -> list[tuple[int, ...]]:
    """Moments to be killed at: the first of each kind, others evenly, and some twice in a row."""
    every = range(1, len(ticks) + 1)
    if len(ticks) <= count:
        return [(moment,) for moment in every]
    firsts = {ticks.index(label) + 1 for label in set(ticks)}
    step = len(ticks) / max(10, count - len(firsts))
    spread = {int(at * step) + 1 for at in range(int(len(ticks) / step))} | {len(ticks)}
    chance = random.Random(1)
    pairs = [(chance.choice(every), chance.choice(every)) for _ in range(3)]
    return [*((moment,) for moment in sorted(firsts | spread)), *pairs]


def differences(wanted: State, found: State) -> list[str]:
    """What differs, in words short enough to read."""
    told = []
    for part, before in wanted.items():
        after = found[part]
        if before == after:
            continue
        if isinstance(before, dict):
            said = {
                key: (before.get(key), after.get(key)) for key in {*before, *after} if before.get(key) != after.get(key)
            }
            told.append(f"{part}: {str(said)[:300]}")
        else:
            missing = [row for row in before if row not in after]
            more = [row for row in after if row not in before]
            told.append(f"{part}: {len(before)} -> {len(after)}; missing {str(missing)[:600]}; more {str(more)[:600]}")
    return told
