"""Names in Latin letters, held to how the words of the lexicon are spelled by those who speak Urdu and Telugu."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from importlib.resources import files
from statistics import mean

import pytest
from anyascii import anyascii
from rapidfuzz import fuzz

from inventory_api.channels.sms.talk.roman import name_of, romanized
from inventory_api.domain.product import Product
from inventory_api.locales.catalog import Language


@pytest.mark.parametrize(
    ("word", "latin"),
    [
        ("అమూల్", "amool"), ("కొబ్బరి", "kobbari"), ("మంచినీళ్ళు", "manchineellu"), ("గోధుమపిండి", "godhumapindi"),
        ("మి.లీ", "mi.lee"), ("పారాసిటమాల్", "parasitamal"), ("పెన్సిల్", "pensil"), ("సబ్బు", "sabbu"),
        ("پیناڈول", "penadol"), ("دودھ", "dodh"), ("چینی", "cheni"), ("چاول", "chawl"), ("آئل", "ail"),
        ("اولپرز", "olprz"), ("ایکسل", "eksl"), ("چائے", "chaay"), ("زیرہ", "zera"), ("شیمپو", "shempo"),
        ("\u0686\u064a\u0646\u064a", "cheni"), ("500", "500"),
    ],
)  # fmt: skip
def test_a_word_is_spelled_as_it_sounds(word: str, latin: str) -> None:
    assert romanized(word) == latin


@pytest.mark.parametrize(("language", "script", "least"), [("ur", "arabic", 80), ("te", "telugu", 88)])
def test_spellings_are_near_the_usual_ones(language: str, script: str, least: int) -> None:
    forms = defaultdict(list)
    with (files("inventory_api.storage.search") / "lexicon.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            forms[row["concept"], row["lang"], row["script"]].append(row["form"])
    alike = []
    for concept, words in [(key[0], forms[key]) for key in forms if key[1:] == (language, script)]:
        latin = forms.get((concept, language, "latin"), []) + forms.get((concept, "en", "latin"), [])
        # Of a word that another one means, no spelling tells anything.
        sounding = [word for word in words if any(_sound_alike(word, each) for each in latin)]
        said = [" ".join(map(romanized, word.split())) for word in sounding]
        alike += [max(fuzz.ratio(word, each) for each in latin) for word in said]
    assert len(alike) > 250
    assert mean(alike) >= least


def _sound_alike(one: str, other: str) -> bool:
    one, other = (re.sub("[aeiouyhwv ]", "", anyascii(word).lower().replace("c", "k")) for word in (one, other))
    return fuzz.ratio(one, other) >= 85


def test_a_name_is_spelled_as_its_feed_spells_it_anywhere() -> None:
    milk = Product(1, "اولپرز دودھ 1 لیٹر", brand="Olper's", aliases="doodh, milk litre")
    assert name_of(milk, Language.ROMAN_URDU) == name_of(milk, Language.ENGLISH) == "Olper's Doodh 1 Litre"
    assert name_of(milk, Language.URDU) == milk.title
    assert name_of(Product(1, "Milk 1L", brand="Mlk"), Language.ENGLISH) == "Milk 1L"
    assert name_of(Product(37000185062), Language.ROMAN_TELUGU) == "37000185062"
