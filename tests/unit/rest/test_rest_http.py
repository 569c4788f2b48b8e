"""The app as a whole: hooks, the document, and that everything has its line."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from fastapi import FastAPI
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope

from inventory_api.channels.reading import instant
from inventory_api.channels.rest.api import rest_app
from inventory_api.channels.rest.ops import METRICS_TYPE
from inventory_api.channels.rest.schema import Live
from tests.contract.rules.test_problem_rules import CODES
from tests.unit.rest.world import Client, World

FILES = {"getFeedRunNotices": "text/csv", "getFeedRunReport": "text/html", "getMetrics": METRICS_TYPE}


def test_a_response_used_twice_gathers_no_headers(world: World) -> None:
    constant = JSONResponse({}, headers={"Server-Timing": "geo;dur=1"})

    async def lean(scope: Scope, receive: Receive) -> JSONResponse:
        return constant

    client = Client(rest_app(world.ports(), hot={("GET", "/lean"): lean}))
    for _ in range(2):
        response = client.get("/lean")
        assert len(response.headers.get_list("request-id")) == 1
        assert response.headers.get_list("server-timing")[0] == "geo;dur=1"


def test_alive(client: Client) -> None:
    Live.model_validate_json(client.get("/livez").content)


class Lamp:
    """A hook that notes what happens to it."""

    def __init__(self, name: str, log: list[str], *, broken: bool = False) -> None:
        self.name, self.log, self.broken = name, log, broken

    async def start(self) -> None:
        self.log.append(f"{self.name} on")
        if self.broken:
            raise RuntimeError("it does not light")

    async def stop(self) -> None:
        self.log.append(f"{self.name} off")


async def live(app: FastAPI, log: list[str]) -> None:
    async with app.router.lifespan_context(app):
        log.append("serving")


def test_hooks_live_as_long_as_the_app(world: World) -> None:
    log: list[str] = []
    world.hooks += [Lamp("a", log), Lamp("b", log)]
    asyncio.run(live(rest_app(world.ports()), log))
    assert log == ["a on", "b on", "serving", "b off", "a off"]


def test_hooks_are_stopped_where_a_later_one_fails(world: World) -> None:
    log: list[str] = []
    world.hooks += [Lamp("a", log), Lamp("b", log, broken=True)]
    with pytest.raises(RuntimeError):
        asyncio.run(live(rest_app(world.ports()), log))
    assert log == ["a on", "b on", "b off", "a off"]


def test_the_document_declares_every_route_whole(client: Client) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        assert operation["summary"]
        assert operation["tags"]
        for status, response in operation["responses"].items():
            if status < "400" and status not in ("204", "304") and "content" not in response:
                # Uploads in pieces answer in headers.
                assert operation["operationId"].endswith(("Upload", "Uploads"))
                continue
            own = FILES.get(operation["operationId"], "application/json")
            kind = own if status < "400" else "application/problem+json"
            content = response.get("content", {})
            assert list(content)[:1] == [kind] * (status not in ("204", "304"))
            assert status < "400" or len(content) == 1
            for shape in content.values():
                assert "schema" in shape
                assert kind in FILES.values() or "example" in shape or "examples" in shape
    assert set(document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]) == CODES
    assert "HTTPValidationError" not in document["components"]["schemas"]
    parameters = {p["name"]: p for p in document["paths"]["/v1/stores"]["get"]["parameters"]}
    assert parameters["lat"]["schema"]["maximum"] == 90
    assert parameters["limit"]["schema"] | {"maximum": 50, "default": 10} == parameters["limit"]["schema"]


def test_an_instant_of_any_year_is_rfc_3339() -> None:
    assert instant(dt.datetime(708, 7, 2, 4, 5, 6, tzinfo=dt.timezone(dt.timedelta(hours=2)))) == "0708-07-02T02:05:06Z"
