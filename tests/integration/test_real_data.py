"""Files that nobody on this project wrote, through the whole machine, held against a reading by hand.

The stock stream is of ten weeks of US therapeutics: stores that appear, change, and vanish, quantities
left blank, dates in two forms. Blank and delisted rows say nothing of the shelf: our columns have no word
for "not reported", so they are sent as they are, without quantity, and must be refused and counted, never
read as zero.
"""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from inventory_api.domain.feed import RunStatus
from inventory_api.domain.freshness import FreshnessPolicy
from inventory_api.domain.store import Store
from inventory_api.storage.sql.engine import Database
from tests.integration.asking import Api, asking
from tests.integration.oracle import exact_m, vincenty_m
from tests.integration.real_files import (
    PRODUCT_COLUMNS,
    STORE_COLUMNS,
    Row,
    counts_of,
    data,
    feed_of,
    is_invisible,
    rows_of,
)
from tests.integration.world import World

__all__ = ["data"]

HHS = "us-hhs"
ZONE = ZoneInfo("America/New_York")
WEEK_S = 7 * 86_400
"""An absent product that was sold out already is forgotten after this long."""

YEARS = FreshnessPolicy(expires_s=50 * 365 * 86_400)
SNAPSHOT_AS_OF = dt.datetime(2022, 3, 16, 23, 59, tzinfo=dt.UTC)

Key = tuple[str, str]
"""Store code and GTIN-14."""


@contextmanager
def installed(redis_url: str, empty_database: Path, folder: Path) -> Iterator[World]:
    """An empty installation in a folder."""
    shutil.copy(empty_database, folder / "inventory.sqlite")
    db = Database(f"sqlite:///{folder / 'inventory.sqlite'}")
    world = World(db, redis_url, folder)
    yield world
    world.close()
    db.close()


def describe(world: World, data: Path) -> list[Row]:
    """Send stores and products; returns the rows of the stores."""
    stores = rows_of(data, "stores_us_therapeutics_2022")
    world.add_retailer(HHS, currency=None, timezone=str(ZONE), freshness=YEARS)
    run = world.push("stores", feed_of(STORE_COLUMNS, stores), retailer_id=HHS)
    nowhere = sum(not row["lat"] for row in stores)
    assert nowhere == 1_273
    assert (run.status, run.rows.read, run.rows.accepted) == (RunStatus.PUBLISHED, 14_937, 14_937)
    invisible = sum(is_invisible(row[name][edge]) for row in stores for name in STORE_COLUMNS.values()
                    for edge in (0, -1) if row[name])  # fmt: skip
    assert counts_of(run) == {"warning coordinates_missing": nowhere, "warning control_character": invisible}
    products = rows_of(data, "products_us_therapeutics")
    run = world.push("products", feed_of(PRODUCT_COLUMNS, products), retailer_id=HHS)
    assert (run.status, run.rows.accepted, run.notices) == (RunStatus.PUBLISHED, 4, [])
    return stores


# -- the hand replay ----------------------------------------------------------------------------------------


@dataclass
class Known:
    """One record, as it stands: ``at`` in epoch seconds; ``dated`` where its store's snapshot does not renew it."""

    quantity: int
    at: float
    dated: bool = False


