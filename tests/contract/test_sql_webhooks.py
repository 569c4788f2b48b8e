"""The outbox and the memory of the geocoder, alike on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt

import pytest

from inventory_api.domain.errors import UnknownEndpoint
from inventory_api.domain.webhook import Event, Happening, WebhookEndpoint
from inventory_api.storage.sql.engine import Database

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
MAIN = WebhookEndpoint("acme", "main", "https://a.example/", b"sealed", ["feed.stale"], NOON)


def test_an_event_is_one_workers_until_its_lease_runs_out(database: Database) -> None:
    with database.write() as tx:
        tx.webhooks.put(MAIN)
        tx.webhooks.put(WebhookEndpoint("zeta", "main", "https://z.example/", b"sealed", ["test"], NOON))
        tx.webhooks.tell(MAIN, Happening(Event.TEST, "1"), NOON)
    claims = []
    for at in (NOON, NOON, NOON + 60 * SECOND):
        with database.write() as tx:
            claims.append(tx.webhooks.claim_due(at, 60))
    first, nothing, second = claims
    assert nothing is None
    assert first is not None
    assert second is not None
    assert (first[0].id, first[0].attempts, second[0].attempts) == (second[0].id, 1, 2)
    assert second[1] == MAIN
    with database.write() as tx:
        assert not tx.webhooks.settle(first[0])
        second[0].due_at, second[0].delivered_at, second[0].answer = None, NOON, "204"
        assert tx.webhooks.settle(second[0])
        tx.webhooks.postpone(MAIN, NOON)
        tx.webhooks.announce_silence(NOON)
        assert tx.webhooks.deliveries("acme", "main", 5) == [second[0]]
        tx.webhooks.forget(NOON + SECOND)
        assert tx.webhooks.deliveries("acme", "main", 5) == []


def test_an_endpoint_goes_with_its_deliveries_and_is_its_retailers_alone(database: Database) -> None:
    with database.write() as tx:
        tx.webhooks.put(MAIN)
        tx.webhooks.tell(MAIN, Happening(Event.TEST, "1"), NOON)
        assert not tx.webhooks.delete("zeta", "main")
        assert tx.webhooks.delete("acme", "main")
        assert tx.webhooks.deliveries("acme", "main", 5) == []
        with pytest.raises(UnknownEndpoint):
            tx.webhooks.get("acme", "main")


def test_answers_are_remembered_and_turns_are_a_second_apart(database: Database) -> None:
    with database.write() as tx:
        tx.geocodes.remember(b"a", b"none", NOON, until=NOON + 2 * SECOND)
        tx.geocodes.remember(b"a", b"door", NOON, until=NOON + 2 * SECOND)
        tx.geocodes.remember(b"b", b"none", NOON, until=NOON + SECOND)
        assert [tx.geocodes.find(query, NOON) for query in (b"a", b"b", b"c")] == [b"door", b"none", None]
        later = NOON + SECOND
        assert [tx.geocodes.find(query, later) for query in (b"a", b"b")] == [b"door", None]
        tx.geocodes.remember(b"c", b"none", later, until=later + SECOND)
        # The expired one is gone, not only unheard.
        assert tx.geocodes.find(b"b", NOON) is None
        turns = [tx.geocodes.reserve_turn(NOON, 1, before=NOON + 2 * SECOND) for _ in range(4)]
        assert turns == [NOON, later, NOON + 2 * SECOND, None]
        tx.geocodes.put_off(NOON + 60 * SECOND)
        tx.geocodes.put_off(NOON)
        assert tx.geocodes.reserve_turn(NOON, 1, before=NOON + 59 * SECOND) is None
        assert tx.geocodes.reserve_turn(NOON, 1, before=NOON + 60 * SECOND) == NOON + 60 * SECOND
