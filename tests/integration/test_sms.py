"""Texts from a provider's call to its answer, over real Redis and SQL."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
import json
import logging
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest
import redis as redis_py

from inventory_api.channels.sms.gateway import Gateway
from inventory_api.channels.sms.memory import GUARD_S, SEEN_S, Memory
from inventory_api.channels.sms.message import Inbound, Part
from inventory_api.channels.sms.pacing import SHORT
from inventory_api.channels.sms.phone import Pseudonyms
from inventory_api.channels.sms.providers import provider_of
from inventory_api.channels.sms.simulator import converse
from inventory_api.channels.sms.talk.vocabulary import COMMANDS, Act
from inventory_api.domain.errors import InvalidInput
from inventory_api.domain.ports import SmsChannel, Step
from inventory_api.storage.index.memos import RedisLeases, RedisMemos, RedisPace
from inventory_api.storage.index.multiplexed import Multiplexed
from inventory_api.storage.vault import Vault
from tests.integration.texting import OURS, SHOPPER, Texting, said_in

NOON = dt.datetime(2026, 10, 30, 12, tzinfo=dt.UTC)


class Providers:
    """Every provider's end for texts of ours: takes them all."""

    def __init__(self) -> None:
        self.sent: list[httpx.Request] = []
        self.status = 200

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.sent.append(request)
        return httpx.Response(self.status, json={"id": "1", "messages": [{"status": "0", "message-id": "1"}]})


@pytest.fixture
def providers() -> Providers:
    return Providers()


@pytest.fixture
def texting(
    redis: redis_py.Redis, redis_url: str, empty_database: Path, tmp_path: Path, providers: Providers
) -> Iterator[Texting]:
    shutil.copy(empty_database, tmp_path / "inventory.sqlite")
    made = Texting(redis_url, tmp_path, httpx.MockTransport(providers))
    yield made
    made.close()


def test_a_text_is_answered_in_the_answer_to_the_call(texting: Texting) -> None:
    assert texting.text("milk 94103") == "1: milk 94103"
    assert texting.text("quiet") is None


def test_a_forged_call_is_refused_without_a_reply(texting: Texting) -> None:
    forged = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "AAAA"}
    for path in (texting.path, texting.path[:-1], texting.path.replace("twilio", "kannel"), "/v1/sms/nobody/x"):
        response = texting.run(texting.call("POST", path, content=b"From=%2B14155550134&Body=milk", headers=forged))
        assert response.status_code == 403, path
        assert response.json()["code"] == "forbidden"
        assert "Message" not in response.text
    assert texting.words.heard == []


def test_the_same_message_gets_the_same_answer_and_one_lookup(texting: Texting, redis: redis_py.Redis) -> None:
    first = texting.run(texting.deliver("milk", message_id="SM1"))
    again = texting.run(texting.deliver("milk", message_id="SM1"))

    assert first.content == again.content
    assert first.headers["content-type"] == again.headers["content-type"]
    assert len(texting.words.heard) == 1
    left = redis.ttl("sms:seen:twilio:SM1")
    assert SEEN_S - 60 < left <= SEEN_S


def test_twenty_deliveries_at_once_are_one_message(texting: Texting) -> None:
    texting.words.pause_s = 0.15

    async def all_at_once() -> list[httpx.Response]:
        return await asyncio.gather(*(texting.deliver("milk", message_id="SM2") for _ in range(20)))

    answers = {response.content for response in texting.run(all_at_once())}
    assert len(answers) == 1
    assert len(texting.words.heard) == 1


def test_what_another_key_sealed_is_as_good_as_gone(texting: Texting, redis: redis_py.Redis) -> None:
    texting.text("where 94103")
    for key in [*redis.keys("sms:menu:*"), *redis.keys("sms:known:*"), "sms:seen:twilio:SM9"]:
        redis.set(key, b"not ours")
    assert texting.text("recall", message_id="SM9") == "None None None"
    # Lost, it is remembered anew.
    assert texting.text("recall", message_id="SM9") == "None None None"
    assert len(texting.words.heard) == 2


def test_a_delivery_whose_first_process_died_is_answered(texting: Texting, redis: redis_py.Redis) -> None:
    texting.run(texting.memos.claim("sms:seen:twilio:SM3", {"pending": True}, keep_s=1))
    assert texting.text("milk", message_id="SM3") == "1: milk"


def test_at_eight_seconds_the_apology_is_said(texting: Texting, caplog: pytest.LogCaptureFixture) -> None:
    gateway = Gateway(texting.ports, deadline_s=0.2)
    channel = SmsChannel("t", "twilio", OURS, "US", ("US",), {"account_sid": "AC", "auth_tokens": ["t"]})
    inbound = Inbound("twilio", "SM4", SHOPPER, OURS, "sleep", NOON)
    begun = time.monotonic()
    reply = texting.run(gateway.answer(provider_of(channel, texting.ports.client), inbound))

    assert time.monotonic() - begun < 2
    assert reply is not None
    assert reply.key == "error"
    assert texting.text("sleep", message_id="SM4") == "Sorry, we cannot check stock right now."


