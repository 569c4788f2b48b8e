"""Where Redis is away, or takes calls and never answers: each channel says so in its own way, soon."""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from inventory_api.cli.sms import converse_on_terminal
from tests.integration.served import Served, serving
from tests.integration.shops import HERE, TIDE, shops

APOLOGY = "Sorry, that did not work. Please send it again in a few minutes."
"""It promises nothing that Redis would have to keep."""
SOON_S = 2.0


@pytest.fixture(scope="module")
def folder(redis_url: str, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with stores."""
    made = tmp_path_factory.mktemp("away")
    with shops(redis_url, empty_database, made):
        return made


@pytest.fixture(scope="module", params=["refuses", "is mute"])
def served(request: pytest.FixtureRequest, folder: Path) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        mute = f"redis://127.0.0.1:{listener.getsockname()[1]}"
        away = "unix:///nowhere/redis.sock" if request.param == "refuses" else mute
        with serving(folder, away) as made:
            yield made


def test_the_api_tells_when_to_come_back(served: Served) -> None:
    for method, path, body in (
        ("GET", f"/v1/availability?gtin={TIDE}&near={HERE}", None),
        ("POST", "/v1/availability/batch", {"items": [{"gtin": TIDE}], "near": HERE}),
        ("POST", "/v1/basket", {"all_of": [{"gtin": TIDE}], "near": HERE}),
    ):
        begun = time.monotonic()
        response = served.http.request(method, path, json=body)
        assert time.monotonic() - begun < SOON_S
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["code"] == "index_unavailable"
        assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["/s", f"/p/{TIDE}"])
def test_the_page_keeps_what_was_typed(served: Served, path: str) -> None:
    begun = time.monotonic()
    response = served.http.get(path, params={"q": TIDE, "near": HERE, "lang": "en"})
    assert time.monotonic() - begun < SOON_S
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert f'value="{HERE}"' in response.text
    if path == "/s":
        assert f'value="{TIDE}"' in response.text


def test_agents_are_told_so_in_their_own_words(served: Served) -> None:
    center = {"center": {"latitude": 37.77, "longitude": -122.42}, "max": 5000}
    body = {"distance": center, "filters": {"items": [TIDE]}}
    assert served.http.post("/ucp/locations/search", json=body).status_code == 503
    params = {"name": "check_stock", "arguments": {"product": TIDE, "place": HERE}}
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    result = served.http.post("/mcp", json=request, headers={"Accept": "application/json"}).json()["result"]
    assert result["isError"]


def test_a_text_is_answered_by_the_apology(served: Served) -> None:
    begun = time.monotonic()
    said = served.text(f"{TIDE} near {HERE}", "+14155550134")
    assert time.monotonic() - begun < SOON_S
    assert said is not None
    assert said.startswith(APOLOGY)


def test_the_phone_on_the_terminal_is_answered_by_it(served: Served) -> None:
    said = io.StringIO()
    begun = time.monotonic()
    with contextlib.redirect_stdout(said):
        texts = [f"{TIDE} near {HERE}"]
        asyncio.run(converse_on_terminal(served.here, texts, "+14155550134", is_json=True))
    assert time.monotonic() - begun < SOON_S
    assert orjson.loads(said.getvalue())["reply"].startswith(APOLOGY)
