"""Lookups a second of one API process, against an empty FastAPI route under the same server and client.

Both are asked in turn in short rounds, so that whatever else the machine does meets both alike; the
figure is the median of the rounds' ratios.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from loadtests.bench.service import Installation, cpu_s, free_port, running, say

CONNECTIONS = 24
READY_S = 120.0
_QUESTION = {"gtin": "4006381333931", "lat": "40.0", "lon": "-90.0"}


@dataclass(frozen=True, slots=True)
class Rounds:
    """How many, and how long each; one of each is asked before, uncounted."""

    count: int = 8
    seconds: float = 2.5


@dataclass(frozen=True, slots=True)
class LookupRate:
    """Rates are requests a second; ``ratio`` is of lookups to the empty route."""

    ratio: float
    lowest_ratio: float
    highest_ratio: float
    lookups_per_s: float
    empty_per_s: float
    lookup_cpu_us: float
    empty_cpu_us: float
    server_cpu_us: float
    p50_ms: float
    p99_ms: float
    with_stores: float


@dataclass(slots=True)
class _Side:
    """One of the two programs, and what came of its rounds."""

    port: int
    process: psutil.Process
    rates: list[float]
    requests: int = 0
    cpu_s: float = 0.0


def measure(here: Installation, folder: Path, rounds: Rounds) -> LookupRate:
    """Ask both programs the questions in ``questions.csv``."""
    questions = folder / "questions.csv"
    ports = free_port(), free_port()
    command = [sys.executable, "-m", "loadtests.bench.empty_route", str(ports[1])]
    with (
        here.running("serve", "--port", str(ports[0])) as api,
        running(command, here.environment, folder / "empty.log") as empty,
    ):
        sides = _Side(ports[0], api, []), _Side(ports[1], empty, [])
        for side in sides:
            _wait_for(side.port)
            _ask(side, questions, rounds.seconds)
        answers, server_s = [], 0.0
        for number in range(rounds.count):
            # Whoever goes first in one round goes second in the next.
            for side in sides if number % 2 == 0 else sides[::-1]:
                before = cpu_s(here.server())
                answer = _count(side, questions, rounds.seconds)
                if side is sides[0]:
                    answers.append(answer)
                    server_s += cpu_s(here.server()) - before
            say(
                f"round {number + 1}: {sides[0].rates[-1]:,.0f} lookups/s, {sides[1].rates[-1]:,.0f} of the empty route"
            )
    lookups, empties = sides
    ratios = [mine / theirs for mine, theirs in zip(lookups.rates, empties.rates, strict=True)]
    return LookupRate(
        ratio=statistics.median(ratios),
        lowest_ratio=min(ratios),
        highest_ratio=max(ratios),
        lookups_per_s=statistics.median(lookups.rates),
        empty_per_s=statistics.median(empties.rates),
        lookup_cpu_us=1e6 * lookups.cpu_s / lookups.requests,
        empty_cpu_us=1e6 * empties.cpu_s / empties.requests,
        server_cpu_us=1e6 * server_s / lookups.requests,
        p50_ms=statistics.median(answer["p50_ms"] for answer in answers),
        p99_ms=statistics.median(answer["p99_ms"] for answer in answers),
        with_stores=sum(answer["with_stores"] for answer in answers) / lookups.requests,
    )


def _count(side: _Side, questions: Path, seconds: float) -> dict[str, Any]:
    before = cpu_s(side.process)
    answer = _ask(side, questions, seconds)
    side.cpu_s += cpu_s(side.process) - before
    side.requests += answer["requests"]
    side.rates.append(answer["requests"] / answer["seconds"])
    return answer


def _ask(side: _Side, questions: Path, seconds: float) -> dict[str, Any]:
    words = ["loadtests.bench.client", str(side.port), str(questions), str(seconds), str(CONNECTIONS)]
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", *words], capture_output=True, text=True, check=False, timeout=seconds + READY_S
    )
    if done.returncode:
        raise RuntimeError(f"the client failed: {done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout)
    if answer["failures"] or not answer["requests"]:
        raise RuntimeError(f"not every answer was 200: {answer}")
    return answer


def _wait_for(port: int) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/v1/availability", params=_QUESTION, timeout=2).status_code != 503:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"nobody answers on port {port}")
