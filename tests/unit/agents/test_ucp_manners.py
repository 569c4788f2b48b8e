"""The protocol's profile, its errors whatever raises them, and who is let in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
from ucp_sdk.models.schemas.common.location_search import SearchRequest
from ucp_sdk.models.schemas.common.types.error_response import ErrorResponse
from ucp_sdk.models.schemas.profile import BusinessSchema

from inventory_api.channels.app import create_app
from inventory_api.channels.ports import Limits
from inventory_api.domain.ports import Unreachable
from tests.fakes import FakeDocuments, FakeIndex
from tests.unit.rest.world import BASE_URL, Client, World

SEARCH, LOOKUP = "/ucp/locations/search", "/ucp/locations/lookup"
AGENT = "https://agent.example/profile.json"
VERSION = "2026-08-25"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Client:
    return Client(create_app(world.ports()))


def refused(response: Any, status: int, code: str, path: str | None = None) -> dict[str, Any]:
    """An error of the protocol with this code, and where it lies."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    ErrorResponse.model_validate_json(response.content)
    said: dict[str, Any] = response.json()
    assert said["ucp"] == {"version": VERSION, "status": "error", "capabilities": {}}
    assert code in [message["code"] for message in said["messages"]], said
    if path is not None:
        assert path in [message.get("path") for message in said["messages"]], said
    return said


def test_the_profile_is_one_of_the_sdk_and_may_be_kept(client: Client) -> None:
    response = client.get("/.well-known/ucp")
    BusinessSchema.model_validate_json(response.content)
    profile = response.json()["ucp"]
    assert profile["services"]["dev.ucp.common"][0]["endpoint"] == f"{BASE_URL}/ucp"
    assert profile["payment_handlers"] == {}
    assert response.headers["cache-control"] == "public, max-age=3600"
    again = client.get("/.well-known/ucp", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == response.headers["etag"]


def test_without_a_public_url_the_profile_names_the_one_that_was_asked(world: World) -> None:
    client = Client(create_app(replace(world.ports(), public_base_url="")))
    profile = client.get("/.well-known/ucp").json()["ucp"]
    assert profile["services"]["dev.ucp.common"][0]["endpoint"] == "http://test/ucp"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ("nope", "$"),
        ("[]", "$"),
        ('{"filter": {"items": ["1"]}}', "$"),
        ('{"filters": {"inventory": [{"id": "1"}]}}', "$.filters.inventory"),
        ('{"filters": {"amenity": ["dev.ucp.amenity.parking"]}}', "$.filters.amenity"),
        ('{"filters": {"items": []}}', "$.filters.items"),
        ('{"filters": {"items": [""]}}', "$.filters.items[0]"),
        ('{"filters": {"items": ["00037000185062", "00037000185062"]}}', "$.filters.items"),
        ('{"filters": {"hours": {}}}', "$.filters.hours.open_at"),
        ('{"filters": {"hours": {"open_at": 1795197600}}}', "$.filters.hours.open_at"),
        ('{"filters": {"hours": {"open_at": "1795197600"}}}', "$.filters.hours.open_at"),
        ('{"filters": {"hours": {"open_at": "2026-11-20T17:00:00"}}}', "$.filters.hours.open_at"),
        ('{"filters": {"hours": {"open_at": "2026-11-31T17:00:00Z"}}}', "$.filters.hours.open_at"),
        ('{"filters": {"hours": {"open_at": "9999-12-31T23:59:59-14:00"}}}', "$.filters.hours.open_at"),
        ('{"filters": {"hours": {"open_at": "2026-11-20T17:00:00Z", "at": 1}}}', "$.filters.hours.at"),
        ('{"distance": {"max": 1000}}', "$.distance.center"),
        ('{"distance": {"center": {"latitude": 1, "longitude": 1}}}', "$.distance.max"),
        ('{"distance": {"center": {"latitude": 1, "longitude": 1}, "max": -1}}', "$.distance.max"),
        ('{"distance": {"center": {"latitude": 1, "longitude": 1}, "max": Infinity}}', "$.distance.max"),
        ('{"distance": {"center": {"latitude": 1, "longitude": 1}, "max": "Infinity"}}', "$.distance.max"),
        ('{"distance": {"center": {"latitude": 1, "longitude": 1}, "max": 1e999}}', "$.distance.max"),
        ('{"distance": {"center": {"latitude": 91, "longitude": 1}, "max": 1}}', "$.distance.center.latitude"),
        ('{"distance": {"center": {"latitude": NaN, "longitude": 1}, "max": 1}}', "$.distance.center.latitude"),
        ('{"distance": {"center": {"latitude": 1, "longitude": 1}, "max": 1, "min": 0}}', "$.distance.min"),
        ('{"serves": {"point": {"latitude": 1, "longitude": 1}, "address": {"postal_code": "94103"}}}', "$.serves"),
        ('{"serves": {}}', "$.serves"),
        ('{"serves": {"point": {"latitude": 1, "longitude": 1}}}', "$.serves"),
        ('{"serves": {"address": {"postal_code": "94103"}}}', "$.serves"),
        ('{"serves": {"address": {}}}', "$.serves"),
        ('{"serves": 7}', "$.serves"),
        ('{"serves": {"com.example.zone": 7}}', "$.serves"),
        ('{"pagination": {"limit": 0}}', "$.pagination.limit"),
        ('{"pagination": {"offset": 10}}', "$.pagination.offset"),
        ('{"pagination": {"cursor": "made up"}}', "$.pagination.cursor"),
    ],
)
def test_a_malformed_or_broader_question_is_refused_and_says_where(client: Client, body: str, path: str) -> None:
    refused(client.post(SEARCH, content=body.encode()), 400, "invalid_request", path)


