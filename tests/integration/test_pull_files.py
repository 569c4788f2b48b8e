"""Feeds pulled from folders, SFTP servers and object stores: whole files only, from who they should come."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import asyncssh
import pytest

from ingest.outbound import Outbound, OutboundRefused
from ingest.sources.tunnel import Tunnel
from inventory_api.domain.feed import FeedMode, FeedRun, RunStatus
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.source import Protocol
from tests.integration.senders import Pulled, pulled, sending, trickles
from tests.integration.world import World

BODY = b"store_code,gtin,quantity\n001,00037000185062,7\n"
LATER = BODY.replace(b",7", b",8")
SIX = dt.datetime(2026, 11, 18, 6, tzinfo=dt.UTC)
TICK = dt.timedelta(minutes=1)


@pytest.fixture
def source(world: World) -> Pulled:
    world.add_retailer("acme", ["001"])
    return pulled(world)


def code(run: FeedRun) -> str:
    assert run.status is RunStatus.FETCH_FAILED, run
    return str(run.notices[0]["code"])


def write(path: Path, body: bytes, at: dt.datetime = SIX) -> None:
    path.write_bytes(body)
    os.utime(path, (at.timestamp(), at.timestamp()))


# -- watched folder -------------------------------------------------------------------------------------------


@pytest.fixture
def folder(source: Pulled) -> Path:
    path = source.world.data_dir / "watched" / "acme" / "out"
    path.mkdir(parents=True)
    source.declare(Protocol.FOLDER, folder="out", glob="*.csv")
    return path


def test_a_file_is_taken_once_it_stopped_growing(source: Pulled, folder: Path) -> None:
    write(folder / "stock.csv", BODY[:20])
    assert source.visit().status is RunStatus.UNCHANGED
    soon = source.source().due_at
    assert soon is not None
    assert soon - dt.datetime.now(dt.UTC) <= dt.timedelta(seconds=60)
    write(folder / "stock.csv", BODY, SIX + TICK)
    assert source.visit().status is RunStatus.UNCHANGED
    run = source.visit()
    assert (run.status, run.as_of, source.content(run)) == (RunStatus.QUEUED, SIX + TICK, BODY)
    assert source.visit().status is RunStatus.UNCHANGED
    write(folder / "stock.csv", LATER, SIX + 2 * TICK)
    assert [source.visit().status, source.visit().status] == [RunStatus.UNCHANGED, RunStatus.QUEUED]


def test_a_marker_says_that_a_file_is_whole_and_unfinished_names_are_never_taken(source: Pulled, folder: Path) -> None:
    source.declare(Protocol.FOLDER, folder="out", glob="*")
    for name in ("a.csv.tmp", "b.PART", ".c.csv", "d.csv.filepart"):
        write(folder / name, b"half")
    assert [source.visit().status, source.visit().status] == [RunStatus.UNCHANGED] * 2
    write(folder / "stock.csv", BODY)
    (folder / "stock.csv.done").touch()
    run = source.visit()
    assert (run.status, source.content(run)) == (RunStatus.QUEUED, BODY)
    assert source.visit().status is RunStatus.UNCHANGED


def test_of_a_full_feed_the_newest_is_taken_of_a_delta_each_in_order(source: Pulled, folder: Path) -> None:
    for number in range(3):
        write(folder / f"{number}.csv", BODY + b"%d" % number, SIX + number * TICK)
        (folder / f"{number}.csv.done").touch()
    assert source.content(source.visit())[-1:] == b"2"
    assert source.visit().status is RunStatus.UNCHANGED
    source.declare(Protocol.FOLDER, folder="out", glob="*.csv", mode=FeedMode.DELTA)
    seen = []
    for _ in range(3):
        seen.append(source.content(source.visit())[-1:])
        due = source.source().due_at
        assert due is not None
        assert (due <= dt.datetime.now(dt.UTC)) == (len(seen) < 3)
    assert seen == [b"0", b"1", b"2"]
    assert source.visit().status is RunStatus.UNCHANGED


def test_nothing_outside_the_retailers_folder_is_read(source: Pulled, folder: Path) -> None:
    secret = source.world.data_dir / "secret.csv"
    write(secret, BODY)
    (folder / "link.csv").symlink_to(secret)
    assert [source.visit().status, source.visit().status] == [RunStatus.UNCHANGED] * 2
    for path in ("..", "../other", "/etc", "out/../../other"):
        source.declare(Protocol.FOLDER, folder=path)
        assert code(source.visit()) == "fetch_refused"
    source.declare(Protocol.FOLDER, folder="gone")
    assert code(source.visit()) == "fetch_not_found"


def test_the_name_says_when_a_file_was_true(source: Pulled, folder: Path) -> None:
    profile = FeedProfile(as_of="stock_%Y%m%d_%H%M.csv", timezone="America/New_York")
    source.declare(Protocol.FOLDER, folder="out", profile=profile)
    write(folder / "stock_20261118_0130.csv", BODY)
    (folder / "stock_20261118_0130.csv.done").touch()
    assert source.visit().as_of == dt.datetime(2026, 11, 18, 6, 30, tzinfo=dt.UTC)
    write(folder / "other.csv", BODY, SIX + TICK)
    (folder / "other.csv.done").touch()
    assert code(source.visit()) == "fetch_name"


# -- SFTP -----------------------------------------------------------------------------------------------------


class Login(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("acme", "correct horse")

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == "acme" and key.get_fingerprint() == CLIENT_KEY.get_fingerprint()


CLIENT_KEY = asyncssh.generate_private_key("ssh-ed25519")
HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519")
PASSWORD = {"username": "acme", "password": "correct horse"}


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """An SFTP server on loopback; what a source's settings are, and where its files lie."""
    root = tmp_path / "sftp"
    (root / "out").mkdir(parents=True)
    loop = asyncio.new_event_loop()
    started: list[asyncssh.SSHAcceptor] = []

    async def start() -> None:
        started.append(
            await asyncssh.listen(
                "127.0.0.1", 0, server_factory=Login, server_host_keys=[HOST_KEY],
                sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=os.fsencode(root)),
            )
        )  # fmt: skip

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    settings = {"host": "127.0.0.1", "port": started[0].get_port(), "path": "/out", "glob": "*.csv"}
    yield {"files": root / "out", "settings": settings | {"host_keys": [HOST_KEY.get_fingerprint()]}}

    async def stop() -> None:
        started[0].close()
        await started[0].wait_closed()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.mark.parametrize(
    "credentials", [PASSWORD, {"username": "acme", "private_key": CLIENT_KEY.export_private_key().decode()}]
)
def test_a_file_is_fetched_over_sftp_once_it_is_whole(
    source: Pulled, sftp: dict[str, Any], credentials: dict[str, str]
) -> None:
    source.declare(Protocol.SFTP, credentials=credentials, **sftp["settings"])
    write(sftp["files"] / "built-elsewhere", BODY)
    (sftp["files"] / "stock.csv").symlink_to("built-elsewhere")
    write(sftp["files"] / "late.csv.tmp", b"half")
    assert source.visit().status is RunStatus.UNCHANGED
    run = source.visit()
    assert (run.status, run.as_of, source.content(run)) == (RunStatus.QUEUED, SIX, BODY)
    assert source.visit().status is RunStatus.UNCHANGED


