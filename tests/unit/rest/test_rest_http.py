"""What every request gets, operations, the document and the pages."""

from __future__ import annotations

import asyncio
import re

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.responses import JSONResponse
from starlette.types import Scope

from inventory_api.channels.rest import examples, schema
from inventory_api.channels.rest.api import rest_app
from inventory_api.channels.rest.ops import METRICS_TYPE
from inventory_api.channels.rest.schema import Live, Ready
from tests.unit.rest.test_rest_problems import CODES
from tests.unit.rest.world import Client, World, problem_of


@pytest.mark.parametrize("given", ["abc-123", "01J9ZQ6H3V0000000000000000", "Root=1-67891233-abcdef", "x" * 128])
def test_a_request_id_comes_back(client: Client, given: str) -> None:
    assert client.get("/livez", headers={"Request-Id": given}).headers["request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "<script>", "a\tb", "\u00e9"])
def test_a_strange_request_id_is_replaced(client: Client, given: str) -> None:
    made = client.get(
        "/livez", headers=[("Request-Id", given if isinstance(given, bytes) else given.encode())]
    ).headers["request-id"]
    assert re.fullmatch(r"[0-9A-Z]{26}", made)


FILES = {"getFeedRunNotices": "text/csv", "getFeedRunReport": "text/html", "getMetrics": METRICS_TYPE}


def test_the_time_taken_is_told(client: Client) -> None:
    assert re.fullmatch(r"total;dur=\d+\.\d", client.get("/livez").headers["server-timing"])


def test_a_response_used_twice_gathers_no_headers(world: World) -> None:
    constant = JSONResponse({}, headers={"Server-Timing": "geo;dur=1"})

    async def lean(scope: Scope) -> JSONResponse:
        return constant

    client = Client(rest_app(world.ports(), hot={"/lean": lean}))
    for _ in range(2):
        response = client.get("/lean")
        assert len(response.headers.get_list("request-id")) == 1
        assert response.headers.get_list("server-timing")[0] == "geo;dur=1"


def test_alive(client: Client) -> None:
    Live.model_validate_json(client.get("/livez").content)


def test_ready_as_soon_as_questions_can_be_answered(client: Client) -> None:
    ready = Ready.model_validate_json(client.get("/readyz").content)
    assert (ready.index.format, ready.index.complete) == (1, True)


@pytest.mark.parametrize(("complete", "retry_after"), [(False, "5"), (None, "7")])
def test_not_ready_while_the_index_is_not(
    client: Client, world: World, complete: bool | None, retry_after: str
) -> None:
    world.index.complete = complete
    response = client.get("/readyz")
    problem = problem_of(response, 503, "index_unavailable")
    assert problem["index"] == {"format": 1, "complete": False}
    assert response.headers["retry-after"] == retry_after


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


@pytest.mark.parametrize("page", ["/docs", "/redoc", "/docs/errors"])
def test_pages_ask_nobody_else(client: Client, page: str) -> None:
    response = client.get(page)
    assert response.status_code == 200
    assert "http:" not in response.text
    assert "https:" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]
    for source in re.findall(r'(?:src|href)="([^"#]+)"', response.text):
        if source != "data:,":
            assert client.get(f"/{source}").status_code == 200, source


def test_the_logo_is_ours(client: Client) -> None:
    assert client.get("/redoc/logo-mini.svg").status_code == 200


def test_every_code_has_its_line(client: Client) -> None:
    page = client.get("/docs/errors").text
    assert {code for code in CODES if f'id="{code}"' in page} == CODES


@pytest.mark.parametrize(
    ("shape", "example"),
    [
        (schema.StorePage, examples.STORES),
        (schema.StoreOut, examples.STORE),
        (schema.ProductPage, examples.PRODUCTS),
        (schema.RunPage, examples.RUNS),
        (schema.RunOut, examples.QUEUED),
        (schema.ChangesOut, examples.PATCHED),
        (schema.AvailabilityOut, examples.AVAILABILITY),
        (schema.WatchOut, examples.WATCH),
        (schema.WatchOut, examples.NEW_WATCH),
    ],
)
def test_examples_have_the_shape_they_stand_for(shape: type[BaseModel], example: dict[str, object]) -> None:
    shape.model_validate(example)
