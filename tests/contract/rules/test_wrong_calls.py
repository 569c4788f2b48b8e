"""A wrong call explains itself: what newcomers send, and the words that tell them what to send instead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.rules.shelf import HERE, TIDE, TIDE_HERE
from tests.integration.asking import Api
from tests.unit.rest.world import Client

ASK = f"/v1/availability?{TIDE_HERE}"
PLACE = {"lat": 37.77, "lon": -122.42}


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        (f"upc={TIDE}&{HERE}", "upc", "did you mean gtin?"),
        (f"barcode={TIDE}&{HERE}", "barcode", "did you mean gtin?"),
        (f"q=detergent&{HERE}", "q", "/v1/products?q="),
        (f"gtin={TIDE}&ll=37.77,-122.42", "ll", "did you mean near?"),
        (f"gtin={TIDE}&location=94103", "location", "did you mean near?"),
        (f"gtin={TIDE}&city=Chicago", "city", "did you mean place?"),
        (f"{TIDE_HERE}&distance=5", "distance", "did you mean radius?"),
        (f"{TIDE_HERE}&page=2", "page", "did you mean cursor?"),
        (f"{TIDE_HERE}&offset=10", "offset", "did you mean cursor?"),
        (f"{TIDE_HERE}&per_page=10", "per_page", "did you mean limit?"),
        (f"{TIDE_HERE}&raduis=5", "raduis", "did you mean radius?"),
        (f"{TIDE_HERE}&radius=5000", "radius", "unit=m"),
        (f"{TIDE_HERE}&radius=10km", "radius", "unit"),
        (f"gtin={TIDE}&lat=-122.42&lon=37.77", "lat", "swapped"),
        (f"gtin={TIDE}&near=-122.42,37.77", "near", "swapped"),
        (f"gtin={TIDE}&latitude=95&longitude=0", "latitude", "-90..90"),
        (f"gtin={TIDE}&zip=nowhere", "zip", "try a postal code"),
        (f"{TIDE_HERE}&limit=100", "limit", "50"),
        (f"{TIDE_HERE}&unit=miles", "unit", "'mi'"),
        (f"{TIDE_HERE}&availability=instock", "availability", "in_stock"),
        (f"{TIDE_HERE}&open_now=yes", "open_now", "true or false"),
        (f"gtin={TIDE}&store_id=281", "store_id", "s12"),
        (f"gtin=5901234123457&{HERE}", "gtin", "05901234123457"),
    ],
)
def test_a_wrong_question_says_where_and_what_instead(api: Api, query: str, parameter: str, words: str) -> None:
    problem = api.get(f"/v1/availability?{query}").json()
    assert words in problem["detail"]
    assert [error["parameter"] for error in problem["errors"]] == [parameter]


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/v1/stores/", "/v1/stores"),
        ("/v1/store", "/v1/stores"),
        ("/availability", "/v1/availability"),
        ("/v2/availability", "/v1/availability"),
        ("/v1/availabilty", "/v1/availability"),
        ("/v1/stores/s1/", "/v1/stores/s1"),
    ],
)
def test_a_wrong_path_names_the_nearest(api: Api, path: str, meant: str) -> None:
    assert f"did you mean {meant}?" in api.get(path).json()["detail"]


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        (["00037000185062"], None, "send a JSON object, not a list"),
        (PLACE | {"items": [TIDE]}, "/items/0", "send an object"),
        (PLACE | {"items": [{"gtin": 37000185062}]}, "/items/0/gtin", "send text"),
        (PLACE | {"items": [{"barcode": TIDE}]}, "/items/0/barcode", "did you mean gtin?"),
        (PLACE | {"gtins": [TIDE], "items": [{"gtin": TIDE}]}, "/gtins", "is unknown here"),
        (PLACE, "/items", "is missing"),
        (PLACE | {"items": []}, "/items", "at least 1"),
    ],
)
def test_a_wrong_body_says_where_and_what_instead(api: Api, body: Any, pointer: str | None, words: str) -> None:
    problem = api.send("POST", "/v1/availability/batch", json=body).json()
    assert words in problem["detail"]
    if pointer is not None:
        assert problem["detail"].startswith(f"{pointer}: ")
        assert problem["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("value", ["sk_acme", "Token sk_acme", "Basic Zm9vOmJhcg=="])
def test_a_key_without_its_scheme_is_told_of_it(anonymous: Client, value: str) -> None:
    headers = {"Authorization": value, "Content-Type": "text/csv"}
    problem = anonymous.post("/v1/feeds/stores", content=b"store_code\n1\n", headers=headers).json()
    assert problem["detail"].startswith("Authorization has no Bearer key")


def test_a_price_as_a_number_is_told_to_be_text(client: Client) -> None:
    change = {"store_code": "1", "gtin": TIDE, "quantity": 1, "price": 3.5}
    [result] = client.patch("/v1/inventory", json={"items": [change]}).json()["items"]
    assert (result["pointer"], result["message"]) == ("/items/0/price", "send text, not a number")
