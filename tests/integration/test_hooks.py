"""Events from points of sale, over HTTP, down to the shelf that a shopper is told of."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from inventory_api.domain.source import Protocol
from inventory_api.domain.stock import Basis, Claim
from inventory_api.storage.sql.keys import KeyRing
from tests.integration.asking import Api, asking
from tests.integration.pos import SECRET, PointOfSale, open_source, square, state_of
from tests.integration.world import Key, World

SHAMPOO = 4006381333931
MAPS: dict[str, Any] = {"locations": {"7001": "001", "7002": "002"}, "items": {"900001": "A-1", "900002": "A-2"}}
ALL = [Protocol.SHOPIFY, Protocol.SQUARE, Protocol.LIGHTSPEED, Protocol.GENERIC]


@pytest.fixture
def api(world: World) -> Iterator[Api]:
    """Two stores and two articles."""
    world.add_retailer("acme", ["001", "002"])
    world.push("products", f"id,gtin,title\nA-1,{SHAMPOO},Shampoo\nA-2,,House bread\n")
    with asking(world) as api:
        yield api


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(minutes=5)


def tills(world: World, api: Api, protocol: Protocol, **options: Any) -> PointOfSale:
    return open_source(world, api, protocol, **(MAPS | options))


def words_of(protocol: Protocol) -> tuple[Any, Any]:
    """How a platform of this kind calls store 001 and article A-1 (Shopify in numbers)."""
    if protocol is Protocol.GENERIC:
        return "001", "A-1"
    return (7001, 900001) if protocol is Protocol.SHOPIFY else ("7001", "900001")


def shelf(world: World, store_code: str = "001", product: int = SHAMPOO) -> tuple[Claim, int | None]:
    record = world.index()[Key("acme", store_code, product)]
    return record.claim, record.quantity


def outcome(response: httpx.Response, **counts: int) -> None:
    assert response.status_code == 200, response.text
    assert {name: count for name, count in response.json().items() if count} == counts


@pytest.mark.parametrize("protocol", ALL)
def test_an_event_is_on_the_shelf_when_it_is_answered(world: World, api: Api, protocol: Protocol) -> None:
    till = tills(world, api, protocol)
    at = now()
    outcome(till.send(till.count(*words_of(protocol), 12, at)), applied=1)
    record = world.index()[Key("acme", "001", SHAMPOO)]
    assert (record.claim, record.quantity, record.basis) == (Claim.IN_STOCK, 12, Basis.POS_EVENT)
    hit = api.ask(f"gtin={SHAMPOO}&lat=37.77&lon=-122.42")["stores"][0]
    assert (hit["quantity"], hit["basis"]) == (12, "pos_event")
    if protocol is not Protocol.LIGHTSPEED:
        assert hit["observed_at"] == at.isoformat().replace("+00:00", "Z")
    assert state_of(world)["events"]["applied"] == 1


@pytest.mark.parametrize("protocol", ALL)
def test_an_older_event_and_a_repeated_one_change_nothing(world: World, api: Api, protocol: Protocol) -> None:
    till = tills(world, api, protocol)
    words, at = words_of(protocol), now()
    newer = till.count(*words, 5, at, version=20)
    older = till.count(*words, 9, at - dt.timedelta(minutes=1), version=19)
    outcome(till.send(newer), applied=1)
    for late in (older, newer, older):
        outcome(till.send(late), older_ignored=1)
    world.redis.flushall()
    world.work()
    outcome(till.send(older), older_ignored=1)
    assert shelf(world) == (Claim.IN_STOCK, 5)
    assert state_of(world)["events"] == {"applied": 1, "older_ignored": 4, "parked": 0, "rejected": 0, "ignored": 0}


@pytest.mark.parametrize("protocol", ALL)
def test_only_a_right_signature_over_these_very_bytes_is_let_in(world: World, api: Api, protocol: Protocol) -> None:
    till = tills(world, api, protocol)
    body = till.count(*words_of(protocol), 12, now())
    signed = till.signed(body)
    name = next(name for name in signed if "signature" in name.lower() or "hmac" in name.lower())
    flipped = signed[name][:14] + ("0" if signed[name][14] != "0" else "1") + signed[name][15:]
    for refused in (
        till.post(body, {}),
        till.post(body + b" ", signed),
        till.post(body, signed | {name: flipped}),
        till.post(body, signed | {name: ""}),
        till.post(body, signed | {name: "none"}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    assert world.index() == {}
    assert [problem["code"] for problem in state_of(world)["problems"]] == ["event_refused"]
    outcome(till.post(body, signed), applied=1)


@pytest.mark.parametrize("protocol", ALL)
def test_two_secrets_live_while_they_change(world: World, api: Api, protocol: Protocol) -> None:
    old, new = "whsec_b2xkb2xkb2xkb2xkb2xkb2xk", "whsec_bmV3bmV3bmV3bmV3bmV3bmV3"
    till = tills(world, api, protocol, credentials={"secret": new, "previous_secret": old})
    words, at = words_of(protocol), now()
    for version, secret in enumerate((old, new), 1):
        till.secret = secret
        outcome(till.send(till.count(*words, version, at + dt.timedelta(seconds=version), version)), applied=1)
    till.secret = "whsec_dGhpcmR0aGlyZHRoaXJk"
    assert till.send(till.count(*words, 3, at, 3)).status_code == 401


def test_a_source_is_found_by_retailer_name_and_protocol_or_not_at_all(world: World, api: Api) -> None:
    till = tills(world, api, Protocol.SHOPIFY)
    world.add_retailer("bolt")
    body = till.count(7001, 900001, 12, now())
    signed = till.signed(body)
    paths = ["shopify/acme.other", "shopify/bolt.tills", "shopify/none.tills", "square/acme.tills", "ftp/acme.tills"]
    paths += ["shopify/acme", "shopify/tills", "shopify/.", "shopify/acme.%00", "shopify/" + "a" * 300]
    for path in paths:
        response = api.send("POST", f"/v1/hooks/{path}", content=body, headers=signed)
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), path


def test_a_body_above_a_mebibyte_is_refused(world: World, api: Api) -> None:
    till = tills(world, api, Protocol.GENERIC)
    assert till.send(b" " * (2**20 + 1)).status_code == 413


def test_generic_deliveries_are_five_minutes_good_and_may_carry_several_signatures(world: World, api: Api) -> None:
    till = tills(world, api, Protocol.GENERIC)
    body = till.count("001", "A-1", 4, now())
    signed = till.signed(body)
    several = signed | {"webhook-signature": f"v1a,AAAA v1,AAAA {signed['webhook-signature']}"}
    outcome(till.post(body, several), applied=1)
    stale = signed | {"webhook-timestamp": str(int(signed["webhook-timestamp"]) - 301)}
    assert till.post(body, stale).status_code == 401


def test_lightspeed_may_write_its_digest_either_way(world: World, api: Api) -> None:
    till = tills(world, api, Protocol.LIGHTSPEED)
    body = till.count("7001", "900001", 4, now())
    digest = bytes.fromhex(till.signed(body)["X-Signature"][10:74])
    text = base64.b64encode(digest).decode()
    outcome(till.post(body, {"X-Signature": f"signature={text}, algorithm=HMAC-SHA256"}), applied=1)
    assert till.post(body, {"X-Signature": f"signature={text},algorithm=MD5"}).status_code == 401


def test_shopify_null_is_unknown_and_less_than_nothing_is_none(world: World, api: Api) -> None:
    till = tills(world, api, Protocol.SHOPIFY)
    at = now()
    outcome(till.send(till.count(7001, 900001, -3, at)), applied=1)
    assert shelf(world) == (Claim.OUT_OF_STOCK, 0)
    outcome(till.send(till.count(7001, 900001, None, at + dt.timedelta(seconds=1))), applied=1)
    assert shelf(world) == (Claim.UNKNOWN, None)
    assert api.ask(f"gtin={SHAMPOO}&lat=37.77&lon=-122.42&availability=all")["stores"][0]["availability"] == "unknown"


def test_shopify_events_of_one_second_are_told_apart_by_when_they_were_triggered(world: World, api: Api) -> None:
    till = tills(world, api, Protocol.SHOPIFY)
    at = now()

    def triggered(ms: int, units: int) -> httpx.Response:
        moment = (at + dt.timedelta(milliseconds=ms)).isoformat()
        return till.send(till.count(7001, 900001, units, at), **{"X-Shopify-Triggered-At": moment})

    outcome(triggered(700, 8), applied=1)
    outcome(triggered(100, 9), older_ignored=1)
    outcome(triggered(900, 7), applied=1)
    # The header is not signed: it cannot make an old event outrank one of a later second.
    later = at + dt.timedelta(seconds=1)
    outcome(till.send(till.count(7001, 900001, 6, later)), applied=1)
    outcome(triggered(3_600_000, 99), older_ignored=1)
    assert shelf(world) == (Claim.IN_STOCK, 6)


def test_square_counts_only_what_is_in_stock_in_whole_units(world: World, api: Api) -> None:
    till = tills(world, api, Protocol.SQUARE)
    count = {"catalog_object_id": "900001", "location_id": "7001", "calculated_at": now().isoformat()}
    sold = count | {"state": "SOLD", "quantity": "99"}
    stock = count | {"state": "IN_STOCK", "quantity": "7.99999"}
    broken = stock | {"quantity": "many"}
    outcome(till.send(square([sold, stock, broken])), applied=1, rejected=1)
    assert shelf(world) == (Claim.IN_STOCK, 7)
    assert state_of(world)["problems"][-1]["code"] == "event_unreadable"
    outcome(till.send(square([stock], "catalog.version.updated")), ignored=1)


def test_what_a_verified_sender_says_wrongly_is_told_and_not_sent_again(world: World, api: Api) -> None:
    till = tills(world, api, Protocol.GENERIC)
    item = {"store_code": "001", "id": "A-1"}
    wrong = [item | {"op": "adjust", "delta": -1}, item, {"store_code": "001", "quantity": 1}, {"quantity": 1}]
    body = json.dumps({"type": "stock", "data": {"items": [*wrong, item | {"quantity": 3}]}}).encode()
    outcome(till.send(body), applied=1, rejected=4)
    outcome(till.send(b"[1"), rejected=1)
    codes = [problem["code"] for problem in state_of(world)["problems"]]
    assert codes == ["event_relative", "quantity_missing", "id_missing", "event_unreadable", "event_unreadable"]
    assert state_of(world)["events"]["rejected"] == 5


def test_a_deleted_article_is_out_of_stock_and_seq_orders(world: World, api: Api) -> None:
    till = tills(world, api, Protocol.GENERIC)
    gone = json.dumps({"op": "delete", "store_code": "001", "id": "A-1", "seq": 7}).encode()
    back = json.dumps({"op": "upsert", "store_code": "001", "gtin": str(SHAMPOO), "quantity": 2, "seq": 6}).encode()
    outcome(till.send(gone), applied=1)
    assert shelf(world) == (Claim.OUT_OF_STOCK, 0)
    late = json.loads(back) | {"id": "A-1"}
    outcome(till.send(json.dumps(late).encode()), older_ignored=1)
    assert shelf(world) == (Claim.OUT_OF_STOCK, 0)


def test_events_wait_for_their_store_and_their_product(world: World, api: Api) -> None:
    till = tills(world, api, Protocol.SHOPIFY)
    at = now()
    outcome(till.send(till.count(7003, 900001, 4, at)), parked=1)
    outcome(till.send(till.count(7001, 900003, 5, at)), parked=1)
    outcome(till.send(till.count(7001, 900003, 6, at + dt.timedelta(seconds=1))), parked=1)
    outcome(till.send(till.count(7001, 900003, 5, at)), older_ignored=1)
    assert world.index() == {}
    problems = [(told["code"], told["location"], told["item"]) for told in state_of(world)["problems"]]
    assert problems == [("store_unknown", "7003", "900001"), *[("product_unknown", "7001", "900003")] * 2]
    world.events.retry()
    assert world.index() == {}
    world.push("products", "id,title\n900003,Tea\n")
    with world.db.write() as tx:
        source = tx.sources.get("acme", "tills")
        source.profile = type(source.profile)(**MAPS | {"locations": MAPS["locations"] | {"7003": "002"}})
        tx.sources.put(source)
    world.events.retry()
    assert shelf(world, "002") == (Claim.IN_STOCK, 4)
    assert shelf(world, "001", world.product_id("900003")) == (Claim.IN_STOCK, 6)
    before = state_of(world)
    world.events.retry()
    assert state_of(world) == before
    assert before["events"]["applied"] == 2


def test_an_event_is_kept_while_redis_is_away(world: World, api: Api) -> None:
    till = tills(world, api, Protocol.SQUARE)
    world.flush()
    response = till.send(till.count("7001", "900001", 3, now()))
    assert response.json() == {
        "applied": 1, "older_ignored": 0, "parked": 0, "rejected": 0, "ignored": 0, "pending": True
    }  # fmt: skip
    world.work()
    assert shelf(world) == (Claim.IN_STOCK, 3)


def test_events_are_forgotten_in_time(world: World, api: Api) -> None:
    till = tills(world, api, Protocol.SHOPIFY)
    till.send(till.count(7001, 900001, 4, now()))
    till.send(till.count(7009, 900001, 4, now()))
    world.events.tidy()
    ahead = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    keys = [("7001", "900001"), ("7009", "900001")]
    with world.db.write() as tx:
        assert len(tx.events.last("acme", "tills", keys)) == 2
        tx.events.forget(used_before=ahead, waiting_before=ahead - dt.timedelta(days=2))
        assert list(tx.events.last("acme", "tills", keys)) == [keys[1]]
        tx.events.forget(used_before=ahead, waiting_before=ahead)
        assert tx.events.last("acme", "tills", keys) == {}


def test_a_retailer_declares_a_till_and_sees_what_became_of_its_events(world: World, api: Api) -> None:
    key = {"Authorization": f"Bearer {KeyRing(world.db).issue('acme', secret=True)}"}
    declared = {"protocol": "shopify", "kind": "inventory", "credentials": {"secret": SECRET}, "profile": MAPS}
    assert api.send("PUT", "/v1/feed-sources/tills", json=declared, headers=key).status_code == 201
    till = PointOfSale(api, Protocol.SHOPIFY, "acme.tills")
    outcome(till.send(till.count(7001, 900001, 12, now())), applied=1)
    outcome(till.send(till.count(7009, 900001, 12, now())), parked=1)
    state = api.send("GET", "/v1/feed-sources/tills", headers=key).json()["state"]
    assert (state["events"]["applied"], state["events"]["parked"]) == (1, 1)
    assert [problem["code"] for problem in state["problems"]] == ["store_unknown"]
    assert state["heard_at"] is not None


def examples() -> Path:
    folder = os.environ.get("INVENTORY_TEST_DATA")
    if folder is None:
        assert "CI" not in os.environ, "INVENTORY_TEST_DATA must name the folder of the example feeds"
        pytest.skip("INVENTORY_TEST_DATA names no folder of example feeds")
    return Path(folder) / "feed_examples"


def headers_in(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_the_example_of_shopify_verifies(world: World, api: Api) -> None:
    folder = examples()
    till = tills(
        world, api, Protocol.SHOPIFY,
        credentials={"secret": "example-app-secret"}, locations={"655441491": "001"}, items={"808950810": "A-1"},
    )  # fmt: skip
    body = (folder / "shopify_inventory_levels_update.json").read_bytes()
    headers = headers_in(folder / "shopify_inventory_levels_update.headers.txt")
    outcome(till.post(body, headers), applied=1)
    assert shelf(world) == (Claim.IN_STOCK, 12)
    outcome(till.post(body, headers), older_ignored=1)


def test_the_example_of_square_verifies_under_the_address_that_was_registered(world: World, api: Api) -> None:
    folder = examples()
    till = tills(
        world, api, Protocol.SQUARE,
        credentials={"secret": "example-signature-key"},
        settings={"notification_url": "https://ingest.example.org/v1/hooks/square/acme"},
        locations={"YYQR03DGCTXA4": "001"}, items={"FGQ5JJWT2PYTHF35CKZ2DSKP": "A-1"},
    )  # fmt: skip
    body = (folder / "square_inventory_count_updated.json").read_bytes()
    headers = headers_in(folder / "square_inventory_count_updated.headers.txt")
    outcome(till.post(body, headers), applied=1)
    assert shelf(world) == (Claim.IN_STOCK, 10)


def test_the_example_of_lightspeed_is_read(world: World, api: Api) -> None:
    outlet, product = "0af7b240-ab24-11e7-eddc-000000000001", "0af7b240-ab24-11e7-eddc-000000000002"
    till = tills(world, api, Protocol.LIGHTSPEED, locations={outlet: "001"}, items={product: "A-1"})
    outcome(till.send((examples() / "lightspeed_x_inventory_update.form.txt").read_bytes()), applied=1)
    assert shelf(world) == (Claim.IN_STOCK, 7)
