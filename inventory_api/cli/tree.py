"""One process tree: the embedded server, the API, the ingest worker. Whoever dies is started again."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import httpx

from inventory_api.cli import children
from inventory_api.cli.compose import start_server
from inventory_api.cli.lifeline import Lifeline
from inventory_api.cli.listening import listen, url_of
from inventory_api.settings import Settings
from inventory_api.storage.index.embedded import EmbeddedServer
from inventory_api.storage.sql.schema import upgrade

logger = logging.getLogger(__name__)

STOP_S = 15.0
WATCH_S = 0.1
RESTART_PAUSE_S = 1.0
"""From one start of a program to the next at least."""


class Tree:
    """Children of this process, by role.

    Raises:
        CannotListen: The port is taken; nothing was started.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Ours, so that callers wait in its queue, and no other program gets the port, while the API restarts.
        self._listener = listen(settings.host, settings.port)
        self.base_url = url_of(self._listener)
        self._lifeline = Lifeline()
        self._server: EmbeddedServer | None = None
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self._spawning = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, name="watcher")
        self._fault: Exception | None = None
        self.stopping = threading.Event()
        self.redis_url = settings.redis_url or ""

    def start(self) -> None:
        """Schema, server, then both programs, watched from now on."""
        self._settings.data_dir.mkdir(parents=True, exist_ok=True)
        upgrade(self._settings.sql_url)
        if not self._settings.redis_url:
            self._server = start_server(self._settings)
            self.redis_url = self._server.url
        for role in ("serve", "worker"):
            self._spawn(role)
        self._watcher.start()

    def wait(self) -> None:
        """Return when told to stop.

        Raises:
            ServerNotStarted: The server does not come up again.
        """
        self.stopping.wait()
        if self._fault is not None:
            raise self._fault

    def wait_ready(self, timeout_s: float = 60.0) -> bool:
        """Whether the API answers questions within the time."""
        deadline = time.monotonic() + timeout_s
        with httpx.Client(trust_env=False, timeout=2.0) as client:
            while time.monotonic() < deadline and not self.stopping.is_set():
                try:
                    if client.get(f"{self.base_url}/readyz").status_code == httpx.codes.OK:
                        return True
                except httpx.TransportError:
                    pass
                self.stopping.wait(0.05)
        return False

    def stop(self) -> None:
        """End the programs, then the server."""
        self.stopping.set()
        # From here on a new caller is refused at once, not left waiting for nobody.
        self._listener.close()
        with self._spawning:
            for child in self._children.values():
                child.terminate()
        deadline = time.monotonic() + STOP_S
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._lifeline.close()
        if self._server is not None:
            self._server.stop()
        if self._watcher.is_alive():
            self._watcher.join()

    def _watch(self) -> None:
        try:
            while not self.stopping.wait(WATCH_S):
                self._restart_the_dead()
        except Exception as error:
            self._fault = error
            self.stopping.set()

    def _restart_the_dead(self) -> None:
        if self._server is not None:
            self._server.restart_if_dead()
        for role, child in list(self._children.items()):
            code = child.poll()
            if code is None or time.monotonic() - self._started[role] < RESTART_PAUSE_S:
                continue
            with self._spawning:
                if not self.stopping.is_set():
                    logger.warning("%s ended with code %d; starting it again", role, code)
                    self._spawn(role)

    def _spawn(self, role: str) -> None:
        environment = os.environ | {
            "INVENTORY_REDIS_URL": self.redis_url,
            "INVENTORY_DATA_DIR": str(self._settings.data_dir.absolute()),
            "INVENTORY_HOST": self._settings.host,
            "INVENTORY_PORT": str(self._settings.port),
            "INVENTORY_WORKERS": str(self._settings.workers),
        }
        listener = self._listener.fileno()
        # A session of its own: Ctrl-C reaches us, and we stop the children in order.
        self._children[role] = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            children.command(role, listener),
            env=environment,
            stdin=self._lifeline.child_end,
            pass_fds=[listener] if role == "serve" else [],
            start_new_session=True,
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
