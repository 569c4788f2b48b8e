"""The cookie of the retailer's page, and whose forms are taken."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import Response

from inventory_api.channels.web.retailer.session import COOKIE, TTL_S, Sessions
from inventory_api.domain.errors import Forbidden, Unauthorized
from tests.fakes import FakeKeys

SECRET = b"the same in every process"


def request(scheme: str = "http", **headers: str) -> Request:
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "scheme": scheme, "path": "/retailer", "query_string": b"", "headers": given}
    return Request({**scope, "server": ("test", 80)})


@pytest.mark.parametrize(
    ("scheme", "public_base_url", "is_secure"),
    [
        ("http", "", False),
        ("http", "http://shop.example", False),
        ("https", "", True),
        ("http", "https://shop.example", True),
    ],
)
def test_the_cookie_is_secure_wherever_browsers_come_by_https(
    scheme: str, public_base_url: str, is_secure: bool
) -> None:
    response = Response()
    Sessions(FakeKeys(), SECRET, public_base_url).set(request(scheme), response, "sk_acme")
    assert ("Secure" in response.headers["set-cookie"]) == is_secure


def test_any_process_opens_it_for_eight_hours_and_the_token_is_of_this_cookie() -> None:
    now = 1_800_000_000.0
    sealed = Sessions(FakeKeys(), SECRET, clock=lambda: now).seal("sk_acme")
    later = Sessions(FakeKeys(), SECRET, clock=lambda: now + TTL_S)
    session = asyncio.run(later.open(request(cookie=f"{COOKIE}={sealed}")))
    assert session is not None
    assert session.holder.retailer_id == "acme"
    session.check(session.token)
    other = asyncio.run(later.open(request(cookie=f"{COOKIE}={later.seal('sk_acme')}")))
    assert other is not None
    for wrong in ("", "é", other.token):
        with pytest.raises(Forbidden):
            session.check(wrong)
    too_late = Sessions(FakeKeys(), SECRET, clock=lambda: now + TTL_S + 1)
    with pytest.raises(Unauthorized):
        asyncio.run(too_late.open(request(cookie=f"{COOKIE}={sealed}")))
    assert asyncio.run(later.open(request())) is None


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({}, True),
        ({"origin": "https://shop.example"}, True),
        ({"origin": "http://10.0.0.1:8000", "host": "10.0.0.1:8000"}, True),
        ({"origin": "https://evil.example", "host": "shop.example"}, False),
        ({"origin": "https://shop.example.evil.example"}, False),
        ({"origin": "null", "host": ""}, False),
        ({"origin": "null", "host": "10.0.0.1:8000"}, False),
        ({"sec_fetch_site": "same-origin", "origin": "null"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site", "origin": "https://shop.example"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
    ],
)
def test_forms_come_from_our_own_pages(headers: dict[str, str], is_ours: bool) -> None:
    sessions = Sessions(FakeKeys(), SECRET, "https://shop.example")
    if is_ours:
        sessions.check_origin(request(**headers))
    else:
        with pytest.raises(Forbidden):
            sessions.check_origin(request(**headers))