@dataclass
class Replay:
    """The stream read by hand, in plain dictionaries."""

    gtins: dict[str, str]
    records: dict[Key, Known] = field(default_factory=dict)
    snapshots: dict[str, float] = field(default_factory=dict)

    def key(self, row: Row) -> Key:
        return row["store_code"], self.gtins[row["ndc"]]

    def delta(self, rows: list[Row]) -> tuple[int, dict[str, int]]:
        """Apply a day of changes; returns rows accepted, and the notices to expect."""
        faults = Counter[str]()
        good = []
        for row in rows:
            is_blank, at = row["new_qty"] == "", instant_of(row["reported_at"])
            is_unreadable = row["reported_at"] != "" and at is None
            faults["error quantity_missing"] += is_blank
            faults["error timestamp_invalid"] += is_unreadable
            faults["info timestamp_no_timezone"] += at is not None
            if not is_blank and at is not None:
                good.append((self.key(row), int(row["new_qty"]), at))
        rejected = len(rows) - len(good)
        if not good or (len(rows) >= 100 and rejected > len(rows) / 2):
            faults["error row_errors"] += 1
            return 0, +faults
        for key, quantity, at in good:
            self._change(key, quantity, at)
        return len(good), +faults

    def _change(self, key: Key, quantity: int, at: float) -> None:
        known, snapshot = self.records.get(key), self.snapshots.get(key[0], 0)
        if at < snapshot:
            # The store's full feed has spoken since; only what it did not confirm may still be outdone.
            if known is not None and known.dated and at >= known.at:
                self.records[key] = Known(quantity, at, dated=True)
        elif known is None or at >= self.seen_at(key):
            self.records[key] = Known(quantity, at)

    def full(self, rows: list[Row], as_of: float) -> None:
        """Apply a snapshot: row by row what is newer, then what is absent."""
        by_store: dict[str, dict[Key, Known]] = {}
        times: dict[str, Counter[float]] = {}
        for row in rows:
            at = instant_of(row["reported_at"])
            assert at is not None
            by_store.setdefault(row["store_code"], {})[self.key(row)] = Known(int(row["qty"]), at)
            times.setdefault(row["store_code"], Counter())[at] += 1
        for code, listed in by_store.items():
            common = [at for at, count in times[code].items() if 2 * count >= times[code].total()]
            snapshot = max(common) if common else as_of
            for key in [key for key in self.records if key[0] == code]:
                known = self.records[key]
                if key not in listed and known.quantity == 0 and snapshot - known.at > WEEK_S:
                    del self.records[key]
                elif key not in listed and known.at <= snapshot:
                    # A zero that is repeated by absence is only renewed.
                    self.records[key] = Known(0, known.at if known.quantity == 0 else snapshot)
                elif key in listed and listed[key].at < known.at < snapshot:
                    known.dated = True
            for key, said in listed.items():
                if key not in self.records or said.at >= self.records[key].at:
                    self.records[key] = Known(said.quantity, said.at, dated=said.at != snapshot)
            self.snapshots[code] = snapshot

    def seen_at(self, key: Key) -> float:
        known = self.records[key]
        return known.at if known.dated else max(known.at, self.snapshots.get(key[0], 0))

    def expected(self, key: Key) -> tuple[str, int | None, float | None]:
        """Availability, quantity and observed time to be told."""
        known, snapshot = self.records.get(key), self.snapshots.get(key[0])
        if known is None:
            return ("unknown", None, None) if snapshot is None else ("not_carried", None, snapshot)
        word = "out_of_stock" if known.quantity == 0 else "low_stock" if known.quantity <= 2 else "in_stock"
        return word, known.quantity, self.seen_at(key)


