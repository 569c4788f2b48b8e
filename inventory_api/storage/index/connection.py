"""Ways to the Redis server.

``connect`` for publishers and the command line, ``Multiplexed`` for the hot path, ``follow`` for a
stream, ``check_server`` to see whether it is fit for the index.
"""

from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from inventory_api.domain.errors import IndexUnavailable
from inventory_api.storage.index.multiplexed import Multiplexed
from inventory_api.storage.index.server_settings import check_server
from inventory_api.storage.index.stream import follow

__all__ = ["Multiplexed", "check_server", "client_of", "connect", "follow"]


def client_of(url: str, *, timeout_s: float) -> redis.Redis:
    """A synchronous client for any number of threads, which connects at its first call; otherwise as ``connect``'s."""
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
        protocol=2,
    )


def connect(url: str, *, timeout_s: float) -> redis.Redis:
    """A synchronous client, proven alive by one PING. It never retries: the caller has the one retry layer.

    Args:
        url: ``unix://``, ``redis://`` or ``rediss://``.
        timeout_s: For connecting, and for each reply.

    Raises:
        IndexUnavailable: Nobody answers there, or the server is still loading.
    """
    client = client_of(url, timeout_s=timeout_s)
    try:
        client.ping()
    except redis.RedisError as error:
        client.close()
        raise IndexUnavailable(f"Redis does not answer: {error}") from error
    return client
