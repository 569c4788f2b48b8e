"""Feed runs of a retailer of 500 stores: the first load, and the next feed with 2 % changed.

The worker's own times count: from the receipt of the file to its last record visible to lookups.
"""

from __future__ import annotations

import csv
import datetime as dt
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from loadtests.bench import dataset
from loadtests.bench.dataset import Size
from loadtests.bench.service import Installation, cpu_s, peak_rss_mib, say


@dataclass(frozen=True, slots=True)
class FeedRun:
    """What one feed took. ``pushed_s`` is the command's whole time, with its start and the copy of the file."""

    rows: int
    run_s: float
    pushed_s: float
    worker_cpu_s: float
    server_cpu_s: float
    csv_reader_s: float

    @property
    def rows_per_s(self) -> float:
        """Rows read, checked, compared and published a second."""
        return self.rows / self.run_s

    @property
    def against_csv_reader(self) -> float:
        """That rate as a part of the rate at which ``csv.reader`` alone reads the file."""
        return self.csv_reader_s / self.run_s


@dataclass(frozen=True, slots=True)
class FeedRates:
    """Both runs, and the most memory that the worker had."""

    first: FeedRun
    changed: FeedRun
    worker_rss_mib: float


def measure(folder: Path, size: Size) -> FeedRates:
    """Write both feeds, then push one after the other into a fresh installation."""
    say(f"writing two feeds of {size.rows:,} rows")
    now = dt.datetime.now(dt.UTC)
    stores, first, second = (folder / name for name in ("stores.tsv", "first.tsv", "second.tsv"))
    dataset.write_stores(stores, size)
    dataset.write_feed(first, size, version=0, now=now)
    dataset.write_feed(second, size, version=1, now=now)
    here = Installation(folder / "feeds")
    with here.running("worker") as worker:
        here.run("retailer", "add", "Acme", "--currency", "USD", "--timezone", "America/Chicago")
        here.run("feed", "push", stores, "--retailer", "acme", "--kind", "stores")
        runs = [_push(here, worker, file, size, name) for file, name in ((first, "first load"), (second, "2 % full"))]
        rates = FeedRates(runs[0], runs[1], peak_rss_mib(worker))
    for file in (first, second):
        file.unlink()
    return rates


def _push(here: Installation, worker: psutil.Process, file: Path, size: Size, name: str) -> FeedRun:
    say(f"csv.reader over the feed of the {name}")
    reader_s = min(_read_with_csv(file, size.rows) for _ in range(2))
    say(name)
    worker_before, server_before, began = cpu_s(worker), cpu_s(here.server()), time.monotonic()
    report = here.run("feed", "push", file, "--retailer", "acme")
    pushed_s = time.monotonic() - began
    if report["status"] != "published" or report["rows"]["read"] != size.rows:
        raise RuntimeError(f"the {name} is not what it should be: {report}")
    received, published = (dt.datetime.fromisoformat(report[at]) for at in ("received_at", "published_at"))
    run = FeedRun(
        rows=size.rows,
        run_s=(published - received).total_seconds(),
        pushed_s=pushed_s,
        worker_cpu_s=cpu_s(worker) - worker_before,
        server_cpu_s=cpu_s(here.server()) - server_before,
        csv_reader_s=reader_s,
    )
    say(f"{name}: {run.run_s:.1f} s, {run.rows_per_s:,.0f} rows/s, {report['changes']}")
    return run


def _read_with_csv(file: Path, rows: int) -> float:
    """Seconds that Python's own reader needs for the file, doing nothing with it."""
    began = time.perf_counter()
    count = 0
    with file.open(encoding="utf-8", newline="") as text:
        for _ in csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE):
            count += 1
    if count != rows + 1:
        raise RuntimeError(f"csv.reader found {count - 1} rows, not {rows}")
    return time.perf_counter() - began
