"""``make bench`` runs from end to end; its figures are for quiet machines, so none is judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

KEYS = {
    "lookup_vs_empty_route",
    "batch_50_vs_lookup",
    "batch_50_vs_lookup_cpu",
    "index_bytes_per_record",
    "first_load_rows_per_s",
    "full_2pct_rows_per_s",
    "first_load_vs_csv_reader",
    "full_2pct_vs_csv_reader",
    "worker_rss_mib",
}


@pytest.mark.serial
def test_quick_bench_prints_every_figure(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "loadtests.bench", "--quick"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert set(figures) == KEYS
    assert all(isinstance(value, int | float) and value > 0 for value in figures.values())
    assert "csv.reader" in done.stdout, "the table comes before the line"
