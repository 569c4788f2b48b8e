"""The locator and the product pages of the API."""

from __future__ import annotations

import datetime as dt

import pytest

from inventory_api.channels.rest.schema import LocatedStore, ProductOut, ProductPage, StorePage
from tests.unit.rest.world import Client, World, problem_of

HERE = "lat=37.77&lon=-122.42"


def test_stores_come_nearest_first_in_the_shape_of_the_contract(client: Client) -> None:
    response = client.get(f"/v1/stores?{HERE}&radius=2")
    page = StorePage.model_validate_json(response.content)
    assert [hit.store.id for hit in page.stores] == ["s1", "s2", "s3"]
    assert page.stores[0].distance_m == 555
    assert page.next_cursor is None
    assert response.headers["content-type"] == "application/json"


def test_pages_join_to_the_whole(client: Client) -> None:
    seen, cursor = [], ""
    for limit in (5, 4, 5):
        page = client.get(f"/v1/stores?{HERE}&limit={limit}{cursor}").json()
        seen += [hit["store"]["id"] for hit in page["stores"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [f"s{n}" for n in range(1, 13)]
    assert page["next_cursor"] is None


@pytest.mark.parametrize("other", ["lat=37.77&lon=-122.43", f"{HERE}&radius=17", f"{HERE}&retailer=acme"])
def test_a_cursor_belongs_to_its_query(client: Client, other: str) -> None:
    cursor = client.get(f"/v1/stores?{HERE}").json()["next_cursor"]
    problem = problem_of(client.get(f"/v1/stores?{other}&cursor={cursor}"), 422, "invalid_request")
    assert problem["errors"][0]["parameter"] == "cursor"


@pytest.mark.parametrize("cursor", ["", "x", "W10.AAAAAAAAAAAAAAAA", "!", "A" * 600, "a.b", "A.AAAAAAAAAAAAAAAA"])
def test_forged_cursors_are_refused(client: Client, cursor: str) -> None:
    problem_of(client.get(f"/v1/stores?{HERE}&cursor={cursor}"), 422, "invalid_request")


@pytest.mark.parametrize("query", ["retailer=acme&retailer=bolt", "retailer=acme,bolt", ""])
def test_retailers_are_a_filter(client: Client, query: str) -> None:
    assert len(client.get(f"/v1/stores?{HERE}&limit=50&{query}").json()["stores"]) == 12
    assert len(client.get(f"/v1/stores?{HERE}&retailer=bolt").json()["stores"]) == 6


def test_an_unknown_retailer_is_no_empty_list(client: Client) -> None:
    problem = problem_of(client.get(f"/v1/stores?{HERE}&retailer=acne"), 404, "not_found")
    assert problem["errors"][0]["parameter"] == "retailer"


def test_the_locator_tells_the_hours_of_the_week(client: Client) -> None:
    told = {n: client.get(f"/v1/stores/s{n}").json()["hours"] for n in (1, 2, 3, 4)}
    assert told == {1: "24/7", 2: "off", 3: None, 4: "Mo-Su 09:00-17:00"}
    near = client.get(f"/v1/stores?{HERE}&limit=4").json()["stores"]
    assert [hit["store"]["hours"] for hit in near] == list(told.values())
    here = client.get("/v1/stores/s4", headers={"Accept": "application/geo+json"}).json()
    assert here["properties"]["hours"] == told[4]


def test_nowhere_near_is_an_empty_list(client: Client) -> None:
    assert client.get("/v1/stores?lat=0&lon=0").json()["stores"] == []


def test_one_store(client: Client) -> None:
    store = LocatedStore.model_validate_json(client.get("/v1/stores/s3").content)
    assert (store.retailer, store.store_code, store.services) == ("acme", "003", ["pickup"])
    assert store.open_now is None


def test_stores_say_when_they_open_and_close(client: Client) -> None:
    always, never, unknown = (
        LocatedStore.model_validate_json(client.get(f"/v1/stores/s{n}").content) for n in (1, 2, 3)
    )
    assert (always.open_now, always.opens_at, always.closes_at) == (True, None, None)
    assert (never.open_now, never.opens_at, never.closes_at) == (False, None, None)
    assert unknown.open_now is None
    assert always.timezone == "America/Los_Angeles", "of its position: nobody named one"
    daily = LocatedStore.model_validate_json(client.get("/v1/stores/s4").content)
    change = daily.closes_at if daily.open_now else daily.opens_at
    assert change is not None
    assert change.utcoffset() in (dt.timedelta(hours=-8), dt.timedelta(hours=-7))
    assert {daily.opens_at, daily.closes_at} == {change, None}


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ("open_now=true", {"s1"}),
        # Ten in the morning and four at night in Los Angeles; s4 is open from nine to five.
        ("open_at=2026-11-05T18:00:00Z", {"s1", "s4"}),
        ("open_at=2026-11-05T04:00:00-08:00", {"s1"}),
        ("open_now=false", {"s1", "s2", "s3", "s4"}),
    ],
)
def test_unknown_hours_never_match(client: Client, asked: str, ids: set[str]) -> None:
    stores = client.get(f"/v1/stores?{HERE}&limit=50&{asked}").json()["stores"]
    found = {hit["store"]["id"] for hit in stores} & {"s1", "s2", "s3", "s4"}
    assert found - {"s4"} == ids - {"s4"}
    assert ("s4" in found) is ("s4" in ids) or asked == "open_now=true"


