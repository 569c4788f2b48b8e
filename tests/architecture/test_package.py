"""What is installed is all that is here: a template or table that nobody names stays behind without a word."""

from __future__ import annotations

import tomllib
from glob import glob
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TO_LEARN_FROM = "inventory_api/channels/sms/talk/examples/"
"""Stays here: what was learned from it is installed."""


@pytest.mark.parametrize("package", ["inventory_api", "ingest"])
def test_every_file_beside_the_modules_is_named_as_data_of_its_package(package: str) -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    # As setuptools reads the patterns.
    named = {at for pattern in data.get(package, []) for at in glob(f"{ROOT / package}/{pattern}", recursive=True)}
    files = {str(path) for path in (ROOT / package).rglob("*") if path.is_file()}
    left = {file for file in files - named if not file.endswith((".py", ".pyc", ".md"))}
    assert {file for file in left if TO_LEARN_FROM not in file} == set()
