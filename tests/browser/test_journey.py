"""A shopper's whole way through the page, in a real browser: three languages, with and without scripts, two widths."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.integration.shops import HERE, TIDE

pytestmark = [pytest.mark.slow]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@contextmanager
def shopper(browser: Browser, site: str, **options: Any) -> Iterator[Page]:
    """A page of a fresh shopper; fails for a request to anybody else, for an error of a script, for what CSP stops."""
    context = browser.new_context(base_url=site, **options)
    page = context.new_page()
    strange: list[str] = []
    page.on(
        "request", lambda request: strange.append(request.url) if not request.url.startswith((site, "data:")) else None
    )
    page.on("pageerror", lambda error: strange.append(str(error)))
    page.on("console", lambda message: strange.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert strange == []


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("language", ["en", "ur", "te"])
def test_from_the_question_to_the_store(
    browser: Browser, site: str, screenshots: Path, language: str, scripts: bool, width: int
) -> None:
    scheme: Any = "dark" if scripts else "light"
    size = {"width": width, "height": 800}
    with shopper(browser, site, viewport=size, java_script_enabled=scripts, color_scheme=scheme) as page:
        name = f"{language}-{width}-{scheme}-{'scripts' if scripts else 'plain'}"

        def settle(step: str) -> None:
            assert page.locator("html").get_attribute("lang") == language
            assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ur" else "ltr")
            page.screenshot(path=screenshots / f"{name}-{step}.png", full_page=True)
            if scripts:
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                found = Axe().run(page, options=RULES).response["violations"]
                assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []

        page.goto("/")
        page.locator(f"nav a[hreflang={language}]").click()
        settle("home")

        page.locator("#q").fill("detergent")
        page.locator("#near").fill("San Francisco")
        page.locator("form[role=search] button").first.click()
        page.wait_for_url("**/s?**")
        assert page.locator("ol.stores > li").count() == 5
        assert page.locator("[data-availability=in_stock]").count() == 3
        settle("results")

        page.locator("details.map summary").click()
        assert page.locator("svg .spot").count() == 5
        page.locator("details", has=page.locator("[data-availability=unknown]")).locator("summary").click()
        assert page.locator("[data-availability=unknown]").is_visible()
        settle("all")

        page.locator("ol.stores h3 a").first.click()
        page.wait_for_url("**/stores/**")
        assert page.locator("[data-store]").count() == 1
        settle("store")

        page.go_back()
        page.locator("#results h2 a").first.click()
        page.wait_for_url(f"**/p/{TIDE}?**")
        assert page.locator("ol.stores > li").count() == 5
        settle("product")


@pytest.mark.parametrize(
    "path", ["/about", "/offline", "/p/00012345678905", "/s?q=xqztqqq&near=Nowhereland", "/?unread=1"]
)
def test_the_smaller_pages_are_accessible(browser: Browser, site: str, path: str) -> None:
    with browser.new_context(base_url=site).new_page() as page:
        page.goto(path)
        assert [one["id"] for one in Axe().run(page, options=RULES).response["violations"]] == []


def test_a_keyboard_reaches_everything_and_the_first_stop_skips_to_the_results(browser: Browser, site: str) -> None:
    with shopper(browser, site) as page:
        page.goto(f"/s?q={TIDE}&near={HERE}")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "results"
        page.locator("#q").focus()
        page.keyboard.press("Control+A")
        page.keyboard.type("highlighter")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=highlighter**")


def test_a_position_is_asked_for_on_a_tap_only_and_told_to_a_hundred_meters(browser: Browser, site: str) -> None:
    here = {"latitude": 37.771234, "longitude": -122.421234}
    with shopper(browser, site, geolocation=here, permissions=["geolocation"]) as page:
        page.goto("/")
        assert page.locator("#near").input_value() == ""
        page.locator("#locate").click()
        page.wait_for_selector("#q:focus")
        page.locator("#q").fill("detergent")
        page.locator("#locate").click()
        page.wait_for_url("**/s?**")
        assert parse_qs(urlsplit(page.url).query)["near"] == ["37.771,-122.421"]
        assert "37.771" not in page.locator("#results h2").first.inner_text()


def test_a_denied_position_keeps_the_form(browser: Browser, site: str) -> None:
    with shopper(browser, site) as page:
        page.goto("/")
        page.locator("#q").fill("detergent")
        page.locator("#locate").click()
        page.wait_for_function("document.getElementById('told').textContent !== ''")
        assert page.locator("#q").input_value() == "detergent"


def test_without_a_connection_the_last_answer_is_shown_with_its_time(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site)
    page = context.new_page()
    page.goto(f"/s?q={TIDE}&near={HERE}")
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.reload()
    assert page.locator("#saved").is_hidden()
    page.wait_for_function("caches.open('answers').then((cache) => cache.keys()).then((kept) => kept.length > 0)")
    context.set_offline(True)
    page.reload()
    assert page.locator("#saved").is_visible()
    assert "offline" in page.locator("#saved").inner_text()
    assert page.locator("ol.stores > li").count() == 5
    page.goto("/s?q=never&near=asked")
    assert "not asked before" in page.locator("main").inner_text()
    page.goto("/s?q=never&near=asked&lang=ur")
    assert page.locator("html").get_attribute("lang") == "ur"
    page.locator("footer a").click()
    page.wait_for_url("**/about?lang=ur")
    page.locator("main a").first.click()
    page.wait_for_load_state()
    assert page.locator("main h2").count() == 0
    context.set_offline(False)
    page.locator("main a").first.click()
    page.wait_for_selector("main h2")
    assert page.url.endswith("/about?lang=ur")
    context.close()


def test_an_answer_that_cannot_be_kept_is_shown_all_the_same(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site)
    page = context.new_page()
    page.goto("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.reload()
    # As on a device without room for anything.
    context.service_workers[0].evaluate("() => { Cache.prototype.put = async () => { throw new Error('full'); }; }")
    page.goto(f"/s?q={TIDE}&near={HERE}")
    assert page.locator("ol.stores > li").count() == 5
    context.close()


def test_the_camera_is_off_as_soon_as_its_fold_is_closed(browser: Browser, site: str) -> None:
    # The browser of the tests has no camera, and on Linux knows no barcodes: both are the least that the page asks.
    unknowing = """
      window.BarcodeDetector = class { async detect() { return []; } };
      window.stream = document.createElement("canvas").captureStream();
      navigator.mediaDevices.getUserMedia = async () => window.stream;
    """
    with shopper(browser, site) as page:
        page.add_init_script(unknowing)
        page.goto("/")
        page.locator("details.scan summary").click()
        page.locator("#live").click()
        page.locator("#camera").wait_for(state="visible")
        assert page.locator("#live").is_disabled()
        page.locator("details.scan summary").click()
        page.wait_for_timeout(50)
        assert page.evaluate("window.stream.active") is False
        assert page.locator("#live").is_enabled()


def test_nothing_that_is_written_makes_the_page_wider_than_the_screen(browser: Browser, site: str) -> None:
    with shopper(browser, site, viewport={"width": 320, "height": 256}) as page:
        for language in ("en", "ur", "te"):
            page.goto(f"/s?q={'W' * 120}&near={'M' * 120}&lang={language}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_an_empty_box_and_the_languages_stand_as_they_are_read(browser: Browser, site: str) -> None:
    with shopper(browser, site) as page:
        page.goto("/?lang=ur")
        assert page.locator("#q").evaluate("(box) => getComputedStyle(box).direction") == "rtl"
        page.locator("#q").fill("54000")
        assert page.locator("#q").evaluate("(box) => getComputedStyle(box).direction") == "ltr"
        tops = page.locator("nav a").evaluate_all("(links) => links.map((one) => one.getBoundingClientRect().top)")
        assert len(set(tops)) == 1


def test_call_first_is_no_good_news(browser: Browser, site: str) -> None:
    with shopper(browser, site) as page:
        page.goto(f"/s?q={TIDE}&near={HERE}")
        words = page.locator("[data-availability=in_stock]", has=page.locator(".call")).locator("strong")
        colors = words.evaluate_all("(all) => all.map((one) => getComputedStyle(one).color)")
        assert len(set(colors)) == len(colors) == 2


def test_on_paper_stand_streets_and_phones_and_no_buttons(browser: Browser, site: str) -> None:
    with shopper(browser, site) as page:
        page.goto(f"/s?q={TIDE}&near={HERE}")
        page.emulate_media(media="print")
        assert page.locator("ol.stores .phone").first.is_visible()
        assert page.locator("ol.stores bdi", has_text="Valencia St").first.is_visible()
        assert not page.locator("form[role=search]").is_visible()
        assert not page.locator("ol.stores .actions a", has_text="Directions").first.is_visible()


def test_a_photo_is_read_as_soon_as_it_is_chosen(browser: Browser, site: str) -> None:
    from tests.integration.test_web import _barcode

    with shopper(browser, site) as page:
        page.goto("/?lang=te")
        page.locator("details.scan summary").click()
        page.locator("#photo").set_input_files(
            {"name": "b.png", "mimeType": "image/png", "buffer": _barcode("0037000185062")}
        )
        page.wait_for_url("**/s?q=0037000185062&lang=te")


def test_english_pages_load_no_font(browser: Browser, site: str) -> None:
    with shopper(browser, site) as page:
        fonts: list[str] = []
        page.on("request", lambda request: fonts.append(request.url) if "fonts/" in request.url else None)
        page.goto(f"/s?q={TIDE}&near={HERE}")
        page.wait_for_load_state("networkidle")
        assert fonts == []
        page.goto(f"/s?q={TIDE}&near={HERE}&lang=ur")
        page.wait_for_load_state("networkidle")
        assert [url for url in fonts if "nastaliq" in url]
