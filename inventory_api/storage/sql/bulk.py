"""Many rows at once: executemany of tuples on SQLite, COPY and unnest on PostgreSQL.

SQLAlchemy's own list of dicts is twelve times slower. Rows are tuples of plain database values (JSON
already text). Callers sort them by key first: random order costs SQLite nine tenths of its speed, and
one order of locking keeps two PostgreSQL transactions out of a deadlock.
"""

# Table and column names are our own constants; values always travel as parameters.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import orjson
from sqlalchemy import ARRAY, ColumnElement, Connection, Table, any_, bindparam, func, literal, select

if TYPE_CHECKING:
    # A driver that SQLite does without; its import costs every process a tenth of a second.
    import psycopg

CHUNK = 5_000
"""Rows in one statement where a statement takes them as arrays."""

T = TypeVar("T")
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class UpsertCounts:
    """What became of the rows of an upsert, by row of the table."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0


def is_sqlite(connection: Connection) -> bool:
    """Say which of the two databases this is."""
    return connection.dialect.name == "sqlite"


def chunks(rows: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Cut a sequence into parts of at most ``size``."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def one_of(connection: Connection, column: ColumnElement[Any], values: Sequence[int | str]) -> ColumnElement[bool]:
    """Condition: the column equals one of many values, sent as one parameter."""
    if is_sqlite(connection):
        listed = func.json_each(orjson.dumps(list(values)).decode()).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(literal(list(values), ARRAY(column.type)))


def one_of_some(column: ColumnElement[Any], *, on_sqlite: bool) -> ColumnElement[bool]:
    """``one_of`` for a statement that is built once, which costs more than a short answer; takes ``some``."""
    if on_sqlite:
        listed = func.json_each(bindparam("some")).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(bindparam("some", type_=ARRAY(column.type)))


def some(connection: Connection, values: Sequence[int | str]) -> dict[str, Any]:
    """The parameter of ``one_of_some``."""
    return {"some": orjson.dumps(list(values)).decode() if is_sqlite(connection) else list(values)}


def insert(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert new rows; a key that exists is an IntegrityError."""
    if not rows:
        return
    if is_sqlite(connection):
        connection.exec_driver_sql(_values(table, columns), list(rows))
        return
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({_names(columns)}) FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)


def insert_missing(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> set[Any]:
    """Insert rows unless another transaction was quicker; the first column is the key.

    Returns:
        The keys inserted by this call. The rest now exists and is visible to the next statement.
    """
    if not rows:
        return set()
    if is_sqlite(connection):
        # The write lock is ours since the transaction began, so nobody can be quicker.
        insert(connection, table, columns, rows)
        return {row[0] for row in rows}
    inserted: set[Any] = set()
    for part in chunks(rows):
        sql = f"{_unnested(connection, table, columns)} ON CONFLICT DO NOTHING RETURNING {columns[0]}"
        inserted.update(connection.exec_driver_sql(sql, _arrays(part)).scalars())
    return inserted


def upsert(
    connection: Connection, table: Table, key: Sequence[str], columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Insert or overwrite; a row that says the same is not written again.

    Args:
        connection: In a write transaction.
        table: To write to.
        key: Columns of its primary key.
        columns: The other columns.
        rows: Key values, then the others; no key twice.
    """
    if not rows:
        return
    names = (*key, *columns)
    same = " OR ".join(f"{table.name}.{name} IS DISTINCT FROM excluded.{name}" for name in columns)
    if is_sqlite(connection):
        same = same.replace("IS DISTINCT FROM", "IS NOT")
    settings = ", ".join(f"{name} = excluded.{name}" for name in columns)
    conflict = f" ON CONFLICT ({_names(key)}) DO UPDATE SET {settings} WHERE {same}"
    if is_sqlite(connection):
        connection.exec_driver_sql(_values(table, names) + conflict, list(rows))
        return
    for part in chunks(rows):
        connection.exec_driver_sql(_unnested(connection, table, names) + conflict, _arrays(part))


def update(connection: Connection, table: Table, key: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Overwrite columns of existing rows.

    Args:
        connection: In a write transaction.
        table: To write to.
        key: Its key column.
        columns: The columns to set.
        rows: The new values in the order of ``columns``, then the key; no key twice.
    """
    if not rows:
        return
    if is_sqlite(connection):
        settings = ", ".join(f"{name} = ?" for name in columns)
        connection.exec_driver_sql(f"UPDATE {table.name} SET {settings} WHERE {key} = ?", list(rows))
        return
    settings = ", ".join(f"{name} = changed.{name}" for name in columns)
    names = (*columns, key)
    for part in chunks(rows):
        connection.exec_driver_sql(
            f"UPDATE {table.name} SET {settings} FROM unnest({_casts(connection, table, names)}) "
            f"AS changed ({_names(names)}) WHERE {table.name}.{key} = changed.{key}",
            _arrays(part),
        )


def _names(columns: Sequence[str]) -> str:
    return ", ".join(columns)


def _values(table: Table, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table.name} ({_names(columns)}) VALUES ({_names('?' * len(columns))})"


def _unnested(connection: Connection, table: Table, columns: Sequence[str]) -> str:
    casts = _casts(connection, table, columns)
    return f"INSERT INTO {table.name} ({_names(columns)}) SELECT * FROM unnest({casts})"


def _casts(connection: Connection, table: Table, columns: Sequence[str]) -> str:
    types = (table.c[name].type.compile(connection.dialect) for name in columns)
    return ", ".join(f"%s::{name}[]" for name in types)


def _arrays(rows: Sequence[Row]) -> tuple[list[Any], ...]:
    return tuple(list(values) for values in zip(*rows, strict=True))
