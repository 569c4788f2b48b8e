"""What this installation's API has answered, for Prometheus: counted in memory, joined over processes.

prometheus-client's own way to join processes writes to a shared file at every count, which costs more than the whole
rest of these manners. Here a process counts in plain lists and leaves them for the others once a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path

import orjson
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import Scope

from inventory_api.channels.admission import Admission

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
LEAVE_S = 1.0
"""How much of a process's counts its death may take away, and how old they are in the answer of another."""

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"})

Cells = list[float]
"""A count for each bound, one beyond all of them, and the sum of seconds."""


class Metrics(Collector):
    """Counts answers; a hook, which leaves them for the other processes. Labels hold no address, key or position.

    Args:
        admission: Of this process.
        folder: Where the processes of one listener leave their counts; None where there is but one process.
        paths: Answered without a route of their own.
    """

    def __init__(self, admission: Admission, folder: Path | None = None, paths: Iterable[str] = ()) -> None:
        self._admission = admission
        self._folder = folder
        self._paths = frozenset(paths)
        self._answers: dict[tuple[str, str, int], Cells] = {}
        self._leaving: asyncio.Task[None] | None = None

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """Count an answer; status 0: there was none."""
        path, method = scope["path"], scope["method"]
        if path not in self._paths:
            path = getattr(scope.get("route"), "path", "other")
        # Whatever a stranger makes up must not become a time series.
        key = (method if method in _METHODS else "other"), path, status
        cells = self._answers.get(key)
        if cells is None:
            cells = self._answers[key] = [0.0] * (len(BOUNDS_S) + 2)
        cells[bisect_left(BOUNDS_S, seconds)] += 1
        cells[-1] += seconds

    def exposition(self) -> bytes:
        """Everything, in the text format of Prometheus."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterable[Metric]:
        """The metrics, for a registry; ``docs/metrics.md`` says what they mean."""
        answers = HistogramMetricFamily(
            "inventory_http_answer_seconds", "Time to the end of an answer.", labels=("method", "route", "status")
        )
        for (method, route, status), cells in sorted(self._joined().items()):
            *counts, total_s = cells
            below, buckets = 0.0, []
            for bound, count in zip([*map(str, BOUNDS_S), "+Inf"], counts, strict=True):
                below += count
                buckets.append((bound, below))
            answers.add_metric((method, route, str(status)), buckets, total_s)
        yield answers
        of_process = {
            "inventory_http_in_flight": ("Calls begun and not ended, in the process asked.", self._admission.in_flight),
            "inventory_event_loop_lag_seconds": ("How late timers come, in the process asked.", self._admission.lag_s),
        }
        for name, (text, value) in of_process.items():
            yield GaugeMetricFamily(name, text, value=value)

    async def start(self) -> None:
        """Begin to leave counts."""
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._leaving = asyncio.create_task(self._leave_often(self._folder))

    async def stop(self) -> None:
        """Leave them for the last time."""
        if self._leaving is not None and self._folder is not None:
            self._leaving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._leaving
            self._leave(self._folder)

    def _joined(self) -> dict[tuple[str, str, int], Cells]:
        """Our counts and those of the other processes, dead ones too: a counter never goes back."""
        joined = {key: list(cells) for key, cells in self._answers.items()}
        for path in self._folder.glob("*.json") if self._folder is not None else ():
            if path.stem == str(os.getpid()):
                continue
            for method, route, status, cells in orjson.loads(path.read_bytes()):
                ours = joined.setdefault((method, route, status), [0.0] * len(cells))
                ours[:] = [one + other for one, other in zip(ours, cells, strict=True)]
        return joined

    async def _leave_often(self, folder: Path) -> None:
        while True:
            await asyncio.sleep(LEAVE_S)
            self._leave(folder)

    def _leave(self, folder: Path) -> None:
        path = folder / f"{os.getpid()}.json"
        own = path.with_suffix(".new")
        own.write_bytes(orjson.dumps([[*key, cells] for key, cells in self._answers.items()]))
        own.replace(path)
