"""How much memory the worker takes at most for one full feed of any size.

    python -m loadtests.bench.memory [--rows 50000000] [--shuffled]

Rows come sorted by store, or in no order at all, which is the harder case: every block of the file then has rows
of every store and product. Needs about 300 bytes of disk a row, in the folder for temporary files.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from loadtests.bench import dataset
from loadtests.bench.dataset import Size
from loadtests.bench.service import Installation, peak_rss_mib, say

STORES = 2_500
PARTS = 128
GOAL_MIB = 1024
_SEED = 7


def main() -> None:
    """Measure in a folder that is gone afterwards."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench.memory", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000_000, help="of the feed, in 2,500 stores")
    parser.add_argument("--shuffled", action="store_true", help="rows in no order")
    parser.add_argument("--changed", action="store_true", help="and a second version, 2 %% changed")
    options = parser.parse_args()
    size = Size(STORES, max(1, options.rows // STORES))
    with tempfile.TemporaryDirectory(prefix="inventory-bench-") as name:
        runs = measure(Path(name), size, is_shuffled=options.shuffled, versions=2 if options.changed else 1)
        print(json.dumps({"rows": size.rows, "shuffled": options.shuffled, "goal_mib": GOAL_MIB, "runs": runs}))


def measure(folder: Path, size: Size, *, is_shuffled: bool, versions: int) -> list[dict[str, float]]:
    """Push the versions one after the other; seconds of each run, and the most memory until its end."""
    here = Installation(folder / "data")
    now = dt.datetime.now(dt.UTC)
    dataset.write_stores(folder / "stores.tsv", size)
    runs = []
    with here.running("worker") as worker:
        here.run("retailer", "add", "Acme", "--currency", "USD", "--timezone", "America/Chicago")
        here.run("feed", "push", folder / "stores.tsv", "--retailer", "acme", "--kind", "stores")
        for version in range(versions):
            feed = folder / "feed.tsv"
            say(f"writing {size.rows:,} rows")
            dataset.write_feed(feed, size, version=version, now=now)
            if is_shuffled:
                say("shuffling them")
                shuffle(feed)
            say(f"pushing {feed.stat().st_size / 2**30:.1f} GiB")
            began = time.monotonic()
            report = here.run("feed", "push", feed, "--retailer", "acme")
            if report["status"] != "published":
                raise RuntimeError(f"the feed ended {report['status']}: {report['notices'][:3]}")
            runs.append({"seconds": round(time.monotonic() - began, 1), "peak_rss_mib": round(peak_rss_mib(worker))})
            say(str(runs[-1]))
    return runs


def shuffle(file: Path) -> None:
    """Put the data rows of a text file into a random order, in the memory of a 128th of it."""
    rng = np.random.default_rng(_SEED)
    parts = [file.with_suffix(f".{number}") for number in range(PARTS)]
    with file.open("rb") as source, ExitStack() as stack:
        header = source.readline()
        outputs = [stack.enter_context(part.open("wb")) for part in parts]
        while lines := source.readlines(32 << 20):
            drawn = rng.integers(0, PARTS, len(lines))
            order = np.argsort(drawn, kind="stable")
            bounds = np.searchsorted(drawn[order], np.arange(PARTS + 1))
            for number, output in enumerate(outputs):
                output.writelines(lines[at] for at in order[bounds[number] : bounds[number + 1]].tolist())
    with file.open("wb") as output:
        output.write(header)
        for lines in _read_and_forget(parts):
            output.writelines(lines[at] for at in rng.permutation(len(lines)).tolist())


def _read_and_forget(parts: list[Path]) -> Iterator[list[bytes]]:
    for part in parts:
        yield part.read_bytes().splitlines(keepends=True)
        part.unlink()


if __name__ == "__main__":
    main()
