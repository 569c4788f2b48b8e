"""Words that only look right are refused: an answer to another question would be believed."""

from __future__ import annotations

import pytest

from inventory_api.channels.app import create_app
from tests.unit.rest.world import Client, World, problem_of

ASKED = "/v1/availability?gtin=037000185062&near=37.77,-122.42"
TIDE = 37000185062


@pytest.fixture
def asker(world: World) -> Client:
    """A client of the whole app, with a product that exists."""
    world.index.stocked = frozenset([TIDE])
    return Client(create_app(world.ports()))


@pytest.mark.parametrize("words", ["any", "all,any", "any,all", "in_stock,any"])
def test_an_unknown_status_beside_a_known_one(asker: Client, words: str) -> None:
    problem = problem_of(asker.get(f"{ASKED}&availability={words}"), 422, "invalid_request")

    assert problem["errors"][0]["parameter"] == "availability"
    assert "'any'" in problem["detail"]


@pytest.mark.parametrize("query", ["retailer=nobody", "retailer=acme&retailer=nobody", "retailer=nobody&sku=1"])
def test_an_unknown_retailer_is_not_a_retailer_without_stock(asker: Client, query: str) -> None:
    url = f"{ASKED}&{query}" if "sku" not in query else f"/v1/availability?near=37.77,-122.42&{query}"
    problem = problem_of(asker.get(url), 404, "not_found")

    assert problem["errors"][0]["parameter"] == "retailer"
    assert problem["detail"] == "No retailer has this id: nobody"


def test_known_words_are_answered(asker: Client) -> None:
    assert asker.get(f"{ASKED}&availability=all,in_stock&retailer=acme").status_code == 200
