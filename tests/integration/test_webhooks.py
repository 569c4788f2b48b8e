"""Events on their way to a retailer: signed, at least once, on schedule, and never into our own network."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from ingest.outbound import Outbound
from ingest.webhooks.courier import LEASE_S, REST, Courier
from ingest.webhooks.desk import WebhookDesk
from ingest.webhooks.secrets import OVERLAP, Secrets
from inventory_api.channels.rest.events import SENT
from inventory_api.domain.errors import InvalidInput, UnknownEndpoint
from inventory_api.domain.feed import FeedKind, FeedMode, RunStatus
from inventory_api.domain.source import FeedSource, Protocol
from inventory_api.domain.webhook import RETRIES, SUBSCRIBABLE, Delivery, Event
from inventory_api.storage.vault import Vault
from tests.integration.receiver import Receiver, receiving
from tests.integration.world import World

GTIN = "00037000185062"
STOCK = f"store_code,gtin,quantity\n001,{GTIN},5\n"
ALL = [event.value for event in SUBSCRIBABLE]
SECRETS = Secrets(Vault(bytes(32)))
LOOPBACK = Outbound(["127.0.0.1"])


class Clock:
    """Stands still until it is put ahead."""

    def __init__(self) -> None:
        self.now = dt.datetime.now(dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now


class Post:
    """The outbox of a world, its courier and its retailer's receiver."""

    def __init__(self, world: World, receiver: Receiver) -> None:
        self.world, self.receiver = world, receiver
        self.clock = Clock()
        self.desk = WebhookDesk(world.db, SECRETS, LOOPBACK)
        self.client = LOOPBACK.client(follow_redirects=False)
        self.courier = Courier(world.db, SECRETS, lambda: self.client, now=self.clock)

    def subscribe(self, endpoint_id: str = "main", events: list[str] | None = None, url: str | None = None) -> str:
        _, secret = self.desk.put("acme", endpoint_id, url=url or self.receiver.url, events=events or ALL)
        assert secret is not None
        return secret

    def deliver(self) -> int:
        """Send all that is due; how many attempts that took."""
        self.clock.now = max(self.clock.now, dt.datetime.now(dt.UTC))
        attempts = 0
        while self.courier.step(self.client):
            attempts += 1
        return attempts

    def deliveries(self, endpoint_id: str = "main") -> list[Delivery]:
        with self.world.db.read() as tx:
            return tx.webhooks.deliveries("acme", endpoint_id, 100)

    def bodies(self) -> list[dict[str, Any]]:
        """What was received, each of the shape that the document says."""
        bodies = [orjson.loads(each.body) for each in self.receiver.received]
        for body in bodies:
            SENT[Event(body["type"])].model_validate(body)
        return bodies


@pytest.fixture
def post(world: World) -> Iterator[Post]:
    world.add_retailer("acme", ["001"])
    with receiving() as receiver:
        made = Post(world, receiver)
        yield made
        made.client.close()


def test_the_end_of_a_run_is_told_signed_as_the_library_verifies(post: Post) -> None:
    secret = post.subscribe()
    run = post.world.push("inventory", STOCK)
    assert post.deliver() == 1
    [request] = post.receiver.received
    body = Webhook(secret).verify(request.body, request.headers)
    assert body["type"] == "feed_run.published"
    told = body["data"]["feed_run"]
    assert (told["id"], told["status"], told["rows"]["accepted"]) == (run.id, "published", 1)
    assert told["links"]["self"] == f"/v1/feed-runs/{run.id}"
    assert len(request.body) < 20_000
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(request.body + b" ", request.headers)
    [delivery] = post.deliveries()
    assert (delivery.answer, delivery.due_at, delivery.attempts) == ("204", None, 1)
    assert delivery.delivered_at is not None
    assert post.deliver() == 0


def test_every_end_that_uses_nothing_is_a_failure_and_trials_are_nobodys_business(post: Post) -> None:
    post.subscribe()
    post.world.push("inventory", STOCK, dry_run=True)
    rejected = post.world.push("inventory", "store_code,gtin,quantity\n")
    assert rejected.status is RunStatus.REJECTED
    post.deliver()
    [body] = post.bodies()
    assert (body["type"], body["data"]["feed_run"]["status"]) == ("feed_run.failed", "rejected")


def test_who_did_not_ask_is_not_told_and_nor_is_another_retailer(post: Post) -> None:
    post.subscribe("calm", ["feed_run.quarantined"])
    post.subscribe("loud")
    post.world.add_retailer("bolt", ["001"])
    post.world.push("inventory", STOCK, retailer_id="bolt")
    post.world.push("inventory", STOCK)
    assert post.deliver() == 1
    assert post.deliveries("calm") == []


