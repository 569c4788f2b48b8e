"""One process tree: the embedded server, the API, the ingest worker. Whoever dies is started again."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import httpx

from inventory_api.cli.compose import start_server
from inventory_api.settings import Settings
from inventory_api.storage.index.embedded import EmbeddedServer
from inventory_api.storage.sql.schema import upgrade

logger = logging.getLogger(__name__)

STOP_S = 15.0
WATCH_S = 0.25
RESTART_PAUSE_S = 1.0


class Tree:
    """Children of this process, by role."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: EmbeddedServer | None = None
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self.stopping = threading.Event()
        self.redis_url = settings.redis_url or ""

    def start(self) -> None:
        """Schema, server, then both programs."""
        self._settings.data_dir.mkdir(parents=True, exist_ok=True)
        upgrade(self._settings.sql_url)
        if not self._settings.redis_url:
            self._server = start_server(self._settings)
            self.redis_url = self._server.url
        for role in ("worker", "serve"):
            self._spawn(role)

    def watch(self) -> None:
        """Start again whoever died, until told to stop."""
        while not self.stopping.wait(WATCH_S):
            if self._server is not None:
                self._server.restart_if_dead()
            for role, child in list(self._children.items()):
                code = child.poll()
                if code is not None and time.monotonic() - self._started[role] > RESTART_PAUSE_S:
                    logger.warning("%s ended with code %d; starting it again", role, code)
                    self._spawn(role)

    def stop(self) -> None:
        """End the programs, then the server."""
        self.stopping.set()
        for child in self._children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_S
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if self._server is not None:
            self._server.stop()

    def wait_ready(self, timeout_s: float = 60.0) -> bool:
        """Whether the API answers questions within the time."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and not self.stopping.is_set():
            try:
                if httpx.get(f"{self.base_url}/readyz", timeout=2.0).status_code == httpx.codes.OK:
                    return True
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        return False

    @property
    def base_url(self) -> str:
        """Where the API answers."""
        return f"http://{self._settings.host}:{self._settings.port}"

    def _spawn(self, role: str) -> None:
        environment = os.environ | {
            "INVENTORY_REDIS_URL": self.redis_url,
            "INVENTORY_DATA_DIR": str(self._settings.data_dir.absolute()),
            "INVENTORY_HOST": self._settings.host,
            "INVENTORY_PORT": str(self._settings.port),
            "INVENTORY_WORKERS": str(self._settings.workers),
        }
        command = [sys.executable, "-m", "inventory_api", role, "--child"]
        # A session of its own: Ctrl-C reaches us, and we stop the children in order.
        self._children[role] = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, env=environment, start_new_session=True
        )
        self._started[role] = time.monotonic()


@contextmanager
def running_tree(settings: Settings) -> Iterator[Tree]:
    """A started tree; SIGTERM and Ctrl-C set ``stopping``, leaving the block ends every process."""
    tree = Tree(settings)

    def on_signal(number: int, frame: FrameType | None) -> None:
        tree.stopping.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        tree.start()
        yield tree
    finally:
        tree.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
