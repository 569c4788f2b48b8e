"""What fifty products at one place cost the API, against single lookups of the same products at the same place.

Time to the answer as one client sees it, and processor time of the API's process under load; both asked in turn of
one process: whatever else the machine does meets both alike. Every product asked has several stores near the place,
and both are asked with their default limits.
"""

from __future__ import annotations

import csv
import json
import random
import statistics
from dataclasses import dataclass
from pathlib import Path

import httpx

from loadtests.bench.rounds import Rounds, Side, wait_for
from loadtests.bench.service import Installation, free_port, say

PRODUCTS = 50
PLACES = 12
STORES = 3
"""A product is asked where at least so many stores have it in stock: as many as a batch shows."""

_TRIES = 12


@dataclass(frozen=True, slots=True)
class BatchCost:
    """How many single lookups a batch costs, medians of the rounds.

    ``time_ratio``: by the time to its answer, of one client who asks one thing at a time. ``ratio``: by the API's
    processor time, with many clients at once.
    """

    time_ratio: float
    batch_ms: float
    lookup_ms: float
    ratio: float
    lowest_ratio: float
    highest_ratio: float
    batch_cpu_us: float
    lookup_cpu_us: float


def measure(here: Installation, folder: Path, rounds: Rounds) -> BatchCost:
    """Ask about products of ``questions.csv`` around some of its places."""
    port = free_port()
    batches, singles = folder / "batches.jsonl", folder / "batch_questions.csv"
    with here.running("serve", "--port", str(port)) as api:
        wait_for(port)
        _choose(port, folder / "questions.csv", batches, singles)
        batch, single = Side(port, api, batches), Side(port, api, singles)
        for side in (batch, single):
            side.ask(rounds.seconds)
        for number in range(rounds.count):
            for side in (batch, single) if number % 2 == 0 else (single, batch):
                side.count(rounds.seconds)
                side.time_alone(rounds.seconds / 2)
            ratio, time_ratio = batch.cpu_us[-1] / single.cpu_us[-1], batch.alone_ms[-1] / single.alone_ms[-1]
            say(f"round {number + 1}: a batch costs {time_ratio:.2f} lookups by time, {ratio:.2f} by processor time")
    ratios = [one / other for one, other in zip(batch.cpu_us, single.cpu_us, strict=True)]
    time_ratios = [one / other for one, other in zip(batch.alone_ms, single.alone_ms, strict=True)]
    return BatchCost(
        time_ratio=statistics.median(time_ratios),
        batch_ms=statistics.median(batch.alone_ms),
        lookup_ms=statistics.median(single.alone_ms),
        ratio=statistics.median(ratios),
        lowest_ratio=min(ratios),
        highest_ratio=max(ratios),
        batch_cpu_us=1e6 * batch.cpu_s / batch.requests,
        lookup_cpu_us=1e6 * single.cpu_s / single.requests,
    )


def _choose(port: int, questions: Path, batches: Path, singles: Path) -> None:
    """Write batches at some places, and their items as single questions."""
    with questions.open(newline="") as file:
        rows = [(row["gtin"], row["lat"], row["lon"]) for row in csv.DictReader(file)]
    chance = random.Random(50)  # noqa: S311 - a reproducible choice
    gtins = sorted({row[0] for row in rows})
    chosen: list[tuple[str, str, list[str]]] = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        for _, lat, lon in rows:
            found = _sold_near(client, lat, lon, chance.sample(gtins, min(len(gtins), _TRIES * PRODUCTS)))
            if len(found) == PRODUCTS:
                chosen.append((lat, lon, found))
            if len(chosen) == PLACES:
                break
        else:
            raise RuntimeError(f"only {len(chosen)} places have {PRODUCTS} products in {STORES} stores each")
    bodies = [{"lat": float(lat), "lon": float(lon), "items": [{"gtin": g} for g in some]} for lat, lon, some in chosen]
    batches.write_text("".join(json.dumps(body) + "\n" for body in bodies))
    with singles.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("gtin", "lat", "lon"))
        # Product by product around the places, as the batches come.
        writer.writerows((some[at], lat, lon) for at in range(PRODUCTS) for lat, lon, some in chosen)


def _sold_near(client: httpx.Client, lat: str, lon: str, gtins: list[str]) -> list[str]:
    found: list[str] = []
    for at in range(0, len(gtins), PRODUCTS):
        some = gtins[at : at + PRODUCTS]
        body = {"lat": float(lat), "lon": float(lon), "items": [{"gtin": gtin} for gtin in some], "limit": STORES}
        answer = client.post("/v1/availability/batch", json=body)
        answer.raise_for_status()
        items = answer.json()["items"]
        found += [g for g, item in zip(some, items, strict=True) if len(item.get("stores") or ()) == STORES]
        if not found:
            break
    return found[:PRODUCTS]
