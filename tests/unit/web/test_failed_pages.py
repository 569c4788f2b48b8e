"""What a browser sees where something fails outside the pages' own handlers; programs see problem+json."""

from __future__ import annotations

import asyncio
from html import unescape

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from inventory_api.channels.app import create_app
from inventory_api.channels.ports import Limits
from tests.unit.rest.world import Client, World, problem_of

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"}
ASKED = "/s?q=milk+2%25&near=Lahore&lang=en"


def client_of(world: World) -> Client:
    return Client(create_app(world.ports()), BROWSER)


def failed(client: Client, path: str, status: int, say: str, method: str = "GET", content: bytes | None = None) -> str:
    response = client.request(method, path, content=content)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-robots-tag"] == "noindex"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert response.headers["request-id"]
    assert say in unescape(response.text)
    return response.text


def test_one_call_too_many_keeps_what_was_typed() -> None:
    client = client_of(World(limits=Limits(anonymous=1)))
    client.get("/about")
    html = failed(client, ASKED, 429, "You have asked very often")
    assert 'value="milk 2%"' in html
    assert 'value="Lahore"' in html
    assert 'href="/s?q=milk+2%25&amp;near=Lahore&amp;lang=en"' in html
    assert int(client.get(ASKED).headers["retry-after"]) > 0
    assert "بہت" in client.get(ASKED.replace("lang=en", "lang=ur")).text


def test_overload_says_try_again() -> None:
    app = create_app(World(limits=Limits(in_flight=1)).ports())
    is_refused = asyncio.Event()

    async def wait(request: Request) -> Response:
        await is_refused.wait()
        return Response()

    app.add_route("/wait", wait)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=BROWSER) as client:
            first = asyncio.create_task(client.get("/wait"))
            await asyncio.sleep(0)
            refused = await client.get(ASKED)
            is_refused.set()
            await first
            return refused

    refused = asyncio.run(ask())
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert "we cannot check stock right now" in refused.text
    assert 'value="Lahore"' in refused.text


@pytest.mark.parametrize("path", ["/nothing-here", "/p/", "/s/", "/products/1?lang=te"])
def test_an_unknown_path_is_a_page(path: str) -> None:
    failed(client_of(World()), path, 404, "లింక్" if "te" in path else "There is nothing here")


def test_a_wrong_method_is_a_page_too() -> None:
    failed(client_of(World()), "/scan", 405, "There is nothing here")


def test_too_large_a_photo_says_what_to_do_and_leads_to_the_form() -> None:
    client = client_of(World(limits=Limits(photo_bytes=1000)))
    html = failed(client, "/scan", 413, "write the numbers under the bars", "POST", bytes(2000))
    assert 'action="/s"' in html


def test_a_fault_of_ours_names_the_request_and_nothing_else() -> None:
    app = create_app(World().ports())

    async def break_down(request: Request) -> Response:
        raise RuntimeError("a secret")

    app.add_route("/broken", break_down)
    html = failed(Client(app, BROWSER), "/broken", 500, "it is our fault")
    assert "tell us this number: " in html
    assert "secret" not in html


def test_the_retailers_failures_lead_back_to_the_retailers_page() -> None:
    client = client_of(World(limits=Limits(upload_bytes=1000)))
    html = failed(client, "/retailer/upload?lang=en", 413, "Pack it with gzip", "POST", bytes(2000))
    assert 'id="told"' in html
    assert 'href="/retailer?lang=en"' in html
    failed(client, "/retailer/nothing", 404, "There is nothing here")


@pytest.mark.parametrize("path", ["/v1/nothing", "/docs/nothing", "/ucp/nothing", "/mcp/nothing", "/assets/nothing"])
def test_programs_paths_stay_problems_whoever_looks(path: str) -> None:
    assert "text/html" not in client_of(World()).get(path).headers["content-type"]


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/problem+json, text/html;q=0.5", "x"])
def test_whoever_does_not_prefer_a_page_gets_a_problem(accept: str | None) -> None:
    client = Client(create_app(World().ports()), {} if accept is None else {"Accept": accept})
    problem_of(client.get("/nothing-here"), 404, "not_found")
