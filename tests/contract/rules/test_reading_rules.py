"""Contract 3, what every read gets: caching, formats, compression, origins, ids and times, the document."""

from __future__ import annotations

import asyncio
import gzip
import re

import brotli
import orjson
import pytest
import zstandard
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from starlette.types import Message

from inventory_api.channels.app import create_app
from inventory_api.channels.http import QUESTIONS
from inventory_api.channels.reading import (
    BEFORE_AGE,
    caching_of,
    is_known,
    negotiate,
    tag_of_lookup,
    tag_without_clock,
)
from inventory_api.domain.errors import NotAcceptable
from tests.unit.rest.world import Client, World, problem_of

HERE = "lat=37.77&lon=-122.42"
STORES = f"/v1/stores?{HERE}&radius=160&limit=50"
LOOKUP = f"/v1/availability?gtin=00037000185062&{HERE}"
GTIN = "00037000185062"
KEYED = {"X-API-Key": "sk_acme"}
SHARED = "public, max-age=15, stale-while-revalidate=30"
OWN = "private, max-age=15, stale-while-revalidate=30"
FEED = "/v1/feeds/stores"
CSV = {"Content-Type": "text/csv"}


# -- caching ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", [STORES, LOOKUP, "/v1/stores/s1", f"/v1/products/{GTIN}", "/v1/places?q=94103",
             f"/v1/products?gtin={GTIN}", "/v1/stores/s1/availability?gtin=00037000185062"],
)  # fmt: skip
def test_a_read_is_tagged_and_not_sent_twice(anonymous: Client, path: str) -> None:
    first = anonymous.get(path)
    assert first.status_code == 200, first.text
    tag = first.headers["etag"]
    assert re.fullmatch(r'W/"[0-9a-f]{16}"', tag)
    assert first.headers["cache-control"] == SHARED
    assert first.headers["vary"].split(", ")[0] == "Accept"

    again = anonymous.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert (again.headers["etag"], again.headers["cache-control"]) == (tag, SHARED)
    assert anonymous.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


_CHANGING = {"request-id", "server-timing", "ratelimit"}


