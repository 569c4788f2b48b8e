"""Who may import whom: the contracts in ``pyproject.toml``, as ``make imports`` checks them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# In a process of its own: it silences every logger of the one it runs in.
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(cache_dir=sys.argv[1]))"


def test_nobody_imports_whom_they_may_not(tmp_path: Path) -> None:
    linted = subprocess.run(
        [sys.executable, "-c", LINT, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert linted.returncode == 0, linted.stdout + linted.stderr
