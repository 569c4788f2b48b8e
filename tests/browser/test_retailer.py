"""A retailer's whole way through the page, in a real browser: key, file, progress, doubt, decision."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FilePayload, Page

from inventory_api.domain.feed import RunStatus
from inventory_api.storage.sql.keys import KeyRing
from tests.browser.test_journey import RULES, shopper
from tests.integration.service import Service
from tests.integration.shops import shops
from tests.integration.test_quarantine import gtin
from tests.integration.world import World

pytestmark = [pytest.mark.slow]


@dataclass
class Shop:
    """A server, the world behind it, a key."""

    url: str
    world: World
    key: str


@pytest.fixture(scope="module")
def shop(redis_url: str, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shops(redis_url, empty_database, tmp_path_factory.mktemp("shop")) as world:
        service = Service(world)
        service.start()
        yield Shop(service.url, world, service.key)
        service.stop()


def stock(stores: int, units: int, *, padding: int = 0) -> FilePayload:
    rows = [f"{store:03d},{gtin(item)},{units}" for store in range(1, stores + 1) for item in range(20)]
    text = "\n".join(["store_code,gtin,quantity", *rows, "\n" * padding])
    return {"name": "stock <b>.csv", "mimeType": "text/csv", "buffer": text.encode()}


def enter(page: Page, shop: Shop, language: str = "en") -> None:
    page.goto(f"/retailer?lang={language}")
    page.locator("#key").fill(shop.key)
    page.locator("main form button").click()
    page.wait_for_selector("#upload")


@pytest.mark.parametrize(("scripts", "width"), [(True, 360), (True, 1280), (False, 360)])
def test_from_the_key_over_the_doubt_to_the_shelf(
    browser: Browser, shop: Shop, screenshots: Path, scripts: bool, width: int
) -> None:
    scheme: Any = "dark" if scripts else "light"
    size = {"width": width, "height": 800}
    with shopper(browser, shop.url, viewport=size, java_script_enabled=scripts, color_scheme=scheme) as page:

        def settle(step: str) -> None:
            page.screenshot(
                path=screenshots / f"retailer-{width}-{'scripts' if scripts else 'plain'}-{step}.png", full_page=True
            )
            if scripts:
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                found = Axe().run(page, options=RULES).response["violations"]
                assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []

        def upload(file: FilePayload) -> None:
            page.goto("/retailer?lang=en")
            page.locator("#file").set_input_files(file)
            page.locator("#upload button").click()
            page.wait_for_url("**/retailer/runs/**")

        page.goto("/retailer?lang=en")
        settle("key")
        enter(page, shop)
        settle("overview")

        upload(stock(7, random.randint(1, 60_000)))
        assert "waiting" in page.locator("#status").inner_text()
        settle("waiting")
        shop.world.work()
        # By itself: every two seconds with scripts, every three without.
        page.wait_for_selector("#status.in_stock")
        assert "Shoppers see this feed now." in page.locator("#status").inner_text()
        settle("published")

        upload(stock(1, 1))
        shop.world.work()
        page.reload()
        assert "waits for your decision" in page.locator("#status").inner_text()
        settle("doubt")
        page.locator("form[action*=approve] button").click()
        page.wait_for_selector("#run[data-live]", state="attached")
        shop.world.work()
        assert shop.world.desk.list_runs("acme", limit=1)[0].status is RunStatus.PUBLISHED

        page.locator("#run .actions a").first.click()
        page.wait_for_url("**/report.html")
        assert "inventory feed" in page.locator("h1").inner_text()
        page.goto("/retailer?lang=en")
        page.locator("form[action*=leave] button").click()
        page.wait_for_selector("#key")
        page.goto("/retailer?lang=en")
        assert page.locator("#key").count() == 1


@pytest.mark.parametrize("language", ["en", "ur", "te"])
def test_every_language_is_accessible(browser: Browser, shop: Shop, screenshots: Path, language: str) -> None:
    with shopper(browser, shop.url, viewport={"width": 360, "height": 800}) as page:
        enter(page, shop, language)
        run = shop.world.desk.list_runs("acme", limit=1)[0]
        for path in ("/retailer", "/retailer/quality", f"/retailer/runs/{run.id}"):
            page.goto(f"{path}?lang={language}")
            assert page.locator("html").get_attribute("lang") == language
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            name = f"retailer-{language}-{path.split('/')[-1][:7]}.png"
            page.screenshot(path=screenshots / name, full_page=True)
            found = Axe().run(page, options=RULES).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_progress_of_a_larger_file_is_shown(browser: Browser, shop: Shop) -> None:
    with shopper(browser, shop.url) as page:
        enter(page, shop)
        seen: list[float] = []

        def note(share: float) -> None:
            seen.append(share)

        page.expose_function("seen", note)
        page.evaluate(
            """() => {
              const bar = document.querySelector("progress");
              new MutationObserver(() => bar.max > 1 && seen(bar.value / bar.max)).observe(bar, { attributes: true });
            }"""
        )
        # A phone's uplink: on loopback the last byte is sent before the first is counted.
        uplink = {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": 2 << 20}
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", uplink)
        page.locator("#file").set_input_files(stock(7, 1, padding=2 << 20))
        page.locator("#upload button").click()
        page.wait_for_url("**/retailer/runs/**")
        assert len(set(seen)) > 2
        assert seen == sorted(seen)
        assert 0 < seen[0] < 1


def test_a_refused_file_keeps_the_form_and_the_file(browser: Browser, shop: Shop) -> None:
    with browser.new_context(base_url=shop.url).new_page() as page:
        enter(page, shop)
        page.locator("#upload summary").click()
        page.locator("#store_code").fill("no such")
        page.locator("#file").set_input_files(stock(1, 1))
        page.locator("#upload button").click()
        page.locator("#told", has_text="None of your stores").wait_for()
        assert page.evaluate("document.getElementById('file').files.length") == 1
        assert page.locator("#store_code").input_value() == "no such"


def test_a_session_that_ends_while_the_page_is_open_asks_for_the_key(browser: Browser, shop: Shop) -> None:
    with browser.new_context(base_url=shop.url).new_page() as page:
        enter(page, shop)
        page.context.clear_cookies()
        page.locator("#file").set_input_files(stock(1, 1))
        page.locator("#upload button").click()
        page.wait_for_selector("#key")
        page.locator("#key").fill(KeyRing(shop.world.db).issue("acme"))
        page.locator("main form button").click()
        page.wait_for_selector("#upload")
