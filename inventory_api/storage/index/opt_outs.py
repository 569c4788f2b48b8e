"""Opt-outs that SQL has yet to take. The one fact that is in Redis alone, for as long as SQL is away."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

import redis

from inventory_api.domain.errors import IndexUnavailable

KEY = "sms:opt-outs"
_WORDS = {False: b"in", True: b"out"}
_DROP = """if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end"""

_T = TypeVar("_T")


class RedisOptOutJournal:
    """``domain.ports.OptOutJournal``: one hash, of keyed hashes of numbers.

    Args:
        client: Of the calling threads; need not be connected.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._drop = client.register_script(_DROP)

    def put(self, subscriber: bytes, *, is_out: bool) -> bool:
        """Two commands in one write."""

        def call() -> bool:
            with self._client.pipeline() as pipeline:
                pipeline.hget(KEY, subscriber.hex())
                pipeline.hset(KEY, subscriber.hex(), _WORDS[is_out])
                before, _ = pipeline.execute()
            return bool(before != _WORDS[is_out])

        return _said(call)

    def get(self, subscriber: bytes) -> bool | None:
        """One command."""
        word: Any = _said(lambda: self._client.hget(KEY, subscriber.hex()))
        return None if word is None else bool(word == _WORDS[True])

    def subscribers(self) -> Collection[bytes]:
        """One command."""
        names: Any = _said(lambda: self._client.hkeys(KEY))
        return [bytes.fromhex(name.decode()) for name in names]

    def drop(self, subscriber: bytes, *, is_out: bool) -> None:
        """One script."""
        _said(lambda: self._drop([KEY], [subscriber.hex(), _WORDS[is_out]]))


def _said(call: Callable[[], _T]) -> _T:
    """What Redis says. Raises IndexUnavailable where it says nothing."""
    try:
        return call()
    except redis.RedisError as error:
        raise IndexUnavailable(f"Redis does not answer: {error}") from error
