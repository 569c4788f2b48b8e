"""Who may import whom: the contracts in ``pyproject.toml``, as ``make imports`` checks them."""

from __future__ import annotations

from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]


def test_nobody_imports_whom_they_may_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=str(tmp_path))

    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out
