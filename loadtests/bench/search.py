"""``python -m loadtests.bench.search [--products N]``: product search over a large catalog of real titles.

Needs INVENTORY_TEST_DATA, the folder whose ``data/`` holds them. The catalog goes in as a products feed; the
questions go over HTTP, one at a time on one connection, so the times include all that the API does. Prints a
table and a line of JSON.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
from rich.console import Console
from rich.table import Table

from loadtests.bench import search_questions
from loadtests.bench.search_questions import Question, words_of
from loadtests.bench.service import Installation, cpu_s, free_port, peak_rss_mib, say

READY_S = 120.0
GOALS = {"search_p99_ms": 10.0, "suggest_p99_ms": 5.0}
LEAST_RECALL = {"misspelt": 0.95, "brand": 0.85, "staple": 0.85}


def main() -> None:
    """Measure in a folder that is gone afterwards."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench.search", description=__doc__)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=2_000, help="of each kind")
    arguments = parser.parse_args()
    root = os.environ.get("INVENTORY_TEST_DATA")
    if root is None:
        sys.exit("Set INVENTORY_TEST_DATA to the folder whose data/ holds real titles.")
    titles = search_questions.read_titles(Path(root) / "data")
    with tempfile.TemporaryDirectory(prefix="inventory-search-") as name:
        show(measure(Path(name), titles, arguments.products, arguments.questions))


def measure(folder: Path, titles: list[tuple[str, str]], products: int, questions: int) -> dict[str, Any]:
    """Fill an installation, then ask it."""
    titles = titles[:products]
    feed = folder / "products.tsv"
    say(f"writing a feed of {products:,} products")
    search_questions.write_catalog(feed, titles, products)
    here = Installation(folder / "world", ANONYMOUS_RATE_LIMIT="0")
    here.run("retailer", "add", "Acme")
    with here.running("worker") as worker:
        say("loading it")
        report = here.run("feed", "push", feed, "--retailer", "acme", "--kind", "products")
        received, published = (dt.datetime.fromisoformat(report[at]) for at in ("received_at", "published_at"))
        figures: dict[str, Any] = {
            "products": products,
            "load_s": (published - received).total_seconds(),
            "worker_rss_mib": round(peak_rss_mib(worker)),
        }
    figures["index_mb"] = round(sum(f.stat().st_size for f in (folder / "world" / "search").rglob("*.*")) / 1e6, 1)
    port = free_port()
    with here.running("serve", "--port", str(port)) as api:
        asker = Asker(port, api)
        asker.wait()
        say("asking")
        for round_ in range(2):
            written = search_questions.as_written(titles, questions, seed=10 + round_)
            wrong = search_questions.misspelt(titles, questions, seed=20 + round_)
            # The first round warms caches, as traffic does, and is not counted.
            searches = [*written, *wrong, *search_questions.other_scripts(titles)]
            found = asker.ask("/v1/products", searches)
            begun = asker.ask("/v1/products/suggest", search_questions.typed(titles, questions, seed=30 + round_))
        figures |= {f"search_{name}": value for name, value in found.items()}
        figures |= {f"suggest_{name}": value for name, value in begun.items() if name != "recall"}
        figures["api_rss_mib"] = round(peak_rss_mib(api))
    return figures


class Asker:
    """One connection to the API, and the processor time that it costs there."""

    def __init__(self, port: int, api: psutil.Process) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._api = api

    def wait(self) -> None:
        """Until it answers."""
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            try:
                if self._get("/v1/products?q=milk")[0] == http.client.OK:
                    return
            except OSError:
                self._connection.close()
            time.sleep(0.1)
        raise TimeoutError("the API does not answer")

    def ask(self, path: str, questions: Iterable[Question]) -> dict[str, Any]:
        """Ask all of them: times in milliseconds, and recall among the first ten by kind."""
        times: list[float] = []
        kinds: dict[str, list[bool]] = defaultdict(list)
        asked = list(questions)
        # It may have been idle for longer than the API keeps it; the next request opens it again.
        self._connection.close()
        before = cpu_s(self._api)
        for question in asked:
            url = f"{path}?q={quote(question.text)}&limit=10"
            began = time.perf_counter()
            status, body = self._get(url)
            times.append(1000 * (time.perf_counter() - began))
            if status != http.client.OK:
                raise RuntimeError(f"{url}: {status} {body[:200]!r}")
            shown = [hit["product"] for hit in json.loads(body)["products"]]
            words = [{*words_of(f"{p['title']} {p['brand'] or ''}")} for p in shown]
            has = any(answer <= of for answer in question.answers for of in words)
            kinds[f"{question.kind}{', held out' if question.held_out else ''}"].append(has)
        times.sort()
        return {
            "p50_ms": round(times[len(times) // 2], 2),
            "p99_ms": round(times[len(times) * 99 // 100], 2),
            "cpu_ms": round(1000 * (cpu_s(self._api) - before) / len(times), 2),
            "recall": {f"{kind} ({len(has)})": round(sum(has) / len(has), 3) for kind, has in sorted(kinds.items())},
        }

    def _get(self, url: str) -> tuple[int, bytes]:
        self._connection.request("GET", url)
        response = self._connection.getresponse()
        return response.status, response.read()


def show(figures: dict[str, Any]) -> None:
    """Print the table, then the line."""
    table = Table("figure", "value", "goal", title="What this machine measured")
    for name, value in figures.items():
        if name == "search_recall":
            for kind, recall in value.items():
                least = LEAST_RECALL.get(kind.split(",")[0])
                table.add_row(f"recall@10, {kind}", f"{recall:.3f}", "" if least is None else f">= {least}")
        else:
            table.add_row(name, f"{value:,}", f"<= {GOALS[name]}" if name in GOALS else "")
    Console(width=max(Console().width, 100)).print(table)
    print(json.dumps(figures, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
