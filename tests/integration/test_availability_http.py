"""``GET /v1/availability`` as the contract has it: one test a rule, through the app and the real index."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, event

from inventory_api.domain.freshness import FreshnessPolicy
from inventory_api.domain.ports import StockChange
from inventory_api.domain.retailer import Disclosure
from inventory_api.storage.sql.engine import Database
from tests.integration.asking import Api, asking, codes_of
from tests.integration.oracle import exact_m
from tests.integration.world import World

TIDE = "00037000185062"
NOBODY_HAS_IT = "04006381333931"
NEVER_NAMED = "5901234123457"
HERE = "lat=37.77&lon=-122.42"
TIDE_HERE = f"gtin={TIDE}&{HERE}"

# Store codes tell the distance: 001 is at the origin, each next about 1.1 km farther north.
STEP = 0.01


def _at(**ago: float) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _stores(codes: range, *, country: str = "US", west: float = 0.0) -> str:
    head = "store_code,name,street,city,region,postal_code,country,lat,lon,phone,timezone,services"
    return "\n".join(
        [head]
        + [
            f"{n:03d},FreshMart Valencia Street {n},{n} Valencia St,San Francisco,CA,94103,{country},"
            f"{37.77 + (n - 1) * STEP:.4f},{-122.42 - west:.4f},+14155550{n:03d},America/Los_Angeles,"
            + ("pickup;delivery" if n % 2 else "pickup")
            for n in codes
        ]
    )


_HEAD = (
    "store_code,id,availability,quantity,price,sale_price,sale_price_effective_date,"
    "pickup_method,pickup_sla,instore_product_location,timestamp"
)


def _fill(world: World) -> None:
    world.add_retailer("acme")
    world.push("stores", _stores(range(1, 12)))
    world.push(
        "products",
        "id,gtin,title,brand,image_link\n"
        f'A1,{TIDE},"Detergent, 2 l",Tide,https://images.example.com/tide.jpg\n'
        f"A2,{NOBODY_HAS_IT},Highlighter,Stabilo,\n"
        "BREAD,,House bread,,\n",
    )
    sale_now = f"{_at(days=1)}/{_at(days=-1)}"
    sale_past = f"{_at(days=3)}/{_at(days=2)}"
    rows = [
        f"001,A1,in_stock,7,12.99 USD,9.99 USD,{sale_now},reserve,same day,A12 bay 3,{_at(minutes=5)}",
        f"002,A1,in_stock,2,13.50 USD,,,,,,{_at(minutes=30)}",
        f"003,A1,in_stock,0,12.99 USD,,,,,,{_at(minutes=5)}",
        f"004,A1,in_stock,,11.00 USD,,,buy,2-day,,{_at(minutes=5)}",
        f"005,A1,on_display_to_order,1,,,,,,,{_at(minutes=5)}",
        f"006,A1,in_stock,9,12.99 USD,,,,,,{_at(hours=25)}",
        f"007,A1,in_stock,12,12.99 USD,9.99 USD,{sale_past},,,,{_at(hours=2)}",
        f"008,BREAD,in_stock,3,2.00 USD,,,,,,{_at(minutes=5)}",
        f"009,A1,limited_availability,50,12.99 USD,,,,,,{_at(minutes=5)}",
        f"010,A1,in_stock,10+,10.00 USD,,,,,,{_at(minutes=5)}",
    ]
    run = world.push("inventory", "\n".join([_HEAD, *rows]) + "\n")
    assert (run.rows.accepted, run.rows.rejected) == (10, 0), run.notices

    for west, (retailer_id, fields) in enumerate(
        {
            "buck": {"disclosure": Disclosure.BUCKET},
            "bool": {"disclosure": Disclosure.BOOLEAN},
            "slow": {"freshness": FreshnessPolicy(expires_s=30 * 86_400), "low_stock_at": 5},
        }.items(),
        start=1,
    ):
        world.add_retailer(retailer_id, **fields)
        world.push("stores", _stores(range(1, 3), west=0.2 * west), retailer_id=retailer_id)
        text = f"store_code,gtin,quantity,timestamp\n001,{TIDE},5,{_at(hours=25)}\n002,{TIDE},1,{_at(minutes=1)}\n"
        world.push("inventory", text, retailer_id=retailer_id)
    for retailer_id, country, price in (("tokyo", "JP", "1299 JPY"), ("kuwait", "KW", "1.299 KWD")):
        world.add_retailer(retailer_id, currency=None)
        world.push("stores", _stores(range(1, 2), country=country, west=1.0), retailer_id=retailer_id)
        text = f"store_code,gtin,quantity,price\n001,{TIDE},5,{price}\n"
        world.push("inventory", text, retailer_id=retailer_id)


@contextmanager
def _installed(redis_url: str, empty_database: Path, folder: Path) -> Iterator[World]:
    shutil.copy(empty_database, folder / "inventory.sqlite")
    db = Database(f"sqlite:///{folder / 'inventory.sqlite'}")
    world = World(db, redis_url, folder)
    yield world
    world.close()
    db.close()


@pytest.fixture(scope="module")
def filled(redis_url: str, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that the tests of this module only read."""
    with _installed(redis_url, empty_database, tmp_path_factory.mktemp("filled")) as world:
        _fill(world)
        yield world


