"""A world of two retailers in odd places, served over real HTTP, and an agent in front of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from mcp.client import Client
from ucp_sdk.models.schemas.common.location_lookup import LookupResponse
from ucp_sdk.models.schemas.common.location_search import SearchResponse

from inventory_api.storage.sql.engine import Database
from tests.integration.service import Service
from tests.integration.world import World

MILK, BREAD, NOBODY_HAS_IT = "00037000185062", "BREAD", "04006381333931"


def _ago(**ago: float) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


# code: latitude, longitude, time zone, hours, services
STORES = {
    "acme": {
        "day": (37.7710, -122.42, "America/Los_Angeles", "Mo-Su 09:00-21:00", "pickup;wifi"),
        "night": (37.7800, -122.42, "America/Los_Angeles", "Fr,Sa 18:00-02:00", "curbside"),
        "nohours": (37.7900, -122.42, "America/Los_Angeles", "", "pickup"),
        "always": (37.8000, -122.42, "America/Los_Angeles", "24/7; Dec 25 off", "pickup;curbside"),
        "karachi": (37.8100, -122.42, "Asia/Karachi", "Mo-Su 09:00-12:00,13:00-17:00", ""),
        "nowhere": (None, None, "America/Los_Angeles", "24/7", "pickup"),
        "dateline": (51.9000, 179.9999, "UTC", "", ""),
    },
    "bolt": {"day": (37.7750, -122.42, "America/Los_Angeles", "Mo-Fr 09:00-17:00", "Free Wi-Fi")},
}


def _fill(world: World) -> None:
    for retailer_id, stores in STORES.items():
        world.add_retailer(retailer_id)
        head = "store_code,name,street,city,region,postal_code,country,lat,lon,phone,timezone,opening_hours,services"
        rows = [
            f"{code},{retailer_id.title()} {code},{n} Valencia St,"
            + (",,,US,,,," if lat is None else f"San Francisco,CA,94103,US,{lat},{lon},+14155550{n:03d},")
            + f'{zone},"{hours}","{services}"'
            for n, (code, (lat, lon, zone, hours, services)) in enumerate(stores.items(), start=1)
        ]
        run = world.push("stores", "\n".join([head, *rows]) + "\n", retailer_id=retailer_id)
        assert run.rows.rejected == 0, run.notices
    world.push("products", f"id,gtin,title,brand\nM1,{MILK},Whole milk,Clover\n{BREAD},,House bread,\n")
    minutes = _ago(minutes=5)
    rows = [
        f"day,M1,in_stock,7,{minutes}", f"night,M1,in_stock,1,{minutes}", f"nohours,M1,in_stock,9,{_ago(hours=30)}",
        f"always,M1,out_of_stock,0,{minutes}", f"karachi,M1,in_stock,5,{minutes}",
        f"day,{BREAD},in_stock,3,{minutes}", f"always,{BREAD},in_stock,3,{minutes}",
        f"karachi,{BREAD},in_stock,3,{minutes}", f"dateline,M1,in_stock,3,{minutes}",
    ]  # fmt: skip
    run = world.push("inventory", "\n".join(["store_code,id,availability,quantity,timestamp", *rows]) + "\n")
    assert run.rows.rejected == 0, run.notices
    world.push("inventory", f"store_code,gtin,quantity,timestamp\nday,{MILK},4,{minutes}\n", retailer_id="bolt")


class Agent:
    """An agent, and what it knows of the world from elsewhere."""

    def __init__(self, world: World, service: Service) -> None:
        self.url = service.url
        self._http = httpx.Client(base_url=service.url, trust_env=False)
        self.code = {s.public_id: f"{s.retailer_id}:{s.store_code}" for s in world.stores()}
        self.id = {code: store_id for store_id, code in self.code.items()}
        self.bread = str(world.product_id(BREAD))

    def close(self) -> None:
        self._http.close()

    def get(self, path: str) -> dict[str, Any]:
        response = self._http.get(path)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def post(self, what: str, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        return self._http.post(f"/ucp/locations/{what}", content=orjson.dumps(body), headers=headers)

    def search(self, **body: Any) -> list[str]:
        """The stores of a page, as ``retailer:code``."""
        return [self.code[location["id"]] for location in self.searched(**body)["locations"]]

    def searched(self, **body: Any) -> dict[str, Any]:
        response = self.post("search", **body)
        assert response.status_code == 200, response.text
        SearchResponse.model_validate_json(response.content)
        answer: dict[str, Any] = response.json()
        assert list(answer["ucp"]["capabilities"]) == ["dev.ucp.common.location.search"]
        return answer

    def looked_up(self, **body: Any) -> dict[str, Any]:
        response = self.post("lookup", **body)
        assert response.status_code == 200, response.text
        LookupResponse.model_validate_json(response.content)
        answer: dict[str, Any] = response.json()
        assert list(answer["ucp"]["capabilities"]) == ["dev.ucp.common.location.lookup"]
        return answer

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool; its structured answer."""
        result = asyncio.run(self._call(tool, arguments))
        assert not result.is_error, result.content
        told: dict[str, Any] = result.structured_content
        assert orjson.loads(result.content[0].text) == told
        return told

    def refused(self, tool: str, **arguments: Any) -> str:
        """Call a tool with what it cannot answer; why."""
        result = asyncio.run(self._call(tool, arguments))
        assert result.is_error
        text: str = result.content[0].text
        return text

    async def _call(self, tool: str, arguments: dict[str, Any]) -> Any:
        async with Client(f"{self.url}/mcp") as client:
            return await client.call_tool(tool, arguments)


@pytest.fixture(scope="module")
def agent(redis_url: str, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    folder = tmp_path_factory.mktemp("agents")
    shutil.copy(empty_database, folder / "inventory.sqlite")
    world = World(Database(f"sqlite:///{folder / 'inventory.sqlite'}"), redis_url, folder)
    _fill(world)
    service = Service(world)
    service.start()
    made = Agent(world, service)
    yield made
    made.close()
    service.stop()
    world.close()
    world.db.close()
