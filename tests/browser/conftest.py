"""A real browser before a real server; skipped where no Chromium is installed, unless CI says it must be."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.integration.conftest import empty_database, redis_url
from tests.integration.service import Service
from tests.integration.shops import shops

__all__ = ["empty_database", "redis_url"]

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium_path() -> str:
    """The browser's binary."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROME_PATH") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        message = "no Chromium is installed: apt-get install chromium, or name one in CHROME_PATH"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser a module: its driver holds the event loop of the thread. Each test opens a context of its own."""
    path = chromium_path()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def site(redis_url: str, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the seven shops."""
    with shops(redis_url, empty_database, tmp_path_factory.mktemp("site")) as world:
        service = Service(world)
        service.start()
        yield service.url
        service.stop()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go, to be looked at: the folder of INVENTORY_SCREENSHOTS, where that is set."""
    named = os.environ.get("INVENTORY_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