@pytest.fixture(scope="module")
def api(filled: World) -> Iterator[Api]:
    """The app before it."""
    with asking(filled) as made:
        yield made


@pytest.fixture(scope="module")
def ids(filled: World) -> dict[str, str]:
    """Public store ids by ``retailer:code``."""
    return {f"{store.retailer_id}:{store.store_code}": store.public_id for store in filled.stores()}


def hit_of(api: Api, code: str, query: str = f"{TIDE_HERE}&availability=all&limit=50&radius=160") -> dict[str, Any]:
    """One store's part of an answer."""
    answer = api.ask(query)
    return dict(zip(codes_of(answer), answer["stores"], strict=True))[code]


# -- which product --------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", ["", f"gtin={TIDE}&product_id={TIDE}", f"gtin={TIDE}&sku=A1&retailer=acme"])
def test_exactly_one_product_key(api: Api, keys: str) -> None:
    api.refused(f"{keys}&{HERE}", 422, "invalid_request", "gtin")


@pytest.mark.parametrize("spelling", ["037000185062", "0037000185062", "00037000185062"])
def test_upc_a_and_ean_13_spellings_are_one_product(api: Api, spelling: str) -> None:
    answer = api.ask(f"gtin={spelling}&{HERE}")
    assert answer["query"]["gtin"] == answer["product"]["gtin"] == TIDE
    assert codes_of(answer) == api.codes(TIDE_HERE) == api.codes(f"product_id={spelling}&{HERE}")


@pytest.mark.parametrize("gtin", ["00037000185063", "3700018506", "abc", "0" * 13])
def test_gtin_check_digit_is_verified(api: Api, gtin: str) -> None:
    api.refused(f"gtin={gtin}&{HERE}", 422, "invalid_gtin", "gtin")


def test_the_product_of_an_answer(api: Api) -> None:
    assert api.ask(TIDE_HERE)["product"] == {
        "id": TIDE,
        "gtin": TIDE,
        "title": "Detergent, 2 l",
        "brand": "Tide",
        "image_url": "https://images.example.com/tide.jpg",
    }
    bread = api.ask(f"sku=BREAD&retailer=acme&{HERE}")["product"]
    assert (bread["gtin"], bread["title"], len(bread["id"])) == (None, "House bread", 15)
    assert api.ask(f"product_id={bread['id']}&{HERE}")["product"] == bread


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


# -- where ----------------------------------------------------------------------------------------------


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


