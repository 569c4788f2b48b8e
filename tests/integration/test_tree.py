"""`inventory-api up` as an operator runs it: each process killed, stopped, started again; nothing left behind."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import redis as redis_py

from tests.integration.program import START_S, Api, Program, free_port, wait_for

pytestmark = pytest.mark.serial

GTIN = "00037000185062"
OTHER = "00036000291452"
STORES = "store_code,name,lat,lon,country,currency\n" + "".join(
    f"{n:03},Store {n},{37.77 + n / 200:.3f},-122.420,US,USD\n" for n in range(1, 5)
)
STOCK = "store_code,gtin,quantity,price\n" + "".join(f"{n:03},{GTIN},{n + 4},5.49 USD\n" for n in range(1, 5))
SLOW_S = 15.0
"""Most waits below take a second or two on an idle machine; a busy one shall not fail them."""
SHELF: dict[str, int | None] = {f"{n:03}": n + 4 for n in range(1, 5)}
SERVER, API, WORKER, GUARD = ("unixsocket:",), ("cli.children", "serve"), ("cli.children", "worker"), ("guard_main",)

Start = Callable[..., tuple[Program, Api]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a tree; in the same folder again if there was one before."""
    programs: list[Program] = []

    def start_one(*, ready: bool = True, **environment: str) -> tuple[Program, Api]:
        port = free_port()
        programs.append(Program(tmp_path / "data", "up", "--port", str(port), **environment))
        api = Api(port)
        if ready:
            api.wait_ready()
        return programs[-1], api

    yield start_one
    for program in programs:
        program.clean_up()


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, Api]]:
    """One tree for the tests that leave it alive, with four stores that have a product."""
    port = free_port()
    program = Program(tmp_path_factory.mktemp("living") / "data", "up", "--port", str(port))
    try:
        api = Api(port)
        api.wait_ready()
        fill(program, api)
        yield program, api
        assert program.end() == 0
        program.wait_until_gone(1)
        assert "Traceback" not in program.words()
    finally:
        program.clean_up()


def fill(program: Program, api: Api) -> None:
    """A retailer, four stores, a product, over the command line and HTTP."""
    key = program.run("retailer", "add", "Acme", "--currency", "USD")["api_key"]
    api.headers = {"Authorization": f"Bearer {key}"}
    api.wait_published(api.upload("stores", STORES), 10)
    api.wait_published(api.upload("inventory", STOCK), 10)
    wait_for(lambda: api.shelf(GTIN) == SHELF, 2, "the shelf")
    api.patch({"store_code": "001", "gtin": OTHER, "quantity": 1})


# -- a life ---------------------------------------------------------------------------------------------------


def test_from_start_to_stop_and_again(start: Start) -> None:
    program, api = start()
    key = program.run("retailer", "add", "Acme", "--currency", "USD")["api_key"]
    api.headers = {"Authorization": f"Bearer {key}"}
    api.wait_published(api.upload("stores", STORES), 10)
    handed_in = time.monotonic()
    run = api.upload("inventory", STOCK)
    wait_for(lambda: api.get("/v1/availability", gtin=GTIN, lat=37.77, lon=-122.42).json().get("stores"), 5, "a hit")
    assert time.monotonic() - handed_in < 2
    assert api.wait_published(run, 1)["rows"]["accepted"] == 4
    assert api.shelf(GTIN) == SHELF

    changed = api.patch({"store_code": "001", "gtin": GTIN, "quantity": 99})
    assert (changed["items"][0]["status"], changed.get("pending")) == ("applied", None)
    assert api.shelf(GTIN) == SHELF | {"001": 99}

    roles = [program.member(*words) for words in (SERVER, API, WORKER, GUARD)]
    assert len(set(roles)) == 4
    assert program.end(signal.SIGTERM) == 0
    program.wait_until_gone(0.5)
    with pytest.raises(httpx.ConnectError):
        api.get("/livez")

    again, api = start()
    api.headers = {"Authorization": f"Bearer {key}"}
    assert api.shelf(GTIN) == SHELF | {"001": 99}
    assert api.patch({"store_code": "001", "gtin": GTIN, "quantity": 98})["items"][0]["status"] == "applied"
    assert again.end(signal.SIGINT) == 0
    again.wait_until_gone(0.5)
    assert "Traceback" not in program.words() + again.words()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("after_s", [0.3, 1.3, 1.8, 2.6])
def test_a_tree_that_is_ended_while_it_starts_leaves_nothing(
    start: Start, after_s: float, number: signal.Signals
) -> None:
    program, _ = start(ready=False)
    born = time.monotonic()
    while time.monotonic() < born + after_s:
        program.family()
        time.sleep(0.01)
    code = program.end(number)
    program.wait_until_gone(6)
    # Before Python has got as far as our handlers, SIGINT ends it as it ends any program.
    assert code in ((0, 130, -signal.SIGINT) if number is signal.SIGINT else (-signal.SIGKILL,)), program.words()


def test_nothing_survives_the_parent(start: Start) -> None:
    program, api = start(INVENTORY_WORKERS="2")
    fill(program, api)
    assert len(program.family()) >= 6
    assert program.end(signal.SIGKILL) == -signal.SIGKILL
    program.wait_until_gone(SLOW_S)
    again, later = start(INVENTORY_WORKERS="2")
    assert later.shelf(GTIN) == SHELF
    supervisor = again.member(*API)
    workers = supervisor.children()
    supervisor.kill()
    wait_for(lambda: (found := again.find(*API)) and found != supervisor, SLOW_S, "another supervisor")
    wait_for(lambda: not any(worker.is_running() for worker in workers), SLOW_S, "the end of its workers")
    assert later.shelf(GTIN) == SHELF
    assert again.end() == 0
    again.wait_until_gone(1)


