"""Section "HTTP manners" of the contract: one test a rule, on the routes of a small world."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import re
from collections.abc import AsyncIterator

import brotli
import orjson
import pytest
import zstandard
from fastapi import APIRouter, FastAPI
from httpx import ASGITransport, AsyncClient, Response
from starlette.types import Message

from inventory_api.channels.app import create_app
from inventory_api.channels.ports import Limits
from inventory_api.channels.reading import (
    BEFORE_AGE,
    caching_of,
    is_known,
    negotiate,
    tag_of_lookup,
    tag_without_clock,
)
from inventory_api.channels.rest.render import instant
from inventory_api.domain.errors import NotAcceptable
from tests.unit.rest.world import TIDE, Client, World, problem_of

HERE = "lat=37.77&lon=-122.42"
STORES = f"/v1/stores?{HERE}&radius=160&limit=50"
LOOKUP = f"/v1/availability?gtin=00037000185062&{HERE}"
GTIN = "00037000185062"
KEYED = {"X-API-Key": "sk_acme"}
SHARED = "public, max-age=15, stale-while-revalidate=30"
OWN = "private, max-age=15, stale-while-revalidate=30"
FEED = "/v1/feeds/stores"
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def anonymous(world: World) -> Client:
    world.index.stocked = frozenset({TIDE.id})
    return Client(create_app(world.ports()))


# -- caching --------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("query", "cached"),
    [
        (b"lat=37.774&lon=-122.42", SHARED),
        (b"lat=37.7749&lon=-122.42", OWN),
        (b"lat=37.77&lon=-122.41940", OWN),
        (b"near=37.7749,-122.4194", OWN),
        (b"near=37.7749%2C-122.4194", OWN),
        (b"place=37%2E7749,-122", OWN),
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
        b'{"name":"say \\"hi\\" \\\\","observed_at":"x"%b,"age_s":%b,"quantity":%d}'
        % (mark, orjson.dumps(age), quantity)
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


# -- compression ----------------------------------------------------------------------------------------


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


# -- formats --------------------------------------------------------------------------------------------


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


# -- origins --------------------------------------------------------------------------------------------


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


# -- keys -----------------------------------------------------------------------------------------------


def test_a_publishable_key_reads_and_does_not_write(anonymous: Client) -> None:
    headers = {"X-API-Key": "pk_acme"}
    assert anonymous.get(LOOKUP, headers=headers).status_code == 200
    problem_of(anonymous.post(FEED, headers=headers | CSV, content=b"a"), 403, "forbidden")


def test_a_bad_key_is_refused_on_reads_too(anonymous: Client) -> None:
    problem_of(anonymous.get(LOOKUP, headers={"X-API-Key": "nonsense"}), 401, "unauthorized")


def test_failed_attempts_are_throttled(anonymous: Client) -> None:
    codes = [anonymous.get(LOOKUP, headers={"X-API-Key": f"bad{n}"}).json()["code"] for n in range(32)]
    assert codes == ["unauthorized"] * 30 + ["rate_limited"] * 2
    assert anonymous.get(LOOKUP).status_code == 200


# -- limits ---------------------------------------------------------------------------------------------


def test_too_many_calls_are_429_with_the_time_to_wait(world: World) -> None:
    world.limits = Limits(anonymous=3)
    client = Client(create_app(world.ports()))
    left = [client.get(LOOKUP).headers["ratelimit"] for _ in range(3)]
    assert [re.match(r'"anonymous";r=(\d+);t=\d+$', one)[1] for one in left] == ["2", "1", "0"]  # type: ignore[index]

    response = client.get(LOOKUP)
    problem_of(response, 429, "rate_limited")
    assert 1 <= int(response.headers["retry-after"]) <= 60
    assert response.headers["ratelimit"] == f'"anonymous";r=0;t={response.headers["retry-after"]}'
    assert response.headers["ratelimit-policy"] == '"anonymous";q=3;w=60'
    assert client.get("/livez").status_code == 200
    assert client.get(LOOKUP, headers=KEYED).headers["ratelimit"].startswith('"retailer";r=5999')


def test_zero_is_no_limit(world: World) -> None:
    world.limits = Limits(anonymous=0)
    client = Client(create_app(world.ports()))
    assert "ratelimit" not in client.get(LOOKUP).headers


def test_overload_is_503_early(world: World) -> None:
    world.limits = Limits(in_flight=2)
    world.index.stocked = frozenset({TIDE.id})
    gate = asyncio.Event()
    router = APIRouter()

    @router.get("/slow", responses={200: {}})
    async def slow() -> None:
        await gate.wait()

    async def crowd() -> list[Response]:
        app = create_app(world.ports())
        app.include_router(router)
        async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
            waiting = [asyncio.create_task(client.get("/slow")) for _ in range(2)]
            await asyncio.sleep(0.05)
            refused, alive = await client.get(LOOKUP), await client.get("/livez")
            gate.set()
            return [refused, alive, *await asyncio.gather(*waiting), await client.get(LOOKUP)]

    refused, *others = asyncio.run(crowd())
    problem_of(refused, 503, "overloaded")
    assert 1 <= int(refused.headers["retry-after"]) <= 3
    assert [response.status_code for response in others] == [200] * 4


def test_what_does_not_come_in_time_is_503(world: World) -> None:
    world.limits = Limits(read_s=0.05)
    router = APIRouter()

    @router.get("/slow", responses={200: {}})
    async def slow() -> None:
        await asyncio.sleep(10)

    async def ask() -> Response:
        app = create_app(world.ports())
        app.include_router(router)
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/slow")

    problem_of(asyncio.run(ask()), 503, "deadline_exceeded")


# -- writes ---------------------------------------------------------------------------------------------


def test_a_write_sent_again_is_answered_again_and_done_once(client: Client, world: World) -> None:
    headers = CSV | {"Idempotency-Key": "a-1"}
    first = client.post(FEED, content=b"store_code\n1\n", headers=headers)
    again = client.post(FEED, content=b"store_code\n1\n", headers=headers)

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    assert first.headers["location"] == again.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert [reception.state for reception in world.desk.receptions] == ["accepted", "abandoned"]


def test_a_form_sent_again_may_have_another_boundary(client: Client, world: World) -> None:
    runs = [
        client.post(
            FEED, files={"file": ("s.csv", b"store_code\n" * 999, "text/csv")}, headers={"Idempotency-Key": "f"}
        )
        for _ in range(2)
    ]
    assert [run.headers["location"] for run in runs] == [runs[0].headers["location"]] * 2
    assert len(world.desk.runs) == 1


def test_the_same_key_for_another_body_is_a_conflict(client: Client, world: World) -> None:
    headers = CSV | {"Idempotency-Key": "a-1"}
    client.post(FEED, content=b"store_code\n1\n", headers=headers)
    problem_of(client.post(FEED, content=b"store_code\n2\n", headers=headers), 409, "conflict")
    assert len(world.desk.runs) == 1
    other = Client(create_app(world.ports()), {"X-API-Key": "sk_bolt"})
    assert other.post(FEED, content=b"store_code\n2\n", headers=headers).status_code == 202


def test_a_fault_of_ours_is_not_replayed(client: Client, world: World) -> None:
    headers = CSV | {"Idempotency-Key": "a-1"}
    world.desk.full = True
    assert client.post(FEED, content=b"store_code\n1\n", headers=headers).status_code == 500
    world.desk.full = False
    assert client.post(FEED, content=b"store_code\n1\n", headers=headers).status_code == 202


def test_a_key_that_is_none_is_422(client: Client) -> None:
    for key in ("", "a b", "x" * 256):
        response = client.post(FEED, content=b"a", headers=CSV | {"Idempotency-Key": key})
        problem_of(response, 422, "invalid_request")


def test_an_instant_of_any_year_is_rfc_3339() -> None:
    assert instant(dt.datetime(708, 7, 2, 4, 5, 6, tzinfo=dt.timezone(dt.timedelta(hours=2)))) == "0708-07-02T02:05:06Z"


# -- traces and security --------------------------------------------------------------------------------


def test_a_trace_goes_on(anonymous: Client) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = anonymous.get(LOOKUP, headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"}).headers["traceparent"]
    assert re.fullmatch(rf"00-{trace}-[0-9a-f]{{16}}-01", answer)
    assert "b7ad6b7169203331" not in answer
    for bad in (f"ff-{trace}-b7ad6b7169203331-01", f"00-{'0' * 32}-b7ad6b7169203331-01", "x"):
        assert "traceparent" not in anonymous.get(LOOKUP, headers={"traceparent": bad}).headers


def test_every_answer_forbids_sniffing(anonymous: Client) -> None:
    for path in (LOOKUP, "/v1/nothing", "/livez", "/docs"):
        assert "nosniff" in anonymous.get(path).headers["x-content-type-options"]


def test_metrics_count_by_route_and_hold_nothing_of_anybody(world: World) -> None:
    world.index.stocked = frozenset({TIDE.id})
    client = Client(create_app(world.ports()))
    client.get("/v1/availability?gtin=00037000185062&lat=37.123456&lon=-122.42")
    client.get("/v1/stores/s1", headers={"X-API-Key": "sk_acme"})
    client.get("/v1/made-up/path")
    client.request("BREW", "/v1/stores/s1")
    response = client.get("/metrics")

    assert response.headers["content-type"].startswith("text/plain; version=1.0.0")
    counted = re.findall(r'answer_seconds_count\{method="(\w+)",route="(.*?)",status="(\d+)"\} (\S+)', response.text)
    assert ("GET", "/v1/availability", "200", "1.0") in counted
    assert ("GET", "/v1/stores/{store_id}", "200", "1.0") in counted
    assert ("GET", "other", "404", "1.0") in counted
    assert "BREW" not in response.text
    for secret in ("37.123456", "sk_acme", "acme", "made-up", "127.0.0.1"):
        assert secret not in response.text


async def _chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def test_an_upload_in_chunks_is_one_body(client: Client, world: World) -> None:
    headers = CSV | {"Idempotency-Key": "a-1"}
    client.post(FEED, content=_chunks(b"store_", b"code\n1\n"), headers=headers)
    again = client.post(FEED, content=_chunks(b"store_code", b"\n", b"1\n"), headers=headers)
    assert again.headers["idempotent-replayed"] == "true"
