"""Contract 2 and 3, the shapes of answers: what the document says is what is sent, in every view."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

from inventory_api.channels.rest import schema
from inventory_api.domain.webhook import Event
from tests.contract.rules.shelf import ALL, HERE, SMALL, TIDE, TIDE_HERE
from tests.contract.test_openapi_golden import GOLDEN
from tests.integration.asking import Api

BATCH: dict[str, Any] = {"lat": 37.77, "lon": -122.42, "items": [{"gtin": TIDE}, {"gtin": "1234"}]}
BASKET: dict[str, Any] = {"lat": 37.77, "lon": -122.42}


def test_every_event_that_is_sent_is_in_the_document() -> None:
    document = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert set(document["webhooks"]) == {event.value for event in Event if event is not Event.TEST}


@pytest.mark.parametrize(
    ("method", "path", "body", "shape"),
    [
        ("GET", f"/v1/availability?{ALL}", None, schema.AvailabilityOut),
        ("GET", f"/v1/availability?{ALL}&view=compact", None, schema.AvailabilityOut),
        ("GET", f"/v1/availability?{TIDE_HERE}&explain=true", None, schema.AvailabilityOut),
        ("GET", f"/v1/availability?sku=BREAD&retailer=acme&{HERE}", None, schema.AvailabilityOut),
        ("POST", "/v1/availability/batch", BATCH, schema.BatchOut),
        ("POST", "/v1/availability/batch", BATCH | {"view": "compact"}, schema.BatchOut),
        ("GET", f"/v1/stores/s1/availability?gtin={TIDE},{SMALL}", None, schema.BatchOut),
        ("POST", "/v1/basket", BASKET | {"all_of": [{"gtin": TIDE, "quantity": 2}, {"gtin": SMALL}]}, schema.BasketOut),
        ("POST", "/v1/basket", BASKET | {"any_of": [{"gtin": TIDE}, {"gtin": SMALL}]}, schema.BasketOut),
        ("GET", f"/v1/stores?{HERE}", None, schema.StorePage),
        ("GET", f"/v1/products?gtin={TIDE}", None, schema.ProductPage),
        ("GET", f"/v1/products/suggest?q=det&{HERE}", None, schema.ProductPage),
        ("GET", "/v1/places?q=94103", None, schema.PlacePage),
    ],
)
def test_an_answer_has_the_documented_shape_and_nothing_beside(
    api: Api, method: str, path: str, body: dict[str, Any] | None, shape: type[BaseModel]
) -> None:
    """Generated clients read by the document: a field that it calls required has to be there in every view."""
    answer = api.send(method, path, json=body).json()
    assert shape.model_validate(answer).model_dump(mode="json", exclude_unset=True) == answer


VALUES = {
    ("AvailableStore", "availability"): "in_stock low_stock out_of_stock on_display_to_order not_carried unknown",
    ("AvailableStore", "quantity_bucket"): "0 1-2 3-9 10+ unknown",
    ("AvailableStore", "freshness"): "live recent stale expired",
    ("AvailableStore", "basis"): "pos_event feed count shopper_report",
    ("Pickup", "method"): "buy reserve ship_to_store not_supported",
    ("Pickup", "sla"): "same_day next_day two_day three_day four_day five_day six_day seven_day multi_week",
    ("OriginOut", "precision"): "point postal_code postal_prefix city region address street",
}


@pytest.mark.parametrize(("shape", "field"), VALUES)
def test_the_document_names_every_value_of_a_field(shape: str, field: str) -> None:
    schemas = json.loads(GOLDEN.read_text())["components"]["schemas"]
    assert set(VALUES[shape, field].split()) == set(_values(schemas[shape]["properties"][field], schemas))


def _values(schema: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    if "$ref" in schema:
        return _values(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return [value for each in schema["anyOf"] for value in _values(each, schemas)]
    values: list[str] = schema.get("enum", [])
    return values


@pytest.mark.parametrize(
    ("path", "noun"),
    [
        (f"/v1/stores?{HERE}", "stores"),
        (f"/v1/products?gtin={TIDE}", "products"),
        (f"/v1/products/suggest?q=det&{HERE}", "products"),
        ("/v1/places?q=94103", "places"),
    ],
)
def test_lists_are_named_by_their_noun_with_next_cursor(api: Api, path: str, noun: str) -> None:
    page = api.get(path).json()
    assert page[noun]
    assert page["next_cursor"] is None or isinstance(page["next_cursor"], str)


def test_every_list_of_the_document_is_named_by_its_noun_with_next_cursor() -> None:
    document = json.loads(GOLDEN.read_text())
    lists = {}
    for path, operations in document["paths"].items():
        noun = path.rpartition("/")[2].replace("-", "_")
        content = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        shape = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        described = document["components"]["schemas"].get(shape, {})
        if described.get("properties", {}).get(noun, {}).get("type") == "array":
            lists[noun] = "next_cursor" in described["required"]
    assert lists == dict.fromkeys(
        ["feed_runs", "feed_sources", "places", "products", "stores", "webhook_endpoints"], True
    )