def test_distance_a_radius_above_ours_is_refused_and_never_clamped(client: Client) -> None:
    body = {"distance": {"center": {"latitude": 1, "longitude": 1}, "max": 160_000.5}}
    refused(client.post(SEARCH, json=body), 400, "radius_too_large", "$.distance.max")


def test_an_extensions_own_member_is_passed_over(client: Client) -> None:
    assert client.post(SEARCH, json={"com.example.loyalty": {"tier": 1}, "ucp": {}}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"filters": {"ucp": {"com.example.newer": 1}}},
        {"filters": {"hours": {"open_at": "2026-11-20T17:00:00Z", "ucp": {}}}},
        {"distance": {"center": {"latitude": 1, "longitude": 1, "ucp": {}}, "max": 1, "ucp": {"map_order": {}}}},
        {"pagination": {"limit": 1, "ucp": {}}},
    ],
)
def test_the_protocols_own_member_is_passed_over_wherever_it_stands(client: Client, body: dict[str, Any]) -> None:
    assert client.post(SEARCH, json=body).status_code == 200


def test_the_protocols_own_member_does_not_part_a_cursor_from_its_question(client: Client) -> None:
    first = client.post(SEARCH, json={"filters": {}, "pagination": {"limit": 1}}).json()
    cursor = first["pagination"]["cursor"]
    body = {"filters": {"ucp": {}}, "pagination": {"limit": 1, "cursor": cursor}}
    assert client.post(SEARCH, json=body).status_code == 200


def test_what_the_sdk_writes_for_members_left_out_is_taken_so(client: Client) -> None:
    asked = SearchRequest(query="store").model_dump_json()
    assert b'"distance":null' in asked.encode()
    assert client.post(SEARCH, content=asked.encode()).status_code == 200


def test_lookup_needs_an_identifier(client: Client) -> None:
    refused(client.post(LOOKUP, json={"ids": []}), 400, "invalid_request", "$.ids")
    refused(client.post(LOOKUP, json={}), 400, "invalid_request", "$.ids")


def test_lookup_points_to_where_an_unknown_identifier_stands_in_the_request(client: Client) -> None:
    answer = client.post(LOOKUP, json={"ids": ["s1", "s1", "nope", "nope"]}).json()
    assert [message["path"] for message in answer["messages"]] == ["$.ids[2]"]


def test_what_manners_refuse_is_said_in_the_protocols_shape(world: World) -> None:
    world.limits = Limits(anonymous=1, body_bytes=100)
    client = Client(create_app(world.ports()))
    refused(client.post(SEARCH, content=b"x" * 101), 413, "payload_too_large")
    limited = client.post(SEARCH, json={})
    refused(limited, 429, "rate_limited")
    assert int(limited.headers["retry-after"]) > 0
    assert limited.headers["ratelimit"].startswith('"anonymous";r=0')
    refused(client.post(SEARCH, json={}, headers={"Authorization": "Bearer nonsense"}), 401, "unauthorized")
    refused(client.get(SEARCH, headers={"Authorization": "Bearer pk_acme"}), 405, "method_not_allowed")


