"""The production setup names only what exists, and starts its server as the embedded one is started."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from inventory_api.cli.app import app
from inventory_api.settings import Settings
from inventory_api.storage.index.embedded.launch import server_flags

ROOT = Path(__file__).parents[2]
PROGRAMS = ("api", "worker")

SAME_FLAGS = {
    "save",
    "appendonly",
    "appendfsync",
    "aof-use-rdb-preamble",
    "aof-load-truncated",
    "maxmemory-policy",
    "hash-max-listpack-entries",
    "hash-max-listpack-value",
}
"""What makes a server fit for the index; the rest of the embedded one's flags is about its socket and files."""


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of the compose file, anchors merged."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    services: dict[str, Any] = document["services"]
    volumes = {volume.split(":")[0] for service in services.values() for volume in service["volumes"]}
    assert volumes == set(document["volumes"])
    return services


def flags_of(words: list[str]) -> dict[str, str]:
    """``--name value`` pairs."""
    assert all(name.startswith("--") for name in words[::2])
    return {name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2], strict=True)}


def test_redis_is_started_as_the_embedded_server_is(services: dict[str, Any]) -> None:
    program, *words = services["redis"]["command"]
    ours = flags_of(server_flags(Path("/data"), Path("/data/kv.sock"), 1 << 30))
    theirs = flags_of(words)

    assert program == "valkey-server"
    assert {name: theirs.pop(name) for name in SAME_FLAGS} == {name: ours[name] for name in SAME_FLAGS}
    assert set(theirs) == {"maxmemory"}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_are_commands_with_settings_that_exist(services: dict[str, Any], name: str) -> None:
    service = services[name]
    known = {f"INVENTORY_{field}".upper() for field in Settings.model_fields}
    [command] = service["command"]

    assert command in typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert set(service["environment"]) <= known


def test_programs_meet_in_one_volume_and_find_their_servers(services: dict[str, Any]) -> None:
    for name in PROGRAMS:
        environment = services[name]["environment"]
        assert services[name]["volumes"] == [f"data:{environment['INVENTORY_DATA_DIR']}"]
        assert "@postgres/" in environment["INVENTORY_DATABASE_URL"]
        assert "//redis:" in environment["INVENTORY_REDIS_URL"]
        assert set(services[name]["depends_on"]) == {"redis", "postgres"}


def test_nothing_runs_unwatched_or_with_more_rights_than_it_needs(services: dict[str, Any]) -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert all("healthcheck" in service for service in services.values())
    assert re.search(r"^USER 10001:10001$", image, re.MULTILINE)
    for name in PROGRAMS:
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    assert [name for name, service in services.items() if "ports" in service] == ["api"]


def test_the_image_installs_the_lock_without_the_tools() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = set(re.findall(r"^COPY (?!--from)(.+) /build", image, re.MULTILINE))
    sources = {word for line in copied for word in line.split()}
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert {f"!{source}" for source in sources} <= set(allowed)
    assert "--require-hashes" in image
    assert all((ROOT / source).exists() for source in sources)
