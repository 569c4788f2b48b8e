"""Transactions and the schema, alike on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from inventory_api.domain.errors import Unavailable, UnknownRetailer
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.store import StoreFacts
from inventory_api.storage.sql import engine as engine_module
from inventory_api.storage.sql.engine import Database, open_engine, write_engine
from inventory_api.storage.sql.schema import alembic_config, upgrade
from inventory_api.storage.sql.tables import metadata


def test_migrations_and_tables_agree(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_upgrade_may_be_repeated_and_keeps_data(database: Database, database_url: str) -> None:
    upgrade(database_url)
    with database.read() as transaction:
        assert [found.id for found in transaction.retailers.list()] == ["acme", "zeta"]


def test_upgrade_by_several_at_once(bare_url: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(upgrade, [bare_url] * 3))
    _check_usable(bare_url)


def test_downgrade_and_upgrade_again(bare_url: str) -> None:
    upgrade(bare_url)
    engine = open_engine(bare_url)
    with write_engine(engine).connect() as connection, connection.begin():
        command.downgrade(alembic_config(connection), "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()
    upgrade(bare_url)
    _check_usable(bare_url)


def test_what_one_transaction_writes_commits_together(database: Database) -> None:
    with database.write() as transaction:
        transaction.retailers.add(Retailer("new", "New"))
        transaction.stores.upsert("new", [StoreFacts("1")])
    with database.read() as transaction:
        assert len(transaction.stores.of_retailer("new")) == 1


def test_an_exception_leaves_nothing(database: Database) -> None:
    def fail_late() -> None:
        with database.write() as transaction:
            transaction.retailers.add(Retailer("new", "New"))
            transaction.stores.upsert("new", [StoreFacts("1")])
            transaction.products.reserve_own_numbers(10)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_late()
    with database.write() as transaction:
        with pytest.raises(UnknownRetailer):
            transaction.retailers.get("new")
        assert transaction.stores.list() == []
        assert transaction.stores.revision() == 0
        assert transaction.products.reserve_own_numbers(1) == 0


def test_reopening_keeps_data(database: Database, database_url: str) -> None:
    database.close()
    again = Database(database_url)
    with again.read() as transaction:
        assert transaction.retailers.get("zeta").name == "Zeta"
    again.close()


def test_a_reader_sees_one_state_and_does_not_wait(database: Database) -> None:
    with database.read() as reader:
        before = reader.stores.revision()
        with database.write() as writer:
            writer.stores.upsert("acme", [StoreFacts("1")])
        assert reader.stores.revision() == before
        assert reader.stores.list() == []
    with database.read() as reader:
        assert len(reader.stores.list()) == 1


def test_a_reader_reads_while_a_writer_writes(database: Database) -> None:
    with database.write() as writer:
        writer.stores.upsert("acme", [StoreFacts("1")])
        with database.read() as reader:
            assert reader.stores.list() == []


def test_writers_of_two_processes_take_turns(database: Database, database_url: str) -> None:
    """Two ``Database`` objects share nothing, as in two processes."""
    other = Database(database_url)

    def add(number: int) -> None:
        with (database if number % 2 else other).write() as transaction:
            transaction.stores.upsert("acme", [StoreFacts(str(number))])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(40)))
    with other.read() as transaction:
        assert sorted(store.number for store in transaction.stores.list()) == list(range(40))
    other.close()


def test_a_bug_is_not_called_an_outage(bare_url: str) -> None:
    db = Database(bare_url)
    with pytest.raises(DBAPIError), db.read() as transaction:
        transaction.retailers.list()
    db.close()


def test_a_connection_that_is_lost_is_an_outage(postgresql_server: str) -> None:
    db = Database(postgresql_server)
    killer = open_engine(postgresql_server)

    def lose() -> None:
        with db.write() as transaction:
            connection = transaction.retailers._connection
            own = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with killer.begin() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
            connection.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        lose()
    killer.dispose()
    with db.read() as transaction, pytest.raises(ProgrammingError):
        transaction.retailers.list()
    db.close()


@pytest.mark.parametrize("hangs_at", ["statement", "commit"])
def test_a_server_that_hangs_is_an_outage(postgresql_server: str, hangs_at: str) -> None:
    db = Database(postgresql_server, answers_within_s=0.2)
    stopped = []

    def wait() -> None:
        with db.write() as transaction:
            connection = transaction.retailers._connection
            stopped.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
            os.kill(stopped[0], signal.SIGSTOP)
            if hangs_at == "statement":
                connection.execute(text("SELECT 1"))

    try:
        with pytest.raises(Unavailable):
            wait()
    finally:
        os.kill(stopped[0], signal.SIGCONT)
    with db.read() as transaction, pytest.raises(ProgrammingError):
        transaction.retailers.list()
    db.close()


def test_a_server_that_is_away_is_an_outage(tmp_path: Path) -> None:
    db = Database(f"postgresql://postgres@/postgres?host={tmp_path}")
    with pytest.raises(Unavailable), db.read():
        pass
    db.close()


def test_a_lock_that_does_not_come_is_an_outage(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_S", 0.1)
    path = tmp_path / "busy.db"
    path.write_bytes(sqlite_template.read_bytes())
    db, other = Database(f"sqlite:///{path}"), Database(f"sqlite:///{path}")
    with db.write():
        with pytest.raises(Unavailable), other.write():
            pass
        with pytest.raises(Unavailable), db.write():
            pass
    db.close()
    other.close()


def test_another_process_gets_the_write_lock_though_it_is_taken_again_at_once(
    sqlite_template: Path, tmp_path: Path
) -> None:
    path = tmp_path / "busy.db"
    path.write_bytes(sqlite_template.read_bytes())
    busy, other = Database(f"sqlite:///{path}"), Database(f"sqlite:///{path}")
    done = threading.Event()

    def write_much() -> None:
        while not done.wait(0.005):
            with busy.write():
                time.sleep(0.03)

    waited = 0.0
    with ThreadPoolExecutor(1) as pool:
        pool.submit(write_much)
        for _ in range(10):
            time.sleep(0.02)
            start = time.monotonic()
            with other.write():
                waited += time.monotonic() - start
        done.set()
    assert waited < 1
    busy.close()
    other.close()


def test_threads_of_one_process_hand_the_write_lock_over_at_once(database: Database) -> None:
    waited: list[float] = []
    holding = threading.Event()

    def wait() -> None:
        holding.wait()
        start = time.monotonic()
        with database.write():
            waited.append(time.monotonic() - start)

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(wait)
        with database.write():
            holding.set()
            time.sleep(0.2)
        future.result()
    assert waited[0] < 1


def test_sqlite_is_durable_and_strict(sqlite_template: Path) -> None:
    engine = open_engine(f"sqlite:///{sqlite_template}")
    with engine.connect() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        values = [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in pragmas]
        assert values == ["wal", 2, 1, 5000]
        with pytest.raises(IntegrityError):
            connection.execute(text("INSERT INTO counter (name, value) VALUES ('x', 'many')"))
    engine.dispose()


def test_an_old_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 36, 0))
    with pytest.raises(RuntimeError, match=r"3\.37"):
        open_engine("sqlite:///never.db")


def test_other_databases_are_refused() -> None:
    with pytest.raises(ValueError, match="mysql"):
        open_engine("mysql://localhost/x")


def _check_usable(url: str) -> None:
    db = Database(url)
    with db.write() as transaction:
        transaction.retailers.add(Retailer("acme", "Acme"))
        transaction.stores.upsert("acme", [StoreFacts("1")])
    db.close()