def test_no_record_is_not_carried_only_after_a_full_feed_of_that_store(api: Api, ids: dict[str, str]) -> None:
    """008 was in a full feed that did not list the product; no feed ever spoke of 011."""
    answer = api.ask(f"gtin={TIDE}&store_id={ids['acme:008']},{ids['acme:011']}&availability=all")
    told = {code: hit["availability"] for code, hit in zip(codes_of(answer), answer["stores"], strict=True)}
    assert told == {"acme:008": "not_carried", "acme:011": "unknown"}
    silent = hit_of(api, "acme:011", f"gtin={TIDE}&store_id={ids['acme:011']}&availability=all")
    assert [silent[name] for name in ("quantity", "price", "observed_at", "age_s", "basis")] == [None] * 5
    assert "last_known" not in silent


def test_not_carried_is_told_only_of_stores_that_the_caller_names(api: Api) -> None:
    answer = api.ask(f"{TIDE_HERE}&availability=all&limit=50&radius=160")
    assert not {"acme:008", "acme:011"} & set(codes_of(answer))
    assert answer["summary"]["not_carried"] == 0


# -- what is on the shelf ---------------------------------------------------------------------------------


def test_status_is_the_lower_of_claim_and_quantity(api: Api) -> None:
    answer = api.ask(f"{TIDE_HERE}&availability=all&limit=50")
    told = {code: hit["availability"] for code, hit in zip(codes_of(answer), answer["stores"], strict=True)}
    assert {code: status for code, status in told.items() if code.startswith("acme")} == {
        "acme:001": "in_stock",
        "acme:002": "low_stock",
        "acme:003": "out_of_stock",
        "acme:004": "in_stock",
        "acme:005": "on_display_to_order",
        "acme:006": "unknown",
        "acme:007": "in_stock",
        "acme:009": "low_stock",
        "acme:010": "in_stock",
    }


def test_the_low_stock_threshold_is_the_retailers(api: Api) -> None:
    assert hit_of(api, "slow:001")["availability"] == "low_stock"
    assert hit_of(api, "buck:002")["availability"] == "low_stock"


def test_availability_defaults_to_in_stock_and_low_stock(api: Api) -> None:
    assert {hit["availability"] for hit in api.ask(TIDE_HERE)["stores"]} == {"in_stock", "low_stock"}


@pytest.mark.parametrize(
    "asked", ["availability=out_of_stock,unknown", "availability=unknown&availability=out_of_stock"]
)
def test_availability_takes_any_statuses(api: Api, asked: str) -> None:
    answer = api.ask(f"{TIDE_HERE}&{asked}&retailer=acme")
    assert sorted(codes_of(answer)) == ["acme:003", "acme:006"]


def test_availability_all_is_every_store_in_range_with_a_record(api: Api) -> None:
    answer = api.ask(f"{TIDE_HERE}&availability=all&retailer=acme")
    assert sorted(codes_of(answer)) == [f"acme:{n:03d}" for n in (1, 2, 3, 4, 5, 6, 7, 9, 10)]
    assert answer["summary"] == {
        "checked": 9, "in_stock": 4, "low_stock": 2, "out_of_stock": 1, "on_display_to_order": 1, "unknown": 1,
        "not_carried": 0,
    }  # fmt: skip
    api.refused(f"{TIDE_HERE}&availability=instock", 422, "invalid_request", "availability")


def test_the_summary_counts_what_the_status_filter_hides(api: Api) -> None:
    assert api.ask(f"{TIDE_HERE}&retailer=acme&availability=low_stock")["summary"]["checked"] == 9


def test_an_unknown_quantity_passes_min_quantity_only_at_1(api: Api) -> None:
    assert "acme:004" in api.codes(f"{TIDE_HERE}&min_quantity=1")
    answer = api.ask(f"{TIDE_HERE}&min_quantity=2&retailer=acme")
    assert sorted(codes_of(answer)) == ["acme:001", "acme:002", "acme:007", "acme:009", "acme:010"]
    assert answer["excluded"] == {"quantity": 1}
    assert api.codes(f"{TIDE_HERE}&min_quantity=8&retailer=acme") == ["acme:007", "acme:009", "acme:010"]
    api.refused(f"{TIDE_HERE}&min_quantity=0", 422, "invalid_request", "min_quantity")


