"""Who calls, how often, and what is outside."""

from __future__ import annotations

from inventory_api.domain.errors import (
    Conflict,
    IndexUnavailable,
    Unauthorized,
)
from inventory_api.domain.ports import (
    KeyHolder,
    Reply,
    Unreachable,
)


class FakeKeys:
    """``sk_<retailer>`` is a secret key, ``pk_<retailer>`` a publishable one."""

    def verify(self, key: str) -> KeyHolder:
        prefix, _, retailer_id = key.partition("_")
        if prefix not in ("sk", "pk") or not retailer_id:
            raise Unauthorized("no such key")
        return KeyHolder(retailer_id, secret=prefix == "sk")


class FakeCounts:
    """The count of all processes; ``fails``: nobody answers."""

    def __init__(self) -> None:
        self.totals: dict[str, int] = {}
        self.calls = 0
        self.fails = False

    async def add(self, name: str, count: int, *, keep_s: int) -> int:
        self.calls += 1
        if self.fails:
            raise IndexUnavailable("nobody answers")
        self.totals[name] = self.totals.get(name, 0) + count
        return self.totals[name]


class FakeReplies:
    """Answers to writes in memory; nothing expires."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], tuple[bytes, Reply | None]] = {}

    def begin(self, owner: str, key: str, fingerprint: bytes) -> Reply | None:
        before, reply = self.kept.setdefault((owner, key), (fingerprint, None))
        if before != fingerprint:
            raise Conflict("another request")
        return reply

    def finish(self, owner: str, key: str, reply: Reply) -> None:
        self.kept[owner, key] = self.kept[owner, key][0], reply

    def forget(self, owner: str, key: str) -> None:
        del self.kept[owner, key]


class FakeDocuments:
    """Documents by URL; an exception is raised instead. ``asked`` are the URLs fetched, in order."""

    def __init__(self, **documents: bytes | Exception) -> None:
        self.documents: dict[str, bytes | Exception] = dict(documents)
        self.asked: list[str] = []

    def fetch(self, url: str, *, max_bytes: int, total_s: float) -> bytes:
        self.asked.append(url)
        document = self.documents.get(url, Unreachable("nobody is there"))
        if isinstance(document, Exception):
            raise document
        return document
