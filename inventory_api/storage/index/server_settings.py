"""What the index asks of its Redis server: the embedded one is started so, any other is checked for it."""

from __future__ import annotations

import redis

# A product's hash must stay one listpack (12 bytes a record; as a table it costs twice that): a field a tile,
# and a full tile is 512 records of 12 bytes. A card longer than the limit would turn the whole hash over too.
HASH_MAX_LISTPACK_ENTRIES = 512
HASH_MAX_LISTPACK_VALUE = 8192

_SMALLEST_SETTINGS = {
    "hash-max-listpack-entries": HASH_MAX_LISTPACK_ENTRIES,
    "hash-max-listpack-value": HASH_MAX_LISTPACK_VALUE,
}


def server_version(client: redis.Redis) -> str:
    """The engine and its own version, for example ``Valkey 9.1.2``; Valkey's ``redis_version`` is a constant."""
    server = client.info("server")
    if "valkey_version" in server:
        return f"Valkey {server['valkey_version']}"
    return f"Redis {server.get('redis_version', 'of unknown version')}"


def check_server(client: redis.Redis) -> list[str]:
    """What makes this server unfit for the index, one sentence a problem with its remedy; empty: fit.

    Four round trips. A server that forbids CONFIG (managed ones do) is asked through INFO where that is
    possible, and what stays unknown is said to be so.
    """
    problems = []
    try:
        client.execute_command("FUNCTION", "STATS")  # type: ignore[no-untyped-call]  # redis-py lacks it
    except redis.ResponseError as error:
        reason = "it has no FUNCTION command" if "unknown command" in str(error).lower() else str(error)
        problems.append(f"{server_version(client)} is not enough, Redis 7.0 or Valkey 7.2 is the least: {reason}.")
    memory = client.info("memory")
    policy, limit = memory.get("maxmemory_policy"), memory.get("maxmemory", 0)
    if policy != "noeviction":
        problems.append(f"maxmemory-policy is {policy}: products would vanish silently; set it to noeviction.")
    if limit and memory["used_memory"] >= limit:
        problems.append(f"Redis is full ({limit:,} bytes): changes wait, nothing is lost; give it more maxmemory.")
    try:
        settings = client.config_get(*_SMALLEST_SETTINGS)
    except redis.ResponseError as error:
        problems.append(f"The listpack settings cannot be read ({error}); compare them with the manual by hand.")
        return problems
    for name, smallest in _SMALLEST_SETTINGS.items():
        found = settings.get(name)
        if found is None or int(found) < smallest:
            problems.append(f"{name} is {found}: the index would take twice the memory; set it to {smallest} or more.")
    return problems
