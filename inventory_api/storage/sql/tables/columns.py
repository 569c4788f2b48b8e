"""What columns are made of, on both databases alike."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
)

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)

# STRICT tables of SQLite know INTEGER, REAL, TEXT and BLOB, and no other names.
Big = BigInteger().with_variant(Integer(), "sqlite")
Real: Double[float] = Double().with_variant(REAL(), "sqlite")
Flag = Boolean().with_variant(Integer(), "sqlite")
# PostgreSQL would order by its locale; ids whose order means something go by bytes, as on SQLite.
Ordered = Text().with_variant(Text(collation="C"), "postgresql")


class Instant(TypeDecorator[dt.datetime]):
    """An aware instant, kept as whole microseconds since 1970; read back in UTC."""

    impl = Big
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> int | None:
        """Turn an aware time into microseconds; a naive one is a bug and raises TypeError."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> dt.datetime | None:
        """Turn microseconds into an aware UTC time."""
        return None if value is None else _EPOCH + value * _MICROSECOND


class Json(TypeDecorator[Any]):
    """A JSON value, kept as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """Print the value."""
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        """Parse the text."""
        return None if value is None else orjson.loads(value)


metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
    }
)


def retailer_id() -> Column[str]:
    """The column of whose a row is."""
    return Column("retailer_id", Text, ForeignKey("retailer.id"), nullable=False)
