"""A sender's web server that misbehaves on demand, and a world in which it is a source."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from ingest.outbound import Outbound
from ingest.sources.folder import Folders
from ingest.sources.pull import Puller
from ingest.sources.visit import Limits
from inventory_api.domain.feed import FeedKind, FeedMode, FeedRun
from inventory_api.domain.source import FeedSource, Protocol
from inventory_api.storage.vault import Vault
from tests.integration.world import World

EVERY_S = 600
SHORT = Limits(read_s=0.4, total_s=5.0, max_bytes=1 << 20)


@dataclass
class Sender:
    """A web server; ``answers`` are used up one a request, the last one stays."""

    port: int
    answers: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/stock.csv"

    def will(self, *answers: Callable[[BaseHTTPRequestHandler], None]) -> None:
        """What to do with the next requests."""
        self.answers[:] = answers
        self.asked.clear()


@contextmanager
def sending() -> Iterator[Sender]:
    """Run a sender until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            sender.asked.append({name.lower(): value for name, value in self.headers.items()})
            answer = sender.answers[0] if len(sender.answers) == 1 else sender.answers.pop(0)
            self.close_connection = True
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        sender = Sender(server.server_port)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield sender
        server.shutdown()


def sends(
    body: bytes, *, status: int = 200, length: int | None = None, cut: int | None = None, **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer with a body; ``length`` is what is claimed, ``cut`` how much of it is sent."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body[:cut])

    return answer


def resumes(body: bytes, *, etag: str, cut: int | None = None) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer a Range request as its If-Range demands: the rest, or everything where the tag is another."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        if wanted is None or handler.headers.get("If-Range") != etag:
            sends(body, cut=cut, ETag=etag)(handler)
            return
        begin = int(wanted.removeprefix("bytes=").removesuffix("-"))
        where = f"bytes {begin}-{len(body) - 1}/{len(body)}"
        sends(body[begin:], status=206, cut=cut, ETag=etag, Content_Range=where)(handler)

    return answer


def redirects(url: str) -> Callable[[BaseHTTPRequestHandler], None]:
    return sends(b"", status=302, Location=url)


def trickles(head: bytes, drop: bytes, pause_s: float) -> Callable[[BaseHTTPRequestHandler], None]:
    """A slowloris: the head, then a drop every so often, for ever."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        try:
            handler.wfile.write(head)
            while True:
                handler.wfile.write(drop)
                time.sleep(pause_s)
        except OSError:
            return

    return answer


@dataclass
class Pulled:
    """A world with one source, and the puller that visits it."""

    world: World
    puller: Puller
    vault: Vault

    def declare(self, protocol: Protocol, *, credentials: dict[str, str] | None = None, **settings: Any) -> None:
        """Declare the source ``nightly``, due now; fields of ``FeedSource`` among the settings are its own."""
        now = dt.datetime.now(dt.UTC)
        own = {name: settings.pop(name) for name in ("profile", "mode", "state", "failures") if name in settings}
        source = FeedSource(
            "acme", "nightly", FeedKind.INVENTORY, own.pop("mode", FeedMode.FULL), protocol, now, now,
            settings={"every_s": EVERY_S} | settings, due_at=now, **own,
            credentials=self.vault.seal(dict(credentials)) if credentials else None,
        )  # fmt: skip
        with self.world.db.write() as tx:
            tx.sources.put(source)

    def source(self) -> FeedSource:
        with self.world.db.read() as tx:
            return tx.sources.get("acme", "nightly")

    def change(self, **fields: Any) -> None:
        source = self.source()
        for name, value in fields.items():
            setattr(source, name, value)
        with self.world.db.write() as tx:
            assert tx.sources.save(source)

    def visit(self) -> FeedRun:
        """Visit the source, due or not; its run must be in SQL."""
        self.change(due_at=dt.datetime.now(dt.UTC))
        run = self.puller.step()
        assert run is not None
        assert self.world.run(run) == run
        return run

    def content(self, run: FeedRun) -> bytes:
        return Path(run.path).read_bytes()

    def files(self) -> list[str]:
        return sorted(path.name for path in (self.world.data_dir / "incoming").iterdir())


def pulled(world: World, *, allowed: tuple[str, ...] = ("127.0.0.1",), limits: Limits = SHORT, **more: Any) -> Pulled:
    """A world whose sources may be on this machine."""
    vault = Vault(bytes(32))
    outbound = Outbound(allowed, **more)
    folders = Folders(world.data_dir / "watched")
    puller = Puller(world.db, world.data_dir / "incoming", vault, outbound, folders, limits)
    return Pulled(world, puller, vault)
