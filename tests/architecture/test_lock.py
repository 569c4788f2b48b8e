"""A fresh machine installs the lock file alone: it must hold everything that the project asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    locked = {_plain(line) for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line}
    assert {_plain(requirement) for requirement in asked} - locked == set(), "run `make lock`"


def _plain(requirement: str) -> str:
    name = _NAME.match(requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def test_the_image_gets_the_same_versions_without_the_tools() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    everything, runtime = _pins("requirements.lock"), _pins("requirements.runtime.lock")
    tools = {_plain(requirement) for requirement in project["optional-dependencies"]["dev"]}

    assert runtime <= everything, "run `make lock`"
    assert {_plain(requirement) for requirement in project["dependencies"]} <= {_plain(pin) for pin in runtime}
    assert not {_plain(pin) for pin in runtime} & (tools - {"setuptools"})


def _pins(name: str) -> set[str]:
    return {line.split(" ")[0] for line in (ROOT / name).read_text().splitlines() if "==" in line}
