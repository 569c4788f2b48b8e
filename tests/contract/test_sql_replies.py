"""Answers to writes, kept by the key that the caller named, on both databases."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from inventory_api.domain.errors import Conflict
from inventory_api.domain.ports import Reply
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.replies import CLAIMED, KEPT, SqlReplies
from inventory_api.storage.vault import Vault

ANSWER = Reply(202, [("content-type", "application/json"), ("location", "/v1/feed-runs/run_1")], b'{"a":1}\x00\xff')


class Clock:
    def __init__(self) -> None:
        self.now = dt.datetime(2026, 10, 30, 12, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def replies(database: Database, clock: Clock) -> SqlReplies:
    return SqlReplies(database, Vault(bytes(32)), clock)


def test_an_answer_is_given_again_for_a_day(replies: SqlReplies, clock: Clock) -> None:
    assert replies.begin("acme", "k", b"body") is None
    replies.finish("acme", "k", ANSWER)
    clock.now += KEPT - dt.timedelta(seconds=1)
    assert replies.begin("acme", "k", b"body") == ANSWER
    clock.now += dt.timedelta(seconds=1)
    assert replies.begin("acme", "k", b"other") is None


def test_another_request_with_the_key_is_a_conflict(replies: SqlReplies) -> None:
    replies.begin("acme", "k", b"body")
    replies.finish("acme", "k", ANSWER)
    with pytest.raises(Conflict, match="another request"):
        replies.begin("acme", "k", b"other")
    assert replies.begin("zeta", "k", b"other") is None


def test_while_it_is_answered_the_same_request_waits(replies: SqlReplies, clock: Clock) -> None:
    replies.begin("acme", "k", b"body")
    with pytest.raises(Conflict, match="right now"):
        replies.begin("acme", "k", b"body")
    # Whoever died in between holds the key no longer than this.
    clock.now += CLAIMED
    assert replies.begin("acme", "k", b"body") is None


def test_a_failed_request_gives_its_key_free(replies: SqlReplies) -> None:
    replies.begin("acme", "k", b"body")
    replies.forget("acme", "k")
    assert replies.begin("acme", "k", b"other") is None
    replies.finish("acme", "k", ANSWER)
    replies.forget("acme", "k")
    assert replies.begin("acme", "k", b"other") == ANSWER


def test_of_many_at_once_one_goes_ahead(replies: SqlReplies) -> None:
    def begin(_: int) -> bool:
        try:
            return replies.begin("acme", "k", b"body") is None
        except Conflict:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(begin, range(8))) == 1