def test_expired_is_unknown_with_last_known_and_never_out_of_stock(api: Api) -> None:
    hit = hit_of(api, "acme:006")
    assert (hit["availability"], hit["freshness"]) == ("unknown", "expired")
    assert hit["last_known"] == {"availability": "in_stock", "observed_at": hit["observed_at"]}
    assert hit["confidence"] == 0
    assert hit["age_s"] == pytest.approx(25 * 3600, abs=60)
    assert "last_known" not in hit_of(api, "acme:001")


def test_freshness_words_and_the_retailers_own_expiry(api: Api) -> None:
    words = {code: hit_of(api, f"acme:{code}")["freshness"] for code in ("001", "002", "006", "007")}
    assert words == {"001": "live", "002": "recent", "006": "expired", "007": "stale"}
    assert hit_of(api, "slow:001")["freshness"] == "stale"
    assert hit_of(api, "buck:001")["freshness"] == "expired"


def test_max_age_drops_and_counts_stale(api: Api) -> None:
    answer = api.ask(f"{TIDE_HERE}&max_age=900&retailer=acme")
    assert sorted(codes_of(answer)) == ["acme:001", "acme:004", "acme:009", "acme:010"]
    assert answer["excluded"] == {"stale": 2}


def test_min_confidence_drops_and_counts(api: Api) -> None:
    everything = api.ask(f"{TIDE_HERE}&retailer=acme&limit=50")
    bar = sorted(hit["confidence"] for hit in everything["stores"])[2]
    answer = api.ask(f"{TIDE_HERE}&retailer=acme&limit=50&min_confidence={bar}")
    assert 0 < len(answer["stores"]) < len(everything["stores"])
    assert {hit["confidence"] >= bar for hit in answer["stores"]} == {True}
    assert answer["excluded"] == {"confidence": len(everything["stores"]) - len(answer["stores"])}


@pytest.mark.parametrize("when", ["open_now=true", "open_at=2026-10-30T17:00:00Z"])
def test_unknown_hours_never_match(api: Api, when: str) -> None:
    answer = api.ask(f"{TIDE_HERE}&{when}&retailer=acme")
    assert answer["stores"] == []
    assert answer["best"] is None
    assert answer["excluded"] == {"hours_unknown": 6}


# -- filters, order, pages --------------------------------------------------------------------------------


def test_retailer_filter(api: Api) -> None:
    assert set(api.codes(f"{TIDE_HERE}&retailer=buck,bool&radius=160&availability=all")) == {
        "buck:001", "buck:002", "bool:001", "bool:002",
    }  # fmt: skip
    api.refused(f"{TIDE_HERE}&retailer=acmee", 404, "not_found", "retailer")


def test_services_filter_asks_for_all_of_them(api: Api) -> None:
    assert api.codes(f"{TIDE_HERE}&services=delivery&retailer=acme") == ["acme:001", "acme:007", "acme:009"]
    assert api.codes(f"{TIDE_HERE}&services=delivery,pickup&retailer=acme") == ["acme:001", "acme:007", "acme:009"]
    assert api.codes(f"{TIDE_HERE}&services=delivery,piano") == []


def test_max_per_retailer(api: Api) -> None:
    answer = api.ask(f"{TIDE_HERE}&radius=160&max_per_retailer=1&limit=50")
    retailers = [code.split(":")[0] for code in codes_of(answer)]
    assert len(set(retailers)) == len(retailers) > 3
    assert codes_of(answer)[0] == "acme:001"
    assert answer["excluded"] == {"max_per_retailer": 6}


def test_sort_best_is_usable_stores_first_then_distance(api: Api) -> None:
    codes = api.codes(f"{TIDE_HERE}&retailer=acme&availability=all")
    assert codes == [f"acme:{n:03d}" for n in (1, 2, 4, 7, 9, 10, 3, 5, 6)]
    assert codes == api.codes(f"{TIDE_HERE}&retailer=acme&availability=all&sort=best")


def test_sort_distance(api: Api) -> None:
    assert api.codes(f"{TIDE_HERE}&retailer=acme&availability=all&sort=distance") == [
        f"acme:{n:03d}" for n in (1, 2, 3, 4, 5, 6, 7, 9, 10)
    ]


