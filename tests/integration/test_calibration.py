"""A simulated world of shops that keep their promises more or less, of shoppers who say so, and of liars."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.calibrate import Calibrator
from inventory_api.domain import availability as av
from inventory_api.domain.arrays import Floats, Ints
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.stock import NO_QUANTITY
from inventory_api.domain.trust import Outcome, Trust, cells, confidence
from inventory_api.storage.sql import bulk
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.tables import report

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
TODAY = (NOON.date() - dt.date(1970, 1, 1)).days
RETAILERS = [f"r{number:02}" for number in range(12)]
EXPIRES_S = 86_400
TOLERANCE = 0.05
ENOUGH = 500
"""Reports in a decile below which chance alone moves the rate."""


@dataclass
class Visits:
    """Statements that shoppers acted upon, and how it ended."""

    retailer: Ints
    status: Ints
    age: Ints
    quantity: Ints
    kept: NDArray[np.bool_]

    @property
    def cell(self) -> Ints:
        return cells(self.status, self.age, self.quantity)

    def stated(self, trust: Trust) -> Floats:
        cell = trust.table(RETAILERS)[self.retailer, self.cell]
        return confidence(self.status, self.age, np.full(len(self.age), EXPIRES_S), self.quantity, cell)


def visits(rng: np.random.Generator, count: int) -> Visits:
    """The truth is nothing like the prior: retailers differ, few left means gone, and age costs more at some."""
    retailer = rng.integers(0, len(RETAILERS), count)
    age = (EXPIRES_S * rng.beta(0.7, 2.5, count)).astype(np.int64)
    quantity = rng.choice([0, 1, 2, 4, 8, 20, NO_QUANTITY], count, p=[0.15, 0.1, 0.1, 0.2, 0.15, 0.2, 0.1])
    status = np.where(quantity == 0, av.OUT_OF_STOCK, np.where(quantity <= 2, av.LOW_STOCK, av.IN_STOCK))
    care = np.linspace(0.55, 0.99, len(RETAILERS))[retailer]
    decay = np.linspace(0.6, 0.1, len(RETAILERS))[retailer] * age / EXPIRES_S
    scarcity = np.select([quantity == 0, quantity <= 2, quantity <= 9], [0.0, 0.3, 0.1], 0.0)
    chance = np.clip(care - decay - scarcity * (1.2 - care), 0.02, 0.99)
    return Visits(retailer, status, age, quantity, rng.random(count) < chance)


def send(database: Database, made: Visits, reporter: Ints, *, honest: bool = True, first_product: int = 0) -> None:
    """The visits as reports: each of another product, so that all are kept. Liars deny all."""
    said = made.kept if honest else np.zeros(len(made.kept), bool)
    columns = zip(reporter.tolist(), made.retailer.tolist(), made.cell.tolist(), said.tolist(), strict=True)
    rows = []
    for number, (who, retailer, cell, kept) in enumerate(columns):
        name = who.to_bytes(16, "big")
        outcome = Outcome.FOUND if kept else Outcome.NOT_FOUND
        rows.append((name, 1, first_product + number, TODAY, name, RETAILERS[retailer], outcome, cell, kept, 0.9))
    rows.sort(key=lambda row: row[:3])
    names = ("voice", "store_id", "product_id", "day", "reporter", "retailer_id", "outcome", "cell", "kept", "stated")
    with database.write() as tx:
        bulk.insert(tx.reports._connection, report, names, rows)


def calibrated(database: Database) -> Trust:
    Calibrator(database).calibrate(NOON)
    with database.read() as tx:
        return tx.reports.trust()


def gaps(stated: Floats, kept: NDArray[np.bool_]) -> dict[int, float]:
    """By decile of stated confidence: how far it is from the rate observed, where there are enough visits."""
    decile = np.minimum((stated * 10).astype(int), 9)
    found = {}
    for each in range(10):
        there = decile == each
        if there.sum() >= ENOUGH:
            found[each] = float(abs(stated[there].mean() - kept[there].mean()))
    return found


@pytest.fixture
def database(tmp_path: Path, empty_database: Path) -> Database:
    shutil.copy(empty_database, tmp_path / "trust.sqlite")
    made = Database(f"sqlite:///{tmp_path / 'trust.sqlite'}")
    with made.write() as tx:
        for retailer_id in RETAILERS:
            tx.retailers.add(Retailer(retailer_id, retailer_id))
    return made


@pytest.mark.parametrize("seed", [1, 2])
def test_stated_confidence_is_the_rate_at_which_it_comes_true(database: Database, seed: int) -> None:
    rng = np.random.default_rng(seed)
    taught, later = visits(rng, 40_000), visits(rng, 60_000)
    before = gaps(later.stated(Trust()), later.kept)
    send(database, taught, rng.integers(0, 20_000, 40_000))
    after = gaps(later.stated(calibrated(database)), later.kept)
    assert max(before.values()) > 0.1, "the world is not that of the prior"
    assert len(after) >= 5
    assert max(after.values()) <= TOLERANCE, after
    database.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 16))
def test_so_it_is_in_many_and_larger_worlds(database: Database, seed: int) -> None:
    rng = np.random.default_rng(seed)
    taught, later = visits(rng, 200_000), visits(rng, 200_000)
    send(database, taught, rng.integers(0, 100_000, 200_000))
    after = gaps(later.stated(calibrated(database)), later.kept)
    assert max(after.values()) <= TOLERANCE / 2, after
    database.close()


@pytest.mark.parametrize("target", [None, 11], ids=["everywhere", "one retailer"])
def test_liars_move_nothing(database: Database, target: int | None) -> None:
    """1 % of the reporters send half of the reports, and say of everything that it was not as stated."""
    rng = np.random.default_rng(3)
    reporters, count = 20_000, 40_000
    send(database, visits(rng, count), rng.integers(0, reporters, count))
    honest = calibrated(database)
    lies = visits(rng, count)
    if target is not None:
        lies.retailer[:] = target
    liars = reporters + rng.integers(0, reporters // 100, count)
    send(database, lies, liars, honest=False, first_product=count)
    lied_to = calibrated(database)
    later = visits(rng, 60_000)
    moved = np.abs(later.stated(lied_to) - later.stated(honest))
    told = gaps(later.stated(lied_to), later.kept)
    assert moved.mean() <= TOLERANCE
    assert max(told.values()) <= TOLERANCE, told
    if target is None:
        assert moved.max() <= TOLERANCE
    database.close()
