"""Connections and transactions: the same promises from SQLite and PostgreSQL.

A write transaction is durable when it ends. A read transaction sees one state of the database and blocks
nobody. Several threads and several processes may use one database; each process has its own ``Database``.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from inventory_api.domain.errors import Unavailable
from inventory_api.storage.sql.deltas import Deltas
from inventory_api.storage.sql.events import Events
from inventory_api.storage.sql.geocodes import Geocodes
from inventory_api.storage.sql.products import Products
from inventory_api.storage.sql.replies import Replies
from inventory_api.storage.sql.reports import Reports
from inventory_api.storage.sql.retailers import Retailers
from inventory_api.storage.sql.runs import Runs
from inventory_api.storage.sql.sequences import Sequences
from inventory_api.storage.sql.sms_channels import SmsChannelRows
from inventory_api.storage.sql.sources import Sources
from inventory_api.storage.sql.stores import Stores
from inventory_api.storage.sql.uploads import Uploads
from inventory_api.storage.sql.watches import Watches
from inventory_api.storage.sql.webhooks import Webhooks

BUSY_TIMEOUT_S = 5.0
POOL_TIMEOUT_S = 1.0
POLL_S = 0.002
"""Between two tries for the write lock; SQLite itself tries ever more rarely, and finds it taken again."""

OLDEST_SQLITE = (3, 37)
"""The first with STRICT tables; UPSERT and RETURNING are older."""

# Everything else that SQLite calls an operational error (no such table, bad syntax) is a bug of ours.
_SQLITE_OUTAGES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_NOMEM,
    }
)


class Transaction:
    """All repositories on one connection: what they write becomes visible together or not at all."""

    def __init__(self, connection: Connection) -> None:
        self.retailers = Retailers(connection)
        self.stores = Stores(connection)
        self.products = Products(connection)
        self.runs = Runs(connection)
        self.deltas = Deltas(connection)
        self.sequences = Sequences(connection)
        self.sources = Sources(connection)
        self.events = Events(connection)
        self.uploads = Uploads(connection)
        self.webhooks = Webhooks(connection)
        self.watches = Watches(connection)
        self.geocodes = Geocodes(connection)
        self.reports = Reports(connection)
        self.replies = Replies(connection)
        self.sms_channels = SmsChannelRows(connection)


class Database:
    """One SQL database, opened; thread-safe. The schema must exist: see ``schema.upgrade``.

    Args:
        url: ``sqlite:///path/to/file`` or ``postgresql://user:password@host/name``.
        answers_within_s: Seconds until a call of a server that hangs is given up, as a lost connection is: for whoever
            has callers of its own that wait. None: never, as long work needs.
    """

    def __init__(self, url: str, *, answers_within_s: float | None = None) -> None:
        self._engine = open_engine(url, answers_within_s=answers_within_s)
        self._writer = write_engine(self._engine)
        self._reader = self._engine
        self._turn: threading.Lock | None = None
        if self._engine.dialect.name == "sqlite":
            # SQLite's own queue polls with pauses of up to 100 ms; threads of one process need not.
            self._turn = threading.Lock()
        else:
            self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open a transaction that may write; commits at the end, rolls back on an exception.

        On SQLite it holds the only write lock from the start: do no other work inside. Do not nest.

        Raises:
            Unavailable: No connection, no write lock within five seconds, disk full, lost connection.
        """
        if self._turn is None:
            with _transaction(self._writer) as transaction:
                yield transaction
            return
        if not self._turn.acquire(timeout=BUSY_TIMEOUT_S):
            raise Unavailable("the database is busy")
        try:
            with _transaction(self._writer) as transaction:
                yield transaction
        finally:
            self._turn.release()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a transaction that only reads, and sees one state throughout.

        Raises:
            Unavailable: No connection, or it was lost.
        """
        with _transaction(self._reader) as transaction:
            yield transaction

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def open_engine(url: str, *, answers_within_s: float | None = None) -> Engine:
    """Build the engine with the durability and the timeouts that both programs rely on.

    Args:
        url: As in ``Database``.
        answers_within_s: As in ``Database``.

    Raises:
        ValueError: Neither SQLite nor PostgreSQL.
        RuntimeError: The SQLite that Python came with is too old.
    """
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _open_sqlite(parsed.set(drivername="sqlite+pysqlite"))
    if backend == "postgresql":
        # A tenth of a second that nobody else shall start later by.
        from inventory_api.storage.sql.postgresql import open_postgresql

        return open_postgresql(
            parsed.set(drivername="postgresql+psycopg"),
            pool_timeout_s=POOL_TIMEOUT_S,
            answers_within_s=answers_within_s,
        )
    raise ValueError(f"{backend} is not supported; use sqlite or postgresql")


def write_engine(engine: Engine) -> Engine:
    """The same engine, with transactions that take SQLite's write lock at once."""
    return engine.execution_options(takes_write_lock=True)


def _open_sqlite(url: URL) -> Engine:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise RuntimeError(f"SQLite {sqlite3.sqlite_version} is too old; 3.37 or newer is needed")
    engine = create_engine(
        url, pool_timeout=POOL_TIMEOUT_S, connect_args={"timeout": BUSY_TIMEOUT_S}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        # None: the driver must not open transactions of its own, too late and deferred.
        connection.isolation_level = None
        # Once in a file's life; two processes that do it at the same moment fail at once, whatever the timeout.
        _execute_when_free(connection, "PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("takes_write_lock", False):
            connection.exec_driver_sql("BEGIN")
            return
        # A deferred transaction that reads and then writes fails at once when another wrote in between.
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA busy_timeout = 0")
        try:
            _execute_when_free(raw, "BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError("BEGIN IMMEDIATE", None, error) from error
        finally:
            raw.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000:.0f}")

    return engine


def _execute_when_free(connection: sqlite3.Connection, statement: str) -> None:
    give_up_at = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(POLL_S)


@contextmanager
def _transaction(engine: Engine) -> Iterator[Transaction]:
    try:
        with engine.connect() as connection, connection.begin():
            yield Transaction(connection)
    except PoolTimeout as error:
        raise Unavailable("all connections to the database are in use") from error
    except DBAPIError as error:
        if _is_outage(error):
            raise Unavailable("the database does not answer") from error
        raise


def _is_outage(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    if not isinstance(error, OperationalError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_OUTAGES
    return True
