"""Which server the index was last seen whole on, and until when.

A server writes its append-only file each second, not each command. After a crash it comes back without
its last moments and looks complete all the same. What survives is a beginning of what was written, so
the last beat found tells how far it reaches.
"""

from __future__ import annotations

import redis

from inventory_api.storage.index import keys


class Pulse:
    """The server's identity and the index's last beat, both kept in the index itself."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def is_known(self) -> bool:
        """Whether this server, since its start, is the one that the index was last found whole on."""
        return bool(self._client.get(keys.SERVER) == self._run_id())

    def remember(self) -> None:
        """From now on this is the server that we know."""
        self._client.set(keys.SERVER, self._run_id())

    def beat(self, unix_s: int) -> None:
        """Leave a sign that everything written so far was written; not on a server that has yet to be looked at."""
        if self.is_known():
            self._client.set(keys.BEAT, unix_s)

    def last_beat(self) -> int:
        """Unix seconds of the last beat that the server has, 0 where there is none."""
        return int(self._client.get(keys.BEAT) or 0)

    def _run_id(self) -> bytes:
        return str(self._client.info("server")["run_id"]).encode()
