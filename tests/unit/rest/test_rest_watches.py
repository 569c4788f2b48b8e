"""Watches over HTTP: who may ask for what, and whose they are."""

from __future__ import annotations

from typing import Any

import pytest

from inventory_api.channels.app import create_app
from inventory_api.channels.rest.schema import WatchOut
from inventory_api.domain.errors import AlreadyAvailable, InventoryError, OptedOut, TooManyWatches, UnknownProduct
from tests.unit.rest.world import TIDE, Client, World, problem_of

URL = "/v1/watches"
WISH: dict[str, Any] = {
    "gtin": "037000185062",
    "near": "94103",
    "radius": 5,
    "webhook": "https://hooks.example/in",
    "subscriber": "shopper-1",
}
TEXT = {"gtin": "037000185062", "lat": 37.77, "lon": -122.42, "sms": "+14155550123", "locale": "te"}


@pytest.fixture
def app_client(world: World) -> Client:
    """A client with a publishable key of ``acme``."""
    return Client(create_app(world.ports()), {"X-API-Key": "pk_acme"})


def test_a_watch_is_made_shown_and_ended(app_client: Client, world: World) -> None:
    made = app_client.post(URL, json=WISH)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    shown = WatchOut.model_validate_json(made.content)
    assert (shown.secret, shown.product.title, shown.radius_m) == ("whsec_new", TIDE.title, 5000)
    assert shown.near is not None
    assert shown.near.label == "94103 San Francisco, CA"
    assert world.watches.wishes[0].subscriber == "shopper-1"
    path = made.headers["location"]
    assert path == f"{URL}/{shown.id}"
    again = WatchOut.model_validate_json(app_client.get(path).content)
    assert (again.secret, again.status, again.delivery is None) == (None, "active", False)
    assert app_client.delete(path).status_code == 204
    problem_of(app_client.get(path), 404, "not_found")


def test_an_unknown_product_is_told_by_the_field_that_named_it(app_client: Client, world: World) -> None:
    world.watches.error = UnknownProduct("00037000185062")
    problem = problem_of(app_client.post(URL, json=WISH), 404, "unknown_product")
    assert [error["pointer"] for error in problem["errors"]] == ["/gtin"]


def test_what_only_a_point_is_called_is_not_kept(app_client: Client, world: World) -> None:
    assert app_client.post(URL, json=WISH | {"near": "37.774929 -122.419416"}).status_code == 201
    assert world.watches.wishes[0].label is None


def test_a_text_needs_a_secret_key_and_has_no_secret(client: Client, app_client: Client, world: World) -> None:
    problem_of(app_client.post(URL, json=TEXT), 403, "forbidden")
    made = client.post(URL, json=TEXT)
    assert made.status_code == 201
    assert "secret" not in made.json()
    assert "4155550123" not in made.text
    wish = world.watches.wishes[0]
    assert (wish.phone, wish.locale, wish.owner) == ("+14155550123", "te", "acme")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_watch_is_its_retailers_alone(client: Client, world: World, method: str) -> None:
    path = client.post(URL, json=WISH).headers["location"]
    app = create_app(world.ports())
    problem_of(Client(app).request(method, path), 401, "unauthorized")
    problem_of(Client(app, {"Authorization": "Bearer sk_bolt"}).request(method, path), 404, "not_found")
    problem_of(client.request(method, f"{URL}/watch_%00"), 404, "not_found")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"webhook": None}, 422, "invalid_request"),
        ({"sms": "+14155550123"}, 422, "invalid_request"),
        ({"near": None}, 422, "origin_required"),
        ({"radius": 161}, 422, "radius_too_large"),
        ({"gtin": "037000185063"}, 422, "invalid_gtin"),
        ({"product_id": "1"}, 422, "invalid_request"),
        ({"locale": "EN US"}, 422, "invalid_request"),
        ({"more": 1}, 422, "invalid_request"),
    ],
)
def test_a_wish_that_is_none_is_refused(client: Client, change: dict[str, Any], status: int, code: str) -> None:
    body = {name: value for name, value in (WISH | change).items() if value is not None}
    problem_of(client.post(URL, json=body), status, code)


def test_without_a_key_nobody_is_told(world: World) -> None:
    problem_of(Client(create_app(world.ports())).post(URL, json=WISH), 401, "unauthorized")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AlreadyAvailable(12), "already_available"),
        (TooManyWatches("five"), "too_many_watches"),
        (OptedOut("no"), "opted_out"),
    ],
)
def test_what_stands_against_it_has_its_code(client: Client, world: World, error: InventoryError, code: str) -> None:
    world.watches.error = error
    problem_of(client.post(URL, json=WISH), 409, code)


def test_sent_again_it_is_one_watch(client: Client, world: World) -> None:
    first, second = (client.post(URL, json=WISH, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert len(world.watches.wishes) == 1
