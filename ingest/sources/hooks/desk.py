"""Where events from points of sale arrive: verified, placed, committed with the log, then published."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ingest.notices import HINTS
from ingest.sources.changed import ChangedRow
from ingest.sources.changes import ChangeDesk, Reading
from ingest.sources.hooks.placing import place
from ingest.sources.hooks.platforms import Unusable, read_events
from ingest.sources.hooks.signatures import verify
from inventory_api.domain.errors import Unauthorized, UnknownSource
from inventory_api.domain.event import StockEvent
from inventory_api.domain.ports import ChangeResult, HookDelivery, HookOutcome
from inventory_api.domain.source import HOOKED, FeedSource
from inventory_api.storage.sql.engine import Database, Transaction
from inventory_api.storage.sql.events import LastEvent
from inventory_api.storage.vault import Vault

logger = logging.getLogger(__name__)

PROBLEMS = 10
"""The last ones are kept in the state of the source."""

REMEMBERED = dt.timedelta(days=7)
"""Longer than any platform repeats an event (Square: three days)."""

PARKED = dt.timedelta(days=30)
REFUSALS_S = 60.0
"""Between two writes about refused deliveries of a source: anybody can send those."""


class EventDesk:
    """Events of a source into the log, each item's last word at each location.

    Args:
        db: The database.
        changes: Where they go as changes, like those of ``PATCH /v1/inventory``.
    """

    def __init__(self, db: Database, changes: ChangeDesk) -> None:
        self._db = db
        self._changes = changes

    def take(self, source: FeedSource, told: Sequence[StockEvent | Unusable], *, is_fresh: bool = True) -> HookOutcome:
        """Commit what a message said, publish it, and note in the source's state what became of it.

        An event that is older than the last one of its item and location, or the same again, changes nothing.
        ``is_fresh``: the source has just said so.
        """
        unusable = [part for part in told if isinstance(part, Unusable)]
        newest: dict[tuple[str, str], StockEvent] = {}
        events = [part for part in told if isinstance(part, StockEvent)]
        for event in sorted(events, key=lambda event: event.position):
            newest[event.key] = event
        with self._db.read() as tx:
            placed = place(tx, source, list(newest.values()))
        outcome = HookOutcome(older_ignored=len(events) - len(newest), ignored=int(not told), rejected=len(unusable))
        problems = [_problem(part.code, part.message) for part in unusable]

        def judge(tx: Transaction, readings: list[Reading]) -> list[Reading]:
            known = tx.events.last(source.retailer_id, source.id, list(newest))
            waiting = [(event, code) for event, code in placed.waiting if _is_news(event, known, waits=True)]
            outcome.older_ignored += len(placed.waiting) - len(waiting)
            outcome.parked += len(waiting)
            problems.extend(_problem(code, HINTS[code], event) for event, code in waiting)
            heard = {event.key: LastEvent(event, code) for event, code in waiting}
            stands = list(readings)
            for position, ((event, _), reading) in enumerate(zip(placed.changes, readings, strict=True)):
                if not _is_news(event, known, waits=False):
                    stands[position] = reading = ChangeResult("older_ignored")
                else:
                    heard[event.key] = LastEvent(event, None)
                if isinstance(reading, ChangedRow):
                    outcome.applied += 1
                elif reading.status == "rejected":
                    outcome.rejected += 1
                    problems.append(_problem(str(reading.code), str(reading.message), event))
                else:
                    outcome.older_ignored += 1
            now = dt.datetime.now(dt.UTC)
            tx.events.put(source.retailer_id, source.id, heard, now)
            _note(tx, source, outcome, problems, now, is_word=is_fresh)
            return stands

        changes = [change for _, change in placed.changes]
        outcome.pending = self._changes.apply(source.retailer_id, changes, judge).pending
        return outcome

    def retry(self) -> None:
        """Try the events that wait: their store or product may have been named, or the profile mended."""
        with self._db.read() as tx:
            found = tx.events.waiting()
        for (retailer_id, source_id), events in found.items():
            try:
                with self._db.read() as tx:
                    source = tx.sources.get(retailer_id, source_id)
                    ready = [event for event, _ in place(tx, source, events).changes]
            except UnknownSource:
                # Deleted since; what it left is forgotten in time.
                continue
            if ready:
                self.take(source, ready, is_fresh=False)

    def tidy(self) -> None:
        """Forget what no platform repeats any more, and what waited in vain."""
        now = dt.datetime.now(dt.UTC)
        with self._db.write() as tx:
            tx.events.forget(used_before=now - REMEMBERED, waiting_before=now - PARKED)

    def refuse(self, source: FeedSource) -> None:
        """Note that a delivery was refused."""
        now = dt.datetime.now(dt.UTC)
        with self._db.write() as tx:
            _note(tx, source, HookOutcome(), [_problem("event_refused", HINTS["event_refused"])], now, is_word=False)


class VerifiedHooks:
    """``domain.ports.HookDesk``: only what the source's secret signed gets to the events.

    Args:
        db: The database.
        vault: Opens the secrets: ``{"secret": ..., "previous_secret": ...}``, the second while they change.
        events: Where verified events go.
    """

    def __init__(self, db: Database, vault: Vault, events: EventDesk) -> None:
        self._db = db
        self._vault = vault
        self._events = events
        self._refused_at: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def receive(self, delivery: HookDelivery) -> HookOutcome:
        """Verify, keep and publish. A verified message that cannot be read is told, not refused: it would come again.

        Raises:
            UnknownSource: No such source, or one of another protocol.
            Unauthorized: No signature, or a wrong one.
        """
        source = self._find(delivery)
        url = source.settings.get("notification_url") or delivery.url
        try:
            verify(source.protocol, self._secrets(source), delivery, url)
        except Unauthorized:
            self._refuse(source)
            raise
        told = read_events(source.protocol, delivery, dt.datetime.now(dt.UTC))
        return self._events.take(source, told)

    def _find(self, delivery: HookDelivery) -> FeedSource:
        retailer_id, _, source_id = delivery.source.partition(".")
        with self._db.read() as tx:
            source = tx.sources.get(retailer_id, source_id)
        if source.protocol not in HOOKED or source.protocol != delivery.protocol:
            raise UnknownSource(source_id)
        return source

    def _secrets(self, source: FeedSource) -> list[str]:
        if source.credentials is None:
            return []
        credentials: Mapping[str, Any] = self._vault.open(source.credentials)
        return [credentials[name] for name in ("secret", "previous_secret") if credentials.get(name)]

    def _refuse(self, source: FeedSource) -> None:
        key, now = (source.retailer_id, source.id), time.monotonic()
        with self._lock:
            if now - self._refused_at.get(key, -REFUSALS_S) < REFUSALS_S:
                return
            self._refused_at[key] = now
        logger.warning("a delivery to source %s of %s has no right signature", source.id, source.retailer_id)
        self._events.refuse(source)


def _is_news(event: StockEvent, known: Mapping[tuple[str, str], LastEvent], *, waits: bool) -> bool:
    """Whether an event says more than the last one of its item and location."""
    last = known.get(event.key)
    if last is None or event.position != last.event.position:
        return last is None or event.position > last.event.position
    # Of two at the same position the later counts; one that waited is told again when it can be used.
    return not event.says_what(last.event) or (last.waiting is not None and not waits)


def _note(
    tx: Transaction,
    source: FeedSource,
    outcome: HookOutcome,
    problems: Sequence[dict[str, Any]],
    now: dt.datetime,
    *,
    is_word: bool,
) -> None:
    """Count into the source's state, as it is now: others count beside us."""
    current = tx.sources.get(source.retailer_id, source.id)
    counts = current.state.get("events", {})
    names = ("applied", "older_ignored", "parked", "rejected", "ignored")
    current.state["events"] = {name: counts.get(name, 0) + int(getattr(outcome, name)) for name in names}
    if problems:
        kept = [*current.state.get("problems", []), *(problem | {"at": now.isoformat()} for problem in problems)]
        current.state["problems"] = kept[-PROBLEMS:]
    if is_word:
        current.heard_at = now
    tx.sources.save(current)


def _problem(code: str, message: str, event: StockEvent | None = None) -> dict[str, Any]:
    where = {} if event is None else {"location": event.location, "item": event.item}
    return {"code": code, "message": message, **where}
