"""What is sent unasked, in the document alone: whoever receives an event answers."""

from __future__ import annotations

from typing import Any

from inventory_api.channels.rest.schema import FeedRunEnded, FeedStale, Shape, WatchTriggered
from inventory_api.domain.webhook import RETRIES, Event

SENT: dict[Event, type[Shape]] = {
    Event.WATCH_TRIGGERED: WatchTriggered,
    Event.FEED_RUN_PUBLISHED: FeedRunEnded,
    Event.FEED_RUN_QUARANTINED: FeedRunEnded,
    Event.FEED_RUN_FAILED: FeedRunEnded,
    Event.FEED_STALE: FeedStale,
}
"""The bodies of events. A test event has ``data`` without anything."""

_HEADERS = {
    "webhook-id": "Of the event: the same whenever it is sent again.",
    "webhook-timestamp": "Unix seconds of this attempt, signed with it.",
    "webhook-signature": "`v1,` and the base64 of HMAC-SHA256(secret, `id.timestamp.body`); two while it rotates.",
}
_RESPONSES = {
    "2XX": {"description": "Taken."},
    "410": {"description": "Never again: the endpoint is disabled."},
    "default": {"description": f"Not taken, a redirect too: sent again {len(RETRIES) - 1} times, over three days."},
}


def declare_events(document: dict[str, Any]) -> None:
    """Add ``webhooks`` to the document, and their shapes."""
    shapes = document["components"]["schemas"]
    headers = [
        {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
        for name, text in _HEADERS.items()
    ]
    document["webhooks"] = {}
    for event, shape in SENT.items():
        schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
        shapes |= schema.pop("$defs", {}) | {shape.__name__: schema}
        body = {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}}
        document["webhooks"][event.value] = {
            "post": {
                "tags": ["webhooks"],
                "summary": schema["description"].rstrip("."),
                "parameters": headers,
                "requestBody": {"required": True, "content": body},
                "responses": _RESPONSES,
            }
        }
