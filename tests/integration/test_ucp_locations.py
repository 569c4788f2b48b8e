"""A test for each rule of the Universal Commerce Protocol on locations, over real HTTP.

One world and one server for all: nothing here writes.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.agency import MILK, NOBODY_HAS_IT, STORES, Agent, agent

__all__ = ["agent"]

HERE = {"latitude": 37.77, "longitude": -122.42}
PICKUP, CURBSIDE = "dev.ucp.amenity.shopping.in_store_pickup", "dev.ucp.amenity.shopping.curbside_pickup"
WI_FI = "dev.ucp.amenity.wi_fi"


def near(max_m: float, center: dict[str, float] = HERE) -> dict[str, Any]:
    return {"center": center, "max": max_m}


def items(*ids: str) -> dict[str, Any]:
    return {"items": list(ids)}


def open_at(instant: str) -> dict[str, Any]:
    return {"hours": {"open_at": instant}}


# -- distance -------------------------------------------------------------------------------------------


def test_distance_lists_the_stores_within_the_radius_nearest_first(agent: Agent) -> None:
    assert agent.search(distance=near(1_200)) == ["acme:day", "bolt:day", "acme:night"]


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(["acme:day", "acme:karachi", "bolt:day", "acme:dateline"]),
    st.floats(-0.5, 0.5),
    st.floats(-0.5, 0.5),
)
def test_distance_is_the_unrounded_geodesic_and_max_is_inclusive(
    agent: Agent, code: str, north: float, east: float
) -> None:
    retailer_id, _, store_code = code.partition(":")
    latitude, longitude = STORES[retailer_id][store_code][:2]
    assert latitude is not None
    assert longitude is not None
    center = {"latitude": latitude + north, "longitude": (longitude + east + 180) % 360 - 180}
    metres = Geodesic.WGS84.Inverse(center["latitude"], center["longitude"], latitude, longitude)["s12"]
    everything: dict[str, Any] = {"pagination": {"limit": 50}}
    assert code in agent.search(distance=near(metres, center), **everything)
    if metres > 0:
        assert code not in agent.search(distance=near(math.nextafter(metres, 0), center), **everything)


def test_distance_crosses_the_antimeridian_the_short_way(agent: Agent) -> None:
    assert agent.search(distance=near(100, {"latitude": 51.9, "longitude": -179.9999})) == ["acme:dateline"]


def test_distance_zero_is_the_very_point(agent: Agent) -> None:
    assert agent.search(distance=near(0, {"latitude": 37.771, "longitude": -122.42})) == ["acme:day"]


def test_distance_never_matches_a_store_without_coordinates(agent: Agent) -> None:
    assert "acme:nowhere" not in agent.search(distance=near(160_000), pagination={"limit": 50})
    assert "acme:nowhere" in agent.search(pagination={"limit": 50})


def test_distance_needs_its_own_center_whatever_context_and_signals_say(agent: Agent) -> None:
    context = {"address_country": "US", "postal_code": "94103"}
    signals = {"dev.ucp.buyer_ip": "203.0.113.7"}
    assert agent.post("search", distance={"max": 1000}, context=context, signals=signals).status_code == 400
    assert agent.search(distance=near(600), context={"postal_code": "54000"}, signals=signals) == [
        "acme:day",
        "bolt:day",
    ]


def test_an_empty_search_is_a_success_without_messages(agent: Agent) -> None:
    answer = agent.searched(distance=near(1_000, {"latitude": 0, "longitude": 0}))
    assert (answer["locations"], answer["pagination"]) == ([], {"has_next_page": False})
    assert "messages" not in answer


# -- hours ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "open_stores"),
    [
        # Noon in San Francisco, one at night in Karachi.
        ("2026-11-20T12:00:00-08:00", "day always nowhere bolt"),
        # The same instant by another offset.
        ("2026-11-21T01:00:00+05:00", "day always nowhere bolt"),
        # Karachi's morning, and its break at noon.
        ("2026-11-21T09:00:00+05:00", "day night always nowhere karachi"),
        ("2026-11-21T12:00:00+05:00", "night always nowhere"),
        # Open at ``opens``, closed at ``closes``.
        ("2026-11-20T08:59:59.999-08:00", "always nowhere"),
        ("2026-11-20T09:00:00-08:00", "day always nowhere bolt"),
        ("2026-11-20T16:59:59.999-08:00", "day always nowhere bolt"),
        ("2026-11-20T17:00:00-08:00", "day always nowhere"),
        # Saturday, an hour after midnight, belongs to Friday's night, which ends at two.
        ("2026-11-21T01:00:00-08:00", "night always nowhere karachi"),
        ("2026-11-21T02:00:00-08:00", "always nowhere karachi"),
        # An exception replaces its day from midnight to midnight.
        ("2026-12-24T23:59:59-08:00", "always nowhere"),
        ("2026-12-25T00:00:00-08:00", "nowhere karachi"),
        ("2026-12-26T00:00:00-08:00", "night always nowhere karachi"),
    ],
)
def test_hours_open_at_is_an_instant_in_each_stores_own_zone(agent: Agent, instant: str, open_stores: str) -> None:
    told = agent.search(filters=open_at(instant), pagination={"limit": 50})
    assert {code.removeprefix("acme:").removesuffix(":day") for code in told} == set(open_stores.split())


def test_hours_that_are_unknown_are_absent_and_never_match(agent: Agent) -> None:
    (location,) = agent.looked_up(ids=["acme:nohours"])["locations"]
    assert not {"hours", "exception_hours", "timezone"} & set(location)
    for hour in (0, 6, 12, 18):
        assert "acme:nohours" not in agent.search(filters=open_at(f"2026-11-20T{hour:02}:00:00Z"))


def test_hours_are_told_as_a_week_with_exceptions_in_the_stores_zone(agent: Agent) -> None:
    (always, night) = agent.looked_up(ids=["acme:always", "acme:night"])["locations"]
    assert always["timezone"] == "America/Los_Angeles"
    assert always["hours"][0] == {"day": "monday", "opens": "00:00", "closes": "23:59"}
    assert len(always["hours"]) == 7
    assert all(set(one) == {"valid_from", "valid_through"} for one in always.get("exception_hours", []))
    assert night["hours"] == [
        {"day": "friday", "opens": "18:00", "closes": "02:00"},
        {"day": "saturday", "opens": "18:00", "closes": "02:00"},
    ]


# -- items and amenities --------------------------------------------------------------------------------


def test_items_match_where_each_is_available_now(agent: Agent) -> None:
    # Few left is available; out of stock, expired and never told are not.
    assert agent.search(distance=near(20_000), filters=items(MILK)) == [
        "acme:day",
        "bolt:day",
        "acme:night",
        "acme:karachi",
    ]
    assert agent.search(distance=near(20_000), filters=items(MILK, agent.bread)) == ["acme:day", "acme:karachi"]


def test_items_are_looked_for_without_a_place_too(agent: Agent) -> None:
    everywhere = agent.search(filters=items(MILK), pagination={"limit": 50})
    assert set(everywhere) == {"acme:day", "bolt:day", "acme:night", "acme:karachi", "acme:dateline"}


def test_items_take_gtins_of_any_length_as_aliases(agent: Agent) -> None:
    for spelled in ("037000185062", "0037000185062", MILK):
        assert agent.search(distance=near(600), filters=items(spelled)) == ["acme:day", "bolt:day"]
    assert agent.search(distance=near(600), filters=items("037000185062", MILK)) == ["acme:day", "bolt:day"]


def test_items_that_nobody_knows_match_nowhere(agent: Agent) -> None:
    assert agent.search(filters=items(NOBODY_HAS_IT)) == []
    assert agent.search(filters=items(MILK, NOBODY_HAS_IT)) == []
    answer = agent.searched(filters=items(MILK, "no such item"))
    assert answer["locations"] == []
    assert [(m["type"], m["code"], m["path"]) for m in answer["messages"]] == [
        ("info", "not_found", "$.filters.items[1]")
    ]


def test_items_of_eleven_digits_match_nowhere_and_the_answer_says_why(agent: Agent) -> None:
    answer = agent.searched(filters=items("37000185062"))
    assert answer["locations"] == []
    (message,) = answer["messages"]
    assert message["code"] == "not_found"
    assert "037000185062" in message["content"]


def test_items_do_not_depend_on_opening_hours(agent: Agent) -> None:
    assert "acme:karachi" in agent.search(filters=items(MILK))
    both = items(MILK) | open_at("2026-11-20T12:00:00-08:00")
    assert set(agent.search(filters=both)) == {"acme:day", "bolt:day"}


def test_items_of_one_product_near_a_point_are_the_stores_of_our_own_api_in_its_order(agent: Agent) -> None:
    ours = agent.get(f"/v1/availability?gtin={MILK}&lat=37.77&lon=-122.42&radius=20&limit=50")["stores"]
    theirs = agent.searched(distance=near(20_000), filters=items(MILK), pagination={"limit": 50})["locations"]
    assert [hit["store"]["id"] for hit in ours] == [location["id"] for location in theirs]
    assert len(ours) == 4


def test_amenities_match_exact_keys_that_every_returned_store_shows(agent: Agent) -> None:
    answer = agent.searched(filters={"amenities": [PICKUP, WI_FI]})
    (only,) = answer["locations"]
    assert agent.code[only["id"]] == "acme:day"
    assert only["amenities"] == {PICKUP: {"description": "In-store pickup"}, WI_FI: {"description": "Wi-Fi"}}
    assert agent.search(filters={"amenities": [CURBSIDE]}) == ["acme:night", "acme:always"]
    assert agent.search(filters={"amenities": ["dev.ucp.amenity.shopping"]}) == []
    assert agent.search(filters={"amenities": ["com.example.amenity.sauna"]}) == []


def test_amenities_are_described_in_the_language_of_the_request(agent: Agent) -> None:
    english, urdu, telugu = "In-store pickup", "دکان سے وصولی", "షాపులో తీసుకోవడం"

    def described(header: str, **context: str) -> tuple[str, str]:
        response = agent.post("lookup", {"Accept-Language": header}, ids=["acme:day"], context=context)
        (location,) = response.json()["locations"]
        return response.headers["content-language"], location["amenities"][PICKUP]["description"]

    assert described("en") == ("en", english)
    assert described("ur-PK, en;q=0.5") == ("ur", urdu)
    # The body overrides the header, unless it asks for what we lack.
    assert described("ur", language="te-IN") == ("te", telugu)
    assert described("ur", language="en") == ("en", english)
    assert described("ur", language="tlh") == ("ur", urdu)
    (location,) = agent.searched(query="acme day", context={"language": "ur"})["locations"][:1]
    assert location["amenities"][PICKUP]["description"] == urdu


def test_every_condition_must_hold(agent: Agent) -> None:
    filters = items(MILK) | {"amenities": [PICKUP]} | open_at("2026-11-20T12:00:00-08:00")
    assert agent.search(distance=near(20_000), filters=filters) == ["acme:day"]
    assert agent.search(distance=near(10), filters=filters, query="acme day") == []


def test_serves_is_refused_and_never_passed_over(agent: Agent) -> None:
    for target in ({"point": HERE}, {"address": {"postal_code": "94103"}}):
        assert agent.post("search", serves=target, distance=near(600)).status_code == 400
        assert agent.post("lookup", serves=target, ids=["acme:day"]).status_code == 400


# -- browsing -------------------------------------------------------------------------------------------


def test_an_empty_search_body_is_a_bounded_page(agent: Agent) -> None:
    answer = agent.searched()
    assert len(answer["locations"]) == len(agent.code) == 8
    assert answer["pagination"] == {"has_next_page": False}


@pytest.mark.parametrize("asked", [{}, {"distance": near(160_000)}, {"query": "acme"}, {"filters": items(MILK)}])
def test_pages_hold_every_store_once_in_a_stable_order(agent: Agent, asked: dict[str, Any]) -> None:
    whole = agent.search(**asked, pagination={"limit": 50})
    pages: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = agent.searched(**asked, pagination={"limit": 2} | cursor)
        pages += [agent.code[location["id"]] for location in answer["locations"]]
        assert len(answer["locations"]) <= 2
        if not answer["pagination"]["has_next_page"]:
            break
        cursor = {"cursor": answer["pagination"]["cursor"]}
    assert pages == whole
    assert len(pages) > 2


def test_a_cursor_belongs_to_its_question(agent: Agent) -> None:
    cursor = agent.searched(pagination={"limit": 2})["pagination"]["cursor"]
    assert agent.post("search", pagination={"cursor": cursor}, distance=near(600)).status_code == 400
    assert agent.searched(pagination={"cursor": cursor}, context={"language": "ur"})["locations"]


def test_query_narrows_by_names_and_streets_and_relaxes_nothing(agent: Agent) -> None:
    assert agent.search(query="the Karachi shop near me", distance=near(20_000)) == ["acme:karachi"]
    assert agent.search(query="bolt", distance=near(600)) == ["bolt:day"]
    assert agent.search(query="karachi", distance=near(600)) == []
    assert agent.search(query="groceries near me", distance=near(600)) == []


# -- lookup ---------------------------------------------------------------------------------------------


def test_lookup_returns_each_store_once_with_every_identifier_as_sent(agent: Agent) -> None:
    day = agent.id["acme:day"]
    answer = agent.looked_up(ids=["bolt:day", day, "acme:day", day])
    assert [(agent.code[one["id"]], [i["id"] for i in one["inputs"]]) for one in answer["locations"]] == [
        ("bolt:day", ["bolt:day"]),
        ("acme:day", [day, "acme:day"]),
    ]
    told = answer["locations"][1]
    assert told["name"] == "Acme day"
    assert told["address"] == {
        "street_address": "1 Valencia St",
        "address_locality": "San Francisco",
        "address_region": "CA",
        "address_country": "US",
        "postal_code": "94103",
        "phone_number": "+14155550001",
    }
    assert told["geo"] == {"latitude": 37.771, "longitude": -122.42}


def test_lookup_of_an_unknown_identifier_is_a_success_that_says_so(agent: Agent) -> None:
    answer = agent.looked_up(ids=["s999999", "acme:day", "", "acme:DAY"])
    assert [agent.code[one["id"]] for one in answer["locations"]] == ["acme:day"]
    assert [(m["code"], m["path"]) for m in answer["messages"]] == [
        ("not_found", "$.ids[0]"),
        ("not_found", "$.ids[2]"),
        ("not_found", "$.ids[3]"),
    ]


def test_lookup_over_the_limit_answers_the_first_and_names_the_rest(agent: Agent) -> None:
    unknown = [f"s{n}" for n in range(900_000, 900_049)]
    answer = agent.looked_up(ids=[*unknown, unknown[0], "acme:day", "acme:night", "no such id"])
    assert [agent.code[one["id"]] for one in answer["locations"]] == ["acme:day"]
    (limit,) = [m for m in answer["messages"] if m["code"] == "batch_limit_applied"]
    assert (limit["type"], "50" in limit["content"], " 2 " in limit["content"]) == ("info", True, True)
    assert not any("no such id" in m["content"] for m in answer["messages"])


def test_lookup_is_refined_by_every_condition(agent: Agent) -> None:
    ids = list(agent.id)

    def found(**conditions: Any) -> set[str]:
        return {agent.code[one["id"]] for one in agent.looked_up(ids=ids, **conditions)["locations"]}

    assert found() == set(ids)
    assert found(distance=near(600)) == {"acme:day", "bolt:day"}
    assert found(filters=items(agent.bread)) == {"acme:day", "acme:always", "acme:karachi"}
    assert found(filters=items(MILK) | open_at("2026-11-21T09:00:00+05:00")) == {
        "acme:day",
        "acme:night",
        "acme:karachi",
    }
