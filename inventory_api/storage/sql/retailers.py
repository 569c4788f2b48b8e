"""Retailers and the digests of their API keys."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from inventory_api.domain.errors import Conflict, UnknownRetailer
from inventory_api.domain.freshness import FreshnessPolicy
from inventory_api.domain.retailer import Disclosure, Retailer
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import api_key, retailer

LIVING_SECRET_KEYS = 2
"""Enough to change a key without a pause, too few to forget old ones."""

RetailerList = list[Retailer]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key that was not revoked; ``digest`` is the SHA-256 of the whole key."""

    retailer_id: str
    digest: bytes
    secret: bool


class Retailers(Repository):
    """The retailers, by id."""

    def add(self, new: Retailer) -> None:
        """Insert a retailer.

        Raises:
            Conflict: The id is taken.
        """
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(retailer).values(id=new.id, **_columns(new)))
        except IntegrityError as error:
            raise Conflict(f"retailer {new.id!r} exists") from error

    def update(self, changed: Retailer) -> None:
        """Overwrite a retailer's settings.

        Raises:
            UnknownRetailer: No such id.
        """
        statement = update(retailer).where(retailer.c.id == changed.id).values(**_columns(changed))
        if self._connection.execute(statement).rowcount == 0:
            raise UnknownRetailer(changed.id)

    def get(self, retailer_id: str) -> Retailer:
        """One retailer.

        Raises:
            UnknownRetailer: No such id.
        """
        row = self._connection.execute(select(retailer).where(retailer.c.id == retailer_id)).mappings().first()
        if row is None:
            raise UnknownRetailer(retailer_id)
        return _retailer(row)

    def list(self) -> RetailerList:
        """All retailers, by id."""
        rows = self._connection.execute(select(retailer)).mappings()
        # Sorted here: PostgreSQL would sort by its locale, SQLite by bytes.
        return sorted(map(_retailer, rows), key=lambda found: found.id)

    def lock(self, retailer_id: str) -> None:
        """Make every other writer of this retailer's stores and deltas wait for the end of this transaction.

        Raises:
            UnknownRetailer: No such id.
        """
        # NO KEY UPDATE: rows of other tables that refer to the retailer may still be inserted meanwhile.
        statement = select(retailer.c.id).where(retailer.c.id == retailer_id).with_for_update(key_share=True)
        if self._connection.execute(statement).first() is None:
            raise UnknownRetailer(retailer_id)

    def add_key(self, retailer_id: str, key_id: str, digest: bytes, secret: bool, created_at: dt.datetime) -> None:
        """Store a key's digest. Of secret keys the two newest live on; older ones are revoked now.

        Raises:
            UnknownRetailer: No such retailer.
        """
        self.lock(retailer_id)
        self._connection.execute(
            insert(api_key).values(
                id=key_id, retailer_id=retailer_id, digest=digest, secret=secret, created_at=created_at
            )
        )
        if not secret:
            return
        alive = (api_key.c.retailer_id == retailer_id) & api_key.c.secret.is_(True) & api_key.c.revoked_at.is_(None)
        newest = (
            select(api_key.c.id)
            .where(alive)
            # The key just handed out must work, even where the clock went back.
            .order_by((api_key.c.id == key_id).desc(), api_key.c.created_at.desc(), api_key.c.id)
            .limit(LIVING_SECRET_KEYS)
        )
        self._connection.execute(
            update(api_key).where(alive, api_key.c.id.not_in(newest)).values(revoked_at=created_at)
        )

    def find_key(self, key_id: str) -> KeyRow | None:
        """The key of this id, unless revoked."""
        row = self._connection.execute(
            select(api_key.c.retailer_id, api_key.c.digest, api_key.c.secret).where(
                api_key.c.id == key_id, api_key.c.revoked_at.is_(None)
            )
        ).first()
        return None if row is None else KeyRow(row.retailer_id, bytes(row.digest), bool(row.secret))


def _columns(value: Retailer) -> dict[str, Any]:
    return {
        "name": value.name,
        "currency": value.currency,
        "timezone": value.timezone,
        "locale": value.locale,
        "low_stock_at": value.low_stock_at,
        "disclosure": value.disclosure.value,
        "live_s": value.freshness.live_s,
        "recent_s": value.freshness.recent_s,
        "expires_s": value.freshness.expires_s,
    }


def _retailer(row: RowMapping) -> Retailer:
    return Retailer(
        id=row["id"],
        name=row["name"],
        currency=row["currency"],
        timezone=row["timezone"],
        locale=row["locale"],
        low_stock_at=row["low_stock_at"],
        disclosure=Disclosure(row["disclosure"]),
        freshness=FreshnessPolicy(live_s=row["live_s"], recent_s=row["recent_s"], expires_s=row["expires_s"]),
    )