def test_a_port_in_use_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        programs = [Program(tmp_path / word, word, "--port", str(port)) for word in ("up", "serve", "demo")]
        try:
            for program in programs:
                assert program.process.wait(START_S) == 3
                assert f"Port {port} of 127.0.0.1 is in use" in program.words()
                assert "--port" in program.words()
                assert "Traceback" not in program.words()
                assert program.family() == []
                assert not (program.data_dir / "redis").exists()
        finally:
            for program in programs:
                program.clean_up()


# -- one process dies -----------------------------------------------------------------------------------------


def test_the_api_is_started_again_and_callers_wait(living: tuple[Program, Api]) -> None:
    program, api = living
    old = program.member(*API)
    old.kill()
    killed = time.monotonic()
    assert api.shelf(GTIN) == SHELF, "refused, not kept waiting"
    print(f"the API answered {time.monotonic() - killed:.1f} s after its death")
    assert program.member(*API) != old


def test_the_worker_is_started_again(living: tuple[Program, Api]) -> None:
    program, api = living
    old = program.member(*WORKER)
    old.kill()
    assert api.shelf(GTIN) == SHELF
    run = api.upload("inventory", STOCK)
    api.wait_published(run, SLOW_S)
    assert program.member(*WORKER) != old


@pytest.mark.parametrize("victim", [SERVER, GUARD])
def test_the_server_is_started_again(living: tuple[Program, Api], victim: tuple[str, ...]) -> None:
    program, api = living
    # What was acknowledged last is what an append-only file may lack.
    for quantity in range(100, 120):
        api.patch({"store_code": "003", "gtin": OTHER, "quantity": quantity})
    expected = api.shelf(OTHER)
    assert expected["003"] == 119
    program.member(*victim).kill()
    wait_for(api.is_ready, SLOW_S, "the index")
    assert api.shelf(GTIN) == SHELF
    wait_for(lambda: api.shelf(OTHER) == expected, SLOW_S, "the last changes")
    wait_for(lambda: program.run("index", "verify")["wrong"] == 0, 10, "an index that equals the truth")
    assert api.patch({"store_code": "001", "gtin": OTHER, "quantity": 2})["items"][0]["status"] == "applied"
    wait_for(lambda: api.shelf(OTHER) == expected | {"001": 2}, SLOW_S, "the change")


# -- Redis is empty, or hangs ---------------------------------------------------------------------------------


def test_an_emptied_index_is_never_an_empty_shop(living: tuple[Program, Api]) -> None:
    program, api = living
    client = redis_py.Redis.from_url(f"unix://{program.data_dir}/redis/kv.sock")
    answers: list[tuple[int, object]] = []
    stop = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=api.url, trust_env=False, timeout=10) as caller:
            while not stop.is_set():
                answer = caller.get("/v1/availability", params={"gtin": GTIN, "lat": 37.77, "lon": -122.42})
                said = answer.json()
                answers.append((answer.status_code, len(said["stores"]) if answer.is_success else said["code"]))

    def change() -> None:
        quantity = 10
        while not stop.wait(0.05):
            api.patch({"store_code": "004", "gtin": OTHER, "quantity": (quantity := quantity + 1)})

    threads = [threading.Thread(target=ask) for _ in range(3)] + [threading.Thread(target=change)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(4):
            time.sleep(0.5)
            client.flushall()
            flushed = time.monotonic()
            wait_for(lambda: client.exists("index:complete"), SLOW_S, "the rebuild")
            print(f"rebuilt {time.monotonic() - flushed:.1f} s after the flush")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        client.close()
    assert set(answers) == {(200, 4), (503, "index_unavailable")}
    assert len(answers) > 100
    wait_for(api.is_ready, SLOW_S, "the index")
    assert program.run("index", "verify")["wrong"] == 0


def test_a_hung_server_delays_nobody_for_long(living: tuple[Program, Api]) -> None:
    program, api = living
    before = api.shelf(OTHER)
    server = program.member(*SERVER)
    server.suspend()
    try:
        began = time.monotonic()
        answer = api.get("/v1/availability", gtin=GTIN, lat=37.77, lon=-122.42)
        assert (answer.status_code, answer.json()["code"]) == (503, "index_unavailable")
        assert time.monotonic() - began < 2
        slowest = 0.0
        for quantity in (51, 52, 53):
            began = time.monotonic()
            said = api.patch({"store_code": "002", "gtin": OTHER, "quantity": quantity})
            slowest = max(slowest, time.monotonic() - began)
            assert said["pending"] is True
            assert said["items"][0]["status"] == "applied"
        assert slowest < 5
    finally:
        server.resume()
    wait_for(api.is_ready, SLOW_S, "the index")
    wait_for(lambda: api.shelf(OTHER) == before | {"002": 53}, SLOW_S, "the change")
    change = {"store_code": "002", "gtin": OTHER, "quantity": 54}
    wait_for(lambda: "pending" not in api.patch(change), SLOW_S, "changes that are visible when they are answered")
    assert program.member(*SERVER) == server
