"""Answers to writes, kept for a day under the key that the caller named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from inventory_api.domain.errors import Conflict
from inventory_api.domain.ports import Reply
from inventory_api.storage.sql.bulk import is_sqlite
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import reply as table
from inventory_api.storage.vault import Vault

KEPT = dt.timedelta(hours=24)
CLAIMED = dt.timedelta(seconds=60)
"""A claim without an answer after this long is of a process that died: answering takes seconds."""


class Replies(Repository):
    """The keys that are in use."""

    def begin(self, owner: str, key: str, fingerprint: bytes, now: dt.datetime) -> Reply | None:
        """Claim a key, or get the answer that the same request was given. Raises Conflict."""
        self._connection.execute(delete(table).where(table.c.expires_at <= now))
        insert = sqlite.insert if is_sqlite(self._connection) else postgresql.insert
        claim = insert(table).values(owner=owner, key=key, fingerprint=fingerprint, expires_at=now + CLAIMED)
        claimed = self._connection.execute(claim.on_conflict_do_nothing().returning(table.c.key))
        if claimed.first() is not None:
            return None
        found = self._connection.execute(select(table).where(_is(owner, key))).one()
        if found.fingerprint != fingerprint:
            raise Conflict("this Idempotency-Key was used for another request; a new request needs a new key")
        if found.status is None:
            raise Conflict("a request with this Idempotency-Key is being answered right now")
        return Reply(found.status, [(name, value) for name, value in found.headers], found.body)

    def finish(self, owner: str, key: str, reply: Reply, now: dt.datetime) -> None:
        """Keep the answer of a claimed key."""
        values = {"status": reply.status, "headers": reply.headers, "body": reply.body, "expires_at": now + KEPT}
        self._connection.execute(update(table).where(_is(owner, key)).values(values))

    def forget(self, owner: str, key: str) -> None:
        """Give up a claim."""
        self._connection.execute(delete(table).where(_is(owner, key), table.c.status.is_(None)))


class _Writing(Protocol):
    @property
    def replies(self) -> Replies: ...


class _Writable(Protocol):
    def write(self) -> AbstractContextManager[_Writing]: ...


class SqlReplies:
    """The port ``Replies``: each call its own transaction.

    Bodies are sealed: an answer may hold what a shopper wrote, or a secret that is shown once.

    Args:
        db: A ``Database``.
        vault: Seals bodies.
        now: The time of day.
    """

    def __init__(
        self, db: _Writable, vault: Vault, now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    ) -> None:
        self._db = db
        self._vault = vault
        self._now = now

    def begin(self, owner: str, key: str, fingerprint: bytes) -> Reply | None:
        """Claim a key for a request, or get the answer that the same request was given.

        Raises:
            Conflict: The key was used for another request, or the same one is being answered right now.
        """
        with self._db.write() as transaction:
            given = transaction.replies.begin(owner, key, fingerprint, self._now())
        return None if given is None else Reply(given.status, given.headers, self._opened(given.body))

    def finish(self, owner: str, key: str, reply: Reply) -> None:
        """Keep the answer of a request that was begun."""
        # As the vault holds texts: a letter for each byte.
        sealed = Reply(reply.status, reply.headers, self._vault.seal({"body": reply.body.decode("latin-1")}))
        with self._db.write() as transaction:
            transaction.replies.finish(owner, key, sealed, self._now())

    def forget(self, owner: str, key: str) -> None:
        """Give the key free: the request has failed and may be sent again."""
        with self._db.write() as transaction:
            transaction.replies.forget(owner, key)

    def _opened(self, sealed: bytes) -> bytes:
        body: str = self._vault.open(sealed)["body"]
        return body.encode("latin-1")


def _is(owner: str, key: str) -> ColumnElement[bool]:
    return and_(table.c.owner == owner, table.c.key == key)
