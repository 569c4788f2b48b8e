"""Webhook endpoints over HTTP: the secret once, each retailer its own."""

from __future__ import annotations

from typing import Any

import pytest

from inventory_api.channels.app import create_app
from inventory_api.channels.rest.schema import DeliveryOut, EndpointOut, EndpointPage
from tests.unit.rest.world import Client, World, problem_of

URL = "/v1/webhook-endpoints/main"
WISH: dict[str, Any] = {"url": "https://hooks.example/in", "events": ["feed_run.failed"]}


def test_an_endpoint_is_set_up_changed_rotated_tested_and_deleted(client: Client) -> None:
    made = client.put(URL, json=WISH)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    assert EndpointOut.model_validate_json(made.content).secret == "whsec_new"
    changed = client.put(URL, json={"url": "https://hooks.example/out"})
    assert changed.status_code == 200
    assert "secret" not in changed.json()
    assert len(changed.json()["events"]) == 4
    shown = EndpointOut.model_validate_json(client.get(URL).content)
    assert (shown.secret, shown.url) == (None, "https://hooks.example/out")
    assert shown.deliveries
    assert [
        each.id
        for each in EndpointPage.model_validate_json(client.get("/v1/webhook-endpoints").content).webhook_endpoints
    ] == ["main"]
    assert client.post(f"{URL}/rotate").json()["secret"] == "whsec_rotated"
    test = client.post(f"{URL}/test")
    assert (test.status_code, DeliveryOut.model_validate_json(test.content).event) == (202, "test")
    assert client.delete(URL).status_code == 204
    problem_of(client.get(URL), 404, "not_found")


def test_another_retailers_endpoint_does_not_exist(client: Client, world: World) -> None:
    client.put(URL, json=WISH)
    other = Client(create_app(world.ports()), {"Authorization": "Bearer sk_bolt"})
    for method, path in (("GET", URL), ("DELETE", URL), ("POST", f"{URL}/rotate"), ("POST", f"{URL}/test")):
        problem_of(other.request(method, path), 404, "not_found")
    assert other.get("/v1/webhook-endpoints").json()["webhook_endpoints"] == []
    assert other.put(URL, json=WISH).status_code == 201
    assert len(world.webhooks.endpoints) == 2


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_secret_key_is_needed(world: World, method: str) -> None:
    app = create_app(world.ports())
    problem_of(Client(app).request(method, URL), 401, "unauthorized")
    problem_of(Client(app, {"X-API-Key": "pk_acme"}).request(method, URL), 403, "forbidden")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"url": 1}', b"{}", b'{"url": "https://h.example/", "more": 1}', b'{"url": "http://h.example/"}',
     b'{"url": "https://h.example/", "events": "all"}', b"\xff"],
)  # fmt: skip
def test_a_body_that_says_something_else_is_refused(client: Client, body: bytes) -> None:
    problem_of(client.put(URL, content=body, headers={"Content-Type": "application/json"}), 422, "invalid_request")


def test_a_mistake_in_a_body_is_pointed_at(client: Client) -> None:
    problem = client.put(URL, json={"url": 5, "event": ["feed_run.failed"]}).json()
    assert [error["pointer"] for error in problem["errors"]] == ["/url", "/event"]
    assert "did you mean events?" in problem["errors"][1]["detail"]


def test_ids_and_types_are_checked(client: Client) -> None:
    problem_of(client.put("/v1/webhook-endpoints/Main", json=WISH), 422, "invalid_request")
    problem_of(client.get("/v1/webhook-endpoints/%00"), 404, "not_found")
    response = client.put(URL, content=b"url=x", headers={"Content-Type": "text/plain"})
    problem_of(response, 415, "unsupported_media_type")
