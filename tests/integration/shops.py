"""Seven shops in a row with a detergent of every availability: what channels are compared on."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inventory_api.storage.sql.engine import Database
from tests.integration.world import World

TIDE = "00037000185062"
HERE = "37.77,-122.42"
NASTY = "<script>alert(1)</script>\"&'{x}"


@contextmanager
def shops(redis_url: str, empty_database: Path, folder: Path, hours_ago: float = 0) -> Iterator[World]:
    """A world of them, asked ``hours_ago`` later: all that is known of stock is older by as much.

    Store 3 has a name that would be a script; 5 has not been heard of for a day; 7 has a highlighter, too, of two that
    there are.
    """
    shutil.copy(empty_database, folder / "inventory.sqlite")
    db = Database(f"sqlite:///{folder / 'inventory.sqlite'}")
    world = World(db, redis_url, folder)
    _fill(world, dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours_ago))
    yield world
    world.close()
    db.close()


def _fill(world: World, now: dt.datetime) -> None:
    def at(**ago: float) -> str:
        return (now - dt.timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")

    world.add_retailer("acme")
    head = "store_code,name,street,city,region,postal_code,country,lat,lon,phone,opening_hours"
    names = {3: f'"{NASTY.replace(chr(34), chr(34) * 2)}"'}
    rows = [
        f"{n:03d},{names.get(n, f'FreshMart {n}')},{n} Valencia St,San Francisco,CA,94103,US,"
        f"{37.77 + n * 0.01:.4f},-122.42,+14155550{n:03d},{'24/7' if n % 2 else ''}"
        for n in range(1, 8)
    ]
    world.push("stores", "\n".join([head, *rows]))
    world.push(
        "products",
        f"id,gtin,title,brand\nA1,{TIDE},Detergent </script> 2 l,Tide\nA2,04006381333931,Highlighter,Stabilo\n"
        "A3,04006381333948,Highlighter with five spare tips,Stabilo\n",
    )
    stock = [
        f"001,A1,in_stock,7,12.99 USD,{at(minutes=5)}",
        f"002,A1,in_stock,2,13.50 USD,{at(minutes=30)}",
        f"003,A1,in_stock,9,12.00 USD,{at(hours=2)}",
        f"004,A1,in_stock,0,,{at(minutes=5)}",
        f"005,A1,in_stock,9,,{at(hours=25)}",
        f"006,A1,on_display_to_order,1,,{at(minutes=5)}",
        f"007,A1,in_stock,,,{at(minutes=50)}",
        f"007,A3,in_stock,5,,{at(minutes=50)}",
    ]
    world.push("inventory", "\n".join(["store_code,id,availability,quantity,price,timestamp", *stock]))