def test_sort_price_is_cheapest_first_then_nearest_and_without_price_last(api: Api) -> None:
    assert api.codes(f"{TIDE_HERE}&retailer=acme&availability=all&sort=price") == [
        f"acme:{n:03d}" for n in (10, 4, 1, 3, 6, 7, 9, 2, 5)
    ]


def test_sort_updated_is_latest_first(api: Api) -> None:
    answer = api.ask(f"{TIDE_HERE}&retailer=acme&availability=all&sort=updated")
    ages = [hit["age_s"] for hit in answer["stores"]]
    assert ages == sorted(ages)
    assert codes_of(answer)[-3:] == ["acme:002", "acme:007", "acme:006"]
    api.refused(f"{TIDE_HERE}&sort=nearest", 422, "invalid_request", "sort")


@pytest.mark.parametrize("limit", ["0", "51", "-1", "ten", "1.0"])
def test_limit_is_1_to_50(api: Api, limit: str) -> None:
    api.refused(f"{TIDE_HERE}&limit={limit}", 422, "invalid_request", "limit")


def test_limit_defaults_to_10(api: Api) -> None:
    asked = f"{TIDE_HERE}&radius=160&availability=all"
    assert len(api.codes(asked)) == 10
    assert len(api.codes(f"{asked}&limit=50")) == 17


def _pages(api: Api, query: str) -> list[dict[str, Any]]:
    pages = [api.ask(query)]
    while (cursor := pages[-1]["next_cursor"]) is not None:
        assert len(pages) < 100
        pages.append(api.ask(f"{query}&cursor={quote(cursor)}"))
    return pages


