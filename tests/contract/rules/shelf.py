"""The one world of these rules: what is on which shelf, and the questions about it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from inventory_api.domain.freshness import FreshnessPolicy
from inventory_api.domain.retailer import Disclosure
from tests.integration.asking import Api, codes_of
from tests.integration.world import World

TIDE = "00037000185062"
SMALL = "00000096385074"
NOBODY_HAS_IT = "04006381333931"
NEVER_NAMED = "5901234123457"
HERE = "lat=37.77&lon=-122.42"
TIDE_HERE = f"gtin={TIDE}&{HERE}"
ALL = f"{TIDE_HERE}&availability=all&limit=50&radius=160"

# Store codes tell the distance: 001 is at the origin, each next about 1.1 km farther north.
STEP = 0.01

_HEAD = (
    "store_code,id,availability,quantity,price,sale_price,sale_price_effective_date,"
    "pickup_method,pickup_sla,instore_product_location,timestamp"
)


def fill(world: World) -> None:
    """Retailers with every policy, and a store for every state of a shelf."""
    _fill_acme(world)
    for west, (retailer_id, fields) in enumerate(
        {
            "buck": {"disclosure": Disclosure.BUCKET},
            "bool": {"disclosure": Disclosure.BOOLEAN},
            "slow": {"freshness": FreshnessPolicy(expires_s=30 * 86_400), "low_stock_at": 5},
        }.items(),
        start=1,
    ):
        world.add_retailer(retailer_id, **fields)
        world.push("stores", _stores(range(1, 3), west=0.2 * west), retailer_id=retailer_id)
        text = f"store_code,gtin,quantity,timestamp\n001,{TIDE},5,{_at(hours=25)}\n002,{TIDE},1,{_at(minutes=1)}\n"
        world.push("inventory", text, retailer_id=retailer_id)
    for retailer_id, country, price in (("tokyo", "JP", "1299 JPY"), ("kuwait", "KW", "1.299 KWD")):
        world.add_retailer(retailer_id, currency=None)
        world.push("stores", _stores(range(1, 2), country=country, west=1.0), retailer_id=retailer_id)
        text = f"store_code,gtin,quantity,price\n001,{TIDE},5,{price}\n"
        world.push("inventory", text, retailer_id=retailer_id)
    world.add_retailer("clock")
    world.push("stores", _OFFICE_HOURS, retailer_id="clock")
    world.push("inventory", f"store_code,gtin,quantity\neast,{TIDE},5\nwest,{TIDE},5\n", retailer_id="clock")


_OFFICE_HOURS = """store_code,lat,lon,country,opening_hours
east,40.7128,-74.0060,US,Mo-Su 09:00-17:00
west,34.0522,-118.2437,US,Mo-Su 09:00-17:00
"""


def _fill_acme(world: World) -> None:
    world.add_retailer("acme")
    world.push("stores", _stores(range(1, 12)))
    world.push(
        "products",
        "id,gtin,title,brand,image_link\n"
        f'A1,{TIDE},"Detergent, 2 l",Tide,https://images.example.com/tide.jpg\n'
        f"A2,{NOBODY_HAS_IT},Highlighter,Stabilo,\n"
        f"A3,{SMALL},Chewing gum,,\n"
        "BREAD,,House bread,,\n",
    )
    sale_now = f"{_at(days=1)}/{_at(days=-1)}"
    sale_past = f"{_at(days=3)}/{_at(days=2)}"
    rows = [
        f"001,A1,in_stock,7,12.99 USD,9.99 USD,{sale_now},reserve,same day,A12 bay 3,{_at(minutes=5)}",
        f"002,A1,in_stock,2,13.50 USD,,,,,,{_at(minutes=30)}",
        f"003,A1,in_stock,0,12.99 USD,,,,,,{_at(minutes=5)}",
        f"004,A1,in_stock,,11.00 USD,,,buy,2-day,,{_at(minutes=5)}",
        f"005,A1,on_display_to_order,1,,,,,,,{_at(minutes=5)}",
        f"006,A1,in_stock,9,12.99 USD,,,,,,{_at(hours=25)}",
        f"007,A1,in_stock,12,12.99 USD,9.99 USD,{sale_past},,,,{_at(hours=2)}",
        f"008,BREAD,in_stock,3,2.00 USD,,,,,,{_at(minutes=5)}",
        f"009,A1,limited_availability,50,12.99 USD,,,,,,{_at(minutes=5)}",
        f"010,A1,in_stock,10+,10.00 USD,,,,,,{_at(minutes=5)}",
    ]
    run = world.push("inventory", "\n".join([_HEAD, *rows]) + "\n")
    assert (run.rows.accepted, run.rows.rejected) == (10, 0), run.notices


def _at(**ago: float) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _stores(codes: range, *, country: str = "US", west: float = 0.0) -> str:
    head = "store_code,name,street,city,region,postal_code,country,lat,lon,phone,timezone,services"
    return "\n".join(
        [head]
        + [
            f"{n:03d},FreshMart Valencia Street {n},{n} Valencia St,San Francisco,CA,94103,{country},"
            f"{37.77 + (n - 1) * STEP:.4f},{-122.42 - west:.4f},+14155550{n:03d},America/Los_Angeles,"
            + ("pickup;delivery" if n % 2 else "pickup")
            for n in codes
        ]
    )


def hit_of(api: Api, code: str, query: str = ALL) -> dict[str, Any]:
    """One store's part of an answer."""
    answer = api.ask(query)
    return dict(zip(codes_of(answer), answer["stores"], strict=True))[code]
