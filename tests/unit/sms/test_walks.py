"""Whole conversations: what was shown is what a number, MORE and BACK lead to, in whatever order they come."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from inventory_api.channels.sms.message import Inbound, Reply
from inventory_api.channels.sms.segments import measure
from inventory_api.channels.sms.session import Session
from inventory_api.channels.sms.talk.fitting import budget
from inventory_api.channels.sms.talk.quest import Choices
from inventory_api.channels.sms.talk.sheet import write_sheet
from inventory_api.domain.stock import Claim
from inventory_api.locales.catalog import Language
from tests.unit.sms.shelf import BRAND, Shelf, Talk, american_towns

NOON = dt.datetime(2026, 11, 22, 20, 0, tzinfo=dt.UTC)
PHONE = "+14155550100"
MILE = 1609.344
STORES = 33


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Talk:
    shelf = Shelf(
        tmp_path_factory.mktemp("shelf"),
        american_towns(),
        NOON,
    )
    milk, bread = shelf.product("Milk 2L"), shelf.product("Bread")
    for number in range(1, STORES + 1):
        kind = "Mart" if number % 3 else "Neighborhood Market"
        store = shelf.store(f"N{number} {kind}", "94103", number * 0.08 * MILE, phone="+14155550101")
        shelf.say(store, milk, Claim.IN_STOCK, NOON - dt.timedelta(minutes=number))
    far = shelf.store("Far Mart", "94103", 8 * MILE)
    shelf.say(far, bread, Claim.IN_STOCK, NOON - dt.timedelta(minutes=1))
    shelf.say(shelf.stores[0], bread, Claim.OUT_OF_STOCK, NOON - dt.timedelta(minutes=1))
    for which in range(2):
        shelf.store("Springfield Mart", "springfield", 500, which, city="Springfield")
    for title in ("USB-C charger 20W", "iPhone Lightning charger", "Laptop charger 65W", "Fuse 5A", "Fuse 10A"):
        shelf.say(shelf.stores[0], shelf.product(title), Claim.IN_STOCK, NOON - dt.timedelta(minutes=1))
    return shelf.open()


@pytest.fixture
def talk(opened: Talk) -> Talk:
    """The same shop, with nothing remembered."""
    return opened.afresh(NOON)


def said(talk: Talk, text: str) -> str:
    reply = talk.text(text, PHONE)
    assert reply is not None
    return reply


def names(listing: str) -> list[str]:
    """The stores of a list, by the beginnings of their names, which differ."""
    return [line.split()[1] for line in listing.splitlines() if line[:1].isdigit()]


def test_page_by_page_each_store_is_shown_once_and_back_shows_what_was(talk: Talk) -> None:
    pages = [said(talk, "milk 94103")]
    while not (page := said(talk, "MORE")).startswith("These are all stores"):
        pages.append(page)
    assert [name for page in pages for name in names(page)] == [f"N{number}" for number in range(1, STORES + 1)]
    assert {len(names(page)) for page in pages} > {2}
    for page in reversed(pages[:-1]):
        assert said(talk, "BACK") == page
    assert said(talk, "BACK") == pages[0]


def test_from_any_page_a_number_leads_to_its_store_and_back(talk: Talk) -> None:
    page = said(talk, "milk 94103")
    for _ in range(4):
        for number, name in enumerate(names(page), start=1):
            assert said(talk, str(number)).startswith(f"{name} ")
            assert said(talk, "BACK") == page
        page = said(talk, "MORE")


def test_of_a_store_that_is_no_more_the_list_is_made_anew(talk: Talk, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, {"94103": talk.shelf.places["94103"]}, NOON)
    milk = shelf.product("Milk 2L")
    for number in range(1, 7):
        store = shelf.store(f"N{number} Mart", "94103", number * 0.08 * MILE)
        shelf.say(store, milk, Claim.IN_STOCK, NOON)
    closing = shelf.open()
    for text, gone in (("1", 0), ("MORE", 4)):
        said(closing, "milk 94103")
        store = shelf.stores.pop(gone)
        closing = Talk(shelf, shelf.open().dialogue, closing.directory, closing.sessions)
        left = [f"N{store.store_code}" for store in shelf.stores]
        shown = names(said(closing, text))
        assert shown == left[: len(shown)]
        assert said(closing, "1").startswith(f"{left[0]} ")


@pytest.mark.parametrize(
    ("asked", "named", "chosen"),
    [
        ("charger 94103", "20w", "USB-C charger 20W near 94103:"),
        ("charger 94103", "the 20w one", "USB-C charger 20W near 94103:"),
        ("charger 94103", "laptop wala", "Laptop charger 65W, 94103 ke qareeb:"),
        ("charger 94103", "charger for laptop please", "Laptop charger 65W near 94103:"),
        ("charger 94103", "Laptop charger 65W", "Laptop charger 65W near 94103:"),
        ("fuse 94103", "fuse 10a", "Fuse 10A near 94103:"),
        ("fuse 94103", "10A", "Fuse 10A near 94103:"),
        ("milk springfield", "IL", "No store within 3 mi has told us about Milk 2L."),
    ],
)
def test_who_names_one_of_what_is_offered_chooses_it(talk: Talk, asked: str, named: str, chosen: str) -> None:
    assert said(talk, asked).startswith("Which ")
    assert said(talk, named).startswith(chosen)


@pytest.mark.parametrize("named", ["fuse", "bread", "milk 94103", "charger 60601"])
def test_who_names_none_or_several_of_what_is_offered_asks_anew(talk: Talk, named: str) -> None:
    said(talk, "charger 94103")
    menu, place = talk.sessions[PHONE].menu, talk.sessions[PHONE].place
    said(talk, named)
    assert (talk.sessions[PHONE].menu, talk.sessions[PHONE].place) != (menu, place)


@pytest.mark.parametrize("command", ["AGAIN", "BACK", "MORE"])
@pytest.mark.parametrize("asked", ["bread springfield", "bread near nowhereville"])
def test_while_a_place_is_not_clear_nobody_is_told_of_another(talk: Talk, asked: str, command: str) -> None:
    said(talk, "milk 94103")
    question = said(talk, asked)
    assert said(talk, command) == question
    assert said(talk, "WIDER") == question
    said(talk, "60601")
    assert said(talk, "milk") != question
    assert said(talk, "milk 94103").startswith("Milk 2L near 94103:")


def test_an_outage_of_places_keeps_the_place_too(talk: Talk) -> None:
    said(talk, "milk 94103")
    talk.shelf.index.is_away = True
    assert said(talk, "milk 60601").startswith("Sorry, we cannot check stock right now.")
    talk.shelf.index.is_away = False
    assert said(talk, "AGAIN").startswith("No store within 3 mi has told us about Milk 2L.")


def test_a_language_that_was_chosen_is_chosen(talk: Talk) -> None:
    listed = said(talk, "milk 94103")
    said(talk, "LANG")
    said(talk, "3")
    assert said(talk, "1").startswith("Cheez aur jagah likhein")
    assert talk.sessions[PHONE].language == "ur-Latn"
    assert names(said(talk, "AGAIN")) == names(listed)
    said(talk, "LANG ENGLISH")
    assert said(talk, "1").startswith("N1 ")


def test_a_language_may_be_chosen_before_the_place_is_told(talk: Talk) -> None:
    said(talk, "milk")
    said(talk, "LANG")
    said(talk, "1")
    assert said(talk, "nowhereville").startswith('We do not know the place "nowhereville"')
    assert said(talk, "94103").startswith("Milk 2L near 94103:")
    said(talk, "FORGET")
    said(talk, "LANG")
    said(talk, "1")
    assert said(talk, "milk").startswith("Where are you?")


def test_digits_of_any_script_are_no_fault(talk: Talk) -> None:
    # Ethiopic digits are digits to Unicode, and no number to Python.
    said(talk, "milk 94103")
    assert said(talk, "option ፩")


@pytest.mark.parametrize("command", ["FORGET", "NOALERT", "START"])
def test_what_did_not_work_is_to_be_sent_again_and_no_search_goes_on(talk: Talk, command: str) -> None:
    said(talk, "milk 94103")
    talk.shelf.watches.is_away = True
    assert said(talk, command) == "Sorry, that did not work. Please send it again in a few minutes."
    assert talk.sessions[PHONE].place is not None


WORDS = (
    "milk", "milk 94103", "milk near springfield", "bread 60601", "charger 94103", "fuse", "دودھ 94103", "పాలు 94103",
    "doodh 94103 ke qareeb", "paalu 94103 daggara", "springfield", "94103", "nowhereville", "bread near nowhereville",
    "MORE", "مزید", "ఇంకా", "mazeed", "inka", "BACK", "واپس", "venakki", "WIDER", "AGAIN", "ALERT", "NOALERT", "LANG",
    "LANG URDU", "lang roman telugu", "lang english", "FORGET", "HELP", "STOP", "START", "1", "2", "3", "9", "😀", "IL",
    "xqzt", "20w", "5449000000996", "tell me when it is back",
)  # fmt: skip
LEADS_TO = {
    Choices.PRODUCTS: ("list", "none"),
    Choices.PLACES: ("list", "none", "choose", "what"),
    Choices.OFFERS: ("watch", "list", "none"),
    Choices.LANGUAGES: ("lang_set",),
}


@pytest.fixture(scope="module")
def sheet() -> dict[str, re.Pattern[str]]:
    """The texts that operators let pass."""
    file = io.StringIO()
    write_sheet(file, "US", BRAND)
    rows = csv.DictReader(io.StringIO(file.getvalue()))
    return {
        row["template"]: re.compile(".{0,40}".join(map(re.escape, row["text"].split("{#var#}"))), re.DOTALL)
        for row in rows
    }


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_said_in_whatever_order(talk: Talk, sheet: dict[str, re.Pattern[str]], seed: int) -> None:
    asyncio.run(_walk(talk, sheet, random.Random(seed).choices(WORDS, k=16)))


async def _walk(talk: Talk, sheet: dict[str, re.Pattern[str]], texts: list[str]) -> None:
    session = Session()
    for text in texts:
        is_out = PHONE in talk.shelf.watches.out
        reply = await _answer(talk, text, session)
        assert (reply is None) == (is_out and text != "START")
        if reply is None:
            continue
        assert sheet[reply.key].fullmatch(reply.text), reply
        assert measure(reply.text).segments <= budget(Language(reply.key.partition(".")[2]))
        if text == "FORGET":
            assert session == Session()
        menu, shown = session.menu, 0
        for line in reply.text.splitlines():
            shown += line.startswith(f"{shown + 1} ")
        if menu is None:
            assert not shown
        elif menu.kind == Choices.STORES and shown:
            assert shown == menu.shown - menu.asked["pages"][-1]
            for number in range(1, shown + 1):
                await _is_of(talk, session, reply, str(number))
        elif shown or reply.key.startswith("none"):
            assert len(menu.ids) == shown or not shown
            for number in range(1, len(menu.ids) + 1):
                there = await _answer(talk, str(number), replace(session))
                assert there is not None
                assert there.key.startswith(LEADS_TO[Choices(menu.kind)])


async def _is_of(talk: Talk, session: Session, listed: Reply, number: str) -> None:
    """A number of a list leads to its store, and BACK to the list."""
    there = replace(session)
    details, back = await _answer(talk, number, there), await _answer(talk, "BACK", there)
    assert details is not None
    assert back is not None
    assert details.key.startswith("details")
    assert details.slots["store"].split()[0] == listed.slots[f"store_{number}"].split()[0]
    assert back.text == listed.text or "typo" in listed.key


async def _answer(talk: Talk, text: str, session: Session) -> Reply | None:
    return await talk.dialogue.answer(Inbound("test", None, PHONE, "", text, NOON), session)


def test_who_opted_out_is_forgotten_in_silence(talk: Talk) -> None:
    said(talk, "milk 94103")
    said(talk, "STOP")
    assert talk.text("FORGET", PHONE) is None
    assert talk.sessions[PHONE] == Session()