@pytest.mark.parametrize("path", [STORES, LOOKUP, "/v1/stores/s1", "/livez", "/openapi.json", "/docs", "/"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head_is_get_without_the_body(anonymous: Client, path: str, encoding: str) -> None:
    asked = {"Accept-Encoding": encoding}
    whole, head = anonymous.get(path, headers=asked), anonymous.request("HEAD", path, headers=asked)
    assert (head.status_code, head.content) == (200, b"")
    assert {*head.headers} == {*whole.headers}
    assert all(head.headers[name] == whole.headers[name] for name in {*whole.headers} - _CHANGING)


def test_head_of_what_is_not_read_is_405(anonymous: Client) -> None:
    assert anonymous.request("HEAD", "/v1/reports").status_code == 405
    assert anonymous.request("HEAD", "/v1/sms/twilio/secret").status_code == 405
    assert anonymous.request("HEAD", LOOKUP + "&raduis=5").status_code == 422


@pytest.mark.parametrize("path", [STORES, LOOKUP])
def test_what_an_answer_varies_by_is_said_by_its_304_too(anonymous: Client, path: str) -> None:
    # A cache puts the headers of a 304 in place of those that it holds.
    first = anonymous.get(path, headers={"Accept-Encoding": "gzip"})
    headers = {"Accept-Encoding": "gzip", "If-None-Match": first.headers["etag"]}
    again = anonymous.get(path, headers=headers)
    assert again.status_code == 304
    assert _words(again.headers["vary"]) == _words(first.headers["vary"]) | {"Accept-Encoding"}


def _words(header: str) -> set[str]:
    return {word.strip() for word in header.split(",")}


@pytest.mark.parametrize(
    ("query", "cached"),
    [
        (b"lat=37.774&lon=-122.42", SHARED),
        (b"lat=37.7749&lon=-122.42", OWN),
        (b"lat=37.77&lon=-122.41940", OWN),
        (b"near=37.7749,-122.4194", OWN),
        (b"near=37.7749%2C-122.4194", OWN),
        (b"place=37%2E7749,-122", OWN),
        (b"place=87G8Q257%2B5Q", OWN),
        (b"place=q257%2b5q+New+York", OWN),
        (b"place=87G8Q200%2B", SHARED),
        (b"place=New+York&q=milk+2%25", SHARED),
        (b"place=94103", SHARED),
        (b"gtin=00037000185062&store_id=s12345", SHARED),
        (b"", SHARED),
    ],
)
def test_an_exact_position_is_cached_by_its_owner_alone(query: bytes, cached: str) -> None:
    assert caching_of(query, {}) == cached.encode()
    assert caching_of(query, {b"x-api-key": b"k"}) == OWN.encode()


def _lookup_json(*, as_of: str, ages: list[int | None], say: str, quantity: int = 7) -> bytes:
    mark = BEFORE_AGE
    stores = b",".join(
        b'{"name":"say \\"hi\\" \\\\","observed_at":"x","age_s":%b%b,"quantity":%d}'
        % (b"" if age is None else mark, orjson.dumps(age), quantity)
        for age in ages
    )
    return b'{"query":{},"as_of":"%b","stores":[%b],"summary":{},"say":%b,"next_cursor":null}' % (
        as_of.encode(),
        stores,
        orjson.dumps(say),
    )


@pytest.mark.parametrize("tag", [tag_of_lookup, tag_without_clock])
def test_the_tag_of_an_answer_covers_the_facts_and_not_the_clock(tag: object) -> None:
    assert callable(tag)
    first = _lookup_json(as_of="2026-10-30T17:04:05Z", ages=[9, None, 1234], say='"A\\" had it 1 minute ago\\')
    later = _lookup_json(as_of="2026-10-30T17:05:05Z", ages=[69, None, 1294], say="A had it 2 minutes ago")
    changed = _lookup_json(as_of="2026-10-30T17:05:05Z", ages=[69, None, 1294], say="A had it", quantity=6)
    nobody = _lookup_json(as_of="2026-10-30T17:05:05Z", ages=[], say="Nobody")

    assert orjson.loads(first)["stores"][2]["age_s"] == 1234
    assert tag(first) == tag(later)
    assert len({tag(first), tag(changed), tag(nobody)}) == 3
    assert tag(nobody) == tag(_lookup_json(as_of="2027-10-30T17:05:05Z", ages=[], say="Nobody at all"))


def test_tags_are_compared_weakly() -> None:
    assert is_known(b'W/"a"', b'"a"')
    assert is_known(b'W/"a"', b'"b" , W/"a"')
    assert is_known(b'W/"a"', b"*")
    assert not is_known(b'W/"a"', b'"aa", W/"A"')


def test_what_a_key_sees_is_kept_by_nobody(client: Client) -> None:
    assert client.get("/v1/feed-runs").headers["cache-control"] == "no-store"
    assert client.get(STORES).headers["cache-control"] == OWN
    assert client.get("/v1/nothing").headers["cache-control"] == "no-store"


# -- gzip, br, zstd -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("br, gzip", "br"),
        ("zstd, br, gzip", "zstd"),
        ("gzip;q=0, br", "br"),
        ("identity", None),
        ("compress", None),
    ],
)
def test_gzip_br_and_zstd_are_negotiated(world: World, accepted: str, encoding: str | None) -> None:
    plain = asyncio.run(_raw(create_app(world.ports()), STORES, {"Accept-Encoding": "identity"}))
    packed = asyncio.run(_raw(create_app(world.ports()), STORES, {"Accept-Encoding": accepted}))
    unpack = {
        "gzip": gzip.decompress,
        "br": brotli.decompress,
        "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
        None: bytes,
    }
    assert packed[0].headers.get("content-encoding") == encoding
    assert unpack[encoding](packed[1]) == plain[1]
    assert packed[0].headers["vary"] == "Accept, Accept-Encoding"
    assert (len(packed[1]) < len(plain[1]) / 3) == (encoding is not None)


def test_without_a_wish_for_an_encoding_the_answer_says_that_there_are_some(world: World) -> None:
    status, headers = asyncio.run(_bare(create_app(world.ports()), "/v1/stores/s1"))
    assert (status, headers[b"vary"]) == (200, b"Accept, Accept-Encoding")


def test_small_answers_are_left_alone(world: World) -> None:
    response, _ = asyncio.run(_raw(create_app(world.ports()), "/v1/stores/s1", {"Accept-Encoding": "gzip"}))
    assert "content-encoding" not in response.headers


