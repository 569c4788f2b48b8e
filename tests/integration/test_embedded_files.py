"""What a crash left of the embedded server's files: cut, damaged, or long to load."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from inventory_api.domain.errors import IndexUnavailable
from inventory_api.storage.index.connection import connect
from inventory_api.storage.index.embedded import (
    EmbeddedServer,
    ServerNotStarted,
    find_server,
)
from tests.integration.embedding import Start, binary, data_dir, get, put, script, start

__all__ = ["binary", "data_dir", "start"]


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
