"""``python -m loadtests.bench.formats [--rows N] [NAME ...]``: how fast each format is read and normalized.

``inventory-api feed check`` reads a file of a million records; the processor time of the same command
over a few records is taken off, as that is its start. ``csv.reader`` over the TSV of the same records is
measured in the same run, since figures of one machine say nothing of another. To add a format, add a line
to ``FORMATS``.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from loadtests.bench import format_files as files
from loadtests.bench.service import COMMAND, say

FEW = 100
"""Records of the file that shows what starting costs."""


@dataclass(frozen=True, slots=True)
class Format:
    """A file to measure.

    Attributes:
        name: Of the file, with the ending that people give it.
        write: Writes that many records to a path.
        unit: What is counted.
    """

    name: str
    write: Callable[[Path, int], None]
    unit: str = "records"


@dataclass(frozen=True, slots=True)
class Rate:
    """Of one format. ``cpu_s`` is without the command's start."""

    name: str
    unit: str
    records: int
    mib: float
    cpu_s: float
    peak_rss_mib: float
    per_cpu_s: float
    against_csv_reader: float


FORMATS = (
    Format("google.tsv", files.write_tsv),
    Format("shuffled.tsv", files.write_shuffled),
    Format("google.xml", files.write_rss),
    Format("google.ndjson", files.write_ndjson),
    Format("sdq.edi", files.write_sdq, unit="quantities"),
    Format("stock.xlsx", files.write_xlsx),
)


def measure(folder: Path, formats: list[Format], rows: int) -> list[Rate]:
    """Write, read and remove each file in turn."""
    baseline = folder / "baseline.tsv"
    files.write_tsv(baseline, rows)
    csv_s = min(_csv_reader_s(baseline) for _ in range(3))
    say(f"csv.reader: {rows / csv_s:,.0f} rows a second of processor time")
    rates = []
    for form in formats:
        few, many = folder / f"few.{form.name}", folder / form.name
        form.write(few, FEW)
        form.write(many, rows)
        start_s = min(_check(few, FEW)[0] for _ in range(2))
        runs = [_check(many, rows) for _ in range(2)]
        cpu_s, rss = min(run[0] for run in runs) - start_s, max(run[1] for run in runs)
        mib = many.stat().st_size / 2**20
        rates.append(Rate(form.name, form.unit, rows, round(mib), cpu_s, rss, round(rows / cpu_s), csv_s / cpu_s))
        say(f"{form.name}: {rows / cpu_s:,.0f} {form.unit} a second, {csv_s / cpu_s:.2f} of csv.reader, {rss:.0f} MiB")
        few.unlink()
        many.unlink()
    baseline.unlink()
    return rates


def _csv_reader_s(file: Path) -> float:
    began = time.process_time()
    with file.open(encoding="utf-8", newline="") as text:
        for _ in csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE):
            pass
    return time.process_time() - began


def _check(file: Path, rows: int) -> tuple[float, float]:
    """Processor seconds and most resident MiB of one offline check.

    Raises:
        RuntimeError: It did not accept every record.
    """
    command = [str(COMMAND), "feed", "check", str(file), "--json", "--currency", "USD", "--timezone", "America/Chicago"]
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)  # noqa: S603 - our own words
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        report = json.loads(output.read() or b"{}")
    if child.returncode or report["rows"]["accepted"] != rows:
        raise RuntimeError(f"{file.name} was not accepted whole: {report}")
    per_mib = 2**20 if sys.platform == "darwin" else 2**10
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / per_mib


def main() -> None:
    """Measure all formats, or those named; one line of JSON a format at the end."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench.formats", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    known = {form.name: form for form in FORMATS}
    chosen = [known[name] for name in arguments.names or known]
    with tempfile.TemporaryDirectory(prefix="inventory-bench-") as folder:
        for rate in measure(Path(folder), chosen, arguments.rows):
            print(json.dumps(asdict(rate)))


if __name__ == "__main__":
    main()
