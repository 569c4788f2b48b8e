"""What leads to what: menus, pages, places, alerts, opting out, and what is never said."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest

from inventory_api.channels.sms.alerts import words_of
from inventory_api.channels.sms.message import Inbound, Media
from inventory_api.channels.sms.segments import is_gsm7
from inventory_api.channels.sms.session import Session
from inventory_api.channels.sms.talk.quest import Choices, Quest
from inventory_api.domain.availability import Availability as Status
from inventory_api.domain.errors import AlreadyAvailable, InvalidInput, TooManyWatches
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.ports import Alert
from inventory_api.domain.stock import Claim
from inventory_api.lookup.answer import Question
from inventory_api.lookup.availability import Availability
from tests.fakes import FakeRemotePlaces
from tests.unit.sms.shelf import BRAND, Shelf, Talk, american_towns, postcode

NOON = dt.datetime(2026, 11, 22, 20, 0, tzinfo=dt.UTC)
PHONE = "+14155550100"
KILOMETRE, MILE = 1000.0, 1609.344


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Talk:
    shelf = Shelf(
        tmp_path_factory.mktemp("shelf"),
        american_towns(),
        NOON,
        remote=FakeRemotePlaces(
            **{"2000 mission st": Place("2000 Mission Street", PlaceKind.ADDRESS, "US", 37.7649, -122.4194, "CA")}
        ),
    )
    milk, bread = shelf.product("Milk 2L"), shelf.product("Bread")
    for number in range(1, 6):
        store = shelf.store(f"Mart {number}", "94103", number * 0.5 * MILE, phone=f"+1415555010{number}")
        shelf.say(store, milk, Claim.IN_STOCK, NOON - dt.timedelta(minutes=number), quantity=37)
    far = shelf.store("Far Mart", "94103", 8 * MILE)
    shelf.say(far, bread, Claim.IN_STOCK, NOON - dt.timedelta(minutes=1))
    shelf.say(shelf.stores[0], bread, Claim.OUT_OF_STOCK, NOON - dt.timedelta(minutes=1))
    for which in range(2):
        shelf.store("Springfield Mart", "springfield", 500, which, city="Springfield")
    shelf.product("Unheard Of")
    shelf.product("Juice, 1 gal")
    shelf.say(shelf.stores[0], shelf.product("Juice, 1/2 gal"), Claim.IN_STOCK, NOON - dt.timedelta(minutes=1))
    for title in ("Fuse 5A", "Fuse 10A"):
        shelf.say(far, shelf.product(title), Claim.IN_STOCK, NOON - dt.timedelta(minutes=1))
    return shelf.open()


@pytest.fixture
def talk(opened: Talk) -> Talk:
    """The same shop, with nothing remembered."""
    return opened.afresh(NOON)


def said(talk: Talk, text: str, phone: str = PHONE) -> str:
    reply = talk.text(text, phone)
    assert reply is not None
    return reply


def test_an_opt_out_beats_an_open_menu_and_is_the_last_word(talk: Talk) -> None:
    said(talk, "bread 94103")
    said(talk, "alert")
    said(talk, "milk 94103")
    assert said(talk, "STOP").startswith("ShelfCheck: you are opted out")
    assert talk.sessions[PHONE].menu is None
    assert talk.shelf.watches.wishes == []
    for text in ("STOP", "1", "milk 94103", "help", "stop texting me"):
        assert talk.text(text) is None
    assert said(talk, "START").startswith("ShelfCheck: welcome back")
    assert said(talk, "milk 94103").startswith("Milk 2L near 94103:")


@pytest.mark.parametrize("text", ["Please stop texting me", "band karo", "بند کریں", "ఆపండి", "vaddu", "OPT-OUT", "td"])
def test_any_reasonable_words_are_an_opt_out(talk: Talk, text: str) -> None:
    assert talk.dialogue.is_farewell(Inbound("test", None, PHONE, "", text, NOON))
    assert talk.text(text) is not None
    assert PHONE in talk.shelf.watches.out


@pytest.mark.parametrize("text", ["stopwatch 94103", "band aid 94103", "stop light 94103", "remove stain 94103"])
def test_products_that_begin_like_an_opt_out_are_products(talk: Talk, text: str) -> None:
    assert not talk.dialogue.is_farewell(Inbound("test", None, PHONE, "", text, NOON))


def test_a_text_of_which_no_product_has_all_words_means_the_thing_it_names(talk: Talk) -> None:
    # "1 gal" is on the juice, too.
    reply = said(talk, "bread of 1 gal 94103")
    assert "Bread" in reply
    assert "Juice" not in reply


def test_more_goes_on_where_it_stopped_and_reads_stock_anew(talk: Talk) -> None:
    assert said(talk, "milk 94103").splitlines()[1:] == [
        "1 Mart 1 0.5mi - in stock (1 min ago)",
        "2 Mart 2 1.0mi - in stock (2 min ago)",
        "Reply 1 or 2 for details, MORE for more",
    ]
    milk = talk.shelf.products[0]
    record = talk.shelf.index.records[milk.id][talk.shelf.stores[3].place]
    was, record.claim, record.quantity = (record.claim, record.quantity), Claim.OUT_OF_STOCK, 0
    try:
        assert said(talk, "MORE").splitlines()[1:] == [
            "1 Mart 3 1.5mi - in stock (3 min ago)",
            "2 Mart 4 2.0mi - none right now",
            "3 Mart 5 2.5mi - in stock (5 min ago)",
            "Reply 1-3 for details",
        ]
        assert said(talk, "2").startswith("Mart 4. Milk 2L: none right now. Tel 415-555-0104.")
    finally:
        record.claim, record.quantity = was
    assert said(talk, "back").splitlines()[1].startswith("1 Mart 3")
    assert said(talk, "more") == "These are all stores within 3 mi for Milk 2L. Reply WIDER for 10 mi."
    assert said(talk, "3").startswith("Mart 5. Milk 2L, in stock at 11:55am.")


def test_back_leads_from_a_store_to_its_page_and_from_a_page_to_the_one_before(talk: Talk) -> None:
    first, second = said(talk, "milk 94103"), said(talk, "MORE")
    said(talk, "2")
    assert said(talk, "BACK") == second
    assert said(talk, "BACK") == first
    assert said(talk, "2").startswith("Mart 2.")
    assert said(talk, "BACK") == first
    assert said(talk, "BACK") == first


def test_who_asks_again_is_at_the_first_page(talk: Talk) -> None:
    first = said(talk, "milk 94103")
    said(talk, "MORE")
    assert said(talk, "AGAIN") == first
    assert said(talk, "1").startswith("Mart 1.")


def test_a_menu_traps_nobody(talk: Talk) -> None:
    assert said(talk, "1").startswith("ShelfCheck: text item + place")
    said(talk, "milk 94103")
    assert said(talk, "9").startswith("ShelfCheck: text item + place")
    assert said(talk, "5").startswith("Milk 2L near 94103:")
    assert "Bread" in said(talk, "bread")


def test_what_is_asked_for_waits_for_the_place(talk: Talk) -> None:
    assert said(talk, "milk").startswith("Where are you?")
    assert said(talk, "nowhere at all").startswith('We do not know the place "nowhere at all".')
    assert said(talk, "94103").startswith("Milk 2L near 94103:")
    assert said(talk, "milk near me").startswith("Milk 2L near 94103:")


def test_an_address_may_be_what_a_geocoder_alone_knows(talk: Talk) -> None:
    assert said(talk, "milk").startswith("Where are you?")
    assert said(talk, "2000 mission st").startswith("Milk 2L near 2000 Mission ST:")
    assert said(talk, "1").startswith("Mart 1. Milk 2L, in stock")


def test_of_places_of_one_name_the_shopper_chooses(talk: Talk) -> None:
    assert said(talk, "bread springfield").startswith("Which Springfield?\n1 Springfield, IL\n2 Springfield, MO")
    assert "No store within 3 mi" in said(talk, "2")
    session = talk.sessions[PHONE]
    assert session.place is not None
    assert session.place.name == "Springfield, MO"


def test_a_place_alone_is_remembered(talk: Talk) -> None:
    assert said(talk, "94103").startswith("What do you need near 94103?")
    assert said(talk, "milk").startswith("Milk 2L near 94103:")


def test_a_shared_position_is_a_place_without_a_number(talk: Talk) -> None:
    said(talk, "milk")
    reply = talk.text("", location=(39.8041, -89.6429))
    assert reply is not None
    assert reply.startswith("No store within 3 mi")
    reply = talk.text("bread", location=(37.77251, -122.41472))
    assert reply is not None
    place = talk.sessions[PHONE].place
    assert place is not None
    assert place.position == (37.77, -122.41)


def test_wider_is_wider_once(talk: Talk) -> None:
    assert "Reply ALERT" in said(talk, "bread 94103")
    assert said(talk, "wider").splitlines()[1].startswith("1 Far Mart 8.0mi - in stock")
    assert said(talk, "more") == "These are all stores within 10 mi for Bread."


def test_an_alert_is_asked_for_and_undone(talk: Talk) -> None:
    assert said(talk, "alert").startswith("Send an item and a place first")
    said(talk, "bread 94103")
    assert said(talk, "alert").startswith("OK. We will send one text if Bread is back within 3 mi of 94103")
    [wish] = talk.shelf.watches.wishes
    assert (wish.product_id, wish.phone, wish.locale, wish.label) == (talk.shelf.products[1].id, PHONE, "en", "94103")
    assert wish.radius_m == pytest.approx(3 * MILE)
    assert said(talk, "no alert") == "OK, no alert will be sent for it."
    assert said(talk, "NOALERT") == "You have no alert to undo."


def test_an_alert_for_what_is_not_clear_yet_is_asked_about_again(talk: Talk) -> None:
    assert said(talk, "bread").startswith("Where are you?")
    assert said(talk, "alert").startswith("Where are you?")
    which = said(talk, "fuse 94103")
    assert which.startswith("Which one near 94103?")
    assert said(talk, "alert") == which
    assert "Fuse 10A" in said(talk, "2" if "2 Fuse 10A" in which else "1")
    said(talk, "alert")
    assert len(talk.shelf.watches.wishes) == 1


def test_a_watch_at_an_address_does_not_keep_the_address(talk: Talk) -> None:
    assert "Reply ALERT" in said(talk, "bread near 2000 mission st")
    assert said(talk, "alert").startswith("OK.")
    [wish] = talk.shelf.watches.wishes
    assert wish.label is None


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (TooManyWatches("five"), "You have 5 alerts already. Reply NOALERT to undo the last one."),
        (InvalidInput("no texts"), "Sorry, we cannot send alerts to your number."),
        (AlreadyAvailable(1), "No store within 3 mi shows Bread"),
    ],
)
def test_an_alert_that_cannot_be(talk: Talk, error: Exception, reply: str) -> None:
    said(talk, "bread 94103")
    talk.shelf.watches.fails_with = error
    assert said(talk, "alert").startswith(reply)


def test_forget_leaves_nothing(talk: Talk) -> None:
    said(talk, "bread 94103")
    said(talk, "alert")
    assert said(talk, "FORGET").startswith("Done.")
    assert talk.sessions[PHONE] == Session()
    assert talk.shelf.watches.wishes == []


def test_a_language_is_chosen_and_kept(talk: Talk) -> None:
    assert said(talk, "lang").startswith("1 English\n2 Urdu")
    assert "اردو" in said(talk, "2")
    assert said(talk, "lang english") == "OK, we answer in English from now on."
    assert said(talk, "milk 94103").startswith("Milk 2L near 94103:")
    said(talk, "పాలు 94103")
    assert talk.sessions[PHONE].language == "te"


def test_roman_words_do_not_change_a_language_that_was_chosen(talk: Talk) -> None:
    said(talk, "lang english")
    assert said(talk, "mujhe doodh chahiye 94103 ke qareeb").startswith("Milk 2L near 94103:")
    assert said(talk, "paalu kavali").startswith("Milk 2L near 94103:")
    said(talk, "forget")
    assert "ke qareeb" in said(talk, "mujhe doodh chahiye 94103 ke qareeb")


@pytest.mark.parametrize("menu", ["lang", "زبان", "zaban", "భాష", "basha"])
def test_each_number_of_the_languages_is_the_one_that_is_named(talk: Talk, menu: str) -> None:
    tags = {"English": "en", "Urdu": "ur", "اردو": "ur", "Roman Urdu": "ur-Latn", "Telugu": "te", "తెలుగు": "te",
            "Roman Telugu": "te-Latn"}  # fmt: skip
    for line in said(talk, menu).splitlines()[:5]:
        number, _, name = line.partition(" ")
        said(talk, menu)
        said(talk, number)
        assert talk.sessions[PHONE].language == tags[name]


def test_a_farewell_goes_by_the_name_of_its_own_language(talk: Talk) -> None:
    said(talk, "milk 94103")
    inbound = Inbound("test", None, PHONE, "+14155550199", "ఆపండి", NOON)
    reply = asyncio.run(talk.dialogue.answer(inbound, talk.sessions[PHONE]))
    assert reply is not None
    assert reply.key == "stop.te"


def test_who_chooses_a_product_after_looking_wider_is_still_looking_wider(talk: Talk) -> None:
    assert said(talk, "fuse 94103").startswith("Which one")
    assert said(talk, "wider").startswith("Which one")
    assert "Far Mart" in said(talk, "1")


def test_who_names_a_product_exactly_hears_of_no_other_size(talk: Talk) -> None:
    assert said(talk, "juice 94103").startswith("Juice, 1/2 gal near 94103:")
    assert "Mart" not in said(talk, "Juice, 1 gal 94103")


@pytest.mark.parametrize(
    "text",
    [
        "I want to unsubscribe",
        "how do i unsubscribe from this",
        "i want to stop",
        "ok stop it now",
        "STOP THIS already",
    ],
)
def test_any_reasonable_words_opt_out(talk: Talk, text: str) -> None:
    assert "opted out" in said(talk, text)


def test_who_asks_for_an_alert_at_once_gets_it_where_nobody_has_it(talk: Talk) -> None:
    assert said(talk, "bread 94103 ALERT").startswith("OK. We will send one text if Bread is back within 3 mi")
    assert said(talk, "milk 94103 alert").startswith("Milk 2L near 94103:")
    assert [wish.product_id for wish in talk.shelf.watches.wishes] == [talk.shelf.products[1].id]


def test_a_position_that_is_not_on_earth_is_none(talk: Talk) -> None:
    said(talk, "milk 91.5,200.5")
    assert talk.sessions[PHONE].place is None
    said(talk, "milk 37.7725,-122.4147")
    assert talk.sessions[PHONE].place is not None


def test_far_from_all_stores_distances_are_told_as_at_home(talk: Talk) -> None:
    assert "within 3 mi" in said(talk, "bread 89.5,0.5")


def test_no_thanks_is_no_question(talk: Talk) -> None:
    assert talk.text("No thanks") is None


def test_a_photo_without_a_barcode(talk: Talk) -> None:
    reply = talk.text("", media=(Media("https://example.com/1.jpg", "image/jpeg"),))
    assert reply == "No barcode found. Type the numbers under the bars."


def test_a_barcode_that_nobody_named(talk: Talk) -> None:
    assert said(talk, "5449000000996 94103").startswith('We do not know "5449000000996".')


def test_what_only_product_search_knows(talk: Talk) -> None:
    card = talk.shelf.index.cards.pop(talk.shelf.products[2].id)
    try:
        assert said(talk, "unheard of 94103").startswith('We do not know "unheard of".')
    finally:
        talk.shelf.index.cards[talk.shelf.products[2].id] = card


def test_what_no_store_ever_had(talk: Talk) -> None:
    assert said(talk, "unheard of 94103").startswith("No store within 3 mi has told us about Unheard Of.")


def test_an_outage_keeps_the_search(talk: Talk) -> None:
    talk.shelf.index.is_away = True
    assert said(talk, "milk 94103").startswith("Sorry, we cannot check stock right now.")
    talk.shelf.index.is_away = False
    assert said(talk, "AGAIN").startswith("Milk 2L near 94103:")


def test_the_words_without_an_answer(talk: Talk) -> None:
    assert talk.dialogue.apology(Session()).key == "error_not_kept.en"
    assert talk.dialogue.apology(Session(menu=Quest("milk").menu(Choices.LATER))).key == "error.en"
    assert (
        talk.dialogue.apology(Session(menu=Quest("milk").menu(Choices.LATER), is_kept=False)).key == "error_not_kept.en"
    )
    assert talk.dialogue.slow_down(Session(language="te")).key == "slow_down.te"


@pytest.mark.parametrize(
    ("later_h", "status"), [(2, "in stock (2h ago), call first"), (25, "not sure, last seen yesterday")]
)
def test_the_clock_takes_the_certainty_away_and_never_the_stock(talk: Talk, later_h: int, status: str) -> None:
    talk.shelf.now = NOON + dt.timedelta(hours=later_h)
    reply = said(talk, "milk 94103")
    assert reply.splitlines()[1] == f"1 Mart 1 0.5mi - {status}"
    assert "none right now" not in reply
    details = said(talk, "1")
    assert "call first" in details


def test_the_same_answer_as_every_channel(talk: Talk) -> None:
    place = talk.shelf.places["94103"][0]
    question = Question(talk.shelf.products[0].id, place.latitude, place.longitude, 3 * MILE)
    answer = asyncio.run(Availability(talk.shelf.index, talk.directory).ask(question, NOON))
    pages = [said(talk, "milk 94103"), said(talk, "more")]
    lines = [line for page in pages for line in page.splitlines()[1:-1]]
    told = [
        f"{hit.store.name} {(hit.distance_m or 0) / MILE:.1f}mi - in stock ({(hit.age_s or 0) // 60} min ago)"
        for hit in answer.hits
    ]
    assert [line[2:] for line in lines] == told
    assert not any("37" in line for line in lines)


def test_an_alert_in_words(talk: Talk) -> None:
    alert = Alert(
        "w", talk.shelf.products[0], talk.directory.get(1), Status.IN_STOCK, 800, NOON, "94103", "ur-PK", "Asia/Karachi"
    )
    reply = words_of(alert, BRAND)
    assert reply.key == "alert.ur"
    assert "Mart 1" in reply.text
    assert not is_gsm7(reply.text)
    assert "12:00" in reply.text


def test_places_are_known_by_the_ends_of_streets(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, {"54000": postcode("54000", "PK", 31.5497, 74.3436)}, NOON)
    store = shelf.store("Ali Mart", "54000", KILOMETRE, street="Shop 2, Saman Abad", city="Lahore")
    shelf.say(store, shelf.product("Doodh 1L"), Claim.IN_STOCK, NOON)
    shelf.store("Al Fatah", "54000", 2 * KILOMETRE, street="Mall Road, Shop 7", city="Lahore")
    talk = shelf.open()
    assert said(talk, "doodh saman abad", "+923001234567").startswith("Doodh 1L, Saman Abad ke qareeb:")
    assert talk.text("doodh near shop 7", "+923001234567") == (
        '"shop 7" nahi mila. Ilaqa, shehr ya postcode bhejein, jaise 54000'
    )