@pytest.mark.parametrize("sort", ["best", "distance", "price", "updated"])
@pytest.mark.parametrize("limit", [1, 2, 5, 17, 50])
def test_a_cursor_pages_without_gaps_or_repeats(api: Api, sort: str, limit: int) -> None:
    query = f"{TIDE_HERE}&radius=160&availability=all&sort={sort}"
    pages = _pages(api, f"{query}&limit={limit}")
    found = [code for page in pages for code in codes_of(page)]
    assert found == api.codes(f"{query}&limit=50")
    assert len(found) == 17
    assert len(pages) == -(-17 // limit)
    assert len({str(page["summary"]) for page in pages}) == 1
    assert len({str(page["best"]) for page in pages}) == 1


def test_a_cursor_pages_stores_without_distance(api: Api, ids: dict[str, str]) -> None:
    query = f"gtin={TIDE}&store_id={','.join(ids.values())}&availability=all"
    found = [code for page in _pages(api, f"{query}&limit=4") for code in codes_of(page)]
    assert sorted(found) == sorted(ids)
    assert found == api.codes(f"{query}&limit=50")


def test_a_cursor_pages_with_max_per_retailer(api: Api) -> None:
    query = f"{TIDE_HERE}&radius=160&availability=all&max_per_retailer=2"
    found = [code for page in _pages(api, f"{query}&limit=3") for code in codes_of(page)]
    assert found == api.codes(f"{query}&limit=50")


def test_a_cursor_is_bound_to_its_query(api: Api) -> None:
    query = f"{TIDE_HERE}&radius=160&limit=2"
    cursor = quote(api.ask(query)["next_cursor"])
    for other in (
        f"{TIDE_HERE}&radius=159&limit=2",
        f"{query}&sort=price",
        f"{query}&availability=all",
        f"gtin={NOBODY_HAS_IT}&{HERE}&radius=160&limit=2",
    ):
        api.refused(f"{other}&cursor={cursor}", 422, "invalid_request", "cursor")
    api.refused(f"{query}&cursor={cursor[:-1]}", 422, "invalid_request", "cursor")
    api.refused(f"{query}&cursor=nonsense", 422, "invalid_request", "cursor")


def test_a_cursor_does_not_care_for_the_order_of_parameters_or_the_size_of_the_page(api: Api) -> None:
    query = f"{TIDE_HERE}&radius=160"
    cursor = quote(api.ask(f"{query}&limit=2")["next_cursor"])
    rest = api.codes(f"{query}&limit=2&cursor={cursor}")
    assert rest == api.codes(f"limit=2&cursor={cursor}&radius=160&{HERE}&gtin={TIDE}")
    assert rest == api.codes(f"cursor={cursor}&{query}&limit=2")
    assert api.codes(f"{query}&limit=5&cursor={cursor}")[:2] == rest


# -- how it is told ---------------------------------------------------------------------------------------


def test_a_full_hit_has_every_field(api: Api, ids: dict[str, str]) -> None:
    hit = hit_of(api, "acme:001")
    assert dt.datetime.fromisoformat(hit.pop("observed_at")) <= dt.datetime.now(dt.UTC)
    assert 300 <= hit.pop("age_s") < 400
    assert 0.5 < hit.pop("confidence") < 1
    assert hit == {
        "store": {
            "id": ids["acme:001"],
            "retailer": "acme",
            "store_code": "001",
            "name": "FreshMart Valencia Street 1",
            "phone": "+14155550001",
            "address": {
                "street": "1 Valencia St",
                "city": "San Francisco",
                "region": "CA",
                "postal_code": "94103",
                "country": "US",
            },
            "lat": 37.77,
            "lon": -122.42,
            "precision": "point",
            "timezone": "America/Los_Angeles",
            "open_now": None,
            "opens_at": None,
            "closes_at": None,
            "services": ["pickup", "delivery"],
        },
        "distance_m": 0,
        "availability": "in_stock",
        "quantity": 7,
        "quantity_bucket": "3-9",
        "price": {"amount": "12.99", "currency": "USD"},
        "sale_price": {"amount": "9.99", "currency": "USD"},
        "pickup": {"method": "reserve", "sla": "same_day"},
        "aisle": "A12 bay 3",
        "freshness": "live",
        "basis": "feed",
    }


def test_the_answer_around_the_hits(api: Api, ids: dict[str, str]) -> None:
    answer = api.ask(TIDE_HERE)
    assert set(answer) == {
        "query", "as_of", "product", "best", "stores", "excluded", "summary", "say", "next_cursor",
    }  # fmt: skip
    as_of = dt.datetime.fromisoformat(answer["as_of"])
    assert abs(dt.datetime.now(dt.UTC) - as_of) < dt.timedelta(seconds=60)
    assert answer["as_of"].endswith("Z")
    assert answer["best"] == {"store_id": ids["acme:001"], "reason": "in_stock_nearest"}
    assert answer["say"].startswith("FreshMart Valencia Street 1 had it 5 minutes ago")


@pytest.mark.parametrize(
    ("sort", "code", "reason"),
    [
        ("best", "acme:001", "in_stock_nearest"),
        ("distance", "acme:001", "in_stock_nearest"),
        ("price", "acme:010", "in_stock_cheapest"),
    ],
)
@pytest.mark.parametrize("limit", [1, 9])
def test_best_is_the_first_usable_store_and_says_why(
    api: Api, ids: dict[str, str], sort: str, code: str, reason: str, limit: int
) -> None:
    answer = api.ask(f"{TIDE_HERE}&retailer=acme&availability=all&sort={sort}&limit={limit}")
    assert answer["best"] == {"store_id": ids[code], "reason": reason}


def test_best_is_none_where_no_store_is_usable(api: Api) -> None:
    answer = api.ask(f"{TIDE_HERE}&retailer=acme&availability=out_of_stock")
    assert answer["best"] is None
    assert "FreshMart" not in answer["say"] or "Not sure" in answer["say"]


def test_disclosure_exact_bucket_boolean(api: Api) -> None:
    told = {}
    for retailer_id in ("acme", "buck", "bool"):
        hit = hit_of(api, f"{retailer_id}:002")
        told[retailer_id] = (hit["quantity"], hit["quantity_bucket"])
    assert told == {"acme": (2, "1-2"), "buck": (None, "1-2"), "bool": (None, "unknown")}


def test_a_boolean_retailer_never_tells_that_few_are_left(api: Api) -> None:
    """002 has one piece, which is low stock elsewhere: neither word, filter, count, sentence nor confidence tells."""
    asked = f"{TIDE_HERE}&radius=160&retailer=bool"
    hit = hit_of(api, "bool:002")
    assert hit["availability"] == "in_stock"
    assert api.codes(f"{asked}&availability=low_stock") == []
    assert api.codes(f"{asked}&availability=in_stock") == ["bool:002"]
    answer = api.ask(asked)
    assert (answer["summary"]["low_stock"], answer["summary"]["in_stock"]) == (0, 1)
    assert answer["best"]["reason"] == "in_stock_nearest"
    assert hit["confidence"] == 0.95, "as of a store full of it"
    assert api.codes(f"{asked}&min_confidence=0.9") == ["bool:002"]


def test_min_quantity_does_not_tell_what_the_policy_hides(api: Api) -> None:
    """001 of each has 5, which expired; 002 has 1. A bucket counts for its least, a hidden quantity for unknown."""
    asked = f"{TIDE_HERE}&radius=160&availability=all&retailer=buck,bool,slow"
    passes = {n: set(api.codes(f"{asked}&min_quantity={n}")) for n in (2, 3, 4, 5, 6)}
    assert passes == {
        2: {"buck:001", "slow:001"},
        3: {"buck:001", "slow:001"},
        4: {"slow:001"},
        5: {"slow:001"},
        6: set(),
    }


def test_a_banded_quantity_is_never_shown_as_exact(api: Api) -> None:
    hit = hit_of(api, "acme:010")
    assert (hit["quantity"], hit["quantity_bucket"], hit["availability"]) == (None, "10+", "in_stock")


@pytest.mark.parametrize(
    ("code", "price"),
    [
        ("acme:001", {"amount": "12.99", "currency": "USD"}),
        ("acme:002", {"amount": "13.50", "currency": "USD"}),
        ("acme:004", {"amount": "11.00", "currency": "USD"}),
        ("acme:005", None),
        ("tokyo:001", {"amount": "1299", "currency": "JPY"}),
        ("kuwait:001", {"amount": "1.299", "currency": "KWD"}),
    ],
)
def test_prices_are_decimal_strings_in_their_currency(api: Api, code: str, price: dict[str, str] | None) -> None:
    assert hit_of(api, code)["price"] == price


def test_a_sale_price_shows_only_in_its_period(api: Api) -> None:
    assert hit_of(api, "acme:001")["sale_price"] == {"amount": "9.99", "currency": "USD"}
    assert hit_of(api, "acme:007")["sale_price"] is None
    assert hit_of(api, "acme:007")["price"] == {"amount": "12.99", "currency": "USD"}


def test_pickup_and_aisle(api: Api) -> None:
    assert hit_of(api, "acme:004")["pickup"] == {"method": "buy", "sla": "two_day"}
    assert hit_of(api, "acme:002")["pickup"] is None
    assert (hit_of(api, "acme:001")["aisle"], hit_of(api, "acme:002")["aisle"]) == ("A12 bay 3", None)


def test_compact_fits_in_2_kb(api: Api) -> None:
    response = api.get(f"/v1/availability?{TIDE_HERE}&view=compact&radius=160&availability=all")
    answer = response.json()
    assert len(answer["stores"]) == 10
    assert answer["next_cursor"] is not None
    assert len(response.content) <= 2_000
    first = answer["stores"][0]
    assert {"store", "distance_m", "availability", "age_s"} <= set(first)
    full = api.ask(f"{TIDE_HERE}&radius=160&availability=all")
    assert [hit["store"]["id"] for hit in answer["stores"]] == [hit["store"]["id"] for hit in full["stores"]]
    api.refused(f"{TIDE_HERE}&view=small", 422, "invalid_request", "view")


def test_explain_says_why_stores_were_left_out(api: Api, ids: dict[str, str]) -> None:
    answer = api.ask(f"{TIDE_HERE}&retailer=acme&explain=true&max_age=900&min_quantity=3&limit=50")
    reasons = {line["store_id"]: line["reason"] for line in answer["explain"]}
    assert reasons == {
        ids["acme:003"]: "out_of_stock",
        ids["acme:005"]: "on_display_to_order",
        ids["acme:006"]: "unknown",
        ids["acme:002"]: "quantity",
        ids["acme:004"]: "quantity",
        ids["acme:007"]: "stale",
    }
    assert len(reasons) + len(answer["stores"]) == answer["summary"]["checked"]
    assert "explain" not in api.ask(TIDE_HERE)


@pytest.mark.parametrize("query", ["radios=5", "gtin=1&gtin=2", "lat=1&latitude=1", "view=compact&view=full"])
def test_unknown_and_repeated_parameters_are_refused(api: Api, query: str) -> None:
    api.refused(f"{TIDE_HERE}&{query}", 422, "invalid_request")


# -- what it costs, and when it cannot be answered --------------------------------------------------------


@contextmanager
def _sql_statements() -> Iterator[list[str]]:
    statements: list[str] = []

    def remember(*arguments: Any) -> None:
        statements.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", remember)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", remember)


