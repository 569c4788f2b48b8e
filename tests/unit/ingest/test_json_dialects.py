"""Variants of dialects that the example files do not show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inventory_api.domain.feed import FeedKind
from tests.unit.ingest.test_json import read, refusal

Cells = dict[str, str | None]


def rows(*objects: dict[str, Any], kind: FeedKind = FeedKind.INVENTORY) -> list[Cells]:
    """The rows of some objects, a line each, without what they leave unsaid."""
    found, _ = read("".join(json.dumps(one) + "\n" for one in objects), kind=kind)
    return [{name: text for name, text in cells.items() if text is not None} for _, cells in found]


def event(**changes: Any) -> dict[str, Any]:
    counts = [{"epcClass": "https://id.gs1.org/01/00036000291452", "quantity": 12}]
    usual = {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "cycle_counting",
        "eventTime": "2026-11-05T06:00:00Z",
    }
    return usual | {"bizLocation": {"id": "https://id.gs1.org/414/0614141000173"}, "quantityList": counts} | changes


def test_gs1_urns_mean_the_same_as_links() -> None:
    urns = event(
        bizLocation={"id": "urn:epc:id:sgln:0614141.00017.0"},
        bizStep="urn:epcglobal:cbv:bizstep:cycle_counting",
        quantityList=[{"epcClass": "urn:epc:class:lgtin:0036000.029145.LOT", "quantity": 12}],
    )
    assert (
        rows(event(), urns)
        == [
            {
                "store_code": "0614141000173",
                "gtin": "00036000291452",
                "quantity": "12",
                "timestamp": "2026-11-05T06:00:00Z",
                "basis": "count",
            }
        ]
        * 2
    )


def test_only_steps_of_stock_taking_say_that_somebody_counted() -> None:
    steps = ["https://ref.gs1.org/cbv/BizStep-stock_taking", "stocking", None]
    assert [row.get("basis") for row in rows(*(event(bizStep=step) for step in steps))] == ["count", None, None]


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "ADD"},
        {"action": "DELETE"},
        {"type": "AggregationEvent"},
        {"disposition": "damaged"},
        {"disposition": "urn:epcglobal:cbv:disp:expired"},
        {"bizLocation": None},
        {"quantityList": []},
        {"quantityList": [{"epcClass": "x", "quantity": 2.5, "uom": "KGM"}]},
    ],
    ids=str,
)
def test_only_counts_of_what_can_be_sold_are_stock(changes: dict[str, Any]) -> None:
    assert refusal(json.dumps(event(**changes))).code == "not_store_stock"
    assert len(rows(event(), event(**changes))) == 1


def product(*offers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"@context": "http://schema.org/", "@type": "Product", "sku": "1", "offers": list(offers)} | changes


def offer(**changes: Any) -> dict[str, Any]:
    return {"@type": "Offer", "availability": "InStock", "availableAtOrFrom": {"branchCode": "A"}} | changes


@pytest.mark.parametrize(
    ("said", "read_as"),
    [
        ("http://schema.org/InStock", "in_stock"),
        ("https://schema.org/LimitedAvailability", "limited_availability"),
        ("OnlineOnly", "out_of_stock"),
        ({"@id": "schema:SoldOut"}, "out_of_stock"),
        (["https://www.schema.org/InStoreOnly"], "in_stock"),
        ("Sometimes", "Sometimes"),
    ],
)
def test_availability_is_a_link_or_a_word(said: Any, read_as: str) -> None:
    assert rows(product(offer(availability=said)))[0]["availability"] == read_as


def test_an_offer_holds_at_each_of_its_stores() -> None:
    two = offer(availableAtOrFrom=[{"branchCode": "A"}, {"branchCode": "B"}], price=5.10, priceCurrency="USD")
    aggregate = {"@type": "AggregateOffer", "offers": [two]}
    expected = [{"store_code": code, "id": "1", "availability": "in_stock", "price": "5.1 USD"} for code in ("A", "B")]
    assert rows(product(two)) == rows(product(aggregate)) == expected


def test_graphs_lists_and_variants_hold_products() -> None:
    graph = {"@context": "https://schema.org", "@graph": [product(offer()), product(offer(), sku="2")]}
    listed = {"@context": "https://schema.org", "itemListElement": [{"item": product(offer())}]}
    group = {"@type": "ProductGroup", "hasVariant": [product(offer(), sku="3")]}
    inverse = {"@context": "https://schema.org", "@type": "Offer", **offer(), "itemOffered": {"sku": "4"}}
    found = [[cells["id"] for cells in rows(one)] for one in (graph, listed, group, inverse)]

    assert found == [["1", "2"], ["1"], ["3"], ["4"]]


def test_an_offer_of_no_store_is_no_stock_of_a_store() -> None:
    assert refusal(json.dumps(product(offer(availableAtOrFrom=None)))).code == "not_store_stock"


@pytest.mark.parametrize(
    ("name", "article"),
    [
        ("accounts/1/products/en~US~SKU~1/localInventories/A", "SKU~1"),
        ("accounts/1/products/local~en~US~SKU-1/localInventories/A", "SKU-1"),
        ("accounts/1/products/online:en:US:SKU-1/localInventories/A", "SKU-1"),
    ],
)
def test_google_names_the_article_in_the_resource(name: str, article: str) -> None:
    flat = {"name": name, "storeCode": "A", "availability": "limited availability", "instoreProductLocation": "7"}
    expected = {"id": article, "store_code": "A", "availability": "limited_availability"}
    assert rows(flat) == [expected | {"instore_product_location": "7"}]


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ({"amountMicros": "1234000", "currencyCode": "USD"}, "1.2340 USD"),
        ({"amountMicros": "5000000", "currencyCode": "JPY"}, "5 JPY"),
        ({"amountMicros": "x", "currencyCode": "USD"}, "x USD"),
        ({"amountMicros": "9" * 30, "currencyCode": "USD"}, "9" * 30 + " USD"),
        ({"currencyCode": "USD"}, None),
    ],
)
def test_micros_are_exact(price: dict[str, str], text: str | None) -> None:
    [cells] = rows({"storeCode": "A", "offerId": "1", "targetAccount": "1", "quantity": "1", "price": price})
    assert cells.get("price") == text


def test_shopify_levels_without_a_count_say_nothing() -> None:
    item = {"id": "gid://shopify/InventoryItem/1", "sku": "a", "tracked": False}
    other = {
        "id": "gid://shopify/ProductVariant/2",
        "inventoryItem": {"sku": "b", "tracked": True},
        "barcode": "36000291452",
    }
    level = {"location": {"id": "gid://shopify/Location/9"}, "__parentId": item["id"]}
    found = rows(
        item,
        other,
        level | {"id": "gid://shopify/InventoryLevel/9?inventory_item_id=1", "available": 4},
        level | {"id": "gid://shopify/InventoryLevel/9?inventory_item_id=2", "available": 5, "__parentId": other["id"]},
        level | {"id": "gid://shopify/InventoryLevel/9?x=3", "available": None, "__parentId": other["id"]},
    )
    assert found == [{"store_code": "9", "id": "b", "gtin": "36000291452", "quantity": "5"}]


def test_other_messages_of_commercetools_are_passed_over() -> None:
    message = {"type": "InventoryEntryDeleted", "resource": {"id": "x"}, "sku": "1", "supplyChannel": {"id": "A"}}
    assert refusal(json.dumps(message)).code == "not_store_stock"


SKU_1 = "accounts/1/products/local~en~US~SKU-1/localInventories/A"


@pytest.mark.parametrize(
    "body",
    [
        {"name": SKU_1, "account": "1", "storeCode": "A", "localInventoryAttributes": {"availability": "IN_STOCK"}},
        {"name": SKU_1.replace("~", ":"), "storeCode": "A", "availability": "in stock"},
        {"localInventories": [{"name": SKU_1, "storeCode": "A", "availability": "in stock"}], "nextPageToken": ""},
        {"entries": [{"name": SKU_1, "storeCode": "A", "availability": "in stock"}]},
    ],
)
def test_one_resource_of_google_is_a_feed_and_so_is_a_list_of_them(body: dict[str, Any]) -> None:
    assert rows(body) == [{"id": "SKU-1", "store_code": "A", "availability": "in_stock"}]


def test_the_body_of_an_insert_call_is_a_row_without_an_article() -> None:
    body = {"storeCode": "A", "localInventoryAttributes": {"availability": "IN_STOCK"}}
    assert rows(body) == [{"store_code": "A", "availability": "in_stock"}]


PRODUCT = {
    "name": "accounts/1/productInputs/en~US~SKU-1",
    "offerId": "SKU-1",
    "contentLanguage": "en",
    "feedLabel": "US",
    "productAttributes": {
        "title": "Pen",
        "gtins": ["04006381333931", "4006381333948"],
        "imageLink": "https://shop.example/pen.jpg",
        "price": {"amountMicros": "5490000", "currencyCode": "USD"},
        "productTypes": ["Office > Pens"],
    },
}


@pytest.mark.parametrize(
    "body",
    [
        PRODUCT,
        {"products": [PRODUCT], "nextPageToken": "x"},
        {"products": [PRODUCT | {"name": "accounts/1/products/en~US~SKU-1"}]},
        {key: value for key, value in PRODUCT.items() if key != "productAttributes"}
        | {"channel": "LOCAL", "attributes": PRODUCT["productAttributes"]},
    ],
)
def test_products_of_google_are_read_in_both_versions(body: dict[str, Any]) -> None:
    assert rows(body, kind=FeedKind.PRODUCTS) == [
        {
            "id": "SKU-1",
            "gtin": "04006381333931",
            "title": "Pen",
            "category": "Office > Pens",
            "image_link": "https://shop.example/pen.jpg",
        }
    ]


def test_a_list_of_our_own_columns_stays_ours() -> None:
    own = {"products": [{"id": "1", "title": "Pen", "attributes": {"color": "red"}}]}
    assert rows(own, kind=FeedKind.PRODUCTS) == [{"id": "1", "title": "Pen"}]
