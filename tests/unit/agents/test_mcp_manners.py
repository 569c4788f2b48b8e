"""What our manners refuse is an error of JSON-RPC at ``/mcp``."""

from __future__ import annotations

import logging

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
