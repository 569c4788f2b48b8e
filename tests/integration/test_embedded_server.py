"""The embedded server's life and every death of it."""

from __future__ import annotations

import os
import signal
import stat
import threading
import time
from pathlib import Path

import psutil
import pytest

from inventory_api.storage.index.connection import check_server, connect
from inventory_api.storage.index.embedded import (
    EmbeddedServer,
    server,
)
from tests.integration.embedding import (
    MEMORY_BYTES,
    Program,
    Run,
    Start,
    binary,
    data_dir,
    get,
    processes_of,
    put,
    run,
    start,
    wait_until,
)

__all__ = ["binary", "data_dir", "run", "start"]


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


def test_file_handed_down_is_not_held_by_the_server(start: Start, data_dir: Path) -> None:
    one = start()
    held = {Path(file.path).name for file in psutil.Process(one.pid).open_files()}
    assert not held & {"kv.lock", "kv.guard"}
