"""A closed loop of HTTP/1.1 connections in a process of its own, as cheap as Python can be.

    python -m loadtests.bench.client PORT QUESTIONS SECONDS CONNECTIONS

Questions are a CSV file of single ones, or one of batches, with a body in each line (``.jsonl``).

Prints one line of JSON: requests, seconds, statuses other than 200, answers that name a store, and the
median and 99th percentile of the time to answer in milliseconds.
"""

from __future__ import annotations

import asyncio
import csv
import itertools
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import uvloop

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def read_requests(path: Path, port: int) -> list[bytes]:
    """Every question as the bytes that ask it."""
    if path.suffix == ".jsonl":
        return [
            f"POST /v1/availability/batch HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            for body in path.read_text(encoding="ascii").splitlines()
        ]
    with path.open(newline="") as file:
        rows = [(row["gtin"], row["lat"], row["lon"]) for row in csv.DictReader(file)]
    return [
        f"GET /v1/availability?gtin={gtin}&lat={lat}&lon={lon}&radius=16&limit=10 HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{port}\r\nAccept: application/json\r\n\r\n".encode()
        for gtin, lat, lon in rows
    ]


class Tally:
    """What came back within the time."""

    def __init__(self, seconds: float) -> None:
        self.began = time.perf_counter()
        self.until = self.began + seconds
        self.times: list[float] = []
        self.failures: Counter[str] = Counter()
        self.with_stores = 0

    def report(self) -> dict[str, object]:
        """The line to print."""
        times = sorted(self.times)
        return {
            "requests": len(times),
            "seconds": time.perf_counter() - self.began,
            "failures": dict(self.failures),
            "with_stores": self.with_stores,
            "p50_ms": 1000 * times[len(times) // 2] if times else None,
            "p99_ms": 1000 * times[len(times) * 99 // 100] if times else None,
        }


class Asker(asyncio.Protocol):
    """One connection: asks, waits for the whole answer, asks again."""

    def __init__(self, requests: Iterator[bytes], tally: Tally, done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._tally = tally
        self._done = done
        self._buffer = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the first question."""
        # uvloop's is one in all but name.
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Take in a part of the answer."""
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(_HEAD_END)
        if end < 0:
            return
        length = _LENGTH.search(self._buffer, 0, end + 2)
        if length is None:
            raise RuntimeError(f"an answer without a length: {self._buffer[:200]!r}")
        if len(self._buffer) < end + 4 + int(length[1]):
            return
        self._take(self._buffer)
        self._buffer = b""
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        """A server that hangs up early has failed."""
        if not self._done.done():
            self._tally.failures["connection lost"] += 1
            self._done.set_result(None)

    def _ask(self) -> None:
        self._sent = time.perf_counter()
        if self._sent < self._tally.until:
            self._transport.write(next(self._requests))
        elif not self._done.done():
            self._done.set_result(None)
            self._transport.close()

    def _take(self, answer: bytes) -> None:
        tally = self._tally
        tally.times.append(time.perf_counter() - self._sent)
        if not answer.startswith(b"HTTP/1.1 200"):
            tally.failures[answer[:12].decode(errors="replace")] += 1
        elif b'"stores":[{' in answer:
            tally.with_stores += 1


async def ask(port: int, requests: list[bytes], seconds: float, connections: int) -> dict[str, object]:
    """Keep every connection busy for so long."""
    loop = asyncio.get_running_loop()
    tally, turns = Tally(seconds), itertools.cycle(requests)
    waiting: list[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]

    def fail(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        for done in waiting:
            if not done.done():
                done.set_exception(context.get("exception") or RuntimeError(context["message"]))

    loop.set_exception_handler(fail)
    for done in waiting:
        await loop.create_connection(lambda done=done: Asker(turns, tally, done), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*waiting)
    return tally.report()


if __name__ == "__main__":
    port, path, seconds, connections = sys.argv[1:]
    questions = read_requests(Path(path), int(port))
    sys.stdout.write(json.dumps(uvloop.run(ask(int(port), questions, float(seconds), int(connections)))) + "\n")
