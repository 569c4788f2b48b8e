"""Living in the demo world: its feeds go through the real pipeline, then its stock keeps changing."""

from __future__ import annotations

import datetime as dt
import logging
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlencode

import typer

from ingest.sources.changes import ChangeDesk
from ingest.worker import Worker
from inventory_api.cli.compose import Installation
from inventory_api.cli.demo import DemoWorld, FeedFile, build_world, changes, example_question, write_feeds
from inventory_api.cli.feeds import hand_in
from inventory_api.cli.output import EXIT_FAULT, StageProgress, words
from inventory_api.cli.tree import Tree, running_tree
from inventory_api.domain.errors import Unavailable
from inventory_api.domain.feed import FINAL, FeedKind, FeedRun, RunStatus
from inventory_api.domain.ports import FeedUpload, StockChange
from inventory_api.domain.retailer import Retailer
from inventory_api.settings import Settings
from inventory_api.storage.sql.engine import Database

logger = logging.getLogger(__name__)

REFRESH_S = 6 * 3600.0
"""Age of the inventory feeds at which they are sent again: the demo must never be a day old."""

PAUSE_S = 0.5
POLL_S = 0.05
COUNTRIES = ("US", "IN", "PK")


def run_demo(settings: Settings) -> None:
    """Start everything, fill it where it is empty, print what to try, keep the stock moving."""
    started = time.monotonic()
    with running_tree(settings) as tree:
        world = build_world()
        here = Installation(settings, tree.redis_url, Database(settings.sql_url))
        _add_retailers(here, world)
        if not (_fill(here, world, tree) and tree.wait_ready()):
            if tree.stopping.is_set():
                tree.wait()
                return
            raise typer.Exit(EXIT_FAULT)
        _greet(world, tree.base_url, time.monotonic() - started)
        mover = threading.Thread(target=_keep_moving, args=(here, world, tree), name="stock", daemon=True)
        mover.start()
        tree.wait()
        mover.join(timeout=5)


def _add_retailers(here: Installation, world: DemoWorld) -> None:
    with here.db.write() as tx:
        known = {retailer.id for retailer in tx.retailers.list()}
        for r in world.retailers:
            if r.id not in known:
                tx.retailers.add(Retailer(r.id, r.name, currency=r.currency, timezone=r.timezone, locale=r.locale))


def _fill(here: Installation, world: DemoWorld, tree: Tree) -> bool:
    """Send what is missing or old; False where a feed was not published."""
    age_s = _inventory_age_s(here, world)
    if age_s is not None and age_s < REFRESH_S:
        return True
    files = write_feeds(world, here.settings.data_dir / "demo_feeds")
    runs: list[FeedRun] = []
    with _helping(here):
        for file in files:
            if age_s is not None and file.kind is not FeedKind.INVENTORY:
                continue
            # The store named by a one-store feed is only known once the feeds before it were published.
            if file.store_code is not None and not (_knows(here, file) or _wait(here, runs, tree)):
                return False
            runs.append(hand_in(here, file.path, FeedUpload(file.retailer_id, file.kind, file.mode, file.store_code)))
        return _wait(here, runs, tree)


@contextmanager
def _helping(here: Installation) -> Iterator[None]:
    """Be a second worker meanwhile: this process has nothing to do but wait, and a core to wait with."""
    stop = threading.Event()
    worker = Worker(here.surroundings(), lambda stage, done, all_: None)
    thread = threading.Thread(target=worker.run, args=(stop,), name="helper")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _inventory_age_s(here: Installation, world: DemoWorld) -> float | None:
    """Seconds since the oldest chain's newest inventory, None where one has none yet."""
    oldest = dt.datetime.now(dt.UTC)
    with here.db.read() as tx:
        for retailer in world.retailers:
            recent = tx.runs.list(retailer.id, 20, None)
            done = [r for r in recent if r.kind is FeedKind.INVENTORY and r.status in _VISIBLE]
            if not done:
                return None
            oldest = min(oldest, done[0].as_of)
    return (dt.datetime.now(dt.UTC) - oldest).total_seconds()


_VISIBLE = (RunStatus.PUBLISHED, RunStatus.UNCHANGED)


def _knows(here: Installation, file: FeedFile) -> bool:
    assert file.store_code is not None
    with here.db.read() as tx:
        return bool(tx.stores.by_codes(file.retailer_id, [file.store_code]))


def _wait(here: Installation, runs: Sequence[FeedRun], tree: Tree) -> bool:
    """Whether every run was published; they end in the order in which they were handed in."""
    with StageProgress() as progress:
        for done, run in enumerate(runs):
            progress("ingesting the demo world", done, len(runs))
            while (now := here.desk.get_run(run.retailer_id, run.id)).status not in FINAL:
                if tree.stopping.wait(POLL_S):
                    return False
            if now.status not in _VISIBLE:
                words.print(f"{now.kind} of {now.retailer_id} ended {now.status}: {now.notices[:1]} {now.fault}")
                return False
    return True


def _greet(world: DemoWorld, base_url: str, took_s: float) -> None:
    words.print(f"\n{len(world.retailers)} chains, ready in {took_s:.0f} s. Stock changes while you watch. Ask:\n")
    for country in COUNTRIES:
        question = example_question(world, country)
        asked = {name: question[name] for name in ("gtin", "lat", "lon", "radius")}
        words.print(f"{question['title']}, near {question['place']}:", soft_wrap=True)
        # Alone on its line, on standard output, so that a script can take it.
        typer.echo(f"{base_url}/v1/availability?{urlencode(asked)}")
    words.print(f"\nAs a shopper: {base_url}/")
    words.print(f"Documentation: {base_url}/docs")
    words.print(f"Upload as a retailer: inventory-api retailer rotate-key {world.retailers[0].id}")
    words.print("Ctrl-C stops everything and keeps the data.")


def _keep_moving(here: Installation, world: DemoWorld, tree: Tree) -> None:
    """Sell and restock until the demo ends; send the full feeds again before they grow old."""
    desk = ChangeDesk(here.db, here.publisher)
    stream = changes(world, random.Random())  # noqa: S311 - a demo's sales, not a secret
    sent_at = time.monotonic()
    while not tree.stopping.wait(PAUSE_S):
        retailer_id, items = next(stream)
        try:
            desk.apply(retailer_id, [_change(item) for item in items])
            if time.monotonic() - sent_at > REFRESH_S:
                sent_at = time.monotonic()
                _fill(here, world, tree)
        except Unavailable as error:
            logger.warning("the demo's sales wait: %s", error)


def _change(item: dict[str, object]) -> StockChange:
    observed = item.get("observed_at")
    fields = {name: value for name, value in item.items() if name != "observed_at"}
    at = dt.datetime.fromisoformat(observed) if isinstance(observed, str) else None
    return StockChange(**fields, observed_at=at)  # type: ignore[arg-type]  # the demo's own items, typed by their maker