async def _bare(app: FastAPI, path: str) -> tuple[int, dict[bytes, bytes]]:
    """Ask without any header, which httpx cannot."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path, "query_string": b"",
        "root_path": "", "headers": [], "client": None, "server": ("test", 80),
    }  # fmt: skip
    await app(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"])


async def _raw(app: FastAPI, path: str, headers: dict[str, str]) -> tuple[Response, bytes]:
    async with (
        AsyncClient(transport=ASGITransport(app), base_url="http://test") as client,
        client.stream("GET", path, headers=headers) as response,
    ):
        return response, b"".join([chunk async for chunk in response.aiter_raw()])


# -- application/geo+json, application/x-ndjson -------------------------------------------------------------


@pytest.mark.parametrize("path", [STORES, LOOKUP])
def test_stores_and_availability_come_as_geojson(anonymous: Client, path: str) -> None:
    usual = anonymous.get(path).json()
    response = anonymous.get(path, headers={"Accept": "application/geo+json"})
    collection = response.json()

    assert response.headers["content-type"] == "application/geo+json"
    assert collection["type"] == "FeatureCollection"
    assert collection["query"] == usual["query"]
    assert [feature["properties"]["store"] for feature in collection["features"]] == [
        one["store"] for one in usual["stores"]
    ]
    for feature in collection["features"]:
        store = feature["properties"]["store"]
        assert feature["id"] == store["id"]
        assert feature["geometry"] == {"type": "Point", "coordinates": [store["lon"], store["lat"]]}


def test_large_lists_come_as_lines_on_request(anonymous: Client, client: Client) -> None:
    lines = {"Accept": "application/x-ndjson"}
    whole = anonymous.get(f"/v1/stores?{HERE}&radius=160", headers=lines)
    assert whole.headers["content-type"] == "application/x-ndjson"
    assert [orjson.loads(line) for line in whole.text.splitlines()] == anonymous.get(STORES).json()["stores"]
    assert "link" not in whole.headers

    page = anonymous.get(f"/v1/stores?{HERE}&radius=160&limit=5", headers=lines)
    following = re.fullmatch(r'<(/v1/stores\?.*)>; rel="next"', page.headers["link"])
    assert following is not None
    rest = anonymous.get(following[1], headers=lines)
    assert (page.text + rest.text).splitlines() == whole.text.splitlines()[:10]
    assert client.get("/v1/feed-runs", headers=lines).content == b""


@pytest.mark.parametrize("path", [STORES, LOOKUP, f"/v1/products/{GTIN}"])
def test_what_cannot_be_written_is_406(anonymous: Client, path: str) -> None:
    problem = problem_of(anonymous.get(path, headers={"Accept": "text/csv"}), 406, "not_acceptable")
    assert "application/json" in problem["detail"]


@pytest.mark.parametrize("accept", [None, b"", b"*/*", b"application/*", b"text/html, */*;q=0.8", b"nonsense"])
def test_who_takes_anything_gets_json(accept: bytes | None) -> None:
    assert negotiate(accept, "application/geo+json", "application/json") == "application/json"


def test_quality_values_decide_between_formats() -> None:
    offers = "application/geo+json", "application/json"
    assert negotiate(b"application/json;q=0.5, application/geo+json", *offers) == "application/geo+json"
    with pytest.raises(NotAcceptable):
        negotiate(b"application/json;q=0", "application/json")


# -- CORS ---------------------------------------------------------------------------------------------------


def test_cors_is_open_for_anonymous_reads(anonymous: Client) -> None:
    for response in (anonymous.get(LOOKUP), anonymous.post("/v1/basket", json={})):
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers
    exposed = anonymous.get(LOOKUP, headers={"Origin": "https://shop.example"}).headers
    assert {"ETag", "RateLimit", "Retry-After"} <= set(exposed["access-control-expose-headers"].split(", "))


def test_cors_is_closed_for_keys_and_writes(anonymous: Client) -> None:
    for headers in (KEYED, {"Authorization": "Bearer sk_acme"}):
        assert "access-control-allow-origin" not in anonymous.get(LOOKUP, headers=headers).headers
    assert "access-control-allow-origin" not in anonymous.post(FEED, headers=CSV).headers


def test_a_preflight_lets_no_key_through(anonymous: Client) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    response = anonymous.request("OPTIONS", LOOKUP, headers=asked)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"
    allowed = response.headers["access-control-allow-headers"].lower()
    assert "authorization" not in allowed
    assert "api-key" not in allowed


@pytest.mark.parametrize("path", sorted(QUESTIONS))
def test_a_preflight_lets_pages_ask_questions_with_post(anonymous: Client, path: str) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    response = anonymous.request("OPTIONS", path, headers=asked)
    assert response.status_code == 204
    # Twice is as good as never: browsers compare the whole of it.
    assert response.headers.get_list("access-control-allow-origin") == ["*"]
    assert "POST" in response.headers["access-control-allow-methods"]
    allowed = set(response.headers["access-control-allow-headers"].lower().split(", "))
    assert {"content-type", "ucp-agent", "mcp-protocol-version", "mcp-method", "mcp-name"} <= allowed
