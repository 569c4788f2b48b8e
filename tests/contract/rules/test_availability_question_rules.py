"""Contract 2, the parameters of ``GET /v1/availability`` from the top: which product, where, how far."""

from __future__ import annotations

import pytest

from tests.contract.rules.shelf import HERE, NEVER_NAMED, NOBODY_HAS_IT, SMALL, TIDE, TIDE_HERE
from tests.integration.asking import Api, codes_of
from tests.integration.oracle import exact_m
from tests.integration.world import World

# -- gtin | product_id | retailer + sku ---------------------------------------------------------------------


@pytest.mark.parametrize("keys", ["", f"gtin={TIDE}&product_id={TIDE}", f"gtin={TIDE}&sku=A1&retailer=acme"])
def test_exactly_one_product_key(api: Api, keys: str) -> None:
    api.refused(f"{keys}&{HERE}", 422, "invalid_request", "gtin")


@pytest.mark.parametrize("spelling", ["96385074", "000096385074", "0000096385074", SMALL])
def test_gtin_8_12_13_and_14_are_taken(api: Api, spelling: str) -> None:
    answer = api.ask(f"gtin={spelling}&{HERE}")
    assert (answer["query"]["gtin"], answer["product"]["title"]) == (SMALL, "Chewing gum")


@pytest.mark.parametrize("spelling", ["037000185062", "0037000185062", "00037000185062"])
def test_upc_a_and_ean_13_spellings_are_one_product(api: Api, spelling: str) -> None:
    answer = api.ask(f"gtin={spelling}&{HERE}")
    assert answer["query"]["gtin"] == answer["product"]["gtin"] == TIDE
    assert codes_of(answer) == api.codes(TIDE_HERE) == api.codes(f"product_id={spelling}&{HERE}")


@pytest.mark.parametrize("gtin", ["00037000185063", "3700018506", "abc", "0" * 13])
def test_gtin_check_digit_is_verified(api: Api, gtin: str) -> None:
    api.refused(f"gtin={gtin}&{HERE}", 422, "invalid_gtin", "gtin")


def test_sku_asks_only_that_retailers_stores(api: Api) -> None:
    codes = api.codes(f"sku=A1&retailer=acme&{HERE}&availability=all&radius=160&limit=50")
    assert codes
    assert {code.split(":")[0] for code in codes} == {"acme"}
    api.refused(f"sku=A1&{HERE}", 422, "invalid_request", "retailer")
    api.refused(f"sku=A1&retailer=acme,buck&{HERE}", 422, "invalid_request", "retailer")
    api.refused(f"sku=A1&retailer=buck&{HERE}", 404, "unknown_product", "sku")


def test_unknown_product_is_404_but_a_known_one_that_nobody_has_is_200(api: Api) -> None:
    api.refused(f"gtin={NEVER_NAMED}&{HERE}", 404, "unknown_product")
    answer = api.ask(f"gtin={NOBODY_HAS_IT}&{HERE}")
    assert (answer["stores"], answer["best"], answer["next_cursor"]) == ([], None, None)
    assert answer["product"]["title"] == "Highlighter"
    assert answer["summary"]["checked"] == 0


def test_a_product_that_is_only_far_away_is_200(api: Api) -> None:
    answer = api.ask("sku=BREAD&retailer=acme&lat=-33.87&lon=151.21&radius=10")
    assert (answer["stores"], answer["summary"]["checked"]) == ([], 0)


# -- lat + lon | place | store_id ---------------------------------------------------------------------------


def test_exactly_one_origin(api: Api, ids: dict[str, str]) -> None:
    product, store = f"gtin={TIDE}", ids["acme:001"]
    api.refused(product, 422, "origin_required")
    api.refused(f"{product}&lat=37.77", 422, "origin_required", "lon")
    api.refused(f"{product}&{HERE}&near=37.77,-122.42", 422, "origin_required", "near")
    api.refused(f"{product}&{HERE}&store_id={store}", 422, "origin_required", "store_id")
    api.refused(f"{product}&store_id={store}&radius=5", 422, "origin_required", "store_id")
    api.refused(f"{product}&lat=91&lon=0", 422, "invalid_coordinates", "lat")
    api.refused(f"{product}&lat=0&lon=-180.1", 422, "invalid_coordinates", "lon")
    api.refused(f"{product}&lat=nan&lon=0", 422, "invalid_coordinates", "lat")