def instant_of(text: str) -> float | None:
    """A time without zone is New York's; nobody said whether 01/02/2022 begins with the month."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() if "-" in text else None


def by_day(changes: list[Row]) -> dict[str, list[Row]]:
    days: dict[str, list[Row]] = {}
    for row in changes:
        days.setdefault(row["observed_at"][:10], []).append(row)
    return days


def send_changes(world: World, replay: Replay, changes: list[Row]) -> Counter[str]:
    """Send the stream day by day; every report must be the one reckoned by hand. Returns all faults."""
    faults = Counter[str]()
    columns = {"store_code": "store_code", "id": "id", "quantity": "new_qty", "timestamp": "reported_at"}
    for rows in by_day(changes).values():
        feed = feed_of(columns, ({**row, "id": f"NDC{row['ndc']}"} for row in rows))
        as_of = dt.datetime.fromisoformat(rows[-1]["observed_at"])
        run = world.push("inventory", feed, retailer_id=HHS, mode="delta", as_of=as_of)
        accepted, expected = replay.delta(rows)
        assert counts_of(run) == expected, as_of
        assert run.rows.read == len(rows)
        assert run.status is (RunStatus.PUBLISHED if accepted else RunStatus.REJECTED)
        if accepted:
            assert (run.rows.accepted, run.rows.rejected) == (accepted, len(rows) - accepted)
        faults += Counter(expected)
    return faults


def send_snapshot(world: World, replay: Replay, rows: list[Row]) -> None:
    columns = {"store_code": "store_code", "id": "id", "quantity": "qty", "timestamp": "reported_at"}
    feed = feed_of(columns, ({**row, "id": f"NDC{row['ndc']}"} for row in rows))
    run = world.push("inventory", feed, retailer_id=HHS, as_of=SNAPSHOT_AS_OF)
    assert run.status is RunStatus.PUBLISHED
    assert (run.rows.read, run.rows.accepted) == (11_514, 11_514)
    # Two rows stand twice, word for word.
    assert counts_of(run) == {"warning duplicate_key": 2, "info timestamp_no_timezone": 11_514}
    replay.full(rows, SNAPSHOT_AS_OF.timestamp())


def compare_all(api: Api, world: World, replay: Replay) -> Counter[str]:
    """Ask for every product at every store by name; returns how often each status was told."""
    api.refresh()
    told = Counter[str]()
    stores = world.stores()
    for gtin in replay.gtins.values():
        for at in range(0, len(stores), 50):
            part = {store.public_id: store.store_code for store in stores[at : at + 50]}
            answer = api.ask(f"gtin={gtin}&store_id={','.join(part)}&availability=all&limit=50")
            assert len(answer["stores"]) == len(part)
            for hit in answer["stores"]:
                code = part[hit["store"]["id"]]
                found = hit["availability"], hit["quantity"], _epoch(hit["observed_at"])
                assert found == replay.expected((code, gtin)), (code, gtin)
                told[hit["availability"]] += 1
    return told


def _epoch(text: str | None) -> float | None:
    return None if text is None else dt.datetime.fromisoformat(text).timestamp()


def compare_points(api: Api, world: World, replay: Replay, *, count: int) -> int:
    """Ask around random points, all pages, and measure every store by hand. Returns the hits compared."""
    chance = random.Random(7)
    located = [store for store in world.stores() if store.latitude is not None]
    places = np.array([(store.latitude, store.longitude) for store in located], np.float64)
    hits = 0
    for _ in range(count):
        gtin = chance.choice(list(replay.gtins.values()))
        center = places[chance.randrange(len(located))]
        latitude, longitude = (round(float(x) + chance.gauss(0, 0.2), 5) for x in center)
        radius_m = round(2_000 * 80 ** chance.random())
        expected = _around(replay, located, places, gtin, latitude, longitude, radius_m)
        query = f"gtin={gtin}&lat={latitude}&lon={longitude}&radius={radius_m}&unit=m&availability=all&limit=50"
        found = []
        cursor = ""
        while True:
            answer = api.ask(query + cursor)
            found += [(hit["store"]["store_code"], hit["distance_m"], hit["availability"]) for hit in answer["stores"]]
            if answer["next_cursor"] is None:
                break
            cursor = f"&cursor={answer['next_cursor']}"
        assert found == expected, query
        hits += len(found)
    return hits


def _around(
    replay: Replay,
    located: list[Store],
    places: np.ndarray,
    gtin: str,
    latitude: float,
    longitude: float,
    radius_m: int,
) -> list[tuple[str, int, str]]:
    count = len(located)
    metres = vincenty_m(np.full(count, latitude), np.full(count, longitude), places[:, 0], places[:, 1])
    inside = []
    for at in np.flatnonzero(metres <= radius_m + 1).tolist():
        store = located[at]
        if (store.store_code, gtin) in replay.records:
            exact = exact_m(latitude, longitude, *places[at].tolist())
            word, *_ = replay.expected((store.store_code, gtin))
            if exact <= radius_m:
                inside.append((word not in ("in_stock", "low_stock"), exact, store.id, store.store_code, word))
    return [(code, round(exact), word) for _, exact, _, code, word in sorted(inside)]


@pytest.mark.slow
def test_the_stream_and_then_the_snapshot(data: Path, redis_url: str, empty_database: Path, tmp_path: Path) -> None:
    """In the order in which it happened: ten weeks of changes, then the full picture of March 16."""
    changes, snapshot = _stock(data)
    with installed(redis_url, empty_database, tmp_path) as world, asking(world) as api:
        describe(world, data)
        replay = Replay(_gtins(data))
        faults = send_changes(world, replay, changes)
        # The first days report no quantity at all: five files are refused as a whole, and say so.
        assert faults["error row_errors"] == 5
        assert faults["error quantity_missing"] == 22_030
        assert faults["error timestamp_invalid"] == 1_479
        told = compare_all(api, world, replay)
        assert told.total() == 4 * 14_937
        assert told["not_carried"] == 0
        assert min(told[word] for word in ("in_stock", "low_stock", "out_of_stock", "unknown")) > 200
        assert compare_points(api, world, replay, count=150) > 1_000

        send_snapshot(world, replay, snapshot)
        told = compare_all(api, world, replay)
        assert told["not_carried"] > 10_000
        assert compare_points(api, world, replay, count=150) > 1_000
        assert world.index() == world.truth()
        assert world.verify() == 0


@pytest.mark.slow
def test_the_snapshot_and_then_the_stream(data: Path, redis_url: str, empty_database: Path, tmp_path: Path) -> None:
    """The wrong way round: what comes late may not undo what the snapshot said, nor make it younger."""
    changes, snapshot = _stock(data)
    with installed(redis_url, empty_database, tmp_path) as world, asking(world) as api:
        describe(world, data)
        replay = Replay(_gtins(data))
        send_snapshot(world, replay, snapshot)
        before = compare_all(api, world, replay)
        assert before["in_stock"] + before["low_stock"] + before["out_of_stock"] == 11_512
        send_changes(world, replay, changes)
        compare_all(api, world, replay)
        assert world.fold(HHS)
        world.flush()
        world.work()
        compare_all(api, world, replay)
        assert world.index() == world.truth()


def _stock(data: Path) -> tuple[list[Row], list[Row]]:
    changes = rows_of(data, "stock_us_therapeutics_changes")
    snapshot = rows_of(data, "stock_us_therapeutics_snapshot_2022-03-16")
    assert (len(changes), len(snapshot)) == (82_859, 11_514)
    return changes, snapshot


def _gtins(data: Path) -> dict[str, str]:
    products = rows_of(data, "products_us_therapeutics")
    return {row["sku"].removeprefix("NDC"): row["gtin"].zfill(14) for row in products}
