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
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from loadtests.bench import cells
from loadtests.bench.cells import Bytes
from loadtests.bench.service import COMMAND, say

PER_STORE = 10_000
FEW = 100
"""Records of the file that shows what starting costs."""

Columns = dict[str, Bytes]


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


def google_columns(rows: int) -> Iterator[Columns]:
    """Google's local inventory, ten attributes a record, store by store."""
    for first in range(0, rows, PER_STORE):
        count = min(PER_STORE, rows - first)
        product = np.arange(count)
        quantity = (product * 7 + first) % 40
        yield {
            "store_code": cells.constant(b"ST%d" % (1000 + first // PER_STORE), count),
            "id": np.hstack([cells.constant(b"SKU-", count), cells.integers(product * 7 + 100_000, 7)]),
            "gtin": cells.integers(cells.gtins(product), 14, padded=True),
            "availability": cells.chosen([b"out_of_stock", b"in_stock"], (quantity > 0).astype(np.int64)),
            "quantity": cells.integers(quantity, 4),
            "price": np.hstack([cells.decimals(product % 900 * 10 + 9, 4), cells.constant(b" USD", count)]),
            "pickup_method": cells.constant(b"buy", count),
            "pickup_sla": cells.constant(b"same day", count),
            "instore_product_location": np.hstack([cells.constant(b"Aisle ", count), cells.integers(product % 30, 2)]),
            "timestamp": cells.constant(b"2026-11-05T06:00:00-06:00", count),
        }


def write_tsv(path: Path, rows: int) -> None:
    """Write the records as tab-separated text."""
    with path.open("wb") as file:
        for number, columns in enumerate(google_columns(rows)):
            if number == 0:
                file.write("\t".join(columns).encode() + b"\n")
            file.write(cells.join(list(columns.values())))


def write_rss(path: Path, rows: int) -> None:
    """Write the records as items of an RSS channel, one a line."""
    with path.open("wb") as file:
        file.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" ')
        file.write(b'xmlns:g="http://base.google.com/ns/1.0"><channel>\n<title>stock</title>\n')
        for columns in google_columns(rows):
            parts: list[Bytes] = []
            for name, texts in columns.items():
                tag = name.encode()
                parts += [cells.constant(b"<g:%s>" % tag, len(texts)), texts]
                parts += [cells.constant(b"</g:%s>" % tag, len(texts))]
            rows_here = len(parts[0])
            ends = cells.constant(b"<item>", rows_here), cells.constant(b"</item>", rows_here)
            file.write(cells.join([np.hstack([ends[0], *parts, ends[1]])]))
        file.write(b"</channel></rss>\n")


FORMATS = (
    Format("google.tsv", write_tsv),
    Format("google.xml", write_rss),
)


def measure(folder: Path, formats: list[Format], rows: int) -> list[Rate]:
    """Write, read and remove each file in turn."""
    baseline = folder / "baseline.tsv"
    write_tsv(baseline, rows)
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
