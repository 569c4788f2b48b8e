"""Shoppers' agents: the Universal Commerce Protocol (``ucp``) and the Model Context Protocol (``mcp``).

Both are protocols of others, with their own shapes of answers and errors, and so no part of our OpenAPI document.
Their models come with the extra ``agents``; a face whose package is not installed is not there.
"""

from __future__ import annotations

from importlib.util import find_spec

from inventory_api.channels.channel import Channel
from inventory_api.channels.ports import AppPorts


def channels(ports: AppPorts) -> list[Channel]:
    """The faces that are installed."""
    made = []
    if find_spec("ucp_sdk") is not None:
        from inventory_api.channels.agents.ucp.routes import ucp_channel

        made.append(ucp_channel(ports))
    if find_spec("mcp") is not None:
        from inventory_api.channels.agents.mcp import mcp_channel

        made.append(mcp_channel(ports))
    return made
