"""Every other provider: its documented calls read, its signature checked, its texts sent as it takes them."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

import httpx
import pytest

from inventory_api.channels.sms.message import Inbound, Part, Reply, SendResult
from inventory_api.channels.sms.providers import PROVIDERS, Call, check_options, provider_of, vonage
from inventory_api.channels.sms.providers.plivo import signature as plivo_signature
from inventory_api.channels.sms.providers.provider import SmsProvider, instant_of
from inventory_api.domain.errors import Forbidden, InvalidInput
from inventory_api.domain.ports import SmsChannel

URL = "https://inventory.example.com/v1/sms/x/secret"
NUMBER, SHOPPER = "+14155550199", "+14155550134"
OPTIONS: dict[str, dict[str, Any]] = {
    "twilio": {"account_sid": "AC", "auth_tokens": ["t"]},
    "vonage": {"api_key": "k", "api_secret": "s", "signature_secret": "signature_secret"},
    "kannel": {"send_url": "http://kannel:13013/cgi-bin/sendsms", "username": "u", "password": "p"},
    "android": {"signing_key": "key", "username": "u", "password": "p"},
    "plivo": {"auth_id": "MA", "auth_tokens": ["t"]},
    "infobip": {"api_key": "k", "api_url": "https://x.api.infobip.com"},
    "africas-talking": {"username": "sandbox", "api_key": "k"},
}
REPLY = Reply("list", {"item": "Milk"}, "Milk 2L")


def made(name: str, transport: httpx.AsyncBaseTransport | None = None, **options: Any) -> SmsProvider[Any]:
    channel = SmsChannel("c", name, NUMBER, "US", ("US",), OPTIONS[name] | options)
    return provider_of(channel, httpx.AsyncClient(transport=transport))


def posted(body: bytes, content_type: str = "application/x-www-form-urlencoded", **headers: str) -> Call:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Call("POST", URL, {"content-type": content_type} | given, body)


def form(fields: dict[str, str], **headers: str) -> Call:
    return posted(urlencode(fields).encode(), **headers)


def asked(fields: dict[str, str], address: str = "") -> Call:
    return Call("GET", f"{URL}?{urlencode(fields)}", {}, b"", address)


def only(provider: SmsProvider[Any], call: Call) -> Inbound:
    [inbound] = provider.parse(call)
    assert provider.parse_status(call) == []
    return inbound


def sent(name: str, response: httpx.Response, reply: Reply = REPLY, **options: Any) -> tuple[httpx.Request, SendResult]:
    requests: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return response

    result = asyncio.run(made(name, httpx.MockTransport(answer), **options).send(SHOPPER, reply))
    return requests[0], result


# -- Vonage -----------------------------------------------------------------------------------------------

VONAGE = {
    "msisdn": "447700900001",
    "to": "447700900000",
    "messageId": "0A0000000123ABCD1",
    "text": "Hello world",
    "type": "text",
    "keyword": "HELLO",
    "message-timestamp": "2020-01-01 12:00:00",
}


PARAMS = {"param1": "value1", "param2": "value2"}


@pytest.mark.parametrize(
    "call",
    [asked(VONAGE), form(VONAGE), posted(json.dumps(VONAGE).encode(), "application/json")],
    ids=["get", "form", "json"],
)
def test_vonage_s_documented_message(call: Call) -> None:
    inbound = only(made("vonage"), call)
    assert (inbound.sender, inbound.to, inbound.text) == ("+447700900001", "447700900000", "Hello world")
    assert inbound.message_id == "0A0000000123ABCD1"
    assert inbound.received_at == dt.datetime(2020, 1, 1, 12, tzinfo=dt.UTC)
    assert inbound.part is None


def test_a_part_says_which() -> None:
    concat = {"concat": "true", "concat-ref": "1", "concat-total": "3", "concat-part": "2"}
    assert only(made("vonage"), asked(VONAGE | concat)).part == Part("1", 2, 3)
    for number in ("4", "0", "-1", "x", "9" * 5000):
        assert only(made("vonage"), asked(VONAGE | concat | {"concat-part": number})).part is None


@pytest.mark.parametrize(
    ("fields", "method", "expected"),
    [
        # Vectors of Vonage's own Python library.
        (PARAMS, "sha256", "280c4320703dbc98bfa22db676655ed2acfbfe8792b062ff7622e67f1183c287"),
        (PARAMS, "md5", "724c2bf6ca423c36e20631b11d1c5753"),
        ({"param1": "value&1", "param2": "value=2"}, "md5", "2bbf0abafb2c55e5af6231513896a2ac"),
        ({"param": "value"}, "md5", "655a4d0b7f064dff438defc52b012cf5"),
    ],
)
def test_vonage_s_signature(fields: dict[str, str], method: str, expected: str) -> None:
    assert vonage.signature("signature_secret", fields | {"timestamp": "1234567890"}, method) == expected


def test_vonage_signs_every_parameter_and_the_time() -> None:
    fields = VONAGE | {"timestamp": str(int(time.time())), "nonce": "aaaa"}
    signed = fields | {"sig": vonage.signature("signature_secret", fields, "sha256").upper()}
    made("vonage").verify(asked(signed))
    old = fields | {"timestamp": str(int(time.time()) - 2 * 86_400)}
    late = old | {"sig": vonage.signature("signature_secret", old, "sha256")}
    for wrong in (signed | {"text": "Hello world!"}, signed | {"new": ""}, fields, late):
        with pytest.raises(Forbidden):
            made("vonage").verify(asked(wrong))
    made("vonage", signature_secret=None).verify(asked(fields))


def test_vonage_s_receipt_is_a_status() -> None:
    receipt = {"msisdn": "447700900001", "messageId": "0A", "status": "delivered", "err-code": "0"}
    assert made("vonage").parse(asked(receipt)) == []
    assert made("vonage").parse_status(asked(receipt))[0].status == "delivered"


@pytest.mark.parametrize(("status", "outcome"), [("0", "accepted"), ("1", "unavailable"), ("6", "refused")])
def test_a_text_over_vonage(status: str, outcome: str) -> None:
    said = httpx.Response(200, json={"messages": [{"status": status, "message-id": "M"}]})
    request, result = sent("vonage", said, Reply("list", {}, "دودھ"), dlt={"entity": "E", "templates": {"list": "T"}})
    fields = dict(parse_qsl(request.content.decode()))
    assert (fields["type"], fields["to"], fields["from"]) == ("unicode", "14155550134", "14155550199")
    assert (fields["entity-id"], fields["content-id"]) == ("E", "T")
    assert result.outcome == outcome


# -- Kannel -----------------------------------------------------------------------------------------------


def test_kannel_s_message_and_who_may_call() -> None:
    fields = {"id": "9d3c", "ts": "1793361600", "sender": "923001234567", "to": "8005", "message": "دودھ 54000"}
    inbound = only(made("kannel"), asked(fields))
    assert (inbound.message_id, inbound.sender, inbound.text) == ("9d3c", "+923001234567", "دودھ 54000")
    assert inbound.received_at.timestamp() == 1793361600

    fenced = made("kannel", allow=["10.1.0.0/16"])
    fenced.verify(asked(fields, "10.1.2.3"))
    for address in ("10.2.2.3", "", "nowhere"):
        with pytest.raises(Forbidden):
            fenced.verify(asked(fields, address))


def test_kannel_s_answers() -> None:
    kannel = made("kannel")
    assert bytes(kannel.render_inline(None).body) == b""
    assert bytes(kannel.render_inline(REPLY).body) == b"Milk 2L"
    unicode = kannel.render_inline(Reply("list", {}, "دودھ"))
    assert bytes(unicode.body).decode("utf-16-be") == "دودھ"
    assert "charset" not in unicode.headers["content-type"]


def test_a_text_over_kannel() -> None:
    request, result = sent("kannel", httpx.Response(202, text="0: Accepted for delivery"), Reply("list", {}, "దగ్గర"))
    query = request.url.query.decode()
    fields = parse_qs(query, encoding="utf-16-be")
    assert result.outcome == "accepted"
    assert fields["text"] == ["దగ్గర"]
    assert "coding=2" in query
    assert "charset" not in query
    request, result = sent("kannel", httpx.Response(403, text="Authorization failed"))
    assert "text=Milk%202L" in request.url.query.decode()
    assert result.outcome == "refused"


# -- Android ----------------------------------------------------------------------------------------------

# As in the app's documentation, with ``sender`` and ``recipient`` since 2026.
ANDROID = {
    "deviceId": "ffffffffceb0b1db0000018e937c815b",
    "event": "sms:received",
    "id": "Ey6ECgOkVVFjz3CL48B8C",
    "payload": {
        "messageId": "abc123",
        "message": "Android is always a sweet treat!",
        "sender": "6505551212",
        "recipient": None,
        "phoneNumber": "6505551212",
        "simNumber": 1,
        "receivedAt": "2024-06-22T15:46:11.000+07:00",
    },
    "webhookId": "<unique-id>",
}


def test_the_phone_s_documented_message() -> None:
    inbound = only(made("android"), posted(json.dumps(ANDROID).encode(), "application/json"))
    assert (inbound.message_id, inbound.sender) == (None, "6505551212")
    assert inbound.received_at == dt.datetime(2024, 6, 22, 8, 46, 11, tzinfo=dt.UTC)
    assert inbound.to == NUMBER


def test_the_phone_signs_body_and_time() -> None:
    body, now = json.dumps(ANDROID).encode(), int(time.time())

    def call(at: int, signed: bytes = body, key: bytes = b"key") -> Call:
        digest = hmac.digest(key, signed + str(at).encode(), hashlib.sha256).hex()
        return posted(body, "application/json", x_signature=digest, x_timestamp=str(at))

    made("android").verify(call(now))
    for wrong in (call(now - 3600), call(now, body + b" "), call(now, key=b"other"), posted(body, "application/json")):
        with pytest.raises(Forbidden):
            made("android").verify(wrong)


def test_the_phone_s_other_events_are_no_messages() -> None:
    failed = {"event": "sms:failed", "payload": {"messageId": "m", "reason": "no credit"}}
    call = posted(json.dumps(failed).encode(), "application/json")
    assert made("android").parse(call) == []
    assert made("android").parse_status(call)[0].status == "failed"
    with pytest.raises(InvalidInput):
        made("android").parse(posted(b"[1]", "application/json"))


def test_a_text_over_the_phone() -> None:
    request, result = sent("android", httpx.Response(202, json={"id": "PyDm", "state": "Pending"}))
    assert request.url == "https://api.sms-gate.app/3rdparty/v1/messages"
    assert json.loads(request.content) == {"textMessage": {"text": "Milk 2L"}, "phoneNumbers": [SHOPPER]}
    assert result == SendResult("accepted", "PyDm")


# -- Plivo, Infobip, Africa's Talking ---------------------------------------------------------------------

PLIVO = {"From": "14155550134", "To": "14155550199", "Text": "milk", "Type": "sms", "MessageUUID": "e8c2"}


def test_plivo_s_message_and_signature() -> None:
    signed = plivo_signature("t", URL, list(PLIVO.items()), "nonce")
    # By hand: the address, a question mark, the parameters in order without anything between them, the nonce.
    text = f"{URL}?" + "".join(f"{name}{PLIVO[name]}" for name in sorted(PLIVO)) + ".nonce"
    assert hmac.digest(b"t", text.encode(), "sha256") == base64.b64decode(signed)
    headers = {"x_plivo_signature_v3_nonce": "nonce"}
    provider = made("plivo")
    provider.verify(form(PLIVO, x_plivo_signature_ma_v3=signed, **headers))
    provider.verify(form(PLIVO, x_plivo_signature_v3=f"other,{signed}", **headers))
    for wrong in (
        form(PLIVO | {"Text": "beer"}, x_plivo_signature_v3=signed, **headers),
        form(PLIVO, x_plivo_signature_v3=signed, x_plivo_signature_v3_nonce="other"),
        form(PLIVO, **headers),
        form(PLIVO),
    ):
        with pytest.raises(Forbidden):
            provider.verify(wrong)
    inbound = only(provider, form(PLIVO))
    assert (inbound.message_id, inbound.sender, inbound.text) == ("e8c2", SHOPPER, "milk")


def test_a_text_over_plivo() -> None:
    request, result = sent("plivo", httpx.Response(202, json={"message_uuid": ["u1"], "api_id": "a"}))
    assert json.loads(request.content) == {"src": NUMBER, "dst": SHOPPER, "text": "Milk 2L"}
    assert result == SendResult("accepted", "u1")


INFOBIP = {
    "results": [
        {
            "messageId": "817790313235066447",
            "from": "385916242493",
            "to": "385921004026",
            "text": "QUIZ Correct answer is Paris",
            "cleanText": "Correct answer is Paris",
            "keyword": "QUIZ",
            "receivedAt": "2019-11-09T16:00:00.000+0000",
            "smsCount": 1,
            "price": {"pricePerMessage": 0, "currency": "EUR"},
            "callbackData": "callbackData",
        }
    ],
    "messageCount": 1,
    "pendingMessageCount": 0,
}


def test_infobip_s_documented_batch() -> None:
    inbound = only(made("infobip"), posted(json.dumps(INFOBIP).encode(), "application/json"))
    assert (inbound.message_id, inbound.sender) == ("817790313235066447", "+385916242493")
    # The keyword may be the product.
    assert inbound.text == "QUIZ Correct answer is Paris"
    assert inbound.received_at == dt.datetime(2019, 11, 9, 16, tzinfo=dt.UTC)
    numbered = {"results": [INFOBIP["results"][0] | {"messageId": 817790313235066447}]}
    inbound = only(made("infobip"), posted(json.dumps(numbered).encode(), "application/json"))
    assert inbound.message_id == "817790313235066447"
    report = {"results": [{"messageId": "m", "to": "1", "status": {"groupName": "DELIVERED"}}]}
    call = posted(json.dumps(report).encode(), "application/json")
    assert made("infobip").parse(call) == []
    assert made("infobip").parse_status(call)[0].status == "DELIVERED"


def test_a_text_over_infobip_with_its_template() -> None:
    said = {"messages": [{"messageId": "m", "status": {"groupName": "PENDING", "name": "PENDING_ACCEPTED"}}]}
    dlt = {"entity": "E", "templates": {"list": "T"}}
    request, result = sent("infobip", httpx.Response(200, json=said), dlt=dlt)
    [message] = json.loads(request.content)["messages"]
    assert message["content"] == {"text": "Milk 2L"}
    assert message["options"]["regional"]["indiaDlt"] == {"principalEntityId": "E", "contentTemplateId": "T"}
    assert result.outcome == "accepted"


def test_africa_s_talking_s_message() -> None:
    fields = {
        "date": "2017-09-21 12:34:56",
        "from": "+254711082000",
        "id": "fa2c",
        "linkId": "S1",
        "text": "milk",
        "to": "28901",
    }
    inbound = only(made("africas-talking"), form(fields))
    assert (inbound.message_id, inbound.sender, inbound.to) == ("fa2c", "+254711082000", "28901")
    assert inbound.received_at == dt.datetime(2017, 9, 21, 12, 34, 56, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("status", "code", "outcome"), [("Success", 101, "accepted"), ("UserInBlacklist", 406, "opted_out")]
)
def test_a_text_over_africa_s_talking(status: str, code: int, outcome: str) -> None:
    recipient = {"status": status, "statusCode": code, "number": SHOPPER, "messageId": "ATXid_1", "cost": "KES 0.8"}
    said = {"SMSMessageData": {"Message": "Sent to 1/1", "Recipients": [recipient]}}
    request, result = sent("africas-talking", httpx.Response(201, json=said))
    assert dict(parse_qsl(request.content.decode()))["message"] == "Milk 2L"
    assert (request.headers["apikey"], result.outcome) == ("k", outcome)


# -- All --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROVIDERS)
def test_an_unreachable_provider_is_told_from_one_that_may_have_heard(name: str) -> None:
    def failing(error: Exception) -> SendResult:
        async def answer(request: httpx.Request) -> httpx.Response:
            raise error

        return asyncio.run(made(name, httpx.MockTransport(answer)).send(SHOPPER, REPLY))

    assert failing(httpx.ConnectError("no")).outcome == "unavailable"
    assert failing(httpx.ReadTimeout("no")).outcome == "unknown"


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_text_whose_template_is_not_registered_is_not_sent(name: str) -> None:
    provider = made(name, dlt={"entity": "E", "templates": {"help": "T"}})
    assert asyncio.run(provider.send(SHOPPER, REPLY)) == SendResult("refused", code="no_template")
    assert not provider.replies_inline


@pytest.mark.parametrize("name", PROVIDERS)
def test_options_are_checked_and_their_values_not_repeated(name: str) -> None:
    check_options(name, OPTIONS[name])
    with pytest.raises(InvalidInput) as refused:
        check_options(name, OPTIONS[name] | {"passwort": "canary"})
    assert "canary" not in str(refused.value)


def test_a_channel_shows_no_secret() -> None:
    assert "api_secret" not in repr(made("vonage").channel)
    assert "secret" not in repr(asked(VONAGE))


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("2026-11-20T17:00:00+05:00", dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)),
        ("2026-11-20T17:00:00.000+0000", dt.datetime(2026, 11, 20, 17, tzinfo=dt.UTC)),
        ("2026-11-20 17:00:00", dt.datetime(2026, 11, 20, 17, tzinfo=dt.UTC)),
    ],
)
def test_a_providers_instant_is_utc_where_it_names_no_offset(told: str, read: dt.datetime) -> None:
    assert instant_of(told) == read


@pytest.mark.parametrize("told", ["", "yesterday", "0001-01-01T00:00:00+14:00", "2026-11-31T00:00:00Z"])
def test_a_message_of_an_impossible_time_came_now(told: str) -> None:
    assert abs(instant_of(told) - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
