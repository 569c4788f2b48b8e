"""``GET /v1/products?q=`` and ``/suggest`` over HTTP: parameters, pages, problems."""

from __future__ import annotations

import pytest

from inventory_api.channels.rest.schema import ProductPage
from tests.unit.rest.world import MANY, Client, World, problem_of


def ids(client: Client, url: str) -> list[str]:
    return [hit.product.id for hit in ProductPage.model_validate_json(client.get(url).content).products]


def test_words_find_products(client: Client) -> None:
    answer = client.get("/v1/products?q=detergent").json()
    assert answer["query"] == {"q": "detergent"}
    [hit] = answer["products"]
    assert (hit["product"]["brand"], hit["match"]) == ("Tide", "words")
    assert set(hit) == {"product", "match"}
    assert client.get("/v1/products?q=zebra").json()["products"] == []


@pytest.mark.parametrize("text", ["037000185062", "0037000185062", "0 37000 18506 2", "037000-185062", "٠٣٧٠٠٠١٨٥٠٦٢"])
def test_a_barcode_among_words_in_any_spelling(client: Client, text: str) -> None:
    [hit] = client.get(f"/v1/products?q={text}").json()["products"]
    assert (hit["product"]["id"], hit["match"]) == ("00037000185062", "code")


def test_pages_hold_every_product_once(client: Client) -> None:
    first = client.get("/v1/products?q=soap&limit=5").json()
    second = client.get(f"/v1/products?q=soap&limit=5&cursor={first['next_cursor']}").json()
    third = client.get(f"/v1/products?q=soap&limit=5&cursor={second['next_cursor']}").json()
    shown = [hit["product"]["id"] for page in (first, second, third) for hit in page["products"]]
    assert shown == [str(product.id) for product in MANY]
    assert third["next_cursor"] is None
    problem_of(client.get(f"/v1/products?q=other&limit=5&cursor={first['next_cursor']}"), 422, "invalid_request")


def test_a_text_that_is_still_typed(client: Client) -> None:
    assert ids(client, "/v1/products/suggest?q=deterg") == ["00037000185062"]
    answer = client.get("/v1/products/suggest?q=so&limit=3").json()
    assert (len(answer["products"]), answer["next_cursor"]) == (3, None)


def test_near_a_place_every_product_says_whether_it_is_there(client: Client) -> None:
    answer = client.get("/v1/products?q=soap&place=94103&radius=5").json()
    assert answer["query"]["radius_m"] == 5000
    assert answer["query"]["origin"]["precision"] == "postal_code"
    assert {(hit["carried_nearby"], hit["distance_m"]) for hit in answer["products"]} == {(False, None)}
    assert client.get("/v1/products?q=soap&place=94103&carried=true").json()["products"] == []


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("", "invalid_request", "gtin"),
        ("q=a&gtin=037000185062", "invalid_request", "gtin"),
        ("q=", "invalid_request", "q"),
        ("q=" + "a" * 201, "invalid_request", "q"),
        ("q=a&limit=51", "invalid_request", "limit"),
        ("q=a&carried=true", "origin_required", "carried"),
        ("q=a&lat=1", "origin_required", "lon"),
        ("q=a&near=1,2&radius=999", "radius_too_large", "radius"),
        ("q=a&qq=b", "invalid_request", "qq"),
    ],
)
def test_what_cannot_be_searched(client: Client, query: str, code: str, parameter: str) -> None:
    problem = problem_of(client.get(f"/v1/products?{query}"), 422, code)
    assert problem["errors"][0]["parameter"] == parameter


def test_an_unknown_retailer(client: Client) -> None:
    problem_of(client.get("/v1/products?q=a&retailer=nobody"), 404, "not_found")


def test_before_it_was_built_a_barcode_still_answers(world: World, client: Client) -> None:
    world.search.built = False
    problem = client.get("/v1/products?q=soap")
    problem_of(problem, 503, "index_unavailable")
    assert problem.headers["retry-after"] == "5"
    assert ids(client, "/v1/products?q=037000185062") == ["00037000185062"]
    assert ids(client, "/v1/products?gtin=037000185062") == ["00037000185062"]
