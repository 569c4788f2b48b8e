"""Whole conversations: what was shown is what a number, MORE and BACK lead to, in whatever order they come."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.stock import Claim
from tests.unit.sms.shelf import Shelf, Talk, postcode

NOON = dt.datetime(2026, 11, 22, 20, 0, tzinfo=dt.UTC)
PHONE = "+14155550100"
MILE = 1609.344
STORES = 33


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Talk:
    shelf = Shelf(
        tmp_path_factory.mktemp("shelf"),
        {
            "94103": postcode("94103", "US", 37.7725, -122.4147),
            "60601": postcode("60601", "US", 41.8858, -87.6181),
            "springfield": [
                Place("Springfield", PlaceKind.CITY, "US", 39.8017, -89.6437, "IL", population=2),
                Place("Springfield", PlaceKind.CITY, "US", 37.2153, -93.2982, "MO", population=1),
            ],
        },
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
    opened.sessions.clear()
    opened.shelf.now = NOON
    opened.shelf.index.is_away = False
    opened.shelf.watches.clear()
    return opened


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