def test_while_the_index_is_away_items_are_503_and_stores_are_not(world: World) -> None:
    world.index = FakeIndex(complete=None)
    client = Client(create_app(world.ports()))
    response = client.post(SEARCH, json={"filters": {"items": ["00037000185062"]}})
    refused(response, 503, "index_unavailable")
    assert response.headers["retry-after"] == "7"
    assert client.post(SEARCH, json={}).status_code == 200


def test_an_index_that_is_being_filled_does_not_say_nobody(world: World) -> None:
    world.index = FakeIndex(complete=False)
    client = Client(create_app(world.ports()))
    refused(client.post(SEARCH, json={"filters": {"items": ["00037000185062"]}}), 503, "index_unavailable")


def test_what_agents_ask_is_counted_by_its_path(client: Client) -> None:
    client.post(SEARCH, json={})
    counted = 'inventory_http_answer_seconds_count{method="POST",route="/ucp/locations/search",status="200"} 1.0'
    assert counted in client.get("/metrics").text


# -- who asks -------------------------------------------------------------------------------------------


def profile(version: str = VERSION, *capabilities: str) -> bytes:
    names = capabilities or ("dev.ucp.common.location.search",)
    told = {"version": version, "spec": "https://ucp.dev/spec", "schema": "https://ucp.dev/schema.json"}
    return orjson.dumps(
        {
            "ucp": {
                "version": version,
                "services": {"dev.ucp.common": [told | {"transport": "rest", "endpoint": "https://agent.example"}]},
                "capabilities": {name: [told] for name in names},
                "payment_handlers": {},
            }
        }
    )


def asked_by(world: World, document: bytes | Exception, header: str = f'profile="{AGENT}"') -> Any:
    world.documents = FakeDocuments(**{AGENT: document})
    return Client(create_app(world.ports())).post(SEARCH, json={}, headers={"UCP-Agent": header})


@pytest.mark.parametrize(
    "header",
    ["nonsense(", "profile=?1", 'profile="http://agent.example/"', 'profile="https://"', 'profile="https://a@b.example"',
     'profile="ftp://agent.example/"', "profile=(1 2)", 'other="https://agent.example/"'],
)  # fmt: skip
def test_a_profile_url_must_be_one(client: Client, header: str) -> None:
    # Also where nobody fetches it.
    refused(client.post(SEARCH, json={}, headers={"UCP-Agent": header}), 400, "invalid_profile_url")


def test_agents_are_taken_at_their_word_by_default(client: Client) -> None:
    assert client.post(SEARCH, json={}, headers={"UCP-Agent": f'profile="{AGENT}"'}).status_code == 200
    assert client.post(SEARCH, json={}).status_code == 200


def test_an_agent_whose_profile_fits_is_answered(world: World) -> None:
    assert asked_by(world, profile()).status_code == 200


def test_verified_an_agent_must_say_who_it_is(world: World) -> None:
    world.documents = FakeDocuments()
    refused(Client(create_app(world.ports())).post(SEARCH, json={}), 400, "invalid_profile_url")


def test_a_profile_that_cannot_be_had_is_424_and_does_not_say_why(world: World) -> None:
    said = refused(asked_by(world, Unreachable("10.0.0.1 is not public")), 424, "profile_unreachable")
    assert "10.0.0.1" not in str(said)


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"ucp": {"version": "2026-08-25"}}', b'{"ucp": 1}'])
def test_a_malformed_profile_is_422(world: World, document: bytes) -> None:
    refused(asked_by(world, document), 422, "profile_malformed")


def test_another_version_is_422(world: World) -> None:
    refused(asked_by(world, profile("2026-01-23")), 422, "version_unsupported")


def test_a_profile_without_the_capability_is_an_outcome(world: World) -> None:
    refused(asked_by(world, profile(VERSION, "dev.ucp.shopping.cart")), 200, "capabilities_incompatible")


def test_a_profile_is_fetched_once_a_minute(world: World) -> None:
    world.documents = FakeDocuments(**{AGENT: profile()})
    app = create_app(world.ports())

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            calls = [client.post(SEARCH, json={}, headers={"UCP-Agent": f'profile="{AGENT}"'}) for _ in range(5)]
            return [response.status_code for response in await asyncio.gather(*calls)]

    assert asyncio.run(ask()) == [200] * 5
    assert world.documents.asked == [AGENT]
