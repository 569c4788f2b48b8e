"""What our manners refuse is an error of JSON-RPC at ``/mcp``."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import mcp.client
import pytest
from mcp_types import CallToolResult, TextContent

from inventory_api.channels.agents.tools import tool_server
from inventory_api.channels.app import create_app
from inventory_api.channels.ports import Limits
from tests.unit.rest.world import Client, World

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


def test_manners_refuse_in_the_words_of_json_rpc() -> None:
    world = World(limits=Limits(anonymous=1))
    client = Client(create_app(world.ports()))
    # Nobody has started this app: the tools are not there yet.
    early, limited = client.post("/mcp", json=CALL), client.post("/mcp", json=CALL)
    for response, status, code in ((early, 503, "overloaded"), (limited, 429, "rate_limited")):
        assert response.status_code == status
        assert response.headers["content-type"] == "application/json"
        said = response.json()
        assert (said["jsonrpc"], said["id"], said["error"]["code"]) == ("2.0", None, -32000)
        assert said["error"]["data"] == {
            "code": code,
            "request_id": response.headers["request-id"],
            "retry_after": int(response.headers["retry-after"]),
        }


def test_agents_are_no_part_of_our_document() -> None:
    paths = create_app(World().ports()).openapi()["paths"]
    assert [path for path in paths if "ucp" in path or "mcp" in path] == []


def test_the_sdk_sets_up_no_logging_of_its_own() -> None:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    root.handlers.clear()
    try:
        tool_server(World().ports())
        assert (root.handlers, root.level) == ([], level)
    finally:
        root.handlers[:] = handlers


def test_what_a_tool_refuses_is_told_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def ask() -> CallToolResult:
        async with mcp.client.Client(tool_server(World().ports())) as client:
            return await client.call_tool("list_stores", {"place": "5 Secret Street"})

    with caplog.at_level(logging.DEBUG):
        refused = asyncio.run(ask())
    [said] = refused.content
    assert refused.is_error
    assert isinstance(said, TextContent)
    assert said.text.startswith("place_not_found: no place is known as '5 Secret Street'")
    assert "Secret" not in caplog.text


def test_a_fault_of_ours_is_told_by_its_code_alone(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    ports = replace(world.ports(), places=None)  # type: ignore[arg-type]

    async def ask() -> CallToolResult:
        async with mcp.client.Client(tool_server(ports)) as client:
            return await client.call_tool("list_stores", {"place": "5 Secret Street"})

    [said] = asyncio.run(ask()).content
    assert isinstance(said, TextContent)
    assert said.text == "internal_error: The fault is logged under the request id."
    assert "AttributeError" in caplog.text
    assert "Secret" not in caplog.text
