"""An alert from the text that asks for it to the text that ends it: conversation, change, two workers, a provider."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.keys import KeyRing
from tests.integration.alerting import GTIN, sell_out, settle
from tests.integration.program import wait_for
from tests.integration.receiver import Receiver, receiving
from tests.integration.served import PATIENT, Clock, Served, notifier_of, serving
from tests.integration.world import World

WAITS, STOPPED = "+14155550134", "+14155558675"
WITHIN_S = 5.0
A_ROUND_S = 1.2
"""Longer than a worker rests between two looks."""


class Journey:
    """A served world in which nobody has the product, two workers that look at it, and the provider's end."""

    def __init__(self, world: World, served: Served, provider: Receiver, clock: Clock) -> None:
        self.world, self.served, self.provider, self.clock = world, served, provider, clock
        self._key = {"Authorization": f"Bearer {KeyRing(world.db).issue('acme')}"}

    def start_over(self, hour: int) -> None:
        """Nobody has it, nothing was sent, it is this hour."""
        sell_out(self.world)
        self.clock.go_to(hour)
        self.provider.received.clear()

    def ask_for_an_alert(self, phone: str) -> str:
        none = self.served.text(f"{GTIN} near 37.77,-122.42", phone)
        assert none is not None
        assert none.startswith("No store within 3 mi shows Detergent in stock")
        return self.served.text("ALERT", phone) or ""

    def say(self, store_code: str, quantity: int) -> None:
        """A retailer changes stock."""
        items = [{"store_code": store_code, "gtin": GTIN, "quantity": quantity}]
        response = self.served.http.patch("/v1/inventory", json={"items": items}, headers=self._key)
        assert response.status_code == 200, response.text

    @property
    def texts(self) -> list[tuple[str, str]]:
        """What the provider was handed: to whom, and the words."""
        bodies = [orjson.loads(each.body) for each in self.provider.received]
        return [(body["phoneNumbers"][0], body["textMessage"]["text"]) for body in bodies]


@pytest.fixture(scope="module")
def journey(redis_url: str, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    folder = tmp_path_factory.mktemp("journey")
    shutil.copy(empty_database, folder / "inventory.sqlite")
    world = World(Database(f"sqlite:///{folder / 'inventory.sqlite'}"), redis_url, folder)
    settle(world)
    clock = Clock(12)
    with receiving(status=202, said=b'{"id": "1"}') as provider, serving(folder, redis_url, **PATIENT) as served:
        served.add_android(provider.url)
        with _working(served, clock):
            yield Journey(world, served, provider, clock)
    world.close()
    world.db.close()


@contextmanager
def _working(served: Served, clock: Clock) -> Iterator[None]:
    """Two workers."""
    stop = threading.Event()
    workers = [threading.Thread(target=notifier_of(served.here, clock).run, args=(stop,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        stop.set()
        for worker in workers:
            worker.join()


def test_whoever_asked_is_told_once_within_seconds_and_whoever_said_stop_is_not(journey: Journey) -> None:
    journey.start_over(12)
    for phone in (WAITS, STOPPED):
        assert journey.ask_for_an_alert(phone).startswith("OK. We will send one text if Detergent is back within 3 mi")
    assert "you are opted out" in (journey.served.text("STOP", STOPPED) or "")
    journey.say("002", 3)
    begun = time.monotonic()
    wait_for(lambda: journey.texts, WITHIN_S, "the alert")
    assert time.monotonic() - begun < WITHIN_S
    journey.say("001", 3)
    time.sleep(A_ROUND_S)
    [(phone, words)] = journey.texts
    assert phone == WAITS
    assert "Detergent is back at Store 002 0.7mi, seen " in words
    assert "This was your only alert" in words


def test_what_is_back_at_night_is_told_in_the_morning(journey: Journey) -> None:
    journey.start_over(22)
    assert journey.ask_for_an_alert(WAITS).startswith("OK.")
    journey.say("001", 3)
    time.sleep(A_ROUND_S)
    assert journey.texts == []
    journey.clock.go_to(8, 58)
    time.sleep(A_ROUND_S)
    assert journey.texts == []
    journey.clock.go_to(9, 2)
    [(phone, _)] = wait_for(lambda: journey.texts, WITHIN_S, "the alert")
    assert phone == WAITS