def test_a_large_file_over_sftp_is_whole(source: Pulled, sftp: dict[str, Any]) -> None:
    body = os.urandom(700_000)
    write(sftp["files"] / "stock.csv", body)
    (sftp["files"] / "stock.csv.done").touch()
    source.declare(Protocol.SFTP, credentials=PASSWORD, **sftp["settings"])
    assert source.content(source.visit()) == body


def test_sftp_trusts_only_the_key_it_was_given_and_says_what_is_wrong(source: Pulled, sftp: dict[str, Any]) -> None:
    settings = sftp["settings"]
    for changed, credentials, expected in [
        ({"host_keys": [OTHER_KEY.get_fingerprint()]}, PASSWORD, "host_key_changed"),
        ({}, PASSWORD | {"password": "wrong"}, "fetch_denied"),
        ({}, {"username": "acme", "private_key": "not a key"}, "fetch_denied"),
        ({}, {"username": "acme", "private_key": OTHER_KEY.export_private_key().decode()}, "fetch_denied"),
        ({"path": "/nowhere"}, PASSWORD, "fetch_not_found"),
        ({"port": 1}, PASSWORD, "fetch_unreachable"),
        ({"host": "localhost"}, PASSWORD, "fetch_refused"),
    ]:  # fmt: skip
        source.declare(Protocol.SFTP, credentials=credentials, **settings | changed)
        strict = source if "host" not in changed else pulled(source.world, allowed=())
        assert code(strict.visit()) == expected, changed