def _redis_calls(world: World) -> dict[str, int]:
    return {name: int(stats["calls"]) for name, stats in world.redis.info("commandstats").items()}


@pytest.mark.parametrize(("rare", "round_trips"), [("&retailer=buck&radius=160", 1), ("", 2)])
def test_round_trips_and_no_sql(api: Api, filled: World, rare: str, round_trips: int) -> None:
    """A plain question takes one command; only rare attributes of the stores on the page cost a second."""
    api.ask(TIDE_HERE)
    before = _redis_calls(filled)
    with _sql_statements() as statements:
        assert api.ask(f"{TIDE_HERE}{rare}")["stores"]
    after = _redis_calls(filled)
    spent = {name: calls - before.get(name, 0) for name, calls in after.items() if calls != before.get(name, 0)}
    assert spent == {"cmdstat_hmget": round_trips, "cmdstat_info": 1}
    assert statements == []


def test_an_older_observation_never_replaces_a_newer_one(world: World) -> None:
    world.add_retailer("acme", ["001"])
    now = dt.datetime.now(dt.UTC)
    with asking(world) as api:
        for minutes, quantity, expected in ((10, 5, 5), (20, 9, 5), (10, 6, 6), (5, 0, 0)):
            at = now - dt.timedelta(minutes=minutes)
            world.patch(StockChange("001", gtin=TIDE, quantity=quantity, observed_at=at))
            hit = hit_of(api, "acme:001", f"{TIDE_HERE}&availability=all")
            assert hit["quantity"] == expected
            assert hit["basis"] == "pos_event"