@pytest.mark.parametrize(
    "spelling",
    ["latitude=37.77&longitude=-122.42", "lat=37.77&lng=-122.42", "near=37.77,-122.42", "near=37.77,%20-122.42"],
)
def test_aliases_of_the_origin(api: Api, spelling: str) -> None:
    answer = api.ask(f"gtin={TIDE}&{spelling}")
    assert answer["query"]["origin"] == {"lat": 37.77, "lon": -122.42, "precision": "point"}
    assert codes_of(answer) == api.codes(TIDE_HERE)


@pytest.mark.parametrize("name", ["place", "near", "postal_code", "postalCode", "zip"])
def test_a_place_is_an_origin_and_country_is_optional(api: Api, name: str) -> None:
    answer = api.ask(f"gtin={TIDE}&{name}=94103")
    assert answer["query"]["origin"]["precision"] == "postal_code"
    assert answer["stores"]
    assert codes_of(api.ask(f"gtin={TIDE}&{name}=94103&country=US")) == codes_of(answer)


def test_store_id_asks_these_stores_alone(api: Api, ids: dict[str, str]) -> None:
    asked = [ids["acme:003"], ids["acme:001"], ids["buck:002"]]
    answer = api.ask(f"gtin={TIDE}&store_id={asked[0]}&store_id={asked[1]},{asked[2]}&availability=all")
    assert sorted(codes_of(answer)) == ["acme:001", "acme:003", "buck:002"]
    assert [hit["distance_m"] for hit in answer["stores"]] == [None, None, None]
    assert answer["query"]["store_ids"] == asked
    assert "radius_m" not in answer["query"]
    api.refused(f"gtin={TIDE}&store_id=s999999", 404, "unknown_store", "store_id")
    api.refused(f"gtin={TIDE}&store_id=12", 404, "unknown_store", "store_id")


def test_store_id_takes_50_at_most(api: Api, ids: dict[str, str]) -> None:
    one = ids["acme:001"]
    assert api.codes(f"gtin={TIDE}&store_id={','.join([one] * 50)}") == ["acme:001"]
    api.refused(f"gtin={TIDE}&store_id={','.join([one] * 51)}", 422, "invalid_request", "store_id")


# -- radius, unit -------------------------------------------------------------------------------------------


def test_the_effective_radius_is_echoed(api: Api) -> None:
    radii = {
        "": 16000,
        "&radius=5": 5000,
        "&radius=5&unit=mi": 8046.72,
        "&radius=500&unit=m": 500,
        "&radius=160": 160000,
    }
    assert {asked: api.ask(TIDE_HERE + asked)["query"]["radius_m"] for asked in radii} == radii


@pytest.mark.parametrize("radius", ["160.001", "100&unit=mi", "160001&unit=m", "999999999"])
def test_radius_too_large_is_refused_never_clamped(api: Api, radius: str) -> None:
    api.refused(f"{TIDE_HERE}&radius={radius}", 422, "radius_too_large", "radius")


@pytest.mark.parametrize("radius", ["0", "-1", "nan", "inf", "1e3", ""])
def test_radius_must_be_a_positive_decimal(api: Api, radius: str) -> None:
    api.refused(f"{TIDE_HERE}&radius={radius}", 422, "invalid_request", "radius")


def test_radius_is_inclusive_and_exact(api: Api, filled: World) -> None:
    for code in ("002", "007", "010"):
        store = filled.store(code)
        assert store.latitude is not None
        assert store.longitude is not None
        exact = exact_m(37.77, -122.42, store.latitude, store.longitude)
        asked = f"{TIDE_HERE}&unit=m&availability=all&limit=50"
        assert f"acme:{code}" in api.codes(f"{asked}&radius={exact!r}")
        assert f"acme:{code}" not in api.codes(f"{asked}&radius={exact - 1e-6!r}")


def test_distances_are_whole_metres_of_the_geodesic(api: Api, filled: World) -> None:
    for code, hit in zip(api.codes(TIDE_HERE), api.ask(TIDE_HERE)["stores"], strict=True):
        store = filled.store(code.split(":")[1], code.split(":")[0])
        assert store.latitude is not None
        assert store.longitude is not None
        assert hit["distance_m"] == round(exact_m(37.77, -122.42, store.latitude, store.longitude))


# -- anything else ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["radios=5", "gtin=1&gtin=2", "lat=1&latitude=1", "view=compact&view=full"])
def test_unknown_and_repeated_parameters_are_refused(api: Api, query: str) -> None:
    api.refused(f"{TIDE_HERE}&{query}", 422, "invalid_request")
