"""Texts unasked: over the nearest channel, once, and what is said of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import httpx
import pytest

from inventory_api.channels.sms.message import Reply
from inventory_api.channels.sms.outbox import Outbox, Uncertain, nearest
from inventory_api.channels.sms.phone import country_of, e164
from inventory_api.domain.errors import Refused, Unavailable
from inventory_api.domain.ports import SmsChannel

TWILIO = {"account_sid": "AC", "auth_tokens": ["t"]}
US = SmsChannel("us", "twilio", "+14155550199", "US", ("US", "CA"), TWILIO)
CA = SmsChannel("ca", "twilio", "+16045550199", "CA", ("CA",), TWILIO)


class Channels:
    def find(self, provider: str, secret: str) -> SmsChannel:
        raise NotImplementedError

    def list(self) -> Sequence[SmsChannel]:
        return [US]


@pytest.mark.parametrize(
    ("number", "channel"), [("+14155550134", US), ("+16045550134", CA), ("+923001234567", None), ("+18765550134", None)]
)
def test_the_nearest_channel_is_that_of_the_country(number: str, channel: SmsChannel | None) -> None:
    assert nearest([US, CA], number) == channel


@pytest.mark.parametrize(
    ("status", "said", "error"),
    [
        (201, {"sid": "SM"}, None),
        (400, {"code": 21610}, Refused),
        (400, {"code": 21211}, Refused),
        (503, {}, Unavailable),
        (500, {}, Uncertain),
    ],
)
def test_what_became_of_it(status: int, said: object, error: type[Exception] | None) -> None:
    sent: list[bytes] = []

    def client() -> httpx.AsyncClient:
        async def answer(request: httpx.Request) -> httpx.Response:
            sent.append(request.content)
            return httpx.Response(status, content=json.dumps(said))

        return httpx.AsyncClient(transport=httpx.MockTransport(answer))

    sending = Outbox(Channels(), client).send("+14155550134", Reply("alert", {}, "It’s back"))  # noqa: RUF001
    if error is None:
        asyncio.run(sending)
    else:
        with pytest.raises(error) as raised:
            asyncio.run(sending)
        assert "4155550134" not in str(raised.value)
    assert len(sent) == 1
    assert b"It%27s+back" in sent[0]


def test_nobody_is_reached_who_has_no_channel() -> None:
    for number in ("+923001234567", "72975", "FreshMart"):
        with pytest.raises(Refused):
            asyncio.run(Outbox(Channels(), httpx.AsyncClient).send(number, Reply("alert", {}, "x")))


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+1 (415) 555-0134", None, "+14155550134"),
        ("6505551212", "US", "+16505551212"),
        ("03001234567", "PK", "+923001234567"),
        ("923001234567", None, "+923001234567"),
        ("00923001234567", None, "+923001234567"),
        ("72975", "US", None),
        ("+72975", "US", None),
        ("FreshMart", "US", None),
        ("", "US", None),
        ("+1", None, None),
        ("+999999999999", None, None),
    ],
)
def test_numbers_as_providers_write_them(text: str, country: str | None, number: str | None) -> None:
    assert e164(text, country) == number


def test_countries_of_numbers() -> None:
    numbers = {"+14155550134": "US", "+16045550134": "CA", "+18765550134": "JM", "+919812345678": "IN"}
    assert {number: country_of(number) for number in numbers} == numbers
    assert country_of("+80012345678") is None