def test_the_event_is_committed_with_the_end_of_the_run_or_not_at_all(post: Post) -> None:
    post.subscribe()
    run = post.world.upload("inventory", STOCK)
    db = post.world.db
    with db.write() as tx:
        claimed = tx.runs.claim("me", dt.datetime.now(dt.UTC), 60)
    assert claimed is not None
    claimed.status = RunStatus.FAILED

    def end_and_fail() -> None:
        with db.write() as tx:
            tx.runs.save(claimed)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        end_and_fail()
    assert (post.deliveries(), post.world.run(run).status) == ([], RunStatus.RUNNING)
    with db.write() as tx:
        tx.runs.save(claimed)
    assert [delivery.event for delivery in post.deliveries()] == ["feed_run.failed"]


def test_a_run_that_is_created_as_ended_is_told(post: Post) -> None:
    post.subscribe()
    run = post.world.upload("inventory", STOCK)
    run.id, run.status = f"{run.id}x", RunStatus.FETCH_FAILED
    with post.world.db.write() as tx:
        tx.runs.create(run)
    assert [delivery.payload["data"]["feed_run"]["status"] for delivery in post.deliveries()] == ["fetch_failed"]


@pytest.mark.parametrize("status", [500, 301, 404])
def test_it_is_sent_again_on_schedule_under_one_id_and_given_up_at_last(post: Post, status: int) -> None:
    post.receiver.status = status
    post.receiver.headers = {"Location": "http://127.0.0.1:1/elsewhere"}
    post.subscribe()
    post.world.push("inventory", STOCK)
    assert post.deliver() == 1
    for pause in RETRIES[1:]:
        [delivery] = post.deliveries()
        assert delivery.due_at is not None
        assert pause <= delivery.due_at - post.clock.now <= pause * 1.1
        assert post.deliver() == 0
        post.clock.now = delivery.due_at
        assert post.deliver() == 1
    [delivery] = post.deliveries()
    assert (delivery.due_at, delivery.delivered_at, delivery.answer) == (None, None, str(status))
    assert len(set(post.receiver.ids)) == 1
    assert len(post.receiver.received) == len(RETRIES)


def test_killed_between_sending_and_knowing_it_is_sent_again_under_the_same_id(post: Post) -> None:
    post.subscribe()
    post.world.push("inventory", STOCK)
    post.clock.now = dt.datetime.now(dt.UTC)
    with post.world.db.write() as tx:
        claimed = tx.webhooks.claim_due(post.clock.now, LEASE_S)
    assert claimed is not None
    slow, _ = claimed
    # The worker dies here, its request perhaps on the wire. Nobody else sends while it may be alive.
    assert post.deliver() == 0
    post.clock.now += dt.timedelta(seconds=LEASE_S + 1)
    assert post.deliver() == 1
    assert post.receiver.ids == [slow.id]
    # It was only slow after all: its late word changes nothing.
    slow.answer, slow.due_at = "500", post.clock.now
    with post.world.db.write() as tx:
        assert not tx.webhooks.settle(slow)
    assert post.deliver() == 0


def test_gone_disables_the_endpoint_until_it_is_put_again(post: Post) -> None:
    post.subscribe()
    post.receiver.status = 410
    post.world.push("inventory", STOCK)
    post.deliver()
    endpoint, deliveries = post.desk.get("acme", "main")
    assert endpoint.disabled == "it answered 410 Gone"
    assert [delivery.due_at for delivery in deliveries] == [None]
    post.world.push("inventory", STOCK.replace("5", "6"))
    assert len(post.deliveries()) == 1
    endpoint, secret = post.desk.put("acme", "main", url=post.receiver.url, events=ALL)
    assert (endpoint.disabled, secret) == (None, None)


@pytest.mark.parametrize("status", [429, 502, 504])
def test_a_receiver_that_asks_for_rest_gets_it_for_everything(post: Post, status: int) -> None:
    post.receiver.status, post.receiver.headers = status, {"Retry-After": "600"}
    post.subscribe()
    post.world.push("inventory", STOCK)
    post.world.push("inventory", STOCK.replace("5", "6"))
    assert post.deliver() == 1
    due = [delivery.due_at for delivery in post.deliveries()]
    assert all(at is not None and at - post.clock.now == dt.timedelta(minutes=10) for at in due)


def test_an_endpoint_that_does_not_answer_does_not_hold_up_the_others(post: Post) -> None:
    post.subscribe("dead", url="http://127.0.0.1:1/nobody")
    post.subscribe("main")
    post.world.push("inventory", STOCK)
    post.world.push("inventory", STOCK.replace("5", "6"))
    assert post.deliver() == 3
    assert len(post.receiver.received) == 2
    waiting = post.deliveries("dead")
    assert all(each.due_at is not None and each.due_at <= post.clock.now + REST for each in waiting)
    assert "ConnectError" in str([each.answer for each in waiting])


