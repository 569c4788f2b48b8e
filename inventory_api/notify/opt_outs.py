"""Who wants no texts, and how that holds while SQL is away.

An opt-out goes to Redis first, then to SQL, then out of Redis. So it holds from the first moment, whether SQL is away,
hangs, or the process dies in between; what waits in Redis is written by every worker before it looks at watches.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from inventory_api.domain.errors import Unavailable
from inventory_api.domain.ports import OptOutJournal
from inventory_api.storage.sql.engine import Database, Transaction

logger = logging.getLogger(__name__)


class OptOutRegister:
    """Opt-outs, by subscriber.

    Args:
        db: Holds them.
        journal: Holds those that SQL has yet to take.
        now: The time of day.
    """

    def __init__(
        self, db: Database, journal: OptOutJournal, now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    ) -> None:
        self._db = db
        self._journal = journal
        self._now = now

    def opt_out(self, subscriber: bytes) -> bool:
        """Send this subscriber nothing from now on, and forget its watches.

        Returns:
            Whether that is new, as far as anybody can tell.

        Raises:
            Unavailable: Neither Redis nor SQL took it.
        """
        return self._enter(subscriber, is_out=True)

    def opt_in(self, subscriber: bytes) -> None:
        """Take an opt-out back. Raises Unavailable as ``opt_out`` does."""
        self._enter(subscriber, is_out=False)

    def is_opted_out(self, subscriber: bytes) -> bool:
        """Whether this subscriber wants nothing. Raises Unavailable where SQL is away and Redis knows of nothing."""
        try:
            is_out = self._journal.get(subscriber)
        except Unavailable:
            is_out = None
        if is_out is not None:
            return is_out
        with self._db.read() as tx:
            return tx.watches.is_opted_out(subscriber)

    def settle(self) -> None:
        """Let SQL take what waits. Raises Unavailable where either is away."""
        for subscriber in self._journal.subscribers():
            self._settle(subscriber)

    def _enter(self, subscriber: bytes, *, is_out: bool) -> bool:
        begun = self._now()
        try:
            is_change = self._journal.put(subscriber, is_out=is_out)
        except Unavailable:
            with self._db.write() as tx:
                tx.watches.lock(subscriber)
                return self._write(tx, subscriber, begun, is_out=is_out)
        try:
            since = self._settle(subscriber)
        except Unavailable:
            logger.warning("SQL is away: an opt-out or its end waits in Redis")
            return is_change
        # A worker may have written it meanwhile; it is new all the same.
        return since is not None and since >= begun

    def _settle(self, subscriber: bytes) -> dt.datetime | None:
        """Write what waits of one subscriber; since when it wants nothing then."""
        with self._db.write() as tx:
            tx.watches.lock(subscriber)
            # Read under the lock: what is written last is what was said last.
            is_out = self._journal.get(subscriber)
            if is_out is not None:
                self._write(tx, subscriber, self._now(), is_out=is_out)
            since = tx.watches.opted_out_since(subscriber)
        if is_out is not None:
            self._journal.drop(subscriber, is_out=is_out)
        return since

    def _write(self, tx: Transaction, subscriber: bytes, now: dt.datetime, *, is_out: bool) -> bool:
        """Write one; whether it is new."""
        if not is_out:
            tx.watches.opt_in(subscriber)
            return False
        tx.watches.remove_of(subscriber)
        return tx.watches.opt_out(subscriber, now)
