"""The retailer's page over a real world: a key becomes a session, a file a run, a doubt a decision."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from inventory_api.channels.callers import FAILURES
from inventory_api.channels.web.retailer.session import COOKIE, TTL_S, Sessions
from inventory_api.domain.feed import FeedRun, RunStatus
from inventory_api.storage.sql.keys import REMEMBERED_S, KeyRing
from tests.integration.asking import Api, asking
from tests.integration.shops import NASTY, shops
from tests.integration.test_quarantine import gtin
from tests.integration.test_web import Page
from tests.integration.world import World

ACCEPT = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HEAD = "store_code,gtin,quantity,price\n"


class Retailer:
    """Somebody at a browser: keeps the one cookie, fills the forms of the last page."""

    def __init__(self, api: Api, key: str) -> None:
        self.api = api
        self.key = key
        self.cookie = ""
        self.html = ""
        self.own: dict[str, str] = {}

    def send(self, method: str, path: str, **request: object) -> httpx.Response:
        headers = {**ACCEPT, "Origin": "http://test", **self.own}
        if self.cookie:
            headers["Cookie"] = f"{COOKIE}={self.cookie}"
        response = self.api.send(method, path, headers=headers, **request)
        given = response.headers.get("set-cookie")
        if given is not None:
            self.cookie = "" if "Max-Age=0" in given else given.partition(";")[0].partition("=")[2]
        if response.headers.get("content-type", "").startswith("text/html"):
            self.html = response.text
            assert response.headers["cache-control"] in ("private, no-store", "no-store")
            assert "report.html" in path or response.headers["x-robots-tag"] == "noindex"
            assert "access-control-allow-origin" not in response.headers
        return response

    def get(self, path: str, status: int = 200) -> Page:
        response = self.send("GET", path)
        assert response.status_code == status, response.text
        assert "default-src 'none'" in response.headers["content-security-policy"]
        return Page(response.text)

    def post(self, path: str, **fields: str) -> httpx.Response:
        content = urlencode(fields).encode()
        self.own = {"Content-Type": "application/x-www-form-urlencoded"} | self.own
        try:
            return self.send("POST", path, content=content)
        finally:
            self.own.pop("Content-Type")

    def enter(self) -> httpx.Response:
        return self.post("/retailer/session", key=self.key)

    def token(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.html)
        assert found is not None
        return found[1]

    def upload(self, text: str, name: str = "stock.csv", **fields: str) -> httpx.Response:
        data = {"csrf": fields.get("csrf") or self.token(), "kind": "inventory", "mode": "full"}
        data |= {"store_code": "", "source": ""} | fields
        return self.send("POST", "/retailer/upload", data=data, files={"file": (name, text.encode(), "text/csv")})


def told(html: str) -> str:
    found = re.search(r'<p id="told"[^>]*>(.*?)</p>', html, re.DOTALL)
    return found[1].strip() if found else ""


@pytest.fixture(scope="module")
def world(redis_url: str, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with shops(redis_url, empty_database, tmp_path_factory.mktemp("retailer")) as made:
        made.add_retailer("bolt", ["1"])
        yield made


@pytest.fixture(scope="module")
def api(world: World) -> Iterator[Api]:
    with asking(world) as made:
        yield made


@pytest.fixture
def acme(api: Api, world: World) -> Retailer:
    """Signed in."""
    somebody = Retailer(api, KeyRing(world.db).issue("acme"))
    assert somebody.enter().status_code == 303
    somebody.get("/retailer")
    return somebody


def newest(world: World, retailer_id: str = "acme") -> FeedRun:
    return world.desk.list_runs(retailer_id, limit=1)[0]


def test_a_key_becomes_a_sealed_cookie_of_these_pages_alone(api: Api, world: World) -> None:
    key = KeyRing(world.db).issue("acme")
    somebody = Retailer(api, key)
    assert "Secret key" in somebody.get("/retailer").text
    response = somebody.enter()
    assert (response.status_code, response.headers["location"]) == (303, "/retailer")
    cookie = response.headers["set-cookie"]
    for said in ("HttpOnly", "SameSite=strict", "Path=/retailer", "Secure"):
        assert said in cookie
    assert "Max-Age" not in cookie
    assert key not in cookie
    page = somebody.get("/retailer")
    assert "Acme" in page.text
    assert "Upload a file" in page.text
    assert somebody.post("/retailer/leave", csrf=somebody.token()).status_code == 303
    assert somebody.cookie == ""
    assert "Secret key" in somebody.get("/retailer").text


@pytest.fixture
def strict(world: World) -> Iterator[Api]:
    """An app of its own, whose bad keys are counted for no other test."""
    with asking(world) as made:
        yield made


def test_wrong_keys_are_refused_in_words_and_then_not_even_looked_at(strict: Api, world: World) -> None:
    somebody = Retailer(strict, KeyRing(world.db).issue("acme", secret=False))
    refused = somebody.enter()
    assert refused.status_code == 403
    assert "publishable key" in told(refused.text)
    somebody.key = NASTY
    refused = somebody.enter()
    assert refused.status_code == 401
    assert "unknown or revoked" in told(refused.text)
    assert "<script>alert" not in refused.text
    assert somebody.cookie == ""
    for _ in range(FAILURES):
        limited = somebody.enter()
    assert limited.status_code == 429
    assert int(limited.headers["retry-after"]) > 0
    assert "Too many wrong keys" in told(limited.text)


def test_a_rotated_key_ends_its_sessions(acme: Retailer, api: Api, world: World) -> None:
    # Two keys of a retailer live.
    for _ in range(2):
        KeyRing(world.db).issue("acme")
    acme.get("/retailer")
    api.later_s += REMEMBERED_S + 1
    page = acme.get("/retailer", status=401)
    assert "Your session has ended" in page.text
    assert acme.cookie == ""


def test_a_session_ends_after_eight_hours_and_no_cookie_but_ours_opens_one(acme: Retailer, world: World) -> None:
    sealed = acme.cookie
    secret = b"the same in every process"
    keys = KeyRing(world.db)
    for sessions in (
        Sessions(keys, secret, clock=lambda: time.time() - TTL_S - 60),
        Sessions(keys, b"another secret"),
    ):
        acme.cookie = sessions.seal(acme.key)
        assert "Your session has ended" in acme.get("/retailer/runs/run_1", status=401).text
    acme.cookie = Sessions(keys, secret, clock=lambda: time.time() - TTL_S + 60).seal(acme.key)
    acme.get("/retailer")
    for bad in (sealed[:-5], "x", f"{sealed[:60]}{'A' if sealed[60] != 'A' else 'B'}{sealed[61:]}"):
        acme.cookie = bad
        acme.get("/retailer", status=401)


def test_forms_are_taken_from_our_own_pages_alone(acme: Retailer, world: World) -> None:
    before = newest(world).id
    run = before
    assert acme.upload(HEAD, csrf="0" * 64).status_code == 403
    assert "out of date" in told(acme.html)
    token = acme.token()
    for own in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        acme.own = own
        assert acme.upload(HEAD, csrf=token).status_code == 403
        assert acme.post("/retailer/leave", csrf=token).status_code == 403
        assert acme.post(f"/retailer/runs/{run}/replay", csrf=token).status_code == 403
        assert acme.post("/retailer/session", key=acme.key).status_code == 403
    acme.own = {}
    acme.get("/retailer")
    assert acme.post(f"/retailer/runs/{run}/replay", csrf="ä").status_code == 403
    assert acme.post(f"/retailer/runs/{run}/replay").status_code == 403
    acme.get("/retailer")
    # The token is this session's: that of another one of the same retailer is worth nothing.
    other = Retailer(acme.api, acme.key)
    other.enter()
    other.get("/retailer")
    assert other.cookie != acme.cookie
    assert acme.post("/retailer/leave", csrf=other.token()).status_code == 403
    assert newest(world).id == before


def test_another_retailers_run_is_not_there(acme: Retailer, world: World) -> None:
    run = newest(world, "bolt")
    for path in (f"/retailer/runs/{run.id}", f"/retailer/runs/{run.id}/report.html", "/retailer/runs/run_%00"):
        assert "nothing here" in acme.get(path, status=404).text
    acme.get("/retailer")
    assert acme.post(f"/retailer/runs/{run.id}/replay", csrf=acme.token()).status_code == 404
    own = newest(world)
    acme.get(f"/retailer/runs/{own.id}")
    assert acme.post(f"/retailer/runs/{own.id}/explode", csrf=acme.token()).status_code == 404


def test_from_the_file_over_the_doubt_to_the_shelf(acme: Retailer, api: Api, world: World) -> None:
    def rows(stores: range, units: int) -> str:
        return HEAD + "".join(f"{store:03d},{gtin(item)},{units},9.99 USD\n" for store in stores for item in range(20))

    response = acme.upload(rows(range(1, 8), 7), name=f'"><img src=x>{NASTY}.csv')
    assert response.status_code == 303
    path = response.headers["location"]
    page = acme.get(path)
    assert "waiting" in page.text
    assert 'http-equiv="refresh"' in acme.html
    assert "data-live" in acme.html
    world.work()
    page = acme.get(path)
    assert newest(world).status is RunStatus.PUBLISHED
    assert "Shoppers see this feed now." in page.text
    assert 'http-equiv="refresh"' not in acme.html

    # The next one lost most of its stores: it waits, and one button publishes it.
    acme.get("/retailer")
    path = acme.upload(rows(range(1, 2), 3)).headers["location"]
    world.work()
    assert newest(world).status is RunStatus.QUARANTINED
    page = acme.get(path)
    assert "waits for your decision" in page.text
    assert "Publish all of it" in page.text
    assert "is then gone" in page.text
    decided = acme.post(f"{path}/approve", csrf=acme.token())
    assert (decided.status_code, decided.headers["location"]) == (303, path)
    world.work()
    assert newest(world).status is RunStatus.PUBLISHED
    page = acme.get(path)
    assert "Publish all of it" not in page.text
    # Pressed twice, on two pages that were open: the second says how it stands.
    late = acme.post(f"{path}/approve", csrf=acme.token())
    assert late.status_code == 409
    assert "cannot be done any more" in told(late.text)

    # And back to the file before.
    first = world.desk.list_runs("acme", limit=2)[1]
    acme.get(f"/retailer/runs/{first.id}")
    back = acme.post(f"/retailer/runs/{first.id}/replay", csrf=acme.token())
    world.work()
    assert newest(world).replay_of == first.id
    assert back.headers["location"] == f"/retailer/runs/{newest(world).id}"
    assert newest(world).status is RunStatus.PUBLISHED


def test_what_a_file_holds_becomes_neither_markup_nor_a_formula(acme: Retailer, world: World) -> None:
    rows = f'"{NASTY.replace(chr(34), chr(34) * 2)}",{gtin(1)},1,\n=HYPERLINK(1),{gtin(1)},1,\n001,{gtin(1)},=1+1,\n'
    path = acme.upload(HEAD + rows, name="=cmd.csv", mode="delta").headers["location"]
    world.work()
    page = acme.get(path)
    assert page.scripts == ["", "module"]
    assert NASTY in page.text
    assert "<script>alert" not in acme.html
    log = acme.send("GET", f"{path}/notices.csv")
    assert log.status_code == 200
    assert log.headers["content-type"].startswith("text/csv")
    assert log.headers["cache-control"] == "private, no-store"
    assert not re.search(r"(^|,)\"?=", log.text, re.MULTILINE)
    report = acme.send("GET", f"{path}/report.html")
    assert report.status_code == 200
    assert f'href="{path}/notices.csv"' in report.text
    assert "/v1/" not in report.text
    assert "script" not in report.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("fields", "status", "say"),
    [
        ({"store_code": "no such"}, 404, "None of your stores has this code"),
        ({"source": "no such"}, 404, "no feed source of this name"),
        ({"kind": "stores", "store_code": "001"}, 422, "Look at the form again"),
        ({"kind": "poems"}, 422, "Look at the form again"),
        ({"mode": "half"}, 422, "Look at the form again"),
        ({"source": "a\0b"}, 422, "Look at the form again"),
        ({"store_code": "x" * 5000}, 422, "Look at the form again"),
    ],
)
def test_a_form_that_cannot_be_taken_comes_back_with_what_was_typed(
    acme: Retailer, world: World, fields: dict[str, str], status: int, say: str
) -> None:
    before, kept = newest(world).id, set((world.data_dir / "incoming").iterdir())
    response = acme.upload(HEAD, **fields)
    assert response.status_code == status
    assert say in told(response.text)
    if fields.get("store_code", "no such") == "no such" and fields.get("source", "no such") == "no such":
        for name in ("store_code", "source"):
            assert f'name="{name}" value="{fields.get(name, "")}"' in response.text
    assert newest(world).id == before
    assert set((world.data_dir / "incoming").iterdir()) == kept


def test_fields_behind_the_file_a_second_file_and_no_file_are_refused(acme: Retailer) -> None:
    def form(*parts: str) -> httpx.Response:
        body = "".join(f"--b\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + "--b--\r\n"
        acme.own = {"Content-Type": "multipart/form-data; boundary=b"}
        response = acme.send("POST", "/retailer/upload", content=body.encode())
        acme.own = {}
        return response

    token = acme.token()
    csrf, kind = f'name="csrf"\r\n\r\n{token}', 'name="kind"\r\n\r\nstores'
    file = 'name="file"; filename="a.csv"\r\n\r\nstore_code,name\n'
    assert form(csrf, kind, file).status_code == 303
    assert "stand before its file" in told(form(csrf, file, kind).text) + told(form(kind, csrf, file, csrf).text)
    assert "more than one file" in told(form(csrf, kind, file, file).text)
    assert "no file part" in told(form(csrf, kind).text)
    assert form(kind, file, csrf).status_code == 403
    assert "too long" in told(form(*(f'name="field {n}"\r\n\r\n' for n in range(1000)), csrf, file).text)


def test_a_trial_is_checked_and_changes_nothing(acme: Retailer, world: World) -> None:
    before = world.truth()
    path = acme.upload(HEAD + f"001,{gtin(3)},9,\n", dry_run="true").headers["location"]
    world.work()
    page = acme.get(path)
    assert "A trial" in page.text
    assert "Stock · checked" in page.text
    assert "nothing new" not in page.text
    report = acme.get(f"{path}/report.html").text
    assert "A trial" in report
    assert "Nothing differs" not in report
    assert "inserted" not in report
    assert "Go back to this file" not in page.text
    assert world.truth() == before


def test_how_the_stock_stands_is_what_the_api_says(acme: Retailer) -> None:
    said = acme.api.send("GET", "/v1/retailers/acme/quality", headers={"X-API-Key": acme.key}).json()
    text = acme.get("/retailer/quality").text
    assert f"{100 * said['freshness']['kept']:.1f} %" in text
    assert f"Stores{said['stores']['total']}" in text


@pytest.mark.parametrize("language", ["en", "ur", "te", "ur-Latn", "te-Latn"])
def test_every_page_speaks_every_language_and_its_links_keep_it(acme: Retailer, world: World, language: str) -> None:
    run = newest(world)
    for path in ("/retailer", "/retailer/quality", f"/retailer/runs/{run.id}"):
        page = acme.get(f"{path}?lang={language}")
        assert f'<html lang="{language}"' in acme.html
        assert {link for link in page.links if link.startswith("/retailer")} <= {
            link for link in page.links if f"lang={language}" in link or "report.html" in link or ".csv" in link
        } | {f"{path}?lang={other}" for other in ("en", "ur", "te")}
    # A language chosen on the answer to a form leads to the overview.
    assert acme.send("GET", f"/retailer/upload?lang={language}").headers["location"] == f"/retailer?lang={language}"