def test_a_fault_is_an_apology_and_no_word_of_it_is_logged(texting: Texting, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert texting.text("break") == "Sorry, we cannot check stock right now."
    assert "ValueError" in caplog.text
    assert SHOPPER not in caplog.text


def test_without_redis_there_are_answers_without_memory(redis_url: str, empty_database: Path, tmp_path: Path) -> None:
    shutil.copy(empty_database, tmp_path / "inventory.sqlite")
    texting = Texting("unix:///nowhere/redis.sock", tmp_path)
    try:
        assert texting.text("where 94103", message_id="SM5") == "1: where 94103"
        assert texting.text("recall", message_id="SM5") == "None None None"
    finally:
        texting.close()


def test_a_session_is_remembered_coarsely_and_forgotten_wholly(texting: Texting, redis: redis_py.Redis) -> None:
    texting.text("where Gulberg")
    said = str(texting.text("recall"))
    menus, known = redis.keys("sms:menu:*"), redis.keys("sms:known:*")

    assert "37.77, -122.42" in said
    assert "Gulberg" in said
    assert "s2" in said
    assert (len(menus), len(known)) == (1, 1)
    assert 0 < redis.ttl(menus[0]) <= 15 * 60
    assert 89 * 86_400 < redis.ttl(known[0]) <= 90 * 86_400
    texting.text("forget")
    assert redis.keys("sms:menu:*") + redis.keys("sms:known:*") == []


def test_texts_of_one_number_are_answered_one_after_the_other(texting: Texting, redis: redis_py.Redis) -> None:
    texting.words.pause_s = 0.02

    async def both_workers() -> None:
        other = Multiplexed(texting.redis_url, timeout_s=0.5)
        memos, leases = RedisMemos(other, Vault(bytes(32))), RedisLeases(other)
        workers = (Gateway(texting.ports), Gateway(replace(texting.ports, memos=memos, leases=leases)))
        await asyncio.gather(*(_said_by(texting, worker, "count") for worker in workers for _ in range(2)))
        await other.aclose()

    texting.run(both_workers())
    assert "shown=4" in str(texting.text("recall"))
    assert redis.keys("sms:lease:*") == []


def test_who_died_answering_holds_up_nobody_for_long_and_an_opt_out_not_at_all(texting: Texting) -> None:
    gateway = Gateway(texting.ports, deadline_s=0.2)
    name = Pseudonyms(texting.ports.key).of("lease", SHOPPER)
    texting.run(texting.ports.leases.take(name, "another's", keep_s=30))
    assert texting.run(_said_by(texting, gateway, "STOP")) == "You are opted out."
    assert texting.run(_said_by(texting, gateway, "milk")) == "Sorry, we cannot check stock right now."
    texting.run(texting.ports.leases.end(name, "not mine"))
    assert texting.run(_said_by(texting, gateway, "milk")) == "Sorry, we cannot check stock right now."
    texting.run(texting.ports.leases.end(name, "another's"))
    assert texting.run(_said_by(texting, gateway, "milk")) == "2: milk"


async def _said_by(texting: Texting, gateway: Gateway, text: str) -> str | None:
    channel = SmsChannel("t", "twilio", OURS, "US", ("US",), {"account_sid": "AC", "auth_tokens": ["t"]})
    inbound = Inbound("twilio", secrets.token_hex(8), SHOPPER, OURS, text, NOON)
    reply = await gateway.answer(provider_of(channel, texting.ports.client), inbound)
    return None if reply is None else reply.text


def test_a_sender_who_texts_too_much_is_told_once(texting: Texting) -> None:
    said = [texting.text(f"{number}") for number in range(8)]
    assert said[:5] == [f"{number + 1}: {number}" for number in range(5)]
    assert said[5:] == ["One at a time, please.", None, None]
    assert texting.text("STOP") is None
    assert texting.words.heard[-1].text == "STOP"
    assert texting.text("1", sender="+14155550135") is not None


def test_after_stop_there_are_no_apologies_and_no_warnings_either(texting: Texting) -> None:
    texting.opt_outs.out.add(SHOPPER)
    gateway = Gateway(texting.ports, deadline_s=0.1)
    channel = SmsChannel("t", "twilio", OURS, "US", ("US",), {"account_sid": "AC", "auth_tokens": ["t"]})
    inbound = Inbound("twilio", "SM9", SHOPPER, OURS, "sleep", NOON)
    assert texting.run(gateway.answer(provider_of(channel, texting.ports.client), inbound)) is None
    assert texting.text("break") is None
    assert [texting.text(f"quiet {number}") for number in range(8)][4:] == [None] * 4


@pytest.mark.parametrize("words", ["MORE", "mazeed", "aur dikhao", "మరిన్ని", "inka chupinchu"])
def test_a_command_for_the_third_time_is_a_person(texting: Texting, words: str) -> None:
    assert max(len(text) for act in (Act.MORE, Act.BACK, Act.WIDER, Act.AGAIN) for text in COMMANDS[act]) <= SHORT
    assert all(texting.text(words) is not None for _ in range(4))


def test_limits_by_the_hour_and_the_day(texting: Texting) -> None:
    pace = RedisPace(texting.connection)

    def answered(every_s: float, hours: float) -> int:
        times = [NOON + dt.timedelta(seconds=every_s * n) for n in range(int(hours * 3600 / every_s))]
        steps = [texting.run(pace.step(f"{every_s}", "", now)) for now in times]
        return steps.count(Step.ANSWER)

    assert answered(30, 1) == 20
    assert answered(900, 24) == 60
    assert answered(2.5, 0.012) == 17


def test_the_same_words_for_the_third_time_are_a_machine(texting: Texting) -> None:
    said = [texting.text("I am driving right now") for _ in range(4)]
    assert [each is None for each in said] == [False, False, True, True]
    assert texting.text("milk") is not None


def test_nobody_answers_names_short_codes_and_far_countries(texting: Texting) -> None:
    for sender in ("FreshMart", "72975", "+18765550134", "+447700900123", "+1", ""):
        assert texting.text("milk 94103", sender=sender) is None, sender
    assert texting.words.heard == []
    texting.text("STOP", sender="+447700900123")
    assert len(texting.words.heard) == 1


def test_a_range_of_numbers_is_one_sender(texting: Texting) -> None:
    said = [texting.text("hi", sender=f"+1415555{number:04d}") for number in range(2000, 2103)]
    assert sum(each is not None for each in said) == 100


def test_beyond_the_day_s_segments_replies_are_cut(
    redis: redis_py.Redis, redis_url: str, empty_database: Path, tmp_path: Path
) -> None:
    shutil.copy(empty_database, tmp_path / "inventory.sqlite")
    texting = Texting(redis_url, tmp_path, daily_segments=3)
    try:
        long = "word " * 50
        first, second = str(texting.text(long + "a")), str(texting.text(long + "b"))
        assert len(first) > 160
        assert len(second) <= 160
        assert second.endswith("...")
    finally:
        texting.close()


def test_what_the_provider_answered_is_heeded_in_silence(texting: Texting) -> None:
    assert texting.text("STOP", OptOutType="STOP") is None
    assert texting.opt_outs.out == {SHOPPER}
    assert texting.text("START", OptOutType="START") is None
    assert texting.opt_outs.out == set()
    assert texting.words.heard == []


def test_strays_do_not_double_the_price(texting: Texting) -> None:
    assert texting.text("Don’t – ₹280") == "1: Don't - Rs 280"  # noqa: RUF001


def test_parts_are_joined_in_any_order_and_answered_once(texting: Texting, providers: Providers) -> None:
    path = texting.add("vonage", api_key="k", api_secret="s")

    def part(number: int, text: str, message_id: str) -> dict[str, str]:
        whole = {"msisdn": SHOPPER[1:], "to": OURS[1:], "messageId": message_id, "text": text, "concat": "true"}
        return whole | {"concat-ref": "7", "concat-total": "3", "concat-part": str(number)}

    for params in (part(3, " 94103", "C"), part(1, "oat", "A"), part(1, "oat", "A"), part(2, " milk", "B")):
        assert texting.run(texting.call("GET", path, params=params)).status_code == 204
    assert [inbound.text for inbound in texting.words.heard] == ["oat milk 94103"]
    assert [dict(parse_qsl(request.content.decode()))["text"] for request in providers.sent] == ["1: oat milk 94103"]


def test_parts_are_there_until_they_are_answered(texting: Texting, redis: redis_py.Redis) -> None:
    path = texting.add("vonage", api_key="k", api_secret="s")
    whole = {"msisdn": SHOPPER[1:], "to": OURS[1:], "concat": "true", "concat-ref": "7", "concat-total": "2"}
    first, last = ({**whole, "concat-part": number, "text": text} for number, text in (("1", "oat "), ("2", "milk")))
    assert texting.run(texting.call("GET", path, params=first)).status_code == 204
    # A process that has joined them and dies: the provider delivers the last one again.
    inbound = Inbound("vonage", None, SHOPPER, OURS[1:], "milk", NOON, part=Part("7", 2, 2))
    assert texting.run(Memory(texting.memos, Pseudonyms(texting.ports.key)).join(inbound)) is not None
    assert texting.run(texting.call("GET", path, params=last)).status_code == 204
    assert [inbound.text for inbound in texting.words.heard] == ["oat milk"]
    assert redis.keys("sms:part:*") == []


def test_a_message_without_an_id_is_told_by_its_time_and_for_a_moment_by_its_words(
    texting: Texting, providers: Providers, redis: redis_py.Redis
) -> None:
    path = _android(texting)
    for received in ("2026-10-30T12:00:00.000+05:00", "2026-10-30T12:00:00.000+05:00", "2026-10-30T12:00:02.000+05:00"):
        assert texting.run(_android_delivery(texting, path, "milk", received)).status_code == 204
    assert len(texting.words.heard) == len(providers.sent) == 1

    [guard] = redis.keys("sms:guard:*")
    assert 0 < redis.ttl(guard) <= GUARD_S
    redis.delete(guard)
    texting.run(_android_delivery(texting, path, "milk", "2026-10-30T12:00:09.000+05:00"))
    texting.run(_android_delivery(texting, path, "milk", "2026-10-30T12:00:02.000+05:00"))
    assert len(providers.sent) == 2
    assert json.loads(providers.sent[0].content) == {"textMessage": {"text": "1: milk"}, "phoneNumbers": [SHOPPER]}


def test_kannel_asks_by_get_and_reads_the_body(texting: Texting) -> None:
    path = texting.add("kannel", allow=["127.0.0.1"])
    params = {"id": "k1", "ts": "1793361600", "sender": SHOPPER, "to": OURS, "message": "دودھ 54000"}
    response = texting.run(texting.call("GET", path, params=params))
    assert response.headers["x-kannel-coding"] == "2"
    assert response.content.decode("utf-16-be") == "1: دودھ 54000"
    assert "access-control-allow-origin" not in response.headers

    plain = texting.run(texting.call("GET", path, params=params | {"id": "k2", "message": "milk"}))
    assert (plain.text, plain.headers["content-type"]) == ("2: milk", "text/plain; charset=utf-8")


def test_a_batch_is_answered_one_by_one(texting: Texting, providers: Providers) -> None:
    path = texting.add("infobip", api_key="k", api_url="https://x.api.infobip.com", authorization="App secret")
    results = [{"messageId": f"m{n}", "from": f"1415555013{n}", "to": OURS[1:], "text": f"milk {n}"} for n in range(3)]
    refused = texting.run(texting.call("POST", path, json={"results": results}))
    taken = texting.run(texting.call("POST", path, json={"results": results}, headers={"Authorization": "App secret"}))
    assert (refused.status_code, taken.status_code) == (403, 204)
    assert sorted(inbound.text for inbound in texting.words.heard) == ["milk 0", "milk 1", "milk 2"]
    assert len(providers.sent) == 3


def test_the_console_goes_the_same_way_without_limits(texting: Texting) -> None:
    async def said(*lines: str, **how: str) -> list[dict[str, object]]:
        return [each async for each in converse(texting.ports, lines, **how)]

    lines = ["hello there"] * 9 + ["quiet", "دودھ"]
    answers = texting.run(said(*lines))
    assert [answer["reply"] for answer in answers[:9]] == [f"{n}: hello there" for n in range(1, 10)]
    assert answers[0] == {"reply": "1: hello there", "encoding": "GSM-7", "units": 14, "segments": 1}
    assert answers[9] == {"reply": None, "encoding": None, "units": 0, "segments": 0}
    assert answers[10] == {"reply": "11: دودھ", "encoding": "UCS-2", "units": 8, "segments": 1}
    texting.run(said("where Abids", sender="+919812345678"))
    assert "Abids" in str(texting.run(said("recall", sender="+919812345678"))[0]["reply"])
    with pytest.raises(InvalidInput):
        texting.run(said("hi", sender="nobody"))


def _android(texting: Texting) -> str:
    return texting.add("android", signing_key="k", username="u", password="p", api_url="https://gateway.example")


async def _android_delivery(
    texting: Texting, path: str, text: str, received: str = "2026-10-30T11:00:00.000+05:00"
) -> httpx.Response:
    payload = {"messageId": "abc", "message": text, "sender": SHOPPER, "recipient": None, "receivedAt": received}
    body = json.dumps({"deviceId": "f", "event": "sms:received", "id": "E", "payload": payload}).encode()
    now = str(int(time.time()))
    signed = hmac.digest(b"k", body + now.encode(), hashlib.sha256).hex()
    headers = {"Content-Type": "application/json", "X-Signature": signed, "X-Timestamp": now}
    return await texting.call("POST", path, content=body, headers=headers)


def test_said_in_reads_twiml() -> None:
    assert said_in(httpx.Response(200, text="<Response><Message>a</Message></Response>")) == "a"
