"""`make demo` as a user meets it: addresses that answer, a second start that keeps everything, nothing left behind."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.program import START_S, Api, Program, free_port, wait_for

pytestmark = [pytest.mark.serial, pytest.mark.slow]

READY_S = 2 * START_S
"""A dozen seconds on an idle machine of two cores."""

Demo = Callable[[], tuple[Program, Api, list[str]]]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """Start it, in the same folder each time; the program, its API and the addresses that it printed."""
    programs: list[Program] = []

    def start() -> tuple[Program, Api, list[str]]:
        port = free_port()
        began = time.monotonic()
        programs.append(Program(tmp_path / "data", "demo", "--port", str(port)))
        lines = [programs[-1].next_line(READY_S) for _ in range(3)]
        print(f"ready after {time.monotonic() - began:.1f} s")
        return programs[-1], Api(port), lines

    yield start
    for program in programs:
        program.clean_up()


def test_the_demo(demo: Demo) -> None:
    program, api, lines = demo()
    for line in lines:
        assert line.startswith(f"{api.url}/v1/availability?gtin=")
        answer = httpx.get(line, trust_env=False)
        assert answer.status_code == httpx.codes.OK
        assert answer.json()["stores"], line
    for text in ("milk", "دودھ", "పాలు", "panadl"):
        found = httpx.get(f"{api.url}/v1/products", params={"q": text}, trust_env=False)
        assert found.json()["products"], text
    before = stock(lines[0])
    wait_for(lambda: program.run("index", "stats")["log_rows"] > 0, 60, "a sale")
    assert program.end(signal.SIGINT) == 0
    program.wait_until_gone(1)
    assert "Traceback" not in program.words()
    assert "Stock changes while you watch" in program.words()

    again, api, lines = demo()
    after = stock(lines[0])
    assert before & after
    assert "chains, ready in" in again.words()
    assert not list((again.data_dir / "work").glob("*.rows"))
    assert again.end(signal.SIGTERM) == 0
    again.wait_until_gone(1)
    assert "Traceback" not in again.words()


def test_the_demo_may_be_stopped_while_it_fills(demo: Demo, tmp_path: Path) -> None:
    program = Program(tmp_path / "data", "demo", "--port", str(free_port()))
    try:
        wait_for(lambda: list((tmp_path / "data").glob("segments/*/*.parquet")), START_S, "the first segment")
        assert program.end(signal.SIGINT) == 0
        program.wait_until_gone(1)
        assert "Traceback" not in program.words()
    finally:
        program.clean_up()
    # What was begun is taken to its end by the next start.
    again, _, lines = demo()
    assert httpx.get(lines[0], trust_env=False).json()["stores"]
    assert again.end() == 0


def stock(url: str) -> set[str]:
    """The stores that an address names."""
    return {hit["store"]["id"] for hit in httpx.get(url, trust_env=False).json()["stores"]}
