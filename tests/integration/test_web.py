"""The shopper's page over a real world: it shows what ``/v1/availability`` says, and stays usable when things fail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import orjson
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.integration.asking import Api, asking
from tests.integration.shops import HERE, NASTY, TIDE, shops


@pytest.fixture(scope="module")
def api(redis_url: str, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with shops(redis_url, empty_database, tmp_path_factory.mktemp("web")) as world, asking(world) as made:
        yield made


class Page(HTMLParser):
    """What a browser would make of a page: whose tags close, the stores shown, links, texts."""

    _VOID = frozenset({"meta", "link", "input", "br", "img"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.stores: list[dict[str, str]] = []
        self.links: list[str] = []
        self.scripts: list[str] = []
        self.text = ""
        self.feed(html)
        assert self.open == [], self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert not any(name.startswith("on") or name == "style" for name in given), (tag, given)
        if "data-store" in given:
            self.stores.append(given)
        for name in ("href", "src", "action"):
            if name in given:
                self.links.append(given[name])
        if tag == "script":
            self.scripts.append(given.get("type", ""))
        if tag not in self._VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(api: Api, path: str, status: int = 200, **request: object) -> Page:
    response = api.send("GET", path, **request)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in response.headers
    return Page(response.text)


LANGUAGES = ("en", "ur", "te", "ur-Latn", "te-Latn")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_stores_the_order_the_status_and_the_time_of_the_api(api: Api, language: str) -> None:
    said = api.ask(f"gtin={TIDE}&lat=37.77&lon=-122.42&radius=16093&unit=m&availability=all&limit=50")
    page = page_of(api, f"/s?q={TIDE}&near={HERE}&lang={language}")
    shown = {one["data-store"]: (one["data-availability"], one["data-observed"]) for one in page.stores}
    assert shown == {hit["store"]["id"]: (hit["availability"], hit["observed_at"]) for hit in said["stores"]}
    # Listed in three groups, each in the order of the API.
    group = {"in_stock": 0, "low_stock": 0, "on_display_to_order": 0, "out_of_stock": 1, "unknown": 2}
    order = sorted(said["stores"], key=lambda hit: group[hit["availability"]])
    assert [one["data-store"] for one in page.stores] == [hit["store"]["id"] for hit in order]


def test_the_page_says_the_sentence_of_the_api(api: Api) -> None:
    query = f"gtin={TIDE}&lat=37.77&lon=-122.42&radius=10&unit=mi&availability=all"
    for language in LANGUAGES:
        said = orjson.loads(api.send("GET", f"/v1/availability?{query}", headers={"Accept-Language": language}).content)
        assert said["say"] in page_of(api, f"/s?q={TIDE}&near={HERE}&lang={language}").text


def test_few_left_and_old_knowledge_say_call_first_and_the_rest_does_not(api: Api) -> None:
    html = api.get(f"/s?q={TIDE}&near={HERE}").text
    items = {match[1]: match[0] for match in re.finditer(r'<li id="(s\d+)".*?</li>', html, re.DOTALL)}
    asks = {one for one, item in items.items() if "Call first." in item}
    said = api.ask(f"gtin={TIDE}&lat=37.77&lon=-122.42&availability=all&limit=50")
    expected = {
        hit["store"]["id"]
        for hit in said["stores"]
        if hit["availability"] in ("in_stock", "low_stock", "on_display_to_order")
        and (hit["availability"] == "low_stock" or hit["freshness"] == "stale")
    }
    assert asks == expected
    assert len(expected) == 2


def test_what_has_expired_is_not_sure_with_what_was_last_known(api: Api) -> None:
    text = page_of(api, f"/s?q={TIDE}&near={HERE}").text
    assert "1 store: not sure" in text
    assert "last seen 1 day ago: in stock" in text


def test_words_find_the_product_and_a_place_by_its_name(api: Api) -> None:
    page = page_of(api, "/s?q=detergent&near=San+Francisco")
    assert len(page.stores) == 7
    assert "Detergent" in page.text


def test_nothing_that_feeds_or_visitors_write_becomes_markup(api: Api) -> None:
    for path in (
        f"/s?q={quote(NASTY)}&near={quote(NASTY)}",
        f"/s?q={TIDE}&near={HERE}",
        f"/p/{TIDE}?near={quote(NASTY)}&lang={quote(NASTY)}",
        f"/stores/s3?gtin={TIDE}&q={quote(NASTY)}",
    ):
        page = page_of(api, path)
        assert set(page.scripts) <= {"", "application/ld+json"}
        assert page.scripts.count("") == 1


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=6), st.text(max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_question_gets_a_page(api: Api, q: str, near: str, lang: str, radius: str) -> None:
    said = "&".join(
        f"{name}={quote(text)}"
        for name, text in zip(("q", "near", "lang", "radius"), (q, near, lang, radius), strict=True)
    )
    # Without a product there is nothing to answer: the form is elsewhere.
    page_of(api, f"/s?{said}" if q.strip() else api.get(f"/s?{said}").headers["location"])


@pytest.mark.parametrize(
    "path", ["/", f"/s?q={TIDE}&near={HERE}", f"/p/{TIDE}?near={HERE}", f"/stores/s1?gtin={TIDE}", "/about", "/offline"]
)  # fmt: skip
def test_every_link_of_a_page_leads_somewhere_and_nothing_is_loaded_from_elsewhere(api: Api, path: str) -> None:
    for link in page_of(api, path).links:
        if link.startswith(("tel:", "https://www.openstreetmap.org/directions?to=", "#")) or link in ("/scan", ""):
            continue
        assert link.startswith("/"), link
        assert api.get(link).status_code in (200, 307), link


def test_a_store_without_the_product_says_so_and_its_page_has_no_offer_when_unsure(api: Api) -> None:
    unsure = api.get(f"/stores/s5?gtin={TIDE}").text
    assert 'data-availability="unknown"' in unsure
    assert "ld+json" not in unsure
    sure = api.get(f"/stores/s1?gtin={TIDE}").text
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', sure, re.DOTALL)
    assert block is not None
    said = orjson.loads(block[1])
    assert said["gtin14"] == TIDE
    assert said["offers"]["availability"] == "https://schema.org/InStock"
    assert (said["offers"]["price"], said["offers"]["priceCurrency"]) == ("12.99", "USD")


def test_words_at_a_store_mean_first_what_that_store_has(api: Api) -> None:
    assert page_of(api, "/stores/s7?q=highlighter").stores[0]["data-availability"] == "in_stock"
    assert "<h2><bdi>Highlighter</bdi></h2>" in api.get("/stores/s1?q=highlighter").text


def test_a_store_that_does_not_sell_it_is_not_said_to_sell_it(api: Api) -> None:
    page = page_of(api, "/stores/s1?q=highlighter")
    assert page.stores[0]["data-availability"] == "not_carried"
    assert "The store asked does not sell it." in page.text
    assert "The one store asked that sells it has none right now." in page_of(api, f"/stores/s4?gtin={TIDE}").text


def test_a_digital_link_leads_to_the_product(api: Api) -> None:
    response = api.get("/01/037000185062?lang=ur")
    assert (response.status_code, response.headers["location"]) == (307, f"/p/{TIDE}?lang=ur")
    # A pack's own code says lot and serial number, too.
    response = api.get("/01/00037000185062/10/L%2F7/21/S1?17=270101")
    assert (response.status_code, response.headers["location"]) == (307, f"/p/{TIDE}")
    page_of(api, "/01/037000185063", status=404)


def test_what_is_not_there_is_a_page_that_says_so(api: Api) -> None:
    for path in ("/p/00012345678905", "/p/nonsense", "/stores/s999", "/stores/nonsense"):
        assert "nothing here" in page_of(api, path, status=404).text


def test_a_place_or_product_that_nobody_knows_is_told_and_what_was_typed_stays(api: Api) -> None:
    page = api.get("/s?q=detergent&near=Xqztlandia").text
    assert "We do not know the place" in page
    assert 'value="detergent"' in page
    assert "We do not know “xqztqqq”" in page_of(api, f"/s?q=xqztqqq&near={HERE}").text
    assert "Where are you?" in api.get("/s?q=detergent").text


def test_where_nobody_sells_it_no_stores_are_counted(api: Api) -> None:
    text = page_of(api, "/s?q=highlighter&near=0,0").text
    assert "No store within 16 km has told us about it." in text
    assert "0 of 0" not in text


def test_a_question_about_nothing_leads_to_the_form_and_keeps_the_place(api: Api) -> None:
    response = api.get("/s?near=94103&lang=te&q=+")
    assert (response.status_code, response.headers["location"]) == (307, "/?near=94103&lang=te")
    assert 'value="94103"' in api.get("/?near=94103&lang=te").text


def test_each_store_is_shown_with_its_street(api: Api) -> None:
    text = page_of(api, f"/s?q={TIDE}&near={HERE}").text
    assert all(f"{n} Valencia St" in text for n in range(1, 8))


def test_wider_searches_wider_and_ends_at_the_widest(api: Api) -> None:
    path, steps = f"/s?q={TIDE}&near={HERE}", 0
    while True:
        link = re.search(r'class="button" href="([^"]+)">Wider', api.get(path).text)
        if link is None:
            break
        path, steps = link[1].replace("&amp;", "&"), steps + 1
    assert steps == 3
    assert "radius=160000" in path


def test_the_language_of_the_url_wins_over_the_browser_and_stays_in_every_link(api: Api) -> None:
    urdu = api.send("GET", f"/s?q={TIDE}&near={HERE}&lang=ur", headers={"Accept-Language": "te"})
    assert urdu.headers["content-language"] == "ur"
    assert 'lang="ur" dir="rtl"' in urdu.text
    stores = [link for link in Page(urdu.text).links if link.startswith("/stores/")]
    assert len(stores) == 7
    assert all("lang=ur" in link for link in stores)
    assert api.send("GET", "/", headers={"Accept-Language": "te"}).headers["content-language"] == "te"


def test_a_position_is_cut_to_a_hundred_meters_and_an_exact_one_is_kept_by_nobody(api: Api) -> None:
    response = api.get("/s?q=detergent&near=37.771234,-122.421234")
    assert "37.7712" not in response.text
    assert "near=37.771%2C-122.421" in response.text
    assert response.headers["cache-control"].startswith("private")
    assert api.get("/s?q=detergent&near=37.771,-122.421").headers["cache-control"].startswith("public")


def test_pages_are_small(api: Api) -> None:
    response = api.send("GET", f"/s?q={TIDE}&near={HERE}&lang=te", headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert len(response.content) < 30_000


def test_assets_are_named_by_what_is_in_them_and_kept_for_ever(api: Api) -> None:
    for link in re.findall(r"/assets/[^\"]+", api.get("/?lang=ur").text):
        response = api.get(link)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
    for path in ("/assets/none.css", "/assets/../page.py", "/assets/%2e%2e/page.py", "/assets/fonts"):
        assert api.get(path).status_code == 404


def test_without_a_place_the_likeliest_product_is_offered_too(api: Api) -> None:
    assert f"/s?q=detergent&gtin={TIDE}" in page_of(api, "/s?q=detergent").links


@pytest.mark.parametrize("name", ["%00", "style.css/x", "fonts", "a" * 300, "..%2fpage.py", ""])
def test_what_is_no_asset_is_not_there(api: Api, name: str) -> None:
    assert api.send("GET", f"/assets/{name}").status_code == 404


def test_a_photo_of_a_barcode_becomes_a_search(api: Api) -> None:
    response = api.send(
        "POST", "/scan", files={"photo": ("b.png", _barcode("0037000185062"), "image/png")},
        data={"near": "94103", "lang": "te"},
    )  # fmt: skip
    assert (response.status_code, response.headers["location"]) == (303, "/s?q=0037000185062&near=94103&lang=te")
    assert page_of(api, response.headers["location"]).stores == []


@pytest.mark.parametrize("photo", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(100)])
def test_a_photo_that_cannot_be_read_asks_for_the_numbers(api: Api, photo: bytes) -> None:
    response = api.send("POST", "/scan", files={"photo": ("b.png", photo, "image/png")})
    assert (response.status_code, response.headers["location"]) == (303, "/?unread=1")
    assert "No barcode could be read" in api.get("/?unread=1").text


def test_a_photo_that_is_too_large_is_refused(api: Api) -> None:
    response = api.send("POST", "/scan", files={"photo": ("b.png", bytes(11 << 20), "image/png")})
    assert response.status_code == 413


def _barcode(digits: str) -> bytes:
    picture = BytesIO()
    made = zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.EAN13)
    Image.fromarray(zxingcpp.write_barcode_to_image(made, scale=4)).save(picture, "PNG")
    return picture.getvalue()
