"""Reports on both databases: one voice a day, few voices a reporter, a month's memory."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import text

from inventory_api.domain.errors import RateLimited
from inventory_api.domain.trust import WINDOW, Outcome, Report
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.report_desk import MAX_A_DAY, SqlReports, _network

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
FOUND = Report("acme", 1, 100, Outcome.FOUND, 3, True, 0.9, NOON)
MISSED = replace(FOUND, outcome=Outcome.NOT_FOUND, kept=False)


@pytest.fixture
def desk(database: Database) -> SqlReports:
    return SqlReports(database, b"secret")


def tallies(database: Database, now: dt.datetime = NOON) -> dict[tuple[str, int], tuple[float, float]]:
    with database.write() as tx:
        tx.reports.teach(tx.reports.tally(now), now)
        rows = tx.reports._connection.execute(text("select retailer_id, cell, told, kept from trust"))
        return {(retailer_id, cell): (told, kept) for retailer_id, cell, told, kept in rows}


def test_of_one_voice_product_store_and_day_the_last_counts(database: Database, desk: SqlReports) -> None:
    for report in (FOUND, FOUND, MISSED):
        desk.put(report, address="192.0.2.1", device=None)
    assert tallies(database) == {("acme", 3): (1.0, 0.0)}
    desk.put(replace(FOUND, reported_at=NOON + DAY), address="192.0.2.1", device=None)
    desk.put(replace(FOUND, product_id=101), address="192.0.2.1", device=None)
    assert tallies(database) == {("acme", 3): (3.0, 2.0)}


def test_devices_behind_one_address_have_voices_and_share_their_weight(database: Database, desk: SqlReports) -> None:
    for device in range(12):
        desk.put(FOUND, address="2001:db8::1", device=str(device))
    desk.put(MISSED, address="2001:db8::ffff", device="0")
    assert tallies(database) == {("acme", 3): (pytest.approx(3.0), pytest.approx(11 / 4))}, "one /64 is one reporter"


def test_what_promised_nothing_counts_for_nothing(database: Database, desk: SqlReports) -> None:
    desk.put(replace(FOUND, cell=None, kept=False, stated=0.0), address="192.0.2.1", device=None)
    assert tallies(database) == {}
    with database.read() as tx:
        outcomes = tx.reports.outcomes("acme", NOON)
        assert tx.reports.outcomes("zeta", NOON) is None
    assert outcomes is not None
    assert (outcomes.counts[Outcome.FOUND], outcomes.kept, outcomes.stated) == (1, None, None)


def test_outcomes_of_a_retailer(database: Database, desk: SqlReports) -> None:
    for address, report in enumerate((FOUND, MISSED, replace(FOUND, outcome=Outcome.WRONG_PRICE, stated=0.6))):
        desk.put(report, address=f"192.0.2.{address}", device=None)
    with database.read() as tx:
        outcomes = tx.reports.outcomes("acme", NOON)
    assert outcomes is not None
    assert outcomes.counts == {Outcome.FOUND: 1, Outcome.NOT_FOUND: 1, Outcome.WRONG_PRICE: 1}
    assert (outcomes.kept, outcomes.stated) == (pytest.approx(2 / 3), pytest.approx(0.8))


def test_reports_are_forgotten_and_what_they_taught(database: Database, desk: SqlReports) -> None:
    desk.put(FOUND, address="192.0.2.1", device=None)
    assert tallies(database, NOON + WINDOW) == {("acme", 3): (1.0, 1.0)}
    assert tallies(database, NOON + WINDOW + DAY) == {}
    with database.read() as tx:
        assert tx.reports._connection.execute(text("select count(*) from report")).scalar_one() == 0


def test_only_a_change_is_told(database: Database, desk: SqlReports) -> None:
    desk.put(FOUND, address="192.0.2.1", device=None)
    told = []
    for _ in range(2):
        with database.write() as tx:
            told.append((tx.reports.teach(tx.reports.tally(NOON), NOON), tx.reports.revision()))
    assert told == [(True, 1), (False, 1)]
    with database.read() as tx:
        assert tx.reports.trust().of("acme")[3] != tx.reports.trust().of("acme")[4]


def test_an_address_is_heard_so_often_a_day(database: Database, desk: SqlReports) -> None:
    for product_id in range(MAX_A_DAY):
        desk.put(replace(FOUND, product_id=product_id), address="192.0.2.1", device=str(product_id))
    with pytest.raises(RateLimited) as refused:
        desk.put(FOUND, address="192.0.2.1", device="new")
    assert refused.value.retry_after_s == 12 * 3_600
    desk.put(FOUND, address="192.0.2.2", device=None)
    desk.put(replace(FOUND, reported_at=NOON + DAY), address="192.0.2.1", device=None)


def test_no_address_and_no_device_is_kept(database: Database, desk: SqlReports) -> None:
    desk.put(FOUND, address="192.0.2.77", device="a-token")
    with database.read() as tx:
        row = tx.reports._connection.execute(text("select * from report")).mappings().one()
    assert set(row) == {
        "voice", "store_id", "product_id", "day", "reporter", "retailer_id", "outcome", "cell", "kept", "stated",
    }  # fmt: skip
    kept = repr({name: bytes(value) if name in ("voice", "reporter") else value for name, value in row.items()})
    assert "192.0.2.77" not in kept
    assert "a-token" not in kept


def test_a_household_is_one_network() -> None:
    assert [_network(each) for each in ("192.0.2.1", "2001:db8::1", "unix socket")] == [
        "192.0.2.1", "2001:db8::/64", "unix socket",
    ]  # fmt: skip
