"""How soon a change is on the shelf, while the worker takes in a feed of five million rows.

    python -m loadtests.bench.visibility [--quick]

From the answer to ``PATCH /v1/inventory``, or to a hook of Shopify or Square, to the first lookup that shows the
new quantity; the lookup's own time is in it. The time to answer is told beside it: what is committed is published
before it is answered, so a publication that has to wait shows there.
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import hashlib
import hmac
import itertools
import json
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from loadtests.bench import cells, dataset
from loadtests.bench.dataset import Size
from loadtests.bench.service import Installation, free_port, say

GOAL_MS = 100.0
PAUSE_S = 0.05
GIVE_UP_S = 10.0
STORES = 50
SECRET = "bench"  # noqa: S105 - of a source that lives as long as the bench

_quantities = itertools.count(1)


@dataclass(slots=True)
class Way:
    """One way for a change to arrive, and what was measured of it, in milliseconds."""

    name: str
    send: Callable[[httpx.Client, str, str, int], httpx.Response]
    answered: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shop:
    """What the bench knows of the installation: its port and key, stores by code, products."""

    url: str
    key: str
    stores: dict[str, str]
    gtins: list[str]

    def client(self) -> httpx.Client:
        """A connection of its own."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)


def main() -> None:
    """Measure in a folder that is gone afterwards."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench.visibility", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small feed: does it run at all?")
    quick: bool = parser.parse_args().quick
    with tempfile.TemporaryDirectory(prefix="inventory-bench-") as name:
        results = measure(Path(name), Size(60, 2_000) if quick else Size())
    show(results, quick=quick)


def measure(folder: Path, size: Size) -> dict[str, list[Way]]:
    """The ways of each phase: the first load, then a full feed with 2 % changed."""
    say(f"writing two feeds of {size.rows:,} rows")
    now = dt.datetime.now(dt.UTC)
    dataset.write_stores(folder / "stores.tsv", size)
    for version in (0, 1):
        dataset.write_feed(folder / f"{version}.tsv", size, version=version, now=now)
    here, port = Installation(folder / "data", ANONYMOUS_RATE_LIMIT="0"), free_port()
    key = here.run("retailer", "add", "Acme", "--currency", "USD", "--timezone", "America/Chicago")["api_key"]
    with here.running("up", "--port", str(port)):
        shop = _open(port, key, folder, size)
        ways = [_patch, *_hooks(shop)]
        results = {}
        for version, phase in enumerate(("first load", "full with 2 % changed")):
            say(phase)
            results[phase] = [Way(way.__name__.strip("_"), way) for way in ways]
            _measure_beside(shop, folder / f"{version}.tsv", results[phase])
    return results


def _open(port: int, key: str, folder: Path, size: Size) -> Shop:
    url = f"http://127.0.0.1:{port}"
    shop = Shop(url, key, {}, [f"{code:014d}" for code in _gtins(size)])
    with shop.client() as client:
        _wait(lambda: _is_ready(client))
        run = _upload(client, "stores", folder / "stores.tsv")
        _wait(lambda: client.get(run).json()["status"] == "published")
        near = {"lat": 41.85, "lon": -87.65, "radius": 100, "limit": STORES}
        _wait(lambda: client.get("/v1/stores", params=near).json()["stores"] != [])
        for told in client.get("/v1/stores", params=near).json()["stores"]:
            shop.stores[told["store"]["store_code"]] = told["store"]["id"]
    return shop


def _gtins(size: Size) -> Iterator[int]:
    return (int(code) for code in cells.gtins(np.arange(size.products)))


def _measure_beside(shop: Shop, feed: Path, ways: list[Way]) -> None:
    """Send the feed, and changes by every way until it is published."""
    done = threading.Event()
    with shop.client() as client, ThreadPoolExecutor(len(ways)) as pool:
        run = _upload(client, "inventory", feed)
        asking = [pool.submit(_ask, shop, way, done) for way in ways]
        try:
            _wait(lambda: client.get(run).json()["status"] not in ("queued", "running"), give_up_s=1800)
        finally:
            done.set()
        for one in asking:
            one.result()
        report = client.get(run).json()
    if report["status"] != "published":
        raise RuntimeError(f"the feed ended {report['status']}: {report['notices'][:3]}")


def _ask(shop: Shop, way: Way, done: threading.Event) -> None:
    with shop.client() as sender, shop.client() as asker:
        while not done.wait(PAUSE_S):
            store_code, gtin, units = random.choice([*shop.stores]), random.choice(shop.gtins), next(_quantities)  # noqa: S311 - no secret
            question = {"gtin": gtin, "store_id": shop.stores[store_code], "availability": "all"}
            began = time.perf_counter()
            answer = way.send(sender, store_code, gtin, units)
            answered = time.perf_counter()
            if answer.status_code != httpx.codes.OK or _was_not_taken(answer.json()):
                raise RuntimeError(f"{way.name}: {answer.status_code} {answer.text}")
            while _quantity(asker.get("/v1/availability", params=question)) != units:
                if time.perf_counter() - answered > GIVE_UP_S:
                    raise RuntimeError(f"{way.name}: not shown after {GIVE_UP_S} s")
            way.answered.append(1000 * (answered - began))
            way.shown.append(1000 * (time.perf_counter() - answered))


def _was_not_taken(told: dict[str, Any]) -> bool:
    items = told.get("items")
    return told["applied"] != 1 if items is None else bool(items[0]["status"] != "applied")


def _quantity(answer: httpx.Response) -> int | None:
    stores = answer.json().get("stores", []) if answer.status_code == httpx.codes.OK else []
    return int(stores[0]["quantity"]) if stores and stores[0]["quantity"] is not None else None


def _patch(client: httpx.Client, store_code: str, gtin: str, units: int) -> httpx.Response:
    return client.patch("/v1/inventory", json={"items": [{"store_code": store_code, "gtin": gtin, "quantity": units}]})


def _hooks(shop: Shop) -> list[Callable[[httpx.Client, str, str, int], httpx.Response]]:
    """Configure both platforms; their item and location numbers are the position of ours."""
    codes, gtins = [*shop.stores], {gtin: str(number) for number, gtin in enumerate(shop.gtins)}
    maps = {
        "locations": {str(number): code for number, code in enumerate(codes)},
        "items": {number: gtin for gtin, number in gtins.items()},
    }
    with shop.client() as client:
        for name in ("shopify", "square"):
            source = {
                "protocol": name, "kind": "inventory", "mode": "delta", "credentials": {"secret": SECRET},
                "profile": maps,
            }  # fmt: skip
            answer = client.put(f"/v1/feed-sources/{name}", json=source)
            if not answer.is_success:
                say(f"hooks are not measured: PUT /v1/feed-sources answers {answer.status_code} {answer.text}")
                return []

    def sign(signed: bytes) -> str:
        return base64.b64encode(hmac.digest(SECRET.encode(), signed, hashlib.sha256)).decode()

    def shopify(client: httpx.Client, store_code: str, gtin: str, units: int) -> httpx.Response:
        at = dt.datetime.now(dt.UTC).isoformat()
        level = {"inventory_item_id": int(gtins[gtin]), "location_id": codes.index(store_code), "available": units}
        body = json.dumps(level | {"updated_at": at}).encode()
        headers = {"X-Shopify-Topic": "inventory_levels/update", "X-Shopify-Hmac-Sha256": sign(body)}
        return client.post("/v1/hooks/shopify/acme.shopify", content=body, headers=headers)

    def square(client: httpx.Client, store_code: str, gtin: str, units: int) -> httpx.Response:
        count = {
            "catalog_object_id": gtins[gtin], "location_id": str(codes.index(store_code)), "state": "IN_STOCK",
            "quantity": str(units), "calculated_at": dt.datetime.now(dt.UTC).isoformat(),
        }  # fmt: skip
        body = json.dumps({"type": "inventory.count.updated", "data": {"object": {"inventory_counts": [count]}}})
        path = "/v1/hooks/square/acme.square"
        headers = {"x-square-hmacsha256-signature": sign(f"{shop.url}{path}{body}".encode())}
        return client.post(path, content=body.encode(), headers=headers)

    return [shopify, square]


def _upload(client: httpx.Client, kind: str, file: Path) -> str:
    with file.open("rb") as content:
        answer = client.post(f"/v1/feeds/{kind}", content=content)
    answer.raise_for_status()
    return str(answer.headers["Location"])


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _wait(check: Callable[[], bool], give_up_s: float = 120) -> None:
    deadline = time.monotonic() + give_up_s
    while not check():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {give_up_s} s in vain")
        time.sleep(0.2)


def show(results: dict[str, list[Way]], *, quick: bool) -> None:
    """Print the table, then the line."""
    title = "A small feed: no figures to quote" if quick else f"Answer to shelf; goal {GOAL_MS:.0f} ms at the 99th"
    table = Table(
        "beside", "way", "changes", "shown p50", "p99", "max ms", "answered p50", "p99", "max ms", title=title
    )
    worst = 0.0
    for phase, ways in results.items():
        for way in ways:
            figures = [f"{value:.1f}" for times in (way.shown, way.answered) for value in _percentiles(times)]
            table.add_row(phase, way.name, str(len(way.shown)), *figures)
            worst = max(worst, _percentiles(way.shown)[1])
    Console(width=max(Console().width, 112)).print(table)
    print(json.dumps({"visible_p99_ms": round(worst, 1)}), flush=True)


def _percentiles(times: list[float]) -> tuple[float, float, float]:
    ordered = sorted(times) or [float("nan")]
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100], ordered[-1]


if __name__ == "__main__":
    main()
