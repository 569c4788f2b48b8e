"""What is left of a text without the words around it, and what a sentence asks for."""

from __future__ import annotations

import pytest

from inventory_api.channels.sms.session import Menu
from inventory_api.channels.sms.talk.farewell import is_opt_out
from inventory_api.channels.sms.talk.grammar import Grammar
from inventory_api.channels.sms.talk.language import language_of
from inventory_api.channels.sms.talk.quest import Choices
from inventory_api.channels.sms.talk.vocabulary import Act
from inventory_api.channels.sms.talk.wanted import readings, wanted, without_measures
from inventory_api.channels.sms.talk.whereabouts import PlaceReader
from inventory_api.channels.sms.talk.wordset import WordSet
from inventory_api.domain.text import fold
from inventory_api.lookup.places import Places
from tests.gazetteer import the_gazetteer
from tests.unit.sms.towns import directory


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return Grammar(PlaceReader(Places(the_gazetteer(), directory())))


def test_roman_words_are_known_by_ear_and_short_ones_as_they_are_written() -> None:
    words = WordSet(["cell"], ["unda", "qareeb", "gi"])
    assert all(word in words for word in ("undha", "undaa", "kareeb", "qarib", "gi"))
    # "ghee" sounds like "gi", "sell" like "cell": a short sound says nothing, and English has a spelling.
    assert not any(word in words for word in ("ghee", "sell"))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("my kid is sick does anybody still have childrens ibuprofen or anything like that", "childrens ibuprofen"),
        ("bacha bimar hai infant formula kahan milega", "infant formula"),
        ("doodh hai ya khatam ho gaya", "doodh"),
        ("vicks chahiye gala kharab hai", "vicks"),
        ("chini ka rate kya hai", "chini"),
        ("koi dukan jahan ors ho", "ors"),
        ("anna kodiguddlu ekkada dorukutayi", "kodiguddlu"),
        ("fisher price toy", "fisher price toy"),
        ("bata shoes", "bata shoes"),
        ("bache ko bukhar hai calpol", "bache ko bukhar hai calpol"),
        ("bijli chali gayi hai mombatti leni hai", "mombatti"),
    ],
)
def test_what_is_wanted_is_found_among_all_that_is_said(said: str, meant: str) -> None:
    assert " ".join(wanted(said.split())) == meant


def test_how_much_is_no_part_of_the_thing_and_its_own_number_is() -> None:
    assert without_measures(["2", "kg", "atta"]) == ["atta"]
    assert without_measures(["ek", "darjan", "kele", "1kg"]) == ["kele"]
    assert without_measures(["dolo", "650"]) == ["dolo", "650"]
    assert without_measures(["brush", "rendu"]) == ["brush"]
    assert without_measures(["pani", "1", "5", "litre", "botal"]) == ["pani"]
    assert without_measures(["హార్లిక్స్", "సీసా"]) == ["హార్లిక్స్"]


@pytest.mark.parametrize(
    ("said", "tried"),
    [
        ("nappies for a newborn", ["nappies", "nappies newborn"]),
        ("bachay k liye formula milk", ["formula milk", "bachay formula milk"]),
        ("మ్యాగీ ప్యాకెట్లు పిల్లలకి", ["మ్యాగీ", "మ్యాగీ పిల్లలకి"]),
        ("కరివేపాకు కట్ట", ["కరివేపాకు"]),
        ("مچھر والی کوائل", ["مچھر کوائل"]),
        ("coke big bottle", ["coke big"]),
    ],
)
def test_what_is_said_about_a_thing_is_left_away_in_turn(said: str, tried: list[str]) -> None:
    assert [" ".join(reading) for reading in readings(said.split())] == tried


