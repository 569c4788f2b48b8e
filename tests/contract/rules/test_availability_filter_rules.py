"""Contract 2, the other parameters of ``GET /v1/availability``: which stores, in what order, how many, how told."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.rules.shelf import HERE, NOBODY_HAS_IT, TIDE, TIDE_HERE
from tests.integration.asking import Api, codes_of

# -- availability, min_quantity -----------------------------------------------------------------------------


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


def test_an_unknown_quantity_passes_min_quantity_only_at_1(api: Api) -> None:
    assert "acme:004" in api.codes(f"{TIDE_HERE}&min_quantity=1")
    answer = api.ask(f"{TIDE_HERE}&min_quantity=2&retailer=acme")
    assert sorted(codes_of(answer)) == ["acme:001", "acme:002", "acme:007", "acme:009", "acme:010"]
    assert answer["excluded"] == {"quantity": 1}
    assert api.codes(f"{TIDE_HERE}&min_quantity=8&retailer=acme") == ["acme:007", "acme:009", "acme:010"]
    api.refused(f"{TIDE_HERE}&min_quantity=0", 422, "invalid_request", "min_quantity")


# -- max_age, min_confidence --------------------------------------------------------------------------------


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


# -- open_now, open_at --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("when", "is_open"), [("2026-11-05T14:30:00Z", "east"), ("2026-11-05T23:30:00Z", "west")])
def test_open_at_is_evaluated_in_the_stores_own_time_zone(
    api: Api, ids: dict[str, str], when: str, is_open: str
) -> None:
    """Both are open from nine to five: half past nine in New York is half past six in Los Angeles."""
    answer = api.ask(f"gtin={TIDE}&store_id={ids['clock:east']},{ids['clock:west']}&open_at={when}")
    assert codes_of(answer) == [f"clock:{is_open}"]
    assert answer["excluded"] == {"closed": 1}


@pytest.mark.parametrize("when", ["open_now=true", "open_at=2026-10-30T17:00:00Z"])
def test_unknown_hours_never_match(api: Api, when: str) -> None:
    answer = api.ask(f"{TIDE_HERE}&{when}&retailer=acme")
    assert answer["stores"] == []
    assert answer["best"] is None
    assert answer["excluded"] == {"hours_unknown": 6}


# -- retailer, services, max_per_retailer -------------------------------------------------------------------


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


# -- sort ---------------------------------------------------------------------------------------------------


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


# -- limit, cursor ------------------------------------------------------------------------------------------


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


# -- view, explain ------------------------------------------------------------------------------------------


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
