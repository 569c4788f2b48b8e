"""The tools, called by the protocol's own client over real HTTP. Nothing here writes."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import orjson
import pytest
from mcp.client import Client

from inventory_api.domain.availability import BUCKETS, STATUS_WORDS
from tests.integration.agency import MILK, NOBODY_HAS_IT, Agent, agent

__all__ = ["agent"]

PLACE = "37.77,-122.42"


def test_three_tools_are_listed_that_only_read(agent: Agent) -> None:
    async def listed() -> Any:
        async with Client(f"{agent.url}/mcp") as client:
            return await client.list_tools()

    tools = {tool.name: tool for tool in asyncio.run(listed()).tools}
    assert list(tools) == ["find_product", "check_stock", "list_stores"]
    for tool in tools.values():
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
        assert tool.description
        assert tool.input_schema["additionalProperties"] is False
        assert tool.output_schema["properties"]["say"]
    stock = tools["check_stock"].output_schema["$defs"]["StoreStock"]["properties"]
    assert all(bucket in stock["quantity"]["description"] for bucket in BUCKETS)
    assert all(status in stock["availability"]["description"] for status in STATUS_WORDS)


def test_check_stock_says_what_our_own_api_says(agent: Agent) -> None:
    ours = agent.get(f"/v1/availability?gtin={MILK}&lat=37.77&lon=-122.42&limit=5&unit=mi")
    told = agent.call("check_stock", product="037000185062", place=PLACE)
    assert told["say"] == ours["say"]
    assert told["checked"] == ours["summary"]["checked"]
    assert told["product"] == {"product_id": MILK, "title": "Whole milk", "brand": "Clover"}
    assert [one["store_id"] for one in told["stores"]] == [hit["store"]["id"] for hit in ours["stores"]]
    for one, hit in zip(told["stores"], ours["stores"], strict=True):
        assert one["observed_at"] == hit["observed_at"]
        assert (one["availability"], one["distance_m"]) == (hit["availability"], hit["distance_m"])
    assert told["observed_at"] == ours["stores"][0]["observed_at"]


def test_check_stock_speaks_the_language_asked_for(agent: Agent) -> None:
    asked = {"product": MILK, "place": PLACE}
    said = {agent.call("check_stock", **asked, language=language)["say"] for language in ("en", "ur", "te-Latn")}
    assert len(said) == 3
    assert "'en', 'ur'" in agent.refused("check_stock", **asked, language="tlh")


def test_check_stock_at_named_stores_tells_every_status(agent: Agent) -> None:
    ids = [agent.id["acme:always"], agent.id["acme:nohours"], agent.id["bolt:day"]]
    told = agent.call("check_stock", product=MILK, store_ids=ids)
    assert {agent.code[one["store_id"]]: one["availability"] for one in told["stores"]} == {
        "acme:always": "out_of_stock",
        "acme:nohours": "unknown",
        "bolt:day": "in_stock",
    }


@pytest.mark.parametrize(
    ("place", "understood"),
    [(PLACE, "San Francisco, CA (US)"), ("san fransisco", "San Francisco, CA (US)"), ("0,0", "0, 0")],
)
def test_an_answer_names_the_place_that_was_understood(agent: Agent, place: str, understood: str) -> None:
    assert agent.call("check_stock", product=MILK, place=place)["place"] == understood
    assert agent.call("find_product", text="milk", place=place)["place"] == understood
    assert agent.call("list_stores", place=place)["place"] == understood


def test_without_a_place_none_is_named(agent: Agent) -> None:
    assert agent.call("find_product", text="milk")["place"] is None
    assert agent.call("check_stock", product=MILK, store_ids=[agent.id["bolt:day"]])["place"] is None


def test_a_store_that_does_not_sell_it_is_said_to_do_so(agent: Agent) -> None:
    told = agent.call("check_stock", product=agent.bread, store_ids=[agent.id["bolt:day"]])
    assert (told["stores"][0]["availability"], told["say"]) == ("not_carried", "The store asked does not sell it.")


def test_find_product_says_where_the_nearest_is(agent: Agent) -> None:
    told = agent.call("find_product", text="mlk", place=PLACE)
    (first, *_) = told["products"]
    assert (first["product_id"], first["title"]) == (MILK, "Whole milk")
    assert agent.code[first["nearest"]["store_id"]] == "acme:day"
    assert told["say"] == first["say"]
    assert first["say"].startswith("Acme day had it")
    assert told["observed_at"] == first["nearest"]["observed_at"] is not None
    assert agent.call("find_product", text=NOBODY_HAS_IT)["products"] == []
    bare = agent.call("find_product", text="milk")
    assert bare["products"][0]["nearest"] is None
    assert bare["say"] is None


def test_list_stores_lists_those_that_have_everything(agent: Agent) -> None:
    everything = agent.call("list_stores", place=PLACE, limit=20)["stores"]
    assert [agent.code[one["store_id"]] for one in everything][:3] == ["acme:day", "bolt:day", "acme:night"]
    both = agent.call("list_stores", place=PLACE, products=[MILK, agent.bread])["stores"]
    assert [agent.code[one["store_id"]] for one in both] == ["acme:day", "acme:karachi"]
    (named,) = agent.call("list_stores", place=PLACE, name="bolt")["stores"]
    assert named["observed_at"] is None or named["observed_at"].endswith("Z")


def test_a_sentence_measures_as_the_country_of_the_place_does(agent: Agent) -> None:
    asked = {"product": MILK, "radius_km": 1}
    assert " mi away" in agent.call("check_stock", place=PLACE, **asked)["say"]
    assert " mi away" in agent.call("find_product", text="milk", place="San Francisco", radius_km=50)["say"]
    # No store tells whose country that is.
    assert "1 km" in agent.call("check_stock", place="0,0", **asked)["say"]


def test_list_stores_says_which_comes_first(agent: Agent) -> None:
    told = agent.call("list_stores", place=PLACE)
    assert told["say"] == "Acme day is 0.1 mi away."
    assert told["observed_at"] == told["stores"][0]["observed_at"]
    both = agent.call("list_stores", place=PLACE, products=[MILK, agent.bread])
    assert both["say"] == "Acme day (0.1 mi) had all 2 items. Stock can change and is not held."
    none = agent.call("list_stores", place=PLACE, name="nobody is called so")
    assert none["say"] == "No store within 9.9 mi fits what was asked."
    assert (none["stores"], none["observed_at"]) == ([], None)
    assert agent.call("list_stores", place=PLACE, language="ur")["say"] == "Acme day 0.1 میل دور ہے۔"  # noqa: RUF001


@pytest.mark.parametrize(
    ("tool", "arguments", "why"),
    [
        ("check_stock", {"product": MILK}, "invalid_request: give exactly one of place and store_ids"),
        (
            "check_stock",
            {"product": "123", "place": PLACE},
            "invalid_gtin: 123 has 3 digits; a GTIN has 8, 12, 13 or 14",
        ),
        (
            "check_stock",
            {"product": "37000185062", "place": PLACE},
            "invalid_gtin: 37000185062 has 11 digits; a GTIN has 8, 12, 13 or 14: 037000185062, if a spreadsheet took "
            "its zero away",
        ),
        (
            "check_stock",
            {"product": NOBODY_HAS_IT, "place": PLACE},
            f"unknown_product: No retailer ever named this product: {NOBODY_HAS_IT}",
        ),
        (
            "check_stock",
            {"product": "milk", "place": PLACE},
            "invalid_gtin: 'milk' is not all digits; a GTIN has 8, 12, 13 or 14 digits; find_product gives the "
            "product_id of a name",
        ),
        ("list_stores", {"place": PLACE, "products": ["milk"]}, "invalid_gtin: 'milk' is not all digits"),
        (
            "check_stock",
            {"product": MILK, "place": "91.5,10.0"},
            "place_not_found: latitude 91.5 is outside -90..90; are latitude and longitude swapped?",
        ),
        (
            "check_stock",
            {"product": MILK, "place": "Atlantis"},
            "place_not_found: no place is known as 'Atlantis': try a postal code, a city, or lat,lon",
        ),
        (
            "check_stock",
            {"product": MILK, "place": PLACE, "radius": 5},
            "invalid_request: radius is unknown here; known: product, place, store_ids, radius_km, open_now, ",
        ),
        (
            "check_stock",
            {"product": MILK, "place": PLACE, "radius_km": 161, "limit": "many"},
            "invalid_request: radius_km: Input should be less than or equal to 160; limit: Input should be a valid "
            "integer, unable to parse string as an integer",
        ),
        (
            "check_stock",
            {"product": MILK, "store_ids": ["nine"]},
            "unknown_store: No store has this id: 'nine'; ids look like s12",
        ),
        ("list_stores", {}, "invalid_request: place: is missing"),
        # A product that is not there is none found; a barcode that there cannot be was misread.
        ("find_product", {"text": "00037000185061"}, "invalid_gtin: 00037000185061 fails its check digit"),
        ("find_product", {"text": "37000185062", "place": PLACE}, "invalid_gtin: 37000185062 has 11 digits"),
        ("find_product", {"text": ""}, "invalid_request: text: String should have at least 1 character"),
        (
            "find_product",
            {"text": "milk", "language": "tlh"},
            "invalid_request: language: Input should be 'en', 'ur', 'te', 'ur-Latn' or 'te-Latn'",
        ),
    ],
)
def test_a_tool_says_by_code_and_sentence_what_is_wrong_with_a_question(
    agent: Agent, tool: str, arguments: dict[str, Any], why: str
) -> None:
    said = agent.refused(tool, **arguments)
    assert said.startswith(why)
    assert "\n" not in said


def test_only_our_own_names_and_pages_are_answered_to(agent: Agent) -> None:
    call = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    usual = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    with httpx.Client(base_url=agent.url, trust_env=False, headers=usual) as client:
        assert client.post("/mcp", content=call).status_code == 200
        assert client.post("/mcp", content=call, headers={"Host": "inventory.example.com"}).status_code == 200
        assert client.post("/mcp", content=call, headers={"Host": "evil.example"}).status_code == 421
        assert client.post("/mcp", content=call, headers={"Origin": "https://evil.example"}).status_code == 403
        refused = client.get("/mcp")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert refused.json()["error"]["data"]["code"] == "method_not_allowed"
    assert refused.json()["jsonrpc"] == "2.0"
