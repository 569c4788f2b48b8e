"""Uploads in pieces: tus 1.0 over HTTP, with a client that others wrote and with bytes of our own."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tusclient.client import TusClient

from ingest.sources.resumable import ResumableUploads
from inventory_api.domain.errors import Conflict
from inventory_api.domain.feed import FeedKind, FeedMode, RunStatus
from inventory_api.domain.ports import FeedUpload
from inventory_api.storage.sql.keys import KeyRing
from tests.integration.asking import Api, asking
from tests.integration.program import Api as RealApi
from tests.integration.program import Program, free_port, wait_for
from tests.integration.world import World, stores_feed

CHUNK = {"Content-Type": "application/offset+octet-stream"}
FEED = "".join(["store_code,gtin,quantity\n", *(f"001,{4006381333931},{n % 9}\n" for n in range(200))]).encode()


class Client:
    """A retailer that speaks tus by hand."""

    def __init__(self, api: Api, key: str) -> None:
        self._api = api
        self._always = {"Authorization": f"Bearer {key}", "Tus-Resumable": "1.0.0"}

    def send(self, method: str, path: str, content: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._api.send(method, path, content=content, headers=self._always | named)

    def create(self, length: int, content: bytes | None = None, **metadata: str) -> httpx.Response:
        pairs = {"kind": "inventory"} | metadata
        header = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())
        body = {} if content is None else CHUNK
        return self.send("POST", "/v1/uploads", content, Upload_Length=str(length), Upload_Metadata=header, **body)

    def begin(self, length: int = len(FEED), **metadata: str) -> str:
        response = self.create(length, **metadata)
        assert response.status_code == 201, response.text
        return response.headers["Location"]

    def patch(self, path: str, offset: int, content: Any, **headers: str) -> httpx.Response:
        return self.send("PATCH", path, content, **{"Upload_Offset": str(offset)} | CHUNK | headers)

    def offset(self, path: str) -> int:
        response = self.send("HEAD", path)
        assert response.status_code == 200
        return int(response.headers["Upload-Offset"])


@pytest.fixture
def api(world: World) -> Iterator[Api]:
    world.add_retailer("acme", ["001"])
    world.add_retailer("bolt")
    with asking(world) as api:
        yield api


@pytest.fixture
def client(world: World, api: Api) -> Client:
    return Client(api, KeyRing(world.db).issue("acme", secret=True))


def run_at(world: World, response: httpx.Response, retailer_id: str = "acme") -> Any:
    return world.desk.get_run(retailer_id, response.headers["Feed-Run"].rpartition("/")[2])


def test_what_is_spoken(api: Api) -> None:
    response = api.send("OPTIONS", "/v1/uploads")
    assert response.status_code == 204
    assert response.headers["Tus-Version"] == response.headers["Tus-Resumable"] == "1.0.0"
    assert response.headers["Tus-Max-Size"] == str(4 << 30)
    assert set(response.headers["Tus-Extension"].split(",")) == {
        "creation", "creation-with-upload", "expiration", "checksum", "termination",
    }  # fmt: skip
    assert response.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"


def test_a_file_in_pieces_becomes_the_run_that_it_says(world: World, client: Client) -> None:
    as_of = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)).replace(microsecond=0)
    path = client.begin(mode="delta", store_code="001", as_of=as_of.isoformat(), filename="a.csv", filetype="text/csv")
    for start in range(0, len(FEED), 1000):
        response = client.patch(path, start, FEED[start : start + 1000])
        assert response.status_code == 204
        assert int(response.headers["Upload-Offset"]) == client.offset(path) == min(start + 1000, len(FEED))
        assert "Upload-Expires" in response.headers
    run = run_at(world, response)
    assert (run.kind, run.mode, run.store_code, run.as_of, run.content_type) == (
        FeedKind.INVENTORY, FeedMode.DELTA, "001", as_of, "text/csv",
    )  # fmt: skip
    assert (run.sha256, run.bytes, run.status) == (hashlib.sha256(FEED).hexdigest(), len(FEED), RunStatus.QUEUED)
    world.work()
    assert run_at(world, client.send("HEAD", path)).status is RunStatus.PUBLISHED
    assert client.patch(path, len(FEED), b"").status_code == 409


def test_a_file_of_a_source_is_read_by_its_profile(world: World, api: Api, client: Client) -> None:
    declared = {"protocol": "upload", "kind": "inventory", "profile": {"absence": "retain"}}
    assert client.send(
        "PUT", "/v1/feed-sources/nightly", json.dumps(declared).encode(), Content_Type="application/json"
    )
    run = run_at(world, client.create(len(FEED), FEED, source="nightly"))
    assert (run.source_id, run.profile) == ("nightly", {"absence": "retain"})


def test_the_first_bytes_may_come_with_the_announcement(world: World, client: Client) -> None:
    half = client.create(len(FEED), FEED[:500])
    assert (half.status_code, half.headers["Upload-Offset"]) == (201, "500")
    assert "Feed-Run" not in half.headers
    whole = client.create(len(FEED), FEED)
    assert run_at(world, whole).sha256 == hashlib.sha256(FEED).hexdigest()
    assert run_at(world, client.create(0)).bytes == 0


def test_a_checksum_vouches_for_a_piece_or_nothing_of_it_counts(world: World, client: Client) -> None:
    path = client.begin()

    def checksum(algorithm: str, content: bytes) -> dict[str, str]:
        digest = base64.b64encode(hashlib.new(algorithm, content).digest()).decode()
        return {"Upload_Checksum": f"{algorithm} {digest}"}

    refused = client.patch(path, 0, FEED[:900], **checksum("sha256", FEED[:901]))
    assert (refused.status_code, refused.json()["code"]) == (460, "checksum_mismatch")
    assert client.offset(path) == 0
    for wrong in ("md5 AAAA", "sha256 AAAA", "sha256", ""):
        assert client.patch(path, 0, FEED, Upload_Checksum=wrong).status_code == 400
    assert client.patch(path, 0, FEED[:900], **checksum("sha256", FEED[:900])).status_code == 204
    last = client.patch(path, 900, FEED[900:], **checksum("sha1", FEED[900:]))
    assert run_at(world, last).sha256 == hashlib.sha256(FEED).hexdigest()


def test_what_does_not_fit_is_refused_and_moves_nothing(world: World, client: Client) -> None:
    path = client.begin()
    assert client.patch(path, 0, FEED[:100]).status_code == 204
    for response, status, code in (
        (client.patch(path, 99, FEED[99:]), 409, "conflict"),
        (client.patch(path, 101, FEED[101:]), 409, "conflict"),
        (client.patch(path, 100, FEED[100:] + b"!"), 413, "payload_too_large"),
        (client.send("PATCH", path, FEED[100:], Upload_Offset="100"), 415, "unsupported_media_type"),
        (client.patch(path, 100, FEED[100:], Upload_Offset="-1"), 422, "invalid_request"),
        (client.patch(path, 100, FEED[100:], Tus_Resumable="0.2.2"), 412, "precondition_failed"),
        (client.create((4 << 30) + 1), 413, "payload_too_large"),
        (client.create(5, kind="prices"), 404, "not_found"),
        (client.create(5, mode="half"), 422, "invalid_request"),
        (client.create(5, store_code="999"), 404, "unknown_store"),
        (client.create(5, source="none"), 404, "not_found"),
        (client.create(5, kind="stores", store_code="001"), 422, "invalid_request"),
        (client.send("POST", "/v1/uploads", Upload_Length="5"), 422, "invalid_request"),
        (client.send("POST", "/v1/uploads", Upload_Length="5", Upload_Metadata="kind ?"), 422, "invalid_request"),
        (client.send("POST", "/v1/uploads", Upload_Length="five", Upload_Metadata="kind ?"), 422, "invalid_request"),
    ):
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert response.headers["Tus-Resumable"] == "1.0.0"
    assert client.offset(path) == 100
    assert "Tus-Version" in client.patch(path, 100, b"", Tus_Resumable="2.0.0").headers
    assert client.patch(path, 100, FEED[100:]).headers["Feed-Run"]


def test_an_upload_is_its_retailers_alone(world: World, api: Api, client: Client) -> None:
    path = client.begin()
    other = Client(api, KeyRing(world.db).issue("bolt", secret=True))
    for method in ("HEAD", "DELETE"):
        assert other.send(method, path).status_code == 404
    assert other.patch(path, 0, FEED).status_code == 404
    assert api.send("HEAD", path, headers={"Tus-Resumable": "1.0.0"}).status_code == 401
    assert client.offset(path) == 0


def test_it_can_be_given_up(world: World, client: Client) -> None:
    path = client.begin()
    client.patch(path, 0, FEED[:100])
    assert client.send("DELETE", path).status_code == 204
    assert list((world.data_dir / "uploads").iterdir()) == []
    assert client.send("HEAD", path).status_code == client.patch(path, 100, FEED[100:]).status_code == 404


def test_methods_may_go_under_another_name(client: Client) -> None:
    path = client.begin()
    response = client.send("POST", path, FEED[:10], Upload_Offset="0", X_HTTP_Method_Override="PATCH", **CHUNK)
    assert (response.status_code, client.offset(path)) == (204, 10)


def test_only_one_call_at_a_time_and_nothing_unacknowledged_counts(world: World, api: Api) -> None:
    """The desk itself: a call that a kill ended left bytes that were never promised."""
    desk = world.uploads
    begun = desk.create(FeedUpload("acme", FeedKind.INVENTORY, FeedMode.FULL), len(FEED))
    first = desk.resume("acme", begun.id, 0)
    with pytest.raises(Conflict):
        desk.resume("acme", begun.id, 0)
    first.write(b"x" * 50)
    first._file.flush()
    first._file.close()
    assert desk.get("acme", begun.id).received == 0
    assert (world.data_dir / "uploads" / begun.id).stat().st_size == 50
    second = desk.resume("acme", begun.id, 0)
    second.write(FEED)
    done = second.keep()
    assert done.run_id is not None
    assert Path(world.desk.get_run("acme", done.run_id).path).read_bytes() == FEED


def test_a_kill_before_the_row_of_the_run_leaves_it_to_be_finished(world: World, api: Api) -> None:
    desk = world.uploads
    begun = desk.create(FeedUpload("acme", FeedKind.INVENTORY, FeedMode.FULL), len(FEED))

    class Killed(BaseException):
        pass

    class Mortal:
        """A database that goes down with its process at the next write."""

        def write(self) -> Any:
            raise Killed

        def read(self) -> Any:
            return world.db.read()

    dying = ResumableUploads(Mortal(), world.data_dir / "uploads", world.data_dir / "incoming")  # type: ignore[arg-type]
    onward = dying.resume("acme", begun.id, 0)
    onward.write(FEED)
    with pytest.raises(Killed):
        onward.keep()
    again = desk.resume("acme", begun.id, desk.get("acme", begun.id).received)
    again.write(FEED)
    run = world.desk.get_run("acme", str(again.keep().run_id))
    assert hashlib.sha256(Path(run.path).read_bytes()).hexdigest() == run.sha256 == hashlib.sha256(FEED).hexdigest()


def test_stale_uploads_are_swept_and_living_ones_stay(world: World, client: Client) -> None:
    stale, living = client.begin(), client.begin()
    orphan = world.data_dir / "uploads" / "upl_orphan"
    orphan.touch()
    os.utime(orphan, (0, 0))
    now = dt.datetime.now(dt.UTC)
    with world.db.write() as tx:
        known, _ = tx.uploads.get("acme", stale.rpartition("/")[2], now)
        tx.uploads.advance(known, 0, now)
    assert client.send("HEAD", stale).status_code == 404
    world.uploads.sweep(older_than_s=0)
    assert [path.name for path in (world.data_dir / "uploads").iterdir()] == [living.rpartition("/")[2]]
    assert client.offset(living) == 0


def restart(program: Program, api: RealApi) -> None:
    """Kill the API; its tree starts another."""
    old = program.member("cli.children", "serve")
    old.kill()
    wait_for(lambda: program.find("cli.children", "serve") not in (None, old), 30, "another API")
    api.wait_ready()


@pytest.mark.serial
def test_a_client_of_others(world: World, tmp_path: Path) -> None:
    """Tuspy over a real server, which is killed between two chunks and started again."""
    data_dir, port = tmp_path / "data", free_port()
    program = Program(data_dir, "up", INVENTORY_PORT=str(port))
    try:
        RealApi(port).wait_ready()
        key = program.run("retailer", "add", "Acme", "--currency", "USD")["api_key"]
        api = RealApi(port, key)
        api.wait_published(api.upload("stores", stores_feed(["001"])), 30)
        tus = TusClient(f"{api.url}/v1/uploads", headers={"Authorization": f"Bearer {key}"})
        metadata = {"kind": "inventory", "filename": "stock.csv"}
        begun = tus.uploader(file_stream=io.BytesIO(FEED), chunk_size=1000, metadata=metadata)
        begun.upload_chunk()
        begun.upload_chunk()
        restart(program, api)
        resumed = tus.uploader(file_stream=io.BytesIO(FEED), chunk_size=1000, url=begun.url, upload_checksum=True)
        assert resumed.get_offset() == 2000
        resumed.upload()
        headers = api.headers | {"Tus-Resumable": "1.0.0"}
        told = httpx.head(str(resumed.url), headers=headers, trust_env=False).headers
        assert api.wait_published(told["Feed-Run"], 30)["sha256"] == hashlib.sha256(FEED).hexdigest()
    finally:
        program.clean_up()


@pytest.mark.serial
def test_a_call_that_a_kill_or_a_cut_ends_goes_on_where_its_last_durable_byte_is(tmp_path: Path) -> None:
    """A raw connection: 80 MiB of a longer call, then the client goes; then 80 more, then the server is killed."""
    data_dir, port = tmp_path / "data", free_port()
    program = Program(data_dir, "up", INVENTORY_PORT=str(port))
    try:
        RealApi(port).wait_ready()
        key = program.run("retailer", "add", "Acme", "--currency", "USD")["api_key"]
        always = {"Authorization": f"Bearer {key}", "Tus-Resumable": "1.0.0"}
        url = f"http://127.0.0.1:{port}/v1/uploads"
        size = 200 << 20
        kind = base64.b64encode(b"inventory").decode()
        begun = httpx.post(
            url, headers=always | {"Upload-Length": str(size), "Upload-Metadata": f"kind {kind}"}, trust_env=False
        )
        path = begun.headers["Location"]

        def offset() -> int:
            told = httpx.head(f"http://127.0.0.1:{port}{path}", headers=always, trust_env=False)
            return int(told.headers["Upload-Offset"])

        def send(start: int, count: int) -> socket.socket:
            head = "".join(f"{name}: {value}\r\n" for name, value in (always | CHUNK).items())
            line = f"PATCH {path} HTTP/1.1\r\nHost: x\r\nUpload-Offset: {start}\r\n"
            wire = socket.create_connection(("127.0.0.1", port))
            wire.sendall(f"{line}{head}Content-Length: {size - start}\r\n\r\n".encode())
            piece = bytes(1 << 20)
            for _ in range(count):
                wire.sendall(piece)
            return wire

        send(0, 80).close()
        deadline = time.monotonic() + 30
        while offset() < 78 << 20:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        cut = offset()
        assert cut <= 80 << 20
        with send(cut, 80):
            while offset() < cut + (64 << 20):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            restart(program, RealApi(port))
        kept = offset()
        assert cut + (64 << 20) <= kept <= cut + (80 << 20)
        last = httpx.patch(
            f"http://127.0.0.1:{port}{path}", headers=always | CHUNK | {"Upload-Offset": str(kept)},
            content=bytes(size - kept), timeout=60, trust_env=False,
        )  # fmt: skip
        assert last.status_code == 204, last.text
        run = RealApi(port, key).get(last.headers["Feed-Run"]).json()
        assert (run["bytes"], run["sha256"]) == (size, hashlib.sha256(bytes(size)).hexdigest())
    finally:
        program.clean_up()