def test_an_sftp_server_that_says_nothing_is_left(source: Pulled) -> None:
    with sending() as silent:
        silent.will(trickles(b"", b"", 60))
        source.declare(Protocol.SFTP, credentials=PASSWORD, host="127.0.0.1", port=silent.port, host_keys=["SHA256:x"])
        started = time.monotonic()
        assert code(source.visit()) in ("fetch_too_slow", "fetch_incomplete")
        assert time.monotonic() - started < 6


# -- S3 -------------------------------------------------------------------------------------------------------


class Bucket(BaseHTTPRequestHandler):
    """So much of S3 as a reader needs: ListObjectsV2 and GET, for who signs as ``AKID``."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, tuple[bytes, dt.datetime]]
    asked: list[Any]

    def do_GET(self) -> None:
        self.asked.append(self.headers)
        if "Credential=AKID/" not in self.headers.get("Authorization", ""):
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
            return
        path, _, question = self.path.partition("?")
        if not path.startswith("/feeds"):
            self._answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
            return
        if "list-type=2" in question:
            self._answer(200, self._list().encode())
            return
        key = path.removeprefix("/feeds/")
        body, at = self.objects[key]
        stamp = at.strftime("%a, %d %b %Y %H:%M:%S GMT")
        self._answer(200, body, {"ETag": _tag(body), "Last-Modified": stamp})

    def _list(self) -> str:
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
            f"<ETag>{escape(_tag(body))}</ETag><Size>{len(body)}</Size></Contents>"
            for key, (body, at) in self.objects.items()
        )
        return f"<ListBucketResult><Name>feeds</Name><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _tag(body: bytes) -> str:
    return f'"{hash(body) & 0xFFFFFFFF:08x}"'


@pytest.fixture
def bucket() -> Iterator[dict[str, Any]]:
    objects: dict[str, tuple[bytes, dt.datetime]] = {}
    asked: list[Any] = []
    handler = type("OneBucket", (Bucket,), {"objects": objects, "asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield {"objects": objects, "asked": asked, "endpoint": f"http://127.0.0.1:{server.server_port}"}
        server.shutdown()


KEYS = {"access_key_id": "AKID", "secret_access_key": "secret"}


def test_the_newest_object_is_fetched_and_its_etag_is_its_version(source: Pulled, bucket: dict[str, Any]) -> None:
    objects = bucket["objects"]
    objects |= {"out/a.csv": (BODY, SIX), "out/b.csv": (LATER, SIX + TICK), "out/.c.csv": (b"x", SIX + 2 * TICK)}
    source.declare(
        Protocol.S3, credentials=KEYS, endpoint=bucket["endpoint"], bucket="feeds", prefix="out", glob="*.csv"
    )
    run = source.visit()
    assert (run.status, run.as_of, source.content(run)) == (RunStatus.QUEUED, SIX + TICK, LATER)
    assert source.visit().status is RunStatus.UNCHANGED
    objects["out/b.csv"] = (BODY, SIX + 2 * TICK)
    assert source.content(source.visit()) == BODY


def test_our_own_environment_pays_for_nobody(
    source: Pulled, bucket: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket["objects"]["a.csv"] = (BODY, SIX)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, "http://169.254.169.254")
    source.declare(Protocol.S3, endpoint=bucket["endpoint"], bucket="feeds")
    assert code(source.visit()) == "fetch_denied"
    source.declare(Protocol.S3, credentials=KEYS, endpoint=bucket["endpoint"], bucket="feeds")
    assert source.visit().status is RunStatus.QUEUED
    assert all("X-Amz-Security-Token" not in asked for asked in bucket["asked"])
    source.declare(Protocol.S3, credentials=KEYS, endpoint=bucket["endpoint"], bucket="gone")
    assert code(source.visit()) == "fetch_not_found"


def test_a_store_at_a_private_address_is_refused(source: Pulled) -> None:
    for endpoint in ("https://10.0.0.1", "https://localhost:9000", "http://feeds.example"):
        strict = pulled(source.world, allowed=())
        strict.declare(Protocol.S3, credentials=KEYS, endpoint=endpoint, bucket="feeds")
        assert code(strict.visit()) == "fetch_refused"


def test_the_tunnel_carries_bytes_both_ways_and_leads_nowhere_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as echo:
        port = echo.getsockname()[1]

        def answer() -> None:
            far, _ = echo.accept()
            with far:
                far.sendall(far.recv(100).upper())

        threading.Thread(target=answer, daemon=True).start()
        with Tunnel(Outbound(["127.0.0.1"]), port) as tunnel:
            assert _through(tunnel, f"127.0.0.1:{port}", b"hello") == b"HELLO"
            assert _through(tunnel, "127.0.0.1:1", b"") == b"403"
        with Tunnel(Outbound(), port) as tunnel:
            assert _through(tunnel, f"127.0.0.1:{port}", b"") == b"403"
            assert isinstance(tunnel.refused, OutboundRefused)


def _through(tunnel: Tunnel, target: str, said: bytes) -> bytes:
    host, _, port = tunnel.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 5) as near:
        near.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        head = near.recv(1000)
        if b" 200 " not in head:
            return head.split()[1]
        near.sendall(said)
        return near.recv(100)


# -- what is missing, and who dies ----------------------------------------------------------------------------


@pytest.mark.parametrize(("protocol", "library"), [(Protocol.SFTP, "asyncssh"), (Protocol.S3, "obstore")])
def test_a_missing_extra_is_named(
    source: Pulled, monkeypatch: pytest.MonkeyPatch, protocol: Protocol, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    source.declare(protocol, host="127.0.0.1", host_keys=[], bucket="feeds")
    run = source.visit()
    assert code(run) == "extra_missing"
    assert "inventory-api[sources]" in run.notices[0]["samples"][0]["message"]


_FETCH = """
import sys
from pathlib import Path
from ingest.outbound import Outbound
from ingest.sources.folder import Folders
from ingest.sources.pull import Puller
from inventory_api.storage.vault import Vault
from inventory_api.storage.sql.engine import Database
data = Path(sys.argv[1])
db = Database(f"sqlite:///{data / 'inventory.sqlite'}")
Puller(db, data / "incoming", Vault(bytes(32)), Outbound(["127.0.0.1"]), Folders(None)).step()
"""


def test_a_fetch_that_was_killed_left_nothing_and_is_done_again(source: Pulled) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    with sending() as sender:
        sender.will(trickles(head, b"X" * 1000, 0.05))
        source.declare(Protocol.HTTPS, url=sender.url)
        child = subprocess.Popen(
            [sys.executable, "-c", _FETCH, str(source.world.data_dir)], cwd=Path(__file__).parents[2]
        )
        try:
            until = time.monotonic() + 20
            while not sender.asked and time.monotonic() < until:
                time.sleep(0.01)
            time.sleep(0.2)
        finally:
            child.kill()
            child.wait()
        assert [name for name in source.files() if name.endswith(".part")]
        assert source.source().fetching_until is not None
        with source.world.db.read() as tx:
            assert [run.source_id for run in tx.runs.list("acme", 10)] == [None]
        assert source.puller.step() is None

        source.change(fetching_until=dt.datetime.now(dt.UTC))
        sender.will(lambda handler: handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + BODY))
        run = source.puller.step()
        assert run is not None
        assert source.content(run) == BODY
        source.world.desk.sweep(older_than_s=-1, versions=1)
        assert [name for name in source.files() if name.endswith(".part")] == []
        assert run.id in source.files()
