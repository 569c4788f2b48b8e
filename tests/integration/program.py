"""The `inventory-api` command as a user runs it: a process with children, ended and looked after at the end."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
START_S = 60.0
"""Generous: a start takes three seconds, and several times that beside other tests."""


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(check: Callable[[], T | None], timeout_s: float, what: str) -> T:
    """The first answer that is true, within the time."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = check()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"waited {timeout_s} s for {what}"
        time.sleep(0.02)


class Program:
    """`inventory-api WORD...` with a data directory of its own."""

    def __init__(self, data_dir: Path, *words: str, **environment: str) -> None:
        self.data_dir = data_dir
        self.log = data_dir.parent / f"{data_dir.name}.{time.monotonic_ns()}.log"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("INVENTORY_")}
        self.environment |= {
            "INVENTORY_DATA_DIR": str(data_dir),
            "INVENTORY_ANONYMOUS_RATE_LIMIT": "0",
            **environment,
        }
        self._seen: set[psutil.Process] = set()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "inventory_api", *words],
                cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, bufsize=0,
            )  # fmt: skip

    # -- its processes --------------------------------------------------------------------------------

    def family(self) -> list[psutil.Process]:
        """Every process of it that lives."""
        try:
            found = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            found = []
        self._seen.update(found)
        return [one for one in self._seen if _lives(one)]

    def member(self, *words: str) -> psutil.Process:
        """The process whose command line has all of these words."""
        return wait_for(lambda: self.find(*words), 10, f"a process of {words}")

    def find(self, *words: str) -> psutil.Process | None:
        """The same, None where there is none."""
        found = [one for one in self.family() if all(word in _command(one) for word in words)]
        return min(found, key=lambda one: one.pid) if found else None

    def end(self, number: signal.Signals = signal.SIGTERM, timeout_s: float = 20) -> int:
        """Signal the parent; its exit code."""
        self.family()
        self.process.send_signal(number)
        return self.process.wait(timeout_s)

    def wait_until_gone(self, timeout_s: float) -> None:
        """Every process that was ever seen of it must end."""
        wait_for(lambda: not self.family(), timeout_s, f"the end of {[_command(one) for one in self.family()]}")

    def clean_up(self) -> None:
        """Kill what is left."""
        for one in [*self.family(), psutil.Process(self.process.pid)] if self.process.poll() is None else self.family():
            one.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def next_line(self, timeout_s: float) -> str:
        """The next line on its standard output."""
        assert self.process.stdout is not None
        readable, _, _ = select.select([self.process.stdout], [], [], timeout_s)
        assert readable, f"waited {timeout_s} s for a line; it said: {self.words()}"
        return self.process.stdout.readline().decode().strip()

    def words(self) -> str:
        """What it wrote to standard error."""
        return self.log.read_text()

    def run(self, *words: str) -> Any:
        """Run another command on the same data directory; the JSON it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "inventory_api", *words, "--json"],
            cwd=ROOT, env=self.environment, capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)


class Api:
    """A caller of it."""

    def __init__(self, port: int, key: str = "") -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str, timeout_s: float = 10, **params: Any) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", params=params, headers=self.headers, timeout=timeout_s, trust_env=False)

    def is_ready(self) -> bool:
        try:
            return self.get("/readyz", 2).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def wait_ready(self) -> None:
        wait_for(self.is_ready, START_S, "the API to be ready")

    def upload(self, kind: str, text: str, **params: Any) -> str:
        """Hand in a feed; the path of its run."""
        answer = httpx.post(
            f"{self.url}/v1/feeds/{kind}", params=params, content=text.encode(), timeout=20, trust_env=False,
            headers=self.headers | {"Content-Type": "text/csv"},
        )  # fmt: skip
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        return str(answer.headers["Location"])

    def wait_published(self, path: str, timeout_s: float) -> dict[str, Any]:
        """The run, once it has ended; it must have been published."""

        def ended() -> dict[str, Any] | None:
            run: dict[str, Any] = self.get(path).json()
            return run if run["status"] not in ("queued", "running") else None

        run = wait_for(ended, timeout_s, "the run")
        assert run["status"] in ("published", "unchanged"), run
        return run

    def patch(self, *items: dict[str, Any], timeout_s: float = 20) -> dict[str, Any]:
        """Change stock."""
        answer = httpx.patch(
            f"{self.url}/v1/inventory", json={"items": items}, headers=self.headers, timeout=timeout_s, trust_env=False
        )
        assert answer.status_code == httpx.codes.OK, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def shelf(self, product: str, **params: Any) -> dict[str, int | None]:
        """Quantity by store code, near the stores of the tests."""
        answer = self.get("/v1/availability", gtin=product, lat=37.77, lon=-122.42, availability="all", **params)
        assert answer.status_code == httpx.codes.OK, answer.text
        return {hit["store"]["store_code"]: hit["quantity"] for hit in answer.json()["stores"]}


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""