def test_one_instant_is_enough(client: Client) -> None:
    asked = f"/v1/stores?{HERE}&open_now=true&open_at=2026-11-05T18:00:00Z"
    assert problem_of(client.get(asked), 422, "invalid_request")["errors"][0]["parameter"] == "open_at"


@pytest.mark.parametrize("text", ["s99", "3", "sx", "s-1", "s\u00b2", "s" + "9" * 30, "s1%00"])
def test_unknown_stores(client: Client, text: str) -> None:
    problem_of(client.get(f"/v1/stores/{text}"), 404, "unknown_store")


@pytest.mark.parametrize("text", ["00037000185062", "0037000185062", "037000185062"])
def test_a_product_by_every_spelling(client: Client, text: str) -> None:
    product = ProductOut.model_validate_json(client.get(f"/v1/products/{text}").content)
    assert product.id == product.gtin == "00037000185062"
    page = ProductPage.model_validate_json(client.get(f"/v1/products?gtin={text}").content)
    assert page.products[0].product == product
    assert page.next_cursor is None


def test_a_number_of_our_own_is_no_gtin(client: Client) -> None:
    product = client.get("/v1/products/100000000000005").json()
    assert (product["id"], product["gtin"], product["brand"]) == ("100000000000005", None, None)


def test_a_product_nobody_named(client: Client) -> None:
    problem_of(client.get("/v1/products/4006381333931"), 404, "unknown_product")
    nothing = {"query": {"gtin": "04006381333931"}, "products": [], "next_cursor": None}
    assert client.get("/v1/products?gtin=4006381333931").json() == nothing


def test_a_product_that_only_stock_has_named_has_a_bare_card(world: World, client: Client) -> None:
    world.index.stocked = frozenset([4006381333931])
    bare = {"id": "04006381333931", "gtin": "04006381333931", "title": None, "brand": None, "image_url": None}

    assert client.get("/v1/products/4006381333931").json() == bare
    assert client.get("/v1/products?gtin=4006381333931").json()["products"] == [{"product": bare, "match": "code"}]


@pytest.mark.parametrize("complete", [False, None])
def test_an_index_that_does_not_know_denies_no_product(world: World, client: Client, complete: bool | None) -> None:
    world.index.complete = complete

    assert client.get("/v1/products/037000185062").status_code == 200
    problem_of(client.get("/v1/products/4006381333931"), 503, "index_unavailable")


@pytest.mark.parametrize("text", ["037000185063", "12", "abc", "\uff11" * 12, "1" * 40])
def test_what_is_no_gtin(client: Client, text: str) -> None:
    problem_of(client.get(f"/v1/products/{text}"), 422, "invalid_gtin")
    problem_of(client.get(f"/v1/products?gtin={text}"), 422, "invalid_gtin")


def test_a_search_needs_something_to_search_by(client: Client) -> None:
    problem = problem_of(client.get("/v1/products"), 422, "invalid_request")
    assert problem["errors"][0]["parameter"] == "gtin"
