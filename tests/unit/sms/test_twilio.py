"""Twilio's signature, held to Twilio's own library, its parameters and its XML."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from inventory_api.channels.sms.message import Reply
from inventory_api.channels.sms.providers.provider import Call
from inventory_api.channels.sms.providers.twilio import Twilio, signature
from inventory_api.domain.errors import Forbidden
from inventory_api.domain.ports import SmsChannel

TOKEN = "12345"
URL = "https://inventory.example.com/v1/sms/twilio/secret"
FORM = "application/x-www-form-urlencoded"
# As documented under "Twilio's Request to your Webhook URL", shortened.
SAMPLE = {
    "ToCountry": "US",
    "SmsMessageSid": "SMaa",
    "NumMedia": "0",
    "FromZip": "",
    "SmsSid": "SMaa",
    "SmsStatus": "received",
    "FromCity": "",
    "Body": "milk 94103",
    "FromCountry": "US",
    "To": "+14155550199",
    "NumSegments": "1",
    "MessageSid": "SMaa",
    "AccountSid": "ACaa",
    "From": "+14155550134",
    "ApiVersion": "2010-04-01",
}

NAMES = st.text(st.characters(codec="utf-8"), max_size=8)
FORMS = st.lists(st.tuples(NAMES, NAMES), max_size=6)


def twilio(transport: httpx.AsyncBaseTransport | None = None, **options: object) -> Twilio:
    usual = {"account_sid": "ACaa", "auth_tokens": [TOKEN]}
    channel = SmsChannel("us", "twilio", "+14155550199", "US", ("US",), usual | options)
    return Twilio(channel, httpx.AsyncClient(transport=transport))


USUAL = twilio()
"""One for all: a client takes 20 ms to make."""


def call(body: bytes, given: str, url: str = URL, content_type: str = FORM, **headers: str) -> Call:
    return Call("POST", url, {"content-type": content_type, "x-twilio-signature": given, **headers}, body)


def accepts(body: bytes, given: str, url: str = URL, **options: str) -> bool:
    try:
        USUAL.verify(call(body, given, url, **options))
    except Forbidden:
        return False
    return True


def sdk_accepts(body: bytes, given: str, url: str = URL) -> bool:
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        fields.setdefault(name, []).append(value)

    class Multi(dict[str, list[str]]):
        def getlist(self, name: str) -> list[str]:
            return self[name]

    return bool(RequestValidator(TOKEN).validate(url, Multi(fields), given))


def signed_text(body: bytes) -> str:
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return "".join(name + value for name, value in sorted(set(pairs)))


def test_the_documented_vector() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature(TOKEN, url, list(form.items())) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    assert accepts(urlencode(form).encode(), "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", url)


@given(FORMS)
def test_what_the_library_signs_is_accepted(form: list[tuple[str, str]]) -> None:
    body = urlencode(form).encode()
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        values.setdefault(name, []).append(value)
    multi = type("Multi", (dict,), {"getlist": lambda self, name: self[name]})(values)
    given_signature = RequestValidator(TOKEN).compute_signature(URL, multi)
    assert accepts(body, given_signature)


@given(FORMS, st.data())
def test_with_one_byte_flipped_both_say_the_same(form: list[tuple[str, str]], data: st.DataObject) -> None:
    body = urlencode(form).encode()
    right = signature(TOKEN, URL, form)
    where = data.draw(st.integers(0, len(body)))
    flipped = bytearray(body) if where < len(body) else bytearray(body + b"x")
    if where < len(body):
        flipped[where] ^= data.draw(st.integers(1, 255))
    changed = bytes(flipped)

    assert accepts(body, right)
    assert accepts(changed, right) == sdk_accepts(changed, right)
    # What another byte says may read the same (%2B, %2b), and a name may run into its value; else it is refused.
    if signed_text(changed) != signed_text(body):
        assert not accepts(changed, right)


@pytest.mark.parametrize("flipped", range(0, 28, 3))
def test_a_signature_with_one_character_changed_is_refused(flipped: int) -> None:
    body = urlencode(SAMPLE).encode()
    right = signature(TOKEN, URL, list(SAMPLE.items()))
    wrong = right[:flipped] + ("A" if right[flipped] != "A" else "B") + right[flipped + 1 :]
    assert accepts(body, right)
    assert not accepts(body, wrong)


@pytest.mark.parametrize(
    ("signed", "called"),
    [(URL.replace(".com", ".com:443"), URL), (URL, URL.replace(".com", ".com:443"))],
)
def test_the_usual_port_may_be_signed_or_not(signed: str, called: str) -> None:
    assert accepts(urlencode(SAMPLE).encode(), signature(TOKEN, signed, list(SAMPLE.items())), called)


def test_another_address_is_refused() -> None:
    body, right = urlencode(SAMPLE).encode(), signature(TOKEN, URL, list(SAMPLE.items()))
    assert not accepts(body, right, URL + "?a=b")
    assert not accepts(body, right, URL.replace("inventory", "evil"))


def test_either_token_fits_while_they_rotate() -> None:
    body = urlencode(SAMPLE).encode()
    rotating = twilio(auth_tokens=["next", TOKEN])
    rotating.verify(call(body, signature("next", URL, list(SAMPLE.items()))))
    rotating.verify(call(body, signature(TOKEN, URL, list(SAMPLE.items()))))
    with pytest.raises(Forbidden):
        rotating.verify(call(body, signature("last", URL, list(SAMPLE.items()))))


def test_of_json_the_hash_in_the_address_must_fit() -> None:
    body = b'{"From": "+14155550134", "Body": "milk"}'
    url = f"{URL}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    right = signature(TOKEN, url, [])

    assert accepts(body, right, url, content_type="application/json")
    assert RequestValidator(TOKEN).validate(url, body.decode(), right)
    assert not accepts(body + b" ", right, url, content_type="application/json")
    assert not accepts(body, signature(TOKEN, URL, []), URL, content_type="application/json")
    assert twilio().parse(call(body, right, url, "application/json"))[0].text == "milk"


def test_a_signing_key_is_known_by_its_id_or_refused() -> None:
    body = urlencode(SAMPLE).encode()
    header = {"x-twilio-webhooks-signature-settings": "key=k1,algorithm=HMAC_SHA256"}
    right = signature("shared", URL, list(SAMPLE.items()), "sha256")
    assert right == RequestValidator("shared").compute_signature(URL, SAMPLE, "HMAC_SHA256")

    twilio(signing_keys={"k1": "shared"}).verify(call(body, right, **header))
    for refused in (header, {"x-twilio-webhooks-signature-settings": "key=k1,algorithm=HMAC_MD5"}):
        with pytest.raises(Forbidden):
            twilio(signing_keys={} if refused is header else {"k1": "shared"}).verify(call(body, right, **refused))


def test_the_documented_call_is_read() -> None:
    [inbound] = twilio().parse(call(urlencode(SAMPLE).encode(), ""))
    assert (inbound.message_id, inbound.sender, inbound.to) == ("SMaa", "+14155550134", "+14155550199")
    assert (inbound.text, inbound.media, inbound.opt_out_type, inbound.location) == ("milk 94103", (), None, None)
    assert "milk" not in repr(inbound)
    assert "4155550134" not in repr(inbound)


def test_photos_places_and_opt_outs_are_read() -> None:
    more = {
        "NumMedia": "1",
        "MediaUrl0": "https://api.twilio.com/x",
        "MediaContentType0": "image/jpeg",
        "Latitude": "37.77",
        "Longitude": "-122.42",
        "OptOutType": "STOP",
        "From": "whatsapp:+14155550134",
    }
    [inbound] = twilio().parse(call(urlencode(SAMPLE | more).encode(), ""))
    assert inbound.media[0].url == "https://api.twilio.com/x"
    assert inbound.location == (37.77, -122.42)
    assert (inbound.opt_out_type, inbound.sender) == ("STOP", "+14155550134")
    assert twilio().parse(call(urlencode(SAMPLE | {"NumMedia": "9" * 5000}).encode(), ""))[0].media == ()


def test_a_status_is_no_message() -> None:
    body = urlencode(
        {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "21610", "From": "+1", "To": "+14155550134"}
    ).encode()
    assert twilio().parse(call(body, "")) == []
    [update] = twilio().parse_status(call(body, ""))
    assert (update.status, update.code, update.opted_out) == ("failed", "21610", "+14155550134")


@given(st.text(max_size=60))
def test_whatever_is_said_is_xml(text: str) -> None:
    body = bytes(USUAL.render_inline(Reply("list", {}, text)).body)
    root = ElementTree.fromstring(body)  # noqa: S314  our own
    assert [child.tag for child in root] == ["Message"]


def test_silence_is_an_empty_response() -> None:
    response = twilio().render_inline(None)
    assert bytes(response.body) == b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
    assert response.headers["content-type"].startswith("text/xml")


@pytest.mark.parametrize(
    ("status", "said", "outcome"),
    [
        (201, {"sid": "SM9"}, "accepted"),
        (400, {"code": 21610}, "opted_out"),
        (400, {"code": 21211}, "refused"),
        (429, {}, "unavailable"),
        (500, {}, "unknown"),
        (201, {}, "unknown"),
    ],
)
def test_what_became_of_a_text_is_told(status: int, said: object, outcome: str) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        fields = dict(parse_qsl(request.content.decode()))
        assert fields == {"To": "+14155550134", "From": "+14155550199", "Body": "Milk"}
        return httpx.Response(status, json=said)

    sending = twilio(httpx.MockTransport(answer)).send("+14155550134", Reply("list", {}, "Milk"))
    assert asyncio.run(sending).outcome == outcome


def test_logs_hold_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert not accepts(urlencode(SAMPLE).encode(), "wrong")
    assert "4155550134" not in caplog.text
