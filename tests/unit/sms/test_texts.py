"""Every text at its longest fits, in five written languages; English and Roman ones need no other letters."""

from __future__ import annotations

import csv
import io
from itertools import permutations, product

import pytest

from inventory_api.channels.sms.segments import is_gsm7, measure
from inventory_api.channels.sms.talk.fitting import SLOT_CHARS, Draft, budget, clean, fit, shorter
from inventory_api.channels.sms.talk.sheet import Sheet, write_sheet
from inventory_api.channels.sms.talk.texts import Texts, sender_of
from inventory_api.domain.errors import InvalidInput
from inventory_api.locales.catalog import Language

LONGEST = sender_of("ABCDEFGHIJKLMNOPQRST", "help@shops.org")
IN_SCRIPT = {Language.URDU, Language.TELUGU}


@pytest.mark.parametrize(("language", "country"), [*product(Language, ("US", "PK", "IN"))])
def test_every_text_at_its_longest_fits(language: Language, country: str) -> None:
    keys = set()
    for draft in Sheet(language, country, LONGEST).drafts():
        reply = fit(draft, language)
        keys.add(draft.key)
        size = measure(reply.text)
        assert size.segments <= budget(language), (draft.key, size, reply.text)
        assert size.units <= (134 if language in IN_SCRIPT else 160), (draft.key, size, reply.text)
        assert is_gsm7(reply.text) or language in IN_SCRIPT, (draft.key, reply.text)
        assert all(len(value) <= SLOT_CHARS for value in reply.slots.values()), (draft.key, reply.slots)
        assert not any(char.isdecimal() and not char.isascii() for char in reply.text), reply.text
        assert reply.key == f"{draft.key}.{language}"
        assert Draft(reply.key, draft.pattern, reply.slots).fill() == reply.text
    assert len(keys) > 80


@pytest.mark.parametrize("language", [*Language])
def test_texts_of_one_key_are_one_text(language: Language) -> None:
    # An operator has one text under an id, and lets no other pass.
    patterns: dict[str, set[str]] = {}
    for draft in Sheet(language, "IN", LONGEST).all():
        patterns.setdefault(draft.key, set()).add(draft.pattern)
    assert {key: texts for key, texts in patterns.items() if len(texts) > 1} == {}


def test_the_sheet_has_every_text_with_the_variables_of_operators() -> None:
    file = io.StringIO()
    count = write_sheet(file, "IN", LONGEST)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert len(rows) == count
    assert len({row["template"] for row in rows}) == len({row["text"] for row in rows}) == count
    for row in rows:
        assert row["text"].count("{#var#}") == len(row["variables"].split())
        assert int(row["longest"]) <= SLOT_CHARS
        assert row["type"] == ("text" if is_gsm7(row["text"]) else "unicode")


def test_names_are_shortened_and_what_is_said_of_them_is_not() -> None:
    draft = Draft("k", "{store}: " + "x" * 140, {"store": "Neighborhood Grocery Store"}, frozenset({"store"}))
    reply = fit(draft, Language.ENGLISH)
    assert reply.text == "Neighborhood: " + "x" * 140
    assert reply.slots == {"store": "Neighborhood"}


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Corner Store", "Corner Stor"),
        ("The Corner Store", "The Corner"),
        ("Panadol", "Panado"),
        ("నిమ్మకాయ", "నిమ్మకా"),
        ("دکان نمبر 61، بازار", "دکان نمبر 61"),
        ("Whole Milk Sunhollow, 1 gal", "Whole Milk Sunhollow"),
        ("abc \U0001f9c1\U0001f3fd", "abc"),
    ],
)
def test_a_name_is_cut_at_words_and_graphemes(name: str, short: str) -> None:
    assert shorter(name) == short


def test_values_are_cleaned_for_the_letters_of_the_language() -> None:
    assert clean("L\u2019Oréal \u2013 “Paris”…", Language.ENGLISH) == 'L\'Oréal - "Paris"...'
    assert clean("₹62", Language.ROMAN_TELUGU) == "Rs 62"
    assert clean("9:00\u202fPM\nnow", Language.ENGLISH) == "9:00 PM now"
    assert is_gsm7(clean("دودھ 1L", Language.ENGLISH))
    assert clean("\u200e$12.99", Language.URDU) == "$12.99"
    assert clean("A\x00\x1b Mart\x85", Language.ENGLISH) == "A Mart"


def test_names_with_braces_are_names() -> None:
    reply = fit(Draft("k", "{store} has it", {"store": "{clock} & Co"}, frozenset({"store"})), Language.ENGLISH)
    assert reply.text == "{clock} & Co has it"


@pytest.mark.parametrize(
    ("brand", "contact"),
    [("A brand of 21 letters", "help@example.org"), ("दुकान", "help@example.org"), ("", "x"), ("Shop", "h" * 60)],
)
def test_who_we_are_must_fit(brand: str, contact: str) -> None:
    with pytest.raises(InvalidInput):
        sender_of(brand, contact)


@pytest.mark.parametrize("language", [*Language])
@pytest.mark.parametrize(
    "names",
    [
        ["Dhanyavati Turmeric Powder, 100 g", "Dhanyavati Turmeric Powder, 200 g", "Godarika Turmeric Powder, 100 g"],
        ["Voltaryn Wireless Earbuds Black", "Voltaryn Wireless Earbuds White", "Ohmara Wireless Earbuds White"],
        [f"Very Long Brand Name Company Milk Whole Fat {size} l" for size in (1, 2, 3)],
    ],
)
def test_what_is_offered_can_be_told_apart(language: Language, names: list[str]) -> None:
    reply = fit(Texts(language, "IN", LONGEST).choose("Hyderabad Charminar Road", names), language)
    offered = [reply.slots[f"item_{number}"] for number in (1, 2, 3)]
    assert not any(long.startswith(short) for short, long in permutations(offered, 2))
    assert all(len(name) > 12 for name in offered)
    assert measure(reply.text).segments <= budget(language)
