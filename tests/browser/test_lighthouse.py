"""Lighthouse finds little to mend: 95 of 100 in each category. ``make lighthouse`` installs it and runs this."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.browser.conftest import QUIET, chromium_path
from tests.integration.shops import HERE, TIDE

pytestmark = [pytest.mark.slow, pytest.mark.serial]

LEAST = 0.95


@pytest.mark.parametrize(
    ("path", "is_listed"),
    [
        ("/?lang=en", True),
        ("/?lang=ur", True),
        (f"/p/{TIDE}?lang=te", True),
        (f"/stores/s1?gtin={TIDE}", True),
        # Searches are not for search engines, and say so: that alone costs them the category.
        (f"/s?q={TIDE}&near={HERE}&lang=ur", False),
        (f"/s?q={TIDE}&near={HERE}&lang=te", False),
    ],
)
def test_every_category_is_good(site: str, tmp_path: Path, path: str, is_listed: bool) -> None:
    lighthouse = os.environ.get("LIGHTHOUSE")
    if lighthouse is None:
        pytest.skip("LIGHTHOUSE names no lighthouse: `make lighthouse` installs one")
    report = tmp_path / "report.json"
    command = [lighthouse, f"{site}{path}", "--quiet", "--output=json", f"--output-path={report}"]
    command.append(f"--chrome-flags=--headless=new {' '.join(QUIET)}")
    done = subprocess.run(
        command, env=os.environ | {"CHROME_PATH": chromium_path()}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    categories = json.loads(report.read_text())["categories"]
    scores = {name: category["score"] for name, category in categories.items() if is_listed or name != "seo"}
    assert {name: score for name, score in scores.items() if score < LEAST} == {}
