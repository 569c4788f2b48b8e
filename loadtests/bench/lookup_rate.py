"""Lookups a second of one API process, against an empty FastAPI route under the same server and client.

Both are asked in turn in short rounds, so that whatever else the machine does meets both alike; the
figure is the median of the rounds' ratios.
"""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from loadtests.bench.rounds import Rounds, Side, wait_for
from loadtests.bench.service import Installation, cpu_s, free_port, running, say


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


def measure(here: Installation, folder: Path, rounds: Rounds) -> LookupRate:
    """Ask both programs the questions in ``questions.csv``."""
    questions = folder / "questions.csv"
    ports = free_port(), free_port()
    command = [sys.executable, "-m", "loadtests.bench.empty_route", str(ports[1])]
    with (
        here.running("serve", "--port", str(ports[0])) as api,
        running(command, here.environment, folder / "empty.log") as empty,
    ):
        sides = Side(ports[0], api, questions), Side(ports[1], empty, questions)
        for side in sides:
            wait_for(side.port)
            side.ask(rounds.seconds)
        answers, server_s = [], 0.0
        for number in range(rounds.count):
            # Whoever goes first in one round goes second in the next.
            for side in sides if number % 2 == 0 else sides[::-1]:
                before = cpu_s(here.server())
                answer = side.count(rounds.seconds)
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
