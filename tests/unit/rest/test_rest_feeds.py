"""Uploads: streamed, whole or not at all, and only for the key's retailer."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import gzip
import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest
from starlette.types import ASGIApp, Message

from inventory_api.channels.ports import Limits
from inventory_api.channels.rest.api import rest_app
from inventory_api.channels.rest.schema import RunOut, RunPage
from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.ports import FeedUpload
from tests.fakes import FakeReception, a_run
from tests.unit.rest.world import Client, World, problem_of

CSV = b"store_code,gtin,quantity\n281,00037000185062,7\n"
URL = "/v1/feeds/inventory"


async def send(
    app: ASGIApp, path: str, messages: Callable[[], AsyncIterator[Message]], headers: dict[str, str] | None = None
) -> list[Message]:
    """Drive the app as a server would, message by message."""
    sent: list[Message] = []
    source = messages()

    async def receive() -> Message:
        return await anext(source)

    async def note(message: Message) -> None:
        sent.append(message)

    given = {"authorization": "Bearer sk_acme", "content-type": "text/csv", **(headers or {})}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "server": ("test", 80),
        "client": ("test", 1),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }
    await app(scope, receive, note)
    return sent


def upload_of(reception: FakeReception) -> FeedUpload:
    """What an accepted file was said to be."""
    assert reception.upload is not None
    return reception.upload


def test_a_raw_body_becomes_a_run(client: Client, world: World) -> None:
    response = client.post(URL, content=CSV, headers={"Content-Type": "text/csv; charset=utf-8"})
    assert response.status_code == 202
    run = RunOut.model_validate_json(response.content)
    assert response.headers["location"] == f"/v1/feed-runs/{run.id}" == run.links["self"]
    assert (run.sha256, run.bytes, run.status) == (hashlib.sha256(CSV).hexdigest(), len(CSV), "queued")
    [reception] = world.desk.receptions
    assert (reception.state, reception.head) == ("accepted", CSV)
    upload = upload_of(reception)
    assert (upload.retailer_id, upload.kind, upload.mode) == ("acme", FeedKind.INVENTORY, FeedMode.FULL)
    assert (upload.dry_run, upload.as_of, upload.store_code, upload.content_type) == (False, None, None, "text/csv")
    assert client.get(response.headers["location"]).json()["id"] == run.id


def test_what_the_query_says_of_the_file(client: Client, world: World) -> None:
    query = "mode=delta&dry_run=true&store_code=281&as_of=2026-10-30T10:00:00%2B02:00"
    assert client.post(f"{URL}?{query}", content=CSV).status_code == 202
    upload = upload_of(world.desk.receptions[0])
    assert (upload.mode, upload.dry_run, upload.store_code) == (FeedMode.DELTA, True, "281")
    assert upload.as_of == dt.datetime(2026, 10, 30, 8, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("mode=fulll", "mode"),
        ("dry_run=yes", "dry_run"),
        ("dry_run=", "dry_run"),
        ("store_code=", "store_code"),
        (f"store_code={'x' * 65}", "store_code"),
        ("as_of=2026-10-30", "as_of"),
        ("as_of=2026-10-30T10:00:00", "as_of"),
        ("as_of=2026-10-30T10:00:00+02:00", "as_of"),
        ("as_of=2026-02-30T10:00:00Z", "as_of"),
        ("as_of=0001-01-01T00:00:00%2B14:00", "as_of"),
        ("as_of=1793000000", "as_of"),
        ("retailer=bolt", "retailer"),
        ("dryrun=1", "dryrun"),
    ],
)
def test_wrong_parameters_cost_no_reception(client: Client, world: World, query: str, parameter: str) -> None:
    problem = problem_of(client.post(f"{URL}?{query}", content=CSV), 422, "invalid_request")
    assert problem["errors"][0]["parameter"] == parameter
    assert world.desk.receptions == []


def test_a_store_code_is_of_inventory_alone(client: Client) -> None:
    problem_of(client.post("/v1/feeds/stores?store_code=1", content=CSV), 422, "invalid_request")


def test_an_unknown_kind(client: Client) -> None:
    assert "inventory" in problem_of(client.post("/v1/feeds/prices", content=CSV), 404, "not_found")["detail"]


@pytest.mark.parametrize(
    "kind",
    [
        "text/tab-separated-values",
        "TEXT/PLAIN",
        "application/gzip",
        "application/octet-stream",
        "application/json",
        "application/x-ndjson",
        "application/zip",
        "application/zstd",
        "application/vnd.apache.parquet",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ],
)
def test_types_that_a_file_may_have(client: Client, kind: str) -> None:
    assert client.post(URL, content=gzip.compress(CSV), headers={"Content-Type": kind}).status_code == 202


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/html", "application/pdf", "csv"])
def test_other_types_are_refused_with_a_way_out(client: Client, world: World, kind: str) -> None:
    response = client.post(URL, content=CSV, headers={"Content-Type": kind})
    assert "text/csv" in problem_of(response, 415, "unsupported_media_type")["detail"]
    assert world.desk.receptions == []


def test_an_empty_body_is_still_a_run(client: Client, world: World) -> None:
    assert client.post(URL, content=b"").status_code == 202
    assert world.desk.receptions[0].writes == []


def test_one_file_of_a_form(client: Client, world: World) -> None:
    content = bytes(range(256)) * 20_000 + b"\r\n--almost a boundary\r\n"
    assert client.post(URL, files={"file": ("feed.csv.gz", content, "application/gzip")}).status_code == 202
    [reception] = world.desk.receptions
    assert reception.size == len(content)
    assert world.desk.runs[0].sha256 == hashlib.sha256(content).hexdigest()
    assert upload_of(reception).content_type == "application/gzip"


FORM = {"Content-Type": "multipart/form-data; boundary=b"}


@pytest.mark.parametrize(
    ("body", "headers", "hint"),
    [
        (b"--b\r\nContent-Disposition: form-data; name=mode\r\n\r\ndelta\r\n--b--\r\n", FORM, "'mode'"),
        (b"--b--\r\n", FORM, "no file"),
        (b"", FORM, "ends before"),
        (b"--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\nabc", FORM, "ends before"),
        (
            b"--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n1\r\n" * 2 + b"--b--\r\n",
            FORM,
            "more than",
        ),
        (b"store_code,gtin\n", FORM, "not the form"),
        (b"--b\r\n\r\nabc\r\n--b--\r\n", FORM, "form field"),
        (CSV, {"Content-Type": "multipart/form-data"}, "boundary"),
        (CSV, {"Content-Type": f"multipart/form-data; boundary={'b' * 500}"}, "boundary"),
    ],
)
def test_broken_forms_leave_no_trace(
    client: Client, world: World, body: bytes, headers: dict[str, str], hint: str
) -> None:
    assert hint in problem_of(client.post(URL, content=body, headers=headers), 422, "invalid_request")["detail"]
    assert all(reception.state == "abandoned" for reception in world.desk.receptions)
    assert world.desk.runs == []


def _digest(content: bytes, algorithm: str = "sha-256") -> dict[str, str]:
    value = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return {"Content-Digest": f"{algorithm}=:{value}:"}


def test_a_digest_is_checked_when_sent(client: Client, world: World) -> None:
    assert client.post(URL, content=CSV, headers=_digest(CSV)).status_code == 202
    assert client.post(URL, content=CSV, headers=_digest(b"else", "sha-512")).status_code == 202
    problem = problem_of(client.post(URL, content=CSV, headers=_digest(b"else")), 422, "invalid_request")
    assert problem["errors"][0]["parameter"] == "Content-Digest"
    assert [reception.state for reception in world.desk.receptions] == ["accepted", "accepted", "abandoned"]


@pytest.mark.parametrize("value", ["sha-256=abc", "sha-256=:!!:", "sha-256=:YWJj:", "sha-256"])
def test_a_malformed_digest(client: Client, world: World, value: str) -> None:
    problem_of(client.post(URL, content=CSV, headers={"Content-Digest": value}), 422, "invalid_request")
    assert world.desk.receptions == []


@pytest.mark.parametrize("form", [False, True])
def test_a_large_file_streams_through_little_memory(world: World, form: bool) -> None:
    size, piece = 50 << 20, b"x" * (1 << 16)
    process = psutil.Process()
    peak = 0

    async def body() -> AsyncIterator[Message]:
        nonlocal peak
        if form:
            head = b"--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"
            yield {"type": "http.request", "body": head, "more_body": True}
        for _ in range(size // len(piece)):
            peak = max(peak, process.memory_info().rss)
            yield {"type": "http.request", "body": piece, "more_body": True}
        yield {"type": "http.request", "body": b"\r\n--b--\r\n" if form else b"", "more_body": False}

    before = process.memory_info().rss
    sent = asyncio.run(send(rest_app(world.ports()), URL, body, {"content-type": FORM["Content-Type"]} if form else {}))
    assert sent[0]["status"] == 202
    [reception] = world.desk.receptions
    assert reception.size == size
    assert max(reception.writes) < 3 << 20
    assert peak - before < 20 << 20


def test_a_caller_gone_midway_leaves_no_trace(world: World) -> None:
    async def body() -> AsyncIterator[Message]:
        yield {"type": "http.request", "body": CSV, "more_body": True}
        yield {"type": "http.disconnect"}

    assert asyncio.run(send(rest_app(world.ports()), URL, body)) == []
    assert [reception.state for reception in world.desk.receptions] == ["abandoned"]


def test_a_stopped_server_leaves_no_trace(world: World) -> None:
    async def body() -> AsyncIterator[Message]:
        yield {"type": "http.request", "body": b"x" * (2 << 20), "more_body": True}
        await asyncio.sleep(60)

    async def stop() -> None:
        task = asyncio.ensure_future(send(rest_app(world.ports()), URL, body))
        while not (world.desk.receptions and world.desk.receptions[0].writes):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stop())
    assert [reception.state for reception in world.desk.receptions] == ["abandoned"]


def test_a_full_disk_is_our_fault_and_leaves_no_trace(client: Client, world: World) -> None:
    world.desk.full = True
    problem_of(client.post(URL, content=CSV), 500, "internal_error")
    assert [reception.state for reception in world.desk.receptions] == ["abandoned"]


def test_more_than_4_gib_is_refused_before_it_is_sent(world: World) -> None:
    async def body() -> AsyncIterator[Message]:
        raise AssertionError("nothing of it is read")
        yield {}

    sent = asyncio.run(send(rest_app(world.ports()), URL, body, {"content-length": str((4 << 30) + 1)}))
    assert sent[0]["status"] == 413
    assert world.desk.receptions == []


def test_more_than_the_limit_is_abandoned_on_the_way(world: World) -> None:
    world.limits = Limits(upload_bytes=100_000)
    limited = rest_app(world.ports())

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 60_000

    response = Client(limited, {"X-API-Key": "sk_acme"}).post(
        URL, content=chunks(), headers={"Content-Type": "text/csv"}
    )
    assert response.status_code == 413
    assert [reception.state for reception in world.desk.receptions] == ["abandoned"]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "unauthorized"),
        ({"Authorization": "Basic c2s6YWNtZQ=="}, 401, "unauthorized"),
        ({"Authorization": "Bearer nonsense"}, 401, "unauthorized"),
        ({"X-API-Key": ""}, 401, "unauthorized"),
        ({"Authorization": "Bearer sk_acme", "X-API-Key": "sk_bolt"}, 401, "unauthorized"),
        ({"Authorization": "Bearer pk_acme"}, 403, "forbidden"),
        ({"X-API-Key": "pk_acme"}, 403, "forbidden"),
    ],
)
@pytest.mark.parametrize(
    "ask",
    [
        lambda c, h: c.post(URL, content=CSV, headers=h),
        lambda c, h: c.get("/v1/feed-runs", headers=h),
        lambda c, h: c.get("/v1/feed-runs/run_1", headers=h),
        lambda c, h: c.patch("/v1/inventory", json={"items": []}, headers=h),
    ],
)
def test_a_secret_key_is_needed(
    world: World, ask: Callable[..., Any], headers: dict[str, str], status: int, code: str
) -> None:
    response = ask(Client(rest_app(world.ports())), headers)
    problem_of(response, status, code)
    assert ("www-authenticate" in response.headers) == (status == 401)
    assert world.desk.receptions == []


def test_either_header_carries_the_key(world: World) -> None:
    client = Client(rest_app(world.ports()))
    for headers in ({"X-API-Key": "sk_acme"}, {"Authorization": "bearer sk_acme"}):
        assert client.post(URL, content=CSV, headers=headers).status_code == 202
    assert {run.retailer_id for run in world.desk.runs} == {"acme"}


def test_runs_are_listed_newest_first_by_pages(client: Client, world: World) -> None:
    world.desk.runs += [a_run(f"run_{n:03d}") for n in range(5)] + [a_run("run_009", retailer_id="bolt")]
    first = client.get("/v1/feed-runs?limit=3").json()
    assert [run["id"] for run in first["feed_runs"]] == ["run_004", "run_003", "run_002"]
    rest = RunPage.model_validate_json(client.get(f"/v1/feed-runs?limit=3&cursor={first['next_cursor']}").content)
    assert [run.id for run in rest.feed_runs] == ["run_001", "run_000"]
    assert rest.next_cursor is None
    stolen = client.get(f"/v1/feed-runs?cursor={first['next_cursor']}", headers={"Authorization": "Bearer sk_bolt"})
    problem_of(stolen, 422, "invalid_request")


def test_a_run_is_reported_as_the_contract_says(client: Client, world: World) -> None:
    world.desk.runs.append(a_run("run_1"))
    run = client.get("/v1/feed-runs/run_1").json()
    assert list(run) == [
        "id", "kind", "mode", "status", "received_at", "published_at", "as_of", "sha256", "bytes", "rows", "changes",
        "notices", "links",
    ]  # fmt: skip
    assert run["received_at"] == "2026-10-30T12:00:00Z"
    for link in run["links"].values():
        assert client.get(link).status_code == 200


@pytest.mark.parametrize("run_id", ["run_bolt", "run_nobody", "run%00", "x" * 200])
def test_anothers_run_is_unknown(client: Client, world: World, run_id: str) -> None:
    world.desk.runs.append(a_run("run_bolt", retailer_id="bolt"))
    problem_of(client.get(f"/v1/feed-runs/{run_id}"), 404, "unknown_run")
