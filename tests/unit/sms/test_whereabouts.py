"""Which words of a text are the place: parted, misspelt, in a dialect, beside words that only look like one."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from inventory_api.channels.sms.talk.grammar import Grammar
from inventory_api.channels.sms.talk.vocabulary import Act
from inventory_api.channels.sms.talk.whereabouts import PlaceReader
from inventory_api.domain.text import fold
from inventory_api.lookup.places import Places
from tests.gazetteer import the_gazetteer
from tests.unit.sms.towns import directory

SCRIPTS = ("en", "ur", "te", "ur-Latn", "te-Latn")
ENOUGH = 0.95


@pytest.fixture(scope="module")
def places() -> Places:
    return Places(the_gazetteer(), directory())


@pytest.fixture(scope="module")
def grammar(places: Places) -> Grammar:
    return Grammar(PlaceReader(places))


@pytest.mark.parametrize("script", SCRIPTS)
def test_where_somebody_is_is_found_and_nowhere_else(places: Places, grammar: Grammar, script: str) -> None:
    with Path(__file__).with_name("places.csv").open(encoding="utf-8") as file:
        asked = [row for row in csv.DictReader(line for line in file if line[0] != "#") if row["script"] == script]
    wrong = []
    for row in asked:
        place = grammar.read(row["input"], country=row["country"]).place or ""
        found = places.find(place, country=row["country"]) if place else []
        read = found[0].place.name if found else place
        if fold(read) != fold(row["place"]):
            wrong.append(f"{row['input']!r}: {read!r}, not {row['place']!r}")
    assert 1 - len(wrong) / len(asked) >= ENOUGH, "\n".join(wrong)


@pytest.mark.parametrize(
    ("country", "text", "product", "place"),
    [
        ("IN", "kukat pally lo paalu", "paalu", "kukat pally"),
        ("PK", "johartown ghee", "ghee", "johartown"),
        ("PK", "gulshan iqbal mai anday", "anday", "gulshan iqbal"),
        ("PK", "c or bac", "c or bac", None),
        ("IN", "కరీంనగర్ల నెయ్యి", "నెయ్యి", "కరీంనగర్"),
        ("IN", "కిలో టమాటాల ధర", "కిలో టమాటాల", None),
        ("IN", "warangal kaada tea", "tea", "warangal"),
        ("IN", "nellore dikku nune", "nune", "nellore"),
        ("PK", "adrak lahore ke andar", "adrak", "lahore"),
        ("US", "milk in seatle", "milk", "seatle"),
        ("US", "ginger seatle", "ginger", "seatle"),
        ("US", "milk in la", "milk", "la"),
        ("US", "candles around the 97201 area", "candles area", "97201"),
        ("US", "razors within walking distance of boston", "razors", "boston"),
    ],
)
def test_names_are_parted_misspelt_and_said_in_dialects(
    grammar: Grammar, country: str, text: str, product: str, place: str | None
) -> None:
    intent = grammar.read(text, country=country)
    assert (intent.product, intent.place) == (product, None if place is None else fold(place))


@pytest.mark.parametrize(
    ("country", "text", "place"),
    [
        ("PK", "lahore k gulberg mein dahi", "gulberg lahore"),
        ("PK", "karachi xyzabad mein aloo", "karachi"),
        ("PK", "sukkur bypass k qareeb pepsi", "sukkur bypass"),
        ("PK", "ہلدی، پشاور صدر", "پشاور"),
        ("IN", "secundrabad station daggara water", "secundrabad"),
        ("IN", "banjara hills road no 12 lo ghee", "banjara hills"),
        ("IN", "pasupu kavali warangal hanamkonda lo", "warangal hanamkonda"),
        ("IN", "madhapur hyd dolo", "madhapur hyd"),
    ],
)
def test_a_part_of_a_town_is_told_with_the_town(grammar: Grammar, country: str, text: str, place: str) -> None:
    assert grammar.read(text, country=country).place == fold(place)


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("US", "boston cream donut"),
        ("US", "buffalo wings"),
        ("US", "tuna in oil"),
        ("PK", "karachi halwa hai"),
        ("PK", "lahori namak"),
        ("PK", "ملتانی مٹی چاہیے"),
        ("PK", "دودھ میں ملانے والا ہارلکس"),
        ("PK", "chai mein dalne wali cheeni"),
        ("PK", "castello susan"),
        ("IN", "హైదరాబాదీ బిర్యానీ మసాలా"),
        ("IN", "ఫ్రిజ్‌లో పెట్టే నీళ్లు"),
        ("IN", "fridge lo pette neellu"),
        ("IN", "మా ఇంట్లో పాలు లేవు"),
        ("IN", "నా నంబరు"),
    ],
)
def test_what_only_looks_like_a_place_is_none(grammar: Grammar, country: str, text: str) -> None:
    assert grammar.read(text, country=country).place is None


@pytest.mark.parametrize(("country", "text"), [("IN", "xyzpet lo"), ("IN", "అబిబ్స్ లో"), ("PK", "xyzville mein")])
def test_a_postposition_behind_a_single_word_makes_it_a_place_known_or_not(
    grammar: Grammar, country: str, text: str
) -> None:
    read = grammar.read(text, country=country)
    assert (read.act, read.place) == (Act.PLACE, fold(text).split()[0])
