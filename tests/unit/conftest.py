"""The command line, run within the test's process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inventory_api.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in an installation of its own; gives exit code, standard output, standard error."""
    monkeypatch.setenv("INVENTORY_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")

    def run_command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["inventory-api", *words])
        try:
            main()
        except SystemExit as end:
            code = end.code
        told = capsys.readouterr()
        assert isinstance(code, int)
        return code, told.out, told.err

    return run_command
