"""The world of 52,000 stores, loaded feed by feed; what a record costs the serving index in the end."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from pathlib import Path

from loadtests.bench.service import Installation, cpu_s, say
from loadtests.bench.world import Scale, World, write_questions


@dataclass(frozen=True, slots=True)
class IndexSize:
    """As ``inventory-api index stats`` counts it, cards and everything else included."""

    records: int
    stores: int
    products: int
    bytes_per_record: float
    load_s: float
    server_cpu_s: float


def measure(here: Installation, folder: Path, scale: Scale) -> IndexSize:
    """Load the world into a fresh installation, and leave questions about it in ``questions.csv``.

    All stores come first: a store's place in the index is fixed by its first stock, and stores that come
    later are packed less well until ``inventory-api index rebuild --repack``.
    """
    world, questions = World(scale), []
    load_s = 0.0
    now = dt.datetime.now(dt.UTC)
    names = [f"retailer-{number}" for number in range(scale.retailers)]
    file = folder / "feed"
    with here.running("worker"):
        say(f"{scale.stores:,} stores and {scale.products:,} products of {scale.retailers} retailers")
        for retailer, name in enumerate(names):
            here.run("retailer", "add", name, "--currency", "USD", "--timezone", "America/Chicago")
            world.write_stores(file, retailer)
            here.run("feed", "push", file, "--retailer", name, "--kind", "stores")
        world.write_products(file)
        here.run("feed", "push", file, "--retailer", names[0], "--kind", "products")
        for retailer, name in enumerate(names):
            questions += list(world.write_inventory(file, retailer, now))
            began = time.monotonic()
            report = here.run("feed", "push", file, "--retailer", name)
            load_s += time.monotonic() - began
            if report["status"] != "published" or report["rows"]["rejected"] or report["rows"]["parked"]:
                raise RuntimeError(f"the feed of {name} is not what it should be: {report}")
            say(f"{world.records:,} records of {retailer + 1} of {scale.retailers} retailers in the index")
        file.unlink()
        server_cpu_s = cpu_s(here.server())
        say("counting the index")
        stats = here.run("index", "stats")
    if stats["records"] != world.records:
        raise RuntimeError(f"{world.records} records sent, {stats['records']} in the index")
    write_questions(folder / "questions.csv", questions)
    return IndexSize(
        stats["records"], stats["stores"], stats["products"], stats["bytes_per_record"], load_s, server_cpu_s
    )
