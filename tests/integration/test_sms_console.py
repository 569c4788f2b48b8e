"""``inventory-api sms``: a feed comes in, a phone on the terminal asks, and what is put together is what is served."""

from __future__ import annotations

import asyncio
import io

import orjson
import pytest

from inventory_api.cli.ask import ask_near
from inventory_api.cli.compose import Installation, sms_sender
from inventory_api.cli.sms import converse_on_terminal
from inventory_api.domain.errors import InvalidInput, PlaceNotFound
from inventory_api.lookup.answer import Question
from inventory_api.settings import Settings
from tests.integration.world import World

STORES = (
    "store_code,name,street,city,lat,lon,country,currency,timezone,phone,opening_hours\n"
    "1,FreshMart,120 Mission St,San Francisco,37.7783,-122.4147,US,USD,America/Los_Angeles,+14155550134,24/7\n"
    "2,Corner Store,9 Oak St,San Francisco,37.7856,-122.4147,US,USD,America/Los_Angeles,,\n"
)
PRODUCTS = "id,gtin,title\nA-1,5449000000996,Coca-Cola 1.5L\nA-2,,Milk 2L\nA-3,,Bread\n"
STOCK = "store_code,id,quantity,price\n1,A-1,4,1.99\n1,A-2,9,3.49\n2,A-2,1,3.29\n1,A-3,0,2.00\n"


@pytest.fixture
def here(world: World) -> Installation:
    world.add_retailer("acme")
    world.push("stores", STORES)
    world.push("products", PRODUCTS)
    world.push("inventory", STOCK)
    settings = Settings(data_dir=world.data_dir, brand_name="ShelfCheck", help_contact="help@example.org")
    return Installation(settings, world.redis_url, world.db)


def texts(
    here: Installation, capsys: pytest.CaptureFixture[str], *lines: str, sender: str = "+14155550100"
) -> list[str | None]:
    terminal = io.StringIO("".join(f"{line}\n" for line in lines))
    asyncio.run(converse_on_terminal(here, terminal, sender, is_json=True))
    said = [orjson.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(each.keys() == {"reply", "encoding", "units", "segments"} for each in said)
    return [each["reply"] for each in said]


def test_a_phone_on_the_terminal(here: Installation, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    asked, one, code, none, alert, undo, help_ = texts(
        here, capsys, "milk 94103", "1", "5449000000996", "bread", "ALERT", "NOALERT", "help"
    )
    assert asked == (
        "Milk 2L near 94103:\n1 FreshMart 0.4mi - in stock (just now)\n"
        "2 Corner Store 0.9mi - few left (just now), call first\nReply 1 or 2 for details"
    )
    assert one is not None
    assert one.startswith("FreshMart, 120 Mission St. Milk 2L $3.49, in stock at ")
    assert "Open 24 hours. Tel 415-555-0134. Stock can change and is not held" in one
    assert code is not None
    assert code.startswith("Coca-Cola 1.5L near 94103:\n1 FreshMart")
    assert none is not None
    assert none.startswith("No store within 3 mi shows Bread in stock (1 store checked ")
    assert alert is not None
    assert alert.startswith("OK. We will send one text if Bread is back within 3 mi of 94103")
    assert undo == "OK, no alert will be sent for it."
    assert help_ is not None
    assert help_.startswith("ShelfCheck: text item + place (MILK 94103)")

    stopped, silent, back = texts(here, capsys, "stop", "milk", "start")
    assert stopped == "ShelfCheck: you are opted out and will get no more texts. Reply START to come back."
    assert silent is None
    assert back is not None

    assert [*world.redis.scan_iter(match="sms:known:*")]
    assert texts(here, capsys, "FORGET") == ["Done. Your place, language, searches and alerts are deleted."]
    assert [*world.redis.scan_iter(match="sms:known:*")] == [*world.redis.scan_iter(match="sms:menu:*")] == []


def test_a_brand_that_does_not_fit_starts_nothing() -> None:
    with pytest.raises(InvalidInput, match="20 units"):
        sms_sender(Settings(brand_name="A brand of 21 letters"))


@pytest.mark.parametrize("near", ["94103", "San Francisco", "37.7725,-122.4147"])
def test_a_question_from_the_command_line_names_its_place_as_people_do(here: Installation, near: str) -> None:
    answer = asyncio.run(ask_near(here, Question(5449000000996, radius_m=16_000), near))
    assert [hit.store.name for hit in answer.hits] == ["FreshMart"]


def test_a_place_that_nobody_knows_is_told_on_the_command_line(here: Installation) -> None:
    with pytest.raises(PlaceNotFound, match="no place is known as 'Nowhereville'"):
        asyncio.run(ask_near(here, Question(5449000000996), "Nowhereville"))
