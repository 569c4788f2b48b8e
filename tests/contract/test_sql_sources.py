"""Feed sources, alike on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from inventory_api.domain.errors import UnknownSource
from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.profile import Absence, FeedFormat, FeedProfile
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.source import FeedSource, Protocol
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.vault import Vault

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
PROFILE = FeedProfile(
    version=3,
    format=FeedFormat.DELIMITED,
    columns=("store_code", "gtin", "quantity"),
    aliases={"Filiale Nr.": "store_code"},
    thresholds={"rows_lost": 0.5},
    absence=Absence.RETAIN,
    auto_first=True,
)
SOURCE = FeedSource(
    "acme", "nightly", FeedKind.INVENTORY, FeedMode.FULL, Protocol.HTTPS, NOON, NOON,
    settings={"url": "https://acme.example/stock.tsv", "every_s": 3600}, profile=PROFILE, credentials=b"sealed",
    state={"etag": '"1"'}, due_at=NOON,
)  # fmt: skip


@pytest.fixture
def db(database: Database) -> Database:
    with database.write() as tx:
        tx.retailers.add(Retailer("other", "Other"))
    return database


def test_what_is_put_is_read_back_and_is_its_retailers_alone(db: Database) -> None:
    with db.write() as tx:
        tx.sources.put(SOURCE)
        tx.sources.put(replace(SOURCE, retailer_id="other", version=4))
        tx.sources.put(replace(SOURCE, version=2))
    with db.read() as tx:
        assert tx.sources.get("acme", "nightly") == replace(SOURCE, version=2)
        assert [source.version for source in tx.sources.list("other")] == [4]
        with pytest.raises(UnknownSource):
            tx.sources.get("acme", "weekly")
    with db.write() as tx:
        assert tx.sources.delete("acme", "nightly")
        assert not tx.sources.delete("acme", "nightly")
        assert len(tx.sources.list("other")) == 1


def test_a_due_source_is_fetched_by_one_and_again_when_its_lease_ran_out(db: Database) -> None:
    with db.write() as tx:
        tx.sources.put(SOURCE)
        tx.sources.put(replace(SOURCE, id="later", due_at=NOON + HOUR))
        tx.sources.put(replace(SOURCE, id="never", due_at=None))
        tx.sources.put(replace(SOURCE, id="off", disabled="seven days of failures"))

    def claim(at: dt.datetime) -> str | None:
        with db.write() as tx:
            found = tx.sources.claim_due(at, 60)
        return found.id if found else None

    assert [claim(NOON), claim(NOON)] == ["nightly", None]
    assert claim(NOON + dt.timedelta(seconds=60)) == "nightly"
    with db.write() as tx:
        mine = tx.sources.get("acme", "nightly")
        mine.due_at, mine.fetching_until, mine.state = NOON + 2 * HOUR, None, {"etag": '"2"'}
        tx.sources.save(mine)
    assert [claim(NOON + HOUR), claim(NOON + HOUR)] == ["later", None]


def test_one_host_is_asked_by_two_at_a_time_whosever_sources_they_are(db: Database) -> None:
    elsewhere = {"url": "https://other.example/"}
    with db.write() as tx:
        for number in range(3):
            tx.sources.put(replace(SOURCE, id=f"s{number}", retailer_id=("acme", "other")[number % 2]))
        tx.sources.put(replace(SOURCE, id="z", settings=elsewhere, due_at=NOON + HOUR))

    def claim() -> FeedSource | None:
        with db.write() as tx:
            return tx.sources.claim_due(NOON + HOUR, 60)

    first, second, third = claim(), claim(), claim()
    assert first
    assert second
    assert third
    assert [first.host, second.host, third.host] == ["acme.example", "acme.example", "other.example"]
    assert claim() is None
    with db.write() as tx:
        held, first.fetching_until, first.due_at = first.fetching_until, None, None
        assert tx.sources.save(first, held_until=held)
    assert claim() is not None


def test_a_lease_is_lost_to_whoever_put_the_source_anew(db: Database) -> None:
    with db.write() as tx:
        tx.sources.put(SOURCE)
        mine = tx.sources.claim_due(NOON, 60)
        assert mine
        tx.sources.put(replace(SOURCE, version=2))
        held, mine.fetching_until, mine.state = mine.fetching_until, None, {"etag": "of the old address"}
        assert not tx.sources.save(mine, held_until=held)
        assert tx.sources.get("acme", "nightly").state == SOURCE.state


def test_credentials_open_under_their_own_key_alone() -> None:
    vault = Vault(bytes(32))
    sealed = vault.seal({"password": "correct horse"})
    assert b"horse" not in sealed
    assert vault.open(sealed) == {"password": "correct horse"}
    with pytest.raises(ValueError, match="another key"):
        Vault(bytes(31) + b"1").open(sealed)