@pytest.mark.parametrize("product", [TIDE, NOBODY_HAS_IT, NEVER_NAMED])
def test_503_while_the_marker_is_missing(world: World, product: str) -> None:
    world.add_retailer("acme", ["001", "002"])
    world.push("products", f"gtin,title\n{NOBODY_HAS_IT},Highlighter\n")
    world.push("inventory", f"store_code,gtin,quantity\n001,{TIDE},5\n")
    with asking(world) as api:
        world.redis.delete("index:complete")
        problem = api.refused(f"gtin={product}&lat=10&lon=10", 503, "index_unavailable")
        assert int(problem["headers"]["retry-after"]) > 0
        world.flush()
        api.refused(f"gtin={product}&{HERE}", 503, "index_unavailable")


def test_503_rather_than_half_an_answer_while_the_index_is_filled(world: World) -> None:
    """After a flush, a change that comes before the rebuild puts one lonely record into an empty index."""
    world.add_retailer("acme", ["001", "002"])
    world.push("inventory", f"store_code,gtin,quantity\n001,{TIDE},5\n002,{TIDE},5\n")
    world.flush()
    world.patch(StockChange("002", gtin=TIDE, quantity=4))
    with asking(world) as api:
        api.refused(TIDE_HERE, 503, "index_unavailable")
        world.work()
        assert api.codes(TIDE_HERE) == ["acme:001", "acme:002"]
