"""What was measured: a table for people, and one line of JSON for whoever compares releases."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from loadtests.bench.batch_cost import BatchCost
from loadtests.bench.feed_rates import FeedRates
from loadtests.bench.index_size import IndexSize
from loadtests.bench.lookup_rate import LookupRate


@dataclass(frozen=True, slots=True)
class Results:
    """Of one run on one machine."""

    feeds: FeedRates
    index: IndexSize
    lookups: LookupRate
    batches: BatchCost
    quick: bool


@dataclass(frozen=True, slots=True)
class _Goal:
    key: str
    words: str
    at_least: float | None = None
    at_most: float | None = None
    show: Callable[[float], str] = "{:,.2f}".format

    def is_met(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    @property
    def text(self) -> str:
        if self.at_least is not None:
            return f">= {self.show(self.at_least)}"
        return "" if self.at_most is None else f"<= {self.show(self.at_most)}"


_WHOLE = "{:,.0f}".format

_GOALS = (
    _Goal("lookup_vs_empty_route", "lookups, against the empty route", at_least=0.6),
    _Goal("batch_50_vs_lookup", "a batch of 50, in single lookups, by time to the answer", at_most=5),
    _Goal("batch_50_vs_lookup_cpu", "the same by the API's processor time, 24 at once", at_most=5),
    _Goal("index_bytes_per_record", "bytes a record in the index", at_most=15),
    _Goal("first_load_rows_per_s", "first load, rows/s", at_least=150_000, show=_WHOLE),
    _Goal("full_2pct_rows_per_s", "full feed with 2 % changed, rows/s", at_least=400_000, show=_WHOLE),
    _Goal("first_load_vs_csv_reader", "first load, against csv.reader", at_least=0.18),
    _Goal("full_2pct_vs_csv_reader", "full feed with 2 % changed, against csv.reader", at_least=0.48),
    _Goal("worker_rss_mib", "most memory of the worker, MiB", at_most=1024, show=_WHOLE),
)


def figures(results: Results) -> dict[str, float]:
    """The figures that have goals, by the names that are kept from release to release."""
    feeds = results.feeds
    return {
        "lookup_vs_empty_route": round(results.lookups.ratio, 3),
        "batch_50_vs_lookup": round(results.batches.time_ratio, 2),
        "batch_50_vs_lookup_cpu": round(results.batches.ratio, 2),
        "index_bytes_per_record": results.index.bytes_per_record,
        "first_load_rows_per_s": round(feeds.first.rows_per_s),
        "full_2pct_rows_per_s": round(feeds.changed.rows_per_s),
        "first_load_vs_csv_reader": round(feeds.first.against_csv_reader, 3),
        "full_2pct_vs_csv_reader": round(feeds.changed.against_csv_reader, 3),
        "worker_rss_mib": round(feeds.worker_rss_mib, 1),
    }


def show(results: Results) -> None:
    """Print the table, then the line."""
    measured = figures(results)
    title = "Small feeds and a small world: no figures to quote" if results.quick else "What this machine measured"
    table = Table("figure", "value", "goal", "", title=title)
    for column in table.columns[1:3]:
        column.justify = "right"
    for goal in _GOALS:
        value = measured[goal.key]
        verdict = "[green]met[/green]" if goal.is_met(value) else "[red]missed[/red]"
        table.add_row(goal.words, goal.show(value), goal.text, "" if results.quick else verdict)
    table.add_section()
    for words, text in _details(results):
        table.add_row(words, text, "", "")
    # Where the output is no terminal, rich would fold the table to 80 columns.
    Console(width=max(Console().width, 112)).print(table)
    print(json.dumps(measured), flush=True)


def _details(results: Results) -> list[tuple[str, str]]:
    lookups, index, batches = results.lookups, results.index, results.batches
    details = [
        ("lookups/s of one API process", f"{lookups.lookups_per_s:,.0f}"),
        ("requests/s of the empty route", f"{lookups.empty_per_s:,.0f}"),
        ("lowest and highest ratio of a round", f"{lookups.lowest_ratio:.2f} to {lookups.highest_ratio:.2f}"),
        (
            "processor time of a lookup: API, index server",
            f"{lookups.lookup_cpu_us:.0f} + {lookups.server_cpu_us:.0f} us",
        ),
        (
            "batch of 50 against lookup, time to the answer",
            f"{batches.batch_ms:.2f} against {batches.lookup_ms:.2f} ms",
        ),
        (
            "batch of 50 against lookups, API's processor time",
            f"{batches.batch_cpu_us:,.0f} against {batches.lookup_cpu_us:,.0f} us; "
            f"{batches.lowest_ratio:.1f} to {batches.highest_ratio:.1f} in rounds",
        ),
        ("processor time of the empty route", f"{lookups.empty_cpu_us:.0f} us"),
        ("time to answer, median and 99th percentile", f"{lookups.p50_ms:.1f}, {lookups.p99_ms:.1f} ms"),
        ("lookups that name a store", f"{lookups.with_stores:.0%}"),
        ("records, stores, products in the index", f"{index.records:,}, {index.stores:,}, {index.products:,}"),
        ("loading them, with the command's start", f"{index.load_s:.0f} s"),
    ]
    for name, run in (("first load", results.feeds.first), ("2 % full", results.feeds.changed)):
        details += [
            (f"{name}: receipt to visible; from the command's start", f"{run.run_s:.1f} s; {run.pushed_s:.1f} s"),
            (f"{name}: processor time of worker, index server", f"{run.worker_cpu_s:.1f} + {run.server_cpu_s:.1f} s"),
            (
                f"{name}: csv.reader over the same file",
                f"{run.csv_reader_s:.1f} s, {run.rows / run.csv_reader_s:,.0f} rows/s",
            ),
        ]
    return details