@pytest.mark.parametrize(
    ("text", "is_out"),
    [
        ("STOP MILK", True),
        ("stop light 94103", False),
        ("stop & shop milk", False),
        ("Stop and Shop near boston milk", False),
        ("stop n shop", False),
        ("stop and shop stop texting me", True),
        ("STOP & SHOP ALERTS", True),
        ("stop shop", True),
        ("stop and shop customer service", False),
        ("naku ilanti messages vaddu", True),
        ("koi band", False),
        ("mujhe ye service nahi chahiye", True),
        ("messages pampadam maneyandi", True),
        ("یہ سروس بند کر دو", True),
        ("inka chalu aapeyandi", True),
        ("mujhe koi msg nahi chahiye", True),
        ("mujhe message nahi mila", False),
        ("నాకు మెసేజ్ చేయకండి", True),
        ("నాకు మెసేజ్ పంపండి", False),
        ("kandi pappu", False),
        ("i did not get your text", False),
    ],
)
def test_whoever_wants_no_more_texts_may_say_so_in_a_sentence(text: str, is_out: bool) -> None:
    assert is_opt_out(text) is is_out


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("tell me when its back", Act.ALERT),
        ("dorikinappudu cheppandi", Act.ALERT),
        ("mera number delete kardo", Act.FORGET),
        ("reply in telugu please", Act.LANG),
        ("english newspaper 94103", Act.SEARCH),
        ("the second one", Act.CHOICE),
        ("three", Act.HELP),
        ("two please", Act.CHOICE),
        ("do number", Act.CHOICE),
        ("dikha do", Act.SEARCH),
        ("show me some other shops", Act.MORE),
        ("vere shops chupinchandi", Act.MORE),
        ("thora door bhi dekh lo", Act.WIDER),
        ("a little further away please", Act.WIDER),
        ("go back to the list", Act.BACK),
        ("వెనక్కి వెళ్ళు", Act.BACK),
        ("check again", Act.AGAIN),
        ("cancel alert", Act.NOALERT),
        ("అలర్ట్ వద్దు", Act.NOALERT),
        ("quit blowing up my phone", Act.OPT_OUT),
        ("میرا الرٹ ختم کر دیں", Act.NOALERT),
        ("chala thanks andi", Act.NOTHING),
        ("thanks, now milk", Act.SEARCH),
        ("kya aap sab dukanon ka batate hain", Act.HELP),
        ("idi ela pani chestundi", Act.HELP),
        ("pani", Act.SEARCH),
        ("what time do u close", Act.HELP),
        ("👍", Act.NOTHING),
        ("37.7749,-122.4194", Act.PLACE),
        ("https://maps.example/?q=37.7749,-122.4194 milk", Act.SEARCH),
        ("", Act.HELP),
    ],
)
def test_commands_may_be_sentences(grammar: Grammar, text: str, act: Act) -> None:
    assert grammar.read(text, country="US", menu=Menu(Choices.STORES, ("1", "2"), 2)).act is act


def test_an_alert_may_be_asked_for_with_the_thing(grammar: Grammar) -> None:
    intent = grammar.read("let me know when milk is back in seattle", country="US")
    assert (intent.act, intent.product, intent.place, intent.wants_alert) == (Act.SEARCH, "milk", "seattle", True)


@pytest.mark.parametrize("text", ["aap ke paas doodh hai lahore mein", "doodh hai ap k pas lahore"])
def test_where_you_have_it_is_no_place(grammar: Grammar, text: str) -> None:
    intent = grammar.read(text, country="PK")
    assert (intent.product, intent.place) == ("doodh", "lahore")


def test_words_of_a_language_are_known_by_ear() -> None:
    assert language_of("naaku kavaali", stored=None, country="IN") == "te-Latn"
    assert language_of("main street pharmacy", stored=None, country="US") == "en"
    assert language_of("mujhay chaheay", stored="en", is_chosen=True, country="PK") == "en"
    assert language_of("دودھ", stored="en", is_chosen=True, country="PK") == "ur"


@pytest.mark.parametrize(
    ("country", "text", "product", "place"),
    [
        ("PK", "malir mein atta", "atta", "malir"),
        ("PK", "atta malir mein hai", "atta", "malir"),
        ("IN", "మెహదీపట్నంలో పాలు", "పాలు", "మెహదీపట్నం"),
        ("IN", "డోలో 650", "డోలో 650", None),
        ("US", "chicken lo mein 94103", "chicken lo", "94103"),
        ("US", "send me milk", "milk", None),
        ("US", "book me a milk", "book me a milk", None),
    ],
)
def test_a_postposition_tells_of_a_place_that_nobody_knows(
    grammar: Grammar, country: str, text: str, product: str, place: str | None
) -> None:
    intent = grammar.read(text, country=country)
    assert (intent.product, intent.place) == (product, place)


@pytest.mark.parametrize(
    ("country", "text", "product", "place"),
    [
        ("PK", "dettol quetta jinnah road", "dettol", "quetta"),
        ("PK", "maggi nazimabad no 4", "maggi", "nazimabad"),
        ("US", "target tampa diapers", "target diapers", "tampa"),
        ("IN", "lbnagar lo buckets", "buckets", "lbnagar"),
        ("IN", "షేవింగ్ క్రీమ్ మియాపూర్", "షేవింగ్ క్రీమ్", "మియాపూర్"),
        ("PK", "دودھ لاہور میں", "دودھ", "لاہور"),
    ],
)
def test_a_place_is_found_wherever_it_stands(
    grammar: Grammar, country: str, text: str, product: str, place: str
) -> None:
    intent = grammar.read(text, country=country)
    assert (intent.product, intent.place) == (product, fold(place))
