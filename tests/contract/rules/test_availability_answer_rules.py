"""Contract 2, the answer: its fields, their values, and the rules that no value may break."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.contract.rules.shelf import HERE, TIDE, TIDE_HERE, hit_of
from tests.integration.asking import Api, codes_of

# -- the whole ----------------------------------------------------------------------------------------------


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


# -- availability, quantity, freshness ----------------------------------------------------------------------


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


def test_a_banded_quantity_is_never_shown_as_exact(api: Api) -> None:
    hit = hit_of(api, "acme:010")
    assert (hit["quantity"], hit["quantity_bucket"], hit["availability"]) == (None, "10+", "in_stock")


def test_freshness_words_and_the_retailers_own_expiry(api: Api) -> None:
    words = {code: hit_of(api, f"acme:{code}")["freshness"] for code in ("001", "002", "006", "007")}
    assert words == {"001": "live", "002": "recent", "006": "expired", "007": "stale"}
    assert hit_of(api, "slow:001")["freshness"] == "stale"
    assert hit_of(api, "buck:001")["freshness"] == "expired"


def test_expired_is_unknown_with_last_known_and_never_out_of_stock(api: Api) -> None:
    hit = hit_of(api, "acme:006")
    assert (hit["availability"], hit["freshness"]) == ("unknown", "expired")
    assert hit["last_known"] == {"availability": "in_stock", "observed_at": hit["observed_at"]}
    assert hit["confidence"] == 0
    assert hit["age_s"] == pytest.approx(25 * 3600, abs=60)
    assert "last_known" not in hit_of(api, "acme:001")


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


def test_the_summary_counts_what_the_status_filter_hides(api: Api) -> None:
    assert api.ask(f"{TIDE_HERE}&retailer=acme&availability=low_stock")["summary"]["checked"] == 9


@pytest.mark.parametrize(
    ("code", "quantity", "bucket"),
    [("003", 0, "0"), ("002", 2, "1-2"), ("001", 7, "3-9"), ("007", 12, "10+"), ("004", None, "unknown")],
)
def test_quantity_bucket(api: Api, code: str, quantity: int | None, bucket: str) -> None:
    hit = hit_of(api, f"acme:{code}")
    assert (hit["quantity"], hit["quantity_bucket"]) == (quantity, bucket)


# -- price, pickup, aisle -----------------------------------------------------------------------------------


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


# -- disclosure ---------------------------------------------------------------------------------------------


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


# -- say -----------------------------------------------------------------------------------------------


def test_say_is_one_sentence_that_never_promises(api: Api) -> None:
    assert api.ask(TIDE_HERE)["say"] == (
        "FreshMart Valencia Street 1 had it 5 minutes ago, 0 m away. Stock can change and is not held."
    )
