"""A fresh world for each test, and a client that holds a key."""

from __future__ import annotations

import pytest

from inventory_api.channels.rest.api import rest_app
from tests.unit.rest.world import Client, World


@pytest.fixture
def world() -> World:
    """Fresh fakes."""
    return World()


@pytest.fixture
def client(world: World) -> Client:
    """A client with a secret key of the retailer ``acme``."""
    return Client(rest_app(world.ports()), {"Authorization": "Bearer sk_acme"})
