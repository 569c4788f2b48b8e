"""Watches and opt-outs. A watch is its own queue: ``look_at`` says when somebody has to look at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import RowMapping, delete, func, insert, select, tuple_, update

from inventory_api.domain.watch import Means, Watch, WatchStatus
from inventory_api.storage.sql import bulk
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import opt_out, watch, webhook_endpoint

FEW = 1_000
"""Changed products up to which SQL is asked for their watches; beyond, what is watched is asked for instead."""

_COLUMNS = tuple(watch.c[field.name] for field in fields(Watch))
_ENDED = {"look_at": None, "sealed": None, "subscriber": b"", "latitude": None, "longitude": None, "label": None}
"""What is known of the shopper goes with the end, for nobody needs it any more."""

WatchList = list[Watch]


class Watches(Repository):
    """All watches, and who wants no texts."""

    def lock(self, subscriber: bytes) -> None:
        """Keep others from adding watches of this subscriber, or opting it out, until the transaction ends."""
        if not bulk.is_sqlite(self._connection):
            number = int.from_bytes(subscriber[:8], "big", signed=True)
            self._connection.execute(select(func.pg_advisory_xact_lock(number)))

    def add(self, made: Watch) -> None:
        """Insert a watch."""
        values = {field.name: getattr(made, field.name) for field in fields(Watch)}
        words = {"means": made.means.value, "status": made.status.value, "news_from": _as_json(made.news_from)}
        self._connection.execute(insert(watch).values(values | words))

    def get(self, watch_id: str) -> Watch | None:
        """One watch."""
        row = self._connection.execute(select(*_COLUMNS).where(watch.c.id == watch_id)).mappings().first()
        return None if row is None else _watch(row)

    def active_of(self, subscriber: bytes) -> WatchList:
        """The active watches of a subscriber, the newest last."""
        statement = select(*_COLUMNS).where(
            watch.c.subscriber == subscriber, watch.c.status == WatchStatus.ACTIVE.value
        )
        return self._watches(statement.order_by(watch.c.created_at, watch.c.id))

    def count_of(self, owner: str) -> int:
        """How many watches of a retailer's keys have not ended."""
        statement = select(func.count()).where(watch.c.owner == owner, watch.c.look_at.is_not(None))
        return int(self._connection.execute(statement).scalar_one())

    def remove(self, watches: Iterable[Watch]) -> None:
        """Delete watches; their endpoints are ``webhooks``'."""
        ids = sorted(each.id for each in watches)
        self._connection.execute(delete(watch).where(bulk.one_of(self._connection, watch.c.id, ids)))

    def remove_of(self, subscriber: bytes) -> None:
        """Delete all watches of a subscriber that have not ended."""
        self._connection.execute(delete(watch).where(watch.c.subscriber == subscriber))

    def watched(self) -> NDArray[np.uint64]:
        """The products of active watches, ascending."""
        statement = select(watch.c.product_id).where(watch.c.look_at.is_not(None)).distinct()
        return np.array(sorted(self._connection.execute(statement).scalars()), np.uint64)

    def look_again(self, products: NDArray[np.uint64], now: dt.datetime) -> None:
        """Have the active watches of these products looked at now: what the index says of them has changed."""
        if len(products) > FEW:
            products = np.intersect1d(products, self.watched())
        ids: list[int] = products.tolist()
        if not ids:
            return
        # In one order: two retailers publish at once, and neither shall hold what the other waits for.
        meant = (
            select(watch.c.id)
            .where(bulk.one_of(self._connection, watch.c.product_id, ids), watch.c.status == WatchStatus.ACTIVE.value)
            .order_by(watch.c.id)
            .with_for_update()
        )
        self._connection.execute(update(watch).where(watch.c.id.in_(meant)).values(look_at=now))

    def is_any_due(self, now: dt.datetime) -> bool:
        """Whether ``claim_due`` would find one."""
        return self._connection.execute(select(watch.c.id).where(watch.c.look_at <= now).limit(1)).first() is not None

    def claim_due(self, now: dt.datetime, until: dt.datetime, limit: int) -> WatchList:
        """Take what has to be looked at; it is ours until then, or until it has to be looked at again."""
        due = (
            select(watch.c.id)
            .where(watch.c.look_at <= now)
            .order_by(watch.c.look_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        ids = list(self._connection.execute(due).scalars())
        mine = update(watch).where(bulk.one_of(self._connection, watch.c.id, ids)).values(look_at=until)
        rows = self._connection.execute(mine.returning(*_COLUMNS)).mappings()
        return sorted(map(_watch, rows), key=lambda each: each.id)

    def put_off(self, claimed: Watch, until: dt.datetime) -> None:
        """Keep what a look found, and when to look next, unless there is a reason to look at once."""
        mine = (watch.c.id == claimed.id, watch.c.look_at == claimed.look_at)
        self._connection.execute(
            update(watch).where(*mine).values(look_at=until, news_from=_as_json(claimed.news_from))
        )

    def move(
        self, moved: Watch, to: WatchStatus, *, look_at: dt.datetime | None = None, store_id: int | None = None
    ) -> bool:
        """Change the status, once, to one that has not ended; False where somebody else has changed it."""
        return self._change(moved, {"status": to.value, "look_at": look_at, "store_id": store_id})

    def end(self, ended: Watch, status: WatchStatus, at: dt.datetime, *, store_id: int | None = None) -> bool:
        """End a watch, once, and forget who and where; False where somebody else has changed its status."""
        result: dict[str, Any] = {"status": status.value, "ended_at": at, "store_id": store_id, "news_from": {}}
        return self._change(ended, _ENDED | result)

    def forget(self, before: dt.datetime) -> None:
        """Delete watches that ended before then, with their endpoints."""
        old = watch.c.ended_at < before
        endpoints = self._connection.execute(select(watch.c.owner, watch.c.id).where(old, watch.c.owner.is_not(None)))
        keys = [(row.owner, endpoint_of(row.id)) for row in endpoints]
        for some in bulk.chunks(keys, 500):
            key = tuple_(webhook_endpoint.c.retailer_id, webhook_endpoint.c.id)
            self._connection.execute(delete(webhook_endpoint).where(key.in_(some)))
        self._connection.execute(delete(watch).where(old))

    def opt_out(self, phone: bytes, at: dt.datetime) -> bool:
        """Remember that this number, by its hash, wants nothing; whether that is new."""
        if self.is_opted_out(phone):
            return False
        self._connection.execute(insert(opt_out).values(phone=phone, since=at))
        return True

    def opt_in(self, phone: bytes) -> None:
        """Forget that."""
        self._connection.execute(delete(opt_out).where(opt_out.c.phone == phone))

    def is_opted_out(self, phone: bytes) -> bool:
        """Whether this number, by its hash, wants nothing."""
        return self.opted_out_since(phone) is not None

    def opted_out_since(self, phone: bytes) -> dt.datetime | None:
        """Since when this number, by its hash, wants nothing."""
        return self._connection.execute(select(opt_out.c.since).where(opt_out.c.phone == phone)).scalar()

    def _change(self, changed: Watch, values: dict[str, Any]) -> bool:
        same = (watch.c.id == changed.id, watch.c.status == changed.status.value)
        return self._connection.execute(update(watch).where(*same).values(values)).rowcount > 0

    def _watches(self, statement: Any) -> WatchList:  # noqa: ANN401  a select of one of many shapes
        return [_watch(row) for row in self._connection.execute(statement).mappings()]


def endpoint_of(watch_id: str) -> str:
    """The id of a watch's webhook endpoint; no retailer can name its own so."""
    return f"once:{watch_id}"


def _as_json(news_from: dict[int, int]) -> dict[str, int]:
    return {str(number): since for number, since in news_from.items()}


def _watch(row: RowMapping) -> Watch:
    values: dict[str, Any] = {field.name: row[field.name] for field in fields(Watch)}
    values["news_from"] = {int(number): since for number, since in values["news_from"].items()}
    sealed = values["sealed"]
    return Watch(
        **values
        | {
            "means": Means(values["means"]),
            "status": WatchStatus(values["status"]),
            "subscriber": bytes(values["subscriber"]),
            "sealed": None if sealed is None else bytes(sealed),
        }
    )
