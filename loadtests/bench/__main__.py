"""``python -m loadtests.bench [--quick]``: all of it, in a quarter of an hour at most on two cores."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from loadtests.bench import batch_cost, feed_rates, index_size, lookup_rate, report
from loadtests.bench.dataset import Size
from loadtests.bench.rounds import Rounds
from loadtests.bench.service import Installation, say
from loadtests.bench.world import Scale


def main() -> None:
    """Measure everything in a folder that is gone afterwards."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small feeds, a small world: does it run at all?")
    quick: bool = parser.parse_args().quick
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="inventory-bench-") as name:
        folder = Path(name)
        feeds = feed_rates.measure(folder, Size(20, 10_000) if quick else Size())
        # Counted as in production, and never refused: one address asks everything here.
        here = Installation(folder / "world", ANONYMOUS_RATE_LIMIT="1000000000")
        index = index_size.measure(here, folder, Scale(5_200, 3_333, 20, 3) if quick else Scale())
        rounds = Rounds(2, 1.0) if quick else Rounds()
        lookups = lookup_rate.measure(here, folder, rounds)
        batches = batch_cost.measure(here, folder, rounds)
    say(f"done in {time.monotonic() - began:.0f} s")
    report.show(report.Results(feeds, index, lookups, batches, quick))


if __name__ == "__main__":
    main()
