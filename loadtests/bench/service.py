"""The programs under measurement, as child processes that end with the block that started them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

STOP_S = 60.0
COMMAND = Path(sys.executable).with_name("inventory-api")


class Installation:
    """One data directory, seen through the ``inventory-api`` command."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self._data_dir = data_dir
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("INVENTORY_")}
        own = {f"INVENTORY_{name}": value for name, value in settings.items()}
        self.environment = inherited | {"INVENTORY_DATA_DIR": str(data_dir)} | own

    def run(self, *arguments: str | Path) -> dict[str, Any]:
        """Run a command to its end; what its ``--json`` says.

        Raises:
            RuntimeError: It refused, with what it wrote on standard error.
        """
        done = subprocess.run(  # noqa: S603 - the command of this very environment
            [COMMAND, *arguments, "--json"], env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"inventory-api {arguments[0]} {arguments[1]} failed: {done.stderr}{done.stdout}")
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    @contextmanager
    def running(self, *arguments: str) -> Iterator[psutil.Process]:
        """Keep a program running."""
        command = [str(COMMAND), *arguments]
        with running(command, self.environment, self._data_dir.with_suffix(f".{arguments[0]}.log")) as process:
            yield process

    def server(self) -> psutil.Process:
        """The embedded server."""
        return psutil.Process(int((self._data_dir / "redis" / "kv.pid").read_text()))


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[psutil.Process]:
    """Keep a command running; SIGTERM at the end, SIGKILL where that is not enough."""
    with log.open("ab") as output:
        child = subprocess.Popen(command, env=environment, stdout=output, stderr=output)  # noqa: S603 - our own words
        try:
            yield psutil.Process(child.pid)
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(STOP_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def peak_rss_mib(process: psutil.Process) -> float:
    """The most memory that the process ever had resident."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return float(process.memory_info().rss) / 2**20
    match = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
    assert match is not None
    return int(match[1]) / 1024


def cpu_s(process: psutil.Process) -> float:
    """Processor time that the process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def say(text: str) -> None:
    """One line of progress."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)
