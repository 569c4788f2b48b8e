"""Named counters. A number is taken under the row's lock, so numbers commit in their order."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select, update

from inventory_api.storage.sql.tables import counter

STORE: Final = "store"
STORE_REVISION: Final = "store_revision"
TILE: Final = "tile"
OWN_PRODUCT: Final = "own_product"
PRODUCT_REVISION: Final = "product_revision"
PARKED_FILE: Final = "parked_file"
TRUST_REVISION: Final = "trust_revision"
GEOCODER: Final = "geocoder"
"""Milliseconds since 1970 at which it may be asked next."""


def take(connection: Connection, name: str, count: int = 1) -> int:
    """Reserve numbers; the counter stays locked to the end of the transaction.

    Returns:
        The first of ``count`` consecutive numbers. The very first is 0.
    """
    statement = update(counter).where(counter.c.name == name).values(value=counter.c.value + count)
    after: int = connection.execute(statement.returning(counter.c.value)).scalar_one()
    return after - count


def lock(connection: Connection, name: str) -> None:
    """Wait for whoever holds the counter, and hold it to the end of the transaction."""
    connection.execute(select(counter.c.value).where(counter.c.name == name).with_for_update())


def taken(connection: Connection, name: str) -> int:
    """How many numbers were ever taken."""
    count: int = connection.execute(select(counter.c.value).where(counter.c.name == name)).scalar_one()
    return count
