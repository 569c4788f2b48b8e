"""Short rounds of questions to a program, and what they cost it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from loadtests.bench.service import cpu_s

CONNECTIONS = 24
READY_S = 120.0
_QUESTION = {"gtin": "4006381333931", "lat": "40.0", "lon": "-90.0"}


@dataclass(frozen=True, slots=True)
class Rounds:
    """How many, and how long each; one of each is asked before, uncounted."""

    count: int = 8
    seconds: float = 2.5


@dataclass(slots=True)
class Side:
    """One of two that are compared: a program, what it is asked, and what came of its rounds."""

    port: int
    process: psutil.Process
    questions: Path
    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    alone_ms: list[float] = field(default_factory=list)
    requests: int = 0
    cpu_s: float = 0.0

    def count(self, seconds: float) -> dict[str, Any]:
        """A round that counts; the client's report."""
        before = cpu_s(self.process)
        answer = self.ask(seconds)
        used_s = cpu_s(self.process) - before
        self.cpu_s += used_s
        self.requests += answer["requests"]
        self.rates.append(answer["requests"] / answer["seconds"])
        self.cpu_us.append(1e6 * used_s / answer["requests"])
        return answer

    def time_alone(self, seconds: float) -> None:
        """A round of one client who asks one question at a time: median milliseconds to an answer."""
        self.alone_ms.append(self.ask(seconds, connections=1)["p50_ms"])

    def ask(self, seconds: float, connections: int = CONNECTIONS) -> dict[str, Any]:
        """A round.

        Raises:
            RuntimeError: Not every answer was 200.
        """
        words = ["loadtests.bench.client", str(self.port), str(self.questions), str(seconds), str(connections)]
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", *words], capture_output=True, text=True, check=False, timeout=seconds + READY_S
        )
        if done.returncode:
            raise RuntimeError(f"the client failed: {done.stderr}")
        answer: dict[str, Any] = json.loads(done.stdout)
        if answer["failures"] or not answer["requests"]:
            raise RuntimeError(f"not every answer was 200: {answer}")
        return answer


def wait_for(port: int) -> None:
    """Until a program answers lookups there. Raises TimeoutError."""
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/v1/availability", params=_QUESTION, timeout=2).status_code != 503:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"nobody answers on port {port}")