def test_our_own_network_is_out_of_reach_whatever_a_name_resolves_to(world: World) -> None:
    world.add_retailer("acme", ["001"])
    strict = Outbound(resolver=lambda host, port: ["127.0.0.1"])
    desk = WebhookDesk(world.db, SECRETS, strict)
    desk.put("acme", "main", url="https://hooks.example/inward", events=ALL)
    world.push("inventory", STOCK)
    with strict.client(follow_redirects=False) as client:
        assert Courier(world.db, SECRETS, lambda: client).step(client)
    [delivery] = desk.get("acme", "main")[1]
    assert "not public" in str(delivery.answer)


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example/", "ftp://hooks.example/", "https://", "https://u:p@hooks.example/", "https://a b/", "x",
     "https://hooks.example:22/", "https://[::1"],
)  # fmt: skip
def test_an_address_that_nothing_is_sent_to_is_refused_at_once(world: World, url: str) -> None:
    world.add_retailer("acme")
    with pytest.raises(InvalidInput):
        WebhookDesk(world.db, SECRETS, Outbound()).put("acme", "main", url=url, events=ALL)


def test_both_secrets_sign_for_a_day_after_a_rotation(post: Post) -> None:
    old = post.subscribe()
    _, new = post.desk.rotate("acme", "main")
    post.desk.send_test("acme", "main")
    post.deliver()
    [request] = post.receiver.received
    for secret in (old, new):
        assert Webhook(secret).verify(request.body, request.headers)["type"] == "test"
    with post.world.db.read() as tx:
        sealed = tx.webhooks.get("acme", "main").secret
    later = SECRETS.headers(sealed, "msg_1", dt.datetime.now(dt.UTC) + OVERLAP, "{}")
    assert len(later["webhook-signature"].split()) == 1
    assert old.encode() not in sealed
    assert new.encode() not in sealed


def test_silence_is_told_once_for_each_time_it_falls(post: Post) -> None:
    post.subscribe(events=["feed.stale"])
    now = post.clock.now
    source = FeedSource(
        "acme", "nightly", FeedKind.INVENTORY, FeedMode.FULL, Protocol.HTTPS, now, now,
        settings={"every_s": 3600}, heard_at=now,
    )  # fmt: skip
    with post.world.db.write() as tx:
        tx.sources.put(source)
    for hours in (0, 2.9, 3.1, 3.2, 30):
        post.clock.now = now + dt.timedelta(hours=hours)
        post.courier.look()
        post.courier.look()
        assert len(post.deliveries()) == (hours > 3)
    source.heard_at = now + dt.timedelta(hours=31)
    with post.world.db.write() as tx:
        tx.sources.save(source)
    post.clock.now = now + dt.timedelta(hours=40)
    post.courier.look()
    post.deliver()
    assert [body["type"] for body in post.bodies()] == ["feed.stale"] * 2
    assert {body["data"]["source"] for body in post.bodies()} == {"nightly"}


def test_without_a_source_the_retailers_own_promise_counts(post: Post) -> None:
    post.subscribe(events=["feed.stale"])
    post.world.push("inventory", STOCK)
    post.courier.look()
    assert post.deliveries() == []
    post.clock.now += dt.timedelta(hours=25)
    post.courier.look()
    assert [delivery.payload["data"]["source"] for delivery in post.deliveries()] == [None]


def test_what_was_delivered_long_ago_is_forgotten_and_with_the_endpoint_everything(post: Post) -> None:
    post.subscribe()
    post.world.push("inventory", STOCK)
    post.clock.now += dt.timedelta(days=31)
    post.courier.look()
    assert len([each for each in post.deliveries() if each.event == "feed_run.published"]) == 1
    post.deliver()
    post.courier.look()
    assert [each.event for each in post.deliveries() if each.event == "feed_run.published"] == []
    post.desk.delete("acme", "main")
    assert post.deliveries() == []
    with pytest.raises(UnknownEndpoint):
        post.desk.delete("acme", "main")


def test_a_worker_delivers_beside_its_runs(post: Post) -> None:
    post.subscribe()
    courier = Courier(post.world.db, SECRETS, lambda: LOOPBACK.client(follow_redirects=False))
    worker = post.world.new_worker(beside=(courier.run,))
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        post.world.upload("inventory", STOCK)
        assert post.receiver.arrived.wait(20)
    finally:
        stop.set()
        thread.join()
    assert [body["type"] for body in post.bodies()] == ["feed_run.published"]


def test_a_retry_after_that_says_nothing_is_passed_over(post: Post) -> None:
    post.receiver.status, post.receiver.headers = 503, {"Retry-After": "soon"}
    post.subscribe()
    post.world.push("inventory", STOCK)
    assert post.deliver() == 1
    assert [delivery.answer for delivery in post.deliveries()] == ["503"]
